-- A claim says where its slot ends and where it takes place: travel and breaks are measured from one
-- slot to the next, without buffers.
alter table claims add column slot_end integer;
alter table claims add column location text;

-- A move keeps the length, so that both claims of a booking that is being moved are known.
update claims
   set slot_end = coalesce(
           (select claims.slot_start + b.ends_at - b.starts_at from bookings b
             where b.workspace = claims.workspace and b.id = claims.holder),
           (select o.ends_at from occurrences o
             where o.workspace = claims.workspace and o.id = claims.holder),
           (select h.ends_at from holds h
             where h.workspace = claims.workspace and h.holder = claims.holder)),
       location = coalesce(
           (select b.location from bookings b
             where b.workspace = claims.workspace and b.id = claims.holder),
           (select min(b.location) from seats s
              join bookings b on b.workspace = s.workspace and b.id = s.holder
             where s.workspace = claims.workspace and s.occurrence = claims.holder));

-- Who keeps a slot, as hashes: one hold per visitor and service, and so many per address.
alter table holds add column visitor blob;
alter table holds add column address blob;

create index holds_by_visitor on holds (workspace, visitor, service) where visitor is not null;
create index holds_by_address on holds (workspace, address) where address is not null;
create index holds_by_service on holds (workspace, service, expires_at);
