#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use super::*;
use crate::sample::{
    at, booking, cancellation, cancelled, change_to, confirmed, every_state, moving, other_slot,
    usual_slot,
};

const NOW: &str = "2026-12-02T09:00:00Z";

type Transition = fn(Booking) -> Result<Booking, Refusal>;

/// What a transition makes of each state, in the order of [`every_state`]: pending, confirmed,
/// moving, cancelled, completed, no-show, declined, failed.
fn assert_makes(name: &str, transition: Transition, expected: [Result<BookingState, Refusal>; 8]) {
    for (before, expected) in every_state().into_iter().zip(expected) {
        let after = transition(booking(before.clone()));

        let status = before.status();
        assert_eq!(after.map(|after| after.state), expected, "{name} of a {status} booking");
    }
}

fn over() -> Result<BookingState, Refusal> {
    Err(Refusal::AlreadyOver)
}

#[test]
fn only_a_pending_booking_becomes_confirmed() {
    let expected =
        [Ok(confirmed()), Ok(confirmed()), Ok(moving()), over(), over(), over(), over(), over()];

    assert_makes("confirm", |booking| booking.confirm(at(NOW)), expected);
}

#[test]
fn only_a_pending_booking_is_declined_or_fails() {
    let becoming =
        |state: BookingState| [Ok(state), over(), over(), over(), over(), over(), over(), over()];

    let (declined, failed) = (BookingState::Declined, BookingState::Failed);
    assert_makes("decline", |booking| booking.decline(at(NOW)), becoming(declined));
    assert_makes("fail", |booking| booking.fail(at(NOW)), becoming(failed));
}

#[test]
fn an_active_booking_can_be_cancelled_and_twice_is_no_error() {
    let done = || Ok(cancelled());
    let expected = [done(), done(), done(), done(), over(), over(), over(), over()];

    assert_makes("cancel", |booking| booking.cancel(cancellation(), at(NOW)), expected);
}

#[test]
fn an_active_booking_can_be_moved_unless_another_move_is_under_way() {
    let to_ada = [
        Ok(BookingState::Pending),
        Ok(moving()),
        Ok(moving()),
        over(),
        over(),
        over(),
        over(),
        over(),
    ];
    assert_makes("move", |booking| booking.ask_to_move(change_to("ada"), at(NOW)), to_ada);

    let another = booking(moving()).ask_to_move(change_to("cy"), at(NOW));
    assert_eq!(another.map(|moved| moved.state), Err(Refusal::ChangeInProgress));
}

#[test]
fn a_confirmed_booking_is_completed_and_twice_is_no_error() {
    let (completed, no_show) = (BookingState::Completed, BookingState::NoShow);
    let done = || Ok(completed.clone());
    let expected = [over(), done(), done(), over(), done(), Ok(no_show), over(), over()];

    assert_makes("complete", |booking| booking.complete(at(NOW)), expected);
}

#[test]
fn nobody_stays_away_before_the_start() {
    let early = Err(Refusal::NotBegunYet);
    let absent = || Ok(BookingState::NoShow);

    let before = [over(), early.clone(), early, over(), absent(), absent(), over(), over()];
    assert_makes("no-show before", |booking| booking.mark_no_show(at(NOW)), before);

    let after = [over(), absent(), absent(), over(), absent(), absent(), over(), over()];
    assert_makes("no-show after", |booking| booking.mark_no_show(usual_slot().start()), after);
}

#[test]
fn every_change_raises_the_revision_and_nothing_else_does() {
    let transitions: [Transition; 7] = [
        |booking| booking.confirm(at(NOW)),
        |booking| booking.decline(at(NOW)),
        |booking| booking.fail(at(NOW)),
        |booking| booking.cancel(cancellation(), at(NOW)),
        |booking| booking.ask_to_move(change_to("ada"), at(NOW)),
        |booking| booking.complete(at(NOW)),
        |booking| booking.mark_no_show(other_slot().end()),
    ];
    for (transition, state) in
        transitions.iter().flat_map(|transition| every_state().map(|state| (transition, state)))
    {
        let before = booking(state);

        let Ok(after) = transition(before.clone()) else { continue };

        let changed = after.state != before.state || after.slot != before.slot;
        assert_eq!(after.revision, before.revision + i64::from(changed), "{:?}", before.state);
        assert_eq!(after.updated_at == at(NOW) || after.updated_at == other_slot().end(), changed);
    }
}

