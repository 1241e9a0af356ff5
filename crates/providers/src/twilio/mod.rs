//! Twilio: sending texts and placing calls, finding those whose answer was lost, checking that a
//! webhook is Twilio's, and counting segments.
//!
//! What it is not for: deciding whether to send again. Twilio offers no idempotency key, so a lost
//! answer is [`crate::ProviderError::OutcomeUnknown`] and the caller looks with
//! [`Twilio::list_messages`] or waits for the status callback.
//!
//! Facts come from Twilio's OpenAPI document (`specs/twilio`), the pages of its error codes, and
//! the test suites of its helper libraries.

mod calls;
mod errors;
mod messages;
mod segments;
pub mod signature;
mod wire;

use secrecy::SecretString;
use url::Url;

pub use calls::{NewCall, PhoneCall, PhoneCallStatus};
pub use errors::{CodeClass, classify_code};
pub use messages::{MAX_BODY_CHARS, Message, MessageStatus};
pub use segments::{Encoding, Segments, economical, segments};

/// The largest page Twilio serves.
const MAX_PAGE: u16 = 1000;

/// Our account with Twilio and the sender of our texts.
#[derive(Debug, Clone)]
pub struct Twilio {
    /// `AC` and 32 hexadecimal digits; the user name of every request.
    pub account_sid: String,
    /// The password of every request, and the key of every webhook's signature.
    pub auth_token: SecretString,
    /// Whom texts come from.
    pub sender: Sender,
    /// `/2010-04-01/…` is appended, after any path it has.
    pub base: Url,
}

/// Whom texts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number of ours, E.164, or a short code.
    Number(String),
    /// A messaging service (`MG…`), whose pool chooses the number.
    MessagingService(String),
}

impl Twilio {
    /// Where Twilio is, unless the operator says otherwise.
    pub fn official_base() -> Url {
        Url::parse("https://api.twilio.com").expect("the official base is a URL")
    }
}
