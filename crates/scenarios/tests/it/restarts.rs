//! The process dies between any two of its steps.
//!
//! Between one call to a provider and the next, everything that can be lost is in the database or
//! was never done: so a death before every call, and one before every answer is seen, are all the
//! deaths there are.

use std::time::Duration;

use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use scenarios::{Database, Scenario, Side, Wish, in_every_case};

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

scenarios::on_each_database! {
    a_booking_survives_a_death_at_every_call,
    a_move_survives_a_death_at_every_call,
    a_cancellation_survives_a_death_at_every_call,
    a_booking_survives_two_deaths_on_its_way_into_the_calendar,
    the_same_key_finds_the_booking_after_a_death,
    what_was_confirmed_just_before_a_death_is_told_after_it,
}

async fn a_booking_survives_a_death_at_every_call(database: Database) {
    die_at_every_call(database, Doing::Booking).await;
}

async fn a_move_survives_a_death_at_every_call(database: Database) {
    die_at_every_call(database, Doing::Moving).await;
}

async fn a_cancellation_survives_a_death_at_every_call(database: Database) {
    die_at_every_call(database, Doing::Cancelling).await;
}

async fn die_at_every_call(database: Database, doing: Doing) {
    let goes_on = move |death| dies_and_goes_on(database, death);
    in_every_case(deaths(database, doing).await, goes_on).await;
}

/// The calls of an undisturbed run, each with both its sides.
async fn deaths(database: Database, doing: Doing) -> Vec<(String, Death)> {
    let scenario = begun(database, doing).await;
    scenario.gates.forget();
    works(&scenario, doing).await;
    let calls = scenario.gates.passed();
    assert!(calls.len() >= 5, "{calls:?}");
    let sides = [Side::Before, Side::After];
    let deaths = (0..calls.len()).flat_map(|call| sides.map(|side| Death { doing, call, side }));
    deaths.map(|death| (format!("{death:?} {}", calls[death.call]), death)).collect()
}

async fn begun(database: Database, doing: Doing) -> Scenario {
    let scenario = Scenario::on(database).await;
    if doing != Doing::Booking {
        scenario.has_booked(&Wish::at(TEN)).await;
    }
    scenario.advances(SignedDuration::from_mins(61)); // A token is fetched, too.
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

async fn dies_and_goes_on(database: Database, death: Death) {
    let mut scenario = begun(database, death.doing).await;
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

async fn a_booking_survives_two_deaths_on_its_way_into_the_calendar(database: Database) {
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
    in_every_case(cases, move |deaths| async move {
        let mut scenario = Scenario::on(database).await;
        for (index, (call, side)) in deaths.into_iter().enumerate() {
            let held = scenario.gates.hold(call, 0, side);
            if index == 0 {
                scenario.begins_to_book(&Wish::at(TEN));
            } else {
                // Where others may serve the database, the dead one's lease has to run out.
                scenario.advances(SignedDuration::from_mins(1));
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

async fn the_same_key_finds_the_booking_after_a_death(database: Database) {
    let mut scenario = Scenario::on(database).await;
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

async fn what_was_confirmed_just_before_a_death_is_told_after_it(database: Database) {
    let mut scenario = Scenario::on(database).await;
    scenario.books(&Wish::at(TEN)).await;

    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    went_well(scenario, Doing::Booking).await;
}
