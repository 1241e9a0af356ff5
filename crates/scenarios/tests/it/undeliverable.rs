//! Messages that do not arrive.

use domain::booking::Actor;
use domain::{BookingState, MessageId};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Given, JANE, Scenario, Wish};
use serde_json::json;
use store::message::MessageSummary;

const TEN: &str = "2026-12-01T18:00:00Z";

/// Twilio knows no such number, and the mail server no such mailbox.
fn nobody_is_there(scenario: &Scenario) {
    let no_number = Fault {
        p: Some(1.0),
        status: Some(400),
        reason: Some("21211".to_owned()),
        ..Fault::once("POST /2010-04-01/*/Messages.json", FaultKind::Error)
    };
    scenario.sandbox.faults().add(no_number);
    // The text that failed has the mail asked for once more.
    no_mailbox(scenario, 2);
}

fn no_mailbox(scenario: &Scenario, times: u32) {
    let refused = json!("5.1.1 no such user");
    let no_mailbox = Fault {
        count: Some(times),
        status: Some(550),
        body: Some(refused),
        ..Fault::once("SMTP RCPT", FaultKind::Error)
    };
    scenario.sandbox.faults().add(no_mailbox);
}

async fn summaries(scenario: &Scenario, id: domain::BookingId) -> Vec<String> {
    let timeline = scenario.app().timeline(id, None, 100).await.expect("the database works");
    timeline.into_iter().map(|entry| entry.summary).collect()
}

#[tokio::test]
async fn a_booking_of_which_the_lead_cannot_be_told_is_kept_marked_and_the_host_told() {
    let scenario = Given::usual().with("notices = []", "notices = [\"failed\"]").begins().await;
    nobody_is_there(&scenario);

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    assert!(stored.unreached_at.is_some());
    assert_eq!(scenario.events().len(), 1);
    let to_jane: Vec<String> = scenario
        .sandbox
        .mail()
        .messages_to(JANE)
        .iter()
        .map(sandbox::mail::Mail::subject)
        .collect();
    assert_eq!(to_jane.len(), 1, "{to_jane:?}");
    assert!(to_jane[0].starts_with("Not reached: "), "{to_jane:?}");
    assert_eq!(scenario.paged(), [format!("trigger undeliverable/{id}")]);
    scenario.cancels(id).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.paged()[1..], [format!("resolve undeliverable/{id}")]);
}

#[tokio::test]
async fn where_the_service_says_so_it_is_called_off_and_its_slot_is_free() {
    let given = Given::usual().rule("if_undeliverable = \"cancel\"");
    let scenario = given.begins().await;
    nobody_is_there(&scenario);

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let stored = scenario.booking(id).await;
    let BookingState::Cancelled(cancellation) = &stored.booking.state else {
        panic!("{:?}", stored.booking.state)
    };
    assert_eq!(cancellation.by, Actor::System);
    assert_eq!(scenario.events(), []);
    let said = "Cancelled: no message reached the lead, and the service asks for that".to_owned();
    assert!(summaries(&scenario, id).await.contains(&said));
    scenario.sandbox.faults().clear();
    scenario.books(&Wish::at(TEN).by("Cy Second")).await;
}

#[tokio::test]
async fn one_channel_that_works_is_enough() {
    let given = Given::usual().rule("if_undeliverable = \"cancel\"");
    let scenario = given.begins().await;
    no_mailbox(&scenario, 1);

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(stored.unreached_at, None);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
}

#[tokio::test]
async fn a_bounce_after_the_mail_was_taken_counts_and_a_repeat_of_it_does_not() {
    let given = Given::usual().rule("messages = [\"email\"]\nif_undeliverable = \"cancel\"");
    let scenario = given.begins().await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let mail = messages(&scenario, id).await.remove(0).id;

    let news = [
        reports(&scenario, mail, "delivered").await,
        reports(&scenario, mail, "bounce").await,
        reports(&scenario, mail, "bounce").await,
        reports(&scenario, mail, "delivered").await,
    ];
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(news, [1, 1, 0, 0]);
    let states: Vec<String> =
        messages(&scenario, id).await.into_iter().map(|message| message.state).collect();
    assert_eq!(states[0], "undelivered");
    let state = scenario.booking(id).await.booking.state;
    assert!(matches!(state, BookingState::Cancelled(_)), "{state:?}");
}

async fn messages(scenario: &Scenario, id: domain::BookingId) -> Vec<MessageSummary> {
    scenario.app().messages(id).await.expect("the database works")
}

/// SendGrid says that this happened to a mail. Says how much of it was news.
async fn reports(scenario: &Scenario, mail: MessageId, event: &str) -> usize {
    let batch = json!([{
        "event": event, "sg_event_id": format!("{event}-1"), "doorstep_message": mail.to_string(),
        "type": "bounce", "status": "5.1.1",
    }]);
    let body = batch.to_string();
    let noted = scenario.does(|app| async move { app.mail_reported(body.as_bytes()).await }).await;
    noted.expect("the database works")
}
