-- Instants are microseconds since the epoch, ids are 16 bytes, documents are JSON text, booleans 0 or 1.
-- Every key begins with the workspace, so that the data can be split by it.
-- The tables are those of SQLite; what differs is the rule on claims.

-- Equality of plain columns inside the constraint on claims. A trusted extension: the owner of a
-- database may create it.
create extension if not exists btree_gist;

create table workspaces (
    id bigint primary key,
    slug text not null unique
);

insert into workspaces (id, slug) values (1, 'default');

-- Hosts, calendars, services and sources, as the API and the setup file write them.
create table setup_objects (
    workspace bigint not null references workspaces (id),
    kind text collate "C" not null check (kind in ('host', 'calendar', 'service', 'source')),
    id text collate "C" not null,
    document text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, kind, id)
);

-- Rises with every change of a setup object: a decision made on an older one is made again.
create table setup_versions (
    workspace bigint primary key references workspaces (id),
    version bigint not null
);

insert into setup_versions (workspace, version) values (1, 0);

-- Rises in every transaction that touches a host's claims: what was computed from them is stale.
create table host_versions (
    workspace bigint not null,
    host text not null,
    version bigint not null,
    primary key (workspace, host)
);

-- The stretch of a host's time, buffers included, that a hold or an active booking occupies.
-- The one rule that nothing may break: no two holders have the same instant of a host.
-- A claim is at most eight days long, so that every look-up is bounded on both sides.
create table claims (
    id bigint generated always as identity primary key,
    workspace bigint not null,
    host text not null,
    holder bytea not null,
    service text not null,
    slot_start bigint not null,
    starts bigint not null,
    ends bigint not null,
    expires_at bigint,
    constraint claim_is_not_empty check (starts < ends),
    constraint claim_is_bounded check (ends - starts <= 691200000000),
    constraint claims_never_overlap exclude using gist (
        workspace with =, host with =, holder with <>, int8range(starts, ends) with &&
    )
);

create index claims_by_end on claims (workspace, host, ends);
create index claims_by_holder on claims (workspace, holder);

create table holds (
    workspace bigint not null,
    holder bytea not null,
    service text not null,
    host text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    expires_at bigint not null,
    primary key (workspace, holder)
);

create table bookings (
    workspace bigint not null references workspaces (id),
    id bytea not null,
    service text not null,
    host text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    title text not null,
    location text,
    timezone text not null,
    party_size bigint not null,
    notes text,
    answers text not null,
    submission_id text,
    source text,
    status text not null check (
        status in ('pending', 'confirmed', 'cancelled', 'completed', 'no_show', 'declined', 'failed')
    ),
    cancelled_by text,
    cancel_reason text,
    change_host text,
    change_starts_at bigint,
    change_ends_at bigint,
    revision bigint not null,
    -- The revision for which the calendars were found free.
    free_revision bigint,
    -- Until when the caller who asked for the latest change waits for the answer.
    awaited_until bigint,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, id)
);

create index bookings_by_host on bookings (workspace, host, starts_at);
create index bookings_by_start on bookings (workspace, starts_at);

create table attendees (
    workspace bigint not null,
    booking bytea not null,
    position bigint not null,
    name text,
    email text,
    phone text,
    timezone text,
    locale text,
    primary key (workspace, booking, position)
);

create index attendees_by_email on attendees (workspace, email) where email is not null;
create index attendees_by_phone on attendees (workspace, phone) where phone is not null;

-- Every calendar event we wrote or may have written. The row is there before the first call.
create table calendar_events (
    workspace bigint not null,
    booking bytea not null,
    generation bigint not null,
    calendar text not null,
    event_id text not null,
    state text not null check (state in ('intended', 'written', 'removed')),
    starts_at bigint not null,
    ends_at bigint not null,
    etag text,
    html_link text,
    ical_uid text,
    updated_at bigint not null,
    primary key (workspace, booking, generation)
);

