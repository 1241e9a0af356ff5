//! How Doorstep is.

use std::time::Duration;

use domain::incident::IncidentKind;
use store::StoreError;
use store::connection::{Connection, ListConnections};
use store::health::{CountJobs, JobCounts, ProbeWrite};
use store::incident::IsOpen;

use crate::connection::{GOOGLE, SERVICE_ACCOUNT};
use crate::{App, AppError};

/// A database that takes longer is away, for whoever asks whether it is there.
const PROBE: Duration = Duration::from_secs(2);

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
        in_time(self.store().write(ProbeWrite)).await.is_some()
    }

    /// Whether the provider refuses our own client credentials, as the last refresh found.
    async fn client_credentials_refused(&self) -> bool {
        let (workspace, kind) = (self.workspace(), IncidentKind::ClientCredentials);
        for subject in [GOOGLE, SERVICE_ACCOUNT] {
            let unit = IsOpen { workspace, kind, subject: subject.to_owned() };
            if in_time(self.store().read(unit)).await.unwrap_or(false) {
                return true;
            }
        }
        false
    }

    /// A summary for people and monitors.
    pub async fn health(&self) -> Result<Health, AppError> {
        let workspace = self.workspace();
        let now = self.clock().now();
        let (writable, connections, jobs) = tokio::join!(
            self.is_writable(),
            in_time(self.store().read(ListConnections { workspace })),
            in_time(self.store().read(CountJobs { workspace, now }))
        );
        Ok(Health {
            writable,
            connections: connections.unwrap_or_default(),
            jobs,
            client_credentials_refused: self.client_credentials_refused().await,
        })
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    tokio::time::timeout(PROBE, answer).await.ok()?.ok()
}
