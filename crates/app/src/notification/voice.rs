//! Calls, by Twilio. Placing one is an attempt like sending a text; whether somebody took it is
//! reported later, and one that nobody took is placed again on a schedule.

use domain::notification::News;
use domain::{Booking, Language, MessageId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use providers::twilio::{NewCall, PhoneCallStatus, Sender};
use serde_json::{Value, json};
use store::job::{Job, Postponement};
use store::message::{Fate, Message, MessageReported, SentTexts};
use store::undelivered::DeliveryReported;
use url::Url;

use super::sms::SKEW;
use super::{Handed, LookedUp};
use crate::conversation::phrases;
use crate::{App, AppError};

/// When nobody is called, where they are: from nine in the evening to eight in the morning.
const CALLS_FROM: i8 = 8;
const CALLS_UNTIL: i8 = 21;
/// How long a line that was busy is left alone.
const AFTER_BUSY: SignedDuration = SignedDuration::from_mins(5);
/// How long somebody who did not pick up is left alone.
const AFTER_NO_ANSWER: SignedDuration = SignedDuration::from_mins(30);
/// How many of a number's latest calls are looked through.
const LOOK_BACK: u16 = 20;

/// What the provider reports of a call.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// The attempt it is about.
    pub message: MessageId,
    /// The provider's identifier.
    pub provider_id: String,
    /// The provider's word for how far it came.
    pub status: String,
    /// All that was said, for the timeline.
    pub payload: Value,
}

impl App {
    pub(super) async fn hand_to_phone(&self, job: &Job, message: &Message) -> Handed {
        let Some(twilio) = &self.providers().twilio else {
            return self.not_configured("phone line");
        };
        if matches!(twilio.sender, Sender::MessagingService(_)) {
            return self.not_configured("number to call from");
        }
        let callback = |what: &str| {
            let path = format!("/callbacks/twilio/voice/{what}?message={}", message.id);
            Url::parse(&self.settings().url(&path)).expect("our own address and an id make a URL")
        };
        let (url, status_callback) = (callback("outbound"), callback("status"));
        let new = NewCall { to: &message.recipient, url: &url, status_callback: &status_callback };
        let call = twilio.create_call(&self.providers().http, &new).await;
        let entries = vec![self.call_entry("message.call", &call)];
        let (fate, postponement) = match &call.outcome {
            Ok(placed) => (Fate::Sent { provider_id: Some(placed.sid.clone()) }, None),
            Err(error) => self.after_error(job, error),
        };
        Handed { fate, entries, postponement }
    }

    /// Until when nobody is called where they are.
    pub(super) fn may_call_from(&self, zone: &TimeZone) -> Option<Timestamp> {
        let now = self.clock().now().to_zoned(zone.clone());
        let day = match now.hour() {
            hour if hour < CALLS_FROM => now.date(),
            hour if hour >= CALLS_UNTIL => now.date().tomorrow().ok()?,
            _ => return None,
        };
        let morning = day.at(CALLS_FROM, 0, 0, 0);
        zone.to_ambiguous_timestamp(morning).compatible().ok()
    }

    pub(super) async fn look_up_call(
        &self,
        job: &Job,
        open: &Message,
    ) -> Result<LookedUp, AppError> {
        let Some(twilio) = &self.providers().twilio else { return Ok(LookedUp::SendAgain) };
        let (workspace, booking) = (self.workspace(), open.booking);
        let known = SentTexts { workspace, booking, position: open.position };
        let known = self.store().read(known).await?;
        let call = twilio.list_calls(&self.providers().http, &open.recipient, LOOK_BACK).await;
        let entries = vec![self.call_entry("message.look_up", &call)];
        let Ok(calls) = call.outcome else {
            let postponement = Some(self.later(job));
            let handed = Handed { fate: Fate::Unknown, entries, postponement };
            self.end(job.clone(), open.clone(), handed).await?;
            return Ok(LookedUp::Settled);
        };
        let since = open.created_at - SKEW;
        let found = calls.into_iter().find(|call| {
            !known.contains(&call.sid)
                && call.direction.as_deref().is_none_or(|way| way.starts_with("outbound"))
                && call.created_at.is_none_or(|at| at >= since)
        });
        let Some(found) = found else {
            let summary = "The answer was lost and no such call is known: it is placed again";
            self.note(open, self.entry("message.sent_again", summary, &json!({}))).await?;
            return Ok(LookedUp::SendAgain);
        };
        let fate = Fate::Sent { provider_id: Some(found.sid) };
        // What came since is compared with it at once: it may have been asked for already.
        let postponement = Some(Postponement::Until(self.clock().now()));
        self.end(job.clone(), open.clone(), Handed { fate, entries, postponement }).await?;
        Ok(LookedUp::Settled)
    }

    /// Notes a verified report of a call. `false` when it is no news.
    pub async fn call_reported(&self, report: CallReport) -> Result<bool, AppError> {
        let now = self.clock().now();
        let (state, again_at) = match PhoneCallStatus::parse(&report.status) {
            PhoneCallStatus::Completed => ("delivered", None),
            PhoneCallStatus::Busy => ("undelivered", Some(now + AFTER_BUSY)),
            PhoneCallStatus::NoAnswer => ("undelivered", Some(now + AFTER_NO_ANSWER)),
            PhoneCallStatus::Failed | PhoneCallStatus::Canceled => ("undelivered", None),
            PhoneCallStatus::Queued
            | PhoneCallStatus::Initiated
            | PhoneCallStatus::Ringing
            | PhoneCallStatus::InProgress => ("sent", None),
            PhoneCallStatus::Other(_) => return Ok(false),
        };
        let summary = format!("The provider reports the call as {}", report.status);
        let data = json!({ "report": report.payload });
        let unit = DeliveryReported {
            report: MessageReported {
                workspace: self.workspace(),
                id: report.message,
                provider_id: report.provider_id,
                state,
                entry: self.entry("message.reported", summary, &data),
                now,
            },
            fact: None,
            again_at,
            job_id: self.ids().job(),
        };
        let news = self.store().write(unit).await?;
        if news {
            self.wake_runner();
        }
        Ok(news)
    }
}

/// What a call says of the news. The choices follow it, where there are any.
pub(super) fn spoken_news(
    booking: &Booking,
    zone: &TimeZone,
    news: &News,
    language: Language,
) -> String {
    let phrases = phrases::of(language);
    let said = &phrases.news;
    let of = &format!("{}, {}", booking.title, phrases.spoken(booking.slot.start(), zone));
    let sentence = match news {
        News::Received => (said.received)(of),
        News::Confirmed => (said.confirmed)(of),
        News::Reminder { .. } | News::Unreached => (said.reminder)(of),
        News::Moved { .. } => (said.moved)(of),
        News::Updated => {
            let place = booking.location.as_ref().map(|place| format!(", {place}"));
            (said.updated)(&format!("{of}{}", place.unwrap_or_default()))
        }
        News::MoveNotPossible { .. } => (said.move_not_possible)(of),
        News::Cancelled { .. } => (said.cancelled)(of),
        News::NotPossible => (said.not_possible)(of),
        News::Waitlisted => (said.waitlisted)(of),
        News::SeatsOffered { until } => (said.seats_offered)(of, &phrases.spoken(*until, zone)),
        News::WaitedInVain => (said.waited_in_vain)(of),
    };
    format!("{} {sentence}", said.hello)
}
