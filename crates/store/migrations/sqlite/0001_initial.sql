-- Instants are microseconds since the epoch, ids are 16 bytes, documents are JSON text, booleans 0 or 1.
-- Every key begins with the workspace, so that the data can be split by it.

create table workspaces (
    id integer primary key,
    slug text not null unique
) strict;

insert into workspaces (id, slug) values (1, 'default');

-- Hosts, calendars, services and sources, as the API and the setup file write them.
create table setup_objects (
    workspace integer not null references workspaces (id),
    kind text not null check (kind in ('host', 'calendar', 'service', 'source')),
    id text not null,
    document text not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, kind, id)
) strict, without rowid;

-- Rises with every change of a setup object: a decision made on an older one is made again.
create table setup_versions (
    workspace integer primary key references workspaces (id),
    version integer not null
) strict;

insert into setup_versions (workspace, version) values (1, 0);

-- Rises in every transaction that touches a host's claims: what was computed from them is stale.
create table host_versions (
    workspace integer not null,
    host text not null,
    version integer not null,
    primary key (workspace, host)
) strict, without rowid;

-- The stretch of a host's time, buffers included, that a hold or an active booking occupies.
-- A claim is at most eight days long, so that every look-up is bounded on both sides.
create table claims (
    id integer primary key,
    workspace integer not null,
    host text not null,
    holder blob not null,
    service text not null,
    slot_start integer not null,
    starts integer not null,
    ends integer not null,
    expires_at integer,
    constraint claim_is_not_empty check (starts < ends),
    constraint claim_is_bounded check (ends - starts <= 691200000000)
) strict;

create index claims_by_end on claims (workspace, host, ends);
create index claims_by_holder on claims (workspace, holder);

-- The one rule that nothing may break: no two holders have the same instant of a host. An insert
-- that would break it returns no row, as `on conflict do nothing` does on PostgreSQL.
create trigger claims_never_overlap before insert on claims
begin
    select raise(ignore)
     where exists (
        select 1 from claims
         where workspace = new.workspace and host = new.host and holder <> new.holder
           and ends > new.starts and ends < new.ends + 691200000000
           and starts < new.ends
     );
end;

create trigger claims_never_overlap_after_a_change
before update of workspace, host, holder, starts, ends on claims
begin
    select raise(ignore)
     where exists (
        select 1 from claims
         where workspace = new.workspace and host = new.host and holder <> new.holder
           and id <> new.id
           and ends > new.starts and ends < new.ends + 691200000000
           and starts < new.ends
     );
end;

create table holds (
    workspace integer not null,
    holder blob not null,
    service text not null,
    host text not null,
    starts_at integer not null,
    ends_at integer not null,
    expires_at integer not null,
    primary key (workspace, holder)
) strict, without rowid;

create table bookings (
    workspace integer not null references workspaces (id),
    id blob not null,
    service text not null,
    host text not null,
    starts_at integer not null,
    ends_at integer not null,
    title text not null,
    location text,
    timezone text not null,
    party_size integer not null,
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
    change_starts_at integer,
    change_ends_at integer,
    revision integer not null,
    -- The revision for which the calendars were found free.
    free_revision integer,
    -- Until when the caller who asked for the latest change waits for the answer.
    awaited_until integer,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id)
) strict, without rowid;

create index bookings_by_host on bookings (workspace, host, starts_at);
create index bookings_by_start on bookings (workspace, starts_at);

create table attendees (
    workspace integer not null,
    booking blob not null,
    position integer not null,
    name text,
    email text,
    phone text,
    timezone text,
    locale text,
    primary key (workspace, booking, position)
) strict, without rowid;

create index attendees_by_email on attendees (workspace, email) where email is not null;
create index attendees_by_phone on attendees (workspace, phone) where phone is not null;

-- Every calendar event we wrote or may have written. The row is there before the first call.
create table calendar_events (
    workspace integer not null,
    booking blob not null,
    generation integer not null,
    calendar text not null,
    event_id text not null,
    state text not null check (state in ('intended', 'written', 'removed')),
    starts_at integer not null,
    ends_at integer not null,
    etag text,
    html_link text,
    ical_uid text,
    updated_at integer not null,
    primary key (workspace, booking, generation)
) strict, without rowid;

