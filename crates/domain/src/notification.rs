//! Who has to be told what: the difference between what somebody was last told and what is true.

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Actor, Booking, BookingState, SeatOffer};
use crate::time::Interval;

/// How long a booking may be pending before its lead is told that it was received.
pub const RECEIVED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What an attendee was last told about a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// That the request was received and is not confirmed yet.
    Received,
    /// That the booking stands.
    Stands {
        /// At this time.
        slot: Interval,
        /// With the title and place of this edition.
        edition: i64,
    },
    /// That the move they asked for, to this time, is being worked on.
    Asked(Interval),
    /// That it is over.
    Over,
    /// That it waits in line.
    Waiting,
    /// That seats are kept for it, to be taken.
    Offered,
}

impl Told {
    /// That the booking stands as it is.
    pub fn stands(booking: &Booking) -> Self {
        Self::Stands { slot: booking.slot, edition: booking.edition.number() }
    }
}

/// What an attendee is to be told now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The request is received, not yet confirmed.
    Received,
    /// The booking stands.
    Confirmed,
    /// It is near.
    Reminder {
        /// How long before the start this reminder stands in the service.
        before: SignedDuration,
    },
    /// For the host alone: no message reaches the attendee.
    Unreached,
    /// It moved; before, it was at this time.
    Moved {
        /// The time they knew.
        from: Interval,
    },
    /// It has another title or place.
    Updated,
    /// The time they asked for could not be had: the booking stays where it is.
    MoveNotPossible {
        /// The time they had asked for.
        wanted: Interval,
    },
    /// It was called off by somebody.
    Cancelled {
        /// By whom.
        by: Actor,
    },
    /// It could not be had: somebody else was faster, or the calendar could not be written.
    NotPossible,
    /// It waits in line.
    Waitlisted,
    /// Seats are kept for it, to be taken in time.
    SeatsOffered {
        /// Until when.
        until: Timestamp,
    },
    /// It waited in vain: the offer lapsed, or the start came.
    WaitedInVain,
}

impl News {
    /// The kind's name in timelines and stored rows.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Confirmed => "confirmed",
            Self::Reminder { .. } => "reminder",
            Self::Unreached => "unreached",
            Self::Moved { .. } => "moved",
            Self::Updated => "updated",
            Self::MoveNotPossible { .. } => "move_not_possible",
            Self::Cancelled { .. } => "cancelled",
            Self::NotPossible => "not_possible",
            Self::Waitlisted => "waitlisted",
            Self::SeatsOffered { .. } => "seats_offered",
            Self::WaitedInVain => "waited_in_vain",
        }
    }

    /// What somebody who has heard this has been told.
    pub fn told(&self, booking: &Booking) -> Told {
        match self {
            Self::Received => Told::Received,
            Self::Confirmed
            | Self::Reminder { .. }
            | Self::Unreached
            | Self::Moved { .. }
            | Self::Updated
            | Self::MoveNotPossible { .. } => Told::stands(booking),
            Self::Cancelled { .. } | Self::NotPossible | Self::WaitedInVain => Told::Over,
            Self::Waitlisted => Told::Waiting,
            Self::SeatsOffered { .. } => Told::Offered,
        }
    }
}

/// Whom the news is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Who booked, and waits for an answer.
    Lead,
    /// Who comes along, and knows nothing before the booking stands.
    Guest,
}

/// The news for somebody who was last told `told`. `None` when they know what is true, or when
/// what they do not know no longer matters: who never heard of a booking need not hear of its end.
pub fn news(
    booking: &Booking,
    recipient: Recipient,
    told: Option<&Told>,
    now: Timestamp,
) -> Option<News> {
    match (&booking.state, told) {
        (BookingState::Waitlisted { offer }, told) => {
            (recipient == Recipient::Lead).then(|| in_line(*offer, told, now)).flatten()
        }
        (BookingState::Expired, None) => {
            (recipient == Recipient::Lead).then_some(News::WaitedInVain)
        }
        (BookingState::Pending, None) if recipient == Recipient::Lead => {
            let waited = now.duration_since(booking.created_at);
            (waited >= RECEIVED_AFTER).then_some(News::Received)
        }
        (BookingState::Pending, _) => None,
        (
            BookingState::Confirmed { .. },
            None | Some(Told::Received | Told::Waiting | Told::Offered),
        ) => (now < booking.slot.end()).then_some(News::Confirmed),
        (BookingState::Confirmed { .. }, Some(Told::Stands { slot, .. }))
            if *slot != booking.slot =>
        {
            Some(News::Moved { from: *slot })
        }
        (BookingState::Confirmed { .. }, Some(Told::Stands { edition, .. })) => {
            (*edition != booking.edition.number()).then_some(News::Updated)
        }
        (BookingState::Confirmed { change: Some(_) }, Some(Told::Asked(_))) => None,
        (BookingState::Confirmed { change: None }, Some(Told::Asked(wanted))) => {
            Some(if *wanted == booking.slot {
                News::Confirmed
            } else {
                News::MoveNotPossible { wanted: *wanted }
            })
        }
        (BookingState::Confirmed { .. }, Some(Told::Over)) => Some(News::Confirmed),
        (_, Some(Told::Over)) | (BookingState::Cancelled(_), None) => None,
        (
            BookingState::Cancelled(cancellation),
            Some(
                Told::Received
                | Told::Stands { .. }
                | Told::Asked(_)
                | Told::Waiting
                | Told::Offered,
            ),
        ) => Some(News::Cancelled { by: cancellation.by }),
        (BookingState::Declined | BookingState::Failed, None) => {
            (recipient == Recipient::Lead).then_some(News::NotPossible)
        }
        (
            BookingState::Declined | BookingState::Failed,
            Some(
                Told::Received
                | Told::Stands { .. }
                | Told::Asked(_)
                | Told::Waiting
                | Told::Offered,
            ),
        ) => Some(News::NotPossible),
        (
            BookingState::Expired,
            Some(
                Told::Received
                | Told::Stands { .. }
                | Told::Asked(_)
                | Told::Waiting
                | Told::Offered,
            ),
        ) => Some(News::WaitedInVain),
        // Its old time passed while the move was tried: who asked for it still waits for an answer.
        (BookingState::Completed | BookingState::NoShow, Some(Told::Asked(wanted))) => {
            Some(News::MoveNotPossible { wanted: *wanted })
        }
        (BookingState::Completed | BookingState::NoShow, _) => None,
    }
}

/// The news for a lead who waits in line.
fn in_line(offer: Option<SeatOffer>, told: Option<&Told>, now: Timestamp) -> Option<News> {
    match offer {
        Some(offer) if told != Some(&Told::Offered) => {
            (now < offer.until).then_some(News::SeatsOffered { until: offer.until })
        }
        None if told.is_none() => Some(News::Waitlisted),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests;
