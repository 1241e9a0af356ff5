//! What providers report of messages, later and in any order.

use domain::MessageId;
use providers::twilio::signature::{url_candidates, verify};
use serde_json::{Value, json};
use store::message::MessageReported;

use crate::{App, AppError};

/// One report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The attempt it is about.
    pub message: MessageId,
    /// The provider's identifier.
    pub provider_id: String,
    /// The provider's word for how far it came.
    pub status: String,
    /// The provider's error code.
    pub error_code: Option<String>,
    /// All that was said, for the timeline.
    pub payload: Value,
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

    /// Notes a verified report. `false` when it is no news: a repeat, or one that was overtaken.
    pub async fn message_reported(&self, report: Report) -> Result<bool, AppError> {
        let state = match report.status.as_str() {
            "sent" | "queued" | "accepted" | "sending" => "sent",
            "delivered" | "read" => "delivered",
            "undelivered" => "undelivered",
            "failed" | "canceled" => "failed",
            _ => return Ok(false),
        };
        let code = report.error_code.map(|code| format!(" (error {code})")).unwrap_or_default();
        let summary = format!("The provider reports the message as {}{code}", report.status);
        let data = json!({ "report": report.payload });
        let unit = MessageReported {
            workspace: self.workspace(),
            id: report.message,
            provider_id: report.provider_id,
            state,
            entry: self.entry("message.reported", summary, &data),
            now: self.clock().now(),
        };
        Ok(self.store().write(unit).await?)
    }
}
