//! Mail: an SMTP sink and SendGrid's API that keep what they are given, and a reader for its pages
//! and tests.

mod mime;
pub mod sendgrid;
pub(crate) mod smtp;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use mime::{Attachment, Content};

use crate::Sandbox;

/// How many mails are kept; older ones are forgotten first.
const MOST_MAILS: usize = 2_000;

/// Everything on the mail side that survives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    mails: Vec<Mail>,
    next_id: u64,
    /// Where SendGrid's events are posted.
    event_webhook: Option<String>,
}

impl State {
    fn keep(&mut self, from: String, to: Vec<String>, received: Timestamp, raw: &[u8]) -> u64 {
        if self.mails.len() >= MOST_MAILS {
            self.mails.remove(0);
        }
        self.next_id += 1;
        let id = self.next_id;
        // Mail is ASCII or UTF-8 (8BITMIME); what is neither is kept readable rather than exact.
        let raw = String::from_utf8_lossy(raw).into_owned();
        self.mails.push(Mail { id, from, to, received, raw });
        id
    }
}

/// One mail as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Counts up from 1.
    pub id: u64,
    /// The envelope's sender; empty for a bounce.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// When it was accepted.
    pub received: Timestamp,
    /// Headers and body as they came, dots unstuffed, lines ended by CR LF.
    pub raw: String,
}

impl Mail {
    /// The first header of that name, unfolded and with encoded words decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers();
        headers.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Every header in order, unfolded and with encoded words decoded.
    pub fn headers(&self) -> Vec<(String, String)> {
        mime::headers(&self.raw)
    }

    /// The subject; empty when there is none.
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The parts a person reads and the files that came with them.
    pub fn content(&self) -> Content {
        mime::content(&self.raw)
    }

    /// The plain text; empty when there is none.
    pub fn text(&self) -> String {
        self.content().text.unwrap_or_default()
    }
}

/// The mailbox of a [`Sandbox`].
pub struct Mailbox<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Mailbox<'a> {
    pub(crate) fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    /// Every mail, in the order they were accepted.
    pub fn messages(&self) -> Vec<Mail> {
        self.sandbox.store().read(|world| world.mail.mails.clone())
    }

    /// Where events of mails that came through SendGrid's API are posted from now on.
    pub fn set_event_webhook(&self, url: Option<String>) {
        self.sandbox.store().write(|world| world.mail.event_webhook = url);
    }

    /// The mails one address was named as an envelope recipient of, in order.
    pub fn messages_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.messages();
        mails.retain(|mail| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address)));
        mails
    }

    pub(crate) fn find(&self, id: u64) -> Option<Mail> {
        let mails = self.messages();
        mails.into_iter().find(|mail| mail.id == id)
    }

    pub(crate) fn keep(&self, from: String, to: Vec<String>, raw: &[u8]) -> u64 {
        let now = self.sandbox.now();
        self.sandbox.store().write(|world| world.mail.keep(from, to, now, raw))
    }
}
