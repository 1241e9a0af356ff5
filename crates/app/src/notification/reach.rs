//! What follows when no message reaches whoever booked.

use domain::BookingId;
use domain::undeliverable::Verdict;
use serde_json::json;
use store::booking::FindBooking;
use store::job::{Job, Release};
use store::reach::JudgeReach;

use crate::{App, AppError};

impl App {
    /// Looks at what became of the messages to the lead of a booking, and keeps it or calls it off
    /// as its service says.
    pub(crate) async fn judge_reach(&self, job: Job, id: BookingId) -> Result<(), AppError> {
        let found = self.store().read(FindBooking { workspace: job.workspace, id }).await?;
        let setup = self.setup();
        let service =
            found.as_ref().and_then(|stored| setup.setup.service(&stored.booking.service));
        let Some(service) = service else {
            let unit = Release { job, postponement: None, error: None };
            return Ok(self.store().write(unit).await?);
        };
        let unit = JudgeReach {
            job,
            booking: id,
            channels: service.messages.clone(),
            choice: service.telling.if_undeliverable,
            notify_ids: self.ids().job(),
            calendar_job_id: self.ids().job(),
            entry: self.entry("booking.unreached", "", &json!({})),
            now: self.clock().now(),
        };
        match self.store().write(unit).await? {
            Verdict::Reachable => {}
            Verdict::Mark => {
                tracing::warn!(booking.id = %id, "no message reaches the lead of booking {id}");
            }
            Verdict::Cancel => {
                tracing::warn!(booking.id = %id, "no message reached the lead of booking {id}: cancelled");
            }
        }
        self.wake_runner();
        Ok(())
    }
}
