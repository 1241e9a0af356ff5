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

/// How many calls are in flight, by account.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashMap<ConnectionId, Arc<Semaphore>>>);

impl InFlight {
    async fn enter(&self, connection: ConnectionId) -> OwnedSemaphorePermit {
        let places = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let places = all.entry(connection);
            places.or_insert_with(|| Arc::new(Semaphore::new(IN_FLIGHT))).clone()
        };
        places.acquire_owned().await.expect("nobody closes it")
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
            (quota, Turn::Now) => Ok(Going { quota, _place: place }),
            (_, Turn::Later(at)) => Err(CalendarError::Wait(at)),
        }
    }

    /// Remembers how an account took a call, for those that come next.
    pub(crate) async fn note_experience(
        &self,
        connection: &Connection,
        going: &Going,
        error: Option<&ProviderError>,
    ) -> Result<(), AppError> {
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
