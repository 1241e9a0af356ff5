//! A booking request, parsed: nothing further in checks it again.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::id::{HostId, ServiceId};
use crate::language::Language;
use crate::length;
use crate::people::Attendee;

/// The most people besides the lead.
pub const MOST_GUESTS: usize = 50;
/// The largest party.
pub const LARGEST_PARTY: u32 = 50;
/// The most characters of the notes.
pub const MOST_NOTES: usize = 5_000;
/// The most characters of a submission id.
pub const MOST_SUBMISSION_ID: usize = 200;
/// The most answers of one request.
pub const MOST_ANSWERS: usize = 50;

/// The longest booking without a service.
pub const LONGEST_AD_HOC: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What somebody wants to book.
#[derive(Debug, Clone)]
pub struct BookingRequest {
    /// Which service.
    pub service: ServiceId,
    /// With whom; any of the service's hosts if none.
    pub host: Option<HostId>,
    /// When it starts.
    pub start: Timestamp,
    /// How long it takes; the service's usual length if none.
    pub duration: Option<SignedDuration>,
    /// Who booked.
    pub lead: Attendee,
    /// Who comes along.
    pub guests: Vec<Attendee>,
    /// How many people; at least one and the guests.
    pub party_size: u32,
    /// Free text from the lead.
    pub notes: Option<String>,
    /// The form's further fields.
    pub answers: BTreeMap<String, String>,
    /// What it is called, where it is of no service: then the service is [`ServiceId::ad_hoc`].
    pub ad_hoc: Option<AdHoc>,
}

/// What a booking without a service says in the service's stead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdHoc {
    /// What attendees see, and the beginning of the calendar event's summary.
    pub title: String,
    /// Where it takes place.
    pub location: Option<String>,
}

impl BookingRequest {
    /// The zone in which this booking's times are told, unless an attendee has another.
    pub fn timezone(&self) -> Option<&TimeZone> {
        self.lead.timezone.as_ref()
    }

    /// The same request of somebody who likes this language best, if they named none themselves.
    #[must_use]
    pub fn liking(mut self, language: Option<Language>) -> Self {
        let liked = language.map(|language| language.tag().to_owned());
        self.lead.locale = self.lead.locale.or(liked);
        self
    }

    /// Everyone who comes, the lead first.
    pub fn attendees(&self) -> impl Iterator<Item = &Attendee> {
        std::iter::once(&self.lead).chain(&self.guests)
    }

    /// A text that is equal for equal requests: what is compared when a submission is repeated.
    /// Fields are separated by a character that no parsed field can contain.
    pub fn canonical(&self) -> String {
        let mut parts = vec![
            self.service.to_string(),
            self.host.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.start.to_string(),
            self.party_size.to_string(),
            self.notes.clone().unwrap_or_default(),
            // Where the people end and the answers begin.
            self.guests.len().to_string(),
        ];
        for attendee in self.attendees() {
            parts.push(attendee.name.as_ref().map(ToString::to_string).unwrap_or_default());
            parts.push(attendee.email.as_ref().map(ToString::to_string).unwrap_or_default());
            parts.push(attendee.phone.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        for (question, answer) in &self.answers {
            parts.push(question.clone());
            parts.push(answer.clone());
        }
        // Last and only where given, so that requests of earlier versions are known again.
        parts.extend(self.duration.map(length::format));
        if let Some(AdHoc { title, location }) = &self.ad_hoc {
            parts.push(title.clone());
            parts.extend(location.clone());
        }
        parts.join("\u{1f}")
    }
}

#[cfg(test)]
mod tests;
