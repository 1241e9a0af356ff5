//! A text from a phone: opt-out words, the webhook, and the `TwiML` that answers it.

use axum::http::header;
use serde::Serialize;

use super::callbacks::{carry, signed_post};
use super::message::{Direction, Text, TextStatus};
use super::twiml;
use crate::Sandbox;
use crate::outbound::read_text;

/// Words that stop all texts from the number they are sent to, when they stand alone.
const STOP_WORDS: &[&str] =
    &["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"];

/// Words that allow them again.
const START_WORDS: &[&str] = &["START", "YES", "UNSTOP"];

/// What became of an inbound text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The message's SID.
    pub sid: String,
    /// The status the webhook answered; `None` where none is configured or none answered.
    pub webhook_status: Option<u16>,
    /// Twilio's error code where the webhook did not answer well: 11200, 12100 or 12300.
    pub error_code: Option<u32>,
    /// What the webhook's `TwiML` said, in order; each was sent to the phone.
    pub replies: Vec<String>,
}

/// How a webhook answered: its status, and what it said or the code of what was wrong with it.
type Answer = (Option<u16>, Result<Vec<String>, u32>);

/// Takes in a text from a phone, posts it to the webhook and sends what that answers.
pub(crate) async fn receive(sandbox: &Sandbox, from: &str, to: &str, body: &str) -> Received {
    let text = keep(sandbox, from, to, body);
    let webhook = sandbox.store().read(|world| world.twilio.inbound_webhook.clone());
    let webhook = webhook.or_else(|| sandbox.options().twilio_inbound_webhook.clone());
    let (webhook_status, answer) = match webhook {
        Some(url) => post(sandbox, &url, &text).await,
        None => (None, Ok(Vec::new())),
    };
    let (error_code, replies) = match answer {
        Ok(replies) => (None, replies),
        Err(code) => (Some(code), Vec::new()),
    };
    for reply in &replies {
        send_reply(sandbox, &text, reply);
    }
    Received { sid: text.sid, webhook_status, error_code, replies }
}

fn keep(sandbox: &Sandbox, from: &str, to: &str, body: &str) -> Text {
    let now = sandbox.now();
    let word = body.trim().to_uppercase();
    sandbox.store().write(|world| {
        let pair = (from.to_owned(), to.to_owned());
        if STOP_WORDS.contains(&word.as_str()) {
            world.twilio.opted_out.insert(pair);
        } else if START_WORDS.contains(&word.as_str()) {
            world.twilio.opted_out.remove(&pair);
        }
        let text = Text {
            sid: format!("SM{}", world.ids.short(32)),
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            direction: Direction::Inbound,
            status: TextStatus::Received,
            error_code: None,
            created: now,
            updated: now,
            sent: Some(now),
            status_callback: None,
            messaging_service: None,
        };
        world.twilio.keep(text.clone());
        text
    })
}

async fn post(sandbox: &Sandbox, url: &str, text: &Text) -> Answer {
    let answer = match signed_post(sandbox, url, &form(sandbox, text)).send().await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(error = %error.without_url(), "an inbound text found no webhook");
            return (None, Err(11_200));
        }
    };
    let status = Some(answer.status().as_u16());
    if !answer.status().is_success() {
        return (status, Err(11_200));
    }
    let content_type = answer.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let readable = ["text/xml", "application/xml", "text/html", "text/plain"];
    let readable = readable.iter().any(|known| content_type.starts_with(known));
    match read_text(answer).await {
        Err(_) => (status, Err(11_200)),
        Ok(body) if body.is_empty() => (status, Ok(Vec::new())),
        Ok(_) if !readable => (status, Err(12_300)),
        Ok(body) => (status, twiml::messages(&body).map_err(|twiml::TwimlError::NotXml| 12_100)),
    }
}

fn form(sandbox: &Sandbox, text: &Text) -> Vec<(String, String)> {
    let fields = [
        ("AccountSid", sandbox.options().twilio.0.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Body", text.body.clone()),
        ("From", text.from.clone()),
        ("MessageSid", text.sid.clone()),
        ("NumMedia", "0".to_owned()),
        ("NumSegments", text.segments().to_string()),
        ("SmsMessageSid", text.sid.clone()),
        ("SmsSid", text.sid.clone()),
        ("SmsStatus", "received".to_owned()),
        ("To", text.to.clone()),
    ];
    // Where the network does not know the place, the fields are there and empty.
    let places = ["City", "State", "Zip", "Country"];
    let places = places.iter().flat_map(|place| [format!("From{place}"), format!("To{place}")]);
    let known = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
    known.chain(places.map(|name| (name, String::new()))).collect()
}

fn send_reply(sandbox: &Sandbox, inbound: &Text, body: &str) {
    let now = sandbox.now();
    let sid = sandbox.store().write(|world| {
        // A reply to a phone that opted out is dropped, as any text to it would be.
        if world.twilio.has_opted_out(&inbound.from, &inbound.to) {
            return None;
        }
        let sid = format!("SM{}", world.ids.short(32));
        let text = Text {
            sid: sid.clone(),
            from: inbound.to.clone(),
            to: inbound.from.clone(),
            body: body.to_owned(),
            direction: Direction::OutboundReply,
            status: TextStatus::Queued,
            sent: None,
            created: now,
            updated: now,
            ..inbound.clone()
        };
        world.twilio.keep(text);
        Some(sid)
    });
    if let Some(sid) = sid {
        carry(sandbox, &sid);
    }
}
