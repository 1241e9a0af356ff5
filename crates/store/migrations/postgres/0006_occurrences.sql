-- One start of a group service at one host. Its claim and its calendar events name it as their
-- holder; whoever has a place in it has a row of seats.
create table occurrences (
    workspace bigint not null references workspaces (id),
    id bytea not null,
    service text not null,
    host text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    capacity bigint not null,
    -- The sum of its seats.
    taken bigint not null,
    state text not null check (state in ('empty', 'asked', 'free', 'standing')),
    revision bigint not null,
    -- Rises with every change of who comes; what its event shows follows.
    roster bigint not null,
    shown bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (workspace, id),
    constraint no_seat_is_taken_twice check (taken >= 0 and taken <= capacity),
    constraint one_occurrence_per_start unique (workspace, service, starts_at, host)
);

-- Seats of a booking, a hold, or somebody who waited and was asked; the last two lapse. A booking that
-- is being moved has seats in two occurrences.
create table seats (
    workspace bigint not null,
    occurrence bytea not null,
    holder bytea not null,
    people bigint not null,
    expires_at bigint,
    -- When they came, as the door noted it.
    arrived_at bigint,
    primary key (workspace, occurrence, holder),
    constraint seats_have_people check (people > 0)
);

create index seats_by_holder on seats (workspace, holder);

-- A booking may wait in line, with or without seats that are kept for it, and wait in vain.
alter table bookings drop constraint bookings_status_check;
alter table bookings add constraint bookings_status_check check (
    status in ('waitlisted', 'pending', 'confirmed', 'cancelled', 'completed', 'no_show', 'declined', 'failed', 'expired')
);
alter table bookings add column offered_until bigint;

create index bookings_in_line on bookings (workspace, service, starts_at, id)
 where status = 'waitlisted';

alter table tellings drop constraint tellings_told_check;
alter table tellings add constraint tellings_told_check check (
    told in ('received', 'stands', 'asked', 'over', 'waiting', 'offered')
);
