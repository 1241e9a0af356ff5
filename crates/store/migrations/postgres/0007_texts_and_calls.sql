-- What is known of a number, in order: the last line counts, the others are the record.
create table number_facts (
    workspace bigint not null,
    phone text not null,
    id bytea not null,
    fact text not null check (fact in ('stopped', 'allowed', 'not_textable', 'bad_number')),
    -- A word that somebody texted, or the provider's code.
    because text not null,
    at bigint not null,
    primary key (workspace, phone, id)
);

-- Texts from phones, by the provider's identifier.
create table inbound_texts (
    workspace bigint not null,
    sid text not null,
    phone text not null,
    body text not null,
    received_at bigint not null,
    -- Until when the provider waits for the answer.
    awaited_until bigint,
    -- What is being done because of it, as JSON, so that a crash in between does not forget it.
    act text,
    reply text,
    state text not null check (state in ('received', 'answered', 'sending', 'done')),
    reply_sid text,
    updated_at bigint not null,
    primary key (workspace, sid)
);

create index inbound_texts_by_phone on inbound_texts (workspace, phone, received_at);

-- What somebody was last asked, by text or in a call.
create table conversations (
    workspace bigint not null,
    -- `text/` and a number, or `call/` and the provider's identifier.
    party text not null,
    question text,
    open_until bigint,
    revision bigint not null,
    updated_at bigint not null,
    primary key (workspace, party)
);

-- Who said that they will come, and to which start.
create table attendances (
    workspace bigint not null,
    booking bytea not null,
    position bigint not null,
    starts_at bigint not null,
    channel text not null,
    said_at bigint not null,
    primary key (workspace, booking, position)
);

-- When a sender of texts may send its next one.
create table senders (
    workspace bigint not null,
    sender text not null,
    next_at bigint not null,
    primary key (workspace, sender)
);

-- A place in a sender's queue, and the texts that are on their way to the provider.
create table sender_turns (
    workspace bigint not null,
    subject text not null,
    sender text not null,
    due_at bigint not null,
    flying_until bigint,
    primary key (workspace, subject)
);

create index sender_turns_flying on sender_turns (workspace, sender, flying_until)
 where flying_until is not null;

-- Phone calls, by the provider's identifier.
create table calls (
    workspace bigint not null,
    sid text not null,
    phone text,
    booking bytea,
    position bigint,
    -- Which request of the call is expected next.
    step bigint not null,
    -- How often in a row nothing was understood.
    misses bigint not null,
    act text,
    -- What was said last, as it was sent: a repeated request gets it once more.
    said text,
    started_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, sid)
);
