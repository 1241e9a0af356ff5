//! The two ways into an account: its host's consent, and a service account with domain-wide
//! delegation, which asks nobody.

use domain::Provider;
use providers::google::{GoogleOAuth, SCOPES, ServiceAccount};
use store::connection::Connection;

use super::token::Source;
use crate::calendar::CalendarError;
use crate::{App, AppError};

/// How access tokens for an account are had.
pub(crate) enum WayIn<'a> {
    /// By the refresh token that its host's consent gave.
    Consent {
        /// Our registration with Google.
        oauth: &'a GoogleOAuth,
        /// Encrypted.
        refresh_token: &'a [u8],
    },
    /// By an assertion of the service account.
    Delegation(&'a ServiceAccount),
}

impl WayIn<'_> {
    /// What gives the tokens.
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Consent { .. } => Source::Refresh,
            Self::Delegation(_) => Source::Delegation,
        }
    }

    /// What to do when Google refuses the credentials of ours that it rests on.
    pub(crate) fn correction(&self) -> &'static str {
        match self {
            Self::Consent { .. } => "Correct GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET",
            Self::Delegation(_) => {
                "Look whether the clock is right, and put a key file that is still valid where \
                 GOOGLE_SERVICE_ACCOUNT_FILE says"
            }
        }
    }
}

/// Our service account, as the subject of incidents.
pub(crate) const SERVICE_ACCOUNT: &str = "google_service_account";

/// What has to follow once an administrator has done their part.
const TRY_AGAIN: &str = "Then try again on the dashboard's page of connections.";

/// Whether nothing is asked of the account before somebody does something about it.
pub(super) fn rests(connection: &Connection) -> bool {
    matches!(connection.status.as_str(), "awaiting_consent" | "revoked")
}

impl App {
    /// The way into an account. A host's own consent goes first; `None` where there is none yet.
    pub(crate) fn way_in<'a>(&'a self, connection: &'a Connection) -> Option<WayIn<'a>> {
        let providers = self.providers();
        if let (Some(oauth), Some(refresh_token)) = (&providers.google, &connection.refresh_token) {
            return Some(WayIn::Consent { oauth, refresh_token });
        }
        providers.service_account.as_ref().map(WayIn::Delegation)
    }

    /// Whether the service account speaks for an account.
    pub fn is_delegated(&self, connection: &Connection) -> bool {
        matches!(self.way_in(connection), Some(WayIn::Delegation(_)))
    }

    /// Where its host consents, unless nobody has to because the service account is let in, or
    /// nobody can because there is no client to consent to.
    pub fn consent_url(&self, connection: &Connection) -> Option<String> {
        let helps = match self.way_in(connection) {
            Some(WayIn::Delegation(_)) => self.providers().google.is_some() && rests(connection),
            Some(WayIn::Consent { .. }) | None => true,
        };
        helps.then(|| self.authorize_url(connection.id))
    }

    /// A connection to an account of the setup that nobody has to consent to: made when it is first
    /// needed. `None` where there is no service account, or no calendar names the account.
    pub(super) async fn make_delegated(
        &self,
        account: &str,
    ) -> Result<Option<Connection>, AppError> {
        if self.providers().service_account.is_none() {
            return Ok(None);
        }
        let setup = self.setup();
        let mut calendars = setup.setup.calendars();
        let Some(calendar) = calendars
            .find(|calendar| calendar.provider == Provider::Google && calendar.account == account)
        else {
            return Ok(None);
        };
        let host = calendar.host.clone();
        Ok(Some(self.ensure_connection(host, account.to_owned()).await?))
    }

    /// Has the service account ask for a token where nothing is asked of the account otherwise.
    /// What came of it, the connection says afterwards; where Google did not answer, it is as
    /// before.
    pub(super) async fn tries_delegation(
        &self,
        connection: Connection,
    ) -> Result<Connection, AppError> {
        if !rests(&connection) || !self.is_delegated(&connection) {
            return Ok(connection);
        }
        match self.fetch_token(&connection).await {
            Err(CalendarError::App(error)) => return Err(error),
            Err(error @ CalendarError::Provider(_)) => {
                tracing::warn!(connection.id = %connection.id, "the service account was not let in: {error}");
            }
            Ok(_)
            | Err(
                CalendarError::Wait(_)
                | CalendarError::Disconnected(_)
                | CalendarError::NotConfigured(_),
            ) => {}
        }
        Ok(self.find_connection(connection.id).await?.unwrap_or(connection))
    }

    /// What to tell operators of a connection that is dead.
    pub(super) fn loss(&self, connection: &Connection, reason: &str) -> String {
        let (host, id) = (&connection.host, connection.id);
        if self.is_delegated(connection) {
            return format!(
                "The service account cannot act for the Google account of host '{host}' ({id}). \
                 {reason} What has to be done there waits."
            );
        }
        format!(
            "The Google account of host '{host}' ({id}) has to be connected again on the \
             dashboard's page of connections. {reason} What has to be done there waits."
        )
    }

    /// What to do about a permission that is missing.
    pub(crate) fn why_insufficient(&self, connection: &Connection) -> String {
        if self.is_delegated(connection) {
            return not_delegated("A permission that Doorstep needs is missing");
        }
        "A permission that Doorstep needs was not granted: connect the account again and leave \
         every box ticked."
            .to_owned()
    }
}

/// Why the service account may not act for an account, in words its administrator can act on.
pub(crate) fn why_refused(reason: &str) -> String {
    match reason {
        "unauthorized_client" => not_delegated(&format!(
            "Google does not let the service account act for this account ({reason})"
        )),
        "admin_policy_enforced" | "access_denied" => format!(
            "The account's Google Workspace does not let Doorstep in ({reason}): an administrator \
             of it has to trust the service account's client id in the Admin console. {TRY_AGAIN}"
        ),
        _ => format!(
            "Google knows no such account that the service account could act for ({reason}): an \
             administrator of the Google Workspace has to look whether it is there and not \
             suspended, or `account` of its calendar has to be corrected in the setup. {TRY_AGAIN}"
        ),
    }
}

fn not_delegated(what: &str) -> String {
    format!(
        "{what}: an administrator of the account's Google Workspace has to grant the service \
         account's client id domain-wide delegation in the Admin console, for the scopes {}. \
         {TRY_AGAIN}",
        SCOPES.join(", ")
    )
}
