//! What every change of a booking that exists begins and ends with, and the small ones.

use domain::notification::Told;
use domain::service::Channel;
use domain::{Booking, BookingId, Refusal, WorkspaceId};
use jiff::Timestamp;

use super::{find_booking, update_booking};
use crate::error::StoreError;
use crate::message::{lead_asks_no_more, set_told};
use crate::submission::{self, Remembered, Submission};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

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
                lead_asks_no_more(tx, self.workspace, self.id, *channel).await?;
            } else {
                let (workspace, lead, now) = (self.workspace, (self.id, 0), self.now);
                set_told(tx, workspace, lead, *channel, &Told::Over, now, now).await?;
            }
        }
        Ok(())
    }
}

/// A row that was read in this transaction is still what it was.
pub(crate) fn expect_updated(updated: bool) -> Result<(), StoreError> {
    if updated { Ok(()) } else { Err(StoreError::Broken("a row changed under its transaction")) }
}

pub(super) async fn remembered(
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

pub(super) async fn remember(
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
