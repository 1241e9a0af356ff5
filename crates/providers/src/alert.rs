//! The operators' channels: a Slack webhook and PagerDuty's events.
//!
//! PagerDuty takes a repeat of the same event for the same incident; Slack has no such key, so a
//! message whose answer was lost is said twice or not at all.

use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::error::{HttpError, ProviderError, reason_code};
use crate::exchange::Call;
use crate::http::{Answer, Http, Request};

/// The longest summary that PagerDuty takes, in characters.
const MOST_SUMMARY: usize = 1024;

/// A Slack channel, by its incoming webhook.
#[derive(Debug, Clone)]
pub struct Slack {
    /// The address is the credential.
    pub webhook: SecretString,
}

impl Slack {
    /// Says something in the channel.
    pub async fn say(&self, http: &Http, text: &str) -> Call<()> {
        let webhook = self.webhook.expose_secret();
        let Ok(url) = Url::parse(webhook) else {
            return Call::unsent(ProviderError::Invalid { reason: "the webhook is no URL" });
        };
        let path = url.path().to_owned();
        let request = Request::new(Method::POST, url)
            .json(&json!({ "text": escaped(text) }))
            .secret(webhook)
            .secret(&path);
        http.call(request, |answer| taken(&answer)).await
    }
}

/// Slack reads three characters as markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A PagerDuty service, by its integration key.
#[derive(Debug, Clone)]
pub struct PagerDuty {
    /// Names the service and lets us in.
    pub routing_key: SecretString,
    /// `/v2/enqueue` is appended.
    pub base: Url,
}

/// What PagerDuty is told of an incident.
#[derive(Debug, Clone)]
pub enum PagerEvent<'a> {
    /// It begins.
    Trigger {
        /// What happened.
        summary: &'a str,
        /// `critical`, `error` or `warning`.
        severity: &'a str,
        /// What kind of incident it is.
        class: &'a str,
        /// Which installation says so.
        source: &'a str,
        /// Since when.
        at: Timestamp,
        /// Where to look.
        link: &'a str,
    },
    /// It is over.
    Resolve,
}

impl PagerDuty {
    /// Tells of an incident. A repeat with the same `dedup_key` changes nothing.
    pub async fn send(&self, http: &Http, dedup_key: &str, event: &PagerEvent<'_>) -> Call<()> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v2", "enqueue"]);
        } else {
            let reason = "PagerDuty's base URL has no path";
            return Call::unsent(ProviderError::Invalid { reason });
        }
        let key = self.routing_key.expose_secret();
        let mut body = json!({ "routing_key": key, "dedup_key": dedup_key });
        match event {
            PagerEvent::Trigger { summary, severity, class, source, at, link } => {
                let summary: String = summary.chars().take(MOST_SUMMARY).collect();
                body["event_action"] = "trigger".into();
                body["client"] = "Doorstep".into();
                body["client_url"] = (*link).into();
                body["payload"] = json!({
                    "summary": summary, "severity": severity, "class": class,
                    "source": source, "timestamp": at.to_string(),
                });
            }
            PagerEvent::Resolve => body["event_action"] = "resolve".into(),
        }
        let request = Request::new(Method::POST, url).json(&body).secret(key);
        http.call(request, |answer| taken(&answer)).await
    }
}

/// Both answer 2xx when they have it; what follows from anything else is the same for both.
fn taken(answer: &Answer) -> Result<(), ProviderError> {
    match answer.status {
        200..300 => Ok(()),
        429 => Err(ProviderError::Throttled { retry_after: answer.retry_after() }),
        status @ 400..500 if status != 408 => {
            let message = String::from_utf8_lossy(&answer.body).into_owned();
            Err(ProviderError::Refused { status, reason: reason_code(&message), message })
        }
        status => Err(ProviderError::OutcomeUnknown(HttpError::Status(status))),
    }
}
