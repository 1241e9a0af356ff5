-- What is known of a number, in order: the last line counts, the others are the record.
create table number_facts (
    workspace integer not null,
    phone text not null,
    id blob not null,
    fact text not null check (fact in ('stopped', 'allowed', 'not_textable', 'bad_number')),
    -- A word that somebody texted, or the provider's code.
    because text not null,
    at integer not null,
    primary key (workspace, phone, id)
) strict, without rowid;

-- Texts from phones, by the provider's identifier.
create table inbound_texts (
    workspace integer not null,
    sid text not null,
    phone text not null,
    body text not null,
    received_at integer not null,
    -- Until when the provider waits for the answer.
    awaited_until integer,
    -- What is being done because of it, as JSON, so that a crash in between does not forget it.
    act text,
    reply text,
    state text not null check (state in ('received', 'answered', 'sending', 'done')),
    reply_sid text,
    updated_at integer not null,
    primary key (workspace, sid)
) strict, without rowid;

create index inbound_texts_by_phone on inbound_texts (workspace, phone, received_at);

-- What somebody was last asked, by text or in a call.
create table conversations (
    workspace integer not null,
    -- `text/` and a number, or `call/` and the provider's identifier.
    party text not null,
    question text,
    open_until integer,
    revision integer not null,
    updated_at integer not null,
    primary key (workspace, party)
) strict, without rowid;

-- Who said that they will come, and to which start.
create table attendances (
    workspace integer not null,
    booking blob not null,
    position integer not null,
    starts_at integer not null,
    channel text not null,
    said_at integer not null,
    primary key (workspace, booking, position)
) strict, without rowid;

-- When a sender of texts may send its next one.
create table senders (
    workspace integer not null,
    sender text not null,
    next_at integer not null,
    primary key (workspace, sender)
) strict, without rowid;

-- A place in a sender's queue, and the texts that are on their way to the provider.
create table sender_turns (
    workspace integer not null,
    subject text not null,
    sender text not null,
    due_at integer not null,
    flying_until integer,
    primary key (workspace, subject)
) strict, without rowid;

create index sender_turns_flying on sender_turns (workspace, sender, flying_until)
 where flying_until is not null;

-- Phone calls, by the provider's identifier.
create table calls (
    workspace integer not null,
    sid text not null,
    phone text,
    booking blob,
    position integer,
    -- Which request of the call is expected next.
    step integer not null,
    -- How often in a row nothing was understood.
    misses integer not null,
    act text,
    -- What was said last, as it was sent: a repeated request gets it once more.
    said text,
    started_at integer not null,
    updated_at integer not null,
    primary key (workspace, sid)
) strict, without rowid;
