//! Push notifications: `events.watch`, `channels.stop`, and the deliveries themselves.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::{Host, Url};

use super::calendar::Role;
use super::caller::{Caller, READ_EVENTS, STOP_CHANNELS};
use super::errors::ApiError;
use super::events::object;
use crate::Sandbox;
use crate::chance::hex;
use crate::faults::FaultKind;

const LONGEST_ID: usize = 64;
const LONGEST_TOKEN: usize = 256;
const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Google publishes no longest life; a month is what others ask for and get.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often a delivery is tried while the receiver answers 500, 502, 503 or 504.
const TRIES: u32 = 3;

/// A subscription to one calendar's events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) calendar: String,
    pub(crate) owner: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_at: Timestamp,
    /// The number of the last message; the next is higher, but not always by one.
    pub(crate) number: u64,
}

/// One message on its way to a channel's address.
struct Push {
    channel: Channel,
    state: &'static str,
    resource_uri: String,
}

pub(crate) async fn watch(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(calendar_id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let body = object(&body)?;
    let channel = sandbox.store().write(|world| {
        let google = &mut world.google;
        let calendar = caller.calendar(google, &calendar_id, Role::Reader, READ_EVENTS)?;
        let channel = read_channel(&body, &calendar.id, &caller.email, &sandbox)?;
        if google.channels.contains_key(&channel.id) {
            let message = format!("Channel id {} not unique", channel.id);
            return Err(ApiError::bad_request("channelIdNotUnique", message));
        }
        google.channels.insert(channel.id.clone(), channel.clone());
        Ok(channel)
    })?;
    let resource_uri = resource_uri(&sandbox, &channel.calendar);
    let mut answer = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": resource_id(&channel.calendar),
        "resourceUri": resource_uri,
        "expiration": channel.expires_at.as_millisecond().to_string(),
    });
    if let Some(token) = &channel.token {
        answer["token"] = token.clone().into();
    }
    // The sync message may overtake this answer, as it may with Google.
    deliver(&sandbox, Push { channel, state: "sync", resource_uri });
    Ok(Json(answer))
}

fn read_channel(
    body: &Map<String, Value>,
    calendar: &str,
    owner: &str,
    sandbox: &Sandbox,
) -> Result<Channel, ApiError> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = text("id").ok_or_else(|| ApiError::required("Required: id"))?;
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(ApiError::invalid("Invalid value for: id"));
    }
    if !["web_hook", "webhook"].contains(&text("type").unwrap_or_default().as_str()) {
        return Err(ApiError::invalid("Invalid value for: type"));
    }
    let token = text("token");
    if token.as_ref().is_some_and(|token| token.len() > LONGEST_TOKEN) {
        return Err(ApiError::invalid("Invalid value for: token"));
    }
    let address = text("address").ok_or_else(|| ApiError::required("Required: address"))?;
    check_address(&address, sandbox.options().plain_push_addresses)?;
    let expires_at = expiry(body, &id, sandbox.now())?;
    let (calendar, owner) = (calendar.to_owned(), owner.to_owned());
    Ok(Channel { id, calendar, owner, address, token, expires_at, number: 1 })
}

/// `https`, or `http` on a loopback host, which Google would refuse and a local server needs.
fn check_address(address: &str, plain_allowed: bool) -> Result<(), ApiError> {
    let url = Url::parse(address).map_err(|_| ApiError::invalid("Invalid value for: address"))?;
    let allowed = match url.scheme() {
        "https" => true,
        "http" => plain_allowed || is_loopback(&url),
        _ => false,
    };
    let refused =
        || ApiError::bad_request("push.webhookUrlNotHttps", "WebHook callback must be HTTPS");
    if allowed { Ok(()) } else { Err(refused()) }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The strictest of what was asked for and what is granted. Seconds in the place of milliseconds
/// lie in the past, which Google answers with a complaint about the time to live.
fn expiry(body: &Map<String, Value>, id: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
    let invalid = || ApiError::invalid(format!("Invalid ttl value for channel {id}"));
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<i64>().ok(),
        Value::Number(number) => number.as_i64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let mut life = USUAL_LIFE;
    if let Some(ttl) = body.get("params").and_then(|params| params.get("ttl")) {
        life = SignedDuration::from_secs(number(ttl).ok_or_else(invalid)?).min(LONGEST_LIFE);
    }
    if let Some(expiration) = body.get("expiration") {
        let at = number(expiration).and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let asked = at.ok_or_else(invalid)?.duration_since(now);
        life = asked.min(LONGEST_LIFE);
    }
    if life.is_positive() { Ok(now + life) } else { Err(invalid()) }
}

pub(crate) async fn stop(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    caller.must_have(STOP_CHANNELS)?;
    let body = object(&body)?;
    let id = body.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| ApiError::required("Required: id"))?;
    sandbox.store().write(|world| {
        let channels = &mut world.google.channels;
        let found = channels.get(id).filter(|channel| {
            channel.owner == caller.email
                && body.get("resourceId") == Some(&resource_id(&channel.calendar).into())
        });
        let known = found.is_some();
        channels.retain(|other, _| !known || other != id);
        if known { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::channel_not_found(id)) }
    })
}

