use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::wire::{number, rfc2822};
use super::{Sender, Twilio};
use crate::error::ProviderError;
use crate::exchange::Call;
use crate::http::{Http, Request};

/// The longest text Twilio takes, in characters; longer ones are refused with 21617.
pub const MAX_BODY_CHARS: usize = 1600;

/// Twilio's record of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `SM` or `MM` and 32 hexadecimal digits.
    pub sid: String,
    /// How far it has come.
    pub status: MessageStatus,
    /// Why it failed; see [`super::classify_code`].
    pub error_code: Option<u32>,
    /// E.164.
    pub to: Option<String>,
    /// Missing while a messaging service has not chosen a number.
    pub from: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// `outbound-api` for ours.
    pub direction: Option<String>,
    /// When Twilio took it.
    pub created_at: Option<Timestamp>,
    /// When it went out; missing while it waits.
    pub sent_at: Option<Timestamp>,
    /// Zero while a messaging service has not chosen a number.
    pub segments: Option<u32>,
}

/// How far a text has come. Callbacks arrive in any order: only a higher [`rank`](Self::rank)
/// counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageStatus {
    /// A messaging service is choosing the sender.
    Accepted,
    /// It waits for its time.
    Scheduled,
    /// It waits in the sender's queue.
    Queued,
    /// It is being handed to the carrier.
    Sending,
    /// The carrier has it; final where the carrier sends no receipts.
    Sent,
    /// It arrived.
    Delivered,
    /// The carrier says that it did not arrive.
    Undelivered,
    /// It could not be sent.
    Failed,
    /// It was cancelled before its time.
    Canceled,
    /// It came to us.
    Received,
    /// It is coming to us.
    Receiving,
    /// It was read; rich channels only.
    Read,
    /// Something newer than this program.
    Other(String),
}

impl MessageStatus {
    /// From Twilio's word for it.
    pub fn parse(raw: &str) -> Self {
        match raw {
            "accepted" => Self::Accepted,
            "scheduled" => Self::Scheduled,
            "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "received" => Self::Received,
            "receiving" => Self::Receiving,
            "read" => Self::Read,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The order of an outgoing text's life: a callback with an equal or lower rank is old news.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Other(_) | Self::Received | Self::Receiving => 0,
            Self::Accepted | Self::Scheduled => 1,
            Self::Queued => 2,
            Self::Sending => 3,
            Self::Sent => 4,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled => 5,
            Self::Read => 6,
        }
    }
}

impl Twilio {
    /// Sends a text once. After [`ProviderError::OutcomeUnknown`] it may or may not be on its way;
    /// a reference in the callback's query identifies it later.
    pub async fn send_message(
        &self,
        http: &Http,
        to: &str,
        body: &str,
        status_callback: Option<&Url>,
    ) -> Call<Message> {
        if body.is_empty() || body.chars().count() > MAX_BODY_CHARS {
            let reason = "a text has 1 to 1600 characters";
            return Call::unsent(ProviderError::Invalid { reason });
        }
        let (sender, name) = match &self.sender {
            Sender::Number(number) => ("From", number),
            Sender::MessagingService(sid) => ("MessagingServiceSid", sid),
        };
        let mut form = vec![("To", to), (sender, name), ("Body", body)];
        form.extend(status_callback.map(|url| ("StatusCallback", url.as_str())));
        let form = form.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let request = self.request(Method::POST, "Messages.json", &[]).map(|r| r.form(form));
        self.call(http, request, |answer| answer.json::<WireMessage>("a message"))
            .await
            .map(Message::from)
    }

    /// The texts sent to one number, at most `page_size` of them. With a number as sender, only
    /// those from it; with a messaging service, from any, since the pool's choice is not known.
    /// Not filtered by date: a queued text has none. The order is not promised.
    pub async fn list_messages(&self, http: &Http, to: &str, page_size: u16) -> Call<Vec<Message>> {
        let size = page_size.clamp(1, super::MAX_PAGE).to_string();
        let mut query = vec![("To", to), ("PageSize", size.as_str())];
        if let Sender::Number(number) = &self.sender {
            query.push(("From", number));
        }
        let request = self.request(Method::GET, "Messages.json", &query);
        self.call(http, request.map(Request::large_answer), |answer| {
            answer.json::<WireMessages>("a list of messages")
        })
        .await
        .map(|page| page.messages.into_iter().map(Message::from).collect())
    }

