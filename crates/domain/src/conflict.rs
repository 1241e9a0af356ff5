//! What in a calendar contradicts a booking that stands, until a person settles it.

use jiff::Timestamp;

use crate::id::CalendarId;
use crate::time::Interval;

/// What contradicts a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// The host gave its event a time that the booking cannot have: somebody else has it, it has
    /// passed, or it is a whole day. The event stays there, and the booking keeps its time.
    EventMoved,
    /// Something that is not ours stands at its time.
    ForeignEvent,
}

impl ConflictKind {
    /// The kind's name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventMoved => "event_moved",
            Self::ForeignEvent => "foreign_event",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::EventMoved, Self::ForeignEvent].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A contradiction between a booking and a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it is.
    pub kind: ConflictKind,
    /// The calendar that it was seen in.
    pub calendar: CalendarId,
    /// The event: ours, or somebody else's.
    pub event_id: String,
    /// When that event is.
    pub at: Interval,
    /// Since when it is known.
    pub since: Timestamp,
}
