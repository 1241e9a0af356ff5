//! The process dies between any two of its steps.
//!
//! Between one call to a provider and the next, everything that can be lost is in the database or
//! was never done: so a death before every call, and one before every answer is seen, are all the
//! deaths there are.

use std::time::Duration;

use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use scenarios::{Scenario, Side, Wish, in_every_case};

const TEN: &str = "2026-12-01T18:00:00Z";
const QUARTER_PAST_TEN: &str = "2026-12-01T18:15:00Z";

/// What the process was doing when it died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Booking,
    Moving,
    Cancelling,
}

/// The instant of a death: at the n-th call to a provider.
#[derive(Debug, Clone, Copy)]
struct Death {
    doing: Doing,
    call: usize,
    side: Side,
}

#[tokio::test]
async fn a_booking_survives_a_death_at_every_call() {
    in_every_case(deaths(Doing::Booking).await, dies_and_goes_on).await;
}

#[tokio::test]
async fn a_move_survives_a_death_at_every_call() {
    in_every_case(deaths(Doing::Moving).await, dies_and_goes_on).await;
}

#[tokio::test]
async fn a_cancellation_survives_a_death_at_every_call() {
    in_every_case(deaths(Doing::Cancelling).await, dies_and_goes_on).await;
}

/// The calls of an undisturbed run, each with both its sides.
async fn deaths(doing: Doing) -> Vec<(String, Death)> {
    let scenario = begun(doing).await;
    scenario.gates.forget();
    works(&scenario, doing).await;
    let calls = scenario.gates.passed();
    assert!(calls.len() >= 5, "{calls:?}");
    let sides = [Side::Before, Side::After];
    let deaths = (0..calls.len()).flat_map(|call| sides.map(|side| Death { doing, call, side }));
    deaths.map(|death| (format!("{death:?} {}", calls[death.call]), death)).collect()
}

async fn begun(doing: Doing) -> Scenario {
    let scenario = Scenario::new().await;
    if doing != Doing::Booking {
        scenario.has_booked(&Wish::at(TEN)).await;
    }
    scenario.clock.advance(SignedDuration::from_mins(61)); // A token is fetched, too.
    scenario
}

async fn works(scenario: &Scenario, doing: Doing) {
    let patience = Duration::from_secs(10);
    match doing {
        Doing::Booking => drop(scenario.begins_to_book(&Wish::at(TEN)).await),
        Doing::Moving => {
            drop(scenario.begins_to_move(the_booking(scenario), QUARTER_PAST_TEN, patience).await);
        }
        Doing::Cancelling => drop(scenario.begins_to_cancel(the_booking(scenario)).await),
    }
    drop(scenario.begins_to_run_jobs().await);
}

fn the_booking(scenario: &Scenario) -> BookingId {
    let events = scenario.events();
    events[0].2.as_ref().expect("ours").parse().expect("an id")
}

async fn dies_and_goes_on(death: Death) {
    let mut scenario = begun(death.doing).await;
    let held = scenario.gates.hold("*", death.call, death.side);
    {
        let work = works(&scenario, death.doing);
        tokio::select! {
            () = held.reached() => {}
            () = work => panic!("it came to its end without the call"),
        }
    }
    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    went_well(scenario, death.doing).await;
}

async fn went_well(scenario: Scenario, doing: Doing) {
    let (times, news): (&[&str], &[&str]) = match doing {
        Doing::Booking => (&[TEN], &["confirmed"]),
        Doing::Moving => (&[QUARTER_PAST_TEN], &["confirmed", "moved"]),
        Doing::Cancelling => (&[], &["confirmed", "cancelled"]),
    };
    let events: Vec<String> =
        scenario.events().into_iter().map(|event| event.0.to_string()).collect();
    assert_eq!(events, times);
    assert_eq!(scenario.news("sms"), news);
    assert_eq!(scenario.news("email"), news);
    scenario.ends().await;
}

#[tokio::test]
async fn a_booking_survives_two_deaths_on_its_way_into_the_calendar() {
    let sides = [Side::Before, Side::After];
    let ways = ["POST */freeBusy", "POST */events"];
    let mut cases = Vec::new();
    for (first, one) in ways.iter().flat_map(|way| sides.map(|side| (*way, side))) {
        for (second, two) in ways.iter().flat_map(|way| sides.map(|side| (*way, side))) {
            // What was answered and stored before the first death is not asked again.
            if !(first == ways[1] && second == ways[0]) {
                cases.push((
                    format!("{first} {one:?}, {second} {two:?}"),
                    [(first, one), (second, two)],
                ));
            }
        }
    }
    in_every_case(cases, |deaths| async move {
        let mut scenario = Scenario::new().await;
        for (index, (call, side)) in deaths.into_iter().enumerate() {
            let held = scenario.gates.hold(call, 0, side);
            if index == 0 {
                scenario.begins_to_book(&Wish::at(TEN));
            } else {
                scenario.begins_to_run_jobs();
            }
            held.reached().await;
            scenario.restart().await;
        }
        scenario.runs_for(SignedDuration::from_mins(5)).await;
        went_well(scenario, Doing::Booking).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_key_finds_the_booking_after_a_death() {
    let mut scenario = Scenario::new().await;
    let held = scenario.gates.hold("POST */events", 0, Side::After);
    scenario.begins_to_book(&Wish::at(TEN).under("form-7"));
    held.reached().await;

    scenario.restart().await;
    let again = scenario.tries_to_book(&Wish::at(TEN).under("form-7")).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    let app::booking::Booked::Replayed(stored) = again else { panic!("{again:?}") };
    let booking = scenario.booking(stored.booking.id).await.booking;
    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    went_well(scenario, Doing::Booking).await;
}

#[tokio::test]
async fn what_was_confirmed_just_before_a_death_is_told_after_it() {
    let mut scenario = Scenario::new().await;
    scenario.books(&Wish::at(TEN)).await;

    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    went_well(scenario, Doing::Booking).await;
}
