use super::*;
use crate::sample::{at, booking, cancelled, confirmed, moving, usual_slot};

const NOTICE: SignedDuration = SignedDuration::from_hours(2);

#[test]
fn each_state_has_its_own_deadline() {
    use BookingState::{Completed, Declined, Failed, NoShow, Pending};
    let (told, given_up) = (at("2026-12-01T08:10:00Z"), at("2026-12-03T09:30:00Z"));
    let move_given_up = at("2026-12-04T14:30:00Z");
    let end = usual_slot().end();
    let rows = [
        (Pending, "2026-12-01T08:00:00Z", Due::Nothing(told)),
        (Pending, "2026-12-01T08:10:00Z", Due::TellReceived(given_up)),
        (Pending, "2026-12-03T09:29:59Z", Due::TellReceived(given_up)),
        (Pending, "2026-12-03T09:30:00Z", Due::GiveUp),
        (confirmed(), "2026-12-03T10:29:59Z", Due::Nothing(end)),
        (confirmed(), "2026-12-03T10:30:00Z", Due::Complete),
        // The old time passes while the move is still being written.
        (moving(), "2026-12-03T10:30:00Z", Due::Nothing(move_given_up)),
        (moving(), "2026-12-04T14:30:00Z", Due::DropMove),
        (cancelled(), "2026-12-09T00:00:00Z", Due::Never),
        (Completed, "2026-12-09T00:00:00Z", Due::Never),
        (NoShow, "2026-12-09T00:00:00Z", Due::Never),
        (Declined, "2026-12-09T00:00:00Z", Due::Never),
        (Failed, "2026-12-09T00:00:00Z", Due::Never),
    ];
    for (state, now, expected) in rows {
        assert_eq!(due(&booking(state.clone()), NOTICE, at(now)), expected, "{state:?} at {now}");
    }
}

#[test]
fn the_timer_is_set_to_the_first_thing_that_the_clock_does() {
    for (state, expected) in [
        (BookingState::Pending, "2026-12-01T08:10:00Z"),
        (confirmed(), "2026-12-03T10:30:00Z"),
        (moving(), "2026-12-04T14:30:00Z"),
    ] {
        let booking = booking(state);

        assert_eq!(first_due_at(&booking, NOTICE), at(expected), "{:?}", booking.state);
        assert_ne!(due(&booking, NOTICE, at(expected)), Due::Nothing(at(expected)));
    }
}

#[test]
fn a_booking_made_at_short_notice_is_given_up_at_its_start() {
    let mut late = booking(BookingState::Pending);
    late.created_at = at("2026-12-03T09:55:00Z");

    assert_eq!(
        due(&late, SignedDuration::ZERO, late.created_at),
        Due::Nothing(usual_slot().start()),
        "before the ten minutes are over"
    );
    assert_eq!(due(&late, SignedDuration::ZERO, usual_slot().start()), Due::GiveUp);
}
