//! Connections to accounts at providers: consent, tokens, and how they are.

mod consent;
mod pace;
mod reach;
mod token;
mod way_in;

use domain::incident::IncidentKind;
use domain::{CalendarId, ConnectionId, HostId, Provider};
use store::connection::{
    DeleteConnection, EnsureConnection, FindConnection, ListConnections, SetConnectionStatus,
};
use store::incident::NewIncident;
use store::setup::HasActiveBookings;

use crate::{App, AppError};

pub use consent::{Begun, ConsentError, Consented};
pub use pace::CallCounts;
pub(crate) use pace::InFlight;
pub use reach::{ReachError, ReachableCalendar};
pub use store::connection::Connection;
pub(crate) use token::TokenLocks;
pub(crate) use way_in::{SERVICE_ACCOUNT, WayIn, why_refused};

/// The one provider that is connected by consent so far.
pub(crate) const GOOGLE: &str = "google";

/// What came of disconnecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disconnected {
    /// It is gone, and its grant given back.
    Gone,
    /// Events in one of its calendars still have to be looked after.
    InUse {
        /// Which.
        calendar: CalendarId,
    },
    /// There is no such connection.
    NotFound,
}

impl App {
    /// The connection to an account, made if there is none; with the address where its host
    /// consents. A service account that may act for it needs no consent: it asks for a token at
    /// once, also where it was refused before.
    pub async fn connect(
        &self,
        host: HostId,
        account: String,
    ) -> Result<(Connection, Option<String>), AppError> {
        let connection = self.ensure_connection(host, account).await?;
        let connection = self.tries_delegation(connection).await?;
        let url = self.consent_url(&connection);
        Ok((connection, url))
    }

    async fn ensure_connection(
        &self,
        host: HostId,
        account: String,
    ) -> Result<Connection, AppError> {
        let unit = EnsureConnection {
            workspace: self.workspace(),
            id: self.ids().connection(),
            provider: GOOGLE.to_owned(),
            host,
            account,
            now: self.clock().now(),
        };
        Ok(self.store().write(unit).await?)
    }

    /// All connections.
    pub async fn list_connections(&self) -> Result<Vec<Connection>, AppError> {
        Ok(self.store().read(ListConnections { workspace: self.workspace() }).await?)
    }

    /// One connection.
    pub async fn find_connection(&self, id: ConnectionId) -> Result<Option<Connection>, AppError> {
        Ok(self.store().read(FindConnection { workspace: self.workspace(), id }).await?)
    }

    /// Forgets a connection, after telling the provider that its tokens are no longer wanted. That
    /// is a courtesy: whether it hears us changes nothing here, and a service account has nothing to
    /// give back. While events in its calendars still
    /// have to be looked after it is refused, unless `force`.
    pub async fn disconnect(
        &self,
        id: ConnectionId,
        force: bool,
    ) -> Result<Disconnected, AppError> {
        let Some(connection) = self.find_connection(id).await? else {
            return Ok(Disconnected::NotFound);
        };
        if let Some(calendar) = self.needed_calendar(&connection).await?.filter(|_| !force) {
            return Ok(Disconnected::InUse { calendar });
        }
        self.stop_watching(&connection.account).await?;
        self.revoke(&connection).await;
        let unit = DeleteConnection { workspace: self.workspace(), id, now: self.clock().now() };
        let gone = self.store().write(unit).await?;
        self.wake_runner();
        Ok(if gone { Disconnected::Gone } else { Disconnected::NotFound })
    }

    /// A calendar of the account whose events still have to be changed or deleted.
    async fn needed_calendar(
        &self,
        connection: &Connection,
    ) -> Result<Option<CalendarId>, AppError> {
        let setup = self.setup();
        let of_account = setup.setup.calendars().filter(|calendar| {
            calendar.provider == Provider::Google && calendar.account == connection.account
        });
        for calendar in of_account {
            let unit = HasActiveBookings {
                workspace: self.workspace(),
                host: None,
                service: None,
                calendar: Some(calendar.id.to_string()),
            };
            if self.store().read(unit).await? {
                return Ok(Some(calendar.id.clone()));
            }
        }
        Ok(None)
    }

    /// The grant is dead, or does not cover what is needed: the connection rests until its host
    /// consents anew or the service account is let in, and operators hear of it once.
    pub(crate) async fn is_revoked(
        &self,
        connection: &Connection,
        reason: String,
    ) -> Result<(), AppError> {
        let summary = self.loss(connection, &reason);
        let kind = IncidentKind::ConnectionRevoked;
        let incident = Some(self.incident(kind, connection.id.to_string(), summary));
        self.set_connection_status(connection.id, "revoked", Some(reason), incident).await
    }

    /// A token that was fetched a moment ago is refused: the account is left alone for a while and
    /// then tried again.
    pub(crate) async fn is_unauthorized(&self, connection: &Connection) -> Result<(), AppError> {
        let reason = "Google refuses an access token that it gave a moment ago. Doorstep tries \
                      again every few minutes; if that does not help, connect the account again."
            .to_owned();
        let summary = format!("Host '{}' ({}). {reason}", connection.host, connection.id);
        self.leave_alone(connection, &summary).await?;
        self.set_connection_status(connection.id, "degraded", Some(reason), None).await
    }

    /// A call went well on a connection that had trouble.
    pub(crate) async fn is_healthy(&self, connection: &Connection) -> Result<(), AppError> {
        self.set_connection_status(connection.id, "healthy", None, None).await
    }

    async fn set_connection_status(
        &self,
        id: ConnectionId,
        status: &'static str,
        reason: Option<String>,
        incident: Option<NewIncident>,
    ) -> Result<(), AppError> {
        let (workspace, now) = (self.workspace(), self.clock().now());
        let unit = SetConnectionStatus { workspace, id, status, reason, incident, now };
        if self.store().write(unit).await? {
            if status == "healthy" {
                tracing::info!(connection.id = %id, "connection {id} is {status}");
            } else {
                tracing::error!(connection.id = %id, "connection {id} is {status}");
            }
            self.wake_runner();
        }
        Ok(())
    }
}
