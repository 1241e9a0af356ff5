//! Phone calls: placed through the API or by a phone, answered by a person, a machine or nobody,
//! and led by the `TwiML` that the webhooks answer.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::callbacks::signed_post;
use super::errors::TwilioError;
use super::message::rfc2822;
use super::messages::{Authorized, is_e164};
use super::voice::{self, Script};
use crate::Sandbox;
use crate::faults::FaultKind;
use crate::outbound::read_text;

/// How a phone takes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// Somebody picks up.
    Person,
    /// A machine takes a message after its beep.
    Machine,
    /// The line is busy.
    Busy,
    /// Nobody picks up.
    NoAnswer,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// It rings.
    Ringing,
    /// Somebody, or a machine, has answered.
    InProgress,
    /// It has ended.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
}

impl CallStatus {
    /// Twilio's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
        }
    }
}

/// One phone call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneCall {
    /// `CA` and 32 hexadecimal digits.
    pub sid: String,
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// Whether a phone called one of the account's numbers.
    pub inbound: bool,
    /// Where it stands.
    pub status: CallStatus,
    /// `human` or a word for a machine, where that was found out.
    pub answered_by: Option<String>,
    /// Everything that was said to the phone, in order.
    pub heard: Vec<String>,
    /// What the phone is listened to for.
    pub listens: Option<Gather>,
    /// The code of what was wrong with the last answer of a webhook.
    pub error_code: Option<u32>,
    /// When it began.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    url: String,
    status_callback: Option<String>,
    detects_machines: bool,
}

/// What a phone is listened to for, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// Where keys and words are posted.
    pub action: String,
    /// Whether words are understood, too.
    pub speech: bool,
}

/// What comes from a phone during a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Keys.
    Keys(String),
    /// Words.
    Words(String),
    /// Nothing, for a while.
    Nothing,
}

impl PhoneCall {
    /// The phone's number.
    pub fn phone(&self) -> &str {
        if self.inbound { &self.from } else { &self.to }
    }

    /// Whether it goes on.
    pub fn goes_on(&self) -> bool {
        matches!(self.status, CallStatus::Ringing | CallStatus::InProgress)
    }

    fn direction(&self) -> &'static str {
        if self.inbound { "inbound" } else { "outbound-api" }
    }

    /// The resource as the REST API answers it.
    fn resource(&self, account_sid: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account_sid}/Calls/{}", self.sid);
        let ended = !self.goes_on();
        json!({
            "account_sid": account_sid,
            "answered_by": self.answered_by,
            "api_version": "2010-04-01",
            "caller_name": null,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction(),
            "duration": ended.then(|| self.updated.duration_since(self.created).as_secs().to_string()),
            "end_time": ended.then(|| rfc2822(self.updated)),
            "forwarded_from": null,
            "from": self.from,
            "from_formatted": self.from,
            "group_sid": null,
            "parent_call_sid": null,
            "phone_number_sid": format!("PN{}", "0".repeat(32)),
            "price": null,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": rfc2822(self.created),
            "status": self.status.name(),
            "subresource_uris": {},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": null,
            "uri": format!("{uri}.json"),
        })
    }

    fn form(&self, account_sid: &str) -> Vec<(String, String)> {
        let fields = [
            ("AccountSid", account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &self.sid),
            ("CallStatus", self.status.name()),
            ("Called", &self.to),
            ("Caller", &self.from),
            ("Direction", self.direction()),
            ("From", &self.from),
            ("To", &self.to),
        ];
        let known = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let machine = self.answered_by.iter().map(|by| ("AnsweredBy".to_owned(), by.clone()));
        known.chain(machine).collect()
    }
}

