//! Giving a booking another title or place.

use domain::booking::NewDetails;
use domain::id::JobId;
use domain::service::Channel;
use domain::{Booking, BookingId, BookingState, Refusal, WorkspaceId};
use jiff::Timestamp;

use super::change::expect_updated;
use super::{find_booking, update_booking};
use crate::claim;
use crate::error::StoreError;
use crate::job::{self, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::seats_of;
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Gives a booking another title or place: it has them at once, its event follows by a job, and
/// people are told.
pub struct RestateBooking {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: BookingId,
    /// The new title and place.
    pub new: NewDetails,
    /// The channels of its service.
    pub channels: Vec<Channel>,
    /// The job's id.
    pub job_id: JobId,
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingRestated {
    /// It has them; whether its event has to follow.
    Done {
        /// Nothing is left to do where it had them before, or where its event is not written yet.
        follows: bool,
    },
    /// It cannot be changed.
    Refused(Refusal),
    /// It shares its event with others: their service has the title and the place.
    Shared,
    /// There is no such booking.
    NotFound,
}

impl UnitOfWork for RestateBooking {
    const NAME: &'static str = "booking.restate";
    type Outcome = BookingRestated;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else {
            return Ok(BookingRestated::NotFound);
        };
        let seen = booking.revision;
        let restated = match booking.restate(&self.new, self.now) {
            Ok(restated) => restated,
            Err(refusal) => return Ok(BookingRestated::Refused(refusal)),
        };
        if !seats_of(tx, self.workspace, self.id.uuid()).await?.is_empty() {
            return Ok(BookingRestated::Shared);
        }
        if restated.revision == seen {
            return Ok(BookingRestated::Done { follows: false });
        }
        self.carry_out(tx, &restated, seen).await?;
        Ok(BookingRestated::Done { follows: restated.state != BookingState::Pending })
    }
}

impl RestateBooking {
    async fn carry_out(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
    ) -> Result<(), StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        expect_updated(update_booking(tx, workspace, booking, seen).await?)?;
        self.keep_verdict(tx, booking, seen).await?;
        claim::place_claims(tx, workspace, self.id.uuid(), booking.location.as_deref()).await?;
        timeline::append(tx, workspace, self.id, &self.entry).await?;
        let (channels, ids) = (&self.channels, self.notify_ids);
        enqueue_notifications(tx, workspace, booking, channels, ids, now, now).await?;
        let task = Task::Calendar(self.id);
        let job = NewJob { id: self.job_id, task, due_at: now, lease: None };
        job::enqueue(tx, workspace, &job, now).await?;
        Ok(())
    }

    /// What the calendars said of its time holds for the new revision, too: they may show its event
    /// by now and are not to be asked again.
    async fn keep_verdict(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
    ) -> Result<(), StoreError> {
        let sql = "-- keep_verdict
            update bookings set free_revision = $3
             where workspace = $1 and id = $2 and free_revision = $4";
        let params = params![self.workspace.0, self.id.uuid(), booking.revision, seen];
        tx.execute(sql, params).await?;
        Ok(())
    }
}
