//! Claims on hosts' time.

use std::collections::BTreeSet;

use domain::availability::{Claimant, Claimed, Holder, Openings, Reason, Terms};
use domain::travel::Place;
use domain::{
    Booking, BookingId, Host, HostId, Interval, OccurrenceId, Service, ServiceId, WorkspaceId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::booking::HostOffer;
use crate::error::StoreError;
use crate::lock::Lock;
use crate::params;
use crate::tx::Tx;
use crate::value::Row;

/// The longest claim; the schema refuses a longer one, so that every look-up is bounded.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A slot that somebody wants.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The booking or hold that will occupy it.
    pub holder: Uuid,
    /// What is booked.
    pub service: &'a Service,
    /// When the slot starts.
    pub start: Timestamp,
    /// How long it takes.
    pub duration: SignedDuration,
    /// Whose claims do not count: a booking that moves, or a hold that becomes one.
    pub ignored: Option<Uuid>,
    /// When a hold lapses.
    pub expires_at: Option<Timestamp>,
}

/// Keeps others from claiming these hosts' time until the transaction ends: whatever is counted
/// before a claim is made still holds when it is made.
pub(crate) async fn lock_hosts<'a>(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    hosts: impl Iterator<Item = &'a HostId>,
) -> Result<(), StoreError> {
    let locks: Vec<Lock> = hosts.map(|host| Lock::host(workspace, host)).collect();
    tx.lock(&locks).await
}

/// What speaks against a slot that somebody wants; nothing if it is free.
pub(crate) async fn reasons_against(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &Host,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<Vec<Reason>, StoreError> {
    let terms = Terms { service: wanted.service, host, duration: wanted.duration };
    let Some(slot) = terms.slot_at(wanted.start) else { return Ok(vec![Reason::BeyondHorizon]) };
    let within = if terms.looks_around() { terms.reach(slot) } else { terms.claim_of(slot) };
    let claims = list_claims(tx, workspace, &host.id, within, wanted.ignored, now).await?;
    let openings = Openings::new(terms, now, claims.into(), [].as_slice().into());
    Ok(openings.reasons_against(wanted.start))
}

/// Claims the same slot of the time of everyone who has to come, or nobody's and says what speaks
/// against it, host by host. The reasons are read first, since they are cheap and explain a refusal;
/// the inserts alone decide.
pub(crate) async fn claim_slots(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    hosts: &[&HostOffer],
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<Result<Interval, Refused>, StoreError> {
    let mut free = Vec::with_capacity(hosts.len());
    let mut refused = Vec::new();
    for HostOffer { host, .. } in hosts {
        match offered(tx, workspace, host, wanted, now).await? {
            Ok(offered) => free.push((&host.id, offered)),
            Err(reasons) => refused.push((host.id.clone(), reasons)),
        }
    }
    let Some((_, Offered { slot, .. })) = free.first().copied() else { return Ok(Err(refused)) };
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    free.sort_by_key(|(host, _)| *host); // Everybody in one order, so that nobody waits in a circle.
    let before = last_claim(tx, workspace, wanted.holder).await?;
    for (host, offered) in free {
        if !claim_offered(tx, workspace, host, wanted, &offered, now).await? {
            delete_claims_after(tx, workspace, wanted.holder, before).await?;
            return Ok(Err(vec![(host.clone(), vec![somebody_faster(offered.claim)])]));
        }
    }
    Ok(Ok(slot))
}

/// What speaks against a slot, host by host.
pub(crate) type Refused = Vec<(HostId, Vec<Reason>)>;

/// What is in the way when the insert alone knows.
pub(crate) fn somebody_faster(interval: Interval) -> Reason {
    Reason::Claimed(Claimant { interval, holder: Holder::Unknown })
}

/// A slot that nothing speaks against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered {
    /// When.
    pub(crate) slot: Interval,
    /// What it claims, buffers included.
    pub(crate) claim: Interval,
}

/// What speaks against a slot, if anything does. Nothing is claimed.
pub(crate) async fn offered(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &Host,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<Result<Offered, Vec<Reason>>, StoreError> {
    let terms = Terms { service: wanted.service, host, duration: wanted.duration };
    let Some(slot) = terms.slot_at(wanted.start) else {
        return Ok(Err(vec![Reason::BeyondHorizon]));
    };
    let reasons = reasons_against(tx, workspace, host, wanted, now).await?;
    let claim = terms.claim_of(slot);
    if reasons.is_empty() { Ok(Ok(Offered { slot, claim })) } else { Ok(Err(reasons)) }
}

/// Claims a host's time for a slot that is offered. `false` when somebody was faster.
pub(crate) async fn claim_offered(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    wanted: &Wanted<'_>,
    offered: &Offered,
    now: Timestamp,
) -> Result<bool, StoreError> {
    clear_lapsed(tx, workspace, host, offered.claim, now).await?;
    let claim = NewClaim {
        host,
        holder: wanted.holder,
        service: &wanted.service.id,
        location: wanted.service.location.as_deref(),
        slot: offered.slot,
        interval: offered.claim,
        expires_at: wanted.expires_at,
    };
    insert_claim(tx, workspace, &claim).await
}

/// A stretch to be claimed.
#[derive(Debug, Clone)]
pub struct NewClaim<'a> {
    /// Whose time.
    pub host: &'a HostId,
    /// The booking or hold that occupies it.
    pub holder: Uuid,
    /// What is booked.
    pub service: &'a ServiceId,
    /// Where it takes place.
    pub location: Option<&'a str>,
    /// The slot itself.
    pub slot: Interval,
    /// The stretch, buffers included.
    pub interval: Interval,
    /// When a hold lapses.
    pub expires_at: Option<Timestamp>,
}

/// Claims a stretch. `false` when somebody else has any of it.
pub async fn insert_claim(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    claim: &NewClaim<'_>,
) -> Result<bool, StoreError> {
    let sql = "-- insert_claim: the schema keeps claims from overlapping
        insert into claims
            (workspace, host, holder, service, slot_start, starts, ends, expires_at, slot_end, location)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict do nothing
        returning id";
    let row = tx
        .find(
            sql,
            params![
                workspace.0,
                claim.host.as_str(),
                claim.holder,
                claim.service.as_str(),
                claim.slot.start(),
                claim.interval.start(),
                claim.interval.end(),
                claim.expires_at,
                claim.slot.end(),
                claim.location,
            ],
        )
        .await?;
    if row.is_some() {
        bump_host(tx, workspace, claim.host).await?;
    }
    Ok(row.is_some())
}

/// Says where what a holder has claimed takes place now.
pub(crate) async fn place_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
    location: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "-- place_claims
        update claims set location = $3 where workspace = $1 and holder = $2 returning host";
    let placed = tx.query(sql, params![workspace.0, holder, location]).await?;
    bump_hosts(tx, workspace, placed).await
}

