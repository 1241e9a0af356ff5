//! What providers report of messages, later and in any order.

use domain::MessageId;
use jiff::{SignedDuration, Timestamp};
use providers::Undeliverable;
use providers::twilio::signature::{body_hash_matches, url_candidates, verify};
use providers::twilio::{CodeClass, classify_code};
use serde_json::{Value, json};
use store::message::MessageReported;
use store::number::{Fact, NewFact};
use store::undelivered::DeliveryReported;

use crate::{App, AppError};

/// After how long a message that did not arrive is sent once more: a phone that is off or without
/// a signal, a carrier that is busy.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// One report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The attempt it is about.
    pub message: MessageId,
    /// The provider's identifier.
    pub provider_id: String,
    /// The number it went to.
    pub recipient: Option<String>,
    /// The provider's word for how far it came.
    pub status: String,
    /// The provider's error code.
    pub error_code: Option<String>,
    /// All that was said, for the timeline.
    pub payload: Value,
}

/// Whether a JSON body is the one whose hash an address carries; the signature covers the address.
pub fn body_is_as_hashed(url: &str, body: &[u8]) -> bool {
    body_hash_matches(url, body)
}

impl App {
    /// Whether a form that was posted to us is Twilio's: `urls` are those that the outside may have
    /// called, `fields` all decoded fields of the form. `false` where Twilio is not configured.
    pub fn verify_twilio(
        &self,
        urls: &[String],
        fields: &[(String, String)],
        signature: &str,
    ) -> bool {
        let Some(twilio) = &self.providers().twilio else { return false };
        let urls: Vec<String> = urls.iter().flat_map(|url| url_candidates(url)).collect();
        verify(&twilio.auth_token, &urls, fields, signature)
    }

    /// Notes a verified report, with what follows from it. `false` when it is no news: a repeat, or
    /// one that was overtaken.
    pub async fn message_reported(&self, report: Report) -> Result<bool, AppError> {
        let state = match report.status.as_str() {
            "sent" | "queued" | "accepted" | "sending" => "sent",
            "delivered" | "read" => "delivered",
            "undelivered" => "undelivered",
            "failed" | "canceled" => "failed",
            _ => return Ok(false),
        };
        let class = report.error_code.as_deref().and_then(|code| classify_code(code.parse().ok()?));
        let verdict = self.verdict(&report, state, class);
        let code = report.error_code.map(|code| format!(" (error {code})")).unwrap_or_default();
        let summary = format!("The provider reports the message as {}{code}", report.status);
        let data = json!({ "report": report.payload });
        let unit = DeliveryReported {
            report: MessageReported {
                workspace: self.workspace(),
                id: report.message,
                provider_id: report.provider_id,
                state,
                entry: self.entry("message.reported", summary, &data),
                now: self.clock().now(),
            },
            fact: verdict.fact,
            again_at: verdict.again_at,
            job_id: self.ids().job(),
        };
        let news = self.store().write(unit).await?;
        if news {
            self.wake_runner();
        }
        Ok(news)
    }

    /// What follows from a failure, by the provider's code. One that we do not know is tried again.
    fn verdict(&self, report: &Report, state: &str, class: Option<CodeClass>) -> Verdict {
        if !matches!(state, "undelivered" | "failed") {
            return Verdict::default();
        }
        let again_at = Some(self.clock().now() + AGAIN_AFTER);
        let fact = |cause: Undeliverable| {
            let phone = report.recipient.clone()?;
            let because = report.error_code.clone().unwrap_or_default();
            Some(NewFact { id: self.ids().uuid(), phone, fact: learned(cause)?, because })
        };
        match class {
            Some(CodeClass::Recipient(cause)) => Verdict { fact: fact(cause), again_at: None },
            // What an operator has to mend may be mended by then.
            Some(CodeClass::Configuration | CodeClass::Later | CodeClass::Unknown) | None => {
                Verdict { fact: None, again_at }
            }
            // Whether it arrived will never be known, or it is our own mistake.
            Some(CodeClass::DeliveryUnknown | CodeClass::Request | CodeClass::Notice) => {
                Verdict::default()
            }
        }
    }
}

#[derive(Default)]
struct Verdict {
    fact: Option<NewFact>,
    again_at: Option<Timestamp>,
}

/// What a failure teaches of the number itself; nothing where only the text was in the way.
pub(super) fn learned(cause: Undeliverable) -> Option<Fact> {
    match cause {
        Undeliverable::OptedOut => Some(Fact::Stopped),
        Undeliverable::NotTextable => Some(Fact::NotTextable),
        Undeliverable::BadAddress => Some(Fact::BadNumber),
        Undeliverable::Filtered => None,
    }
}