    /// The latest texts that phones sent to us, at most `page_size` of them. With a number as
    /// sender, those to it; with a messaging service, those to any of the account's numbers.
    pub async fn list_received(&self, http: &Http, page_size: u16) -> Call<Vec<Message>> {
        let size = page_size.clamp(1, super::MAX_PAGE).to_string();
        let mut query = vec![("PageSize", size.as_str())];
        if let Sender::Number(number) = &self.sender {
            query.push(("To", number));
        }
        let request = self.request(Method::GET, "Messages.json", &query);
        let call = self.call(http, request.map(Request::large_answer), |answer| {
            answer.json::<WireMessages>("a list of messages")
        });
        call.await.map(|page| {
            let messages = page.messages.into_iter().map(Message::from);
            messages.filter(|message| message.direction.as_deref() == Some("inbound")).collect()
        })
    }

    /// Reads one text by its sid.
    pub async fn get_message(&self, http: &Http, sid: &str) -> Call<Message> {
        let request = if sid.bytes().all(|b| b.is_ascii_alphanumeric()) && !sid.is_empty() {
            self.request(Method::GET, &format!("Messages/{sid}.json"), &[])
        } else {
            Err(ProviderError::Invalid { reason: "a sid is letters and digits" })
        };
        self.call(http, request, |answer| answer.json::<WireMessage>("a message"))
            .await
            .map(Message::from)
    }
}

#[derive(Deserialize)]
struct WireMessages {
    messages: Vec<WireMessage>,
}

#[derive(Deserialize)]
struct WireMessage {
    sid: String,
    #[serde(default)]
    status: String,
    #[serde(default, deserialize_with = "number")]
    error_code: Option<u32>,
    to: Option<String>,
    from: Option<String>,
    body: Option<String>,
    direction: Option<String>,
    #[serde(default, deserialize_with = "rfc2822")]
    date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "rfc2822")]
    date_sent: Option<Timestamp>,
    #[serde(default, deserialize_with = "number")]
    num_segments: Option<u32>,
}

impl From<WireMessage> for Message {
    fn from(wire: WireMessage) -> Self {
        Self {
            sid: wire.sid,
            status: MessageStatus::parse(&wire.status),
            error_code: wire.error_code,
            to: wire.to,
            from: wire.from,
            body: wire.body,
            direction: wire.direction,
            created_at: wire.date_created,
            sent_at: wire.date_sent,
            segments: wire.num_segments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_with_numbers_as_text_and_dates_of_mail() {
        let wire: WireMessage = serde_json::from_str(
            r#"{"sid":"SM1","status":"queued","error_code":null,"num_segments":"2","price":null,
            "date_created":"Fri, 20 Nov 2026 08:00:00 +0000","date_sent":null,"to":"+12135550100"}"#,
        )
        .expect("a message");

        let message = Message::from(wire);

        assert_eq!(message.status, MessageStatus::Queued);
        assert_eq!((message.segments, message.error_code), (Some(2), None));
        assert_eq!(message.created_at, "2026-11-20T08:00:00Z".parse().ok());
    }

    #[test]
    fn odd_fields_do_not_make_a_message_unreadable() {
        let wire: WireMessage = serde_json::from_str(
            r#"{"sid":"SM1","status":"teleported","error_code":"30003","num_segments":[],"date_created":"soon"}"#,
        )
        .expect("a message");

        let message = Message::from(wire);

        assert_eq!(message.status, MessageStatus::Other("teleported".to_owned()));
        assert_eq!((message.error_code, message.segments), (Some(30_003), None));
        assert_eq!(message.created_at, None);
    }

    #[test]
    fn later_statuses_rank_higher() {
        let life = ["accepted", "queued", "sending", "sent", "delivered"];

        let ranks: Vec<_> = life.iter().map(|raw| MessageStatus::parse(raw).rank()).collect();

        assert!(ranks.is_sorted() && ranks[0] > MessageStatus::parse("odd").rank(), "{ranks:?}");
    }
}
