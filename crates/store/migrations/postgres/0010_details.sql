-- Title and place of a booking may be changed: what an event shows and what somebody was told is of an
-- edition.
alter table bookings add column title_edition bigint not null default 0;
alter table bookings add column location_edition bigint not null default 0;
alter table calendar_events add column edition bigint not null default 0;
alter table tellings add column edition bigint not null default 0;
alter table messages add column edition bigint not null default 0;

-- Who comes along of a service whose hosts all come: their slugs, each between commas.
alter table bookings add column joined text;
create index bookings_joined on bookings (workspace, starts_at) where joined is not null;

-- A mass change may be an update. What an action may be called is no longer the table's to know.
alter table operations drop constraint operations_action_check;

-- What a lead waits to hear of a move stands beside what they were last told, not in its place.
alter table tellings add column asked_starts_at bigint;
alter table tellings add column asked_ends_at bigint;
