//! Bookings: their rows, and the units of work that change them.

mod book;
mod change;
mod list;
mod row;

pub use book::{BookSlot, Booked, HostOffer};
pub use change::{
    AskToMove, AskedToMove, CallerHeard, CancelBooking, Cancelled, MarkNoShow, TimerRun, TimerStep,
};
pub use list::{BookingFilter, FindBooking, ListBookings, StoredBooking};

pub(crate) use change::expect_updated;
pub(crate) use row::{attendees_of, find_booking, insert_booking, lock_booking, update_booking};