/// Tells every live channel of a calendar that something changed. Everything arrives as `exists`.
pub(crate) fn announce(sandbox: &Sandbox, calendar_id: &str) {
    let now = sandbox.now();
    let watching: Vec<Channel> = sandbox.store().write(|world| {
        world.google.channels.retain(|_, channel| channel.expires_at > now);
        let watching = world.google.channels.values_mut();
        let watching = watching.filter(|channel| channel.calendar == calendar_id);
        watching
            .map(|channel| {
                channel.number += 1 + channel.number % 3;
                channel.clone()
            })
            .collect()
    });
    for channel in watching {
        let resource_uri = resource_uri(sandbox, calendar_id);
        deliver(sandbox, Push { channel, state: "exists", resource_uri });
    }
}

fn deliver(sandbox: &Sandbox, push: Push) {
    let mut copies = 1;
    let mut delay = Duration::ZERO;
    if push.state == "exists" {
        let kinds = [FaultKind::LostPush, FaultKind::LatePush, FaultKind::DuplicatePush];
        let subject = format!("PUSH {}", push.channel.calendar);
        if let Some(fault) = sandbox.faults().take(&subject, &kinds) {
            if fault.kind == FaultKind::LostPush {
                return;
            }
            if fault.kind == FaultKind::LatePush {
                delay = fault.delay();
            } else {
                copies = 2;
            }
        }
    }
    let sender = sandbox.clone();
    sandbox.outbound().deliver(async move {
        tokio::time::sleep(delay).await;
        for _ in 0..copies {
            push.send(&sender).await;
        }
    });
}

impl Push {
    /// Google repeats a delivery only where the receiver says it is in trouble itself.
    async fn send(&self, sandbox: &Sandbox) {
        for attempt in 0..TRIES {
            let status = match self.request(sandbox).send().await {
                Ok(answer) => answer.status(),
                Err(error) => {
                    tracing::debug!(error = %error.without_url(), "a push found no receiver");
                    return;
                }
            };
            if ![500, 502, 503, 504].contains(&status.as_u16()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
    }

    fn request(&self, sandbox: &Sandbox) -> reqwest::RequestBuilder {
        let Channel { id, calendar, address, token, expires_at, number, .. } = &self.channel;
        let mut request = sandbox
            .outbound()
            .post(address)
            .header(
                "User-Agent",
                "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            )
            .header("Content-Length", "0")
            .header("X-Goog-Channel-ID", id)
            .header("X-Goog-Channel-Expiration", http_date(*expires_at))
            .header("X-Goog-Message-Number", *number)
            .header("X-Goog-Resource-ID", resource_id(calendar))
            .header("X-Goog-Resource-URI", &self.resource_uri)
            .header("X-Goog-Resource-State", self.state);
        if let Some(token) = token {
            request = request.header("X-Goog-Channel-Token", token);
        }
        request
    }
}

/// The same for every user and channel of one calendar.
fn resource_id(calendar: &str) -> String {
    hex(&Sha256::digest(calendar.as_bytes())[..13])
}

fn resource_uri(sandbox: &Sandbox, calendar: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(calendar.as_bytes()).collect();
    format!("{}/calendar/v3/calendars/{encoded}/events?alt=json", sandbox.options().public_base)
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
