//! Waiting for seats: giving those that became free to whose turn it is.

use domain::{BookingId, ServiceId};
use jiff::Timestamp;
use serde_json::json;
use store::job::Job;
use store::waiting_list::{PlaceInLine, ServeLine, Served};

use crate::{App, AppError};

impl App {
    /// Gives the seats of a start that became free to those who wait for them.
    pub(crate) async fn serve_line(
        &self,
        job: Job,
        service: ServiceId,
        start: Timestamp,
    ) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let served = setup.setup.service(&service).and_then(|found| {
            let list = found.group.as_ref()?.waiting_list?;
            let hosts = crate::slots::offers(&setup.setup, found, None);
            Some(Served { service: found.clone(), list, hosts })
        });
        let unit = ServeLine {
            job,
            channels: self.channels(&service),
            service,
            start,
            served,
            occurrence_id: self.ids().occurrence(),
            job_ids: self.ids().job(),
            entry: self.entry("waiting_list", "", &json!({})),
            now: self.clock().now(),
        };
        let served = self.store().write(unit).await?;
        tracing::info!(
            line.offered = served.offered,
            line.promoted = served.promoted,
            line.expired = served.expired,
            "served a waiting list"
        );
        self.wake_runner();
        Ok(())
    }

    /// The place of a booking in its line, from 1 on; `None` when it does not wait.
    pub async fn place_in_line(&self, booking: BookingId) -> Result<Option<u32>, AppError> {
        let unit = PlaceInLine { workspace: self.workspace(), booking };
        Ok(self.store().read(unit).await?)
    }
}
