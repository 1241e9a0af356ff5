//! Twilio: sending texts, what the carrier makes of them, and texts from phones.
//!
//! Not here: voice calls, media, scheduled messages, and more than one account.

mod callbacks;
pub(crate) mod errors;
pub(crate) mod inbound;
mod message;
mod messages;
mod signature;
mod twiml;

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use serde::{Deserialize, Serialize};

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
    let one = get(messages::get).post(messages::update).delete(messages::delete);
    Router::new()
        .route(&format!("{MESSAGES}.json"), get(messages::list).post(messages::create))
        .route(&format!("{MESSAGES}/{{sid}}"), one)
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

    /// Where inbound texts are posted from now on; `None` goes back to the options' address.
    pub fn set_inbound_webhook(&self, url: Option<String>) {
        self.sandbox.store().write(|world| world.twilio.inbound_webhook = url);
    }
}
