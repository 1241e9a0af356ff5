//! What is read ahead of a host's calendar, and what is offered by it.

use app::booking::{Booked, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{BOB, BOBS, Given, JANE, Scenario, Wish};
use serde_json::{Value, json};

const TEN: &str = "2026-12-01T18:00:00Z";
const HALF_PAST_TEN: &str = "2026-12-01T18:30:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";
const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// Puts an event into Jane's calendar, from ten to half past unless it says otherwise.
fn puts(scenario: &Scenario, event: Value) -> String {
    let mut whole = json!({
        "summary": "Something",
        "start": { "dateTime": TEN },
        "end": { "dateTime": HALF_PAST_TEN },
    });
    let fields = whole.as_object_mut().expect("an object");
    let Value::Object(given) = event else { panic!("not an event: {event}") };
    fields.extend(given);
    scenario.sandbox.google().insert_event(JANE, &whole).expect("the calendar is there")
}

#[tokio::test]
async fn what_stands_in_the_calendar_is_not_offered_and_explained_by_its_calendar() {
    let scenario = Scenario::new().await;
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    assert!(scenario.offers(TEN).await, "nothing was read yet: our own tables count");

    scenario.runs_jobs().await;

    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers("2026-12-01T17:30:00Z").await, "the buffer after it");
    assert!(scenario.offers(HALF_PAST_TEN).await);
    assert_eq!(scenario.explains(TEN).await, ["busy", "jane-work"]);
    scenario.ends().await;
}

