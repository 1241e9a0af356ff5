//! The line of those who wait for seats of one start: who gets those that become free.
//!
//! A job of the line exists as long as somebody stands in it. It gives seats and takes back offers
//! that lapsed, in one transaction each time; whoever frees seats only makes it due.

use domain::booking::SeatOffer;
use domain::group::WaitingList;
use domain::id::JobId;
use domain::service::Channel;
use domain::{
    Booking, BookingId, HostId, Occurrence, OccurrenceId, Refusal, Service, ServiceId, WorkspaceId,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::{HostOffer, Seating, expect_updated, find_booking, update_booking};
use crate::claim::lock_hosts;
use crate::error::StoreError;
use crate::job::{self, Job, JobIds, Lease, NewJob, Postponement, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::{Leaving, Taker, keep_seats, leave, lock_seats, open_with, take_seats};
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// The parties that wait for seats of a start and have no offer, first come first.
pub(crate) async fn line(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &ServiceId,
    start: Timestamp,
) -> Result<Vec<u32>, StoreError> {
    let sql = "-- waiting_parties
        select party_size from bookings
         where workspace = $1 and service = $2 and starts_at = $3 and status = 'waitlisted'
           and offered_until is null
         order by id";
    let rows = tx.query(sql, params![workspace.0, service.as_str(), start]).await?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// Makes the job of a line due, if anybody stands in it.
pub(crate) async fn hasten(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &ServiceId,
    start: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- hasten_line
        update jobs set wanted = wanted + 1, due_at = case when due_at < $4 then due_at else $4 end
         where workspace = $1 and kind = $2 and subject = $3";
    let task = Task::Line { service: service.clone(), start };
    tx.execute(sql, params![workspace.0, task.kind(), task.subject(), now]).await?;
    Ok(())
}

/// Makes the jobs of all lines due: what their services say has changed.
pub(crate) async fn hasten_all(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- hasten_all_lines
        update jobs set wanted = wanted + 1, due_at = $2
         where workspace = $1 and kind = 'line' and due_at > $2";
    tx.execute(sql, params![workspace.0, now]).await?;
    Ok(())
}

/// Puts a new booking into the line: its job looks at once whether seats are free by now.
pub(crate) async fn stand_in_line(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: &Booking,
    job_id: JobId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let task = Task::Line { service: booking.service.clone(), start: booking.slot.start() };
    let job = NewJob { id: job_id, task, due_at: now, lease: None };
    job::enqueue(tx, workspace, &job, now).await?;
    Ok(())
}

/// The place of a booking in its line, from 1 on; `None` when it does not wait.
pub struct PlaceInLine {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which booking.
    pub booking: BookingId,
}

impl UnitOfWork for PlaceInLine {
    const NAME: &'static str = "waiting_list.place";
    type Outcome = Option<u32>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- place_in_line
            select count(*) from bookings mine
              join bookings ahead on ahead.workspace = $1 and ahead.service = mine.service
               and ahead.starts_at = mine.starts_at and ahead.status = 'waitlisted'
               and ahead.id <= mine.id
             where mine.workspace = $1 and mine.id = $2 and mine.status = 'waitlisted'";
        let row = tx.find(sql, params![self.workspace.0, self.booking.uuid()]).await?;
        let place: u32 = row.ok_or(StoreError::Unreadable("a count"))?.take()?;
        Ok((place > 0).then_some(place))
    }
}

/// What the waiting list of a start needs to know of its service.
#[derive(Debug, Clone)]
pub struct Served {
    /// The service.
    pub service: Service,
    /// How whoever waits gets seats.
    pub list: WaitingList,
    /// Who can give it.
    pub hosts: Vec<HostOffer>,
}

/// Gives seats of one start to whoever's turn it is, and ends what lasted too long.
pub struct ServeLine {
    /// Whose lease allows it.
    pub job: Job,
    /// Of which service.
    pub service: ServiceId,
    /// Of which start.
    pub start: Timestamp,
    /// `None` when the service is gone, or has no waiting list any more: then the line ends.
    pub served: Option<Served>,
    /// The channels on which people are told.
    pub channels: Vec<Channel>,
    /// The identifier of an occurrence that has to be opened.
    pub occurrence_id: OccurrenceId,
    /// First id of the jobs this calls for.
    pub job_ids: JobId,
    /// What the timelines say; kind and summary are completed here.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What became of a line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LineServed {
    /// How many were offered seats.
    pub offered: usize,
    /// How many have seats without being asked.
    pub promoted: usize,
    /// How many waited in vain.
    pub expired: usize,
}

impl UnitOfWork for ServeLine {
    const NAME: &'static str = "waiting_list.serve";
    type Outcome = LineServed;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let waiting = self.waiting(tx).await?;
        let hosts = self.served.iter().flat_map(|served| &served.hosts);
        lock_hosts(tx, self.job.workspace, hosts.map(|offer| &offer.host.id)).await?;
        lock_seats(tx, self.job.workspace, &self.service).await?;
        job::fence(tx, &self.job).await?;
        let mut outcome = LineServed::default();
        let mut ids = JobIds::from(self.job_ids);
        let (over, standing): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|booking| self.is_over_for(booking));
        for booking in over {
            self.expire(tx, booking, &mut ids).await?;
            outcome.expired += 1;
        }
        if let Some(served) = &self.served {
            for booking in standing.into_iter().filter(|booking| booking.offer().is_none()) {
                self.serve(tx, served, booking, &mut ids, &mut outcome).await?;
            }
        }
        self.wait(tx).await?;
        Ok(outcome)
    }
}

