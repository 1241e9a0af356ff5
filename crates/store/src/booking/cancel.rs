//! Calling a booking off.

use domain::booking::Cancellation;
use domain::id::JobId;
use domain::service::Channel;
use domain::{Booking, BookingId, Refusal, WorkspaceId};
use jiff::Timestamp;

use super::change::{expect_updated, remember, remembered};
use super::{find_booking, update_booking};
use crate::claim;
use crate::error::StoreError;
use crate::job::{self, Job, JobIds, Lease, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::{Leaving, leave};
use crate::submission::{Remembered, Submission};
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
        let mut ids = JobIds::from(self.notify_ids);
        let (workspace, channels, now) = (self.workspace, &self.channels, self.now);
        enqueue_notifications(tx, workspace, booking, channels, ids.block(), now, now).await?;
        let leaving = Leaving { holder: self.id.uuid(), job_ids: ids.block(), lease: None, now };
        if leave(tx, workspace, &leaving).await? > 0 {
            return Ok(None); // The event is the occurrence's.
        }
        let task = Task::Calendar(self.id);
        let job = NewJob { id: self.job_id, task, due_at: self.now, lease: Some(self.lease) };
        job::enqueue(tx, self.workspace, &job, self.now).await
    }
}
