//! What is to be told now: news, a reminder, or nothing until later.

use domain::notification::{News, Recipient, Told, news};
use domain::reminder::{Reminder, Reminding, reminding};
use domain::service::Channel;
use domain::telling::Telling;
use domain::{Attendee, Booking, ServiceId, length};
use jiff::Timestamp;
use serde_json::json;
use store::job::Job;
use store::message::{Message, NotificationFacts};
use store::timeline::TimelineEntry;

use super::sms::MayText;
use super::text::Replies;
use super::voice::spoken_news;
use super::{Content, Outgoing, text};
use crate::{App, AppError};

/// What one job has to do.
pub(super) enum Due {
    /// Nothing before `next`.
    Nothing { next: Option<Timestamp> },
    /// It is news, and waits.
    Later { until: Timestamp, why: &'static str },
    /// It is news that can wait, and its recipient may be asleep.
    Held { until: Timestamp },
    /// They count as told without a message.
    Settled { told: Told, entries: Vec<TimelineEntry>, next: Option<Timestamp> },
    /// A message is to be sent.
    Tell(Box<Outgoing>),
}

impl App {
    /// What one attendee is to hear on one channel.
    pub(super) async fn due_for_attendee(
        &self,
        job: &Job,
        facts: &NotificationFacts,
        position: u32,
        channel: Channel,
    ) -> Result<Due, AppError> {
        let now = self.clock().now();
        if let Some(until) = answer_comes_first(facts, now) {
            return Ok(Due::Later { until, why: "a caller waits for the same news" });
        }
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let Some(attendee) = facts.booking.attendees.get(index) else {
            return Ok(Due::Nothing { next: None });
        };
        let Some(address) = address(attendee, channel) else {
            return Ok(Due::Nothing { next: None });
        };
        let setup = self.setup();
        let service = setup.setup.service(&facts.booking.service);
        let by_default = Telling::default();
        let telling = service.map_or(&by_default, |service| &service.telling);
        // One that takes over from another stands in neither list.
        let for_reminders_alone = service.is_some_and(|service| {
            let reminds = |reminder: &Reminder| reminder.channel == channel;
            !service.messages.contains(&channel) && telling.reminders.iter().any(reminds)
        });

        let recipient = if position == 0 { Recipient::Lead } else { Recipient::Guest };
        let untold = untold(facts, recipient, channel, now);
        let (news, late) = match untold {
            Some(news) if !for_reminders_alone => (news, Vec::new()),
            Some(news) => {
                let told = news.told(&facts.booking);
                let next = next_reminder(&facts.booking, telling, channel, &told, now);
                return Ok(Due::Settled { told, entries: Vec::new(), next });
            }
            None => {
                let told = facts.told.as_ref().zip(facts.told_at);
                let reminders = &telling.reminders;
                let found = reminding(&facts.booking, reminders, channel, told, now);
                let Reminding { due, late, next } = found;
                match due {
                    Some(before) => (News::Reminder { before }, late),
                    None if late.is_empty() => return Ok(Due::Nothing { next }),
                    None => {
                        let told = Told::stands(&facts.booking);
                        let entries = self.dropped(&late, channel);
                        return Ok(Due::Settled { told, entries, next });
                    }
                }
            }
        };
        let zone = attendee.timezone.as_ref().unwrap_or(&facts.booking.timezone);
        let held = match channel {
            Channel::Sms => {
                telling.quiet_hours.and_then(|hours| hours.hold(&facts.booking, &news, now, zone))
            }
            Channel::Email | Channel::Voice => None,
        };
        if let Some(until) = held {
            return Ok(Due::Held { until });
        }
        if channel == Channel::Voice
            && let Some(until) = self.may_call_from(zone)
        {
            return Ok(Due::Later { until, why: "nobody is called at night" });
        }
        let hindrance = match (channel, &attendee.phone) {
            (Channel::Sms, Some(phone)) => match self.may_text(job, phone).await? {
                MayText::Yes => None,
                MayText::Later(until) => return Ok(Due::Later { until, why: "not its turn" }),
                MayText::Never(known) => Some(known),
            },
            (Channel::Sms | Channel::Email | Channel::Voice, _) => None,
        };
        let content = self.content(&facts.booking, position, attendee, &news, telling).await?;
        let told = news.told(&facts.booking);
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
                Channel::Voice => {
                    spoken_news(&facts.booking, zone, &news, facts.booking.language_of(attendee))
                }
            },
            told: told.clone(),
            provider_id: None,
            created_at: now,
        };
        let next = next_reminder(&facts.booking, telling, channel, &told, now);
        let entries = self.dropped(&late, channel);
        Ok(Due::Tell(Box::new(Outgoing { message, news, content, hindrance, entries, next })))
    }

    fn dropped(&self, late: &[jiff::SignedDuration], channel: Channel) -> Vec<TimelineEntry> {
        late.iter()
            .map(|before| {
                let (before, channel) = (length::format(*before), channel.as_str());
                let summary =
                    format!("The reminder `{before} {channel}` came too late and was dropped");
                let data = json!({ "reminder": format!("{before} {channel}") });
                self.entry("message.reminder_dropped", summary, &data)
            })
            .collect()
    }

    async fn content(
        &self,
        booking: &Booking,
        position: u32,
        attendee: &Attendee,
        news: &News,
        telling: &Telling,
    ) -> Result<Content, AppError> {
        let alternatives = if *news == News::NotPossible {
            self.alternatives(&booking.service, booking.slot.start()).await?
        } else {
            Vec::new()
        };
        let holder = crate::LinkHolder { booking: booking.id, position };
        let setup = self.setup();
        let hosts = booking.hosts().filter_map(|host| setup.setup.host(host));
        let hosts: Vec<&str> = hosts.map(|host| host.name.as_str()).collect();
        let host = (!hosts.is_empty()).then(|| hosts.join(", "));
        let language = booking.language_of(attendee);
        Ok(Content::new(&text::Telling {
            booking,
            host: host.as_deref(),
            attendee,
            language,
            news,
            manage: self.settings().url(&format!("/b/{}", self.link_key().token(holder))),
            book: (!booking.service.is_ad_hoc())
                .then(|| self.settings().url(&self.booking_page(&booking.service))),
            alternatives: &alternatives,
            wording: telling.wording(news, language),
            replies: self.replies_to_texts(&booking.service, position),
            phone: self.phone_line(booking, position),
        }))
    }

    /// What an attendee can do by replying to a text of ours.
    pub(super) fn replies_to_texts(&self, service: &ServiceId, position: u32) -> Replies {
        match self.providers().twilio {
            None => Replies::Nothing,
            // No times are offered of what is of no service.
            Some(_) if service.is_ad_hoc() => Replies::Confirm,
            Some(_) if self.may_change(service, position) => Replies::Change,
            Some(_) => Replies::Confirm,
        }
    }
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

/// When somebody who is told this now is to be reminded of it.
fn next_reminder(
    booking: &Booking,
    telling: &Telling,
    channel: Channel,
    told: &Told,
    now: Timestamp,
) -> Option<Timestamp> {
    reminding(booking, &telling.reminders, channel, Some((told, now)), now).next
}

fn address(attendee: &Attendee, channel: Channel) -> Option<String> {
    match channel {
        Channel::Sms | Channel::Voice => attendee.phone.as_ref().map(ToString::to_string),
        Channel::Email => attendee.email.as_ref().map(ToString::to_string),
    }
}
