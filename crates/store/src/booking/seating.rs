//! A booking that has its seats in an occurrence: it stands with the occurrence's event, or waits
//! for it.

use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::timer::first_due_at;
use domain::{Booking, Occurrence, Service, WorkspaceId};
use jiff::Timestamp;

use super::{expect_updated, update_booking};
use crate::error::StoreError;
use crate::job::{self, Job, Lease, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::SHOWN_AFTER;
use crate::tx::Tx;

/// A pending booking, stored, with its seats.
pub(crate) struct Seating<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) booking: Booking,
    pub(crate) occurrence: &'a Occurrence,
    /// Whether a calendar outside shows the occurrence.
    pub(crate) outside: bool,
    pub(crate) service: &'a Service,
    /// To run the occurrence's job at once, where the booking waits for it.
    pub(crate) lease: Option<Lease>,
    pub(crate) job_ids: [JobId; 2],
    /// First id of the notifications' jobs.
    pub(crate) notify_ids: JobId,
    pub(crate) now: Timestamp,
}

impl Seating<'_> {
    /// Confirms the booking if the event stands, and leaves it to the occurrence's job otherwise.
    pub(crate) async fn seat(self, tx: &mut impl Tx) -> Result<(Booking, Option<Job>), StoreError> {
        let stands = self.occurrence.state == OccurrenceState::Standing;
        let job = show(tx, &self, stands).await?;
        let seen = self.booking.revision;
        let booking = if stands {
            let confirmed = self.booking.confirm(self.now).expect("it is pending");
            expect_updated(update_booking(tx, self.workspace, &confirmed, seen).await?)?;
            let (channels, ids) = (&self.service.channels(), self.notify_ids);
            let (workspace, now) = (self.workspace, self.now);
            enqueue_notifications(tx, workspace, &confirmed, channels, ids, now, now).await?;
            confirmed
        } else {
            self.booking
        };
        let due_at = first_due_at(&booking, self.service.rules.notice);
        let task = Task::Timer(booking.id);
        let timer = NewJob { id: self.job_ids[1], task, due_at, lease: None };
        job::schedule(tx, self.workspace, &timer, self.now).await?;
        Ok((booking, job))
    }
}

/// The occurrence's job: at once for an event that is waited for, a little later for a roster.
async fn show(
    tx: &mut impl Tx,
    seating: &Seating<'_>,
    stands: bool,
) -> Result<Option<Job>, StoreError> {
    if !seating.outside {
        return Ok(None);
    }
    let now = seating.now;
    let job = NewJob {
        id: seating.job_ids[0],
        task: Task::Occurrence(seating.occurrence.id),
        due_at: if stands { now + SHOWN_AFTER } else { now },
        lease: seating.lease.filter(|_| !stands),
    };
    job::enqueue(tx, seating.workspace, &job, now).await
}
