-- Since when no message is known to reach the booking's lead.
alter table bookings add column unreached_at bigint;

-- Reports on mails that were taken: providers repeat themselves.
create table mail_events (
    workspace bigint not null,
    id text not null,
    received_at bigint not null,
    primary key (workspace, id)
);

create index mail_events_by_age on mail_events (workspace, received_at);

-- The list of a host's day, sent once a day. The row is there before the mail is handed over.
create table daily_summaries (
    workspace bigint not null,
    host text not null,
    day text not null,
    state text not null check (state in ('sending', 'sent', 'failed', 'skipped')),
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, host, day)
);
