-- What we know of a calendar by reading it at its provider.
create table mirrors (
    workspace bigint not null,
    calendar text collate "C" not null,
    host text not null,
    -- The account and the provider's name of the calendar: what was read of another counts for nothing.
    source text not null,
    -- The pass whose intervals count; a pass that lists everything builds the next one beside it.
    pass bigint not null,
    sync_token text,
    covers_until bigint,
    -- When the last pass began that listed everything, and the last one of either kind.
    listed_at bigint,
    synced_at bigint,
    -- When it last answered, to a pass or a live check; since when it does not.
    read_at bigint,
    unread_since bigint,
    -- Since when so many of our events are missing that an administrator has to decide.
    held_since bigint,
    primary key (workspace, calendar)
);

-- Time that somebody else's events occupy, in pieces no longer than a claim: every look-up is bounded.
create table mirror_intervals (
    workspace bigint not null,
    calendar text collate "C" not null,
    pass bigint not null,
    event_id text collate "C" not null,
    starts_at bigint not null,
    ends_at bigint not null,
    primary key (workspace, calendar, event_id, pass, starts_at),
    constraint piece_is_not_empty check (starts_at < ends_at),
    constraint piece_is_bounded check (ends_at - starts_at <= 691200000000)
);

create index mirror_intervals_by_end on mirror_intervals (workspace, calendar, pass, ends_at);

-- An event of ours may be `changed`: a pass saw that somebody did something to it, and it is to be
-- looked at directly.
alter table calendar_events drop constraint calendar_events_state_check;
alter table calendar_events add constraint calendar_events_state_check
    check (state in ('intended', 'written', 'changed', 'removed'));

-- Our events that a pass found missing: what the breaker of mass deletions counts.
create table deletions (
    workspace bigint not null,
    booking bytea not null,
    generation bigint not null,
    calendar text not null,
    noticed_at bigint not null,
    decision text check (decision in ('accept', 'restore')),
    primary key (workspace, booking, generation)
);

create index deletions_by_calendar on deletions (workspace, calendar, noticed_at);

-- What in a calendar contradicts a booking that stands.
create table conflicts (
    workspace bigint not null,
    booking bytea not null,
    kind text not null check (kind in ('event_moved', 'foreign_event')),
    calendar text not null,
    event_id text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    since bigint not null,
    primary key (workspace, booking)
);

create index conflicts_by_calendar on conflicts (workspace, calendar);

-- What an attendee answered to the calendar's invitation.
alter table attendees add column response text;

-- Subscriptions to a calendar's changes. The row is there before the provider is asked.
create table watch_channels (
    workspace bigint not null,
    id text collate "C" not null,
    calendar text not null,
    -- Who opened it, and alone may stop it; the account and calendar that it is about.
    account text not null,
    source text not null,
    -- Of the secret that comes with every notification.
    token_hash bytea not null,
    state text not null check (state in ('asked', 'open')),
    resource_id text,
    created_at bigint not null,
    expires_at bigint not null,
    notified_at bigint,
    primary key (workspace, id)
);

create index watch_channels_by_calendar on watch_channels (workspace, calendar);
