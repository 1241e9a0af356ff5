//! Access tokens: fresh ones, fetched by one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ConnectionId;
use domain::incident::IncidentKind;
use jiff::SignedDuration;
use providers::ProviderError;
use providers::google::TokenGrant;
use secrecy::{ExposeSecret, SecretString};
use store::connection::{
    ClaimRefresh, Connection, FindConnectionByAccount, ReleaseRefresh, StoreTokens,
};
use store::job::Lease;

use super::GOOGLE;
use super::way_in::{SERVICE_ACCOUNT, WayIn, rests, why_refused};
use crate::calendar::CalendarError;
use crate::{App, AppError};

/// A token is fetched anew this long before it stops working.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);
/// How long one instance may take to fetch a token before another does: longer than a call takes.
const REFRESH: SignedDuration = SignedDuration::from_secs(20);
/// When whoever waits for another instance's token looks again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(250);
/// The age at which grants end while the consent screen is only being tested: seven days, noticed
/// by the next refresh.
const TESTING: std::ops::Range<SignedDuration> =
    SignedDuration::from_hours(7 * 24 - 2)..SignedDuration::from_hours(8 * 24);

/// One lock per connection, so that of many that need a token one fetches it.
#[derive(Default)]
pub(crate) struct TokenLocks {
    locks: Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>,
}

impl TokenLocks {
    fn of(&self, connection: ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(connection).or_default().clone()
    }
}

/// What gave a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A host's consent, which heals the connection.
    Consent,
    /// A refresh token.
    Refresh,
    /// The service account's assertion. It heals a connection that rested: being let in is to it
    /// what a consent is to a host.
    Delegation,
}

impl Source {
    /// The credentials of ours that were accepted with it.
    fn credentials(self) -> &'static str {
        match self {
            Self::Consent | Self::Refresh => GOOGLE,
            Self::Delegation => SERVICE_ACCOUNT,
        }
    }
}

/// The field of a connection that a ciphertext belongs to.
pub(super) fn place(connection: ConnectionId, field: &str) -> String {
    format!("connections/{connection}/{field}")
}