#[tokio::test]
async fn what_changes_in_the_calendar_is_noticed_within_one_poll() {
    let scenario = Scenario::new().await;
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.runs_jobs().await;
    let dentist = scenario.sandbox.google().events(JANE)[0].id.clone();
    let at = |text: &str| text.parse().expect("an instant");

    scenario.sandbox.google().move_event(JANE, &dentist, at(ELEVEN), at(NOON)).expect("there");
    scenario.runs_for(FIVE_MINUTES).await;
    assert!(scenario.offers(TEN).await);
    assert!(!scenario.offers(ELEVEN).await);

    scenario.sandbox.google().delete_event(JANE, &dentist).expect("it is there");
    scenario.runs_for(FIVE_MINUTES).await;
    assert!(scenario.offers(ELEVEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn only_what_blocks_time_is_busy() {
    let scenario = Scenario::new().await;
    let declined = json!([{ "email": JANE, "self": true, "responseStatus": "declined" }]);
    puts(&scenario, json!({ "transparency": "transparent" }));
    puts(&scenario, json!({ "attendees": declined }));
    let tentative = json!([{ "email": JANE, "self": true, "responseStatus": "tentative" }]);
    let eleven = json!({ "dateTime": ELEVEN });
    let noon = json!({ "dateTime": NOON });
    puts(&scenario, json!({ "attendees": tentative, "start": eleven, "end": noon }));

    scenario.runs_jobs().await;

    assert!(scenario.offers(TEN).await);
    assert!(!scenario.offers(ELEVEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_whole_day_is_one_of_the_calendars_zone() {
    let scenario = Scenario::new().await;
    let day = |date: &str| json!({ "date": date });
    puts(&scenario, json!({ "start": day("2026-12-01"), "end": day("2026-12-02") }));

    scenario.runs_jobs().await;

    assert!(scenario.offers("2026-12-01T00:30:00Z").await, "still Monday in Los Angeles");
    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers("2026-12-02T00:15:00Z").await, "still Tuesday in Los Angeles");
    scenario.ends().await;
}

#[tokio::test]
async fn every_instance_of_a_series_is_busy_and_goes_with_it() {
    let scenario = Scenario::new().await;
    let zoned = |at: &str| json!({ "dateTime": at, "timeZone": "America/Los_Angeles" });
    let series = json!({
        "start": zoned(TEN), "end": zoned(HALF_PAST_TEN), "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    });
    let id = puts(&scenario, series);
    let days = [TEN, "2026-12-02T18:00:00Z", "2026-12-03T18:00:00Z"];
    scenario.runs_jobs().await;
    for day in days {
        assert!(!scenario.offers(day).await, "{day}");
    }

    let shorter = json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] });
    scenario.sandbox.google().patch_event(JANE, &id, &shorter).expect("it is there");
    scenario.runs_for(FIVE_MINUTES).await;
    assert!(!scenario.offers(days[1]).await);
    assert!(scenario.offers(days[2]).await, "the last one was cut off");

    scenario.sandbox.google().delete_event(JANE, &id).expect("it is there");
    scenario.runs_for(FIVE_MINUTES).await;
    for day in days {
        assert!(scenario.offers(day).await, "{day}");
    }
    scenario.ends().await;
}

#[tokio::test]
async fn a_bookings_own_event_takes_no_time_beside_its_claim() {
    let scenario = Scenario::new().await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.runs_for(FIVE_MINUTES).await;
    assert_eq!(scenario.explains(TEN).await, ["claimed"]);

    scenario.cancels(id).await;

    assert!(scenario.offers(TEN).await, "at once, before the calendar is read again");
    scenario.ends().await;
}

#[tokio::test]
async fn a_listing_of_many_pages_is_kept_whole_and_its_token_only_at_its_end() {
    let scenario = Scenario::new().await;
    scenario.sandbox.google().limit_pages(Some(1));
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.blocks("Lunch", NOON, "2026-12-01T21:00:00Z");
    scenario.runs_jobs().await;
    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers(NOON).await);

    scenario.blocks("Call", ELEVEN, "2026-12-01T19:15:00Z");
    scenario.blocks("Flight", "2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z");
    let second_page = Fault { count: Some(1), ..Fault::error("GET */events", 503) };
    let first_page = Fault { count: Some(1), ..Fault::once("GET */events", FaultKind::Delay) };
    let first_page = Fault { delay_ms: Some(1), ..first_page };
    scenario.sandbox.faults().add(first_page);
    scenario.sandbox.faults().add(second_page);
    scenario.runs_for(FIVE_MINUTES).await;

    assert!(!scenario.offers(ELEVEN).await);
    assert!(!scenario.offers("2026-12-01T22:00:00Z").await, "nothing was missed");
    scenario.ends().await;
}

#[tokio::test]
async fn a_token_that_is_no_longer_valid_never_makes_busy_time_look_free() {
    let scenario = Scenario::new().await;
    scenario.sandbox.google().limit_pages(Some(1));
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.blocks("Lunch", NOON, "2026-12-01T21:00:00Z");
    scenario.runs_jobs().await;
    scenario.sandbox.google().expire_sync_tokens(JANE);
    let held = scenario.gates.hold("GET */events", 2, scenarios::Side::Before);

    let running = scenario.begins(|app| async move {
        app.clock().advance(FIVE_MINUTES);
        app.run_due_jobs().await
    });
    held.reached().await;
    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers(NOON).await, "the listing is half done");
    held.release();
    running.await.expect("the process lives").expect("the database works");

    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers(NOON).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_death_in_the_middle_of_a_listing_loses_nothing() {
    let mut scenario = Scenario::new().await;
    scenario.sandbox.google().limit_pages(Some(1));
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.blocks("Lunch", NOON, "2026-12-01T21:00:00Z");
    let held = scenario.gates.hold("GET */events", 1, scenarios::Side::Before);
    let _running = scenario.begins_to_run_jobs();
    held.reached().await;

    scenario.restart().await;
    held.release();
    scenario.runs_jobs().await;

    assert!(!scenario.offers(TEN).await);
    assert!(!scenario.offers(NOON).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_closed_service_offers_nothing_while_its_calendar_cannot_be_read() {
    let scenario = Given::usual().rule("when_unreachable = \"closed\"").begins().await;
    scenario.runs_jobs().await;
    assert!(scenario.offers(TEN).await);

    fails(&scenario, 10_000);
    scenario.runs_for(FIVE_MINUTES).await;
    assert!(!scenario.offers(TEN).await);
    assert_eq!(scenario.explains(TEN).await, ["calendar_unavailable"]);
    let refused = scenario.tries_to_book(&Wish::at(TEN)).await;
    assert!(matches!(refused, Booked::Accepted(Progress::CalendarUnavailable)), "{refused:?}");

    scenario.sandbox.faults().clear();
    scenario.runs_for(FIVE_MINUTES).await;
    assert!(scenario.offers(TEN).await);
    scenario.ends().await;
}

/// Google answers no call about calendars.
fn fails(scenario: &Scenario, times: u32) {
    let broken = Fault { count: Some(times), ..Fault::error("* /calendar/v3/*", 503) };
    scenario.sandbox.faults().add(broken);
}

#[tokio::test]
async fn a_cached_service_goes_by_what_was_last_read_until_that_is_too_old() {
    let scenario = Given::usual().rule("when_unreachable = \"cached 15m\"").begins().await;
    scenario.blocks("Dentist", NOON, "2026-12-01T21:00:00Z");
    scenario.runs_jobs().await;
    let broken = Fault { count: Some(10_000), ..Fault::error("GET */events", 503) };
    scenario.sandbox.faults().add(broken);
    let broken = Fault { count: Some(10_000), ..Fault::error("POST */freeBusy", 503) };
    scenario.sandbox.faults().add(broken);

    scenario.runs_for(SignedDuration::from_mins(12)).await;
    assert!(scenario.offers(TEN).await);
    assert!(!scenario.offers(NOON).await);
    let stored = scenario.has_booked(&Wish::at(TEN)).await;
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None }, "and written");
    let busy = scenario.tries_to_book(&Wish::at(NOON).by("Cy Late")).await;
    assert!(matches!(busy, Booked::Accepted(Progress::CalendarBusy)), "{busy:?}");

    scenario.runs_for(SignedDuration::from_mins(4)).await;
    assert!(!scenario.offers(ELEVEN).await, "what was read is too old");
    let refused = scenario.tries_to_book(&Wish::at(ELEVEN).by("Di Later")).await;
    assert!(matches!(refused, Booked::Accepted(Progress::CalendarUnavailable)), "{refused:?}");
    scenario.ends().await;
}

#[tokio::test]
async fn a_pending_service_accepts_and_is_confirmed_when_the_calendar_answers() {
    let scenario = Given::usual().rule("when_unreachable = \"pending\"").begins().await;
    scenario.runs_jobs().await;
    fails(&scenario, 10_000);
    scenario.runs_for(SignedDuration::from_mins(30)).await;

    assert!(scenario.offers(TEN).await);
    let stored = scenario.books(&Wish::at(TEN).without_waiting()).await;
    assert_eq!(stored.booking.state, BookingState::Pending);
    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_mins(10)).await;

    let state = scenario.booking(stored.booking.id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}

#[tokio::test]
async fn a_host_whose_calendar_is_free_is_asked_before_one_whose_is_not() {
    let given = Given::usual().with("hosts = [\"jane\"]", "hosts = [\"jane\", \"bob\"]").and(BOBS);
    let scenario = given.connected("bob", BOB).begins().await;
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.runs_jobs().await;

    let stored = scenario.has_booked(&Wish::at(TEN)).await;

    assert_eq!(stored.booking.host.as_str(), "bob");
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}
