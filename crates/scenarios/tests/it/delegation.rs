//! A service account with domain-wide delegation: nobody consents.

use app::connection::Connection;
use app::doctor::Condition;
use domain::BookingState;
use jiff::SignedDuration;
use scenarios::{BOB, BOBS, Database, Given, JANE, Scenario, TOUR, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const CONFIRMED: BookingState = BookingState::Confirmed { change: None };

scenarios::on_each_database! {
    a_booking_without_any_consent_becomes_one_event,
    a_token_of_a_service_account_that_ran_out_is_fetched_once_for_many,
    a_delegation_that_is_withdrawn_is_told_once_and_loses_nothing,
    a_key_that_was_replaced_changes_nobodys_connection,
    a_hosts_own_consent_goes_before_the_service_account,
    forgetting_a_delegated_account_gives_nothing_back,
}

async fn delegated(database: Database) -> Scenario {
    Given::on(database).rule("when_unreachable = \"pending\"").delegated().begins().await
}

/// Has Jane's account connected, as an administrator does.
async fn connects(scenario: &Scenario) -> (Connection, Option<String>) {
    let host = "jane".parse().expect("a slug");
    let connected = scenario.does(|app| async move { app.connect(host, JANE.to_owned()).await });
    connected.await.expect("the database works")
}

async fn a_booking_without_any_consent_becomes_one_event(database: Database) {
    let scenario = delegated(database).await;

    let booked = scenario.has_booked(&Wish::at(TEN)).await;

    assert_eq!(booked.booking.state, CONFIRMED);
    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.connection_status(JANE).await, "healthy");
    assert_eq!(scenario.sandbox.calls().count("POST /token"), 1);
    let (connection, link) = connects(&scenario).await;
    assert_eq!((connection.status.as_str(), link), ("healthy", None));
    assert_eq!(scenario.sandbox.calls().count("POST /token"), 1, "it has one");
    scenario.ends().await;
}

async fn a_token_of_a_service_account_that_ran_out_is_fetched_once_for_many(database: Database) {
    let scenario = delegated(database).await;
    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.advances(SignedDuration::from_mins(61));
    scenario.sandbox.calls().clear();

    let calls: Vec<_> =
        [ELEVEN, "2026-12-01T20:00:00Z"].map(|at| scenario.begins_to_book(&Wish::at(at))).into();
    for call in calls {
        call.await.expect("it lives").expect("the database works");
    }
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.sandbox.calls().count("POST /token"), 1);
    assert_eq!(scenario.events().len(), 3);
    scenario.ends().await;
}

async fn a_delegation_that_is_withdrawn_is_told_once_and_loses_nothing(database: Database) {
    let scenario = delegated(database).await;
    let cancelled = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.delegates_nothing();

    let waiting = scenario.books(&Wish::at(ELEVEN).without_waiting()).await.booking.id;
    scenario.cancels(cancelled).await;
    scenario.runs_for(SignedDuration::from_mins(10)).await;
    let (connection, link) = connects(&scenario).await;

    assert_eq!((connection.status.as_str(), link), ("revoked", None));
    let reason = connection.reason.expect("it has one");
    assert!(reason.contains("Admin console") && reason.contains("calendar.events"), "{reason}");
    let incident = format!("connection_revoked/{}", connection.id);
    assert_eq!(scenario.paged(), [format!("trigger {incident}")]);
    assert_eq!(scenario.booking(waiting).await.booking.state, BookingState::Pending);
    assert_eq!(scenario.events().len(), 1, "the calendar cannot be written");

    scenario.delegates();
    let (connection, _) = connects(&scenario).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!((connection.status.as_str(), connection.reason), ("healthy", None));
    assert_eq!(scenario.paged()[1..], [format!("resolve {incident}")]);
    assert_eq!(scenario.booking(waiting).await.booking.state, CONFIRMED);
    let starts: Vec<String> = scenario.events().iter().map(|event| event.0.to_string()).collect();
    assert_eq!(starts, [ELEVEN]);
    scenario.ends().await;
}

async fn a_key_that_was_replaced_changes_nobodys_connection(database: Database) {
    let scenario = delegated(database).await;
    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.advances(SignedDuration::from_mins(61));
    scenario.replaces_the_service_accounts_key();

    scenario.books(&Wish::at(ELEVEN).without_waiting()).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.connection_status(JANE).await, "healthy");
    assert_eq!(scenario.paged(), ["trigger client_credentials/google_service_account"]);
    let health = scenario.does(|app| async move { app.health().await }).await;
    assert!(health.expect("the database works").client_credentials_refused);
    scenario.delegates();
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.paged()[1..], ["resolve client_credentials/google_service_account"]);
    assert_eq!(scenario.events().len(), 2);
    scenario.ends().await;
}

async fn a_hosts_own_consent_goes_before_the_service_account(database: Database) {
    let given = Given::on(database).rule("when_unreachable = \"pending\"").and(BOBS).and(TOUR);
    let mut scenario = given.begins().await;
    scenario.sandbox.google().create_account(BOB, "America/Los_Angeles").expect("an account");
    scenario.restart_with_service_account().await;
    scenario.advances(SignedDuration::from_mins(61));

    let of_bob = scenario.has_booked(&Wish::at(TEN).of("tour")).await;
    assert_eq!(of_bob.booking.state, CONFIRMED, "nobody asked Bob");
    scenario.advances(SignedDuration::from_mins(61));
    scenario.replaces_the_service_accounts_key();
    let of_jane = scenario.has_booked(&Wish::at(TEN).by("Di Other")).await;
    assert_eq!(of_jane.booking.state, CONFIRMED, "Jane's own grant works");

    scenario.delegates();
    scenario.ends().await;
}

async fn forgetting_a_delegated_account_gives_nothing_back(database: Database) {
    let scenario = delegated(database).await;
    let (connection, _) = connects(&scenario).await;

    let id = connection.id;
    let forgotten = scenario.does(move |app| async move { app.disconnect(id, true).await });
    forgotten.await.expect("the database works");

    assert_eq!(scenario.sandbox.calls().count("POST /revoke"), 0);
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    scenario.ends().await;
}

#[tokio::test]
async fn the_doctor_says_for_whom_the_service_account_speaks_and_who_does_not_let_it_in() {
    let scenario = delegated(Database::Sqlite).await;
    let examine = || async {
        let found = scenario.does(|app| async move { app.examine().await }).await;
        let mut found = found.expect("the database works");
        found.retain(|finding| finding.check == "service_account");
        found
    };

    let good = examine().await;
    scenario.delegates_nothing();
    let bad = examine().await;

    assert_eq!(good.len(), 1);
    assert_eq!(good[0].condition, Condition::Good);
    assert!(good[0].says.contains("one account"), "{good:?}");
    assert_eq!(bad[1].condition, Condition::Bad);
    assert_eq!(bad[1].subject.as_deref(), Some(JANE));
    assert!(bad[1].advice.as_deref().is_some_and(|advice| advice.contains("Admin console")));
}
