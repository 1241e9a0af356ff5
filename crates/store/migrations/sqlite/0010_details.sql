-- Title and place of a booking may be changed: what an event shows and what somebody was told is of an
-- edition.
alter table bookings add column title_edition integer not null default 0;
alter table bookings add column location_edition integer not null default 0;
alter table calendar_events add column edition integer not null default 0;
alter table tellings add column edition integer not null default 0;
alter table messages add column edition integer not null default 0;

-- Who comes along of a service whose hosts all come: their slugs, each between commas.
alter table bookings add column joined text;
create index bookings_joined on bookings (workspace, starts_at) where joined is not null;

-- A mass change may be an update. What an action may be called is no longer the table's to know.
create table operations_then (
    workspace integer not null references workspaces (id),
    id blob not null,
    action text not null,
    request text not null,
    progress text not null check (progress in ('running', 'paused', 'done')),
    dry_run integer not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id)
) strict, without rowid;
insert into operations_then (workspace, id, action, request, progress, dry_run, created_at, updated_at)
select workspace, id, action, request, progress, dry_run, created_at, updated_at from operations;
drop table operations;
alter table operations_then rename to operations;

-- What a lead waits to hear of a move stands beside what they were last told, not in its place. Who
-- was told nothing yet counts as `asked`; with an instant, but no time, as somebody who knows nothing.
alter table tellings add column asked_starts_at integer;
alter table tellings add column asked_ends_at integer;
alter table tellings add column asked_at integer;

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
