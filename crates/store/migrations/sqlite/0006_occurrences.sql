-- One start of a group service at one host. Its claim and its calendar events name it as their
-- holder; whoever has a place in it has a row of seats.
create table occurrences (
    workspace integer not null references workspaces (id),
    id blob not null,
    service text not null,
    host text not null,
    starts_at integer not null,
    ends_at integer not null,
    capacity integer not null,
    -- The sum of its seats.
    taken integer not null,
    state text not null check (state in ('empty', 'asked', 'free', 'standing')),
    revision integer not null,
    -- Rises with every change of who comes; what its event shows follows.
    roster integer not null,
    shown integer not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (workspace, id),
    constraint no_seat_is_taken_twice check (taken >= 0 and taken <= capacity),
    constraint one_occurrence_per_start unique (workspace, service, starts_at, host)
) strict, without rowid;

-- Seats of a booking, a hold, or somebody who waited and was asked; the last two lapse. A booking that
-- is being moved has seats in two occurrences.
create table seats (
    workspace integer not null,
    occurrence blob not null,
    holder blob not null,
    people integer not null,
    expires_at integer,
    -- When they came, as the door noted it.
    arrived_at integer,
    primary key (workspace, occurrence, holder),
    constraint seats_have_people check (people > 0)
) strict, without rowid;

create index seats_by_holder on seats (workspace, holder);

-- A booking may wait in line, with or without seats that are kept for it, and wait in vain. A check
-- cannot be changed here: its column is made anew, whatever other columns there are.
alter table bookings rename column status to status_before;
alter table bookings add column status text not null default 'pending' check (
    status in ('waitlisted', 'pending', 'confirmed', 'cancelled', 'completed', 'no_show', 'declined', 'failed', 'expired')
);
update bookings set status = status_before;
alter table bookings drop column status_before;
alter table bookings add column offered_until integer;

create index bookings_in_line on bookings (workspace, service, starts_at, id)
 where status = 'waitlisted';

alter table tellings rename column told to told_before;
alter table tellings add column told text not null default 'over' check (
    told in ('received', 'stands', 'asked', 'over', 'waiting', 'offered')
);
update tellings set told = told_before;
alter table tellings drop column told_before;
