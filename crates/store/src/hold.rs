//! Holds: a slot kept for one visitor until a deadline.

use domain::availability::Reason;
use domain::id::JobId;
use domain::{HostId, Interval, OccurrenceId, Service, ServiceId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::booking::HostOffer;
use crate::claim::{self, Refused};
use crate::error::StoreError;
use crate::fairness::in_turn;
use crate::lock::Lock;
use crate::occurrence::{Leaving, Taker, leave, take_seats};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// A stored hold.
#[derive(Debug, Clone)]
pub struct Hold {
    /// What is held.
    pub service: ServiceId,
    /// With whom.
    pub host: HostId,
    /// When.
    pub slot: Interval,
    /// When it lapses.
    pub expires_at: Timestamp,
}

/// The hold of that holder, lapsed or not.
pub(crate) async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
) -> Result<Option<Hold>, StoreError> {
    let sql = "-- find_hold
        select service, host, starts_at, ends_at, expires_at from holds
         where workspace = $1 and holder = $2";
    let Some(mut row) = tx.find(sql, params![workspace.0, holder]).await? else {
        return Ok(None);
    };
    Ok(Some(Hold {
        service: row.take_parsed("a hold's service")?,
        host: row.take_parsed("a hold's host")?,
        slot: Interval::new(row.take()?, row.take()?).ok_or(StoreError::Unreadable("a hold"))?,
        expires_at: row.take()?,
    }))
}

/// Frees what a hold keeps: a stretch of time, or seats.
pub(crate) async fn remove(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    holder: Uuid,
    now: Timestamp,
) -> Result<bool, StoreError> {
    claim::delete_claims(tx, workspace, holder).await?;
    // A hold is on no roster, so that no job follows.
    let leaving = Leaving { holder, job_ids: JobId::new(holder), lease: None, now };
    leave(tx, workspace, &leaving).await?;
    let sql = "-- remove_hold
        delete from holds where workspace = $1 and holder = $2";
    Ok(tx.execute(sql, params![workspace.0, holder]).await? > 0)
}

/// Keeps a slot for one visitor.
pub struct PlaceHold {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// A hash of the secret that the visitor gets: the secret itself is not stored.
    pub holder: Uuid,
    /// What is held.
    pub service: Service,
    /// Who could take it.
    pub hosts: Vec<HostOffer>,
    /// Who is asked first, whoever's turn it is.
    pub first: Option<HostId>,
    /// When it starts.
    pub start: Timestamp,
    /// How long it takes.
    pub duration: SignedDuration,
    /// For how many people, where several bookings share a start.
    pub people: u32,
    /// The identifier of an occurrence that has to be opened.
    pub occurrence_id: OccurrenceId,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// Who wants it.
    pub visitor: Visitor,
    /// Now.
    pub now: Timestamp,
}

/// Who wants a hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visitor {
    /// What the visitor calls themselves, hashed: they keep one slot of a service at a time.
    pub id: Option<Uuid>,
    /// Where they come from, hashed; `None` for callers with a key, who have no limit.
    pub address: Option<Uuid>,
}

/// Why a slot is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotHeld {
    /// No host can take it: why not, host by host.
    Refused(Vec<(HostId, Vec<Reason>)>),
    /// The address, or everybody together, keeps as many slots as may be kept.
    TooMany,
}

/// The most slots that one address keeps at once, of all services.
pub const MOST_PER_ADDRESS: i64 = 10;
/// The most slots of one service that are kept at once for callers without a key.
pub const MOST_PER_SERVICE: i64 = 200;

impl UnitOfWork for PlaceHold {
    const NAME: &'static str = "hold.place";
    type Outcome = Result<Hold, NotHeld>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        self.lock(tx).await?;
        self.forget_lapsed(tx).await?;
        // Who keeps a slot already goes on with the same host, if that host can.
        let (earlier, host) = self.earlier(tx).await?.unzip();
        let first = self.first.clone().or(host);
        if self.too_many(tx, earlier).await? {
            return Ok(Err(NotHeld::TooMany));
        }
        let mut refused = Vec::new();
        let (service, hosts) = (&self.service, &self.hosts);
        let (first, start, now) = (first.as_ref(), self.start, self.now);
        for hosts in in_turn(tx, self.workspace, service, hosts, start, first, now).await? {
            let Some(offer) = hosts.first() else { continue };
            match self.claim_instead(tx, &hosts, earlier).await? {
                Ok(slot) => return Ok(Ok(self.keep(tx, &offer.host.id, slot).await?)),
                Err(reasons) => refused.extend(reasons),
            }
        }
        Ok(Err(NotHeld::Refused(refused)))
    }
}

/// Keeps several slots for somebody who chooses one of them: as many as are wanted and free.
pub struct PlaceHolds {
    /// One hold for each slot that could be kept, in the order of preference. Slots that overlap
    /// one another cannot all be kept: the first is.
    pub holds: Vec<PlaceHold>,
    /// The most that are kept.
    pub most: usize,
}

impl UnitOfWork for PlaceHolds {
    const NAME: &'static str = "hold.place_several";
    type Outcome = Vec<(Uuid, Hold)>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let mut kept = Vec::with_capacity(self.most);
        for wanted in &self.holds {
            if kept.len() >= self.most {
                break;
            }
            if let Ok(hold) = wanted.run(tx).await? {
                kept.push((wanted.holder, hold));
            }
        }
        Ok(kept)
    }
}