impl App {
    /// An access token that works, refreshed when the stored one runs out or is `refused`. Of many
    /// that need one, on any instance, one fetches it.
    pub(crate) async fn access_token(
        &self,
        connection: &Connection,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, CalendarError> {
        if let Some(token) = self.stored_token(connection, refused)? {
            return Ok(token);
        }
        let lock = self.0.tokens.of(connection.id);
        let _one_at_a_time = lock.lock().await;
        // Somebody else may just have fetched one.
        let connection = self.usable(&connection.account).await?;
        if let Some(token) = self.stored_token(&connection, refused)? {
            return Ok(token);
        }
        self.fetch_token(&connection).await
    }

    /// A new access token, whatever is stored: by one instance at a time.
    pub(super) async fn fetch_token(
        &self,
        connection: &Connection,
    ) -> Result<SecretString, CalendarError> {
        let now = self.clock().now();
        let lease = Lease { owner: self.ids().uuid(), until: now + REFRESH };
        let (workspace, id, seen) = (self.workspace(), connection.id, connection.version);
        let claim = ClaimRefresh { workspace, id, seen, lease, now };
        if !self.store().write(claim).await? {
            // Another instance fetches one: its answer is awaited without holding anything up.
            return Err(CalendarError::Wait(now + LOOK_AGAIN));
        }
        let refreshed = self.refresh(connection).await;
        if refreshed.is_err() {
            self.store().write(ReleaseRefresh { workspace, id, lease }).await?;
        }
        refreshed
    }

    /// The connection to an account, if it can be called. Where a service account needs nobody's
    /// consent, it is made when it is first needed.
    pub(crate) async fn usable(&self, account: &str) -> Result<Connection, CalendarError> {
        let unit = FindConnectionByAccount {
            workspace: self.workspace(),
            provider: GOOGLE.to_owned(),
            account: account.to_owned(),
        };
        let found = match self.store().read(unit).await? {
            None => self.make_delegated(account).await?,
            found => found,
        };
        let Some(connection) = found else {
            let text = "nobody has connected the Google account of this calendar".to_owned();
            return Err(CalendarError::NotConfigured(text));
        };
        let waits_for_nobody =
            connection.status == "awaiting_consent" && self.is_delegated(&connection);
        if rests(&connection) && !waits_for_nobody {
            return Err(CalendarError::Disconnected(connection.id));
        }
        Ok(connection)
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
        let way = self.way_in(connection).ok_or(CalendarError::Disconnected(connection.id))?;
        let http = &self.providers().http;
        let call = match &way {
            WayIn::Consent { oauth, refresh_token } => {
                let refresh_token = self.open_secret(connection.id, "refresh", refresh_token)?;
                oauth.refresh(http, &refresh_token).await
            }
            WayIn::Delegation(service_account) => {
                let now = self.clock().now();
                service_account.access_token(http, &connection.account, now).await
            }
        };
        match call.outcome {
            Ok(grant) => {
                let token = grant.access_token.clone();
                self.store_grant(connection, &grant, way.source()).await?;
                tracing::info!(connection.id = %connection.id, "refreshed the access token");
                Ok(token)
            }
            Err(ProviderError::ConnectionRevoked { reason }) => {
                let reason = match way {
                    WayIn::Consent { .. } => self.why_revoked(connection, &reason),
                    WayIn::Delegation(_) => why_refused(&reason),
                };
                self.is_revoked(connection, reason).await?;
                Err(CalendarError::Disconnected(connection.id))
            }
            Err(error) => {
                // Ours to mend: no user's connection changes.
                if matches!(error, ProviderError::ClientCredentials { .. }) {
                    let summary = format!(
                        "Google says about our own registration: {error}. {} and restart; no host \
                         has to do anything.",
                        way.correction()
                    );
                    let kind = IncidentKind::ClientCredentials;
                    self.open_incident(kind, way.source().credentials(), summary).await?;
                }
                Err(CalendarError::Provider(error))
            }
        }
    }

    /// Why a grant is dead, in words a person can act on.
    fn why_revoked(&self, connection: &Connection, reason: &str) -> String {
        let age = connection.consented_at.map(|at| self.clock().now().duration_since(at));
        let what = match reason {
            "invalid_rapt" | "rapt_required" => {
                "The account's administrator asks people to sign in again after some time."
            }
            "admin_policy_enforced" => {
                "The account's administrator does not allow Doorstep; it has to be trusted in the \
                 Google Admin console first."
            }
            "access_denied" => "Google does not let this account use Doorstep.",
            _ if age.is_some_and(|age| TESTING.contains(&age)) => {
                "It ended seven days after consent, as every grant does while the publishing status \
                 of the consent screen is \"Testing\": set it to \"In production\" in the Google \
                 Cloud console, or this happens every week."
            }
            _ => {
                "Its host removed Doorstep's access, or the grant ended by itself after half a year \
                 without use or because the account was connected too many times."
            }
        };
        format!("Google no longer accepts the grant ({reason}). {what}")
    }

    /// Stores a grant before it is used. Of two processes that refresh at once one wins; the other's
    /// token works as well, so that losing needs no second try.
    pub(super) async fn store_grant(
        &self,
        connection: &Connection,
        grant: &TokenGrant,
        source: Source,
    ) -> Result<Option<usize>, AppError> {
        let sealed = |field: &str, token: &SecretString| {
            self.0.vault.encrypt(&place(connection.id, field), token.expose_secret().as_bytes())
        };
        let now = self.clock().now();
        let life = SignedDuration::try_from(grant.expires_in).unwrap_or(SignedDuration::ZERO);
        let scopes: Vec<&str> = grant.scopes.iter().map(String::as_str).collect();
        let heals = match source {
            Source::Consent => true,
            Source::Refresh => false,
            Source::Delegation => rests(connection),
        };
        let unit = StoreTokens {
            workspace: self.workspace(),
            id: connection.id,
            seen: connection.version,
            refresh_token: grant.refresh_token.as_ref().map(|token| sealed("refresh", token)),
            access_token: sealed("access", &grant.access_token),
            access_expires_at: now.saturating_add(life).unwrap_or(now),
            scopes: heals.then(|| scopes.join(" ")),
            credentials: source.credentials(),
            now,
        };
        let stored = self.store().write(unit).await?;
        if stored.is_some() {
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
