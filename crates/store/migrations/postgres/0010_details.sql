-- Title and place of a booking may be changed: what an event shows and what somebody was told is of an
-- edition.
alter table bookings add column title_edition bigint not null default 0;
alter table bookings add column location_edition bigint not null default 0;
alter table calendar_events add column edition bigint not null default 0;
alter table tellings add column edition bigint not null default 0;
alter table messages add column edition bigint not null default 0;
