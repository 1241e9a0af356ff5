//! Telling people: a reconciler of what they were last told and what is true.
//!
//! An attempt is stored before the provider is called. One whose answer was lost is looked up
//! before anything is sent again; where that cannot settle it, it is sent again and the timeline
//! says so.

mod email;
mod report;
pub(crate) mod sms;
mod text;
mod voice;

use domain::notification::{News, Recipient, Told, news};
use domain::service::Channel;
use domain::{Attendee, Booking, BookingId};
use jiff::Timestamp;
use providers::ProviderError;
use serde_json::json;
use store::job::{Job, Postponement, Release};
use store::message::{
    BeginMessage, EndMessage, Fate, LoadNotification, Message, NotificationFacts,
};
use store::timeline::TimelineEntry;

use sms::MayText;
use voice::spoken_news;

use crate::{App, AppError};

pub use report::{Report, body_is_as_hashed};
pub(crate) use text::Content;
pub use voice::CallReport;

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
        booking: BookingId,
        position: u32,
        channel: Channel,
    ) -> Result<(), AppError> {
        let unit = LoadNotification { workspace: job.workspace, booking, position, channel };
        let Some(facts) = self.store().read(unit).await? else { return self.done(job).await };
        let now = self.clock().now();
        if let Some(until) = answer_comes_first(&facts, now) {
            return self.wait_until(job, until, "a caller waits for the same news").await;
        }
        if let Some(open) = &facts.open
            && matches!(self.look_up(&job, open).await?, LookedUp::Settled)
        {
            return Ok(());
        }
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let Some(attendee) = facts.booking.attendees.get(index) else {
            return self.done(job).await;
        };
        let recipient = if position == 0 { Recipient::Lead } else { Recipient::Guest };
        let Some(news) = untold(&facts, recipient, channel, now) else {
            return self.nothing_to_tell(job, facts.open).await;
        };
        let content = self.content(&facts.booking, position, attendee, &news).await?;
        let Some(address) = address(attendee, channel) else { return self.done(job).await };
        let zone = attendee.timezone.as_ref().unwrap_or(&facts.booking.timezone).clone();
        if channel == Channel::Voice
            && let Some(until) = self.may_call_from(&zone)
        {
            return self.wait_until(job, until, "nobody is called at night").await;
        }
        let hindrance = match (channel, &attendee.phone) {
            (Channel::Sms, Some(phone)) => match self.may_text(&job, phone).await? {
                MayText::Yes => None,
                MayText::Later(until) => return self.wait_until(job, until, "not its turn").await,
                MayText::Never(known) => Some(known),
            },
            (Channel::Sms | Channel::Email | Channel::Voice, _) => None,
        };
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
                Channel::Voice => spoken_news(&facts.booking, &zone, &news),
            },
            told: news.told(&facts.booking),
            provider_id: None,
            created_at: now,
        };
        let supersedes = facts.open.as_ref().map(|open| open.id);
        let begin = BeginMessage { job: job.clone(), message: message.clone(), supersedes };
        self.store().write(begin).await?;
        let handed = match channel {
            Channel::Sms => self.hand_to_twilio(&job, &message, hindrance).await,
            Channel::Email => self.hand_to_relay(&job, &message, &content, &facts).await,
            Channel::Voice => self.hand_to_phone(&job, &message).await,
        };
        self.end(job, message, handed).await
    }

    pub(crate) async fn done(&self, job: Job) -> Result<(), AppError> {
        let unit = Release { job, postponement: None, error: None };
        Ok(self.store().write(unit).await?)
    }

    /// Ends the job, and with it an attempt that nobody will hear of again.
    async fn nothing_to_tell(&self, job: Job, open: Option<Message>) -> Result<(), AppError> {
        let Some(open) = open else { return self.done(job).await };
        let error = "the answer was lost, and it is no longer news".to_owned();
        let entry =
            self.entry("message.not_sent", "Not sent again: it is no longer news", &json!({}));
        let (fate, entries) = (Fate::Failed { error }, vec![entry]);
        self.end(job, open, Handed { fate, entries, postponement: None }).await
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
            // The same Message-ID lets the receiver drop the second copy.
            Channel::Email => Ok(LookedUp::SendAgain),
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

/// Until when a refused move is left to the answer of whoever waits for it.
fn answer_comes_first(facts: &NotificationFacts, now: Timestamp) -> Option<Timestamp> {
    let refused = matches!(facts.told, Some(Told::Asked(_)));
    facts.awaited_until.filter(|until| refused && *until > now)
}

/// What somebody does not know yet. A mail whose answer was lost may have been read, and cannot be
/// looked up: what came after it is news even to somebody who was told nothing else.
fn untold(
    facts: &NotificationFacts,
    recipient: Recipient,
    channel: Channel,
    now: Timestamp,
) -> Option<News> {
    let after = |told: Option<&Told>| news(&facts.booking, recipient, told, now);
    let maybe_read = facts.open.as_ref().filter(|_| channel == Channel::Email);
    after(facts.told.as_ref()).or_else(|| after(Some(&maybe_read?.told)))
}

fn address(attendee: &Attendee, channel: Channel) -> Option<String> {
    match channel {
        Channel::Sms | Channel::Voice => attendee.phone.as_ref().map(ToString::to_string),
        Channel::Email => attendee.email.as_ref().map(ToString::to_string),
    }
}