impl ServeLine {
    /// Whoever stands in line, first come first; nobody else changes them until the end.
    async fn waiting(&self, tx: &mut impl Tx) -> Result<Vec<Booking>, StoreError> {
        let sql = "-- stand_in_line
            select id from bookings
             where workspace = $1 and service = $2 and starts_at = $3 and status = 'waitlisted'
             order by id -- PostgreSQL adds: for no key update
            ";
        let workspace = self.job.workspace;
        let rows = tx.query(sql, params![workspace.0, self.service.as_str(), self.start]).await?;
        let mut waiting = Vec::with_capacity(rows.len());
        for mut row in rows {
            let found = find_booking(tx, workspace, BookingId::new(row.take()?)).await?;
            waiting.extend(found);
        }
        Ok(waiting)
    }

    fn is_over_for(&self, booking: &Booking) -> bool {
        let lapsed = booking.offer().is_some_and(|offer| offer.until <= self.now);
        lapsed || self.served.is_none() || self.now >= self.start
    }

    async fn expire(
        &self,
        tx: &mut impl Tx,
        booking: Booking,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let (workspace, holder) = (self.job.workspace, booking.id.uuid());
        let leaving = Leaving { holder, job_ids: ids.block(), lease: None, now: self.now };
        leave(tx, workspace, &leaving).await?;
        let why = if booking.offer().is_some() {
            "The seats that were kept were not accepted in time"
        } else {
            "No seats became free in time"
        };
        let seen = booking.revision;
        let expired = booking.expire(self.now).expect("it waits in line");
        self.note(tx, &expired, seen, "booking.expired", why).await?;
        self.tell(tx, &expired, ids).await
    }

    /// Gives a party its seats, if there are enough at one host.
    async fn serve(
        &self,
        tx: &mut impl Tx,
        served: &Served,
        booking: Booking,
        ids: &mut JobIds,
        outcome: &mut LineServed,
    ) -> Result<(), StoreError> {
        let (workspace, now) = (self.job.workspace, self.now);
        let expires_at = match served.list {
            WaitingList::Offer(kept) => Some((now + kept).min(self.start)),
            WaitingList::Promote => None,
        };
        let Some((occurrence, host)) = self.seats_for(tx, served, &booking, expires_at).await?
        else {
            return Ok(());
        };
        let (seen, id) = (booking.revision, occurrence.host.clone());
        let Some(until) = expires_at else {
            let promoted = booking.promote(id, now).expect("it waits in line");
            let why = "Its turn has come: it has its seats";
            self.note(tx, &promoted, seen, "booking.promoted", why).await?;
            let seating = Seating {
                workspace,
                booking: promoted,
                occurrence: &occurrence,
                outside: host.outside,
                service: &served.service,
                lease: None,
                job_ids: [ids.block(), ids.block()],
                notify_ids: ids.block(),
                now,
            };
            seating.seat(tx).await?;
            outcome.promoted += 1;
            return Ok(());
        };
        let offered = booking.offer_seats(id, SeatOffer { until }, now).expect("it waits in line");
        self.note(tx, &offered, seen, "booking.offered", "Its turn has come: seats are kept")
            .await?;
        self.tell(tx, &offered, ids).await?;
        outcome.offered += 1;
        Ok(())
    }

    /// An open occurrence is filled before another opens.
    async fn seats_for<'a>(
        &self,
        tx: &mut impl Tx,
        served: &'a Served,
        booking: &Booking,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<(Occurrence, &'a HostOffer)>, StoreError> {
        let (workspace, service) = (self.job.workspace, &served.service);
        let open = open_with(tx, workspace, &self.service, self.start).await?;
        let mut hosts: Vec<&HostOffer> = served.hosts.iter().collect();
        hosts.sort_by_key(|offer| !open.contains(&offer.host.id));
        for (nth, host) in (0_u32..).zip(hosts) {
            let taker = Taker {
                holder: booking.id.uuid(),
                service,
                start: self.start,
                people: booking.party_size,
                expires_at,
                owed: booking.party_size,
                id: nth_occurrence(self.occurrence_id, booking, nth),
            };
            if let Ok(taken) = take_seats(tx, workspace, host, &taker, self.now).await? {
                return Ok(Some((taken, host)));
            }
        }
        Ok(None)
    }

