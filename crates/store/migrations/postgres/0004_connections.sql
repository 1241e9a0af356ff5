-- What operators hear of. Of each kind and subject one is open at most.
create table incidents (
    workspace bigint not null references workspaces (id),
    id bytea not null,
    kind text not null,
    subject text not null,
    summary text not null,
    resolution text,
    opened_at bigint not null,
    closed_at bigint,
    primary key (workspace, id)
);

create unique index incidents_open on incidents (workspace, kind, subject) where closed_at is null;

-- What one channel was told of an incident: a row before the call, its outcome after.
create table alerts (
    workspace bigint not null,
    incident bytea not null,
    channel text not null check (channel in ('slack', 'pagerduty', 'email')),
    moment text not null check (moment in ('opened', 'over')),
    state text not null check (state in ('sending', 'sent', 'not_sent', 'failed')),
    tries bigint not null,
    error text,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, incident, channel, moment)
);

-- The incident that a job's giving up opened; over when the job is done.
alter table jobs add column incident bytea;

-- When the host last consented; and which instance is fetching a new token, until when.
alter table connections add column consented_at bigint;
alter table connections add column refresh_owner bytea;
alter table connections add column refresh_until bigint;

-- What an account may still be asked, shared by all instances.
create table quotas (
    workspace bigint not null,
    connection bytea not null,
    next_at bigint not null,
    tail_at bigint not null,
    rests_until bigint,
    strikes bigint not null,
    primary key (workspace, connection)
);

-- Mass changes. An item without an outcome is still to be done; one that was begun is under way.
create table operations (
    workspace bigint not null references workspaces (id),
    id bytea not null,
    action text not null check (action in ('move', 'rehost', 'cancel')),
    request text not null,
    progress text not null check (progress in ('running', 'paused', 'done')),
    dry_run bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, id)
);

create table operation_items (
    workspace bigint not null,
    operation bytea not null,
    position bigint not null,
    booking bytea not null,
    wanted_start bigint,
    wanted_host text not null,
    free bigint,
    begun_at bigint,
    outcome text check (outcome in ('done', 'conflict', 'already_over', 'failed')),
    primary key (workspace, operation, position)
);
