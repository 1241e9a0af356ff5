//! While moving.

use app::booking::{Moved, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use scenarios::{Database, Scenario, Wish, in_every_case};

use super::{OVER_HTTP, Row, rows, rows_of_messages};

const TEN: &str = "2026-12-01T18:00:00Z";
/// So near that the booking's own event is in the way, and has to be told from others.
const QUARTER_PAST_TEN: &str = "2026-12-01T18:15:00Z";
const CALENDAR: [&str; 4] = ["POST /token", "POST */freeBusy", "GET */events", "PATCH *"];

scenarios::on_each_database! {
    no_fault_costs_a_move_whose_caller_waits,
    no_fault_costs_a_move_whose_caller_does_not_wait,
    no_fault_costs_the_message_about_a_move,
}

async fn no_fault_costs_a_move_whose_caller_waits(database: Database) {
    in_every_case(rows(&OVER_HTTP, &CALENDAR, &[true]), move |row| async move {
        let (scenario, id) = booked(database, row).await;
        scenario.sandbox.faults().add(row.fault());

        let call = scenario.begins_to_move(id, QUARTER_PAST_TEN, row.patience());
        let moved = scenario.serves(call, SignedDuration::from_secs(9)).await;

        let moved = moved.expect("the database works");
        assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
        ends_well(scenario).await;
    })
    .await;
}

async fn no_fault_costs_a_move_whose_caller_does_not_wait(database: Database) {
    in_every_case(rows(&OVER_HTTP, &CALENDAR, &[false]), move |row| async move {
        let (scenario, id) = booked(database, row).await;
        scenario.sandbox.faults().add(row.fault());

        let moved = scenario.moves(id, QUARTER_PAST_TEN, row.patience()).await;

        assert!(matches!(moved, Moved::Accepted(Progress::Pending(_))), "{moved:?}");
        scenario.runs_for(SignedDuration::from_mins(2)).await;
        ends_well(scenario).await;
    })
    .await;
}

async fn no_fault_costs_the_message_about_a_move(database: Database) {
    in_every_case(rows_of_messages(), move |row: Row| async move {
        let (scenario, id) = booked(database, row).await;
        scenario.sandbox.faults().add(row.fault());

        scenario.moves(id, QUARTER_PAST_TEN, std::time::Duration::from_secs(10)).await;

        scenario.runs_for(SignedDuration::from_mins(2)).await;
        ends_well(scenario).await;
    })
    .await;
}

async fn booked(database: Database, row: Row) -> (Scenario, domain::BookingId) {
    let scenario = row.given(database).begins().await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    if row.subject == CALENDAR[0] {
        scenario.advances(SignedDuration::from_mins(61));
    }
    (scenario, id)
}

async fn ends_well(scenario: Scenario) {
    scenario.runs_jobs().await; // The answer does not wait until the lead was told.
    assert!(scenario.sandbox.faults().list().is_empty(), "the fault never happened");
    let events = scenario.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].0.to_string(), QUARTER_PAST_TEN);
    let id = events[0].2.as_ref().expect("ours").parse().expect("an id");
    let state = scenario.booking(id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    assert_eq!(scenario.news("email"), ["confirmed", "moved"]);
    scenario.ends().await;
}
