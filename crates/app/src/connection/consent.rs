//! Consent: a signed link, a browser that is the same before and after, and a code used once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ConnectionId;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use providers::ProviderError;
use providers::google::{GoogleCalendar, TokenGrant, missing_scopes, pkce_challenge};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::connection::{Connection, IsUsedUp, UseOnce};
use subtle::ConstantTimeEq;

use super::token::Source;
use crate::{App, AppError};

/// How long an authorize link works.
const TICKET: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a person may take at the provider.
const CONSENT: SignedDuration = SignedDuration::from_mins(30);

/// Why a consent did not lead to a connection. The old connection is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The link is not one of ours, was used, or is too old.
    #[error("this link is not valid any more; ask for a new one")]
    BadTicket,
    /// The answer does not belong to this browser, came twice, or too late.
    #[error("this answer does not belong to a consent that was begun in this browser")]
    BadState,
    /// The person said no.
    #[error("the consent was refused")]
    Denied,
    /// Something that Doorstep needs was unticked.
    #[error("a permission that Doorstep needs was not granted")]
    MissingScopes(Vec<&'static str>),
    /// Somebody is signed in to another account.
    #[error("this is another account than the calendar names")]
    WrongAccount {
        /// The account that the calendar names.
        expected: String,
        /// The account that consented; empty when it has no calendar of its own.
        given: String,
    },
    /// The provider is not configured.
    #[error("Google is not configured")]
    NotConfigured,
    /// The provider did not do its part.
    #[error("Google did not complete the consent: {0}")]
    Provider(ProviderError),
    /// We did not.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::StoreError> for ConsentError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

/// A consent that has begun: where the browser goes, and the cookie that makes it known again.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The provider's consent page.
    pub location: String,
    /// What the browser keeps until it comes back.
    pub cookie: String,
}

/// What a browser keeps, sealed, while its user is at the provider.
#[derive(Serialize, Deserialize)]
struct Consent {
    connection: String,
    state: String,
    verifier: String,
    until: Timestamp,
    ticket: String,
    ticket_until: Timestamp,
}

/// The place that a consent's cookie is sealed for.
const COOKIE: &str = "consent/cookie";

/// A connection that works.
#[derive(Debug, Clone)]
pub struct Consented {
    /// Which.
    pub connection: ConnectionId,
    /// Its account.
    pub account: String,
}

impl App {
    /// Where a host consents: a link signed for one connection, good for a week and one success. No
    /// two are the same, or one made in the second in which another was used would be used, too.
    pub fn authorize_url(&self, connection: ConnectionId) -> String {
        let until = self.clock().now() + TICKET;
        let ticket = self.ticket(connection, until);
        self.settings().url(&format!("/oauth/google/start?ticket={ticket}"))
    }

    fn ticket(&self, connection: ConnectionId, until: Timestamp) -> String {
        let nonce = URL_SAFE_NO_PAD.encode(self.ids().secret::<9>());
        let named = format!("{connection}.{}.{nonce}", until.as_second());
        format!("{named}.{}", URL_SAFE_NO_PAD.encode(self.ticket_mac(&named)))
    }

