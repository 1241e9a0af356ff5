//! A text message and how the API shows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where a message stands, in the order it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextStatus {
    /// A messaging service took it and has not chosen a sender yet.
    Accepted,
    /// It waits in its sender's queue.
    Queued,
    /// It is being handed to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The handset has it.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
    /// It came from a phone.
    Received,
}

impl TextStatus {
    /// Twilio's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Received => "received",
        }
    }
}

/// Which way a message went, and what made it go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From a phone to one of the account's numbers.
    Inbound,
    /// Sent through the API.
    OutboundApi,
    /// Sent by the `TwiML` that answered an inbound text.
    OutboundReply,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundReply => "outbound-reply",
        }
    }
}

/// One text message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// `SM` and 32 hexadecimal digits.
    pub sid: String,
    /// The sender; empty while a messaging service has not chosen one.
    pub from: String,
    /// The recipient, in E.164.
    pub to: String,
    /// The text itself.
    pub body: String,
    /// Which way it went.
    pub direction: Direction,
    /// Where it stands.
    pub status: TextStatus,
    /// Why it was not delivered.
    pub error_code: Option<u32>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// When the carrier took it.
    pub sent: Option<Timestamp>,
    /// Where its status is reported to.
    pub status_callback: Option<String>,
    /// The messaging service it was sent through.
    pub messaging_service: Option<String>,
}

/// Characters of the GSM 03.38 basic table beyond ASCII letters, digits and punctuation.
const GSM_EXTRA: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà";

/// Characters of the extension table, which take two places each.
const GSM_EXTENSION: &str = "^{}\\[~]|€\u{c}";

impl Text {
    /// How many parts the body is sent in: 160 or 153 places of GSM-7, else 70 or 67 of UCS-2.
    pub fn segments(&self) -> usize {
        let places = |c: char| match c {
            c if GSM_EXTENSION.contains(c) => Some(2),
            c if c.is_ascii() && c != '`' && !c.is_control() => Some(1),
            c if GSM_EXTRA.contains(c) => Some(1),
            _ => None,
        };
        match self.body.chars().map(places).sum::<Option<usize>>() {
            Some(0..=160) => 1,
            Some(places) => places.div_ceil(153),
            None => match self.body.encode_utf16().count() {
                0..=70 => 1,
                units => units.div_ceil(67),
            },
        }
    }

    /// The resource as the REST API answers it.
    pub(crate) fn resource(&self, account_sid: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{}", self.sid);
        let from = (!self.from.is_empty()).then_some(&self.from);
        let segments = if from.is_some() { self.segments() } else { 0 };
        let error = self.error_code.map(|_| "The message could not be delivered");
        json!({
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": self.sent.map(rfc2822),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction.name(),
            "error_code": self.error_code,
            "error_message": error,
            "from": from,
            "messaging_service_sid": self.messaging_service,
            "num_media": "0",
            "num_segments": segments.to_string(),
            "price": null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status.name(),
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

pub(super) fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(body: &str) -> usize {
        let text = Text {
            sid: String::new(),
            from: String::new(),
            to: String::new(),
            body: body.to_owned(),
            direction: Direction::OutboundApi,
            status: TextStatus::Queued,
            error_code: None,
            created: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
            sent: None,
            status_callback: None,
            messaging_service: None,
        };
        text.segments()
    }

    #[test]
    fn parts_are_counted_by_alphabet() {
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"ж".repeat(70)), 1);
        assert_eq!(segments(&"ж".repeat(71)), 2);
        assert_eq!(segments(&"👋".repeat(36)), 2);
    }
}
