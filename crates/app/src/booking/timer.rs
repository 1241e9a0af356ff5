//! What time alone changes.

use domain::BookingId;
use domain::booking::GIVE_UP_BEFORE;
use serde_json::json;
use store::booking::{FindBooking, TimerRun, TimerStep};
use store::job::Job;

use crate::waiting::Verdict;
use crate::{App, AppError};

impl App {
    /// Completes, gives up or reminds, whatever is due for a booking.
    pub(crate) async fn run_timer(&self, job: Job, id: BookingId) -> Result<(), AppError> {
        let found = self.store().read(FindBooking { workspace: job.workspace, id }).await?;
        let setup = self.setup();
        let service =
            found.and_then(|stored| setup.setup.service(&stored.booking.service).cloned());
        let unit = TimerRun {
            notice: service.as_ref().map_or(GIVE_UP_BEFORE, |service| service.rules.notice),
            channels: service.map(|service| service.channels()).unwrap_or_default(),
            job,
            id,
            notify_ids: self.ids().job(),
            calendar_job_id: self.ids().job(),
            entry: self.entry("booking.timer", "", &json!({})),
            now: self.clock().now(),
        };
        match self.store().write(unit).await? {
            TimerStep::Waited => {}
            TimerStep::Changed("failed") => {
                tracing::error!(booking.id = %id, "booking {id} could not be confirmed in time");
                self.0.waiting.tell(id, Verdict::Unavailable);
            }
            TimerStep::Changed(what) => {
                tracing::info!(booking.id = %id, "booking {id}: {what}");
            }
        }
        self.wake_runner();
        Ok(())
    }
}
