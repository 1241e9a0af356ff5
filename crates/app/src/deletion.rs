//! Many events of ours missing in a calendar at once: none is believed until an administrator
//! decides.

use domain::CalendarId;
use store::deletion::{DecideDeletions, ListHeld};

use crate::{App, AppError};

pub use store::deletion::{Decision, Held};

impl App {
    /// Decides about the events of ours that are missing in a calendar. Says how many; `None` when
    /// nothing waits for a decision there.
    pub async fn decide_deletions(
        &self,
        calendar: &CalendarId,
        decision: Decision,
    ) -> Result<Option<usize>, AppError> {
        let unit = DecideDeletions {
            workspace: self.workspace(),
            calendar: calendar.clone(),
            decision,
            first_id: self.ids().job(),
            now: self.clock().now(),
        };
        let decided = self.store().write(unit).await?;
        if let Some(bookings) = decided {
            let decision = decision.as_str();
            tracing::warn!(calendar.id = %calendar, decision, "{bookings} deletions were decided");
            self.wake_runner();
        }
        Ok(decided)
    }

    /// The calendars in which an administrator has to decide.
    pub async fn list_held_calendars(&self) -> Result<Vec<Held>, AppError> {
        Ok(self.store().read(ListHeld { workspace: self.workspace() }).await?)
    }
}
