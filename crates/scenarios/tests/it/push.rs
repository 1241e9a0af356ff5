//! Changes that the calendar tells us of, and what happens when it does not.

use app::watch::{CalendarNotification, Notified};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Given, JANE, Scenario, Side, Wish};
use secrecy::SecretString;

const TEN: &str = "2026-12-01T18:00:00Z";
const HALF_PAST_TEN: &str = "2026-12-01T18:30:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const HALF_PAST_ELEVEN: &str = "2026-12-01T19:30:00Z";
const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn pushed() -> Scenario {
    let scenario = Given::usual().pushed().begins().await;
    scenario.runs_jobs().await;
    scenario
}

fn drags_to_eleven(scenario: &Scenario) {
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    let at = |text: &str| text.parse().expect("an instant");
    let moved =
        scenario.sandbox.google().move_event(JANE, &event, at(ELEVEN), at(HALF_PAST_ELEVEN));
    moved.expect("it is there");
}

fn lists(scenario: &Scenario) -> usize {
    scenario.sandbox.calls().count("GET */events")
}

#[tokio::test]
async fn what_the_host_changes_reaches_the_attendee_within_a_second_of_the_push() {
    let scenario = pushed().await;
    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.runs_for(A_SECOND).await;

    drags_to_eleven(&scenario);
    scenario.sandbox.settle().await;
    scenario.runs_for(A_SECOND).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    scenario.ends().await;
}

#[tokio::test]
async fn without_a_push_it_reaches_them_within_one_poll() {
    let scenario = pushed().await;
    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.runs_for(A_SECOND).await;
    scenario.sandbox.faults().add(Fault::once("PUSH *", FaultKind::LostPush));

    drags_to_eleven(&scenario);
    scenario.sandbox.settle().await;
    scenario.runs_for(A_SECOND).await;
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    scenario.ends().await;
}

#[tokio::test]
async fn many_pushes_become_one_reading() {
    let scenario = pushed().await;
    let twice = Fault { count: Some(100), ..Fault::once("PUSH *", FaultKind::DuplicatePush) };
    scenario.sandbox.faults().add(twice);
    scenario.sandbox.calls().clear();

    for minute in 10..20 {
        let at = |second| format!("2026-12-01T18:{minute}:{second}Z");
        scenario.blocks("Something", &at("00"), &at("30"));
    }
    scenario.sandbox.settle().await;
    scenario.runs_for(A_SECOND).await;

    assert_eq!(lists(&scenario), 1);
    assert!(!scenario.offers(TEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_push_that_comes_while_the_calendar_is_read_has_it_read_again() {
    let scenario = pushed().await;
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.sandbox.settle().await;
    scenario.clock.advance(A_SECOND);
    let held = scenario.gates.hold("GET */events", 0, Side::After);
    let reading = scenario.begins_to_run_jobs();
    held.reached().await;

    scenario.blocks("Lunch", ELEVEN, HALF_PAST_ELEVEN);
    scenario.sandbox.settle().await;
    held.release();
    reading.await.expect("the process lives");
    scenario.runs_for(A_SECOND).await;

    assert!(!scenario.offers(ELEVEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_subscription_is_renewed_before_it_ends_and_one_is_open_at_any_time() {
    let scenario = pushed().await;
    let first = scenario.sandbox.google().channels(JANE);
    assert_eq!(first.len(), 1);

    for _ in 0..10 {
        scenario.clock.advance(SignedDuration::from_hours(24));
        scenario.runs_jobs().await;
        assert_eq!(scenario.sandbox.google().channels(JANE).len(), 1);
    }

    assert_ne!(scenario.sandbox.google().channels(JANE), first);
    scenario.ends().await;
}

#[tokio::test]
async fn a_subscription_whose_answer_was_lost_is_replaced_and_notifies_in_vain_at_worst() {
    let given = Given::usual().pushed();
    let scenario = given.begins().await;
    scenario.sandbox.faults().add(Fault::once("POST */watch", FaultKind::DropAfter));
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.sandbox.google().channels(JANE).len(), 1, "the first was stopped");
    scenario.blocks("Dentist", TEN, HALF_PAST_TEN);
    scenario.sandbox.settle().await;
    scenario.runs_for(A_SECOND).await;
    assert!(!scenario.offers(TEN).await);
    scenario.ends().await;
}

#[tokio::test]
async fn a_death_after_the_row_and_before_the_answer_leaves_one_subscription() {
    let mut scenario = Given::usual().pushed().begins().await;
    let held = scenario.gates.hold("POST */watch", 0, Side::After);
    let _running = scenario.begins_to_run_jobs();
    held.reached().await;

    scenario.restart().await;
    held.release();
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.sandbox.google().channels(JANE).len(), 1);
    scenario.ends().await;
}

#[tokio::test]
async fn a_provider_that_will_not_call_us_leaves_polling_and_the_connection_well() {
    for status in [400, 401, 403] {
        let scenario = Given::usual().pushed().begins().await;
        let refused = Fault {
            count: Some(100),
            reason: Some("push.webhookUrlUnauthorized".to_owned()),
            ..Fault::error("POST */watch", status)
        };
        scenario.sandbox.faults().add(refused);
        scenario.runs_jobs().await;
        scenario.blocks("Dentist", TEN, HALF_PAST_TEN);

        scenario.runs_for(SignedDuration::from_mins(5)).await;

        assert!(!scenario.offers(TEN).await);
        assert_eq!(scenario.connection_status(JANE).await, "healthy", "{status}");
        scenario.ends().await;
    }
}

#[tokio::test]
async fn a_calendar_that_leaves_the_setup_is_no_longer_watched() {
    let scenario = pushed().await;
    assert_eq!(scenario.sandbox.google().channels(JANE).len(), 1);

    let forgotten = scenario
        .does(|app| async move {
            app.change_object(app::setup::Kind::Calendar, "jane-work", |documents| {
                documents.calendars.remove("jane-work");
                Ok(())
            })
            .await
        })
        .await;
    forgotten.expect("nothing needs it");
    scenario.runs_jobs().await;

    assert_eq!(scenario.sandbox.google().channels(JANE).len(), 0);
    scenario.ends().await;
}

#[tokio::test]
async fn an_account_that_is_disconnected_is_no_longer_watched() {
    let scenario = pushed().await;
    let all = scenario.app().list_connections().await.expect("the database works");
    let id = all[0].id;

    scenario
        .does(move |app| async move { app.disconnect(id, true).await })
        .await
        .expect("it works");

    assert_eq!(scenario.sandbox.google().channels(JANE).len(), 0);
}

#[tokio::test]
async fn a_forged_notification_changes_nothing() {
    let scenario = pushed().await;
    let channel = scenario.sandbox.google().channels(JANE)[0].clone();
    scenario.sandbox.calls().clear();
    let forged = |channel: &str, token: &str| CalendarNotification {
        channel: channel.to_owned(),
        token: SecretString::from(token),
        resource_id: "anything".to_owned(),
        is_beginning: false,
    };

    let unknown = scenario.app().calendar_notified(forged("someone-elses", "guess")).await;
    let guessed = scenario.app().calendar_notified(forged(&channel, "guess")).await;

    assert_eq!(unknown.expect("the database works"), Notified::Unknown);
    assert_eq!(guessed.expect("the database works"), Notified::Forged);
    scenario.runs_for(A_SECOND).await;
    assert_eq!(lists(&scenario), 0);
    scenario.ends().await;
}
