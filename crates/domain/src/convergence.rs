//! What to do next so that the host's calendar agrees with a booking, or with an occurrence of a
//! group service.
//!
//! [`next_step`] is asked again after every step and after every crash: it looks only at what is
//! stored. A step may therefore be repeated, and every step is safe to repeat.

use crate::booking::{Booking, BookingState};
use crate::calendar_event::EventOwner;
use crate::id::{BookingId, CalendarId};
use crate::time::Interval;

/// What a calendar should hold, whoever wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An event at this time, if the calendars leave it free.
    Asked(Interval),
    /// An event at this time, whatever the calendars say.
    Standing(Interval),
    /// No event.
    Nothing,
    /// Its time is over: the event that stood stays, others go.
    Over,
}

impl From<&Booking> for Wanted {
    fn from(booking: &Booking) -> Self {
        match &booking.state {
            BookingState::Pending => Self::Asked(booking.slot),
            BookingState::Confirmed { change: Some(change) } => Self::Asked(change.slot),
            BookingState::Confirmed { change: None } => Self::Standing(booking.slot),
            BookingState::Waitlisted { .. }
            | BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Self::Nothing,
            BookingState::Completed | BookingState::NoShow => Self::Over,
        }
    }
}

/// What we know about one calendar event that we wrote or may have written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Counts the identifiers its owner has used up: a deleted one can never be used again.
    pub generation: u32,
    /// The calendar it is in.
    pub calendar: CalendarId,
    /// How far it came.
    pub state: EventState,
    /// The time it was last written with, or is meant to have.
    pub slot: Interval,
    /// The edition of the booking's title and place that it is known to show.
    pub edition: i64,
}

/// How far the writing of a calendar event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// It may be there, at this time or another: the row is stored before the first call, and the
    /// answer was not seen.
    Intended,
    /// The provider said it is there.
    Written,
    /// It was, and somebody did something to it since: it is looked at before anything is believed.
    Changed,
    /// The provider said it is gone, or never took it.
    Removed,
}

impl EventState {
    /// The state's name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Written => "written",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Intended, Self::Written, Self::Changed, Self::Removed];
        all.into_iter().find(|state| state.as_str() == name)
    }
}

/// One thing to do. After it, and after a crash in the middle of it, the question is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask whether the host's calendars leave this slot free.
    CheckFree(Interval),
    /// Write a new event. The record is stored as intended before the call.
    Insert {
        /// Part of the event's identifier.
        generation: u32,
    },
    /// Give the event of this generation the wanted time.
    Patch {
        /// Which event.
        generation: u32,
    },
    /// Read the event of this generation: somebody changed it.
    Look {
        /// Which event.
        generation: u32,
    },
    /// The wanted event is there: make the booking say so.
    Settle,
    /// Remove the event of this generation.
    Delete {
        /// Which event.
        generation: u32,
    },
    /// Calendar and booking agree.
    Done,
}

/// The next step. `free` says whether the calendars were found free for what this revision of the
/// booking wants; once they were they are never asked again, since they would show our own event.
/// `calendar` is where an event of the wanted host belongs.
pub fn next_step(
    wanted: impl Into<Wanted>,
    free: bool,
    events: &[EventRecord],
    calendar: &CalendarId,
) -> Step {
    match wanted.into() {
        Wanted::Asked(slot) => towards(slot, free, events, calendar),
        Wanted::Standing(slot) => {
            if let Some(event) = standing(events, calendar)
                && event.state == EventState::Changed
            {
                return Step::Look { generation: event.generation };
            }
            // It stands whatever the calendars say; only its event may still be missing or misplaced.
            match towards(slot, true, events, calendar) {
                Step::Settle => delete_first(beside_the_standing(events, calendar)),
                step @ (Step::CheckFree(_)
                | Step::Insert { .. }
                | Step::Patch { .. }
                | Step::Look { .. }
                | Step::Delete { .. }
                | Step::Done) => step,
            }
        }
        Wanted::Nothing => delete_first(live(events)),
        Wanted::Over => delete_first(beside_the_standing(events, calendar)),
    }
}

