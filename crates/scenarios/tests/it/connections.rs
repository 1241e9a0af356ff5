//! A credential that is dead, and one of ours that is wrong.

use app::booking::{Booked, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use scenarios::{Database, Given, JANE, Scenario, Wish, phone_of};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";
const BOB: &str = "bob@agency.example";

const BOBS: &str = r#"
[[hosts]]
id = "bob"
name = "Bob Agent"
email = "bob@agency.example"
timezone = "America/Los_Angeles"

[[calendars]]
id = "bob-work"
host = "bob"
provider = "google"
account = "bob@agency.example"
calendar = "primary"
roles = ["write", "busy"]

[[services]]
id = "tour"
title = "Tour with Bob"
hosts = ["bob"]
duration = "30m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]
"#;

async fn two_hosts(database: Database) -> Scenario {
    let given = Given::on(database).rule("when_unreachable = \"pending\"").and(BOBS);
    given.connected("bob", BOB).begins().await
}

scenarios::on_each_database! {
    a_revoked_grant_parks_its_bookings_until_the_host_connects_again,
    moves_and_cancellations_wait_for_the_host_to_connect_again_too,
    what_is_parked_survives_a_restart,
    a_wrong_client_secret_of_ours_changes_nobodys_connection,
    a_closed_service_with_a_dead_credential_is_unavailable_and_tells_nobody,
    a_token_that_ran_out_is_fetched_once_for_many,
    a_host_may_connect_twice_in_one_second,
}

async fn a_revoked_grant_parks_its_bookings_until_the_host_connects_again(database: Database) {
    let scenario = two_hosts(database).await;
    scenario.sandbox.google().revoke_access(JANE);
    let wishes = [(NOON, "Ann First"), (TEN, "Bo Second"), (ELEVEN, "Cy Third")];

    let mut ids = Vec::new();
    for (start, name) in wishes {
        let stored = scenario.books(&Wish::at(start).by(name).without_waiting()).await;
        ids.push(stored.booking.id);
        scenario.advances(SignedDuration::from_secs(1));
        scenario.runs_for(SignedDuration::from_mins(1)).await;
    }
    assert_eq!(scenario.connection_status(JANE).await, "revoked");
    for id in &ids {
        assert_eq!(scenario.booking(*id).await.booking.state, BookingState::Pending);
    }
    assert_eq!(scenario.heard(), []);

    let other = scenario.has_booked(&Wish::at(TEN).of("tour").by("Di Other")).await;
    assert_eq!(other.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.connection_status(BOB).await, "healthy");

    scenario.connect("jane", JANE).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(scenario.connection_status(JANE).await, "healthy");
    let told: Vec<String> =
        scenario.sandbox.twilio().texts().into_iter().map(|text| text.to).collect();
    let expected = ["Di Other", "Ann First", "Bo Second", "Cy Third"].map(phone_of);
    assert_eq!(told, expected, "oldest first, and nobody twice");
    scenario.ends().await;
}

async fn moves_and_cancellations_wait_for_the_host_to_connect_again_too(database: Database) {
    let scenario = two_hosts(database).await;
    let moved = scenario.has_booked(&Wish::at(TEN).by("Ann First")).await.booking.id;
    let cancelled = scenario.has_booked(&Wish::at(ELEVEN).by("Bo Second")).await.booking.id;
    scenario.sandbox.google().revoke_access(JANE);

    scenario.moves(moved, NOON, std::time::Duration::ZERO).await;
    scenario.cancels(cancelled).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.events().len(), 2, "the calendar cannot be written");
    assert_eq!(scenario.news("sms"), ["confirmed", "confirmed", "cancelled"]);
    scenario.connect("jane", JANE).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    let events = scenario.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0.to_string(), NOON);
    assert_eq!(scenario.news("sms"), ["confirmed", "confirmed", "cancelled", "moved"]);
    scenario.ends().await;
}

async fn what_is_parked_survives_a_restart(database: Database) {
    let mut scenario = two_hosts(database).await;
    scenario.sandbox.google().revoke_access(JANE);
    scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    scenario.restart().await;
    scenario.connect("jane", JANE).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    scenario.ends().await;
}

async fn a_wrong_client_secret_of_ours_changes_nobodys_connection(database: Database) {
    let given = Given::on(database).rule("when_unreachable = \"pending\"");
    let mut scenario = given.begins_with_stale_tokens().await;
    scenario.restart_with_client_secret("mistyped").await;

    let stored = scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.connection_status(JANE).await, "healthy");
    assert_eq!(scenario.booking(stored.booking.id).await.booking.state, BookingState::Pending);
    assert_eq!(scenario.heard(), []);
    scenario.restart_with_client_secret("sandbox-secret").await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    scenario.ends().await;
}

async fn a_closed_service_with_a_dead_credential_is_unavailable_and_tells_nobody(
    database: Database,
) {
    let scenario = Given::on(database).rule("when_unreachable = \"closed\"").begins().await;
    scenario.sandbox.google().revoke_access(JANE);

    let refused = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;
    scenario.runs_for(SignedDuration::from_mins(30)).await;

    assert!(matches!(refused, Booked::Accepted(Progress::CalendarUnavailable)), "{refused:?}");
    assert_eq!(scenario.heard(), []);
    scenario.connect("jane", JANE).await;
    let again = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;
    assert!(matches!(again, Booked::Accepted(Progress::Done(_))), "{again:?}");
    scenario.ends().await;
}

async fn a_token_that_ran_out_is_fetched_once_for_many(database: Database) {
    let scenario = two_hosts(database).await;
    scenario.advances(SignedDuration::from_mins(61));
    scenario.sandbox.calls().clear();

    let starts = [TEN, ELEVEN, NOON];
    let calls: Vec<_> = starts.map(|start| scenario.begins_to_book(&Wish::at(start))).into();
    for call in calls {
        let booked = call.await.expect("it lives").expect("the database works");
        assert!(matches!(booked, Booked::Accepted(Progress::Done(_))), "{booked:?}");
    }

    assert_eq!(scenario.sandbox.calls().count("POST /token"), 1);
    scenario.ends().await;
}

async fn a_host_may_connect_twice_in_one_second(database: Database) {
    let scenario = two_hosts(database).await;

    scenario.connect("bob", BOB).await;
    scenario.sandbox.google().revoke_access(BOB);
    scenario.connect("bob", BOB).await;

    assert_eq!(scenario.connection_status(BOB).await, "healthy");
}
