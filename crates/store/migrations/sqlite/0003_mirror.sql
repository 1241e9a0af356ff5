-- What we know of a calendar by reading it at its provider.
create table mirrors (
    workspace integer not null,
    calendar text not null,
    host text not null,
    -- The account and the provider's name of the calendar: what was read of another counts for nothing.
    source text not null,
    -- The pass whose intervals count; a pass that lists everything builds the next one beside it.
    pass integer not null,
    sync_token text,
    covers_until integer,
    -- When the last pass began that listed everything, and the last one of either kind.
    listed_at integer,
    synced_at integer,
    -- When it last answered, to a pass or a live check; since when it does not.
    read_at integer,
    unread_since integer,
    -- Since when so many of our events are missing that an administrator has to decide.
    held_since integer,
    primary key (workspace, calendar)
) strict, without rowid;

-- Time that somebody else's events occupy, in pieces no longer than a claim: every look-up is bounded.
create table mirror_intervals (
    workspace integer not null,
    calendar text not null,
    pass integer not null,
    event_id text not null,
    starts_at integer not null,
    ends_at integer not null,
    primary key (workspace, calendar, event_id, pass, starts_at),
    constraint piece_is_not_empty check (starts_at < ends_at),
    constraint piece_is_bounded check (ends_at - starts_at <= 691200000000)
) strict, without rowid;

create index mirror_intervals_by_end on mirror_intervals (workspace, calendar, pass, ends_at);

-- An event of ours may be `changed`: a pass saw that somebody did something to it, and it is to be
-- looked at directly.
create table calendar_events_with_changed (
    workspace integer not null,
    booking blob not null,
    generation integer not null,
    calendar text not null,
    event_id text not null,
    state text not null check (state in ('intended', 'written', 'changed', 'removed')),
    starts_at integer not null,
    ends_at integer not null,
    etag text,
    html_link text,
    ical_uid text,
    updated_at integer not null,
    primary key (workspace, booking, generation)
) strict, without rowid;

insert into calendar_events_with_changed
select workspace, booking, generation, calendar, event_id, state, starts_at, ends_at, etag, html_link,
       ical_uid, updated_at
  from calendar_events;

drop table calendar_events;
alter table calendar_events_with_changed rename to calendar_events;

create index calendar_events_by_time on calendar_events (workspace, calendar, ends_at)
 where state <> 'removed';

-- Our events that a pass found missing: what the breaker of mass deletions counts.
create table deletions (
    workspace integer not null,
    booking blob not null,
    generation integer not null,
    calendar text not null,
    noticed_at integer not null,
    decision text check (decision in ('accept', 'restore')),
    primary key (workspace, booking, generation)
) strict, without rowid;

create index deletions_by_calendar on deletions (workspace, calendar, noticed_at);

-- What in a calendar contradicts a booking that stands.
create table conflicts (
    workspace integer not null,
    booking blob not null,
    kind text not null check (kind in ('event_moved', 'foreign_event')),
    calendar text not null,
    event_id text not null,
    starts_at integer not null,
    ends_at integer not null,
    since integer not null,
    primary key (workspace, booking)
) strict, without rowid;

create index conflicts_by_calendar on conflicts (workspace, calendar);

-- What an attendee answered to the calendar's invitation.
alter table attendees add column response text;

-- Subscriptions to a calendar's changes. The row is there before the provider is asked.
create table watch_channels (
    workspace integer not null,
    id text not null,
    calendar text not null,
    -- Who opened it, and alone may stop it; the account and calendar that it is about.
    account text not null,
    source text not null,
    -- Of the secret that comes with every notification.
    token_hash blob not null,
    state text not null check (state in ('asked', 'open')),
    resource_id text,
    created_at integer not null,
    expires_at integer not null,
    notified_at integer,
    primary key (workspace, id)
) strict, without rowid;

create index watch_channels_by_calendar on watch_channels (workspace, calendar);
