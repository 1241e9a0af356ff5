//! How Doorstep is.

use store::connection::{Connection, ListConnections};
use store::health::{CountJobs, JobCounts, ProbeWrite};

use crate::{App, AppError};

/// How Doorstep is, without secrets or personal data.
#[derive(Debug, Clone)]
pub struct Health {
    /// Whether the database takes writes.
    pub writable: bool,
    /// The connections.
    pub connections: Vec<Connection>,
    /// The jobs.
    pub jobs: Option<JobCounts>,
    /// Whether our own credentials at Google were refused.
    pub client_credentials_refused: bool,
}

impl App {
    /// Whether the database takes writes: what `ready` means.
    pub async fn is_writable(&self) -> bool {
        self.store().write(ProbeWrite).await.is_ok()
    }

    /// A summary for people and monitors.
    pub async fn health(&self) -> Result<Health, AppError> {
        let writable = self.is_writable().await;
        let workspace = self.workspace();
        let now = self.clock().now();
        let connections = self.store().read(ListConnections { workspace }).await;
        Ok(Health {
            writable,
            connections: connections.unwrap_or_default(),
            jobs: self.store().read(CountJobs { workspace, now }).await.ok(),
            client_credentials_refused: self.client_credentials_refused(),
        })
    }
}
