//! Bookings: their rows, and the units of work that change them.

mod ahead;
mod ask_to_move;
mod book;
mod cancel;
mod change;
mod list;
mod restate;
mod row;
mod seating;
mod timer;

pub use ahead::{Ahead, ListAhead};
pub use ask_to_move::{AskToMove, AskedToMove};
pub use book::{BookSlot, Booked, HostOffer};
pub use cancel::{CancelBooking, Cancelled};
pub use change::{CallerHeard, MarkNoShow};
pub use list::{BookingFilter, FindBooking, ListBookings, StoredBooking};
pub use restate::{BookingRestated, RestateBooking};
pub use timer::{TimerRun, TimerStep};

pub(crate) use change::expect_updated;
pub(crate) use row::{
    attendees_of, find_booking, insert_booking, lock_booking, set_response, update_booking,
};
pub(crate) use seating::Seating;
