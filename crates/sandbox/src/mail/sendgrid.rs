//! SendGrid: taking a mail over HTTP, and the signed events that tell what became of it.
//!
//! Not here: templates, batches, sending later, suppression lists, more than one recipient a mail.

mod compose;
mod event;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Sandbox;
use crate::google::is_address;

pub use event::PUBLIC_KEY;

/// What the API accepts as its key.
pub const API_KEY: &str = "SG.sandbox-key";

/// What `headers` may not set [specification, `headers`].
const RESERVED: [&str; 11] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
];

pub(crate) fn router() -> Router<Sandbox> {
    Router::new().route("/v3/mail/send", post(send)).route("/v3/scopes", get(scopes))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Posted {
    personalizations: Vec<Personalization>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    subject: String,
    content: Vec<Part>,
    #[serde(default)]
    attachments: Vec<File>,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default, rename = "tracking_settings")]
    _tracking: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Personalization {
    to: Vec<Mailbox>,
    #[serde(default)]
    custom_args: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mailbox {
    email: String,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    content: String,
    #[serde(rename = "type")]
    kind: String,
    filename: String,
    #[serde(rename = "disposition")]
    _disposition: String,
}

/// `POST /v3/mail/send`: 202 means queued, and nothing more.
async fn send(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refusal) = unknown_key(&headers) {
        return refusal;
    }
    let posted: Posted = match serde_json::from_slice(&body) {
        Ok(posted) => posted,
        Err(error) => return refused(StatusCode::BAD_REQUEST, None, &error.to_string()),
    };
    if let Some((field, message)) = posted.fault() {
        return refused(StatusCode::BAD_REQUEST, Some(&field), message);
    }
    let id = sandbox.store().write(|world| world.ids.short(22));
    let to: Vec<String> = posted.personalizations[0].to.iter().map(|to| to.email.clone()).collect();
    let raw = compose::raw(&posted, &id);
    sandbox.mail().keep(posted.from.email.clone(), to.clone(), raw.as_bytes());
    let custom_args = posted.personalizations.into_iter().next().map(|one| one.custom_args);
    event::carry(&sandbox, &id, &to[0], custom_args.unwrap_or_default());
    let id = HeaderValue::from_str(&id).expect("an id is letters and digits");
    (StatusCode::ACCEPTED, [("x-message-id", id)]).into_response()
}

/// `GET /v3/scopes`: what the key may do.
async fn scopes(headers: HeaderMap) -> Response {
    let granted = || Json(json!({ "scopes": ["mail.send"] })).into_response();
    unknown_key(&headers).unwrap_or_else(granted)
}

fn unknown_key(headers: &HeaderMap) -> Option<Response> {
    let expected = format!("Bearer {API_KEY}");
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let message = "The provided authorization grant is invalid, expired, or revoked";
    (sent != Some(&expected)).then(|| refused(StatusCode::UNAUTHORIZED, None, message))
}

impl Posted {
    /// The first thing that the API would refuse, with its field.
    fn fault(&self) -> Option<(String, &'static str)> {
        let [one] = self.personalizations.as_slice() else {
            return Some(("personalizations".to_owned(), "The sandbox takes one personalization"));
        };
        if one.to.is_empty() {
            return Some(("personalizations.0.to".to_owned(), "The to array is required"));
        }
        if let Some(at) = one.to.iter().position(|to| !is_address(&to.email)) {
            let field = format!("personalizations.0.to.{at}.email");
            return Some((field, "Does not contain a valid address."));
        }
        if let Some(name) = one.custom_args.iter().find(|(_, value)| !value.is_string()) {
            return Some((format!("custom_args.{}", name.0), "Custom args are strings"));
        }
        if !is_address(&self.from.email) {
            return Some(("from.email".to_owned(), "Does not contain a valid address."));
        }
        if self.subject.is_empty() {
            return Some(("subject".to_owned(), "The subject is required"));
        }
        let order = |kind: &str| match kind.split(';').next().unwrap_or_default() {
            "text/plain" => 0,
            "text/html" => 1,
            _ => 2,
        };
        if self.content.is_empty() || !self.content.iter().map(|part| order(&part.kind)).is_sorted()
        {
            let message = "text/plain has to come first, then text/html, then any other type";
            return Some(("content".to_owned(), message));
        }
        let reserved = |name: &str| RESERVED.contains(&name.to_ascii_lowercase().as_str());
        let header = self.headers.keys().find(|name| reserved(name))?;
        Some((format!("headers.{header}"), "This header is reserved"))
    }
}

fn refused(status: StatusCode, field: Option<&str>, message: &str) -> Response {
    let error = json!({ "message": message, "field": field, "help": null });
    (status, Json(json!({ "errors": [error] }))).into_response()
}
