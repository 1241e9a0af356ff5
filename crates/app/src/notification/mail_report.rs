//! What SendGrid reports of mails, later, in any order and more than once.

use domain::MessageId;
use providers::mail::{MailEvent, MailEventKind, Relay, mail_events};
use serde_json::json;
use store::message::{MailReported, MessageReported};

use crate::{App, AppError};

impl App {
    /// Whether a body that was posted to us is SendGrid's. `false` where no key is configured.
    pub fn verify_sendgrid(&self, timestamp: &str, body: &[u8], signature: &str) -> bool {
        match &self.providers().mail {
            Some((Relay::SendGrid(sendgrid), _)) => {
                let key = sendgrid.events.as_ref();
                key.is_some_and(|key| key.verify(timestamp, body, signature))
            }
            Some((Relay::Smtp(_), _)) | None => false,
        }
    }

    /// Notes what a verified delivery of the event webhook says. Says how much of it was news.
    pub async fn mail_reported(&self, body: &[u8]) -> Result<usize, AppError> {
        let mut news = 0;
        for event in mail_events(body).unwrap_or_default() {
            let Some(report) = self.report_of(&event) else { continue };
            let unit = MailReported { event: event.id, report };
            news += usize::from(self.store().write(unit).await?);
        }
        if news > 0 {
            self.wake_runner();
        }
        Ok(news)
    }

    /// The report, if it is about an attempt of ours and says how far it came.
    fn report_of(&self, event: &MailEvent) -> Option<MessageReported> {
        let id: MessageId = event.reference.as_deref()?.parse().ok()?;
        let (state, summary) = match &event.kind {
            MailEventKind::Processed => ("sent", "SendGrid has the mail".to_owned()),
            MailEventKind::Delivered => {
                ("delivered", "The recipient's mail server took the mail".to_owned())
            }
            MailEventKind::Bounced { status } => {
                ("undelivered", format!("The recipient's mail server refused the mail ({status})"))
            }
            MailEventKind::Dropped { reason } => {
                ("failed", format!("SendGrid did not try to deliver the mail ({reason})"))
            }
            MailEventKind::Deferred | MailEventKind::Other => return None,
        };
        Some(MessageReported {
            workspace: self.workspace(),
            id,
            provider_id: event.provider_id.clone().unwrap_or_default(),
            state,
            entry: self.entry("message.reported", summary, &json!({ "report": event.payload })),
            now: self.clock().now(),
        })
    }
}
