//! Pacing: every call to an account first takes its turn under the quota that all instances share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ConnectionId;
use domain::incident::IncidentKind;
use domain::pacing::{Quota, Turn};
use jiff::SignedDuration;
use providers::ProviderError;
use store::connection::Connection;
use store::quota::{Experience, NoteExperience, TakeTurn};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::calendar::CalendarError;
use crate::{App, AppError};

/// An account that has used up its quota is left alone for hours, not seconds.
const QUOTA_REST: SignedDuration = SignedDuration::from_hours(1);
/// An account that refuses a token it has just given is left alone for minutes.
const UNAUTHORIZED_REST: SignedDuration = SignedDuration::from_mins(5);
/// The longest that `Retry-After` is believed.
const LONGEST_WISH: SignedDuration = SignedDuration::from_hours(1);
/// How many calls of one process an account has in flight.
const IN_FLIGHT: usize = 4;

/// What this process has done with an account since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// Calls that were made.
    pub made: u64,
    /// Those of them that did not do what was asked.
    pub failed: u64,
    /// Turns that had not come: the work is due again when they are likely to.
    pub postponed: u64,
}

/// The calls of this process, by account.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashMap<ConnectionId, Account>>);

struct Account {
    places: Arc<Semaphore>,
    counts: CallCounts,
}

impl Default for Account {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(IN_FLIGHT)), counts: CallCounts::default() }
    }
}

impl InFlight {
    async fn enter(&self, connection: ConnectionId) -> OwnedSemaphorePermit {
        let places = self.all().entry(connection).or_default().places.clone();
        places.acquire_owned().await.expect("nobody closes it")
    }

    fn count(&self, connection: ConnectionId, count: impl FnOnce(&mut CallCounts)) {
        count(&mut self.all().entry(connection).or_default().counts);
    }

    fn counts(&self, connection: ConnectionId) -> CallCounts {
        self.all().get(&connection).map(|account| account.counts).unwrap_or_default()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<ConnectionId, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's turn: its place under the quota, and among those in flight.
pub(crate) struct Going {
    quota: Quota,
    _place: OwnedSemaphorePermit,
}

impl App {
    /// Takes a call's turn, or says when to ask again.
    pub(crate) async fn take_turn(&self, connection: ConnectionId) -> Result<Going, CalendarError> {
        let place = self.0.in_flight.enter(connection).await;
        let unit = TakeTurn {
            workspace: self.workspace(),
            connection,
            every: self.settings().google_spacing,
            now: self.clock().now(),
        };
        match self.store().write(unit).await? {
            (quota, Turn::Now) => {
                self.0.in_flight.count(connection, |counts| counts.made += 1);
                Ok(Going { quota, _place: place })
            }
            (_, Turn::Later(at)) => {
                self.0.in_flight.count(connection, |counts| counts.postponed += 1);
                Err(CalendarError::Wait(at))
            }
        }
    }

    /// What this process has done with an account since it started.
    pub fn call_counts(&self, connection: ConnectionId) -> CallCounts {
        self.0.in_flight.counts(connection)
    }

    /// Remembers how an account took a call, for those that come next.
    pub(crate) async fn note_experience(
        &self,
        connection: &Connection,
        going: &Going,
        error: Option<&ProviderError>,
    ) -> Result<(), AppError> {
        if error.is_some() {
            self.0.in_flight.count(connection.id, |counts| counts.failed += 1);
        }
        let experience = match error {
            Some(ProviderError::Throttled { retry_after }) => {
                let wanted = retry_after.and_then(|wish| SignedDuration::try_from(wish).ok());
                let wanted = wanted.map(|wish| wish.min(LONGEST_WISH));
                Experience::Throttled { wanted, chance: self.ids().fraction() }
            }
            Some(ProviderError::QuotaExceeded) => {
                let until = self.clock().now() + QUOTA_REST;
                let summary = format!(
                    "The account of host '{}' ({}) has used up what Google allows it. Its calendar \
                     is asked again in an hour; what has to be written meanwhile waits.",
                    connection.host, connection.id
                );
                let subject = connection.id.to_string();
                let incident = self.incident(IncidentKind::Quota, subject, summary);
                Experience::Rests { until, incident }
            }
            None if going.quota.is_troubled() => Experience::Recovered,
            None | Some(_) => return Ok(()),
        };
        self.experienced(connection.id, experience).await
    }

    /// Leaves an account alone that refuses a token it has just given.
    pub(crate) async fn leave_alone(
        &self,
        connection: &Connection,
        why: &str,
    ) -> Result<(), AppError> {
        let until = self.clock().now() + UNAUTHORIZED_REST;
        let kind = IncidentKind::ConnectionUnauthorized;
        let incident = self.incident(kind, connection.id.to_string(), why);
        self.experienced(connection.id, Experience::Rests { until, incident }).await
    }

    async fn experienced(
        &self,
        connection: ConnectionId,
        experience: Experience,
    ) -> Result<(), AppError> {
        let (workspace, now) = (self.workspace(), self.clock().now());
        let unit = NoteExperience { workspace, connection, experience, now };
        if self.store().write(unit).await? {
            tracing::error!(connection.id = %connection, "operators hear of connection {connection}");
        }
        self.wake_runner();
        Ok(())
    }
}
