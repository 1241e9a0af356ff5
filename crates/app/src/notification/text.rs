//! What messages say, in English. Times are told in the attendee's zone, which is named.

use askama::Template;
use domain::booking::Actor;
use domain::notification::News;
use domain::{Attendee, Booking, Interval};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::booking::Alternative;

/// The content of one message, for every channel.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The mail's subject.
    pub(super) subject: String,
    /// The recipient's name.
    pub(super) recipient_name: Option<String>,
    heading: &'static str,
    greeting: String,
    sentence: String,
    facts: Vec<(&'static str, String)>,
    action: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage<'a> {
    subject: &'a str,
    heading: &'a str,
    greeting: &'a str,
    sentence: &'a str,
    facts: &'a [(&'static str, String)],
    action: Option<(&'static str, &'a str)>,
}

impl Content {
    /// What an attendee is to read. `manage` is their own link, `book` the service's page.
    pub(super) fn new(
        booking: &Booking,
        attendee: &Attendee,
        news: &News,
        manage: String,
        book: String,
        alternatives: &[Alternative],
    ) -> Self {
        let zone = attendee.timezone.as_ref().unwrap_or(&booking.timezone);
        let title = &booking.title;
        let when = when(booking.slot, zone);
        let (heading, sentence) = wording(news, zone);
        let mut facts = vec![("What", title.clone()), ("When", when.clone())];
        facts.extend(booking.location.iter().map(|location| ("Where", location.clone())));
        if !alternatives.is_empty() {
            let times: Vec<String> =
                alternatives.iter().map(|free| short_time(free.slot.start(), zone)).collect();
            facts.push(("Still free", times.join("; ")));
        }
        let action = match news {
            News::Confirmed | News::Moved { .. } | News::MoveNotPossible { .. } => {
                Some(("Change or cancel", manage))
            }
            News::NotPossible => Some(("Choose another time", book)),
            News::SeatsOffered { .. } => Some(("Accept", manage)),
            News::Waitlisted => Some(("See or leave the list", manage)),
            News::WaitedInVain => Some(("Choose another time", book)),
            News::Received | News::Cancelled { .. } => None,
        };
        Self {
            subject: format!("{heading}: {title}, {}", short_time(booking.slot.start(), zone)),
            recipient_name: attendee.name.as_ref().map(ToString::to_string),
            heading,
            greeting: match &attendee.name {
                Some(name) => format!("Hello {name},"),
                None => "Hello,".to_owned(),
            },
            sentence,
            facts,
            action,
        }
    }

    /// The text message: one or two segments in the ordinary case.
    pub(super) fn sms(&self) -> String {
        let facts: Vec<String> = self
            .facts
            .iter()
            .map(|(label, value)| match *label {
                "What" | "When" => shortened(value, 80),
                "Where" => shortened(value, 60),
                label => format!("{label}: {}", shortened(value, 120)),
            })
            .collect();
        let said = format!("{}: {}.", self.heading, facts.join(". "));
        match &self.action {
            Some((label, link)) => format!("{said} {label}: {link}"),
            None => said,
        }
    }

    /// The plain part of a mail.
    pub(super) fn plain(&self) -> String {
        let mut lines =
            vec![self.greeting.clone(), String::new(), self.sentence.clone(), String::new()];
        lines.extend(self.facts.iter().map(|(label, value)| format!("{label}: {value}")));
        if let Some((label, link)) = &self.action {
            lines.extend([String::new(), format!("{label}: {link}")]);
        }
        lines.join("\n")
    }

    /// The HTML part of a mail.
    pub(super) fn html(&self) -> String {
        let page = MailPage {
            subject: &self.subject,
            heading: self.heading,
            greeting: &self.greeting,
            sentence: &self.sentence,
            facts: &self.facts,
            action: self.action.as_ref().map(|(label, link)| (*label, link.as_str())),
        };
        page.render().expect("the template only shows text")
    }
}

fn wording(news: &News, zone: &TimeZone) -> (&'static str, String) {
    match news {
        News::Received => (
            "Request received",
            "We have your request. It is not confirmed yet; you will hear from us.".to_owned(),
        ),
        News::Confirmed => ("Confirmed", "Your appointment is confirmed.".to_owned()),
        News::Moved { from } => {
            ("Moved", format!("Your appointment was moved. It was {}.", when(*from, zone)))
        }
        News::MoveNotPossible { wanted } => (
            "Not moved",
            format!(
                "The time you asked for ({}) could not be had. Your appointment stays where it is.",
                when(*wanted, zone)
            ),
        ),
        News::Cancelled { by: Actor::Host } => {
            ("Cancelled", "Your appointment was cancelled by the host.".to_owned())
        }
        News::Cancelled { by: Actor::Attendee | Actor::Api | Actor::System } => {
            ("Cancelled", "Your appointment is cancelled.".to_owned())
        }
        News::Waitlisted => (
            "On the waiting list",
            "All places are taken. You are on the waiting list, and will hear from us as soon as one is free."
                .to_owned(),
        ),
        News::SeatsOffered { until } => (
            "A place is free",
            format!("It is kept for you until {}. Please accept it by then.", short_time(*until, zone)),
        ),
        News::WaitedInVain => {
            ("No place became free", "We are sorry: your place on the waiting list has ended.".to_owned())
        }
        News::NotPossible => {
            ("Not booked", "We are sorry: the time you asked for could not be booked.".to_owned())
        }
    }
}

/// `Tue, 1 Dec 2026, 10:00 AM to 10:30 AM PST (Los Angeles time)`.
fn when(slot: Interval, zone: &TimeZone) -> String {
    let (start, end) = (slot.start().to_zoned(zone.clone()), slot.end().to_zoned(zone.clone()));
    let until = if start.date() == end.date() {
        end.strftime("%-I:%M %p").to_string()
    } else {
        end.strftime("%a, %-d %b, %-I:%M %p").to_string()
    };
    format!(
        "{} to {until} {}",
        start.strftime("%a, %-d %b %Y, %-I:%M %p"),
        zone_name(slot.end(), zone)
    )
}

fn short_time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    format!("{} {}", local.strftime("%a, %-d %b, %-I:%M %p"), local.strftime("%Z"))
}

/// The zone's abbreviation, and the place it is named after: `PST (Los Angeles time)`.
fn zone_name(at: Timestamp, zone: &TimeZone) -> String {
    let abbreviation = at.to_zoned(zone.clone()).strftime("%Z").to_string();
    match zone.iana_name().and_then(|name| name.rsplit_once('/')) {
        Some((_, place)) => format!("{abbreviation} ({} time)", place.replace('_', " ")),
        None => abbreviation,
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 3).collect();
    format!("{}...", kept.trim_end())
}
