//! What a host is told of bookings, and what of it they want to hear.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Time;

use crate::booking::{Actor, Booking, BookingState};
use crate::language::Language;
use crate::notification::{News, Told};

/// The host's place among those who are told of a booking: behind every attendee.
pub const HOST: u32 = 1_000_000;

/// Something that a host can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A booking stands.
    New,
    /// It has another time.
    Moved,
    /// Somebody else called it off.
    Cancelled,
    /// It could not be written into the calendar before it was too late, or its attendee cannot be
    /// reached.
    Failed,
}

/// How a host is told of bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNews {
    /// What they want to hear of.
    pub notices: BTreeSet<Notice>,
    /// When, on their clock, they get the list of their day.
    pub daily_summary: Option<Time>,
    /// The language they are written to in.
    pub language: Language,
}

impl Default for HostNews {
    fn default() -> Self {
        let all = [Notice::New, Notice::Moved, Notice::Cancelled, Notice::Failed];
        Self { notices: all.into(), daily_summary: None, language: Language::default() }
    }
}

/// The news for the host of a booking who was last told `told`.
pub fn host_news(booking: &Booking, told: Option<&Told>, now: Timestamp) -> Option<News> {
    match (&booking.state, told) {
        (
            BookingState::Pending
            | BookingState::Declined
            | BookingState::Waitlisted { .. }
            | BookingState::Expired,
            _,
        ) => None,
        (BookingState::Confirmed { .. }, Some(Told::Stands { slot, .. })) => {
            (*slot != booking.slot).then_some(News::Moved { from: *slot })
        }
        (BookingState::Confirmed { .. }, _) => {
            (now < booking.slot.end()).then_some(News::Confirmed)
        }
        (BookingState::Cancelled(cancellation), Some(Told::Stands { .. })) => {
            Some(News::Cancelled { by: cancellation.by })
        }
        (BookingState::Failed, Some(Told::Over)) => None,
        (BookingState::Failed, _) => Some(News::NotPossible),
        (BookingState::Cancelled(_) | BookingState::Completed | BookingState::NoShow, _) => None,
    }
}

impl HostNews {
    /// Whether the host wants to hear it. What they did themselves they know.
    pub fn want(&self, news: &News) -> bool {
        let notice = match news {
            News::Confirmed => Notice::New,
            News::Moved { .. } => Notice::Moved,
            News::Cancelled { by: Actor::Host } => return false,
            News::Cancelled { by: Actor::Attendee | Actor::Api | Actor::System } => {
                Notice::Cancelled
            }
            News::NotPossible | News::Unreached => Notice::Failed,
            News::Received
            | News::Reminder { .. }
            | News::Updated
            | News::MoveNotPossible { .. }
            | News::Waitlisted
            | News::SeatsOffered { .. }
            | News::WaitedInVain => return false,
        };
        self.notices.contains(&notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, booking, cancelled, confirmed, every_state, other_slot, usual_slot};

    const NOW: &str = "2026-12-01T08:10:00Z";

    #[test]
    fn a_host_hears_of_what_stands_moved_was_called_off_or_failed() {
        let stands = Told::Stands { slot: usual_slot(), edition: 0 };
        let rows = [
            (confirmed(), None, Some(News::Confirmed)),
            (confirmed(), Some(&stands), None),
            (cancelled(), None, None),
            (cancelled(), Some(&stands), Some(News::Cancelled { by: Actor::Attendee })),
            (BookingState::Pending, None, None),
            (BookingState::Declined, None, None),
            (BookingState::Failed, None, Some(News::NotPossible)),
            (BookingState::Completed, Some(&stands), None),
        ];
        for (state, told, news) in rows {
            assert_eq!(
                host_news(&booking(state.clone()), told, at(NOW)),
                news,
                "{state:?} {told:?}"
            );
        }
        let elsewhere = Told::Stands { slot: other_slot(), edition: 0 };
        let moved = host_news(&booking(confirmed()), Some(&elsewhere), at(NOW));
        assert_eq!(moved, Some(News::Moved { from: other_slot() }));
    }

    #[test]
    fn whoever_has_heard_the_news_hears_none_again() {
        for state in every_state() {
            let booking = booking(state);
            for told in
                [None, Some(Told::Stands { slot: usual_slot(), edition: 0 }), Some(Told::Over)]
            {
                let Some(heard) = host_news(&booking, told.as_ref(), at(NOW)) else { continue };

                let told = heard.told(&booking);

                assert_eq!(host_news(&booking, Some(&told), at(NOW)), None, "{heard:?}");
            }
        }
    }

    #[test]
    fn what_a_host_did_or_does_not_want_is_not_told() {
        let all = HostNews::default();
        assert!(all.want(&News::Cancelled { by: Actor::Attendee }));
        assert!(!all.want(&News::Cancelled { by: Actor::Host }));

        let few = HostNews { notices: [Notice::Failed].into(), ..all };
        assert!(few.want(&News::NotPossible));
        assert!(!few.want(&News::Confirmed));
    }
}
