//! Access tokens: fresh ones, fetched by one at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::ConnectionId;
use jiff::SignedDuration;
use providers::ProviderError;
use providers::google::TokenGrant;
use secrecy::{ExposeSecret, SecretString};
use store::connection::{Connection, FindConnectionByAccount, StoreTokens};

use super::GOOGLE;
use crate::calendar::CalendarError;
use crate::{App, AppError};

/// A token is fetched anew this long before it stops working.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// One lock per connection, so that of many that need a token one fetches it.
#[derive(Default)]
pub(crate) struct TokenLocks {
    locks: Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>,
    client_refused: AtomicBool,
}

impl TokenLocks {
    fn of(&self, connection: ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(connection).or_default().clone()
    }
}

/// The field of a connection that a ciphertext belongs to.
pub(super) fn place(connection: ConnectionId, field: &str) -> String {
    format!("connections/{connection}/{field}")
}

impl App {
    /// Whether the provider refused our own client credentials when they were last used.
    pub(crate) fn client_credentials_refused(&self) -> bool {
        self.0.tokens.client_refused.load(Ordering::Relaxed)
    }

    /// An access token that works, refreshed when the stored one runs out or is `refused`.
    pub(crate) async fn access_token(
        &self,
        account: &str,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, CalendarError> {
        let connection = self.usable(account).await?;
        if let Some(token) = self.stored_token(&connection, refused)? {
            return Ok(token);
        }
        let lock = self.0.tokens.of(connection.id);
        let _one_at_a_time = lock.lock().await;
        let connection = self.usable(account).await?;
        if let Some(token) = self.stored_token(&connection, refused)? {
            return Ok(token); // Somebody else has just fetched one.
        }
        self.refresh(&connection).await
    }

    async fn usable(&self, account: &str) -> Result<Connection, CalendarError> {
        let unit = FindConnectionByAccount {
            workspace: self.workspace(),
            provider: GOOGLE.to_owned(),
            account: account.to_owned(),
        };
        let found = self.store().read(unit).await?;
        let Some(connection) = found else {
            let text = format!("no connection to the account {GOOGLE} of this calendar");
            return Err(CalendarError::NotConfigured(text));
        };
        match connection.status.as_str() {
            "awaiting_consent" | "revoked" => Err(CalendarError::Disconnected(connection.id)),
            _ => Ok(connection),
        }
    }

    fn stored_token(
        &self,
        connection: &Connection,
        refused: Option<&SecretString>,
    ) -> Result<Option<SecretString>, AppError> {
        let soon = self.clock().now() + AHEAD;
        let Some(stored) = &connection.access_token else { return Ok(None) };
        if connection.access_expires_at.is_none_or(|at| at <= soon) {
            return Ok(None);
        }
        let token = self.open_secret(connection.id, "access", stored)?;
        let is_refused =
            refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret());
        Ok((!is_refused).then_some(token))
    }

    fn open_secret(
        &self,
        id: ConnectionId,
        field: &str,
        stored: &[u8],
    ) -> Result<SecretString, AppError> {
        let plain = self.0.vault.decrypt(&place(id, field), stored)?;
        let text = String::from_utf8(plain);
        let text = text.map_err(|_binary| store::StoreError::Unreadable("a token"))?;
        Ok(SecretString::from(text))
    }

    async fn refresh(&self, connection: &Connection) -> Result<SecretString, CalendarError> {
        let (Some(oauth), Some(stored)) = (&self.providers().google, &connection.refresh_token)
        else {
            return Err(CalendarError::Disconnected(connection.id));
        };
        let refresh_token = self.open_secret(connection.id, "refresh", stored)?;
        let call = oauth.refresh(&self.providers().http, &refresh_token).await;
        match call.outcome {
            Ok(grant) => {
                self.0.tokens.client_refused.store(false, Ordering::Relaxed);
                let token = grant.access_token.clone();
                self.store_grant(connection, &grant, false).await?;
                tracing::info!(connection.id = %connection.id, "refreshed the access token");
                Ok(token)
            }
            Err(ProviderError::ConnectionRevoked { reason }) => {
                let text = format!(
                    "Google no longer accepts the connection ({reason}): the host has to connect again"
                );
                self.set_connection_status(connection.id, "revoked", &text).await?;
                Err(CalendarError::Disconnected(connection.id))
            }
            Err(error) => {
                if matches!(error, ProviderError::ClientCredentials { .. }) {
                    // Ours to mend: no user's connection changes.
                    if !self.0.tokens.client_refused.swap(true, Ordering::Relaxed) {
                        tracing::error!("Google refuses our client credentials: {error}");
                    }
                }
                Err(CalendarError::Provider(error))
            }
        }
    }

    /// Stores a grant before it is used. Of two processes that refresh at once one wins; the other's
    /// token works as well, so that losing needs no second try.
    pub(super) async fn store_grant(
        &self,
        connection: &Connection,
        grant: &TokenGrant,
        consented: bool,
    ) -> Result<bool, AppError> {
        let sealed = |field: &str, token: &SecretString| {
            self.0.vault.encrypt(&place(connection.id, field), token.expose_secret().as_bytes())
        };
        let now = self.clock().now();
        let life = SignedDuration::try_from(grant.expires_in).unwrap_or(SignedDuration::ZERO);
        let scopes: Vec<&str> = grant.scopes.iter().map(String::as_str).collect();
        let unit = StoreTokens {
            workspace: self.workspace(),
            id: connection.id,
            seen: connection.version,
            refresh_token: grant.refresh_token.as_ref().map(|token| sealed("refresh", token)),
            access_token: sealed("access", &grant.access_token),
            access_expires_at: now.saturating_add(life).unwrap_or(now),
            scopes: consented.then(|| scopes.join(" ")),
            now,
        };
        let stored = self.store().write(unit).await?;
        if stored {
            self.wake_runner();
        }
        Ok(stored)
    }

    pub(super) async fn revoke(&self, connection: &Connection) {
        let (Some(oauth), Some(stored)) = (&self.providers().google, &connection.refresh_token)
        else {
            return;
        };
        let Ok(token) = self.open_secret(connection.id, "refresh", stored) else { return };
        if let Err(error) = oauth.revoke(&self.providers().http, &token).await.outcome {
            tracing::warn!(connection.id = %connection.id, "the grant was not revoked: {error}");
        }
    }
}
