//! A credential that is dead, and one of ours that is wrong.

use app::booking::{Booked, Progress};
use app::connection::{Connection, Disconnected};
use domain::BookingState;
use jiff::SignedDuration;
use sandbox::Fault;
use scenarios::{BOB, BOBS, Database, Given, JANE, Scenario, TOUR, Wish, phone_of};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";

async fn two_hosts(database: Database) -> Scenario {
    let given = Given::on(database).rule("when_unreachable = \"pending\"").and(BOBS).and(TOUR);
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
    a_dead_grant_is_told_once_and_once_when_it_is_healed,
    a_grant_that_ended_after_seven_days_points_to_the_consent_screen,
    a_wrong_client_secret_of_ours_is_told_once_until_it_is_right,
    a_fresh_token_that_is_refused_degrades_the_connection_until_it_is_accepted,
    a_used_up_quota_rests_the_account_for_an_hour_and_is_told_once,
    a_wish_for_slowness_is_heeded_by_every_call_to_the_account,
    a_connection_is_not_forgotten_while_its_events_have_to_be_looked_after,
}

async fn connection(scenario: &Scenario, account: &str) -> Connection {
    let all = scenario.app().list_connections().await.expect("the database works");
    let found = all.into_iter().find(|connection| connection.account == account);
    found.expect("there is a connection")
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

async fn a_dead_grant_is_told_once_and_once_when_it_is_healed(database: Database) {
    let scenario = two_hosts(database).await;
    scenario.sandbox.google().revoke_access(JANE);
    for start in [TEN, ELEVEN, NOON] {
        scenario.books(&Wish::at(start).without_waiting()).await;
        scenario.runs_for(SignedDuration::from_mins(1)).await;
    }

    let id = connection(&scenario, JANE).await.id;
    assert_eq!(scenario.paged(), [format!("trigger connection_revoked/{id}")]);
    let text = &scenario.sandbox.alerts().slack()[0].text;
    assert!(text.contains("host 'jane'") && !text.contains(JANE), "{text}");
    scenario.connect("jane", JANE).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.paged()[1..], [format!("resolve connection_revoked/{id}")]);
    let text = &scenario.sandbox.alerts().slack()[1].text;
    // Three bookings and the reading ahead of the calendar.
    assert!(text.contains("4 jobs that had waited go on, oldest first"), "{text}");
    scenario.ends().await;
}

async fn a_grant_that_ended_after_seven_days_points_to_the_consent_screen(database: Database) {
    let scenario = two_hosts(database).await;
    scenario.clock.advance(SignedDuration::from_hours(7 * 24));
    scenario.sandbox.google().revoke_access(JANE);

    scenario.books(&Wish::at("2026-12-08T18:00:00Z").without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    let reason = connection(&scenario, JANE).await.reason.expect("it has a reason");
    assert!(reason.contains("\"Testing\""), "{reason}");
    scenario.connect("jane", JANE).await;
    scenario.ends().await;
}

async fn a_wrong_client_secret_of_ours_is_told_once_until_it_is_right(database: Database) {
    let given = Given::on(database).rule("when_unreachable = \"pending\"");
    let mut scenario = given.begins_with_stale_tokens().await;
    scenario.restart_with_client_secret("mistyped").await;
    scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.paged(), ["trigger client_credentials/google"]);
    let health = scenario.does(|app| async move { app.health().await }).await;
    let health = health.expect("the database works");
    assert!(health.client_credentials_refused);
    scenario.restart_with_client_secret("sandbox-secret").await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.paged()[1..], ["resolve client_credentials/google"]);
    let health = scenario.does(|app| async move { app.health().await }).await;
    let health = health.expect("the database works");
    assert!(!health.client_credentials_refused);
    scenario.ends().await;
}

