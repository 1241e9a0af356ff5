//! Texts, by Twilio. It has no idempotency key: what was lost is looked up by callback or listing.

use domain::Phone;
use jiff::{SignedDuration, Timestamp};
use providers::ProviderError;
use providers::twilio::{Message as TwilioMessage, MessageStatus, Sender};
use serde_json::json;
use store::job::{Job, Postponement};
use store::message::{Fate, Message, SentTexts};
use store::number::{Fact, FindNumber, LearnOfNumber, NewFact};
use store::sender::{PauseSender, SenderTurn, TakeTurn};
use store::timeline::TimelineEntry;
use url::Url;

use super::report::learned;
use super::{Handed, LookedUp};
use crate::{App, AppError, CALL};

/// How far the provider's clock may be behind ours.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// How many of a number's latest texts are looked through.
const LOOK_BACK: u16 = 50;
/// How many texts of one sender are on their way to the provider at most.
const MOST_FLYING: i64 = 10;

/// Whether a text may go now.
pub(super) enum MayText {
    Yes,
    /// It is not its turn before then.
    Later(Timestamp),
    /// This is known of the number.
    Never(Fact),
}

fn sender_name(sender: &Sender) -> String {
    match sender {
        Sender::Number(name) | Sender::MessagingService(name) => name.clone(),
    }
}

/// What a look at the provider's list of texts says of one of ours.
pub(crate) enum LookedFor {
    Found(Box<TwilioMessage>),
    Missing,
    Unreadable,
}

impl App {
    /// `hindrance` is what is known of the number, where that speaks against texting it.
    pub(super) async fn hand_to_twilio(
        &self,
        job: &Job,
        message: &Message,
        hindrance: Option<Fact>,
    ) -> Handed {
        let Some(twilio) = &self.providers().twilio else {
            return self.not_configured("sender for texts");
        };
        if let Some(known) = hindrance {
            return self.not_texted(known);
        }
        let callback = self.status_callback(message);
        let http = &self.providers().http;
        let call =
            twilio.send_message(http, &message.recipient, &message.body, Some(&callback)).await;
        let entries = vec![self.call_entry("message.send", &call)];
        let (fate, postponement) = match &call.outcome {
            Ok(sent) => (Fate::Sent { provider_id: Some(sent.sid.clone()) }, None),
            Err(error) => self.after_error(job, error),
        };
        if let Err(error) = &call.outcome
            && let Err(broken) = self.learn_from(error, message, postponement.as_ref()).await
        {
            tracing::error!("what an error of the provider teaches could not be noted: {broken}");
        }
        Handed { fate, entries, postponement }
    }

    /// Whether a text may go to a number now.
    pub(super) async fn may_text(&self, job: &Job, phone: &Phone) -> Result<MayText, AppError> {
        let Some(twilio) = &self.providers().twilio else { return Ok(MayText::Yes) };
        let known = FindNumber { workspace: self.workspace(), phone: phone.clone() };
        if let Some(known) = self.store().read(known).await? {
            return Ok(MayText::Never(known));
        }
        let now = self.clock().now();
        let unit = TakeTurn {
            workspace: self.workspace(),
            sender: sender_name(&twilio.sender),
            subject: job.task.subject(),
            interval: self.settings().text_interval,
            most_flying: MOST_FLYING,
            flying_until: now + CALL,
            now,
        };
        Ok(match self.store().write(unit).await? {
            SenderTurn::Now => MayText::Yes,
            SenderTurn::At(until) => MayText::Later(until),
        })
    }

    fn not_texted(&self, known: Fact) -> Handed {
        let summary = match known {
            Fact::Stopped => "Not texted: the number asked for no more texts",
            Fact::NotTextable => "Not texted: the number takes no texts",
            Fact::BadNumber => "Not texted: nobody has that number",
            Fact::Allowed => "Not texted",
        };
        let entry = self.entry("message.not_sent", summary, &json!({}));
        let fate = Fate::Failed { error: summary.to_owned() };
        Handed { fate, entries: vec![entry], postponement: None }
    }