impl PlaceHold {
    async fn lock(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let hosts = self.hosts.iter().map(|offer| Lock::host(self.workspace, &offer.host.id));
        let address = self.visitor.address.map(|address| Lock::address(self.workspace, address));
        let visitor = self.visitor.id.map(|visitor| Lock::visitor(self.workspace, visitor));
        let locks: Vec<Lock> = hosts.chain(address).chain(visitor).collect();
        tx.lock(&locks).await
    }

    /// The slot of this service that the visitor keeps already: it is given up for the new one, but
    /// not before that is theirs.
    async fn earlier(&self, tx: &mut impl Tx) -> Result<Option<(Uuid, HostId)>, StoreError> {
        let Some(visitor) = self.visitor.id else { return Ok(None) };
        let sql = "-- earlier_hold
            select holder, host from holds where workspace = $1 and visitor = $2 and service = $3";
        let params = params![self.workspace.0, visitor, self.service.id.as_str()];
        let Some(mut row) = tx.find(sql, params).await? else { return Ok(None) };
        Ok(Some((row.take()?, row.take_parsed("a hold's host")?)))
    }

    async fn too_many(&self, tx: &mut impl Tx, earlier: Option<Uuid>) -> Result<bool, StoreError> {
        let Some(address) = self.visitor.address else { return Ok(false) };
        let sql = "-- count_holds
            select coalesce(sum(case when address = $2 then 1 else 0 end), 0),
                   coalesce(sum(case when service = $3 then 1 else 0 end), 0)
              from holds
             where workspace = $1 and (address = $2 or service = $3)
               and expires_at > $4 and holder <> $5";
        let earlier = earlier.unwrap_or(Uuid::nil());
        let service = self.service.id.as_str();
        let params = params![self.workspace.0, address, service, self.now, earlier];
        let row = tx.find(sql, params).await?;
        let mut row = row.ok_or(StoreError::Unreadable("a count"))?;
        let (of_address, of_service): (i64, i64) = (row.take()?, row.take()?);
        Ok(of_address >= MOST_PER_ADDRESS || of_service >= MOST_PER_SERVICE)
    }

    /// Claims in the place of an earlier hold, which stays if that is refused.
    async fn claim_instead(
        &self,
        tx: &mut impl Tx,
        hosts: &[&HostOffer],
        earlier: Option<Uuid>,
    ) -> Result<Result<Interval, Refused>, StoreError> {
        let Some(earlier) = earlier else { return self.claim(tx, hosts).await };
        tx.begin_step().await?;
        remove(tx, self.workspace, earlier, self.now).await?;
        let claimed = self.claim(tx, hosts).await?;
        if claimed.is_err() {
            tx.undo_step().await?;
        }
        Ok(claimed)
    }

    async fn claim(
        &self,
        tx: &mut impl Tx,
        hosts: &[&HostOffer],
    ) -> Result<Result<Interval, Refused>, StoreError> {
        if let (Some(_), [offer, ..]) = (&self.service.group, hosts) {
            let taker = Taker {
                holder: self.holder,
                service: &self.service,
                start: self.start,
                people: self.people,
                expires_at: Some(self.expires_at),
                owed: 0,
                id: self.occurrence_id,
            };
            let taken = take_seats(tx, self.workspace, offer, &taker, self.now).await?;
            let taken = taken.map(|occurrence| occurrence.slot);
            return Ok(taken.map_err(|why| vec![(offer.host.id.clone(), why)]));
        }
        let wanted = claim::Wanted {
            holder: self.holder,
            service: &self.service,
            start: self.start,
            duration: self.duration,
            ignored: None,
            expires_at: Some(self.expires_at),
        };
        claim::claim_slots(tx, self.workspace, hosts, &wanted, self.now).await
    }

    async fn keep(
        &self,
        tx: &mut impl Tx,
        host: &HostId,
        slot: Interval,
    ) -> Result<Hold, StoreError> {
        let sql = "-- keep_hold
            insert into holds
                (workspace, holder, service, host, starts_at, ends_at, expires_at, visitor, address)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let params = params![
            self.workspace.0,
            self.holder,
            self.service.id.as_str(),
            host.as_str(),
            slot.start(),
            slot.end(),
            self.expires_at,
            self.visitor.id,
            self.visitor.address,
        ];
        tx.execute(sql, params).await?;
        let service = self.service.id.clone();
        Ok(Hold { service, host: host.clone(), slot, expires_at: self.expires_at })
    }

    /// Nobody can use a lapsed hold any more; a few go with each new one, so that none pile up.
    /// They did not count before, so that nothing computed from their hosts' claims is stale.
    async fn forget_lapsed(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let sql = "-- forget_lapsed_holds
            with lapsed as (
                select holder from holds
                 where workspace = $1 and expires_at <= $2
                 limit 20 -- PostgreSQL adds: for update skip locked
            )
            delete from holds
             where workspace = $1 and holder in (select holder from lapsed)
            returning holder";
        let forgotten = tx.query(sql, params![self.workspace.0, self.now]).await?;
        let sql = "-- forget_lapsed_claims
            delete from claims where workspace = $1 and holder = $2";
        for mut row in forgotten {
            tx.execute(sql, params![self.workspace.0, row.take::<Uuid>()?]).await?;
        }
        Ok(())
    }
}

/// Gives a hold back.
pub struct ReleaseHold {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hash of the visitor's secret.
    pub holder: Uuid,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for ReleaseHold {
    const NAME: &'static str = "hold.release";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        remove(tx, self.workspace, self.holder, self.now).await
    }
}
