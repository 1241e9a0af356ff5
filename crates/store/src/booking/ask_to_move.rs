//! Asking for another time.

use domain::availability::Reason;
use domain::booking::Change;
use domain::convergence::EventState;
use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::timer::first_due_at;
use domain::{
    Booking, BookingId, BookingState, HostId, Interval, Occurrence, OccurrenceId, Refusal, Service,
    WorkspaceId,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::book::{HostOffer, Place};
use super::change::{expect_updated, remember, remembered};
use super::{find_booking, update_booking};
use crate::calendar_event::{self, StoredEvent, WrittenEvent, list_events};
use crate::claim::{self, Refused};
use crate::convergence;
use crate::error::StoreError;
use crate::hold;
use crate::job::{self, Job, JobIds, Lease, NewJob, Task};
use crate::message::{enqueue_notifications, host_knows_nothing};
use crate::occurrence::{Leaving, SHOWN_AFTER, Taker, leave_others, seats_of, take_seats};
use crate::params;
use crate::submission::{Remembered, Submission};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Asks for another time. The new claim stands beside the old one until the calendar has agreed.
pub struct AskToMove {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The setup that service and hosts were taken from.
    pub setup_version: i64,
    /// Which.
    pub id: BookingId,
    /// The new start.
    pub start: Timestamp,
    /// Its service.
    pub service: Service,
    /// Who could take it, in the order in which they are asked; of a booking that several hosts join,
    /// all of them.
    pub hosts: Vec<HostOffer>,
    /// Holds that were kept for whoever moves it: they make room, also those that were not chosen.
    pub kept: Vec<Uuid>,
    /// The revision that the caller saw, where that matters.
    pub seen: Option<i64>,
    /// The key that makes a repeat recognisable.
    pub submission: Option<Submission>,
    /// Until when the caller waits for the answer.
    pub awaited_until: Option<Timestamp>,
    /// The lease under which this process runs the job at once.
    pub lease: Lease,
    /// Ids for the jobs.
    pub job_ids: [JobId; 2],
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// The identifier of an occurrence that has to be opened.
    pub occurrence_id: OccurrenceId,
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What came of asking for another time.
#[derive(Debug, Clone)]
pub enum AskedToMove {
    /// It is moved already, or on the way.
    Accepted {
        /// The booking.
        booking: Box<Booking>,
        /// What still has to be done outside.
        job: Option<Job>,
    },
    /// The same request was here before, and was carried out then.
    Replayed,
    /// It cannot be moved at all now.
    Refused(Refusal),
    /// No host can take the new time: why not, host by host.
    NotOffered(Vec<(HostId, Vec<Reason>)>),
    /// It changed since the caller looked.
    Outdated(Box<Booking>),
    /// The key was used for another request.
    Mismatch,
    /// There is no such booking.
    NotFound,
    /// The setup has changed meanwhile: load it and ask again.
    StaleSetup,
}

impl UnitOfWork for AskToMove {
    const NAME: &'static str = "booking.move";
    type Outcome = AskedToMove;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else {
            return Ok(AskedToMove::NotFound);
        };
        match remembered(tx, self.workspace, self.submission.as_ref(), self.now).await? {
            Remembered::Unknown => {}
            Remembered::Same(_) => return Ok(AskedToMove::Replayed),
            Remembered::Other => return Ok(AskedToMove::Mismatch),
        }
        if crate::setup::version(tx, self.workspace).await? != self.setup_version {
            return Ok(AskedToMove::StaleSetup);
        }
        if let Some(early) = self.settled_without_asking(&booking) {
            return Ok(early);
        }
        let hosts = self.hosts.iter().map(|offer| &offer.host.id);
        claim::lock_hosts(tx, self.workspace, hosts.chain([&booking.host])).await?;
        for hold in &self.kept {
            hold::remove(tx, self.workspace, *hold, self.now).await?;
        }
        // It stays what it was when its service changes between one booking a slot and several.
        let seated = !seats_of(tx, self.workspace, self.id.uuid()).await?.is_empty();
        let mut refused = Vec::new();
        let all: Vec<&HostOffer> = self.hosts.iter().collect();
        let together = if booking.joined.is_empty() { 1 } else { all.len().max(1) };
        for hosts in all.chunks(together) {
            match self.claim(tx, &booking, hosts, seated).await? {
                Ok(place) => return self.carry_out(tx, booking, hosts[0], place).await,
                Err(reasons) => refused.extend(reasons),
            }
        }
        Ok(AskedToMove::NotOffered(refused))
    }
}

fn accepted(booking: Booking, job: Option<Job>) -> AskedToMove {
    AskedToMove::Accepted { booking: Box::new(booking), job }
}

impl AskToMove {
    /// What needs no claim: a repeat, a page that is out of date, a booking that cannot be moved.
    fn settled_without_asking(&self, booking: &Booking) -> Option<AskedToMove> {
        let wants = |host: &HostId, slot: Interval| {
            slot.start() == self.start && self.hosts.iter().any(|offer| offer.host.id == *host)
        };
        if matches!(booking.state, BookingState::Waitlisted { .. }) {
            return Some(AskedToMove::Refused(Refusal::NothingOffered));
        }
        if !booking.state.is_active() {
            return Some(AskedToMove::Refused(Refusal::AlreadyOver));
        }
        if let Some(change) = booking.change() {
            return Some(if wants(&change.host, change.slot) {
                accepted(booking.clone(), None)
            } else {
                AskedToMove::Refused(Refusal::ChangeInProgress)
            });
        }
        if wants(&booking.host, booking.slot) {
            return Some(accepted(booking.clone(), None));
        }
        let outdated = self.seen.is_some_and(|seen| seen != booking.revision);
        outdated.then(|| AskedToMove::Outdated(Box::new(booking.clone())))
    }

    async fn claim(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        hosts: &[&HostOffer],
        seated: bool,
    ) -> Result<Result<Place, Refused>, StoreError> {
        if let (true, [offer, ..]) = (seated, hosts) {
            let taker = Taker {
                holder: self.id.uuid(),
                service: &self.service,
                start: self.start,
                people: booking.party_size,
                expires_at: None,
                owed: 0,
                id: self.occurrence_id,
            };
            let taken = take_seats(tx, self.workspace, offer, &taker, self.now).await?;
            return Ok(taken.map(Place::Seats).map_err(|why| vec![(offer.host.id.clone(), why)]));
        }
        let wanted = claim::Wanted {
            holder: self.id.uuid(),
            service: &self.service,
            start: self.start,
            duration: booking.slot.length(),
            ignored: Some(self.id.uuid()),
            expires_at: None,
        };
        let claimed = claim::claim_slots(tx, self.workspace, hosts, &wanted, self.now).await?;
        Ok(claimed.map(Place::Slot))
    }

    async fn carry_out(
        &self,
        tx: &mut impl Tx,
        booking: Booking,
        offer: &HostOffer,
        place: Place,
    ) -> Result<AskedToMove, StoreError> {
        let (seen, host) = (booking.revision, booking.host.clone());
        let change = Change { host: offer.host.id.clone(), slot: place.slot() };
        let asked = match booking.ask_to_move(change, self.now) {
            Ok(asked) => asked,
            Err(refusal) => return Ok(AskedToMove::Refused(refusal)),
        };
        let asked = if offer.outside && !place.stands() {
            asked
        } else {
            asked.settle_move(self.now).confirm(self.now).expect("it is active")
        };
        convergence::give_up_wish(tx, self.workspace, self.id, self.now).await?;
        expect_updated(update_booking(tx, self.workspace, &asked, seen).await?)?;
        timeline::append(tx, self.workspace, self.id, &self.entry).await?;
        remember(tx, self.workspace, self.submission.as_ref(), self.id, self.now).await?;
        if asked.change().is_none() {
            // Nothing is written yet at the old time, or nothing outside has to agree.
            claim::delete_other_claims(tx, self.workspace, &asked).await?;
            if asked.host != host {
                host_knows_nothing(tx, self.workspace, self.id).await?;
            }
        }
        let job = match &place {
            Place::Seats(occurrence) => self.settle_in(tx, offer, &asked, occurrence).await?,
            Place::Slot(_) if offer.outside => self.leave_to_calendar(tx, &asked).await?,
            Place::Slot(_) => {
                self.settle_here(tx, offer, &asked).await?;
                None
            }
        };
        Ok(accepted(asked, job))
    }

    /// With seats in another occurrence: its event stands, and the old seats are free, or the move
    /// waits for its event.
    async fn settle_in(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        booking: &Booking,
        occurrence: &Occurrence,
    ) -> Result<Option<Job>, StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        let mut ids = JobIds::from(self.notify_ids);
        let notify_ids = ids.block();
        let settled = booking.change().is_none();
        if settled {
            // A pending one leaves as well: nobody has been told of its old time.
            let (holder, job_ids) = (self.id.uuid(), ids.block());
            let leaving = Leaving { holder, job_ids, lease: None, now };
            leave_others(tx, workspace, &leaving, occurrence.id).await?;
        }
        if booking.state == (BookingState::Confirmed { change: None }) {
            let channels = &self.service.channels();
            enqueue_notifications(tx, workspace, booking, channels, notify_ids, now, now).await?;
        } else {
            self.await_change(tx).await?;
        }
        self.set_timer(tx, first_due_at(booking, self.service.rules.notice)).await?;
        let stands = occurrence.state == OccurrenceState::Standing;
        if !offer.outside {
            return Ok(None);
        }
        let job = NewJob {
            id: self.job_ids[0],
            task: Task::Occurrence(occurrence.id),
            due_at: if stands { now + SHOWN_AFTER } else { now },
            lease: Some(self.lease).filter(|_| !stands),
        };
        job::enqueue(tx, workspace, &job, now).await
    }

    async fn await_change(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let sql = "-- await_change
            update bookings set awaited_until = $3 where workspace = $1 and id = $2";
        tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.awaited_until]).await?;
        Ok(())
    }

    async fn leave_to_calendar(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
    ) -> Result<Option<Job>, StoreError> {
        self.await_change(tx).await?;
        self.set_timer(tx, first_due_at(booking, self.service.rules.notice)).await?;
        let task = Task::Calendar(self.id);
        let job = NewJob { id: self.job_ids[0], task, due_at: self.now, lease: Some(self.lease) };
        job::enqueue(tx, self.workspace, &job, self.now).await
    }

    async fn settle_here(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        booking: &Booking,
    ) -> Result<(), StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        let events = list_events(tx, workspace, self.id).await?;
        let live = |event: &&StoredEvent| event.record.state != EventState::Removed;
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            events.iter().filter(live).partition(|event| event.record.calendar == offer.calendar);
        let generation = if let Some(event) = here.last() {
            event.record.generation
        } else {
            let records: Vec<_> = events.iter().map(|event| event.record.clone()).collect();
            let generation = domain::convergence::next_generation(&records);
            let (calendar, slot) = (&offer.calendar, booking.slot);
            calendar_event::intend(tx, workspace, self.id, generation, calendar, slot, now).await?;
            generation
        };
        let answer = WrittenEvent::default();
        calendar_event::written(tx, workspace, self.id, generation, booking.slot, &answer, now)
            .await?;
        let channels = &self.service.channels();
        enqueue_notifications(tx, workspace, booking, channels, self.notify_ids, now, now).await?;
        if !elsewhere.is_empty() {
            // What was written for another host has to go from there.
            let (id, task) = (self.job_ids[0], Task::Calendar(self.id));
            let job = NewJob { id, task, due_at: now, lease: None };
            job::enqueue(tx, workspace, &job, now).await?;
        }
        self.set_timer(tx, first_due_at(booking, self.service.rules.notice)).await
    }

    async fn set_timer(&self, tx: &mut impl Tx, due_at: Timestamp) -> Result<(), StoreError> {
        let timer = NewJob { id: self.job_ids[1], task: Task::Timer(self.id), due_at, lease: None };
        job::schedule(tx, self.workspace, &timer, self.now).await
    }
}
