//! Occurrences of group services: their rows, their seats, and the way towards agreement between an
//! occurrence and the host's calendar.
//!
//! Whoever changes the seats of a service first takes its lock, after the rows of the bookings that
//! the change is about: so whatever was counted still holds when it is written, and two moves in
//! opposite directions never wait for each other. The counter's check would refuse a seat too many
//! all the same.

mod door;
mod list;
mod progress;
mod row;
mod seat;

pub use door::{CheckIn, WalkIn, WalkedIn};
pub use list::{ListSeats, Seated, SeatsOf, Starts};
pub use progress::{
    Awaited, LoadOccurrence, OccurrenceFacts, OccurrenceProgress, OccurrenceProgressed,
    OccurrenceSetback,
};
pub use seat::SHOWN_AFTER;

pub(crate) use row::lock_seats;
pub(crate) use seat::{
    Leaving, Taker, keep_seats, leave, leave_others, leave_wish, open_with, seats_of, take_seats,
};
