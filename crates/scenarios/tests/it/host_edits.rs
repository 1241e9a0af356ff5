//! What the host does in the calendar by hand.

use std::time::Duration;

use app::booking::{Moved, Progress};
use domain::{BookingState, Refusal};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given, JANE, Scenario, Side, Wish};
use serde_json::json;

const TEN: &str = "2026-12-01T18:00:00Z";
const QUARTER_PAST_TEN: &str = "2026-12-01T18:15:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const WAITING: Duration = Duration::from_secs(10);

scenarios::on_each_database! {
    an_event_that_the_host_deleted_is_not_moved_but_cancels_the_booking,
    what_the_host_wrote_into_the_event_survives_a_move,
    an_edit_between_reading_and_writing_survives_a_move,
    a_bookings_own_event_is_not_in_the_way_of_a_short_move,
    something_of_the_hosts_is_in_the_way_of_a_short_move,
    an_identifier_that_is_used_up_is_replaced_by_the_next,
    an_event_that_the_host_deleted_is_deleted_for_a_cancellation_too,
}

async fn an_event_that_the_host_deleted_is_not_moved_but_cancels_the_booking(database: Database) {
    for patience in [WAITING, Duration::ZERO] {
        let scenario = Scenario::on(database).await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        let event = scenario.sandbox.google().events(JANE)[0].id.clone();
        scenario.sandbox.google().delete_event(JANE, &event).expect("it is there");

        let moved = scenario.moves(id, ELEVEN, patience).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        if !patience.is_zero() {
            assert!(matches!(moved, Moved::Refused(Refusal::AlreadyOver)), "{moved:?}");
        }
        let state = scenario.booking(id).await.booking.state;
        let BookingState::Cancelled(cancellation) = state else { panic!("{state:?}") };
        assert_eq!(cancellation.by.as_str(), "host");
        assert_eq!(scenario.events(), []);
        assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
        assert_eq!(scenario.news("email"), ["confirmed", "cancelled"]);
        scenario.ends().await;
    }
}

async fn what_the_host_wrote_into_the_event_survives_a_move(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    let edit = json!({ "summary": "Bo, bring the keys", "description": "Gate code 1234" });
    scenario.sandbox.google().patch_event(JANE, &event, &edit).expect("it is there");

    let moved = scenario.moves(id, ELEVEN, WAITING).await;

    assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
    let events = scenario.sandbox.google().events(JANE);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].start.to_string(), ELEVEN);
    assert_eq!(events[0].summary, "Bo, bring the keys");
    assert_eq!(events[0].resource["description"], "Gate code 1234");
    scenario.ends().await;
}

async fn an_edit_between_reading_and_writing_survives_a_move(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    let held = scenario.gates.hold("PATCH *", 0, Side::Before);
    let call = scenario.begins_to_move(id, ELEVEN, WAITING);
    held.reached().await;
    let edit = json!({ "summary": "Bo, bring the keys" });
    scenario.sandbox.google().patch_event(JANE, &event, &edit).expect("it is there");

    held.release();
    let moved = call.await.expect("the process lives").expect("the database works");

    assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
    let events = scenario.sandbox.google().events(JANE);
    assert_eq!(
        (events[0].start.to_string().as_str(), events[0].summary.as_str()),
        (ELEVEN, "Bo, bring the keys")
    );
    scenario.ends().await;
}

async fn a_bookings_own_event_is_not_in_the_way_of_a_short_move(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;

    let moved = scenario.moves(id, QUARTER_PAST_TEN, WAITING).await;

    assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
    assert_eq!(scenario.events()[0].0.to_string(), QUARTER_PAST_TEN);
    scenario.ends().await;
}

async fn something_of_the_hosts_is_in_the_way_of_a_short_move(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.blocks("Dentist", "2026-12-01T18:35:00Z", "2026-12-01T18:50:00Z");

    let moved = scenario.moves(id, QUARTER_PAST_TEN, WAITING).await;

    assert!(matches!(moved, Moved::Accepted(Progress::CalendarBusy)), "{moved:?}");
    assert_eq!(scenario.events()[0].0.to_string(), TEN);
    scenario.ends().await;
}

async fn an_identifier_that_is_used_up_is_replaced_by_the_next(database: Database) {
    let scenario = Given::on(database).rule("when_unreachable = \"pending\"").begins().await;
    scenario.sandbox.faults().add(Fault::once("POST */events", FaultKind::DropAfter));
    let stored = scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.app().idle().await;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    scenario.sandbox.google().delete_event(JANE, &event).expect("it is there");

    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let events = scenario.sandbox.google().events(JANE);
    assert_eq!(events.len(), 1);
    assert_ne!(events[0].id, event);
    assert_eq!(events[0].private_property("doorstep_generation"), Some("1"));
    let state = scenario.booking(stored.booking.id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}

async fn an_event_that_the_host_deleted_is_deleted_for_a_cancellation_too(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    scenario.sandbox.google().delete_event(JANE, &event).expect("it is there");

    scenario.cancels(id).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    scenario.ends().await;
}
