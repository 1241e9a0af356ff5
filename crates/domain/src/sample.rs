//! A booking of Bo Attendee with Ada, for tests that care about one thing of it.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::booking::{Actor, Booking, BookingState, Cancellation, Change, Edition, SeatOffer};
use crate::id::BookingId;
use crate::people::{Attendee, Email, Name, Phone};
use crate::time::Interval;

/// When the sample booking was accepted.
pub(crate) const CREATED: &str = "2026-12-01T08:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Half an hour from then on.
pub(crate) fn slot(start: &str) -> Interval {
    Interval::starting(at(start), SignedDuration::from_mins(30)).unwrap()
}

/// The sample booking's time.
pub(crate) fn usual_slot() -> Interval {
    slot("2026-12-03T10:00:00Z")
}

/// The time it is moved to.
pub(crate) fn other_slot() -> Interval {
    slot("2026-12-04T15:00:00Z")
}

/// A move to [`other_slot`] with this host.
pub(crate) fn change_to(host: &str) -> Change {
    Change { host: host.parse().unwrap(), slot: other_slot() }
}

pub(crate) fn cancellation() -> Cancellation {
    Cancellation { by: Actor::Attendee, reason: Some("ill".to_owned()) }
}

pub(crate) fn confirmed() -> BookingState {
    BookingState::Confirmed { change: None }
}

pub(crate) fn moving() -> BookingState {
    BookingState::Confirmed { change: Some(change_to("ada")) }
}

pub(crate) fn cancelled() -> BookingState {
    BookingState::Cancelled(cancellation())
}

/// Every state of a booking that never waited in line.
pub(crate) fn every_state() -> [BookingState; 8] {
    [
        BookingState::Pending,
        confirmed(),
        moving(),
        cancelled(),
        BookingState::Completed,
        BookingState::NoShow,
        BookingState::Declined,
        BookingState::Failed,
    ]
}

/// Waiting in line, without and with an offer, and in vain.
pub(crate) fn waiting_states() -> [BookingState; 3] {
    [BookingState::Waitlisted { offer: None }, offered(), BookingState::Expired]
}

/// Waiting in line, with seats that are kept until an hour after the sample booking was made.
pub(crate) fn offered() -> BookingState {
    let until = at(CREATED) + SignedDuration::from_hours(1);
    BookingState::Waitlisted { offer: Some(SeatOffer { until }) }
}

pub(crate) fn attendee(name: &str) -> Attendee {
    Attendee {
        name: Some(Name::parse(name).unwrap()),
        email: Some(Email::parse("bo@example.com").unwrap()),
        phone: Some(Phone::parse("+12135550142", None).unwrap()),
        timezone: None,
        locale: None,
    }
}

/// The sample booking in a state.
pub(crate) fn booking(state: BookingState) -> Booking {
    Booking {
        id: BookingId::new(Uuid::from_u128(0xb0)),
        service: "consultation".parse().unwrap(),
        host: "ada".parse().unwrap(),
        joined: vec![],
        slot: usual_slot(),
        title: "Consultation".to_owned(),
        location: None,
        edition: Edition::default(),
        timezone: TimeZone::get("Europe/Berlin").unwrap(),
        party_size: 1,
        attendees: vec![attendee("Bo Attendee")],
        notes: None,
        answers: [].into(),
        submission_id: None,
        source: None,
        state,
        revision: 7,
        created_at: at(CREATED),
        updated_at: at(CREATED),
    }
}
