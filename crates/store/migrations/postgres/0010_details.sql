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

-- What a lead waits to hear of a move stands beside what they were last told, not in its place. Who
-- was told nothing yet counts as `asked`; with an instant, but no time, as somebody who knows nothing.
alter table tellings add column asked_starts_at bigint;
alter table tellings add column asked_ends_at bigint;
alter table tellings add column asked_at bigint;

update tellings set asked_starts_at = starts_at, asked_ends_at = ends_at, asked_at = updated_at
 where told = 'asked';

update tellings set (told, starts_at, ends_at) = (
        select m.told, m.starts_at, m.ends_at from messages m
         where m.workspace = tellings.workspace and m.booking = tellings.booking
           and m.position = tellings.position and m.channel = tellings.channel
           and m.state in ('sent', 'delivered', 'undelivered')
         order by m.id desc
         limit 1)
 where told = 'asked'
   and exists (
        select 1 from messages m
         where m.workspace = tellings.workspace and m.booking = tellings.booking
           and m.position = tellings.position and m.channel = tellings.channel
           and m.state in ('sent', 'delivered', 'undelivered'));
