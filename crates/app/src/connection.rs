//! Connections to accounts at providers: consent, tokens, and how they are.

mod consent;
mod reach;
mod token;

use domain::{ConnectionId, HostId};
use store::connection::{
    DeleteConnection, EnsureConnection, FindConnection, FindConnectionByAccount, ListConnections,
    SetConnectionStatus,
};

use crate::{App, AppError};

pub use consent::{Begun, ConsentError, Consented};
pub use reach::{ReachError, ReachableCalendar};
pub use store::connection::Connection;
pub(crate) use token::TokenLocks;

/// The one provider that is connected by consent so far.
pub(crate) const GOOGLE: &str = "google";

impl App {
    /// The connection to an account, made if there is none; with the address where its host
    /// consents.
    pub async fn connect(
        &self,
        host: HostId,
        account: String,
    ) -> Result<(Connection, String), AppError> {
        let unit = EnsureConnection {
            workspace: self.workspace(),
            id: self.ids().connection(),
            provider: GOOGLE.to_owned(),
            host,
            account,
            now: self.clock().now(),
        };
        let connection = self.store().write(unit).await?;
        let url = self.authorize_url(connection.id);
        Ok((connection, url))
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
    /// is a courtesy: whether it hears us changes nothing here.
    pub async fn disconnect(&self, id: ConnectionId) -> Result<bool, AppError> {
        let Some(connection) = self.find_connection(id).await? else { return Ok(false) };
        self.stop_watching(&connection.account).await?;
        self.revoke(&connection).await;
        let unit = DeleteConnection { workspace: self.workspace(), id, now: self.clock().now() };
        let gone = self.store().write(unit).await?;
        self.wake_runner();
        Ok(gone)
    }

    /// The connection to an account, if there is one.
    pub(crate) async fn connection_of(
        &self,
        account: &str,
    ) -> Result<Option<ConnectionId>, AppError> {
        let unit = FindConnectionByAccount {
            workspace: self.workspace(),
            provider: GOOGLE.to_owned(),
            account: account.to_owned(),
        };
        Ok(self.store().read(unit).await?.map(|connection| connection.id))
    }

    /// Notes how a connection is; the first time it breaks, loudly.
    pub(crate) async fn set_connection_status(
        &self,
        id: ConnectionId,
        status: &'static str,
        reason: &str,
    ) -> Result<(), AppError> {
        let unit = SetConnectionStatus {
            workspace: self.workspace(),
            id,
            status,
            reason: Some(reason.to_owned()),
            now: self.clock().now(),
        };
        if self.store().write(unit).await? {
            tracing::error!(connection.id = %id, reason, "connection {id} is {status}");
        }
        Ok(())
    }
}
