//! What a host or attendee does in the calendar, and what the booking makes of it.

use domain::conflict::ConflictKind;
use domain::response::Response;
use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use sandbox::Fault;
use scenarios::{Given, JANE, Scenario, Wish};
use serde_json::json;

const TEN: &str = "2026-12-01T18:00:00Z";
const HALF_PAST_TEN: &str = "2026-12-01T18:30:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const HALF_PAST_ELEVEN: &str = "2026-12-01T19:30:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";
const ONE_POLL: SignedDuration = SignedDuration::from_mins(5);

/// A viewing at ten that stands, with the identifier of its event.
async fn booked(scenario: &Scenario) -> (BookingId, String) {
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.runs_for(ONE_POLL).await;
    let event = event_of(scenario, id);
    (id, event)
}

fn event_of(scenario: &Scenario, id: BookingId) -> String {
    let events = scenario.sandbox.google().events(JANE);
    let ours = |event: &&sandbox::google::Event| {
        event.private_property("doorstep_booking") == Some(&id.to_string())
    };
    events.iter().find(ours).expect("its event is there").id.clone()
}

fn drags(scenario: &Scenario, event: &str, start: &str, end: &str) {
    let at = |text: &str| text.parse().expect("an instant");
    scenario.sandbox.google().move_event(JANE, event, at(start), at(end)).expect("it is there");
}

async fn slot(scenario: &Scenario, id: BookingId) -> (String, String) {
    let slot = scenario.booking(id).await.booking.slot;
    (slot.start().to_string(), slot.end().to_string())
}

#[tokio::test]
async fn a_booking_follows_its_event_and_everybody_hears_once() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    scenario.sandbox.calls().clear();

    drags(&scenario, &event, ELEVEN, NOON);
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(slot(&scenario, id).await, (ELEVEN.to_owned(), NOON.to_owned()), "and is longer");
    assert_eq!(scenario.sandbox.calls().count("PATCH *"), 0, "the calendar is not written again");
    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    assert_eq!(scenario.news("email"), ["confirmed", "moved"]);
    assert!(scenario.offers(TEN).await, "its old time is free");
    assert_eq!(scenario.explains(ELEVEN).await, ["claimed"]);
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_that_only_became_longer_takes_the_booking_with_it() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;

    drags(&scenario, &event, TEN, ELEVEN);
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(slot(&scenario, id).await, (TEN.to_owned(), ELEVEN.to_owned()));
    assert_eq!(scenario.explains("2026-12-01T18:45:00Z").await, ["claimed"]);
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_moved_onto_another_booking_stays_there_and_shows_a_conflict() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    let other = scenario.has_booked(&Wish::at(NOON).by("Cy Other")).await.booking.id;

    drags(&scenario, &event, NOON, "2026-12-01T20:30:00Z");
    scenario.runs_for(ONE_POLL).await;

    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.slot.start().to_string(), TEN, "the booking keeps its time");
    let conflict = stored.conflict.expect("it shows");
    assert_eq!(
        (conflict.kind, conflict.at.start().to_string()),
        (ConflictKind::EventMoved, NOON.to_owned())
    );
    let at_noon = scenario.events().iter().filter(|event| event.0.to_string() == NOON).count();
    assert_eq!(at_noon, 2, "both events stay where the host put them");
    assert_eq!(scenario.news("sms"), ["confirmed", "confirmed"], "nobody hears of it");

    scenario.cancels(other).await;
    drags(&scenario, &event, HALF_PAST_ELEVEN, NOON);
    scenario.runs_for(ONE_POLL).await;
    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.slot.start().to_string(), HALF_PAST_ELEVEN, "it may be there");
    assert_eq!(stored.conflict, None);
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_that_comes_back_ends_its_conflict() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    scenario.has_booked(&Wish::at(NOON).by("Cy Other")).await;
    drags(&scenario, &event, NOON, "2026-12-01T20:30:00Z");
    scenario.runs_for(ONE_POLL).await;
    assert!(scenario.booking(id).await.conflict.is_some());

    drags(&scenario, &event, TEN, HALF_PAST_TEN);
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(scenario.booking(id).await.conflict, None);
    assert_eq!(scenario.news("sms"), ["confirmed", "confirmed"]);
    scenario.ends().await;
}