/// Frees whatever a holder has claimed.
pub async fn delete_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
) -> Result<(), StoreError> {
    let sql = "-- delete_claims
        delete from claims where workspace = $1 and holder = $2 returning host";
    let freed = tx.query(sql, params![workspace.0, holder]).await?;
    bump_hosts(tx, workspace, freed).await
}

/// Frees what a holder has claimed beside the claims for a booking's slot, of everyone who comes.
pub async fn delete_other_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: &Booking,
) -> Result<(), StoreError> {
    let sql = "-- delete_other_claims: who come together have it at the same time
        delete from claims
         where workspace = $1 and holder = $2
           and not (slot_start = $4 and (host = $3 or cast($5 as bigint) = 1))
        returning host";
    let (holder, host, start) = (booking.id.uuid(), booking.host.as_str(), booking.slot.start());
    let together = i64::from(!booking.joined.is_empty());
    let others = tx.query(sql, params![workspace.0, holder, host, start, together]).await?;
    bump_hosts(tx, workspace, others).await
}

/// Removes lapsed holds from a stretch of a host's time: whoever wants it clears it first.
pub async fn clear_lapsed(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    within: Interval,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- clear_lapsed
        delete from claims
         where workspace = $1 and host = $2 and ends > $3 and ends < $4 and starts < $5
           and expires_at <= $6";
    let bound = after_longest(within.end());
    let params = params![workspace.0, host.as_str(), within.start(), bound, within.end(), now];
    if tx.execute(sql, params).await? > 0 {
        bump_host(tx, workspace, host).await?;
    }
    Ok(())
}

/// Claims other stretches in place of whatever a holder has. `false`, and nothing is changed, when
/// somebody else has any of one.
pub(crate) async fn replace_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
    claims: &[NewClaim<'_>],
) -> Result<bool, StoreError> {
    let before = last_claim(tx, workspace, holder).await?;
    for claim in claims {
        if !insert_claim(tx, workspace, claim).await? {
            delete_claims_after(tx, workspace, holder, before).await?;
            return Ok(false);
        }
    }
    let sql = "-- delete_older_claims
        delete from claims where workspace = $1 and holder = $2 and id <= $3 returning host";
    let older = tx.query(sql, params![workspace.0, holder, before]).await?;
    bump_hosts(tx, workspace, older).await?;
    Ok(true)
}

