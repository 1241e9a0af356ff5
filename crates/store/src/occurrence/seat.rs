//! Taking seats of an occurrence and leaving them.

use std::collections::BTreeSet;

use domain::availability::Reason;
use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::waiting_list::served;
use domain::{Booking, HostId, Occurrence, OccurrenceId, Service, ServiceId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::row::{
    find_occurrence, find_occurrence_at, insert_occurrence, lock_seats, update_occurrence,
};
use crate::booking::HostOffer;
use crate::calendar_event;
use crate::claim;
use crate::error::StoreError;
use crate::job::{self, Lease, NewJob, Task};
use crate::params;
use crate::tx::Tx;
use crate::waiting_list;

/// How long a changed roster waits to be shown: those who come and go meanwhile are shown with one
/// call. Google throttles many writes to one calendar, whatever the quota.
pub const SHOWN_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Somebody who wants seats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker<'a> {
    /// The booking, hold or offer that will have them.
    pub(crate) holder: Uuid,
    /// What it is for.
    pub(crate) service: &'a Service,
    /// When it starts.
    pub(crate) start: Timestamp,
    /// How many come.
    pub(crate) people: u32,
    /// When the seats are given back by themselves.
    pub(crate) expires_at: Option<Timestamp>,
    /// How many of them nobody in line has a right to: those of a hold of theirs; all, for who
    /// stands first in line.
    pub(crate) owed: u32,
    /// The identifier of a new occurrence.
    pub(crate) id: OccurrenceId,
}

/// Takes seats at this host, opening the occurrence if it is the first to come, or says what speaks
/// against it.
pub(crate) async fn take_seats(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    offer: &HostOffer,
    taker: &Taker<'_>,
    now: Timestamp,
) -> Result<Result<Occurrence, Vec<Reason>>, StoreError> {
    let (service, host) = (taker.service, &offer.host);
    if let Some(full) = full_already(tx, workspace, offer, taker, now).await? {
        return Ok(Err(full));
    }
    lock_seats(tx, workspace, &service.id).await?;
    let found = find_occurrence_at(tx, workspace, &service.id, &host.id, taker.start).await?;
    let found = match found {
        Some(found) => Some(without_lapsed(tx, workspace, found, now).await?),
        None => None,
    };
    let id = found.as_ref().map_or(taker.id, |found| found.id);
    let wanted = claim::Wanted {
        holder: id.uuid(),
        service,
        start: taker.start,
        duration: service.rules.duration,
        ignored: Some(id.uuid()),
        expires_at: taker.expires_at,
    };
    let free = match claim::offered(tx, workspace, host, &wanted, now).await? {
        Ok(free) => free,
        Err(reasons) => return Ok(Err(reasons)),
    };
    let capacity = service.group.as_ref().map_or(1, |group| group.capacity);
    let opened = found.unwrap_or_else(|| empty(taker, &host.id, free.slot, capacity));
    let remaining = capacity.saturating_sub(opened.taken);
    let line = waiting_list::line(tx, workspace, &service.id, taker.start).await?;
    // Beside what they have a right to, only what nobody in line could use.
    let owed = taker.owed.min(remaining);
    let (_, others) = served(remaining - owed, &line);
    let room = owed + others;
    if taker.people > room {
        return Ok(Err(vec![Reason::Full { remaining: room }]));
    }
    if !claim_time(tx, workspace, &opened, &wanted, &free, now).await? {
        return Ok(Err(vec![claim::somebody_faster(free.claim)]));
    }
    if opened.revision == 0 {
        insert_occurrence(tx, workspace, &Occurrence { revision: 1, ..opened.clone() }, now)
            .await?;
    }
    if !add_people(tx, workspace, id, taker.people, capacity).await? {
        return Ok(Err(vec![Reason::Full { remaining }]));
    }
    let (holder, people, expires_at) = (taker.holder, taker.people, taker.expires_at);
    insert_seats_of(tx, workspace, id, holder, people, expires_at).await?;
    claim::bump_host(tx, workspace, &host.id).await?;
    let taken = find_occurrence(tx, workspace, id).await?;
    let taken = taken.ok_or(StoreError::Unreadable("an occurrence with seats"))?;
    if taker.expires_at.is_some() {
        return Ok(Ok(taken));
    }
    join(tx, workspace, taken, offer, now).await.map(Ok)
}