    async fn note(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
        kind: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        let workspace = self.job.workspace;
        expect_updated(update_booking(tx, workspace, booking, seen).await?)?;
        let (kind, summary) = (kind.to_owned(), summary.to_owned());
        let entry = TimelineEntry { kind, summary, ..self.entry.clone() };
        timeline::append(tx, workspace, booking.id, &entry).await
    }

    async fn tell(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let (workspace, channels, now) = (self.job.workspace, &self.channels, self.now);
        enqueue_notifications(tx, workspace, booking, channels, ids.block(), now, now).await
    }

    /// Until the next offer or hold lapses, or the start comes; for good when nobody is left.
    async fn wait(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let sql = "-- left_in_line
            select count(*), min(offered_until) from bookings
             where workspace = $1 and service = $2 and starts_at = $3 and status = 'waitlisted'";
        let line = params![self.job.workspace.0, self.service.as_str(), self.start];
        let row = tx.find(sql, line).await?;
        let mut row = row.ok_or(StoreError::Unreadable("a count"))?;
        let (left, next_offer): (i64, Option<Timestamp>) = (row.take()?, row.take()?);
        if left == 0 {
            return job::finish(tx, &self.job).await;
        }
        let sql = "-- next_lapse_of_seats
            select min(seats.expires_at)
              from occurrences
              join seats on seats.workspace = $1 and seats.occurrence = occurrences.id
             where occurrences.workspace = $1 and occurrences.service = $2
               and occurrences.starts_at = $3 and seats.expires_at > $4";
        let (service, now) = (self.service.as_str(), self.now);
        let row = tx.find(sql, params![self.job.workspace.0, service, self.start, now]).await?;
        let next_lapse: Option<Timestamp> = row.ok_or(StoreError::Unreadable("a count"))?.take()?;
        let next = [next_offer, next_lapse].into_iter().flatten().fold(self.start, Timestamp::min);
        job::postpone(tx, &self.job, &Postponement::Until(next), None).await
    }
}

/// An identifier for the occurrence that a party may open at the nth host.
fn nth_occurrence(first: OccurrenceId, booking: &Booking, nth: u32) -> OccurrenceId {
    let bits = first.uuid().as_u128() ^ booking.id.uuid().as_u128() ^ u128::from(nth);
    OccurrenceId::new(Uuid::from_u128(bits))
}

/// Accepts the seats that are kept for a booking.
pub struct AcceptOffer {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: BookingId,
    /// Its service.
    pub service: Service,
    /// Who can give it.
    pub hosts: Vec<HostOffer>,
    /// Until when the caller waits for the answer.
    pub awaited_until: Option<Timestamp>,
    /// The lease under which this process runs the job at once.
    pub lease: Lease,
    /// Ids for the jobs.
    pub job_ids: [JobId; 2],
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What came of accepting.
#[derive(Debug, Clone)]
pub enum OfferAccepted {
    /// It has its seats, now or already before.
    Done {
        /// The booking.
        booking: Box<Booking>,
        /// What still has to be done outside.
        job: Option<Job>,
    },
    /// It cannot be.
    Refused(Refusal),
    /// There is no such booking.
    NotFound,
}

impl UnitOfWork for AcceptOffer {
    const NAME: &'static str = "waiting_list.accept";
    type Outcome = OfferAccepted;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        let Some(booking) = find_booking(tx, workspace, self.id).await? else {
            return Ok(OfferAccepted::NotFound);
        };
        let seen = booking.revision;
        let taken = match booking.take_offer(now) {
            Ok(taken) if taken.revision == seen => {
                return Ok(OfferAccepted::Done { booking: Box::new(taken), job: None });
            }
            Ok(taken) => taken,
            Err(refusal) => return Ok(OfferAccepted::Refused(refusal)),
        };
        let offer_of =
            |host: &HostId| self.hosts.iter().find(|offer| offer.host.id == *host).cloned();
        let kept = keep_seats(tx, workspace, self.id.uuid(), offer_of, now).await?;
        let Some(occurrence) = kept else {
            return Ok(OfferAccepted::Refused(Refusal::NothingOffered));
        };
        expect_updated(update_booking(tx, workspace, &taken, seen).await?)?;
        timeline::append(tx, workspace, self.id, &self.entry).await?;
        let sql = "-- await_accepted
            update bookings set awaited_until = $3 where workspace = $1 and id = $2";
        tx.execute(sql, params![workspace.0, self.id.uuid(), self.awaited_until]).await?;
        let outside = offer_of(&occurrence.host).is_some_and(|offer| offer.outside);
        let seating = Seating {
            workspace,
            booking: taken,
            occurrence: &occurrence,
            outside,
            service: &self.service,
            lease: Some(self.lease),
            job_ids: self.job_ids,
            notify_ids: self.notify_ids,
            now,
        };
        let (booking, job) = seating.seat(tx).await?;
        Ok(OfferAccepted::Done { booking: Box::new(booking), job })
    }
}
