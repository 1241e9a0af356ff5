//! Changing a booking that exists: cancel, move, no-show, and what time alone does.

use domain::availability::Reason;
use domain::booking::{Cancellation, Change};
use domain::convergence::EventState;
use domain::id::JobId;
use domain::notification::Told;
use domain::service::Channel;
use domain::timer::{Due, due, first_due_at};
use domain::{Booking, BookingId, BookingState, HostId, Interval, Refusal, Service, WorkspaceId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::book::HostOffer;
use super::{find_booking, update_booking};
use crate::calendar_event::{self, StoredEvent, WrittenEvent, list_events};
use crate::claim;
use crate::convergence;
use crate::error::StoreError;
use crate::hold;
use crate::job::{self, Job, Lease, NewJob, Postponement, Task};
use crate::message::{enqueue_notifications, lead_asked_for, lead_asks_no_more, set_told};
use crate::params;
use crate::submission::{self, Remembered, Submission};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Calls a booking off, at once: the claim is free and people are told; the event's deletion is a
/// job.
pub struct CancelBooking {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: BookingId,
    /// Who, and why.
    pub cancellation: Cancellation,
    /// The revision that the caller saw, where that matters: an old page cannot cancel what moved.
    pub seen: Option<i64>,
    /// The key that makes a repeat recognisable.
    pub submission: Option<Submission>,
    /// The channels of its service.
    pub channels: Vec<Channel>,
    /// The lease under which this process runs the job at once.
    pub lease: Lease,
    /// The job's id.
    pub job_id: JobId,
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What came of cancelling.
#[derive(Debug, Clone)]
pub enum Cancelled {
    /// It is cancelled, now or already before.
    Done {
        /// The booking.
        booking: Box<Booking>,
        /// What still has to be done outside.
        job: Option<Job>,
    },
    /// The same request was here before, and was carried out then.
    Replayed,
    /// It cannot be.
    Refused(Refusal),
    /// It changed since the caller looked.
    Outdated(Box<Booking>),
    /// The key was used for another request.
    Mismatch,
    /// There is no such booking.
    NotFound,
}

impl UnitOfWork for CancelBooking {
    const NAME: &'static str = "booking.cancel";
    type Outcome = Cancelled;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else {
            return Ok(Cancelled::NotFound);
        };
        match remembered(tx, self.workspace, self.submission.as_ref(), self.now).await? {
            Remembered::Unknown => {}
            Remembered::Same(_) => return Ok(Cancelled::Replayed),
            Remembered::Other => return Ok(Cancelled::Mismatch),
        }
        let revision = booking.revision;
        if self.seen.is_some_and(|seen| seen != revision) && booking.state.is_active() {
            return Ok(Cancelled::Outdated(Box::new(booking)));
        }
        let cancelled = match booking.cancel(self.cancellation.clone(), self.now) {
            Ok(cancelled) => cancelled,
            Err(refusal) => return Ok(Cancelled::Refused(refusal)),
        };
        let job = if cancelled.revision == revision {
            None // It was cancelled before; nothing is left to do here.
        } else {
            self.carry_out(tx, &cancelled, revision).await?
        };
        remember(tx, self.workspace, self.submission.as_ref(), self.id, self.now).await?;
        Ok(Cancelled::Done { booking: Box::new(cancelled), job })
    }
}

impl CancelBooking {
    async fn carry_out(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
    ) -> Result<Option<Job>, StoreError> {
        expect_updated(update_booking(tx, self.workspace, booking, seen).await?)?;
        claim::delete_claims(tx, self.workspace, self.id.uuid()).await?;
        timeline::append(tx, self.workspace, self.id, &self.entry).await?;
        let (channels, ids) = (&self.channels, self.notify_ids);
        let (workspace, now) = (self.workspace, self.now);
        enqueue_notifications(tx, workspace, booking, channels, ids, now, now).await?;
        let task = Task::Calendar(self.id);
        let job = NewJob { id: self.job_id, task, due_at: self.now, lease: Some(self.lease) };
        job::enqueue(tx, self.workspace, &job, self.now).await
    }
}

/// A row that was read in this transaction is still what it was.
pub(crate) fn expect_updated(updated: bool) -> Result<(), StoreError> {
    if updated { Ok(()) } else { Err(StoreError::Broken("a row changed under its transaction")) }
}

async fn remembered(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    submission: Option<&Submission>,
    now: Timestamp,
) -> Result<Remembered, StoreError> {
    match submission {
        Some(submission) => submission::look_up(tx, workspace, submission, now).await,
        None => Ok(Remembered::Unknown),
    }
}

async fn remember(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    submission: Option<&Submission>,
    booking: BookingId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match submission {
        Some(submission) => {
            submission::remember(tx, workspace, submission, booking, submission::CHANGE, now).await
        }
        None => Ok(()),
    }
}

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
    /// Who could take it, in the order in which they are asked.
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
            hold::remove(tx, self.workspace, *hold).await?;
        }
        let mut refused = Vec::new();
        for offer in &self.hosts {
            match self.claim(tx, offer).await? {
                Ok(slot) => return self.carry_out(tx, booking, offer, slot).await,
                Err(reasons) => refused.push((offer.host.id.clone(), reasons)),
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
        offer: &HostOffer,
    ) -> Result<Result<Interval, Vec<Reason>>, StoreError> {
        let wanted = claim::Wanted {
            holder: self.id.uuid(),
            service: &self.service,
            start: self.start,
            ignored: Some(self.id.uuid()),
            expires_at: None,
        };
        claim::claim_slot(tx, self.workspace, &offer.host, &wanted, self.now).await
    }

    async fn carry_out(
        &self,
        tx: &mut impl Tx,
        booking: Booking,
        offer: &HostOffer,
        slot: Interval,
    ) -> Result<AskedToMove, StoreError> {
        let seen = booking.revision;
        let change = Change { host: offer.host.id.clone(), slot };
        let asked = match booking.ask_to_move(change, self.now) {
            Ok(asked) => asked,
            Err(refusal) => return Ok(AskedToMove::Refused(refusal)),
        };
        let asked = if offer.outside {
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
            let (host, start) = (&asked.host, asked.slot.start());
            claim::delete_other_claims(tx, self.workspace, self.id.uuid(), host, start).await?;
        }
        let job = if offer.outside {
            self.leave_to_calendar(tx, &asked).await?
        } else {
            self.settle_here(tx, offer, &asked).await?;
            None
        };
        Ok(accepted(asked, job))
    }

    async fn leave_to_calendar(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
    ) -> Result<Option<Job>, StoreError> {
        let sql = "-- await_change
            update bookings set awaited_until = $3 where workspace = $1 and id = $2";
        tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.awaited_until]).await?;
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
        let channels = &self.service.messages;
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