/// Why seats cannot be had, where a look suffices: those who come when a start is full do not wait
/// for one another. Whoever finds seats counts them again under the lock.
async fn full_already(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    offer: &HostOffer,
    taker: &Taker<'_>,
    now: Timestamp,
) -> Result<Option<Vec<Reason>>, StoreError> {
    let sql = "-- seats_taken_by_now
        select id, taken - (
                select cast(coalesce(sum(people), 0) as bigint) from seats
                 where seats.workspace = $1 and seats.occurrence = occurrences.id
                   and seats.expires_at <= $5)
          from occurrences
         where workspace = $1 and service = $2 and starts_at = $3 and host = $4";
    let (service, host) = (taker.service, &offer.host);
    let params = params![workspace.0, service.id.as_str(), taker.start, host.id.as_str(), now];
    let Some(mut row) = tx.find(sql, params).await? else { return Ok(None) };
    let (id, taken): (Uuid, i64) = (row.take()?, row.take()?);
    let capacity = service.group.as_ref().map_or(1, |group| group.capacity);
    let remaining = capacity.saturating_sub(u32::try_from(taken).unwrap_or(0));
    if taker.people <= remaining {
        return Ok(None);
    }
    let (holder, ignored, start) = (id, Some(id), taker.start);
    let wanted = claim::Wanted {
        holder,
        service,
        start,
        duration: service.rules.duration,
        ignored,
        expires_at: taker.expires_at,
    };
    let rules = claim::offered(tx, workspace, host, &wanted, now).await?;
    Ok(Some(rules.err().unwrap_or(vec![Reason::Full { remaining }])))
}

/// The next occurrence of this taker: its revision says that it is not stored yet.
fn empty(taker: &Taker<'_>, host: &HostId, slot: domain::Interval, capacity: u32) -> Occurrence {
    Occurrence {
        id: taker.id,
        service: taker.service.id.clone(),
        host: host.clone(),
        slot,
        capacity,
        taken: 0,
        state: OccurrenceState::Empty,
        revision: 0,
        roster: 0,
        shown: 0,
    }
}

/// The occurrence's claim lasts as long as the longest of its seats.
async fn claim_time(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: &Occurrence,
    wanted: &claim::Wanted<'_>,
    free: &claim::Offered,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "-- prolong_claim: a seat that does not lapse makes a claim that does not
        update claims set expires_at = case
            when cast($3 as bigint) is null or expires_at is null then null
            when expires_at > $3 then expires_at
            else $3 end
         where workspace = $1 and holder = $2";
    let holder = occurrence.id.uuid();
    if tx.execute(sql, params![workspace.0, holder, wanted.expires_at]).await? > 0 {
        return Ok(true);
    }
    claim::claim_offered(tx, workspace, &occurrence.host, wanted, free, now).await
}

/// Counts further people in. `false` when they do not fit: the schema would refuse them, too.
pub(super) async fn add_people(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
    people: u32,
    capacity: u32,
) -> Result<bool, StoreError> {
    let sql = "-- take_seats: a capacity that was lowered sends nobody away
        update occurrences set
            capacity = case when taken > $4 then taken else $4 end,
            taken = taken + $3
         where workspace = $1 and id = $2 and taken + $3 <= $4";
    let params = params![workspace.0, id.uuid(), people, capacity];
    Ok(tx.execute(sql, params).await? == 1)
}

/// Seats a booking, a hold or somebody who was asked.
pub(super) async fn insert_seats_of(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
    holder: Uuid,
    people: u32,
    expires_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "-- insert_seats
        insert into seats (workspace, occurrence, holder, people, expires_at)
        values ($1, $2, $3, $4, $5)";
    let params = params![workspace.0, id.uuid(), holder, people, expires_at];
    tx.execute(sql, params).await?;
    Ok(())
}

/// A booking has seats from now on. Where nothing outside has to agree, the event stands at once.
async fn join(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    before: Occurrence,
    offer: &HostOffer,
    now: Timestamp,
) -> Result<Occurrence, StoreError> {
    let (id, roster) = (before.id, before.roster + 1);
    let joined = match before.state {
        OccurrenceState::Asked | OccurrenceState::Free | OccurrenceState::Standing => {
            Occurrence { roster, ..before }
        }
        OccurrenceState::Empty if offer.outside => {
            // An event of those who left may be on its way out: it is looked at before it is believed.
            calendar_event::doubt(tx, workspace, id, now).await?;
            let (state, revision) = (OccurrenceState::Asked, before.revision + 1);
            Occurrence { roster, state, revision, ..before }
        }
        OccurrenceState::Empty => {
            let (calendar, slot) = (&offer.calendar, before.slot);
            calendar_event::keep_again(tx, workspace, id, calendar, slot, now).await?;
            let (state, revision) = (OccurrenceState::Standing, before.revision + 1);
            Occurrence { roster, state, revision, ..before }
        }
    };
    update_occurrence(tx, workspace, &joined, now).await?;
    Ok(joined)
}