    fn ticket_mac(&self, named: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.link_key().derived(b"consent-ticket/1"))
            .expect("any length of key works");
        mac.update(named.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn ticket_holder(&self, ticket: &str) -> Option<(ConnectionId, Timestamp)> {
        let (named, mac) = ticket.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        if !bool::from(self.ticket_mac(named).as_slice().ct_eq(&mac)) {
            return None;
        }
        let (connection, rest) = named.split_once('.')?;
        let (until, _nonce) = rest.split_once('.')?;
        let until = Timestamp::from_second(until.parse().ok()?).ok()?;
        let connection = connection.parse().ok()?;
        (until > self.clock().now()).then_some((connection, until))
    }

    /// Sends the browser to the provider. Stores nothing, since a scanner may open the link: what
    /// has to be known when the browser comes back is sealed into its cookie.
    pub async fn begin_consent(&self, ticket: &str) -> Result<Begun, ConsentError> {
        let oauth = self.providers().google.as_ref().ok_or(ConsentError::NotConfigured)?;
        let (id, ticket_until) = self.ticket_holder(ticket).ok_or(ConsentError::BadTicket)?;
        let used = IsUsedUp { workspace: self.workspace(), hash: digest(ticket) };
        if self.store().read(used).await? {
            return Err(ConsentError::BadTicket);
        }
        let connection = self.find_connection(id).await?.ok_or(ConsentError::BadTicket)?;
        let secret = |bytes: [u8; 32]| URL_SAFE_NO_PAD.encode(bytes);
        let consent = Consent {
            connection: id.to_string(),
            state: secret(self.ids().secret()),
            verifier: secret(self.ids().secret()),
            until: self.clock().now() + CONSENT,
            ticket: ticket.to_owned(),
            ticket_until,
        };
        let challenge = pkce_challenge(&consent.verifier);
        let location = oauth.authorize_url(&consent.state, &challenge, Some(&connection.account));
        Ok(Begun { location: location.into(), cookie: self.sealed(&consent) })
    }

    fn sealed(&self, consent: &Consent) -> String {
        let plain = serde_json::to_vec(consent).expect("plain text makes JSON");
        URL_SAFE_NO_PAD.encode(self.0.vault.encrypt(COOKIE, &plain))
    }

    /// What a cookie of ours holds; `None` for anything else.
    fn opened(&self, cookie: &str) -> Option<Consent> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let plain = self.0.vault.decrypt(COOKIE, &sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Takes the provider's answer: the code is exchanged once, the account compared, and only then
    /// the tokens are stored.
    pub async fn complete_consent(
        &self,
        state: &str,
        cookie: &str,
        code: Option<&str>,
    ) -> Result<Consented, ConsentError> {
        let oauth = self.providers().google.as_ref().ok_or(ConsentError::NotConfigured)?;
        let consent = self.opened(cookie).ok_or(ConsentError::BadState)?;
        let same = bool::from(consent.state.as_bytes().ct_eq(state.as_bytes()));
        if !same || consent.until <= self.clock().now() {
            return Err(ConsentError::BadState);
        }
        if !self.use_once(digest(state), consent.until).await? {
            return Err(ConsentError::BadState);
        }
        let code = code.ok_or(ConsentError::Denied)?;
        let id = consent.connection.parse().ok().ok_or(ConsentError::BadState)?;
        let connection = self.find_connection(id).await?.ok_or(ConsentError::BadState)?;
        let http = &self.providers().http;
        let exchanged = oauth.exchange_code(http, code, &consent.verifier).await;
        let grant = exchanged.outcome.map_err(ConsentError::Provider)?;
        let missing = missing_scopes(&grant);
        if !missing.is_empty() {
            return Err(ConsentError::MissingScopes(missing));
        }
        if grant.refresh_token.is_none() {
            return Err(ConsentError::Provider(ProviderError::InsufficientScope));
        }
        self.check_account(&connection, &grant).await?;
        // A link leads to one success, also when two browsers followed it at once.
        if !self.use_once(digest(&consent.ticket), consent.ticket_until).await? {
            return Err(ConsentError::BadTicket);
        }
        let Some(waited) = self.store_grant(&connection, &grant, Source::Consent).await? else {
            return Err(AppError::Overtaken.into());
        };
        tracing::info!(connection.id = %id, jobs.waited = waited, "connected; what waited goes on");
        Ok(Consented { connection: id, account: connection.account })
    }

    async fn use_once(&self, hash: Vec<u8>, expires_at: Timestamp) -> Result<bool, AppError> {
        let unit =
            UseOnce { workspace: self.workspace(), hash, expires_at, now: self.clock().now() };
        Ok(self.store().write(unit).await?)
    }

    /// The account that consented must be the one the calendar names: its primary calendar's id is
    /// its address.
    async fn check_account(
        &self,
        connection: &Connection,
        grant: &TokenGrant,
    ) -> Result<(), ConsentError> {
        let oauth = self.providers().google.as_ref().ok_or(ConsentError::NotConfigured)?;
        let google = GoogleCalendar {
            http: &self.providers().http,
            endpoints: &oauth.endpoints,
            access_token: &grant.access_token,
        };
        let mut page_token: Option<String> = None;
        let mut given = String::new();
        for _ in 0..20 {
            let page = google.list_calendars(page_token.as_deref()).await;
            let page = page.outcome.map_err(ConsentError::Provider)?;
            if let Some(primary) = page.calendars.into_iter().find(|calendar| calendar.primary) {
                given = primary.id;
                break;
            }
            match page.next_page_token {
                Some(token) => page_token = Some(token),
                None => break,
            }
        }
        if given.eq_ignore_ascii_case(&connection.account) {
            return Ok(());
        }
        Err(ConsentError::WrongAccount { expected: connection.account.clone(), given })
    }
}

fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
