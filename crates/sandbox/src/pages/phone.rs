//! Every phone the account ever texted with, and a thread for each.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::links::{Piece, pieces};
use super::{Page, html};
use crate::Sandbox;
use crate::twilio::{CallStatus, Direction, Text};

#[derive(Deserialize)]
pub(super) struct Wanted {
    number: Option<String>,
}

#[derive(Template)]
#[template(path = "phone.html")]
struct Phone {
    page: Page,
    threads: Vec<Thread>,
    open: Option<Open>,
    sender: String,
}

struct Thread {
    number: String,
    path: String,
    last: String,
    texts: usize,
}

struct Open {
    number: String,
    ours: String,
    bubbles: Vec<Bubble>,
    calls: Vec<Call>,
}

/// A call of the phone.
struct Call {
    path: String,
    title: String,
    heard: Vec<String>,
    rings: bool,
    listens: bool,
    goes_on: bool,
}

struct Bubble {
    mine: bool,
    body: Vec<Piece>,
    about: String,
}

pub(super) async fn show(State(sandbox): State<Sandbox>, Query(wanted): Query<Wanted>) -> Response {
    let texts = sandbox.twilio().texts();
    let mut by_phone: BTreeMap<&str, Vec<&Text>> = BTreeMap::new();
    for text in &texts {
        by_phone.entry(phone_of(text)).or_default().push(text);
    }
    let calls = sandbox.twilio().calls();
    for call in &calls {
        by_phone.entry(call.phone()).or_default();
    }
    let threads = by_phone.iter().map(|(number, texts)| Thread {
        number: (*number).to_owned(),
        path: thread_path(number),
        last: texts.last().map(|text| text.body.clone()).unwrap_or_default(),
        texts: texts.len(),
    });
    let sender = sandbox.options().twilio_numbers.first().cloned().unwrap_or_default();
    let open = wanted.number.map(|number| {
        let texts = by_phone.get(number.as_str()).cloned().unwrap_or_default();
        Open { calls: calls_of(&sandbox, &number), ..open(number, &texts, &sender) }
    });
    html(&Phone { page: Page::named("Phone"), threads: threads.collect(), open, sender })
}

/// Which side of a text is the phone, and not one of the account's numbers.
fn phone_of(text: &Text) -> &str {
    match text.direction {
        Direction::Inbound => &text.from,
        Direction::OutboundApi | Direction::OutboundReply => &text.to,
    }
}

fn open(number: String, texts: &[&Text], sender: &str) -> Open {
    let ours = texts.last().map(|text| match text.direction {
        Direction::Inbound => text.to.clone(),
        Direction::OutboundApi | Direction::OutboundReply => text.from.clone(),
    });
    let bubbles = texts.iter().map(|text| Bubble {
        mine: text.direction == Direction::Inbound,
        body: pieces(&text.body),
        about: format!("{} · {}", text.created.strftime("%-d %b %H:%M UTC"), text.status.name()),
    });
    let ours = ours.filter(|ours| !ours.is_empty()).unwrap_or_else(|| sender.to_owned());
    Open { number, ours, bubbles: bubbles.collect(), calls: Vec::new() }
}

/// The latest calls of a phone, the newest first.
fn calls_of(sandbox: &Sandbox, number: &str) -> Vec<Call> {
    let calls = sandbox.twilio().calls().into_iter().rev().filter(|call| call.phone() == number);
    let shown = calls.take(5).map(|call| Call {
        path: format!("/_sandbox/twilio/calls/{}", call.sid),
        title: format!(
            "{} {} · {}",
            if call.inbound { "Call to" } else { "Call from" },
            if call.inbound { &call.to } else { &call.from },
            call.status.name()
        ),
        rings: call.status == CallStatus::Ringing,
        listens: call.listens.is_some(),
        goes_on: call.goes_on(),
        heard: call.heard,
    });
    shown.collect()
}

/// The page of one thread.
pub(crate) fn thread_path(number: &str) -> String {
    let number: String = url::form_urlencoded::byte_serialize(number.as_bytes()).collect();
    format!("/_sandbox/phone?number={number}")
}
