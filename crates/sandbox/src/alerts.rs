//! The operators' channels: a Slack webhook and PagerDuty's events, kept and shown.
//!
//! | Path | What it is |
//! | --- | --- |
//! | `POST /services/{team}/{app}/{secret}` | a Slack incoming webhook |
//! | `POST /v2/enqueue` | PagerDuty Events API v2 |
//!
//! Not here: Slack's blocks and attachments, PagerDuty's change events and REST API.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Sandbox;

/// The largest event that PagerDuty takes.
const MOST_BODY_BYTES: usize = 512 * 1024;

/// How many of each are kept; older ones are forgotten first.
const MOST_KEPT: usize = 1_000;

/// Everything said to operators that survives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    said: Vec<Said>,
    events: Vec<PagerEvent>,
}

/// One message in the Slack channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When it came.
    pub at: Timestamp,
    /// What a person reads: the escapes are resolved.
    pub text: String,
}

/// One event that PagerDuty took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagerEvent {
    /// When it came.
    pub at: Timestamp,
    /// `trigger`, `acknowledge` or `resolve`.
    pub action: String,
    /// What joins the events of one incident.
    pub dedup_key: String,
    /// What it is about; empty unless it triggers.
    pub summary: String,
    /// How bad it is; empty unless it triggers.
    pub severity: String,
}

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/services/{team}/{app}/{secret}", post(say))
        .route("/v2/enqueue", post(enqueue))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
}

async fn say(Shared(sandbox): Shared<Sandbox>, body: Bytes) -> Response {
    let message: Option<Value> = serde_json::from_slice(&body).ok();
    let Some(message) = message else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    match message.get("text").and_then(Value::as_str) {
        Some(text) if !text.is_empty() => {
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let said = Said { at: sandbox.now(), text };
            sandbox.store().write(|world| keep(&mut world.alerts.said, said));
            "ok".into_response()
        }
        Some(_) | None => (StatusCode::BAD_REQUEST, "no_text").into_response(),
    }
}

async fn enqueue(Shared(sandbox): Shared<Sandbox>, body: Bytes) -> Response {
    let event = serde_json::from_slice(&body).map_err(|_| vec!["body is not JSON".to_owned()]);
    match event.and_then(|event| read(&event, sandbox.now())) {
        Ok(event) => {
            let answer = json!({
                "status": "success", "message": "Event processed", "dedup_key": event.dedup_key,
            });
            sandbox.store().write(|world| keep(&mut world.alerts.events, event));
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        Err(errors) => {
            let answer = json!({
                "status": "invalid event", "message": "Event object is invalid", "errors": errors,
            });
            (StatusCode::BAD_REQUEST, Json(answer)).into_response()
        }
    }
}

fn read(event: &Value, at: Timestamp) -> Result<PagerEvent, Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (action, dedup_key) = (text(&event["event_action"]), text(&event["dedup_key"]));
    let (summary, source) = (text(&event["payload"]["summary"]), text(&event["payload"]["source"]));
    let severity = text(&event["payload"]["severity"]);
    let triggers = action == "trigger";
    let severities = ["critical", "error", "warning", "info"];
    let rules = [
        (!text(&event["routing_key"]).is_empty(), "'routing_key' is missing or blank"),
        (
            ["trigger", "acknowledge", "resolve"].contains(&action.as_str()),
            "'event_action' is invalid (must be one of: trigger, acknowledge, resolve)",
        ),
        (triggers || !dedup_key.is_empty(), "'dedup_key' is missing or blank"),
        (dedup_key.len() <= 255, "'dedup_key' is too long (maximum is 255 characters)"),
        (!triggers || !summary.is_empty(), "'payload.summary' is missing or blank"),
        (summary.chars().count() <= 1024, "'payload.summary' is too long"),
        (!triggers || !source.is_empty(), "'payload.source' is missing or blank"),
        (
            !triggers || severities.contains(&severity.as_str()),
            "'payload.severity' is invalid (must be one of: critical, warning, error, info)",
        ),
    ];
    let errors: Vec<String> =
        rules.iter().filter(|(kept, _)| !kept).map(|(_, error)| (*error).to_owned()).collect();
    if errors.is_empty() {
        Ok(PagerEvent { at, action, dedup_key, summary, severity })
    } else {
        Err(errors)
    }
}

fn keep<T>(list: &mut Vec<T>, one: T) {
    if list.len() >= MOST_KEPT {
        list.remove(0);
    }
    list.push(one);
}

/// The operators' channels of a [`Sandbox`].
pub struct Alerts<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Alerts<'a> {
    pub(crate) fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    /// What was said in the Slack channel, in order.
    pub fn slack(&self) -> Vec<Said> {
        self.sandbox.store().read(|world| world.alerts.said.clone())
    }

    /// What PagerDuty was told, in order, repeats included.
    pub fn pagerduty(&self) -> Vec<PagerEvent> {
        self.sandbox.store().read(|world| world.alerts.events.clone())
    }

    /// The incidents that PagerDuty has open, by their key, with their summaries: a repeat of an
    /// event makes no second one.
    pub fn open_incidents(&self) -> BTreeMap<String, String> {
        let mut open = BTreeMap::new();
        for event in self.pagerduty() {
            match event.action.as_str() {
                "trigger" => {
                    open.entry(event.dedup_key).or_insert(event.summary);
                }
                "resolve" => {
                    open.remove(&event.dedup_key);
                }
                _ => {}
            }
        }
        open
    }
}
