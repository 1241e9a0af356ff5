//! One booking through the whole path.

use std::time::Duration;

use app::booking::{Booked, Moved, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Scenario, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";

scenarios::on_each_database! {
    a_booking_becomes_one_event_one_text_and_one_mail,
    a_booking_asks_the_calendar_twice,
    a_move_asks_the_calendar_twice_and_a_cancellation_once,
    a_lost_answer_does_not_create_a_second_calendar_event,
    moving_patches_the_same_event_and_tells_once,
    cancelling_removes_the_event_and_frees_the_slot,
    a_busy_calendar_is_told_in_the_answer_and_by_no_message,
}

async fn a_booking_becomes_one_event_one_text_and_one_mail(database: Database) {
    let scenario = Scenario::on(database).await;

    let stored = scenario.books(&Wish::at(TEN)).await;
    scenario.runs_jobs().await;

    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    let events = scenario.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].2, Some(stored.booking.id.to_string()));
    let texts = scenario.texts();
    assert_eq!(texts.len(), 1);
    assert!(
        texts[0].contains("Tue, 1 Dec 2026, 1:00 PM to 1:30 PM EST (New York time)"),
        "{texts:?}"
    );
    assert_eq!(scenario.mails().len(), 1);
    scenario.ends().await;
}

async fn a_booking_asks_the_calendar_twice(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.sandbox.calls().clear();

    scenario.books(&Wish::at(TEN)).await;

    assert_eq!(scenario.sandbox.calls().count("POST /calendar/v3/freeBusy"), 1);
    assert_eq!(scenario.sandbox.calls().count("* /calendar/v3/*"), 2);
    scenario.ends().await;
}

async fn a_move_asks_the_calendar_twice_and_a_cancellation_once(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.sandbox.calls().clear();

    scenario.moves(id, ELEVEN, Duration::from_secs(10)).await;
    assert_eq!(scenario.sandbox.calls().count("* /calendar/v3/*"), 2);
    scenario.sandbox.calls().clear();

    scenario.cancels(id).await;
    scenario.app().idle().await;
    assert_eq!(scenario.sandbox.calls().count("* /calendar/v3/*"), 1);
    scenario.ends().await;
}

async fn a_lost_answer_does_not_create_a_second_calendar_event(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.sandbox.faults().add(Fault::once("POST */events", FaultKind::DropAfter));

    let wish = Wish { patience: Duration::ZERO, ..Wish::at(TEN) };
    let stored = scenario.books(&wish).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let booking = scenario.booking(stored.booking.id).await.booking;
    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.texts().len(), 1);
    scenario.ends().await;
}

async fn moving_patches_the_same_event_and_tells_once(database: Database) {
    let scenario = Scenario::on(database).await;
    let stored = scenario.books(&Wish::at(TEN)).await;
    scenario.runs_jobs().await;

    let moved = scenario.moves(stored.booking.id, ELEVEN, Duration::from_secs(10)).await;
    scenario.runs_jobs().await;

    assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
    let events = scenario.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0.to_string(), ELEVEN);
    let texts = scenario.texts();
    assert_eq!(texts.len(), 2);
    assert!(texts[1].starts_with("Moved:"), "{texts:?}");
    scenario.ends().await;
}

async fn cancelling_removes_the_event_and_frees_the_slot(database: Database) {
    let scenario = Scenario::on(database).await;
    let stored = scenario.books(&Wish::at(TEN)).await;
    scenario.runs_jobs().await;

    scenario.cancels(stored.booking.id).await;
    scenario.runs_jobs().await;

    assert_eq!(scenario.events(), []);
    assert!(scenario.texts()[1].starts_with("Cancelled:"));
    scenario.books(&Wish::at(TEN)).await;
    scenario.ends().await;
}

async fn a_busy_calendar_is_told_in_the_answer_and_by_no_message(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.blocks("Dentist", TEN, ELEVEN);

    let booked = scenario.tries_to_book(&Wish::at(TEN)).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert!(matches!(booked, Booked::Accepted(Progress::CalendarBusy)), "{booked:?}");
    assert_eq!(scenario.texts(), [] as [String; 0]);
    assert_eq!(scenario.mails(), [] as [String; 0]);
    scenario.ends().await;
}