    /// What an error says of the number, or of the pace.
    async fn learn_from(
        &self,
        error: &ProviderError,
        message: &Message,
        postponement: Option<&Postponement>,
    ) -> Result<(), AppError> {
        let now = self.clock().now();
        match (error, postponement, &self.providers().twilio) {
            (ProviderError::Undeliverable { cause, reason }, _, _) => {
                let Some(fact) = learned(*cause) else { return Ok(()) };
                let (phone, because) = (message.recipient.clone(), reason.clone());
                let fact = NewFact { id: self.ids().uuid(), phone, fact, because };
                let unit = LearnOfNumber { workspace: self.workspace(), fact, now };
                Ok(self.store().write(unit).await?)
            }
            (ProviderError::Throttled { .. }, Some(Postponement::Until(until)), Some(twilio)) => {
                let sender = sender_name(&twilio.sender);
                let unit = PauseSender { workspace: self.workspace(), sender, until: *until };
                Ok(self.store().write(unit).await?)
            }
            _ => Ok(()),
        }
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
        let (workspace, booking) = (self.workspace(), open.booking);
        let known = SentTexts { workspace, booking, position: open.position };
        let known = self.store().read(known).await?;
        let since = open.created_at - SKEW;
        let (looked, found) = self.look_for_text(&open.recipient, &open.body, since, &known).await;
        let entries: Vec<_> = looked.into_iter().collect();
        let text = match found {
            LookedFor::Found(text) => text,
            LookedFor::Missing => {
                let summary = "The answer was lost and no such text is known: it is sent again";
                self.note(open, self.entry("message.sent_again", summary, &json!({}))).await?;
                return Ok(LookedUp::SendAgain);
            }
            LookedFor::Unreadable => {
                let postponement = Some(self.later(job));
                let handed = Handed { fate: Fate::Unknown, entries, postponement };
                self.end(job.clone(), open.clone(), handed).await?;
                return Ok(LookedUp::Settled);
            }
        };
        let failed = matches!(text.status, MessageStatus::Failed | MessageStatus::Undelivered);
        let fate = if failed {
            Fate::Failed { error: format!("the provider says {:?}", text.error_code) }
        } else {
            Fate::Sent { provider_id: Some(text.sid) }
        };
        // What came since is compared with it at once: it may have been asked for already.
        let postponement = (!failed).then(|| Postponement::Until(self.clock().now()));
        let handed = Handed { fate, entries, postponement };
        self.end(job.clone(), open.clone(), handed).await?;
        Ok(LookedUp::Settled)
    }

    /// Looks for a text of ours among the latest to a number: one with that body, not older than
    /// `since`, and none of those whose identifier is known.
    pub(crate) async fn look_for_text(
        &self,
        to: &str,
        body: &str,
        since: Timestamp,
        known: &[String],
    ) -> (Option<TimelineEntry>, LookedFor) {
        let Some(twilio) = &self.providers().twilio else { return (None, LookedFor::Missing) };
        let call = twilio.list_messages(&self.providers().http, to, LOOK_BACK).await;
        let looked = self.call_entry("message.look_up", &call);
        let Ok(texts) = call.outcome else { return (Some(looked), LookedFor::Unreadable) };
        let ours = |text: &TwilioMessage| {
            text.body.as_deref() == Some(body)
                && !known.contains(&text.sid)
                && text.direction.as_deref().is_none_or(|way| way.starts_with("outbound"))
                && text.created_at.is_none_or(|at| at >= since)
        };
        let found = texts.into_iter().find(ours);
        (Some(looked), found.map_or(LookedFor::Missing, |text| LookedFor::Found(Box::new(text))))
    }

    pub(super) async fn note(
        &self,
        message: &Message,
        entry: store::timeline::TimelineEntry,
    ) -> Result<(), AppError> {
        let (workspace, booking) = (self.workspace(), message.booking);
        let unit = store::timeline::AppendTimeline { workspace, booking, entry };
        Ok(self.store().write(unit).await?)
    }
}
