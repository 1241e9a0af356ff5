//! When attendees are reminded of an appointment that stands.
//!
//! Nothing is scheduled ahead: what is due follows from the appointment's time and from when
//! somebody was last told of it. So a move re-times every reminder, a cancellation ends them, and
//! whoever was just told is not reminded in the same breath.

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, BookingState};
use crate::notification::Told;
use crate::service::Channel;

/// A message of ours before the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// How long before the start.
    pub before: SignedDuration,
    /// How.
    pub channel: Channel,
}

/// What is to be done about the reminders of one attendee on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reminding {
    /// To be sent now: how long before the start it stands in the service.
    pub due: Option<SignedDuration>,
    /// Too late to be of use: dropped.
    pub late: Vec<SignedDuration>,
    /// When to look again.
    pub next: Option<Timestamp>,
}

/// Half of the time that it was meant to leave is over: a reminder that comes then says the wrong
/// thing.
pub fn is_late(before: SignedDuration, start: Timestamp, now: Timestamp) -> bool {
    now >= start || now.duration_since(start - before) * 2 > before
}

/// What is to be done now for somebody who was last told `told` at `told_at`. Of several reminders
/// that have come due together only the last is sent.
pub fn reminding(
    booking: &Booking,
    reminders: &[Reminder],
    channel: Channel,
    told: Option<(&Told, Timestamp)>,
    now: Timestamp,
) -> Reminding {
    let start = booking.slot.start();
    let knows = match (&booking.state, told) {
        (BookingState::Confirmed { .. }, Some((Told::Stands { slot, .. }, at)))
            if *slot == booking.slot =>
        {
            at
        }
        _ => return Reminding::default(),
    };
    let mut ahead: Vec<SignedDuration> = reminders
        .iter()
        .filter(|reminder| reminder.channel == channel && start - reminder.before > knows)
        .map(|reminder| reminder.before)
        .collect();
    ahead.sort_unstable_by(|one, other| other.cmp(one));
    let (mut come, to_come): (Vec<_>, Vec<_>) =
        ahead.into_iter().partition(|before| start - *before <= now);
    let due = come.pop_if(|before| !is_late(*before, start, now));
    Reminding { due, late: come, next: to_come.first().map(|before| start - *before) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, booking, cancelled, confirmed, other_slot, usual_slot};

    /// The sample booking starts at 10:00 on 3 December.
    const TOLD: &str = "2026-12-01T08:00:00Z";

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    fn a_day_and_an_hour() -> Vec<Reminder> {
        [1, 24].map(|n| Reminder { before: hours(n), channel: Channel::Email }).into()
    }

    fn now(told_at: &str, now: &str) -> Reminding {
        let told = Told::Stands { slot: usual_slot(), edition: 0 };
        let told = Some((&told, at(told_at)));
        reminding(&booking(confirmed()), &a_day_and_an_hour(), Channel::Email, told, at(now))
    }

    #[test]
    fn each_is_due_at_its_time_and_the_next_is_waited_for() {
        let first = now(TOLD, "2026-12-01T09:00:00Z");
        assert_eq!((first.due, first.next), (None, Some(at("2026-12-02T10:00:00Z"))));

        let day_before = now(TOLD, "2026-12-02T10:00:00Z");
        assert_eq!(
            (day_before.due, day_before.next),
            (Some(hours(24)), Some(at("2026-12-03T09:00:00Z")))
        );

        let reminded = now("2026-12-02T10:00:01Z", "2026-12-02T10:00:01Z");
        assert_eq!((reminded.due, reminded.next), (None, Some(at("2026-12-03T09:00:00Z"))));
    }

    #[test]
    fn who_was_told_after_a_reminder_was_due_is_not_sent_it() {
        let late_booking = now("2026-12-03T08:00:00Z", "2026-12-03T08:00:00Z");

        assert_eq!(late_booking.due, None);
        assert_eq!(late_booking.late, []);
        assert_eq!(late_booking.next, Some(at("2026-12-03T09:00:00Z")));
    }

    #[test]
    fn a_late_one_is_dropped_and_the_one_after_it_still_sent() {
        let table = [
            ("2026-12-02T22:00:00Z", Some(hours(24)), vec![]),
            ("2026-12-02T22:00:01Z", None, vec![hours(24)]),
            ("2026-12-03T09:30:00Z", Some(hours(1)), vec![hours(24)]),
            ("2026-12-03T09:30:01Z", None, vec![hours(24), hours(1)]),
            ("2026-12-03T10:00:00Z", None, vec![hours(24), hours(1)]),
        ];
        for (then, due, late) in table {
            let found = now(TOLD, then);

            assert_eq!((found.due, found.late), (due, late), "{then}");
        }
    }

    #[test]
    fn nobody_is_reminded_of_what_does_not_stand_or_of_what_they_do_not_know() {
        let told = Told::Stands { slot: usual_slot(), edition: 0 };
        let elsewhere = Told::Stands { slot: other_slot(), edition: 0 };
        let rows = [
            (booking(cancelled()), Some(&told)),
            (booking(BookingState::Completed), Some(&told)),
            (booking(confirmed()), Some(&elsewhere)),
            (booking(confirmed()), Some(&Told::Received)),
            (booking(confirmed()), None),
        ];
        for (booking, told) in rows {
            let told = told.map(|told| (told, at(TOLD)));
            let now = at("2026-12-02T10:00:00Z");

            let found = reminding(&booking, &a_day_and_an_hour(), Channel::Email, told, now);

            assert_eq!(found, Reminding::default(), "{:?} {told:?}", booking.state);
        }
    }

    #[test]
    fn every_channel_has_its_own() {
        let told = Told::Stands { slot: usual_slot(), edition: 0 };
        let told = Some((&told, at(TOLD)));
        let reminders = a_day_and_an_hour();

        let by_text = reminding(
            &booking(confirmed()),
            &reminders,
            Channel::Sms,
            told,
            at("2026-12-02T10:00:00Z"),
        );

        assert_eq!(by_text, Reminding::default());
    }
}