#[tokio::test]
async fn a_move_by_the_attendee_takes_the_event_out_of_its_conflict() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    scenario.has_booked(&Wish::at(NOON).by("Cy Other")).await;
    drags(&scenario, &event, NOON, "2026-12-01T20:30:00Z");
    scenario.runs_for(ONE_POLL).await;

    scenario.moves(id, "2026-12-01T22:00:00Z", std::time::Duration::from_secs(10)).await;
    scenario.runs_for(ONE_POLL).await;

    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.slot.start().to_string(), "2026-12-01T22:00:00Z");
    assert_eq!(stored.conflict, None);
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_made_a_whole_day_or_moved_into_the_past_is_a_conflict() {
    for patch in [
        json!({ "start": { "date": "2026-12-02", "dateTime": null }, "end": { "date": "2026-12-03", "dateTime": null } }),
        json!({ "start": { "dateTime": "2026-11-30T10:00:00Z" }, "end": { "dateTime": "2026-11-30T10:30:00Z" } }),
    ] {
        let scenario = Scenario::new().await;
        let (id, event) = booked(&scenario).await;

        scenario.sandbox.google().patch_event(JANE, &event, &patch).expect("it is there");
        scenario.runs_for(ONE_POLL).await;

        let stored = scenario.booking(id).await;
        assert_eq!(stored.booking.slot.start().to_string(), TEN);
        let conflict = stored.conflict.expect("it shows");
        assert_eq!(conflict.kind, ConflictKind::EventMoved, "{patch}");
        assert_eq!(scenario.news("sms"), ["confirmed"]);
        drags(&scenario, &event, TEN, HALF_PAST_TEN);
        scenario.ends().await;
    }
}

#[tokio::test]
async fn a_deleted_event_cancels_its_booking_within_a_poll() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;

    scenario.sandbox.google().delete_event(JANE, &event).expect("it is there");
    scenario.runs_for(ONE_POLL).await;

    let state = scenario.booking(id).await.booking.state;
    let BookingState::Cancelled(cancellation) = state else { panic!("{state:?}") };
    assert_eq!(cancellation.by.as_str(), "host");
    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    assert!(scenario.offers(TEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_deletion_is_believed_only_when_the_event_itself_says_so() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    let gone = Fault { count: Some(3), ..Fault::error("GET */events/*", 404) };
    scenario.sandbox.faults().add(gone);

    scenario.sandbox.google().expire_sync_tokens(JANE);
    let summary = json!({ "summary": "Bo, bring the keys" });
    scenario.sandbox.google().patch_event(JANE, &event, &summary).expect("it is there");
    scenario.runs_for(ONE_POLL + ONE_POLL).await;

    let state = scenario.booking(id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.sandbox.google().events(JANE)[0].summary, "Bo, bring the keys");
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_that_went_while_nothing_was_pushed_or_listed_is_missed_by_a_listing_of_everything()
 {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;

    scenario.sandbox.google().delete_event(JANE, &event).expect("it is there");
    scenario.sandbox.google().expire_sync_tokens(JANE);
    scenario.runs_for(ONE_POLL).await;

    let state = scenario.booking(id).await.booking.state;
    assert_eq!(state.status(), "cancelled");
    scenario.ends().await;
}

#[tokio::test]
async fn what_the_host_wrote_into_the_event_changes_nothing_else() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    let edit = json!({ "summary": "Bo, bring the keys", "location": "Side entrance" });

    scenario.sandbox.google().patch_event(JANE, &event, &edit).expect("it is there");
    scenario.runs_for(ONE_POLL).await;
    scenario.moves(id, ELEVEN, std::time::Duration::from_secs(10)).await;
    scenario.runs_for(ONE_POLL).await;

    let events = scenario.sandbox.google().events(JANE);
    assert_eq!(events[0].start.to_string(), ELEVEN);
    assert_eq!(events[0].summary, "Bo, bring the keys");
    assert_eq!(events[0].resource["location"], "Side entrance");
    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    scenario.ends().await;
}

fn declines(scenario: &Scenario, event: &str) {
    let events = scenario.sandbox.google().events(JANE);
    let found = events.iter().find(|found| found.id == event).expect("it is there");
    let mut attendees = found.resource["attendees"].clone();
    for attendee in attendees.as_array_mut().expect("a list") {
        if attendee["email"] == "bo.lead@example.com" {
            attendee["responseStatus"] = "declined".into();
        }
    }
    let patch = json!({ "attendees": attendees });
    scenario.sandbox.google().patch_event(JANE, event, &patch).expect("it is there");
}

#[tokio::test]
async fn an_invitation_that_is_declined_shows_and_by_default_changes_nothing() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;

    declines(&scenario, &event);
    scenario.runs_for(ONE_POLL).await;

    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(stored.responses, [Some(Response::Declined)]);
    let timeline = scenario.app().timeline(id, None, 100).await.expect("the database works");
    let declined = timeline.iter().filter(|entry| entry.kind == "attendee.declined").count();
    assert_eq!(declined, 1);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    scenario.ends().await;
}

