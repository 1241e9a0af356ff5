//! Jobs that rest, as an operator sees them.

use domain::id::JobId;
use domain::{BookingId, ConnectionId};
use store::given_up::{CountParked, ListGivenUp, RetryJob};

use crate::{App, AppError};

pub use store::given_up::GivenUp;

impl App {
    /// The jobs that were given up, oldest first; of one booking, or of all.
    pub async fn list_given_up(
        &self,
        booking: Option<BookingId>,
        limit: i64,
    ) -> Result<Vec<GivenUp>, AppError> {
        let unit = ListGivenUp { workspace: self.workspace(), booking, limit };
        Ok(self.store().read(unit).await?)
    }

    /// Tries a job that was given up once more, from its first attempt. `false` when there is no
    /// such job.
    pub async fn retry_job(&self, id: JobId) -> Result<bool, AppError> {
        let unit = RetryJob { workspace: self.workspace(), id, now: self.clock().now() };
        let retried = self.store().write(unit).await?;
        if retried {
            tracing::info!(job.id = %id, "job {id} is tried again");
            self.wake_runner();
        }
        Ok(retried)
    }

    /// How many jobs wait for each connection to work again.
    pub async fn count_parked(&self) -> Result<Vec<(ConnectionId, i64)>, AppError> {
        Ok(self.store().read(CountParked { workspace: self.workspace() }).await?)
    }
}
