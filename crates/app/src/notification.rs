//! Telling people: a reconciler of what they were last told and what is true.
//!
//! An attempt is stored before the provider is called. One whose answer was lost is looked up
//! before anything is sent again; where that cannot settle it, it is sent again and the timeline
//! says so. A job that has told what is true rests until the next reminder, if there is one.

mod due;
mod email;
mod host;
mod mail_report;
mod preview;
mod reach;
mod report;
pub(crate) mod sms;
mod summary;
mod text;
mod voice;

use domain::BookingId;
use domain::host_news::HOST;
use domain::notification::News;
use domain::service::Channel;
use jiff::Timestamp;
use providers::ProviderError;
use serde_json::json;
use store::job::{Job, Postponement, Release};
use store::message::{
    BeginMessage, EndMessage, Fate, LoadNotification, Message, NotificationFacts, SettleTelling,
};
use store::number::Fact;
use store::timeline::TimelineEntry;

use crate::{App, AppError};

use due::Due;
pub use preview::{PREVIEWS, Preview};
pub use report::{Report, body_is_as_hashed};
pub(crate) use text::{Content, short_time};
pub use voice::CallReport;

/// What came of handing a message over.
struct Handed {
    fate: Fate,
    entries: Vec<TimelineEntry>,
    /// `None` when the job is done.
    postponement: Option<Postponement>,
}

/// One message, about to be sent.
struct Outgoing {
    message: Message,
    news: News,
    content: Content,
    /// What is known of the number, where that speaks against texting it.
    hindrance: Option<Fact>,
    /// What the timeline says besides, once it is told.
    entries: Vec<TimelineEntry>,
    /// When the job has something to do again once this is told.
    next: Option<Timestamp>,
}

impl App {
    /// Tells one attendee, on one channel, what they do not know yet. The host's place is
    /// [`HOST`], and whoever joins stands behind.
    pub(crate) async fn notify(
        &self,
        job: Job,
        booking: BookingId,
        position: u32,
        channel: Channel,
    ) -> Result<(), AppError> {
        let unit = LoadNotification { workspace: job.workspace, booking, position, channel };
        let Some(facts) = self.store().read(unit).await? else { return self.done(job).await };
        if let Some(open) = &facts.open
            && matches!(self.look_up(&job, open).await?, LookedUp::Settled)
        {
            return Ok(());
        }
        let due = if position >= HOST {
            self.due_for_host(&facts, position)
        } else {
            self.due_for_attendee(&job, &facts, position, channel).await?
        };
        match due {
            Due::Nothing { next } => self.nothing_to_tell(job, facts.open, next).await,
            Due::Later { until, why } => self.wait_until(job, until, why).await,
            Due::Held { until } => {
                let postponement = Some(Postponement::Resting(until));
                Ok(self.store().write(Release { job, postponement, error: None }).await?)
            }
            Due::Settled { told, entries, next } => {
                let (booking, now) = (facts.booking.id, self.clock().now());
                let postponement = next.map(Postponement::Resting);
                let unit = SettleTelling {
                    job,
                    booking,
                    position,
                    channel,
                    told,
                    entries,
                    postponement,
                    now,
                };
                Ok(self.store().write(unit).await?)
            }
            Due::Tell(outgoing) => self.tell(job, *outgoing, &facts).await,
        }
    }

    async fn tell(
        &self,
        job: Job,
        outgoing: Outgoing,
        facts: &NotificationFacts,
    ) -> Result<(), AppError> {
        let message = outgoing.message.clone();
        let supersedes = facts.open.as_ref().map(|open| open.id);
        let begin = BeginMessage { job: job.clone(), message: message.clone(), supersedes };
        self.store().write(begin).await?;
        let mut handed = match message.channel {
            Channel::Sms => self.hand_to_twilio(&job, &message, outgoing.hindrance).await,
            Channel::Email => self.hand_to_relay(&job, &outgoing, facts).await,
            Channel::Voice => self.hand_to_phone(&job, &message).await,
        };
        if matches!(handed.fate, Fate::Sent { .. }) && handed.postponement.is_none() {
            handed.postponement = outgoing.next.map(Postponement::Resting);
            handed.entries.extend(outgoing.entries);
        }
        self.end(job, message, handed).await
    }

    pub(crate) async fn done(&self, job: Job) -> Result<(), AppError> {
        let unit = Release { job, postponement: None, error: None };
        Ok(self.store().write(unit).await?)
    }

    /// Ends the job, or lets it rest until `next`, and with it an attempt that nobody will hear of
    /// again.
    async fn nothing_to_tell(
        &self,
        job: Job,
        open: Option<Message>,
        next: Option<Timestamp>,
    ) -> Result<(), AppError> {
        let postponement = next.map(Postponement::Resting);
        let Some(open) = open else {
            return Ok(self.store().write(Release { job, postponement, error: None }).await?);
        };
        let error = "the answer was lost, and it is no longer news".to_owned();
        let entry =
            self.entry("message.not_sent", "Not sent again: it is no longer news", &json!({}));
        let (fate, entries) = (Fate::Abandoned { error }, vec![entry]);
        self.end(job, open, Handed { fate, entries, postponement }).await
    }

    async fn wait_until(&self, job: Job, until: Timestamp, why: &str) -> Result<(), AppError> {
        let postponement = Some(Postponement::Until(until));
        let unit = Release { job, postponement, error: Some(why.to_owned()) };
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
            self.wait_until(job.clone(), due, "waiting before it is looked up").await?;
            return Ok(LookedUp::Settled);
        }
        match open.channel {
            Channel::Sms => self.look_up_text(job, open).await,
            Channel::Email => {
                self.note_second_mail(open).await?;
                Ok(LookedUp::SendAgain)
            }
            Channel::Voice => self.look_up_call(job, open).await,
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
            ProviderError::ClientCredentials { .. } => {
                (Fate::Unauthorized { error: text }, Some(self.later(job)))
            }
            ProviderError::Throttled { retry_after: None }
            | ProviderError::QuotaExceeded
            | ProviderError::Unauthorized
            | ProviderError::ConnectionRevoked { .. }
            | ProviderError::InsufficientScope
            | ProviderError::Misconfigured { .. }
            | ProviderError::TryLater { .. }
            | ProviderError::NotSent(_) => (Fate::NotSent { error: text }, Some(self.later(job))),
        }
    }

    fn not_configured(&self, what: &str) -> Handed {
        let summary = format!("Not sent: no {what} is configured");
        let entry = self.entry("message.not_sent", summary.clone(), &json!({}));
        Handed { fate: Fate::NotTried { error: summary }, entries: vec![entry], postponement: None }
    }
}

/// What became of an attempt whose outcome was not known.
enum LookedUp {
    /// It is known now, or will be looked up later; the job is released.
    Settled,
    /// It did not arrive, or nobody can tell.
    SendAgain,
}
