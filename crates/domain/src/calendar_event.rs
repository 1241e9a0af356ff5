//! What a calendar event says: of a booking, or of an occurrence with its roster.

use std::fmt;

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::booking::Booking;
use crate::host::Host;
use crate::id::{BookingId, OccurrenceId};
use crate::people::{Attendee, Email};
use crate::service::CalendarReminder;
use crate::time::Interval;

/// What a calendar event stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventOwner {
    /// One booking.
    Booking(BookingId),
    /// One start of a group service, with all its bookings.
    Occurrence(OccurrenceId),
}

impl EventOwner {
    /// The owner's 128 bits, as stored and as part of the event's identifier.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Booking(id) => id.uuid(),
            Self::Occurrence(id) => id.uuid(),
        }
    }
}

impl From<BookingId> for EventOwner {
    fn from(id: BookingId) -> Self {
        Self::Booking(id)
    }
}

impl From<OccurrenceId> for EventOwner {
    fn from(id: OccurrenceId) -> Self {
        Self::Occurrence(id)
    }
}

impl fmt::Display for EventOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Booking(id) => id.fmt(f),
            Self::Occurrence(id) => id.fmt(f),
        }
    }
}

/// The content of a calendar event, the same for every provider.
#[derive(Debug, Clone)]
pub struct CalendarEvent {
    /// The service's title with the lead's name.
    pub summary: String,
    /// Where.
    pub location: Option<String>,
    /// Who comes, how to reach them, and their answers; plain text.
    pub description: String,
    /// When.
    pub slot: Interval,
    /// The zone in which start and end are written: the host's.
    pub timezone: TimeZone,
    /// Who is invited: lead, guests and the hosts, each with an address.
    pub invited: Vec<Invited>,
    /// Whether there are guests, who are not shown one another.
    pub has_guests: bool,
    /// Reminders that the provider gives.
    pub reminders: Vec<CalendarReminder>,
    /// What it is of.
    pub owner: EventOwner,
    /// Which roster it shows, where it is an occurrence's.
    pub roster: Option<i64>,
    /// Which edition of a booking's title and place it shows.
    pub edition: i64,
    /// Part of its identifier.
    pub generation: u32,
    /// The request's submission id.
    pub submission_id: Option<String>,
    /// The numbers of attendees who gave one, with their addresses.
    pub phones: Vec<(Option<Email>, String)>,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: Option<String>,
}

/// The event of a booking at `slot` in the calendar of `host`, whom `joined` join. `admin_url` leads
/// to the booking's page in the dashboard, which needs a login; a manage link never stands in a
/// calendar.
pub fn calendar_event(
    booking: &Booking,
    slot: Interval,
    (host, joined): (&Host, &[&Host]),
    reminders: &[CalendarReminder],
    generation: u32,
    admin_url: &str,
) -> CalendarEvent {
    CalendarEvent {
        summary: summary(booking),
        location: booking.location.clone(),
        description: description(booking, admin_url),
        slot,
        timezone: host.timezone.clone(),
        invited: invited(booking, std::iter::once(host).chain(joined.iter().copied())),
        has_guests: booking.attendees.len() > 1,
        reminders: reminders.to_vec(),
        owner: booking.id.into(),
        roster: None,
        edition: booking.edition.number(),
        generation,
        submission_id: booking.submission_id.clone(),
        phones: booking
            .attendees
            .iter()
            .filter_map(|attendee| {
                Some((attendee.email.clone(), attendee.phone.as_ref()?.to_string()))
            })
            .collect(),
    }
}

/// What is to be written into an event that shows an older title or place. What did not change is
/// left as it stands: the host may have written something better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    /// The summary, if the title has changed.
    pub summary: Option<String>,
    /// The place, if it has changed.
    pub location: Option<String>,
    /// The edition that the event then shows.
    pub edition: i64,
}

/// What an event lacks that shows this edition of a booking; `None` if nothing.
pub fn restated(booking: &Booking, shown: i64) -> Option<Restated> {
    let edition = booking.edition.number();
    (shown < edition).then(|| Restated {
        summary: (booking.edition.title > shown).then(|| summary(booking)),
        location: booking.location.clone().filter(|_| booking.edition.location > shown),
        edition,
    })
}

fn summary(booking: &Booking) -> String {
    format!("{} – {}", booking.title, booking.lead().label())
}

fn invited<'a>(booking: &Booking, hosts: impl Iterator<Item = &'a Host>) -> Vec<Invited> {
    let named = |attendee: &Attendee| {
        let name = attendee.name.as_ref().map(ToString::to_string);
        Some(Invited { email: attendee.email.clone()?, name })
    };
    let hosts = hosts.filter_map(|host| {
        Some(Invited { email: host.email.clone()?, name: Some(host.name.to_string()) })
    });
    let mut everyone: Vec<Invited> = Vec::new();
    for person in booking.attendees.iter().filter_map(named).chain(hosts) {
        if everyone.iter().all(|known| known.email != person.email) {
            everyone.push(person);
        }
    }
    everyone
}

fn description(booking: &Booking, admin_url: &str) -> String {
    let mut lines: Vec<String> = booking.attendees.iter().map(contact_line).collect();
    if booking.party_size > 1 {
        lines.push(format!("Party of {}", booking.party_size));
    }
    lines.extend(booking.notes.iter().map(|notes| format!("\n{notes}")));
    lines.extend(booking.answers.iter().map(|(question, answer)| format!("{question}: {answer}")));
    lines.push(format!("\n{admin_url}"));
    lines.join("\n")
}

/// Who somebody is, and how to reach them.
pub(crate) fn contact_line(attendee: &Attendee) -> String {
    let email = attendee.email.as_ref().map(Email::as_str);
    let phone = attendee.phone.as_ref().map(crate::people::Phone::as_str);
    let parts: Vec<&str> = [attendee.name.as_ref().map(crate::people::Name::as_str), email, phone]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}
