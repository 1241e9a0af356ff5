use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::wire::rfc2822;
use super::{Sender, Twilio};
use crate::error::ProviderError;
use crate::exchange::Call;
use crate::http::{Http, Request};

/// Twilio's record of one phone call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCall {
    /// `CA` and 32 hexadecimal digits.
    pub sid: String,
    /// How far it has come.
    pub status: PhoneCallStatus,
    /// E.164.
    pub to: Option<String>,
    /// E.164.
    pub from: Option<String>,
    /// `outbound-api` for ours.
    pub direction: Option<String>,
    /// When Twilio took it.
    pub created_at: Option<Timestamp>,
}

/// How far a phone call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneCallStatus {
    /// It waits for its turn.
    Queued,
    /// It is being dialled; callbacks only.
    Initiated,
    /// It rings.
    Ringing,
    /// Someone, or a machine, has answered.
    InProgress,
    /// It was answered and has ended.
    Completed,
    /// The line was busy.
    Busy,
    /// It could not be dialled.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// It was cancelled before an answer.
    Canceled,
    /// Something newer than this program.
    Other(String),
}

impl PhoneCallStatus {
    /// From Twilio's word for it.
    pub fn parse(raw: &str) -> Self {
        match raw {
            "queued" => Self::Queued,
            "initiated" => Self::Initiated,
            "ringing" => Self::Ringing,
            "in-progress" => Self::InProgress,
            "completed" => Self::Completed,
            "busy" => Self::Busy,
            "failed" => Self::Failed,
            "no-answer" => Self::NoAnswer,
            "canceled" => Self::Canceled,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A call to be placed.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// E.164.
    pub to: &'a str,
    /// What Twilio asks for what to say, once somebody, or a machine, has answered.
    pub url: &'a Url,
    /// What Twilio tells what became of it.
    pub status_callback: &'a Url,
}

/// How long it rings.
const RING_SECONDS: &str = "30";

impl Twilio {
    /// Calls a number once, from ours. Whether a machine answers is found out first, and a machine's
    /// greeting is waited for. After [`ProviderError::OutcomeUnknown`] it may or may not ring: see
    /// [`Self::list_calls`].
    pub async fn create_call(&self, http: &Http, new: &NewCall<'_>) -> Call<PhoneCall> {
        let Sender::Number(from) = &self.sender else {
            // A messaging service has no voice.
            let reason = "no_calling_number".to_owned();
            return Call::unsent(ProviderError::Misconfigured { reason });
        };
        let form = [
            ("To", new.to),
            ("From", from),
            ("Url", new.url.as_str()),
            ("StatusCallback", new.status_callback.as_str()),
            ("MachineDetection", "DetectMessageEnd"),
            ("Timeout", RING_SECONDS),
        ];
        let form = form.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let request = self.request(Method::POST, "Calls.json", &[]).map(|r| r.form(form));
        self.call(http, request, |answer| answer.json::<WireCall>("a phone call"))
            .await
            .map(PhoneCall::from)
    }

    /// The calls to one number, at most `page_size` of them, in no promised order.
    pub async fn list_calls(&self, http: &Http, to: &str, page_size: u16) -> Call<Vec<PhoneCall>> {
        let size = page_size.clamp(1, super::MAX_PAGE).to_string();
        let query = [("To", to), ("PageSize", size.as_str())];
        let request = self.request(Method::GET, "Calls.json", &query);
        self.call(http, request.map(Request::large_answer), |answer| {
            answer.json::<WireCalls>("a list of phone calls")
        })
        .await
        .map(|page| page.calls.into_iter().map(PhoneCall::from).collect())
    }
}

#[derive(Deserialize)]
struct WireCalls {
    calls: Vec<WireCall>,
}

#[derive(Deserialize)]
struct WireCall {
    sid: String,
    #[serde(default)]
    status: String,
    to: Option<String>,
    from: Option<String>,
    direction: Option<String>,
    #[serde(default, deserialize_with = "rfc2822")]
    date_created: Option<Timestamp>,
}

impl From<WireCall> for PhoneCall {
    fn from(wire: WireCall) -> Self {
        Self {
            sid: wire.sid,
            status: PhoneCallStatus::parse(&wire.status),
            to: wire.to,
            from: wire.from,
            direction: wire.direction,
            created_at: wire.date_created,
        }
    }
}