/// Places a call.
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), TwilioError> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).filter(|value| !value.is_empty()).cloned();
    let refused = TwilioError::bad_request;
    let to = field("To").ok_or_else(|| refused(21201, "No 'To' number is specified"))?;
    if !is_e164(&to) || to == "+15005550001" {
        return Err(refused(21217, "Phone number does not appear to be valid"));
    }
    let from = field("From").ok_or_else(|| refused(21213, "No 'From' number is specified"))?;
    let owned = &sandbox.options().twilio_numbers;
    if !owned.is_empty() && !owned.contains(&from) {
        return Err(refused(21210, "The 'From' number is not owned by the account"));
    }
    let url = field("Url").ok_or_else(|| refused(21205, "Url parameter is required."))?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(refused(21205, "Url is not a valid URL"));
    }
    let status_callback = field("StatusCallback");
    let detects_machines = field("MachineDetection").is_some();
    let call = begin(&sandbox, &from, &to, false, &url, status_callback, detects_machines);
    let answering = sandbox.store().read(|world| world.twilio.answering.get(&to).copied());
    if let Some(answering) = answering {
        let (ringing, sid) = (sandbox.clone(), call.sid.clone());
        sandbox.outbound().deliver(async move { take(&ringing, &sid, answering).await });
    }
    let mut resource = call.resource(&sandbox.options().twilio.0);
    resource["status"] = "queued".into();
    Ok((StatusCode::CREATED, Json(resource)))
}

/// The calls to a number, newest first.
pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    Query(params): Query<BTreeMap<String, String>>,
) -> Json<Value> {
    let size = params.get("PageSize").and_then(|text| text.parse().ok()).unwrap_or(50_usize);
    let account_sid = &sandbox.options().twilio.0;
    let wanted = |call: &&PhoneCall| {
        let same = |name: &str, value: &str| params.get(name).is_none_or(|asked| asked == value);
        same("To", &call.to) && same("From", &call.from)
    };
    let calls: Vec<Value> = sandbox.store().read(|world| {
        let calls = world.twilio.calls.iter().rev().filter(wanted).take(size.clamp(1, 1_000));
        calls.map(|call| call.resource(account_sid)).collect()
    });
    let uri = format!("/2010-04-01/Accounts/{account_sid}/Calls.json");
    Json(json!({
        "end": calls.len().saturating_sub(1),
        "first_page_uri": uri,
        "next_page_uri": null,
        "page": 0,
        "page_size": size,
        "previous_page_uri": null,
        "start": 0,
        "uri": uri,
        "calls": calls,
    }))
}

/// One call.
pub(crate) async fn get(
    State(sandbox): State<Sandbox>,
    _: Authorized,
    Path((_, sid)): Path<(String, String)>,
) -> Result<Json<Value>, TwilioError> {
    let sid = sid.strip_suffix(".json").unwrap_or(&sid);
    let call = find(&sandbox, sid).ok_or_else(|| TwilioError::not_found(sid))?;
    Ok(Json(call.resource(&sandbox.options().twilio.0)))
}

pub(crate) fn find(sandbox: &Sandbox, sid: &str) -> Option<PhoneCall> {
    sandbox.store().read(|world| world.twilio.calls.iter().find(|call| call.sid == sid).cloned())
}

fn begin(
    sandbox: &Sandbox,
    from: &str,
    to: &str,
    inbound: bool,
    url: &str,
    status_callback: Option<String>,
    detects_machines: bool,
) -> PhoneCall {
    let now = sandbox.now();
    sandbox.store().write(|world| {
        let call = PhoneCall {
            sid: format!("CA{}", world.ids.short(32)),
            from: from.to_owned(),
            to: to.to_owned(),
            inbound,
            status: CallStatus::Ringing,
            answered_by: None,
            heard: Vec::new(),
            listens: None,
            error_code: None,
            created: now,
            updated: now,
            url: url.to_owned(),
            status_callback,
            detects_machines,
        };
        world.twilio.calls.push(call.clone());
        call
    })
}

/// A phone calls one of the account's numbers. `None` where no webhook is configured.
pub(crate) async fn receive(sandbox: &Sandbox, from: &str, to: &str) -> Option<PhoneCall> {
    let webhook = sandbox.store().read(|world| world.twilio.voice_webhook.clone());
    let url = webhook.or_else(|| sandbox.options().twilio_voice_webhook.clone())?;
    let call = begin(sandbox, from, to, true, &url, None, false);
    pick_up(sandbox, &call.sid, None).await;
    find(sandbox, &call.sid)
}

