//! What a message would say, about an appointment that nobody has.

use std::collections::BTreeMap;

use domain::booking::{Actor, Cancellation, Edition};
use domain::notification::News;
use domain::{
    Attendee, Booking, BookingId, BookingState, Email, Host, Interval, Language, Name, Service,
    ServiceId,
};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Content, text};
use crate::App;
use crate::booking::Alternative;

/// One message, on every channel.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The mail's subject.
    pub subject: String,
    /// The plain part of the mail.
    pub plain: String,
    /// The HTML part of the mail.
    pub html: String,
    /// The text message.
    pub sms: String,
}

/// The kinds of news that can be previewed.
pub const PREVIEWS: [&str; 7] = [
    "received",
    "confirmed",
    "reminder",
    "moved",
    "move_not_possible",
    "cancelled",
    "not_possible",
];

impl App {
    /// What an attendee of a service would read. `None` when there is no such service or kind of
    /// news.
    pub fn preview(&self, service: &ServiceId, news: &str, language: Language) -> Option<Preview> {
        let setup = self.setup();
        let service = setup.setup.service(service)?;
        let host = setup.setup.hosts_of(service).next()?;
        let slot = sample_slot(service, host, self.clock().now())?;
        let news = sample_news(news, slot)?;
        let booking = sample_booking(service, host, slot, &news, language);
        let later =
            Interval::starting(slot.start() + SignedDuration::from_hours(24), slot.length())?;
        let free = [Alternative { slot: later, host: host.id.clone() }];
        let content = Content::new(&text::Telling {
            booking: &booking,
            host: Some(host.name.as_str()),
            attendee: booking.lead(),
            language,
            news: &news,
            manage: self.settings().url("/b/EXAMPLE"),
            book: Some(self.settings().url(&self.booking_page(&service.id))),
            alternatives: if news == News::NotPossible { &free } else { &[] },
            wording: service.telling.wording(&news, language),
            replies: self.replies_to_texts(&service.id, 0),
            phone: self.phone_line(&booking, 0),
        });
        Some(Preview {
            subject: content.subject.clone(),
            plain: content.plain(),
            html: content.html(),
            sms: content.sms(),
        })
    }
}

/// Ten o'clock in three days, where the host is.
fn sample_slot(service: &Service, host: &Host, now: Timestamp) -> Option<Interval> {
    let in_three_days = now.checked_add(SignedDuration::from_hours(72)).ok()?;
    let local = in_three_days.to_zoned(host.timezone.clone());
    let ten = local.with().time(Time::constant(10, 0, 0, 0)).build().ok()?;
    Interval::starting(ten.timestamp(), service.rules.duration)
}

fn sample_news(kind: &str, slot: Interval) -> Option<News> {
    let other = Interval::starting(slot.start() - SignedDuration::from_hours(24), slot.length())?;
    Some(match kind {
        "received" => News::Received,
        "confirmed" => News::Confirmed,
        "reminder" => News::Reminder { before: SignedDuration::from_hours(24) },
        "moved" => News::Moved { from: other },
        "updated" => News::Updated,
        "move_not_possible" => News::MoveNotPossible { wanted: other },
        "cancelled" => News::Cancelled { by: Actor::Host },
        "not_possible" => News::NotPossible,
        _ => return None,
    })
}

fn sample_booking(
    service: &Service,
    host: &Host,
    slot: Interval,
    news: &News,
    language: Language,
) -> Booking {
    let dana = Attendee {
        name: Name::parse("Dana Whitfield").ok(),
        email: Email::parse("dana@example.com").ok(),
        phone: None,
        timezone: Some(host.timezone.clone()),
        locale: Some(language.tag().to_owned()),
    };
    let state = match news {
        News::Cancelled { by } => BookingState::Cancelled(Cancellation { by: *by, reason: None }),
        News::Received
        | News::Confirmed
        | News::Reminder { .. }
        | News::Unreached
        | News::Waitlisted
        | News::SeatsOffered { .. }
        | News::WaitedInVain
        | News::Moved { .. }
        | News::Updated
        | News::MoveNotPossible { .. }
        | News::NotPossible => BookingState::Confirmed { change: None },
    };
    Booking {
        id: BookingId::new(Uuid::nil()),
        service: service.id.clone(),
        host: host.id.clone(),
        joined: Vec::new(),
        slot,
        title: service.title.clone(),
        location: service.location.clone(),
        edition: Edition::default(),
        timezone: host.timezone.clone(),
        party_size: 1,
        attendees: vec![dana],
        notes: None,
        answers: BTreeMap::new(),
        submission_id: None,
        source: None,
        state,
        revision: 1,
        created_at: slot.start(),
        updated_at: slot.start(),
    }
}