create index calendar_events_by_time on calendar_events (workspace, calendar, ends_at)
 where state <> 'removed';

-- A submission id or idempotency key, within the API key, source or call that it belongs to.
create table submissions (
    workspace integer not null,
    scope text not null,
    key text not null,
    fingerprint blob not null,
    booking blob,
    outcome text not null,
    created_at integer not null,
    expires_at integer,
    primary key (workspace, scope, key)
) strict, without rowid;

create index submissions_by_booking on submissions (workspace, booking) where booking is not null;

-- One row per kind and subject. A row that is there is still to be done.
create table jobs (
    id blob primary key,
    workspace integer not null,
    kind text not null,
    subject text not null,
    -- Rises when the job is asked for again; finishing deletes the row only if it has not.
    wanted integer not null,
    due_at integer not null,
    attempt integer not null,
    lease_owner blob,
    leased_until integer,
    parked_by blob,
    given_up_at integer,
    last_error text,
    created_at integer not null,
    constraint one_job_per_subject unique (workspace, kind, subject)
) strict, without rowid;

create index jobs_due on jobs (due_at) where parked_by is null and given_up_at is null;
create index jobs_parked on jobs (workspace, parked_by) where parked_by is not null;

-- Everything that happened to a booking, in order.
create table timeline (
    workspace integer not null,
    booking blob not null,
    id blob not null,
    at integer not null,
    kind text not null,
    summary text not null,
    data text not null,
    primary key (workspace, booking, id)
) strict, without rowid;

-- What an attendee was last told, by channel.
create table tellings (
    workspace integer not null,
    booking blob not null,
    position integer not null,
    channel text not null,
    told text not null check (told in ('received', 'stands', 'asked', 'over')),
    starts_at integer,
    ends_at integer,
    updated_at integer not null,
    primary key (workspace, booking, position, channel)
) strict, without rowid;

-- One attempt to tell somebody something. The row is there before the provider is called.
create table messages (
    workspace integer not null,
    id blob not null,
    booking blob not null,
    position integer not null,
    channel text not null,
    news text not null,
    recipient text not null,
    body text not null,
    state text not null check (
        state in ('sending', 'sent', 'delivered', 'undelivered', 'failed', 'superseded')
    ),
    told text not null,
    starts_at integer,
    ends_at integer,
    provider_id text,
    error text,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id)
) strict, without rowid;

create index messages_by_booking on messages (workspace, booking, position, channel);

create table connections (
    workspace integer not null,
    id blob not null,
    provider text not null,
    host text not null,
    account text not null,
    status text not null check (status in ('awaiting_consent', 'healthy', 'degraded', 'revoked')),
    reason text,
    refresh_token blob,
    access_token blob,
    access_expires_at integer,
    scopes text not null,
    version integer not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id),
    constraint one_connection_per_account unique (workspace, provider, account)
) strict, without rowid;

-- What works once and was used: the states of consents, and the links that led to them.
create table used_up (
    workspace integer not null,
    hash blob not null,
    expires_at integer not null,
    primary key (workspace, hash)
) strict, without rowid;

-- Secrets of the installation, encrypted.
create table secrets (
    workspace integer not null,
    name text not null,
    ciphertext blob not null,
    primary key (workspace, name)
) strict, without rowid;

create table api_keys (
    workspace integer not null,
    id blob not null,
    hash blob not null,
    scope text not null check (scope in ('read', 'bookings', 'admin')),
    name text,
    created_at integer not null,
    revoked_at integer,
    primary key (workspace, id)
) strict, without rowid;

create unique index api_keys_by_hash on api_keys (hash);

-- What a form's webhook sent, as received.
create table inbox (
    workspace integer not null,
    id blob not null,
    source text not null,
    received_at integer not null,
    content_type text not null,
    body blob not null,
    outcome text not null check (outcome in ('received', 'booked', 'replayed', 'refused', 'malformed')),
    detail text,
    booking blob,
    primary key (workspace, id)
) strict, without rowid;

create index inbox_by_source on inbox (workspace, source, id);
