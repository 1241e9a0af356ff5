//! Bookings: accept, confirm, move, cancel, and what an admin reads of them.

mod accept;
mod book;
mod change;
mod converge;
mod read;
mod timer;

use domain::{HostId, Interval};
use jiff::Timestamp;
use store::submission::Submission;

pub use accept::Accepted;
pub use book::{Book, Booked};
pub(crate) use change::everyone;
pub use change::{Cancel, CancelOutcome, Move, Moved};
pub use store::booking::{BookingFilter, StoredBooking};
pub use store::calendar_event::StoredEvent;
pub use store::message::MessageSummary;

/// A free slot near the one that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// When.
    pub slot: Interval,
    /// With whom.
    pub host: HostId,
}

/// How far a booking or a move came while its caller waited.
#[derive(Debug, Clone)]
pub enum Progress {
    /// It stands.
    Done(Box<StoredBooking>),
    /// The calendar has not answered yet; it goes on by itself.
    Pending(Box<StoredBooking>),
    /// Its slot is full: it waits in line for seats.
    Waiting(Box<StoredBooking>),
    /// Something else is in the calendar.
    CalendarBusy,
    /// The calendar cannot be read, and the service does not accept that.
    CalendarUnavailable,
}

/// The key under which a request may be repeated.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// What the key belongs to: an API key, a source, or the public.
    pub scope: String,
    /// The key.
    pub key: String,
    /// When it is forgotten; never, if a person or program chose it.
    pub expires_at: Option<Timestamp>,
}

impl RequestKey {
    /// The key together with what it stands for.
    pub(crate) fn with(self, canonical: &str) -> Submission {
        use sha2::Digest;
        let fingerprint = sha2::Sha256::digest(canonical.as_bytes()).to_vec();
        let Self { scope, key, expires_at } = self;
        Submission { scope, key, fingerprint, expires_at }
    }
}
