//! The doctor: looks at everything outside that Doorstep needs, and says what to do.
//!
//! It books nothing and sends nothing. What it asks of providers is what a booking would ask first.

mod delegation;

use domain::{Calendar, Provider};
use jiff::SignedDuration;
use providers::google::SCOPES;
use providers::{Exchange, ProviderError, probe};
use secrecy::SecretString;
use store::connection::Connection;
use store::sealed::Place;

use crate::connection::ReachError;
use crate::{App, AppError, Providers};

/// The most that our clock may be off before providers refuse what we sign.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(30);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// As it should be.
    Good,
    /// Works, but not as well as it could; or is not used.
    Fair,
    /// Something will not work.
    Bad,
}

impl Condition {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Bad => "bad",
        }
    }
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was looked at: `database`, `clock`, `secrets`, `google`, `service_account`,
    /// `connection`, `calendar`, `push`, `public_url`, `sms` or `mail`.
    pub check: &'static str,
    /// Which of them, where there are several.
    pub subject: Option<String>,
    /// How it is.
    pub condition: Condition,
    /// What was found, in a sentence.
    pub says: String,
    /// What to do about it.
    pub advice: Option<String>,
}

fn finding(check: &'static str, condition: Condition, says: impl Into<String>) -> Finding {
    Finding { check, subject: None, condition, says: says.into(), advice: None }
}

