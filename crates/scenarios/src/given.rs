//! What a scenario starts from.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Database, Scenario};

/// Jane's account and calendar at the sandbox's Google.
pub const JANE: &str = "jane@agency.example";

/// Where operators hear of incidents by mail.
pub(crate) const OPERATORS: &str = "operations@agency.example";

/// A Monday morning in Los Angeles, where Jane works.
const BEGINNING: &str = "2026-11-30T16:00:00Z";

/// The usual setup: Jane with her Google calendar and one service.
pub const SETUP: &str = r#"
[[hosts]]
id = "jane"
name = "Jane Agent"
email = "jane@agency.example"
phone = "+12135550100"
timezone = "America/Los_Angeles"
notices = []

[[calendars]]
id = "jane-work"
host = "jane"
provider = "google"
account = "jane@agency.example"
calendar = "primary"
roles = ["write", "busy"]

[[services]]
id = "viewing"
title = "Open house viewing: 123 Main St"
location = "123 Main St, Los Angeles, CA 90012"
hosts = ["jane"]
duration = "30m"
buffer_after = "15m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]
"#;

/// Bob's account and calendar at the sandbox's Google.
pub const BOB: &str = "bob@agency.example";

/// Bob with his Google calendar, beside the usual setup.
pub const BOBS: &str = r#"
[[hosts]]
id = "bob"
name = "Bob Agent"
email = "bob@agency.example"
timezone = "America/Los_Angeles"

[[calendars]]
id = "bob-work"
host = "bob"
provider = "google"
account = "bob@agency.example"
calendar = "primary"
roles = ["write", "busy"]
"#;

/// A service of his own.
pub const TOUR: &str = r#"
[[services]]
id = "tour"
title = "Tour with Bob"
hosts = ["bob"]
duration = "30m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]
"#;

/// What a test says of its beginning; the rest is as usual.
#[derive(Clone)]
pub struct Given {
    pub(crate) setup: String,
    pub(crate) connected: Vec<(&'static str, &'static str)>,
    pub(crate) call_limit: Duration,
    pub(crate) client_secret: &'static str,
    /// Whether hosts can consent.
    pub(crate) client: bool,
    /// Whether a service account speaks for those who have not.
    pub(crate) service_account: bool,
    pub(crate) push: bool,
    pub(crate) most_deletions: u32,
    pub(crate) database: Database,
    pub(crate) beginning: Timestamp,
    /// How far each instance's clock is off.
    pub(crate) skews: Vec<SignedDuration>,
    pub(crate) google_spacing: Option<SignedDuration>,
}

impl Given {
    /// Jane with her Google calendar, connected, and one service; one instance on SQLite.
    pub fn usual() -> Self {
        Self::on(Database::Sqlite)
    }

    /// The same on that database.
    pub fn on(database: Database) -> Self {
        Self {
            setup: SETUP.to_owned(),
            connected: vec![("jane", JANE)],
            call_limit: Duration::from_secs(10),
            client_secret: "sandbox-secret",
            client: true,
            service_account: false,
            push: false,
            most_deletions: 10,
            database,
            beginning: BEGINNING.parse().expect("an instant"),
            skews: vec![SignedDuration::ZERO],
            google_spacing: None,
        }
    }

    /// The usual setup with one text replaced: for rules that a test is about.
    #[must_use]
    pub fn with(self, text: &str, replacement: &str) -> Self {
        assert!(self.setup.contains(text), "the setup has no `{text}`");
        Self { setup: self.setup.replace(text, replacement), ..self }
    }

    /// A further rule of the service.
    #[must_use]
    pub fn rule(self, rule: &str) -> Self {
        self.with("slot_every = \"15m\"", &format!("slot_every = \"15m\"\n{rule}"))
    }

    /// Something more in the setup.
    #[must_use]
    pub fn and(self, more: &str) -> Self {
        Self { setup: format!("{}\n{more}", self.setup), ..self }
    }

    /// Another setup altogether, with its hosts and their accounts.
    #[must_use]
    pub fn set_up(self, setup: String, hosts: &[(&'static str, &'static str)]) -> Self {
        Self { setup, connected: hosts.to_vec(), ..self }
    }

    /// Another host whose account is connected.
    #[must_use]
    pub fn connected(mut self, host: &'static str, account: &'static str) -> Self {
        self.connected.push((host, account));
        self
    }

    /// Nobody's account is connected.
    #[must_use]
    pub fn unconnected(mut self) -> Self {
        self.connected.clear();
        self
    }

    /// Nobody consents: a service account speaks for Jane, and there is no client to consent to.
    #[must_use]
    pub fn delegated(self) -> Self {
        Self { client: false, service_account: true, ..self.unconnected() }
    }

    /// Providers are asked to push changes.
    #[must_use]
    pub fn pushed(self) -> Self {
        Self { push: true, ..self }
    }

    /// More deletions at once than this are not believed.
    #[must_use]
    pub fn most_deletions(self, most_deletions: u32) -> Self {
        Self { most_deletions, ..self }
    }

    /// Providers that take longer than this are not waited for.
    #[must_use]
    pub fn call_limit(self, call_limit: Duration) -> Self {
        Self { call_limit, ..self }
    }

    /// Several instances on the one database.
    #[must_use]
    pub fn instances(self, count: usize) -> Self {
        self.skewed(&vec![0; count])
    }

    /// An instance for each of these, whose clock is ahead by so many seconds.
    #[must_use]
    pub fn skewed(self, seconds: &[i64]) -> Self {
        let fits = seconds.len() == 1 || self.database == Database::Postgres;
        assert!(fits, "a file is served by one instance");
        Self {
            skews: seconds.iter().map(|ahead| SignedDuration::from_secs(*ahead)).collect(),
            ..self
        }
    }

    /// Another time at which it begins.
    #[must_use]
    pub fn at(self, beginning: &str) -> Self {
        Self { beginning: beginning.parse().expect("an instant"), ..self }
    }

    /// Calls to an account of Google are paced at so many a second.
    #[must_use]
    pub fn google_rate(self, calls_per_second: u32) -> Self {
        Self { google_spacing: Some(domain::pacing::spacing(calls_per_second)), ..self }
    }

    /// Builds it.
    pub async fn begins(self) -> Scenario {
        Scenario::begin(self).await
    }

    /// Builds it, and lets so much time pass that every access token has run out.
    pub async fn begins_with_stale_tokens(self) -> Scenario {
        let scenario = self.begins().await;
        scenario.advances(SignedDuration::from_mins(61));
        scenario
    }
}