/// The last claim that a holder made; zero if none.
async fn last_claim(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
) -> Result<i64, StoreError> {
    let sql = "-- last_claim
        select coalesce(max(id), 0) from claims where workspace = $1 and holder = $2";
    let row = tx.find(sql, params![workspace.0, holder]).await?;
    row.ok_or(StoreError::Unreadable("a claim"))?.take()
}

/// Takes back what a holder claimed since.
async fn delete_claims_after(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
    before: i64,
) -> Result<(), StoreError> {
    let sql = "-- delete_claims_after
        delete from claims where workspace = $1 and holder = $2 and id > $3";
    tx.execute(sql, params![workspace.0, holder, before]).await?;
    Ok(())
}

/// What is claimed of a host's time in a range, in order, except by `ignored`. Lapsed holds do not
/// count.
pub async fn list_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    within: Interval,
    ignored: Option<Uuid>,
    now: Timestamp,
) -> Result<Vec<Claimed>, StoreError> {
    let sql = "-- list_claims: bounded by the longest claim, so history costs nothing
        select starts, ends, slot_start, slot_end, service, location, expires_at, holder,
               (select id from occurrences
                 where occurrences.workspace = $1 and occurrences.id = claims.holder)
          from claims
         where workspace = $1 and host = $2 and ends > $3 and ends < $4 and starts < $5
           and (expires_at is null or expires_at > $6)
           and holder <> $7
         order by starts, ends";
    let ignored = ignored.unwrap_or(Uuid::nil());
    let bound = after_longest(within.end());
    let params =
        params![workspace.0, host.as_str(), within.start(), bound, within.end(), now, ignored];
    tx.query(sql, params).await?.into_iter().map(claimed).collect()
}

/// What is claimed of a host's time in a range, in order, lapsed holds included.
pub(crate) async fn list_taken(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    within: Interval,
) -> Result<Vec<Claimed>, StoreError> {
    let sql = "-- list_taken: bounded by the longest claim, so history costs nothing
        select starts, ends, slot_start, slot_end, service, location, expires_at, holder,
               (select id from occurrences
                 where occurrences.workspace = $1 and occurrences.id = claims.holder)
          from claims
         where workspace = $1 and host = $2 and ends > $3 and ends < $4 and starts < $5
         order by starts, ends";
    let bound = after_longest(within.end());
    let params = params![workspace.0, host.as_str(), within.start(), bound, within.end()];
    tx.query(sql, params).await?.into_iter().map(claimed).collect()
}

fn claimed(mut row: Row) -> Result<Claimed, StoreError> {
    let interval = Interval::new(row.take()?, row.take()?)
        .ok_or(StoreError::Unreadable("a claim's interval"))?;
    let slot_start: Timestamp = row.take()?;
    // A claim of an earlier version may not say where its buffer begins.
    let slot_end = row.take::<Option<Timestamp>>()?.unwrap_or(interval.end());
    let slot = Interval::new(slot_start, slot_end).unwrap_or(interval);
    let service = row.take_service("a claim's service")?;
    let location: Option<String> = row.take()?;
    let until: Option<Timestamp> = row.take()?;
    let booking = BookingId::new(row.take()?);
    let occurrence: Option<Uuid> = row.take()?;
    let holder = match (occurrence, until) {
        (Some(id), until) => Holder::Occurrence { id: OccurrenceId::new(id), until },
        (None, Some(until)) => Holder::Hold { until },
        (None, None) => Holder::Booking(booking),
    };
    let place = location.as_deref().and_then(Place::of);
    Ok(Claimed { interval, slot, service, place, holder })
}

fn after_longest(end: Timestamp) -> Timestamp {
    end.checked_add(LONGEST).unwrap_or(Timestamp::MAX)
}

/// Marks hosts as stale, in order, so that nobody waits in a circle.
async fn bump_hosts(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    rows: Vec<Row>,
) -> Result<(), StoreError> {
    let hosts: Result<BTreeSet<HostId>, StoreError> =
        rows.into_iter().map(|mut row| row.take_parsed("a claim's host")).collect();
    for host in hosts? {
        bump_host(tx, workspace, &host).await?;
    }
    Ok(())
}

/// Marks everything computed from a host's claims as stale.
pub async fn bump_host(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
) -> Result<(), StoreError> {
    let sql = "-- bump_host
        insert into host_versions (workspace, host, version) values ($1, $2, 1)
        on conflict (workspace, host) do update set version = host_versions.version + 1";
    tx.execute(sql, params![workspace.0, host.as_str()]).await?;
    Ok(())
}
