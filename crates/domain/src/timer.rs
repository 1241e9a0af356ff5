//! What time alone changes about a booking.

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, BookingState};
use crate::notification::RECEIVED_AFTER;

/// What is due by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It could not be written before it was too late: it fails.
    GiveUp,
    /// The move could not be written before it was too late: the booking stays where it is.
    DropMove,
    /// Its end has come.
    Complete,
    /// The lead has waited long enough to be told that the request is being worked on; ask again then.
    TellReceived(Timestamp),
    /// Nothing before this instant.
    Nothing(Timestamp),
    /// Nothing ever again.
    Never,
}

/// When the clock has something to do for a booking first, after it was accepted or changed.
pub fn first_due_at(booking: &Booking, notice: SignedDuration) -> Timestamp {
    let given_up_at = booking.given_up_at(notice);
    match &booking.state {
        BookingState::Pending => given_up_at.min(booking.created_at + RECEIVED_AFTER),
        BookingState::Confirmed { change: Some(_) } => given_up_at,
        BookingState::Confirmed { change: None }
        | BookingState::Waitlisted { .. }
        | BookingState::Cancelled(_)
        | BookingState::Completed
        | BookingState::NoShow
        | BookingState::Declined
        | BookingState::Failed
        | BookingState::Expired => booking.slot.end(),
    }
}

/// What is due for a booking now. `notice` is its service's.
pub fn due(booking: &Booking, notice: SignedDuration, now: Timestamp) -> Due {
    let given_up_at = booking.given_up_at(notice);
    match &booking.state {
        BookingState::Pending if now >= given_up_at => Due::GiveUp,
        BookingState::Pending => {
            let told_at = booking.created_at + RECEIVED_AFTER;
            if now >= told_at {
                Due::TellReceived(given_up_at)
            } else {
                Due::Nothing(told_at.min(given_up_at))
            }
        }
        BookingState::Confirmed { change: Some(_) } if now >= given_up_at => Due::DropMove,
        BookingState::Confirmed { change: Some(_) } => Due::Nothing(given_up_at),
        BookingState::Confirmed { change: None } if now >= booking.slot.end() => Due::Complete,
        BookingState::Confirmed { change: None } => Due::Nothing(booking.slot.end()),
        // The line that it waits in has a clock of its own.
        BookingState::Waitlisted { .. }
        | BookingState::Cancelled(_)
        | BookingState::Completed
        | BookingState::NoShow
        | BookingState::Declined
        | BookingState::Failed
        | BookingState::Expired => Due::Never,
    }
}

#[cfg(test)]
mod tests;