async fn a_fresh_token_that_is_refused_degrades_the_connection_until_it_is_accepted(
    database: Database,
) {
    let scenario = Given::on(database).rule("when_unreachable = \"pending\"").begins().await;
    let refused = Fault::error("* /calendar/v3/*", 401);
    scenario.sandbox.faults().add(Fault { count: Some(1_000), ..refused });
    scenario.sandbox.calls().clear();

    let stored = scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(14)).await;

    let id = connection(&scenario, JANE).await.id;
    assert_eq!(scenario.connection_status(JANE).await, "degraded");
    assert_eq!(scenario.paged(), [format!("trigger connection_unauthorized/{id}")]);
    assert_eq!(scenario.sandbox.calls().count("POST /token"), 3, "one every five minutes");
    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_mins(6)).await;

    assert_eq!(scenario.connection_status(JANE).await, "healthy");
    assert_eq!(scenario.paged()[1..], [format!("resolve connection_unauthorized/{id}")]);
    let state = scenario.booking(stored.booking.id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}

async fn a_used_up_quota_rests_the_account_for_an_hour_and_is_told_once(database: Database) {
    let scenario = two_hosts(database).await;
    let used_up =
        Fault { reason: Some("quotaExceeded".to_owned()), ..Fault::error("POST */events", 403) };
    scenario.sandbox.faults().add(used_up);
    scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.books(&Wish::at(ELEVEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    scenario.sandbox.calls().clear();

    scenario.runs_for(SignedDuration::from_mins(50)).await;
    let id = connection(&scenario, JANE).await.id;
    assert_eq!(scenario.sandbox.calls().count(&format!("*{JANE}*")), 0);
    assert_eq!(scenario.sandbox.calls().count("*freeBusy"), 0);
    assert_eq!(scenario.paged(), [format!("trigger quota/{id}")]);
    let bobs = scenario.has_booked(&Wish::at(TEN).of("tour").by("Di Other")).await;
    assert_eq!(bobs.booking.state, BookingState::Confirmed { change: None });
    scenario.runs_for(SignedDuration::from_mins(15)).await;

    assert_eq!(scenario.events().len(), 2);
    assert_eq!(scenario.paged()[1..], [format!("resolve quota/{id}")]);
    scenario.ends().await;
}

async fn a_wish_for_slowness_is_heeded_by_every_call_to_the_account(database: Database) {
    let scenario = two_hosts(database).await;
    let headers = [("retry-after".to_owned(), "20".to_owned())].into();
    let slower = Fault {
        reason: Some("rateLimitExceeded".to_owned()),
        ..Fault::error("POST *freeBusy", 403)
    };
    scenario.sandbox.faults().add(Fault { headers, ..slower });
    scenario.books(&Wish::at(TEN).without_waiting()).await;
    scenario.books(&Wish::at(ELEVEN).without_waiting()).await;
    scenario.runs_jobs().await;
    scenario.sandbox.calls().clear();

    scenario.runs_for(SignedDuration::from_secs(19)).await;
    assert_eq!(scenario.sandbox.calls().count("*freeBusy"), 0);
    scenario.runs_for(SignedDuration::from_secs(5)).await;

    assert_eq!(scenario.events().len(), 2);
    scenario.ends().await;
}

async fn a_connection_is_not_forgotten_while_its_events_have_to_be_looked_after(
    database: Database,
) {
    let scenario = two_hosts(database).await;
    let booking = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let id = connection(&scenario, JANE).await.id;
    let forget = |force| scenario.does(move |app| async move { app.disconnect(id, force).await });

    let calendar = "jane-work".parse().expect("a slug");
    assert_eq!(forget(false).await.expect("it works"), Disconnected::InUse { calendar });
    scenario.cancels(booking).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(forget(false).await.expect("it works"), Disconnected::Gone);

    assert_eq!(scenario.sandbox.calls().count("POST /revoke"), 1);
    assert_eq!(forget(true).await.expect("it works"), Disconnected::NotFound);
    scenario.ends().await;
}
