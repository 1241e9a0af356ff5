//! Many events deleted at once: none is believed until an administrator decides.

use app::deletion::Decision;
use domain::{BookingId, CalendarId};
use jiff::SignedDuration;
use sandbox::Fault;
use scenarios::{Given, JANE, Scenario, Wish};

const ONE_POLL: SignedDuration = SignedDuration::from_mins(5);
const STARTS: [&str; 4] = [
    "2026-12-01T18:00:00Z",
    "2026-12-01T19:00:00Z",
    "2026-12-01T20:00:00Z",
    "2026-12-01T21:00:00Z",
];
const NAMES: [&str; 4] = ["Ann First", "Bo Second", "Cy Third", "Di Fourth"];

fn calendar() -> CalendarId {
    "jane-work".parse().expect("a slug")
}

/// Four bookings, where more than three deletions at once are too many.
async fn booked() -> (Scenario, Vec<BookingId>) {
    let scenario = Given::usual().most_deletions(3).begins().await;
    let mut ids = Vec::new();
    for (start, name) in STARTS.into_iter().zip(NAMES) {
        ids.push(scenario.has_booked(&Wish::at(start).by(name)).await.booking.id);
    }
    scenario.runs_for(ONE_POLL).await;
    (scenario, ids)
}

fn deletes(scenario: &Scenario, how_many: usize) {
    for event in scenario.sandbox.google().events(JANE).iter().take(how_many) {
        scenario.sandbox.google().delete_event(JANE, &event.id).expect("it is there");
    }
}

async fn statuses(scenario: &Scenario, ids: &[BookingId]) -> Vec<&'static str> {
    let mut statuses = Vec::new();
    for id in ids {
        statuses.push(scenario.booking(*id).await.booking.state.status());
    }
    statuses
}

async fn decides(scenario: &Scenario, decision: Decision) -> Option<usize> {
    let decided =
        scenario.does(move |app| async move { app.decide_deletions(&calendar(), decision).await });
    decided.await.expect("the database works")
}

#[tokio::test]
async fn as_many_deletions_as_are_allowed_are_believed() {
    let (scenario, ids) = booked().await;

    deletes(&scenario, 3);
    scenario.runs_for(ONE_POLL).await;

    let expected = ["cancelled", "cancelled", "cancelled", "confirmed"];
    assert_eq!(statuses(&scenario, &ids).await, expected);
    scenario.ends().await;
}

#[tokio::test]
async fn more_than_that_stop_all_of_them_and_are_cancelled_once_they_are_accepted() {
    let (scenario, ids) = booked().await;

    deletes(&scenario, 4);
    scenario.runs_for(SignedDuration::from_hours(1)).await;
    assert_eq!(statuses(&scenario, &ids).await, ["confirmed"; 4]);
    assert_eq!(scenario.news("sms"), ["confirmed"; 4]);
    let held = scenario.app().list_held_calendars().await.expect("the database works");
    assert_eq!((held.len(), held[0].missing), (1, 4));
    assert_eq!(scenario.paged(), ["trigger mass_deletion/jane-work"]);

    assert_eq!(decides(&scenario, Decision::Accept).await, Some(4));
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(scenario.paged()[1..], ["resolve mass_deletion/jane-work"]);

    assert_eq!(statuses(&scenario, &ids).await, ["cancelled"; 4]);
    assert_eq!(scenario.news("sms").len(), 8, "each hears once");
    assert_eq!(decides(&scenario, Decision::Accept).await, None, "nothing waits any more");
    scenario.ends().await;
}

#[tokio::test]
async fn what_is_restored_gets_its_event_back_and_nobody_hears_of_it() {
    let (scenario, ids) = booked().await;
    deletes(&scenario, 4);
    scenario.runs_for(ONE_POLL).await;
    assert_eq!(scenario.events(), []);

    decides(&scenario, Decision::Restore).await;
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(statuses(&scenario, &ids).await, ["confirmed"; 4]);
    assert_eq!(scenario.events().len(), 4);
    assert_eq!(scenario.news("sms"), ["confirmed"; 4]);
    scenario.ends().await;
}