impl Finding {
    fn of(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl App {
    /// Looks at everything.
    pub async fn examine(&self) -> Result<Vec<Finding>, AppError> {
        let mut found = vec![self.examine_database().await];
        found.extend(self.examine_secrets().await?);
        found.extend(self.examine_google().await?);
        found.push(self.examine_push());
        found.push(self.examine_public_url().await);
        found.push(self.examine_sms().await);
        found.push(self.examine_mail().await);
        Ok(found)
    }

    async fn examine_database(&self) -> Finding {
        if self.is_writable().await {
            return finding(
                "database",
                Condition::Good,
                "It takes writes; its schema is up to date.",
            );
        }
        finding("database", Condition::Bad, "It takes no writes.")
            .advice("Look at its disk, its rights and its log.")
    }

    async fn examine_secrets(&self) -> Result<Vec<Finding>, AppError> {
        let unreadable = self.unreadable_secrets().await?;
        if unreadable.is_empty() {
            let says = "Every stored secret opens with the configured keys.";
            return Ok(vec![finding("secrets", Condition::Good, says)]);
        }
        let found = unreadable.into_iter().map(|(place, error)| {
            let advice = match place {
                Place::Secret(_) => "Put the old key back behind the first one in DOORSTEP_SECRET_KEYS.",
                Place::RefreshToken(_) | Place::AccessToken(_) => {
                    "Put the old key back behind the first one in DOORSTEP_SECRET_KEYS, or have the \
                     account connected again."
                }
            };
            finding("secrets", Condition::Bad, format!("It cannot be read: {error}."))
                .of(place.name())
                .advice(advice)
        });
        Ok(found.collect())
    }

    async fn examine_google(&self) -> Result<Vec<Finding>, AppError> {
        let setup = self.setup();
        let calendars: Vec<&Calendar> = setup
            .setup
            .calendars()
            .filter(|calendar| calendar.provider == Provider::Google)
            .collect();
        let Providers { http, google, service_account, .. } = self.providers();
        if self.providers().google_endpoints().is_none() {
            let condition = if calendars.is_empty() { Condition::Fair } else { Condition::Bad };
            let advice = "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET to use Google calendars, \
                          or GOOGLE_SERVICE_ACCOUNT_FILE for those of a Workspace.";
            return Ok(vec![
                finding("google", condition, "Google is not configured.").advice(advice),
            ]);
        }
        let (mut found, mut exchange) = (Vec::new(), None);
        if let Some(oauth) = google {
            // No such token: what Google says of it tells whether it knows us.
            let nobody = SecretString::from("doctor");
            let call = oauth.refresh(http, &nobody).await;
            found.push(client(&call.outcome));
            exchange = Some(call.exchange);
        }
        let connections = self.list_connections().await?;
        if let Some(service_account) = service_account {
            let (delegation, last) =
                self.examine_delegation(service_account, &calendars, &connections).await;
            found.extend(delegation);
            exchange = exchange.or(last);
        }
        found.extend(exchange.and_then(|exchange| self.examine_clock(&exchange)));
        for calendar in calendars.iter().filter(|_| service_account.is_none()) {
            if !connections.iter().any(|known| known.account == calendar.account) {
                let says = format!("Nobody has connected the account of host '{}'.", calendar.host);
                let advice = "Make the connection on the dashboard's page of connections and have \
                              the host follow its link.";
                let bad = finding("calendar", Condition::Bad, says).advice(advice);
                found.push(bad.of(calendar.id.as_str()));
            }
        }
        for connection in &connections {
            let of_account: Vec<&Calendar> = calendars
                .iter()
                .copied()
                .filter(|calendar| calendar.account == connection.account)
                .collect();
            found.extend(self.examine_connection(connection, &of_account).await?);
        }
        Ok(found)
    }

    /// Our clock against the one of whoever answered.
    fn examine_clock(&self, exchange: &Exchange) -> Option<Finding> {
        let mut headers = exchange.response_headers.iter();
        let (_, date) = headers.find(|(name, _)| name.eq_ignore_ascii_case("date"))?;
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        let theirs = parser.parse_timestamp(date).ok()?;
        let off = self.clock().now().duration_since(theirs).abs();
        if off <= CLOCK_SLACK {
            return Some(finding("clock", Condition::Good, "It agrees with Google's."));
        }
        let says = format!("It is {} seconds off Google's.", off.as_secs());
        Some(
            finding("clock", Condition::Bad, says)
                .advice("Let NTP set it: this machine's, or with PostgreSQL its server's."),
        )
    }

    async fn examine_connection(
        &self,
        connection: &Connection,
        calendars: &[&Calendar],
    ) -> Result<Vec<Finding>, AppError> {
        let (check, id) = ("connection", connection.id.to_string());
        let granted: Vec<&str> = connection.scopes.split_whitespace().collect();
        let missing: Vec<&str> =
            SCOPES.into_iter().filter(|scope| !granted.contains(scope)).collect();
        let whole = granted.iter().any(|scope| scope.ends_with("/auth/calendar"));
        let again = if self.is_delegated(connection) {
            "Once the service account is let in, try again on the dashboard's page of connections."
        } else {
            "Have its host connect it again: the link is on the dashboard's page of connections."
        };
        if !missing.is_empty() && !whole && connection.status != "awaiting_consent" {
            let says = format!("It lacks permissions: {}.", missing.join(", "));
            return Ok(vec![finding(check, Condition::Bad, says).of(id).advice(again)]);
        }
        let reachable = match self.reachable_calendars(connection.id).await {
            Ok(reachable) => reachable,
            Err(ReachError::App(error)) => return Err(error),
            Err(ReachError::NotConnected) => {
                let says = connection.reason.clone();
                let says = says.unwrap_or_else(|| "Its host has not consented yet.".to_owned());
                return Ok(vec![finding(check, Condition::Bad, says).of(id).advice(again)]);
            }
            Err(error) => {
                let says = format!("Its calendars cannot be listed: {error}.");
                let advice = "If it stays so, have its host connect it again.";
                return Ok(vec![finding(check, Condition::Bad, says).of(id).advice(advice)]);
            }
        };
        let says = "Its token works, and it has every permission.";
        let mut found = vec![finding(check, Condition::Good, says).of(id)];
        for calendar in calendars {
            let there = reachable.iter().find(|it| it.id == calendar.calendar);
            let (condition, says, advice) = match there {
                None => (
                    Condition::Bad,
                    "The account has no such calendar in its list.",
                    Some("Add it in Google Calendar, or correct `calendar` in the setup."),
                ),
                Some(it) if calendar.is_written() && !it.writable => (
                    Condition::Bad,
                    "The account may not write to it.",
                    Some("Have its owner share it with the right to make changes."),
                ),
                Some(_) => (Condition::Good, "It can be reached.", None),
            };
            let one = finding("calendar", condition, says).of(calendar.id.as_str());
            found.push(Finding { advice: advice.map(str::to_owned), ..one });
        }
        Ok(found)
    }

    fn examine_push(&self) -> Finding {
        let https = self.settings().public_url.scheme() == "https";
        match (self.settings().push, https) {
            (true, true) => finding("push", Condition::Good, "Google may push changes to us."),
            (true, false) => finding("push", Condition::Bad, "Google pushes to https only.")
                .advice("Set DOORSTEP_PUBLIC_URL to an https address, or DOORSTEP_PUSH to auto."),
            (false, _) => finding("push", Condition::Fair, "Changes are noticed by polling alone.")
                .advice("With an https DOORSTEP_PUBLIC_URL they are noticed at once."),
        }
    }

    async fn examine_public_url(&self) -> Finding {
        let check = "public_url";
        let url = self.settings().url("/health/live");
        let Ok(parsed) = url.parse() else {
            return finding(check, Condition::Bad, "It is no URL.")
                .advice("Correct DOORSTEP_PUBLIC_URL.");
        };
        let call = probe::get(&self.providers().http, parsed).await;
        let reached = matches!(&call.outcome, Ok(body) if body.trim() == "ok");
        let https = self.settings().public_url.scheme() == "https";
        let host = self.settings().public_url.host_str().unwrap_or_default();
        let local = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        match (reached, https || local) {
            (true, true) => finding(check, Condition::Good, "It leads to a server of ours."),
            (true, false) => finding(check, Condition::Bad, "It is not https.")
                .advice("Put Caddy or nginx with a certificate in front, and say so in DOORSTEP_PUBLIC_URL."),
            (false, _) => {
                let why = match (call.exchange.status, call.exchange.failure) {
                    (Some(200), _) => "something else answers there".to_owned(),
                    (Some(status), _) => format!("it answers with status {status}"),
                    (None, why) => why.unwrap_or_else(|| "nothing answers".to_owned()),
                };
                let says = format!("It does not lead to a running server of ours: {why}.");
                finding(check, Condition::Bad, says).advice(
                    "Start the server, and look at DNS, the proxy and DOORSTEP_PUBLIC_URL. Some \
                     networks do not let a machine reach its own public address; then try from \
                     outside.",
                )
            }
        }
    }

    async fn examine_sms(&self) -> Finding {
        let Some(twilio) = &self.providers().twilio else {
            return finding("sms", Condition::Fair, "Twilio is not configured; no texts are sent.");
        };
        let call = twilio.list_messages(&self.providers().http, "+15005550006", 1).await;
        match call.outcome {
            Ok(_) => finding("sms", Condition::Good, "Twilio accepts our credentials."),
            Err(error) => finding("sms", Condition::Bad, format!("Twilio says: {error}."))
                .advice("Correct TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the sender."),
        }
    }

    async fn examine_mail(&self) -> Finding {
        let Some((relay, _)) = &self.providers().mail else {
            return finding("mail", Condition::Fair, "No relay is configured; no mail is sent.");
        };
        match relay.probe(&self.providers().http).await.outcome {
            Ok(()) => finding("mail", Condition::Good, "The relay lets us in."),
            Err(error) => finding("mail", Condition::Bad, format!("The relay says: {error}."))
                .advice("Correct SMTP_URL or SENDGRID_API_KEY."),
        }
    }
}

fn client(outcome: &Result<providers::google::TokenGrant, ProviderError>) -> Finding {
    match outcome {
        // It knows us, and not the token.
        Ok(_) | Err(ProviderError::ConnectionRevoked { .. } | ProviderError::Refused { .. }) => {
            finding("google", Condition::Good, "Google accepts our client credentials.")
        }
        Err(error @ ProviderError::ClientCredentials { .. }) => {
            finding("google", Condition::Bad, format!("Google says: {error}."))
                .advice("Correct GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.")
        }
        Err(error) => finding("google", Condition::Bad, format!("Google did not answer: {error}."))
            .advice("Look at this machine's way to the outside: DNS, proxy, firewall."),
    }
}
