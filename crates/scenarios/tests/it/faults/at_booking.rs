//! While booking.

use app::booking::{Booked, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use scenarios::{Database, Given, Scenario, Wish, in_every_case};

use super::{OVER_HTTP, Row, rows, rows_of_messages};

const TEN: &str = "2026-12-01T18:00:00Z";
const CALENDAR: [&str; 3] = ["POST /token", "POST */freeBusy", "POST */events"];

scenarios::on_each_database! {
    no_fault_costs_a_booking_whose_caller_waits,
    no_fault_costs_a_booking_whose_caller_does_not_wait,
    no_fault_costs_a_confirmation,
    a_closed_service_refuses_while_somebody_waits_and_tells_nobody,
}

async fn no_fault_costs_a_booking_whose_caller_waits(database: Database) {
    in_every_case(rows(&OVER_HTTP, &CALENDAR, &[true]), move |row| async move {
        let scenario = row.given(database).begins_with_stale_tokens().await;
        scenario.sandbox.faults().add(row.fault());

        let wish = Wish { patience: row.patience(), ..Wish::at(TEN) };
        let call = scenario.begins_to_book(&wish);
        let booked = scenario.serves(call, SignedDuration::from_secs(9)).await;

        let booked = booked.expect("the database works");
        assert!(matches!(booked, Booked::Accepted(Progress::Done(_))), "{booked:?}");
        ends_well(scenario).await;
    })
    .await;
}

async fn no_fault_costs_a_booking_whose_caller_does_not_wait(database: Database) {
    in_every_case(rows(&OVER_HTTP, &CALENDAR, &[false]), move |row| async move {
        let scenario = row.given(database).begins_with_stale_tokens().await;
        scenario.sandbox.faults().add(row.fault());

        let booked = scenario.tries_to_book(&Wish::at(TEN).without_waiting()).await;

        assert!(matches!(booked, Booked::Accepted(Progress::Pending(_))), "{booked:?}");
        scenario.runs_for(SignedDuration::from_mins(2)).await;
        ends_well(scenario).await;
    })
    .await;
}

async fn no_fault_costs_a_confirmation(database: Database) {
    in_every_case(rows_of_messages(), move |row: Row| async move {
        let scenario = row.given(database).begins().await;
        scenario.sandbox.faults().add(row.fault());

        scenario.books(&Wish::at(TEN)).await;

        scenario.runs_for(SignedDuration::from_mins(2)).await;
        ends_well(scenario).await;
    })
    .await;
}

/// The fault happened, and nobody can tell.
async fn ends_well(scenario: Scenario) {
    scenario.runs_jobs().await; // The answer does not wait until the lead was told.
    assert!(scenario.sandbox.faults().list().is_empty(), "the fault never happened");
    let events = scenario.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].0.to_string(), TEN);
    let id = events[0].2.as_ref().expect("ours").parse().expect("an id");
    let state = scenario.booking(id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert_eq!(scenario.news("email"), ["confirmed"]);
    scenario.ends().await;
}

/// What a `closed` service says when it cannot read the calendar: no, at once, and nothing else.
async fn a_closed_service_refuses_while_somebody_waits_and_tells_nobody(database: Database) {
    let calls = rows(&OVER_HTTP, &CALENDAR[1..2], &[true]);
    let cured = |row: &Row| row.trouble == super::Trouble::Unauthorized; // By a fresh token.
    let calls = calls.into_iter().filter(|(_, row)| !cured(row));
    in_every_case(calls, move |row: Row| async move {
        let given = match row.trouble {
            super::Trouble::TooSlow => Given::on(database).call_limit(super::CALL_LIMIT),
            _ => Given::on(database),
        };
        let scenario = given.rule("when_unreachable = \"closed\"").begins().await;
        scenario.sandbox.faults().add(row.fault());

        let refused = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;

        assert!(matches!(refused, Booked::Accepted(Progress::CalendarUnavailable)), "{refused:?}");
        scenario.runs_for(SignedDuration::from_mins(30)).await;
        assert_eq!((scenario.events(), scenario.heard()), (vec![], vec![]));
        let again = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;
        assert!(matches!(again, Booked::Accepted(Progress::Done(_))), "{again:?}");
        scenario.ends().await;
    })
    .await;
}