#[test]
fn a_pending_booking_takes_the_new_time_at_once() {
    let moved = booking(BookingState::Pending).ask_to_move(change_to("cy"), at(NOW));

    let moved = moved.expect("a pending booking can be moved");
    assert_eq!((moved.host.as_str(), moved.slot), ("cy", other_slot()));
}

#[test]
fn a_confirmed_booking_keeps_its_time_until_the_move_is_settled() {
    let asked = booking(confirmed()).ask_to_move(change_to("cy"), at(NOW));
    let asked = asked.expect("a confirmed booking can be moved");
    assert_eq!((asked.host.as_str(), asked.slot), ("ada", usual_slot()));

    let settled = asked.clone().settle_move(at(NOW));
    assert_eq!((settled.host.as_str(), settled.slot), ("cy", other_slot()));
    assert_eq!(settled.state, confirmed());

    let dropped = asked.drop_move(at(NOW));
    assert_eq!((dropped.host.as_str(), dropped.slot), ("ada", usual_slot()));
    assert_eq!(dropped.state, confirmed());
}

#[test]
fn without_a_move_there_is_nothing_to_settle_or_drop() {
    for state in every_state().into_iter().filter(|state| *state != moving()) {
        let settled = booking(state.clone()).settle_move(at(NOW));
        let dropped = booking(state.clone()).drop_move(at(NOW));

        assert_eq!((settled.state, settled.revision), (state.clone(), 7));
        assert_eq!((dropped.state, dropped.revision), (state, 7));
    }
}

#[test]
fn a_booking_is_given_up_half_an_hour_before_it_unless_notice_is_shorter() {
    let (long, short) = (SignedDuration::from_hours(2), SignedDuration::from_mins(29));

    let pending = booking(BookingState::Pending);
    assert_eq!(pending.given_up_at(long), at("2026-12-03T09:30:00Z"));
    assert_eq!(pending.given_up_at(short), usual_slot().start());

    assert_eq!(booking(moving()).given_up_at(long), at("2026-12-04T14:30:00Z"));
}

#[test]
fn exactly_pending_and_confirmed_occupy_time() {
    let active = every_state().map(|state| state.is_active());

    assert_eq!(active, [true, true, true, false, false, false, false, false]);
}

#[test]
fn an_actor_is_read_back_by_its_name() {
    for actor in [Actor::Attendee, Actor::Host, Actor::Api, Actor::System] {
        assert_eq!(Actor::named(actor.as_str()), Some(actor));
    }
    assert_eq!(Actor::named("somebody"), None);
}

#[test]
fn seats_that_are_kept_can_be_taken_until_the_offer_lapses() {
    let [waiting, offered, expired] = crate::sample::waiting_states().map(booking);
    let lapses = at(crate::sample::CREATED) + SignedDuration::from_hours(1);
    let in_time = lapses - SignedDuration::from_secs(1);

    assert_eq!(offered.clone().take_offer(in_time).unwrap().state, BookingState::Pending);
    assert_eq!(offered.take_offer(lapses).unwrap_err(), Refusal::NothingOffered);
    assert_eq!(waiting.take_offer(in_time).unwrap_err(), Refusal::NothingOffered);
    assert_eq!(expired.take_offer(in_time).unwrap_err(), Refusal::AlreadyOver);
}

#[test]
fn only_who_waits_is_offered_seats_promoted_or_expires() {
    for state in every_state() {
        let offer = SeatOffer { until: at(NOW) };
        let host = || "cy".parse().unwrap();

        assert!(booking(state.clone()).offer_seats(host(), offer, at(NOW)).is_err());
        assert!(booking(state.clone()).promote(host(), at(NOW)).is_err());
        assert!(booking(state).expire(at(NOW)).is_err());
    }
    let [waiting, offered, _] = crate::sample::waiting_states().map(booking);
    assert_eq!(
        waiting.clone().promote("cy".parse().unwrap(), at(NOW)).unwrap().host.as_str(),
        "cy"
    );
    assert_eq!(waiting.cancel(cancellation(), at(NOW)).unwrap().state, cancelled());
    assert_eq!(offered.expire(at(NOW)).unwrap().state, BookingState::Expired);
}
