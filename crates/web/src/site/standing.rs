//! Where a booking stands, and what the holder of a link may do about it.

use app::LinkHolder;
use domain::{Booking, BookingState, Service};
use jiff::Timestamp;

use crate::pages::manage::Allowed;
use crate::pages::status::Status;

/// A booking's standing as people are shown it at this moment.
pub(super) fn status(booking: &Booking, now: Timestamp) -> Status {
    match &booking.state {
        BookingState::Waitlisted { .. } => Status::Waitlisted,
        BookingState::Pending => Status::Pending,
        BookingState::Confirmed { .. } if booking.slot.end() <= now => Status::Past,
        BookingState::Confirmed { change: Some(_) } => Status::Moving,
        BookingState::Confirmed { change: None } => Status::Confirmed,
        BookingState::Cancelled(_) => Status::Cancelled,
        BookingState::Completed => Status::Completed,
        BookingState::NoShow => Status::NoShow,
        BookingState::Declined => Status::Declined,
        BookingState::Failed => Status::Failed,
        BookingState::Expired => Status::Expired,
    }
}

/// What the holder of a link may do. A booking whose service is gone may still be called off by
/// everybody who comes.
pub(super) fn allowed(
    booking: &Booking,
    holder: LinkHolder,
    service: Option<&Service>,
    now: Timestamp,
) -> Allowed {
    let guests_may = service.is_none_or(|service| service.guests_may_change);
    let waits = matches!(booking.state, BookingState::Waitlisted { .. });
    if !(booking.state.is_active() || waits) || booking.slot.start() <= now {
        Allowed::Nothing
    } else if holder.position == 0 || guests_may {
        Allowed::Change
    } else {
        Allowed::Look
    }
}
