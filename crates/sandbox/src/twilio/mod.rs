//! Twilio: sending texts, what the carrier makes of them, texts from phones, and phone calls.
//!
//! Not here: recordings, media, scheduled messages, and more than one account.

mod callbacks;
pub(crate) mod calls;
pub(crate) mod errors;
pub(crate) mod inbound;
mod message;
mod messages;
mod signature;
mod twiml;
mod voice;

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use serde::{Deserialize, Serialize};

pub use calls::{Answering, CallStatus, PhoneCall, Said};
pub use inbound::Received;
pub use message::{Direction, Text, TextStatus};
pub(crate) use messages::is_e164;

use crate::Sandbox;

/// The largest form; a text of 1600 characters with every other field is far smaller.
const MOST_BODY_BYTES: usize = 64 * 1024;

/// How many texts are kept; older ones are forgotten first.
const MOST_TEXTS: usize = 20_000;

/// Everything on Twilio's side that survives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// In the order they were created.
    pub(crate) texts: Vec<Text>,
    /// Phone and number of ours: that phone wants nothing more from that number.
    pub(crate) opted_out: BTreeSet<(String, String)>,
    /// Set through the control API; wins over the options.
    pub(crate) inbound_webhook: Option<String>,
    /// In the order they began.
    pub(crate) calls: Vec<PhoneCall>,
    /// How phones take calls by themselves; the others ring.
    pub(crate) answering: BTreeMap<String, Answering>,
    /// Set through the control API; wins over the options.
    pub(crate) voice_webhook: Option<String>,
}

impl State {
    fn keep(&mut self, text: Text) {
        if self.texts.len() >= MOST_TEXTS {
            self.texts.remove(0);
        }
        self.texts.push(text);
    }

    fn find(&self, sid: &str) -> Option<&Text> {
        self.texts.iter().rev().find(|text| text.sid == sid)
    }

    fn find_mut(&mut self, sid: &str) -> Option<&mut Text> {
        self.texts.iter_mut().rev().find(|text| text.sid == sid)
    }

    fn remove(&mut self, sid: &str) -> bool {
        let before = self.texts.len();
        self.texts.retain(|text| text.sid != sid);
        self.texts.len() < before
    }

    /// Without a sender, as with a messaging service, any opt-out of the phone counts.
    fn has_opted_out(&self, phone: &str, from: &str) -> bool {
        self.opted_out
            .iter()
            .any(|(who, number)| who == phone && (from.is_empty() || number == from))
    }
}

pub(crate) fn router() -> Router<Sandbox> {
    const MESSAGES: &str = "/2010-04-01/Accounts/{account}/Messages";
    const CALLS: &str = "/2010-04-01/Accounts/{account}/Calls";
    let one = get(messages::get).post(messages::update).delete(messages::delete);
    Router::new()
        .route(&format!("{MESSAGES}.json"), get(messages::list).post(messages::create))
        .route(&format!("{MESSAGES}/{{sid}}"), one)
        .route(&format!("{CALLS}.json"), get(calls::list).post(calls::create))
        .route(&format!("{CALLS}/{{sid}}"), get(calls::get))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
}

/// The messaging side of a [`Sandbox`].
pub struct Twilio<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Twilio<'a> {
    pub(crate) fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    /// Every text, in the order they were created: sent through the API, sent as a reply to an
    /// inbound one, and received from phones.
    pub fn texts(&self) -> Vec<Text> {
        self.sandbox.store().read(|world| world.twilio.texts.clone())
    }

    /// What a phone got, in order: everything addressed to it.
    pub fn texts_to(&self, number: &str) -> Vec<Text> {
        let mut texts = self.texts();
        texts.retain(|text| text.to == number);
        texts
    }

    /// A text from a phone to one of the account's numbers. Waits for the webhook's answer and
    /// sends what it says back to the phone.
    pub async fn receive(&self, from: &str, to: &str, body: &str) -> Received {
        inbound::receive(self.sandbox, from, to, body).await
    }

    /// Every call, in the order they began.
    pub fn calls(&self) -> Vec<PhoneCall> {
        self.sandbox.store().read(|world| world.twilio.calls.clone())
    }

    /// How a phone takes calls by itself from now on; with `None` it rings until it is told.
    pub fn set_answering(&self, number: &str, answering: Option<Answering>) {
        self.sandbox.store().write(|world| match answering {
            Some(answering) => {
                world.twilio.answering.insert(number.to_owned(), answering);
            }
            None => {
                world.twilio.answering.remove(number);
            }
        });
    }

    /// A phone that rings takes the call, or does not. Waits until it has heard what there is.
    pub async fn take_call(&self, sid: &str, answering: Answering) -> Option<PhoneCall> {
        calls::take(self.sandbox, sid, answering).await;
        calls::find(self.sandbox, sid)
    }

    /// A phone calls one of the account's numbers. `None` where no webhook is configured.
    pub async fn call(&self, from: &str, to: &str) -> Option<PhoneCall> {
        calls::receive(self.sandbox, from, to).await
    }

    /// Something comes from the phone during a call. `None` when it is not listened to.
    pub async fn say(&self, sid: &str, said: &Said) -> Option<PhoneCall> {
        calls::say(self.sandbox, sid, said).await
    }

    /// The phone hangs up.
    pub async fn hang_up(&self, sid: &str) {
        calls::hang_up(self.sandbox, sid).await;
    }

    /// Where calls to the account's numbers are led from now on; `None` goes back to the options'
    /// address.
    pub fn set_voice_webhook(&self, url: Option<String>) {
        self.sandbox.store().write(|world| world.twilio.voice_webhook = url);
    }

    /// Where inbound texts are posted from now on; `None` goes back to the options' address.
    pub fn set_inbound_webhook(&self, url: Option<String>) {
        self.sandbox.store().write(|world| world.twilio.inbound_webhook = url);
    }
}
