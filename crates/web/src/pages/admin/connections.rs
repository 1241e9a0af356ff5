//! `/admin/connections`: the accounts at the providers and whether they answer.

use askama::Template;
use jiff::Timestamp;

use super::Dashboard;
use crate::pages::status::{Badge, Tone};
use crate::pages::{Frame, Page};

/// The connections.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/connections.html")]
pub struct ConnectionsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// The connections.
    pub rows: Vec<Connection>,
    /// Accounts that a calendar names and nobody has connected.
    pub missing: Vec<Missing>,
    /// Calendars in which so many events are missing that somebody has to decide.
    pub held: Vec<Held>,
}

/// A calendar in which many events are missing.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its slug.
    pub calendar: String,
    /// Since when nothing that is missing there is believed.
    pub since: Timestamp,
    /// How many events are missing.
    pub missing: usize,
}

/// An account without a connection.
#[derive(Debug, Clone)]
pub struct Missing {
    /// The slug of a calendar that needs it.
    pub calendar: String,
    /// The account's address.
    pub account: String,
}

/// One connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// The provider's name.
    pub provider: String,
    /// The account's address.
    pub account: String,
    /// The host's name.
    pub host: String,
    /// Whether it works.
    pub health: Health,
    /// Why it does not, in a sentence.
    pub reason: Option<String>,
    /// Jobs that wait for it.
    pub parked: u64,
    /// `/oauth/{provider}/start?…`, where consent is or may be needed.
    pub authorize_path: Option<String>,
    /// The slug of a calendar by which the service account can be made to try the account again.
    pub retry: Option<String>,
}

/// Whether a connection works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nobody has consented yet.
    AwaitingConsent,
    /// It answers.
    Healthy,
    /// It answers badly, or our own credentials are at fault.
    Degraded,
    /// The consent is gone.
    Revoked,
}

impl Page for ConnectionsPage {}

impl ConnectionsPage {
    fn badge(&self, connection: &Connection) -> Badge {
        let words = &self.frame.text().admin.statuses;
        let (tone, word) = match connection.health {
            Health::AwaitingConsent => (Tone::Waiting, words.awaiting_consent),
            Health::Healthy => (Tone::Good, words.healthy),
            Health::Degraded => (Tone::Waiting, words.degraded),
            Health::Revoked => (Tone::Bad, words.revoked),
        };
        Badge { tone, word }
    }

    fn not_connected(&self, missing: &Missing) -> String {
        (self.frame.text().admin.not_connected)(&missing.account)
    }

    fn held_back(&self, held: &Held) -> String {
        let since = self.frame.visitor.moment(held.since);
        (self.frame.text().admin.held)(held.missing, &held.calendar, &since)
    }

    fn consent(&self, connection: &Connection) -> &'static str {
        let words = &self.frame.text().admin;
        match connection.health {
            Health::AwaitingConsent => words.connect,
            Health::Healthy | Health::Degraded | Health::Revoked => words.reconnect,
        }
    }
}