/// A phone that rings takes the call, or does not.
pub(crate) async fn take(sandbox: &Sandbox, sid: &str, answering: Answering) {
    match answering {
        Answering::Person => pick_up(sandbox, sid, Some("human")).await,
        Answering::Machine => {
            pick_up(sandbox, sid, Some("machine_end_beep")).await;
            end(sandbox, sid, CallStatus::Completed).await;
        }
        Answering::Busy => end(sandbox, sid, CallStatus::Busy).await,
        Answering::NoAnswer => end(sandbox, sid, CallStatus::NoAnswer).await,
    }
}

async fn pick_up(sandbox: &Sandbox, sid: &str, by: Option<&str>) {
    let call = change(sandbox, sid, |call| {
        call.status = CallStatus::InProgress;
        call.answered_by = by.filter(|_| call.detects_machines).map(str::to_owned);
    });
    if let Some(call) = call {
        let url = call.url.clone();
        lead(sandbox, &call, &url, Vec::new()).await;
    }
}

/// Something comes from the phone; what it hears then is kept with the call.
pub(crate) async fn say(sandbox: &Sandbox, sid: &str, said: &Said) -> Option<PhoneCall> {
    let call = find(sandbox, sid)?;
    let Gather { action, speech } = call.listens.clone()?;
    let more = match said {
        Said::Keys(keys) => vec![("Digits".to_owned(), keys.clone())],
        Said::Words(words) if speech => vec![
            ("SpeechResult".to_owned(), words.clone()),
            ("Confidence".to_owned(), "0.92".to_owned()),
        ],
        Said::Words(_) | Said::Nothing => Vec::new(),
    };
    lead(sandbox, &call, &action, more).await;
    find(sandbox, sid)
}

/// The phone hangs up.
pub(crate) async fn hang_up(sandbox: &Sandbox, sid: &str) {
    end(sandbox, sid, CallStatus::Completed).await;
}

/// Asks a webhook what happens next in a call, and does it.
async fn lead(sandbox: &Sandbox, call: &PhoneCall, url: &str, more: Vec<(String, String)>) {
    let mut form = call.form(&sandbox.options().twilio.0);
    form.extend(more);
    let answer = match signed_post(sandbox, url, &form).send().await {
        Ok(answer) if answer.status().is_success() => read_text(answer).await.map_err(|_| 11_200),
        Ok(_) | Err(_) => Err(11_200),
    };
    match answer.and_then(|document| voice::read(&document).map_err(voice::VoiceError::code)) {
        Ok(Script { says, gather, hangs_up: _ }) if gather.is_some() => {
            change(sandbox, &call.sid, |call| {
                call.heard.extend(says);
                call.listens = gather;
            });
        }
        Ok(Script { says, .. }) => {
            change(sandbox, &call.sid, |call| {
                call.heard.extend(says);
                call.listens = None;
            });
            end(sandbox, &call.sid, CallStatus::Completed).await;
        }
        Err(code) => {
            change(sandbox, &call.sid, |call| {
                call.error_code = Some(code);
                call.listens = None;
                call.heard.push("We are sorry, an application error has occurred.".to_owned());
            });
            end(sandbox, &call.sid, CallStatus::Completed).await;
        }
    }
}

async fn end(sandbox: &Sandbox, sid: &str, status: CallStatus) {
    let ended = change(sandbox, sid, |call| {
        call.status = status;
        call.listens = None;
    });
    let Some(call) = ended else { return };
    let Some(url) = call.status_callback.clone() else { return };
    let subject = format!("CALLBACK {} {}", call.status.name(), call.to);
    let lost = sandbox.faults().take(&subject, &[FaultKind::LostCallback]).is_some();
    if !lost {
        let mut form = call.form(&sandbox.options().twilio.0);
        form.push(("CallDuration".to_owned(), "12".to_owned()));
        let sent = signed_post(sandbox, &url, &form).send().await;
        if let Err(error) = sent {
            tracing::debug!(error = %error.without_url(), "a call's status callback was lost");
        }
    }
}

/// Changes a call that goes on.
fn change(sandbox: &Sandbox, sid: &str, change: impl FnOnce(&mut PhoneCall)) -> Option<PhoneCall> {
    let now = sandbox.now();
    sandbox.store().write(|world| {
        let call = world.twilio.calls.iter_mut().find(|call| call.sid == sid && call.goes_on())?;
        change(call);
        call.updated = now;
        Some(call.clone())
    })
}
