-- What operators hear of. Of each kind and subject one is open at most.
create table incidents (
    workspace integer not null references workspaces (id),
    id blob not null,
    kind text not null,
    subject text not null,
    summary text not null,
    resolution text,
    opened_at integer not null,
    closed_at integer,
    primary key (workspace, id)
) strict, without rowid;

create unique index incidents_open on incidents (workspace, kind, subject) where closed_at is null;

-- What one channel was told of an incident: a row before the call, its outcome after.
create table alerts (
    workspace integer not null,
    incident blob not null,
    channel text not null check (channel in ('slack', 'pagerduty', 'email')),
    moment text not null check (moment in ('opened', 'over')),
    state text not null check (state in ('sending', 'sent', 'not_sent', 'failed')),
    tries integer not null,
    error text,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, incident, channel, moment)
) strict, without rowid;

-- The incident that a job's giving up opened; over when the job is done.
alter table jobs add column incident blob;

-- When the host last consented; and which instance is fetching a new token, until when.
alter table connections add column consented_at integer;
alter table connections add column refresh_owner blob;
alter table connections add column refresh_until integer;

-- What an account may still be asked, shared by all instances.
create table quotas (
    workspace integer not null,
    connection blob not null,
    next_at integer not null,
    tail_at integer not null,
    rests_until integer,
    strikes integer not null,
    primary key (workspace, connection)
) strict, without rowid;

-- Mass changes. An item without an outcome is still to be done; one that was begun is under way.
create table operations (
    workspace integer not null references workspaces (id),
    id blob not null,
    action text not null check (action in ('move', 'rehost', 'cancel')),
    request text not null,
    progress text not null check (progress in ('running', 'paused', 'done')),
    dry_run integer not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id)
) strict, without rowid;

create table operation_items (
    workspace integer not null,
    operation blob not null,
    position integer not null,
    booking blob not null,
    wanted_start integer,
    wanted_host text not null,
    free integer,
    begun_at integer,
    outcome text check (outcome in ('done', 'conflict', 'already_over', 'failed')),
    primary key (workspace, operation, position)
) strict, without rowid;