#[tokio::test]
async fn deletions_one_after_the_other_are_counted_for_ten_minutes() {
    let (scenario, ids) = booked().await;
    deletes(&scenario, 2);
    scenario.runs_for(ONE_POLL).await;
    assert_eq!(statuses(&scenario, &ids).await[..2], ["cancelled", "cancelled"]);

    deletes(&scenario, 2);
    scenario.runs_for(ONE_POLL).await;

    let expected = ["cancelled", "cancelled", "confirmed", "confirmed"];
    assert_eq!(statuses(&scenario, &ids).await, expected, "four within ten minutes");
    decides(&scenario, Decision::Restore).await;
    scenario.ends().await;
}

#[tokio::test]
async fn deletions_more_than_ten_minutes_apart_are_not_counted_together() {
    let (scenario, ids) = booked().await;
    deletes(&scenario, 2);
    scenario.runs_for(SignedDuration::from_mins(15)).await;

    deletes(&scenario, 2);
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(statuses(&scenario, &ids).await, ["cancelled"; 4]);
    scenario.ends().await;
}

#[tokio::test]
async fn what_looks_deleted_and_is_not_is_left_alone_when_it_is_restored() {
    let (scenario, ids) = booked().await;
    let events: Vec<_> = scenario.events();
    let empty = serde_json::json!({ "kind": "calendar#events", "items": [], "nextSyncToken": "x" });
    let lied = Fault { body: Some(empty), status: Some(200), ..Fault::error("GET */events", 200) };
    scenario.sandbox.google().expire_sync_tokens(JANE);
    scenario.sandbox.faults().add(Fault::error("GET */events", 410));
    scenario.sandbox.faults().add(lied);
    scenario.runs_for(ONE_POLL).await;
    let held = scenario.app().list_held_calendars().await.expect("the database works");
    assert_eq!(held.len(), 1);

    decides(&scenario, Decision::Accept).await;
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(statuses(&scenario, &ids).await, ["confirmed"; 4], "a direct read knows better");
    assert_eq!(scenario.events(), events);
    scenario.ends().await;
}

#[tokio::test]
async fn a_move_of_a_missing_event_waits_for_the_decision() {
    let (scenario, ids) = booked().await;
    deletes(&scenario, 4);
    scenario.runs_for(ONE_POLL).await;

    scenario.moves(ids[0], "2026-12-01T22:00:00Z", std::time::Duration::ZERO).await;
    scenario.runs_for(SignedDuration::from_mins(20)).await;
    assert!(scenario.booking(ids[0]).await.booking.change().is_some());

    decides(&scenario, Decision::Restore).await;
    scenario.runs_for(ONE_POLL).await;

    let moved = scenario.booking(ids[0]).await.booking;
    assert_eq!(moved.slot.start().to_string(), "2026-12-01T22:00:00Z");
    assert_eq!(scenario.events().len(), 4);
    scenario.ends().await;
}

#[tokio::test]
async fn a_calendar_that_leaves_the_setup_leaves_nothing_to_decide() {
    let (scenario, ids) = booked().await;
    deletes(&scenario, 4);
    scenario.runs_for(ONE_POLL).await;
    assert_eq!(scenario.paged(), ["trigger mass_deletion/jane-work"]);
    scenario.runs_for(SignedDuration::from_hours(48)).await;
    assert_eq!(statuses(&scenario, &ids).await, ["completed"; 4]);

    let removed = scenario
        .does(|app| async move {
            app.change_object(app::setup::Kind::Calendar, "jane-work", |documents| {
                documents.calendars.remove("jane-work");
                Ok(())
            })
            .await
        })
        .await;
    removed.expect("nothing needs it");
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(scenario.paged()[1..], ["resolve mass_deletion/jane-work"]);
}
