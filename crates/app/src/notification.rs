//! Telling people: a reconciler of what they were last told and what is true.
//!
//! An attempt is stored before the provider is called. One whose answer was lost is looked up
//! before anything is sent again; where that cannot settle it, it is sent again and the timeline
//! says so.

mod email;
mod report;
mod sms;
mod text;

use domain::notification::{News, Recipient, news};
use domain::service::Channel;
use domain::{Attendee, Booking};
use jiff::Timestamp;
use providers::ProviderError;
use serde_json::json;
use store::job::{Job, Postponement, Release};
use store::message::{BeginMessage, EndMessage, Fate, LoadNotification, Message};
use store::timeline::TimelineEntry;

use crate::{App, AppError};

pub use report::Report;
pub(crate) use text::Content;

/// What came of handing a message over.
struct Handed {
    fate: Fate,
    entries: Vec<TimelineEntry>,
    /// `None` when the job is done.
    postponement: Option<Postponement>,
}

impl App {
    /// Tells one attendee, on one channel, what they do not know yet.
    pub(crate) async fn notify(
        &self,
        job: Job,
        position: u32,
        channel: Channel,
    ) -> Result<(), AppError> {
        let unit = LoadNotification {
            workspace: job.workspace,
            booking: job.task.booking(),
            position,
            channel,
        };
        let Some(facts) = self.store().read(unit).await? else { return self.done(job).await };
        let mut supersedes = None;
        if let Some(open) = facts.open {
            match self.look_up(&job, &open).await? {
                LookedUp::Settled => return Ok(()),
                LookedUp::SendAgain => supersedes = Some(open.id),
            }
        }
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let Some(attendee) = facts.booking.attendees.get(index) else {
            return self.done(job).await;
        };
        let recipient = if position == 0 { Recipient::Lead } else { Recipient::Guest };
        let now = self.clock().now();
        let Some(news) = news(&facts.booking, recipient, facts.told.as_ref(), now) else {
            return self.done(job).await;
        };
        let content = self.content(&facts.booking, position, attendee, &news).await?;
        let Some(address) = address(attendee, channel) else { return self.done(job).await };
        let message = Message {
            id: self.ids().message(),
            booking: facts.booking.id,
            position,
            channel,
            news: news.as_str().to_owned(),
            recipient: address,
            body: match channel {
                Channel::Sms => content.sms(),
                Channel::Email => content.plain(),
            },
            told: news.told(&facts.booking),
            provider_id: None,
            created_at: now,
        };
        let begin = BeginMessage { job: job.clone(), message: message.clone(), supersedes };
        self.store().write(begin).await?;
        let handed = match channel {
            Channel::Sms => self.hand_to_twilio(&job, &message).await,
            Channel::Email => self.hand_to_relay(&job, &message, &content, &facts.booking).await,
        };
        self.end(job, message, handed).await
    }

    async fn done(&self, job: Job) -> Result<(), AppError> {
        let unit = Release { job, postponement: None, error: None };
        Ok(self.store().write(unit).await?)
    }

    async fn end(&self, job: Job, message: Message, handed: Handed) -> Result<(), AppError> {
        let unit = EndMessage {
            job,
            message,
            fate: handed.fate,
            entries: handed.entries,
            postponement: handed.postponement,
            now: self.clock().now(),
        };
        Ok(self.store().write(unit).await?)
    }

    /// Finds out what became of an attempt whose outcome is not known.
    async fn look_up(&self, job: &Job, open: &Message) -> Result<LookedUp, AppError> {
        let due = open.created_at + self.settings().lost_answer_wait;
        if self.clock().now() < due {
            let unit = Release {
                job: job.clone(),
                postponement: Some(Postponement::Until(due)),
                error: Some("waiting before it is looked up".to_owned()),
            };
            self.store().write(unit).await?;
            return Ok(LookedUp::Settled);
        }
        match open.channel {
            Channel::Sms => self.look_up_text(job, open).await,
            // The same Message-ID lets the receiver drop the second copy.
            Channel::Email => Ok(LookedUp::SendAgain),
        }
    }

    /// What follows from an error of a provider.
    fn after_error(&self, job: &Job, error: &ProviderError) -> (Fate, Option<Postponement>) {
        let text = error.to_string();
        let wait = |at: Timestamp| Some(Postponement::Until(at));
        let now = self.clock().now();
        match error {
            ProviderError::OutcomeUnknown(_) => {
                (Fate::Unknown, wait(now + self.settings().lost_answer_wait))
            }
            ProviderError::Throttled { retry_after: Some(after) } => {
                let after = jiff::SignedDuration::try_from(*after).unwrap_or_default();
                (Fate::NotSent { error: text }, wait(now + after))
            }
            ProviderError::Undeliverable { .. }
            | ProviderError::Refused { .. }
            | ProviderError::Invalid { .. }
            | ProviderError::NotFound
            | ProviderError::Gone { .. }
            | ProviderError::Conflict { .. }
            | ProviderError::PreconditionFailed => (Fate::Failed { error: text }, None),
            ProviderError::Throttled { retry_after: None }
            | ProviderError::QuotaExceeded
            | ProviderError::Unauthorized
            | ProviderError::ConnectionRevoked { .. }
            | ProviderError::ClientCredentials { .. }
            | ProviderError::InsufficientScope
            | ProviderError::Misconfigured { .. }
            | ProviderError::TryLater { .. }
            | ProviderError::NotSent(_) => (Fate::NotSent { error: text }, Some(self.later(job))),
        }
    }

    fn not_configured(&self, what: &str) -> Handed {
        let summary = format!("Not sent: no {what} is configured");
        let entry = self.entry("message.not_sent", summary.clone(), &json!({}));
        Handed { fate: Fate::Failed { error: summary }, entries: vec![entry], postponement: None }
    }

    async fn content(
        &self,
        booking: &Booking,
        position: u32,
        attendee: &Attendee,
        news: &News,
    ) -> Result<Content, AppError> {
        let alternatives = if *news == News::NotPossible {
            self.alternatives(&booking.service, booking.slot.start()).await?
        } else {
            Vec::new()
        };
        let holder = crate::LinkHolder { booking: booking.id, position };
        let manage = self.settings().url(&format!("/b/{}", self.link_key().token(holder)));
        let book = self.settings().url(&format!("/book/{}", booking.service));
        Ok(Content::new(booking, attendee, news, manage, book, &alternatives))
    }
}

/// What became of an attempt whose outcome was not known.
enum LookedUp {
    /// It is known now, or will be looked up later; the job is released.
    Settled,
    /// It did not arrive, or nobody can tell.
    SendAgain,
}

fn address(attendee: &Attendee, channel: Channel) -> Option<String> {
    match channel {
        Channel::Sms => attendee.phone.as_ref().map(ToString::to_string),
        Channel::Email => attendee.email.as_ref().map(ToString::to_string),
    }
}
