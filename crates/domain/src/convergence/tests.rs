#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use super::*;
use crate::sample::{
    booking, cancelled, confirmed, every_state, moving, other_slot, usual_slot, waiting_states,
};

mod properties;

fn calendar(name: &str) -> CalendarId {
    name.parse().unwrap()
}

fn event(generation: u32, calendar_name: &str, state: EventState, slot: Interval) -> EventRecord {
    EventRecord { generation, calendar: calendar(calendar_name), state, slot, edition: 0 }
}

fn intended(generation: u32) -> EventRecord {
    event(generation, "ada-work", EventState::Intended, usual_slot())
}

fn written(generation: u32) -> EventRecord {
    event(generation, "ada-work", EventState::Written, usual_slot())
}

fn removed(generation: u32) -> EventRecord {
    event(generation, "ada-work", EventState::Removed, usual_slot())
}

/// An event in another calendar, as a move between hosts leaves it.
fn elsewhere(generation: u32) -> EventRecord {
    event(generation, "cy-work", EventState::Written, usual_slot())
}

fn step(state: BookingState, free: bool, events: &[EventRecord]) -> Step {
    next_step(&booking(state), free, events, &calendar("ada-work"))
}

#[test]
fn nothing_is_written_before_the_calendars_were_found_free() {
    for events in [vec![], vec![intended(0)], vec![written(0)]] {
        let pending = step(BookingState::Pending, false, &events);
        assert_eq!(pending, Step::CheckFree(usual_slot()));

        let moving = step(moving(), false, &events);
        assert_eq!(moving, Step::CheckFree(other_slot()));
    }
}

#[test]
fn a_pending_booking_gets_one_event_and_is_settled() {
    for (events, expected) in [
        (vec![], Step::Insert { generation: 0 }),
        (vec![intended(0)], Step::Insert { generation: 0 }), // The answer was lost: again.
        (vec![removed(0)], Step::Insert { generation: 1 }),  // The identifier is used up.
        (vec![removed(0), intended(1)], Step::Insert { generation: 1 }),
        (vec![written(0)], Step::Settle),
        (vec![elsewhere(0)], Step::Insert { generation: 1 }),
        (vec![elsewhere(0), written(1)], Step::Settle),
    ] {
        assert_eq!(step(BookingState::Pending, true, &events), expected, "{events:?}");
    }
}

#[test]
fn a_move_patches_the_event_that_is_there() {
    let there = event(0, "ada-work", EventState::Written, other_slot());
    for (events, expected) in [
        (vec![written(0)], Step::Patch { generation: 0 }),
        (vec![there], Step::Settle),
        (vec![elsewhere(0)], Step::Insert { generation: 1 }), // From another host's calendar.
        (vec![elsewhere(0), intended(1)], Step::Insert { generation: 1 }),
        (vec![written(0), elsewhere(1)], Step::Patch { generation: 0 }), // There and back.
    ] {
        assert_eq!(step(moving(), true, &events), expected, "{events:?}");
    }
}

#[test]
fn a_confirmed_booking_has_its_one_event_in_its_own_calendar() {
    let misplaced = event(0, "ada-work", EventState::Written, other_slot());
    for (events, expected) in [
        (vec![written(0)], Step::Done),
        (vec![elsewhere(0), written(1)], Step::Delete { generation: 0 }),
        // The move to another host was given up; its event may be there, and is the newer one.
        (vec![written(0), elsewhere(1)], Step::Delete { generation: 1 }),
        // The move was given up after its patch, or while it was under way.
        (vec![misplaced], Step::Patch { generation: 0 }),
        (vec![intended(0)], Step::Insert { generation: 0 }),
        (vec![removed(0)], Step::Insert { generation: 1 }),
    ] {
        for free in [false, true] {
            assert_eq!(step(confirmed(), free, &events), expected, "{events:?}");
        }
    }
}

#[test]
fn what_was_called_off_leaves_no_event_behind() {
    for state in [cancelled(), BookingState::Declined, BookingState::Failed] {
        for (events, expected) in [
            (vec![], Step::Done),
            (vec![removed(0)], Step::Done),
            (vec![intended(0)], Step::Delete { generation: 0 }), // It may be there all the same.
            (vec![removed(0), written(1)], Step::Delete { generation: 1 }),
            (vec![written(0), elsewhere(1)], Step::Delete { generation: 0 }),
        ] {
            assert_eq!(step(state.clone(), true, &events), expected, "{state:?}: {events:?}");
        }
    }
}

#[test]
fn what_took_place_keeps_its_event_and_no_other() {
    for state in [BookingState::Completed, BookingState::NoShow] {
        for (events, expected) in [
            (vec![], Step::Done),
            (vec![written(0)], Step::Done),
            (vec![elsewhere(0)], Step::Done),
            (vec![elsewhere(0), written(1)], Step::Delete { generation: 0 }),
        ] {
            assert_eq!(step(state.clone(), true, &events), expected, "{state:?}: {events:?}");
        }
    }
}

#[test]
fn without_any_event_a_step_is_the_first_of_its_way() {
    let first = every_state().map(|state| step(state, false, &[]));

    let check = Step::CheckFree(usual_slot());
    let (insert, done) = (Step::Insert { generation: 0 }, || Step::Done);
    let move_check = Step::CheckFree(other_slot());
    assert_eq!(first, [check, insert, move_check, done(), done(), done(), done(), done()]);
}

#[test]
fn who_waits_in_line_has_no_event() {
    for state in waiting_states() {
        assert_eq!(step(state.clone(), false, &[]), Step::Done);
        assert_eq!(step(state, true, &[written(0)]), Step::Delete { generation: 0 });
    }
}

#[test]
fn a_wish_that_is_given_up_leaves_doubt_where_a_write_may_be_under_way() {
    let misplaced = event(0, "ada-work", EventState::Written, other_slot());
    for (state, free, events, expected) in [
        (BookingState::Pending, false, vec![], false),
        (BookingState::Pending, true, vec![intended(0)], true),
        (moving(), false, vec![written(0)], false), // It was refused before anything was written.
        (moving(), true, vec![written(0)], true),
        (confirmed(), false, vec![written(0)], false),
        (confirmed(), false, vec![removed(0), written(1)], false),
        (confirmed(), false, vec![elsewhere(0), written(1)], true), // One is being deleted.
        (confirmed(), false, vec![misplaced], true),                // It is being put back.
    ] {
        let booking = booking(state);

        assert_eq!(in_doubt(&booking, free, &events), expected, "{:?}: {events:?}", booking.state);
    }
}

#[test]
fn an_identifier_is_never_used_twice() {
    assert_eq!(next_generation(&[]), 0);
    assert_eq!(next_generation(&[removed(0), written(3)]), 4);

    let id = booking(confirmed()).id;
    assert_eq!(event_id(id, 10), "000000000000000000000000000000b0000a");
    assert_ne!(event_id(id, 0), event_id(id, 1));
}

#[test]
fn a_state_of_an_event_is_read_back_by_its_name() {
    for state in [EventState::Intended, EventState::Written, EventState::Removed] {
        assert_eq!(EventState::named(state.as_str()), Some(state));
    }
    assert_eq!(EventState::named("lost"), None);
}
