//! Texts, by Twilio. It has no idempotency key: what was lost is looked up by callback or listing.

use jiff::SignedDuration;
use providers::twilio::MessageStatus;
use serde_json::json;
use store::job::{Job, Postponement};
use store::message::{Fate, Message, SentTexts};
use url::Url;

use super::{Handed, LookedUp};
use crate::{App, AppError};

/// How far the provider's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// How many of a number's latest texts are looked through.
const LOOK_BACK: u16 = 50;

impl App {
    pub(super) async fn hand_to_twilio(&self, job: &Job, message: &Message) -> Handed {
        let Some(twilio) = &self.providers().twilio else {
            return self.not_configured("sender for texts");
        };
        let callback = self.status_callback(message);
        let http = &self.providers().http;
        let call =
            twilio.send_message(http, &message.recipient, &message.body, Some(&callback)).await;
        let entries = vec![self.call_entry("message.send", &call)];
        let (fate, postponement) = match &call.outcome {
            Ok(sent) => (Fate::Sent { provider_id: Some(sent.sid.clone()) }, None),
            Err(error) => self.after_error(job, error),
        };
        Handed { fate, entries, postponement }
    }

    /// Names the attempt, so that a callback tells us of one whose answer was lost.
    fn status_callback(&self, message: &Message) -> Url {
        let url = self.settings().url(&format!("/callbacks/twilio/status?message={}", message.id));
        Url::parse(&url).expect("our own address and an id make a URL")
    }

    pub(super) async fn look_up_text(
        &self,
        job: &Job,
        open: &Message,
    ) -> Result<LookedUp, AppError> {
        let Some(twilio) = &self.providers().twilio else { return Ok(LookedUp::SendAgain) };
        let call = twilio.list_messages(&self.providers().http, &open.recipient, LOOK_BACK).await;
        let looked = self.call_entry("message.look_up", &call);
        let (workspace, booking) = (self.workspace(), open.booking);
        let known = SentTexts { workspace, booking, position: open.position };
        let known = self.store().read(known).await?;
        let found = match call.outcome {
            Ok(texts) => texts.into_iter().find(|text| {
                let since = open.created_at - SKEW;
                text.body.as_deref() == Some(open.body.as_str())
                    && !known.contains(&text.sid)
                    && text.direction.as_deref().is_none_or(|way| way.starts_with("outbound"))
                    && text.created_at.is_none_or(|at| at >= since)
            }),
            Err(_unreadable) => {
                let handed = Handed {
                    fate: Fate::Unknown,
                    entries: vec![looked],
                    postponement: Some(self.later(job)),
                };
                self.end(job.clone(), open.clone(), handed).await?;
                return Ok(LookedUp::Settled);
            }
        };
        let Some(text) = found else {
            let summary = "The answer was lost and no such text is known: it is sent again";
            self.note(open, self.entry("message.sent_again", summary, &json!({}))).await?;
            return Ok(LookedUp::SendAgain);
        };
        let failed = matches!(text.status, MessageStatus::Failed | MessageStatus::Undelivered);
        let fate = if failed {
            Fate::Failed { error: format!("the provider says {:?}", text.error_code) }
        } else {
            Fate::Sent { provider_id: Some(text.sid) }
        };
        // What came since is compared with it at once: it may have been asked for already.
        let postponement = (!failed).then(|| Postponement::Until(self.clock().now()));
        let handed = Handed { fate, entries: vec![looked], postponement };
        self.end(job.clone(), open.clone(), handed).await?;
        Ok(LookedUp::Settled)
    }

    async fn note(
        &self,
        message: &Message,
        entry: store::timeline::TimelineEntry,
    ) -> Result<(), AppError> {
        let (workspace, booking) = (self.workspace(), message.booking);
        let unit = store::timeline::AppendTimeline { workspace, booking, entry };
        Ok(self.store().write(unit).await?)
    }
}