/// Turns seats that would lapse into a booking's. `None` when they have lapsed or were given away.
pub(crate) async fn keep_seats(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
    offer_of: impl Fn(&HostId) -> Option<HostOffer>,
    now: Timestamp,
) -> Result<Option<Occurrence>, StoreError> {
    let Some(seats) = seats_of(tx, workspace, holder).await?.into_iter().next() else {
        return Ok(None);
    };
    lock_seats(tx, workspace, &seats.service).await?;
    let sql = "-- keep_seats
        update seats set expires_at = null
         where workspace = $1 and occurrence = $2 and holder = $3 and expires_at > $4";
    let (id, uuid) = (seats.occurrence, seats.occurrence.uuid());
    if tx.execute(sql, params![workspace.0, uuid, holder, now]).await? == 0 {
        return Ok(None);
    }
    let sql = "-- keep_claim_of_seats
        update claims set expires_at = null where workspace = $1 and holder = $2";
    let claimed = tx.execute(sql, params![workspace.0, uuid]).await?;
    let occurrence = find_occurrence(tx, workspace, id).await?;
    let occurrence = occurrence.ok_or(StoreError::Unreadable("an occurrence with seats"))?;
    let Some(offer) = offer_of(&occurrence.host).filter(|_| claimed > 0) else { return Ok(None) };
    claim::bump_host(tx, workspace, &occurrence.host).await?;
    join(tx, workspace, occurrence, &offer, now).await.map(Some)
}

/// Seats of a holder.
#[derive(Debug, Clone)]
pub(crate) struct Seats {
    pub(crate) occurrence: OccurrenceId,
    pub(crate) service: ServiceId,
    pub(crate) people: u32,
    /// Whether they are a booking's: those of a hold or an offer lapse.
    booked: bool,
}

/// The seats of a holder; a booking that is being moved has two.
pub(crate) async fn seats_of(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
) -> Result<Vec<Seats>, StoreError> {
    let sql = "-- seats_of
        select seats.occurrence, occurrences.service, seats.people, seats.expires_at
          from seats
          join occurrences on occurrences.workspace = $1 and occurrences.id = seats.occurrence
         where seats.workspace = $1 and seats.holder = $2
         order by seats.occurrence";
    let rows = tx.query(sql, params![workspace.0, holder]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Seats {
                occurrence: OccurrenceId::new(row.take()?),
                service: row.take_parsed("an occurrence's service")?,
                people: row.take()?,
                booked: row.take::<Option<Timestamp>>()?.is_none(),
            })
        })
        .collect()
}

/// Somebody who leaves, and what their going sets off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    /// The booking, hold or offer.
    pub(crate) holder: Uuid,
    /// First id of the jobs of the occurrences; far from those of the notifications.
    pub(crate) job_ids: JobId,
    /// A lease on the job of an occurrence that is left empty.
    pub(crate) lease: Option<Lease>,
    /// Now.
    pub(crate) now: Timestamp,
}

/// Frees all seats of a holder. Says how many occurrences it leaves.
pub(crate) async fn leave(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
) -> Result<usize, StoreError> {
    leave_seats(tx, workspace, leaving, |_| true).await
}

/// Frees the seats of a holder in every occurrence but this one.
pub(crate) async fn leave_others(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
    stays_in: OccurrenceId,
) -> Result<usize, StoreError> {
    leave_seats(tx, workspace, leaving, |left| left != stays_in).await
}

/// Frees the seats that a booking took for a move that is given up: it keeps those at its own time.
pub(crate) async fn leave_wish(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
    kept: &Booking,
) -> Result<(), StoreError> {
    let (service, start) = (&kept.service, kept.slot.start());
    let own = find_occurrence_at(tx, workspace, service, &kept.host, start).await?;
    if let Some(own) = own {
        leave_others(tx, workspace, leaving, own.id).await?;
    }
    Ok(())
}

/// Frees the seats of a holder in this occurrence alone.
pub(super) async fn leave_one(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
    occurrence: OccurrenceId,
) -> Result<usize, StoreError> {
    leave_seats(tx, workspace, leaving, |left| left == occurrence).await
}

async fn leave_seats(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
    leaves: impl Fn(OccurrenceId) -> bool,
) -> Result<usize, StoreError> {
    let mut job_id = leaving.job_ids.uuid().as_u128();
    let mut left = 0;
    for seats in seats_of(tx, workspace, leaving.holder).await? {
        if leaves(seats.occurrence) {
            lock_seats(tx, workspace, &seats.service).await?;
            let id = JobId::new(Uuid::from_u128(job_id));
            give_back(tx, workspace, leaving, &seats, id).await?;
            job_id = job_id.wrapping_add(1);
            left += 1;
        }
    }
    Ok(left)
}