fn towards(slot: Interval, free: bool, events: &[EventRecord], calendar: &CalendarId) -> Step {
    if !free {
        return Step::CheckFree(slot);
    }
    match standing(events, calendar) {
        Some(event) => match event.state {
            EventState::Intended => Step::Insert { generation: event.generation },
            // What is wanted is written in any case, so that a change counts only where nothing is.
            EventState::Written | EventState::Changed if event.slot == slot => Step::Settle,
            EventState::Written | EventState::Changed => {
                Step::Patch { generation: event.generation }
            }
            EventState::Removed => unreachable!("a removed event is not live"),
        },
        None => Step::Insert { generation: next_generation(events) },
    }
}

/// Whether, when a wish is given up for another, it is uncertain what stands in the calendars: a
/// write for it may have taken effect unseen, or an event that was to go may be gone already. Then
/// every record counts as intended again, so that the next step looks before it believes.
pub fn in_doubt(booking: &Booking, free: bool, events: &[EventRecord]) -> bool {
    let stands = booking.state == BookingState::Confirmed { change: None };
    let misplaced = || live(events).any(|event| event.slot != booking.slot);
    free || live(events).count() > 1 || stands && misplaced()
}

/// The event that stands where it belongs and shows an older title or place than the booking has.
pub fn outdated(booking: &Booking, events: &[EventRecord], calendar: &CalendarId) -> Option<u32> {
    if booking.state != (BookingState::Confirmed { change: None }) {
        return None;
    }
    let shown = standing(events, calendar)?;
    (shown.edition < booking.edition.number()).then_some(shown.generation)
}

/// The event that stands where it belongs, if one does.
pub fn standing_event(events: &[EventRecord], calendar: &CalendarId) -> Option<u32> {
    let written = |event: &&EventRecord| match event.state {
        EventState::Written | EventState::Changed => true,
        EventState::Intended | EventState::Removed => false,
    };
    standing(events, calendar).filter(written).map(|event| event.generation)
}

/// The event that counts: the newest in the calendar where it belongs, since a move between
/// calendars, or one that was given up, leaves others behind.
fn standing<'a>(events: &'a [EventRecord], calendar: &CalendarId) -> Option<&'a EventRecord> {
    live(events).filter(|event| event.calendar == *calendar).max_by_key(|event| event.generation)
}

fn beside_the_standing<'a>(
    events: &'a [EventRecord],
    calendar: &CalendarId,
) -> impl Iterator<Item = &'a EventRecord> {
    let newest = || live(events).max_by_key(|event| event.generation);
    let kept = standing(events, calendar).or_else(newest).map(|event| event.generation);
    live(events).filter(move |event| Some(event.generation) != kept)
}

/// The first generation that no event has used.
pub fn next_generation(events: &[EventRecord]) -> u32 {
    events.iter().map(|event| event.generation + 1).max().unwrap_or(0)
}

fn live(events: &[EventRecord]) -> impl Iterator<Item = &EventRecord> {
    events.iter().filter(|event| event.state != EventState::Removed)
}

fn delete_first<'a>(mut events: impl Iterator<Item = &'a EventRecord>) -> Step {
    events.next().map_or(Step::Done, |event| Step::Delete { generation: event.generation })
}

/// The identifier of an event: ours to choose, so that a write whose answer was lost can be
/// repeated. Lower-case hexadecimal is valid for Google (base32hex, 5 to 1,024 characters).
pub fn event_id(owner: impl Into<EventOwner>, generation: u32) -> String {
    format!("{}{generation:04x}", owner.into().uuid().simple())
}

/// The booking and generation that an identifier of ours was made from; `None` for any other.
pub fn event_of(id: &str) -> Option<(BookingId, u32)> {
    let (uuid, generation) = id.split_at_checked(32)?;
    let booking = BookingId::new(uuid::Uuid::try_parse(uuid).ok()?);
    let generation = u32::from_str_radix(generation, 16).ok()?;
    (event_id(booking, generation) == id).then_some((booking, generation))
}

#[cfg(test)]
mod tests;
