//! `Messages.json` over the wire: create, list, read, redact, delete.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use url::Url;

use super::callbacks;
use super::errors::TwilioError;
use super::message::{Direction, Text, TextStatus};
use crate::Sandbox;
use crate::gate::Reading;

const LONGEST_BODY: usize = 1_600;
const USUAL_PAGE: usize = 50;
const MOST_PAGE: usize = 1_000;

/// Beyond every page there can be, and small enough to count with.
const LAST_PAGE: usize = 1_000_000;

/// Proof that the caller knows the account's SID and token, and named the account in the path.
pub(crate) struct Authorized;

impl FromRequestParts<Sandbox> for Authorized {
    type Rejection = TwilioError;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, TwilioError> {
        let (sid, token) = &sandbox.options().twilio;
        let header = parts.headers.get(header::AUTHORIZATION);
        let header = header.and_then(|header| header.to_str().ok()?.strip_prefix("Basic "));
        let presented = header.and_then(|encoded| STANDARD.decode(encoded).ok());
        let presented = presented.ok_or_else(TwilioError::unauthorized)?;
        let right: bool = presented.ct_eq(format!("{sid}:{token}").as_bytes()).into();
        if !right {
            return Err(TwilioError::unauthorized());
        }
        let path = parts.uri.path();
        let own = path.contains(&format!("/Accounts/{sid}/"));
        if own { Ok(Self) } else { Err(TwilioError::not_found(path)) }
    }
}

/// What a client asks to send, checked.
struct Order {
    to: String,
    from: String,
    body: String,
    status_callback: Option<String>,
    messaging_service: Option<String>,
}

impl Order {
    fn read(form: &BTreeMap<String, String>, sandbox: &Sandbox) -> Result<Self, TwilioError> {
        let field = |name: &str| form.get(name).filter(|value| !value.is_empty()).cloned();
        let refused = TwilioError::bad_request;
        let to = field("To").ok_or_else(|| refused(21604, "A 'To' phone number is required."))?;
        check_recipient(&to)?;
        let messaging_service = field("MessagingServiceSid");
        if messaging_service.as_deref().is_some_and(|sid| !is_sid(sid, "MG")) {
            return Err(refused(21705, "The Messaging Service is not valid."));
        }
        let from = field("From");
        if from.is_none() && messaging_service.is_none() {
            return Err(refused(21603, "A 'From' phone number is required."));
        }
        let from = from.unwrap_or_default();
        check_sender(&from, &sandbox.options().twilio_numbers)?;
        let body = field("Body").ok_or_else(|| refused(21602, "Message body is required."))?;
        if body.chars().count() > LONGEST_BODY {
            return Err(refused(
                21617,
                "The concatenated message body exceeds the 1600 character limit",
            ));
        }
        let status_callback = field("StatusCallback");
        if status_callback.as_deref().is_some_and(|url| !is_callback(url)) {
            return Err(refused(21609, "The StatusCallback URL is not valid"));
        }
        check_validity(form.get("ValidityPeriod"))?;
        Ok(Self { to, from, body, status_callback, messaging_service })
    }
}

/// The magic numbers of Twilio's test credentials work here with every credential.
fn check_recipient(to: &str) -> Result<(), TwilioError> {
    let refused =
        |code, message: &str| Err(TwilioError::bad_request(code, format!("{message}: {to}")));
    match to {
        "+15005550002" => refused(21612, "This 'To' number cannot be reached from that sender"),
        "+15005550003" => refused(21408, "Permission to send to that region is not enabled"),
        "+15005550004" => refused(21610, "Attempt to send to unsubscribed recipient"),
        "+15005550009" => refused(21614, "This 'To' number is not a valid mobile number"),
        "+15005550001" => refused(21211, "Invalid 'To' Phone Number"),
        _ if !is_e164(to) => refused(21211, "Invalid 'To' Phone Number"),
        _ => Ok(()),
    }
}

fn check_sender(from: &str, owned: &[String]) -> Result<(), TwilioError> {
    let refused =
        |code, message: &str| Err(TwilioError::bad_request(code, format!("{message}: {from}")));
    match from {
        "" | "+15005550006" => Ok(()),
        "+15005550001" => refused(21212, "Invalid 'From' Phone Number"),
        "+15005550007" => refused(21606, "This 'From' number cannot send texts"),
        "+15005550008" => refused(21611, "This 'From' number has exceeded its queue"),
        _ if !is_e164(from) => refused(21212, "Invalid 'From' Phone Number"),
        _ if !owned.is_empty() && !owned.iter().any(|number| number == from) => {
            refused(21606, "This 'From' number is not owned by the account")
        }
        _ => Ok(()),
    }
}

fn check_validity(period: Option<&String>) -> Result<(), TwilioError> {
    let seconds = period.map(|text| text.parse::<u32>().ok().filter(|n| (1..=36_000).contains(n)));
    let wrong = seconds == Some(None);
    let refused = || TwilioError::bad_request(21901, "The ValidityPeriod is not valid");
    if wrong { Err(refused()) } else { Ok(()) }
}