async fn give_back(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    leaving: &Leaving,
    seats: &Seats,
    job_id: JobId,
) -> Result<(), StoreError> {
    let sql = "-- give_back_seats
        delete from seats
         where workspace = $1 and occurrence = $2 and holder = $3
        returning people";
    let params = params![workspace.0, seats.occurrence.uuid(), leaving.holder];
    if tx.find(sql, params).await?.is_none() {
        return Ok(()); // They lapsed, and somebody else took them.
    }
    let now = leaving.now;
    let after = subtract(tx, workspace, seats.occurrence, seats.people).await?;
    let after = settle_claim(tx, workspace, after, now).await?;
    claim::bump_host(tx, workspace, &after.host).await?;
    waiting_list::hasten(tx, workspace, &after.service, after.slot.start(), now).await?;
    if !seats.booked {
        return Ok(());
    }
    let after = Occurrence { roster: after.roster + 1, ..after };
    update_occurrence(tx, workspace, &after, now).await?;
    let is_empty = after.state == OccurrenceState::Empty;
    let due_at = if is_empty { now } else { now + SHOWN_AFTER };
    let job = NewJob {
        id: job_id,
        task: Task::Occurrence(after.id),
        due_at,
        lease: leaving.lease.filter(|_| is_empty),
    };
    job::enqueue(tx, workspace, &job, now).await?;
    Ok(())
}

async fn subtract(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
    people: u32,
) -> Result<Occurrence, StoreError> {
    let sql = "-- subtract_seats
        update occurrences set taken = taken - $3 where workspace = $1 and id = $2";
    tx.execute(sql, params![workspace.0, id.uuid(), people]).await?;
    let occurrence = find_occurrence(tx, workspace, id).await?;
    occurrence.ok_or(StoreError::Unreadable("an occurrence with seats"))
}

/// The claim stays as long as somebody has seats: for good with a booking, until the last one lapses
/// with holds and offers alone. Without a booking there is nothing for a calendar to show.
async fn settle_claim(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: Occurrence,
    now: Timestamp,
) -> Result<Occurrence, StoreError> {
    let sql = "-- last_lapse_of_seats
        select count(*), count(expires_at), max(expires_at) from seats
         where workspace = $1 and occurrence = $2";
    let id = occurrence.id.uuid();
    let row = tx.find(sql, params![workspace.0, id]).await?;
    let mut row = row.ok_or(StoreError::Unreadable("a count"))?;
    let (all, lapsing): (i64, i64) = (row.take()?, row.take()?);
    let last: Option<Timestamp> = row.take()?;
    if all > lapsing {
        return Ok(occurrence);
    }
    match last {
        Some(last) => {
            let sql = "-- let_claim_lapse
                update claims set expires_at = $3 where workspace = $1 and holder = $2";
            tx.execute(sql, params![workspace.0, id, last]).await?;
        }
        None => claim::delete_claims(tx, workspace, id).await?,
    }
    if occurrence.state == OccurrenceState::Empty {
        return Ok(occurrence);
    }
    let (state, revision) = (OccurrenceState::Empty, occurrence.revision + 1);
    let emptied = Occurrence { state, revision, ..occurrence };
    update_occurrence(tx, workspace, &emptied, now).await?;
    Ok(emptied)
}

/// The occurrence without the seats that have lapsed: whoever wants some clears them first.
pub(super) async fn without_lapsed(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: Occurrence,
    now: Timestamp,
) -> Result<Occurrence, StoreError> {
    let sql = "-- forget_lapsed_seats
        delete from seats
         where workspace = $1 and occurrence = $2 and expires_at <= $3
        returning people";
    let lapsed = tx.query(sql, params![workspace.0, occurrence.id.uuid(), now]).await?;
    if lapsed.is_empty() {
        return Ok(occurrence);
    }
    let mut people = 0;
    for mut row in lapsed {
        people += row.take::<u32>()?;
    }
    let after = subtract(tx, workspace, occurrence.id, people).await?;
    claim::bump_host(tx, workspace, &after.host).await?;
    Ok(after)
}

/// The hosts who have an occurrence of this start with somebody in it: one of them is filled before
/// another opens.
pub(crate) async fn open_with(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &ServiceId,
    start: Timestamp,
) -> Result<BTreeSet<HostId>, StoreError> {
    let sql = "-- hosts_of_open_occurrences
        select host from occurrences
         where workspace = $1 and service = $2 and starts_at = $3 and taken > 0";
    let rows = tx.query(sql, params![workspace.0, service.as_str(), start]).await?;
    rows.into_iter().map(|mut row| row.take_parsed("an occurrence's host")).collect()
}
