//! What time alone changes about a booking.

use domain::id::JobId;
use domain::service::Channel;
use domain::timer::{Due, due};
use domain::{Booking, BookingId, BookingState};
use jiff::{SignedDuration, Timestamp};

use super::change::expect_updated;
use super::{find_booking, update_booking};
use crate::claim;
use crate::convergence;
use crate::error::StoreError;
use crate::job::{self, Job, JobIds, NewJob, Postponement, Task};
use crate::message::{enqueue_notifications, lead_asked_for};
use crate::occurrence::{Leaving, leave, leave_wish};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

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
                leave(tx, self.job.workspace, &self.leaving()).await?;
                let summary = "Failed: the calendar could not be written before it was too late";
                self.change(tx, &booking, failed, "failed", summary).await
            }
            Due::DropMove => {
                let (workspace, channels) = (self.job.workspace, &self.channels);
                if let Some(wanted) = booking.change().map(|change| change.slot) {
                    lead_asked_for(tx, workspace, self.id, channels, wanted, self.now).await?;
                }
                let kept = booking.clone().drop_move(self.now);
                claim::delete_other_claims(tx, workspace, &kept).await?;
                leave_wish(tx, workspace, &self.leaving(), &kept).await?;
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

    fn leaving(&self) -> Leaving {
        let mut ids = JobIds::from(self.notify_ids);
        ids.block(); // Those of the notifications.
        let (holder, job_ids) = (self.id.uuid(), ids.block());
        Leaving { holder, job_ids, lease: None, now: self.now }
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