create index calendar_events_by_time on calendar_events (workspace, calendar, ends_at)
 where state <> 'removed';

-- A submission id or idempotency key, within the API key, source or call that it belongs to.
create table submissions (
    workspace bigint not null,
    scope text not null,
    key text not null,
    fingerprint bytea not null,
    booking bytea,
    outcome text not null,
    created_at bigint not null,
    expires_at bigint,
    primary key (workspace, scope, key)
);

create index submissions_by_booking on submissions (workspace, booking) where booking is not null;

-- One row per kind and subject. A row that is there is still to be done.
create table jobs (
    id bytea primary key,
    workspace bigint not null,
    kind text not null,
    subject text not null,
    -- Rises when the job is asked for again; finishing deletes the row only if it has not.
    wanted bigint not null,
    due_at bigint not null,
    attempt bigint not null,
    lease_owner bytea,
    leased_until bigint,
    parked_by bytea,
    given_up_at bigint,
    last_error text,
    created_at bigint not null,
    constraint one_job_per_subject unique (workspace, kind, subject)
);

create index jobs_due on jobs (due_at) where parked_by is null and given_up_at is null;
create index jobs_parked on jobs (workspace, parked_by) where parked_by is not null;

-- Everything that happened to a booking, in order.
create table timeline (
    workspace bigint not null,
    booking bytea not null,
    id bytea not null,
    at bigint not null,
    kind text not null,
    summary text not null,
    data text not null,
    primary key (workspace, booking, id)
);

-- What an attendee was last told, by channel.
create table tellings (
    workspace bigint not null,
    booking bytea not null,
    position bigint not null,
    channel text not null,
    told text not null check (told in ('received', 'stands', 'asked', 'over')),
    starts_at bigint,
    ends_at bigint,
    updated_at bigint not null,
    primary key (workspace, booking, position, channel)
);

-- One attempt to tell somebody something. The row is there before the provider is called.
create table messages (
    workspace bigint not null,
    id bytea not null,
    booking bytea not null,
    position bigint not null,
    channel text not null,
    news text not null,
    recipient text not null,
    body text not null,
    state text not null check (
        state in ('sending', 'sent', 'delivered', 'undelivered', 'failed', 'superseded')
    ),
    told text not null,
    starts_at bigint,
    ends_at bigint,
    provider_id text,
    error text,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, id)
);

create index messages_by_booking on messages (workspace, booking, position, channel);

create table connections (
    workspace bigint not null,
    id bytea not null,
    provider text not null,
    host text not null,
    account text not null,
    status text not null check (status in ('awaiting_consent', 'healthy', 'degraded', 'revoked')),
    reason text,
    refresh_token bytea,
    access_token bytea,
    access_expires_at bigint,
    scopes text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, id),
    constraint one_connection_per_account unique (workspace, provider, account)
);

-- What works once and was used: the states of consents, and the links that led to them.
create table used_up (
    workspace bigint not null,
    hash bytea not null,
    expires_at bigint not null,
    primary key (workspace, hash)
);

-- Secrets of the installation, encrypted.
create table secrets (
    workspace bigint not null,
    name text not null,
    ciphertext bytea not null,
    primary key (workspace, name)
);

create table api_keys (
    workspace bigint not null,
    id bytea not null,
    hash bytea not null,
    scope text not null check (scope in ('read', 'bookings', 'admin')),
    name text,
    created_at bigint not null,
    revoked_at bigint,
    primary key (workspace, id)
);

create unique index api_keys_by_hash on api_keys (hash);

-- What a form's webhook sent, as received.
create table inbox (
    workspace bigint not null,
    id bytea not null,
    source text not null,
    received_at bigint not null,
    content_type text not null,
    body bytea not null,
    outcome text not null check (outcome in ('received', 'booked', 'replayed', 'refused', 'malformed')),
    detail text,
    booking bytea,
    primary key (workspace, id)
);

create index inbox_by_source on inbox (workspace, source, id);