/// Notes that nobody came.
pub struct MarkNoShow {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: BookingId,
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for MarkNoShow {
    const NAME: &'static str = "booking.no_show";
    type Outcome = Option<Result<Booking, Refusal>>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else {
            return Ok(None);
        };
        let seen = booking.revision;
        let marked = match booking.mark_no_show(self.now) {
            Ok(marked) => marked,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        if marked.revision != seen {
            expect_updated(update_booking(tx, self.workspace, &marked, seen).await?)?;
            timeline::append(tx, self.workspace, self.id, &self.entry).await?;
        }
        Ok(Some(Ok(marked)))
    }
}

/// The caller was told in the answer that the booking or move is off: no message says so again. Of
/// a booking that stands where it stood, the lead knows what they knew before.
pub struct CallerHeard {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// About which booking.
    pub id: BookingId,
    /// The channels on which the lead would have been told.
    pub channels: Vec<Channel>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for CallerHeard {
    const NAME: &'static str = "booking.caller_heard";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else { return Ok(()) };
        for channel in &self.channels {
            if booking.state.is_active() {
                lead_asks_no_more(tx, self.workspace, self.id, *channel, self.now).await?;
            } else {
                set_told(tx, self.workspace, self.id, 0, *channel, &Told::Over, self.now).await?;
            }
        }
        Ok(())
    }
}

/// Runs what is due by the clock.
pub struct TimerRun {
    /// Whose lease allows it.
    pub job: Job,
    /// Which.
    pub id: BookingId,
    /// The service's notice.
    pub notice: SignedDuration,
    /// The channels of its service.
    pub channels: Vec<Channel>,
    /// First id of the notifications' jobs, and one for the calendar's.
    pub notify_ids: JobId,
    /// Id of the calendar's job.
    pub calendar_job_id: JobId,
    /// What the timeline says; kind and summary are completed here.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What the clock did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerStep {
    /// Nothing but waiting.
    Waited,
    /// It completed, failed, or its move was dropped.
    Changed(&'static str),
}

impl UnitOfWork for TimerRun {
    const NAME: &'static str = "booking.timer";
    type Outcome = TimerStep;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let Some(booking) = find_booking(tx, self.job.workspace, self.id).await? else {
            job::finish(tx, &self.job).await?;
            return Ok(TimerStep::Waited);
        };
        match due(&booking, self.notice, self.now) {
            Due::Never => {
                job::finish(tx, &self.job).await?;
                Ok(TimerStep::Waited)
            }
            Due::Nothing(until) => self.wait(tx, until).await,
            Due::TellReceived(until) => {
                self.tell(tx, &booking).await?;
                self.wait(tx, until).await
            }
            Due::Complete => {
                let completed = booking.clone().complete(self.now).expect("it is confirmed");
                self.change(tx, &booking, completed, "completed", "The appointment is over").await
            }
            Due::GiveUp => {
                let failed = booking.clone().fail(self.now).expect("it is pending");
                claim::delete_claims(tx, self.job.workspace, self.id.uuid()).await?;
                let summary = "Failed: the calendar could not be written before it was too late";
                self.change(tx, &booking, failed, "failed", summary).await
            }
            Due::DropMove => {
                let (workspace, channels) = (self.job.workspace, &self.channels);
                if let Some(wanted) = booking.change().map(|change| change.slot) {
                    lead_asked_for(tx, workspace, self.id, channels, wanted, self.now).await?;
                }
                let kept = booking.clone().drop_move(self.now);
                let (host, start) = (&kept.host, kept.slot.start());
                let (workspace, holder) = (self.job.workspace, self.id.uuid());
                claim::delete_other_claims(tx, workspace, holder, host, start).await?;
                convergence::give_up_wish(tx, workspace, self.id, self.now).await?;
                let summary =
                    "The move could not be written in time; the booking stays where it is";
                self.change(tx, &booking, kept, "move_dropped", summary).await
            }
        }
    }
}

impl TimerRun {
    async fn change(
        &self,
        tx: &mut impl Tx,
        before: &Booking,
        after: Booking,
        kind: &'static str,
        summary: &str,
    ) -> Result<TimerStep, StoreError> {
        let workspace = self.job.workspace;
        expect_updated(update_booking(tx, workspace, &after, before.revision).await?)?;
        let entry = TimelineEntry {
            kind: format!("booking.{kind}"),
            summary: summary.to_owned(),
            ..self.entry.clone()
        };
        timeline::append(tx, workspace, self.id, &entry).await?;
        self.tell(tx, &after).await?;
        if after.state != BookingState::Completed {
            let task = Task::Calendar(self.id);
            let job = NewJob { id: self.calendar_job_id, task, due_at: self.now, lease: None };
            job::enqueue(tx, workspace, &job, self.now).await?;
        }
        match due(&after, self.notice, self.now) {
            Due::Nothing(until) => {
                self.wait(tx, until).await?;
            }
            Due::Never => job::finish(tx, &self.job).await?,
            // Its old time passed while the move was tried: the next run completes it.
            Due::GiveUp | Due::DropMove | Due::Complete | Due::TellReceived(_) => {
                self.wait(tx, self.now).await?;
            }
        }
        Ok(TimerStep::Changed(kind))
    }

    async fn wait(&self, tx: &mut impl Tx, until: Timestamp) -> Result<TimerStep, StoreError> {
        job::postpone(tx, &self.job, &Postponement::Until(until), None).await?;
        Ok(TimerStep::Waited)
    }

    async fn tell(&self, tx: &mut impl Tx, booking: &Booking) -> Result<(), StoreError> {
        let (workspace, channels) = (self.job.workspace, &self.channels);
        let (ids, now) = (self.notify_ids, self.now);
        enqueue_notifications(tx, workspace, booking, channels, ids, now, now).await
    }
}