/// A plus, a digit that is not zero, and 7 to 15 digits altogether.
pub(crate) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_sid(sid: &str, prefix: &str) -> bool {
    let digits = sid.strip_prefix(prefix);
    digits.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_callback(url: &str) -> bool {
    let url = Url::parse(url).ok();
    url.is_some_and(|url| {
        let host = url.host_str().unwrap_or_default();
        ["http", "https"].contains(&url.scheme()) && !host.is_empty() && !host.contains('_')
    })
}

pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), TwilioError> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let order = Order::read(&form, &sandbox)?;
    let now = sandbox.now();
    let text = sandbox.store().write(|world| {
        if world.twilio.has_opted_out(&order.to, &order.from) {
            return Err(TwilioError::bad_request(
                21610,
                "Attempt to send to unsubscribed recipient",
            ));
        }
        let sid = format!("SM{}", world.ids.short(32));
        let pooled = order.from.is_empty();
        let status = if pooled { TextStatus::Accepted } else { TextStatus::Queued };
        let text = Text {
            sid,
            from: order.from,
            to: order.to,
            body: order.body,
            direction: Direction::OutboundApi,
            status,
            error_code: None,
            created: now,
            updated: now,
            sent: None,
            status_callback: order.status_callback,
            messaging_service: order.messaging_service,
        };
        world.twilio.keep(text.clone());
        Ok(text)
    })?;
    callbacks::carry(&sandbox, &text.sid);
    Ok((StatusCode::CREATED, Json(text.resource(&sandbox.options().twilio.0))))
}

pub(crate) async fn get(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    Path((_, sid)): Path<(String, String)>,
) -> Result<Json<Value>, TwilioError> {
    let sid = sid_of(&sid);
    let text = sandbox.store().read(|world| world.twilio.find(sid).cloned());
    let text = text.ok_or_else(|| TwilioError::not_found(sid))?;
    Ok(Json(text.resource(&sandbox.options().twilio.0)))
}

/// Redacts a message: an empty `Body` is the only change the sandbox knows.
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    Path((_, sid)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, TwilioError> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let redacts = form.get("Body").is_some_and(String::is_empty);
    if !redacts {
        return Err(TwilioError::bad_request(20001, "Only an empty Body can be written"));
    }
    let now = sandbox.now();
    let sid = sid_of(&sid);
    let text = sandbox.store().write(|world| {
        let text = world.twilio.find_mut(sid)?;
        text.body = String::new();
        text.updated = now;
        Some(text.clone())
    });
    let text = text.ok_or_else(|| TwilioError::not_found(sid))?;
    Ok(Json(text.resource(&sandbox.options().twilio.0)))
}

pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    Path((_, sid)): Path<(String, String)>,
) -> Result<StatusCode, TwilioError> {
    let sid = sid_of(&sid);
    let gone = sandbox.store().write(|world| world.twilio.remove(sid));
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(TwilioError::not_found(sid)) }
}

fn sid_of(segment: &str) -> &str {
    segment.strip_suffix(".json").unwrap_or(segment)
}

/// Newest first. A page token is the number of messages before it; new messages shift pages, as
/// they may with Twilio.
pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    Extension(reading): Extension<Reading>,
    _: Authorized,
    Query(params): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, TwilioError> {
    let number = |name: &str, usual: usize| match params.get(name) {
        None => Ok(usual),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| TwilioError::bad_request(20001, format!("{name} must be a number"))),
    };
    let page_size = number("PageSize", USUAL_PAGE)?.clamp(1, MOST_PAGE);
    let page = number("Page", 0)?.min(LAST_PAGE);
    let account_sid = &sandbox.options().twilio.0;
    let wanted = |text: &&Text| {
        let same = |name: &str, value: &str| params.get(name).is_none_or(|asked| asked == value);
        same("To", &text.to) && same("From", &text.from) && sent_on(&params, text)
    };
    let skip_newest = usize::from(reading == Reading::Stale);
    let (messages, more): (Vec<Value>, bool) = sandbox.store().read(|world| {
        let texts = world.twilio.texts.iter().rev().skip(skip_newest).filter(wanted);
        let mut texts = texts.skip(page.saturating_mul(page_size));
        let shown = texts.by_ref().take(page_size).map(|text| text.resource(account_sid)).collect();
        (shown, texts.next().is_some())
    });
    Ok(Json(frame(account_sid, &params, page, page_size, &messages, more)))
}

/// `DateSent`, `DateSent<` and `DateSent>` are dates in GMT; a message that was not sent yet
/// matches none of them.
fn sent_on(params: &BTreeMap<String, String>, text: &Text) -> bool {
    let sent = text.sent.map(|at| at.strftime("%Y-%m-%d").to_string());
    let holds = |name: &str, holds: fn(&str, &str) -> bool| {
        let Some(asked) = params.get(name) else { return true };
        sent.as_deref().is_some_and(|sent| holds(sent, asked))
    };
    holds("DateSent", |sent, day| sent == day)
        && holds("DateSent<", |sent, day| sent <= day)
        && holds("DateSent>", |sent, day| sent >= day)
}

fn frame(
    account_sid: &str,
    params: &BTreeMap<String, String>,
    page: usize,
    page_size: usize,
    messages: &[Value],
    more: bool,
) -> Value {
    let uri = |page: usize| {
        let kept = params
            .iter()
            .filter(|(name, _)| !["Page", "PageSize", "PageToken"].contains(&name.as_str()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("PageSize", &page_size.to_string())
            .append_pair("Page", &page.to_string())
            .append_pair("PageToken", &format!("PA{page}"))
            .finish();
        format!("/2010-04-01/Accounts/{account_sid}/Messages.json?{query}")
    };
    let start = page * page_size;
    json!({
        "end": (start + messages.len()).saturating_sub(1),
        "first_page_uri": uri(0),
        "next_page_uri": more.then(|| uri(page + 1)),
        "page": page,
        "page_size": page_size,
        "previous_page_uri": (page > 0).then(|| uri(page - 1)),
        "start": start,
        "uri": uri(page),
        "messages": messages,
    })
}