#[tokio::test]
async fn an_invitation_that_is_declined_cancels_where_the_service_says_so() {
    let scenario = Given::usual().rule("if_declined = \"cancel\"").begins().await;
    let (id, event) = booked(&scenario).await;

    declines(&scenario, &event);
    scenario.runs_for(ONE_POLL).await;

    let state = scenario.booking(id).await.booking.state;
    let BookingState::Cancelled(cancellation) = state else { panic!("{state:?}") };
    assert_eq!(cancellation.by.as_str(), "attendee");
    assert_eq!(scenario.events(), []);
    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    scenario.ends().await;
}

#[tokio::test]
async fn an_event_that_should_be_gone_and_is_not_goes_again() {
    let scenario = Scenario::new().await;
    let (id, _) = booked(&scenario).await;
    scenario.sandbox.faults().add(Fault::error("DELETE *", 410));
    scenario.cancels(id).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(scenario.events().len(), 1, "we were told that it is gone");

    scenario.sandbox.google().expire_sync_tokens(JANE);
    scenario.runs_for(ONE_POLL).await;

    assert_eq!(scenario.events(), []);
    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    scenario.ends().await;
}

#[tokio::test]
async fn something_over_a_booking_that_stands_is_a_conflict_until_it_goes() {
    let scenario = Scenario::new().await;
    let (id, _) = booked(&scenario).await;

    scenario.blocks("Dentist", "2026-12-01T18:15:00Z", ELEVEN);
    scenario.runs_for(ONE_POLL).await;
    let conflict = scenario.booking(id).await.conflict.expect("it shows");
    assert_eq!(conflict.kind, ConflictKind::ForeignEvent);
    assert_eq!(conflict.at.start().to_string(), "2026-12-01T18:15:00Z");
    assert_eq!(scenario.news("sms"), ["confirmed"], "the attendee is not told");

    let events = scenario.sandbox.google().events(JANE);
    let dentist = events.iter().find(|event| event.summary == "Dentist").expect("it is there");
    drags(&scenario, &dentist.id, HALF_PAST_TEN, ELEVEN);
    scenario.runs_for(ONE_POLL).await;
    assert_eq!(scenario.booking(id).await.conflict, None);
    let timeline = scenario.app().timeline(id, None, 100).await.expect("the database works");
    let kinds = timeline.iter().map(|entry| entry.kind.as_str());
    let about: Vec<&str> = kinds.filter(|kind| kind.starts_with("booking.conflict")).collect();
    assert_eq!(about, ["booking.conflict", "booking.conflict_over"]);
    let told = [format!("trigger conflict/{id}"), format!("resolve conflict/{id}")];
    assert_eq!(scenario.paged(), told);
    scenario.ends().await;
}

#[tokio::test]
async fn a_copy_that_the_host_made_of_an_event_is_the_hosts_own() {
    let scenario = Scenario::new().await;
    let (id, event) = booked(&scenario).await;
    let events = scenario.sandbox.google().events(JANE);
    let ours = events.iter().find(|found| found.id == event).expect("it is there");
    let properties = ours.resource["extendedProperties"].clone();
    let copy = json!({
        "summary": "A copy", "extendedProperties": properties,
        "start": { "dateTime": NOON }, "end": { "dateTime": "2026-12-01T20:30:00Z" },
    });

    scenario.sandbox.google().insert_event(JANE, &copy).expect("the calendar is there");
    scenario.runs_for(ONE_POLL).await;

    assert!(!scenario.offers(NOON).await, "it is busy");
    assert_eq!(scenario.events().len(), 2, "and stays");
    assert_eq!(slot(&scenario, id).await.0, TEN);
    let copied = scenario.sandbox.google().events(JANE);
    let copied = copied.iter().find(|event| event.summary == "A copy").expect("it is there");
    scenario.sandbox.google().delete_event(JANE, &copied.id).expect("it is there");
    scenario.ends().await;
}
