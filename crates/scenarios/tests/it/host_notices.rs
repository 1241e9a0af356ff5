//! What a host hears by mail.

use std::time::Duration;

use app::booking::{Move, Moved};
use domain::booking::Actor;
use jiff::SignedDuration;
use sandbox::Fault;
use scenarios::{BOB, BOBS, Given, JANE, Scenario, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";

fn heard_by_jane(scenario: &Scenario) -> Vec<String> {
    heard_by(scenario, JANE)
}

/// The subjects of the mails that reached an address, up to their first colon.
fn heard_by(scenario: &Scenario, address: &str) -> Vec<String> {
    let mails = scenario.sandbox.mail().messages_to(address);
    let headings = mails.iter().map(sandbox::mail::Mail::subject);
    headings.map(|subject| subject.split(':').next().unwrap_or_default().to_owned()).collect()
}

fn telling(notices: &str) -> Given {
    Given::usual().with("notices = []", notices)
}

#[tokio::test]
async fn a_host_hears_once_of_each_change_that_others_made() {
    let scenario = telling("notices = [\"new\", \"moved\", \"cancelled\"]").begins().await;

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.moves(id, ELEVEN, Duration::from_secs(10)).await;
    scenario.runs_jobs().await;
    scenario.cancels(id).await;
    scenario.runs_for(SignedDuration::from_hours(1)).await;

    assert_eq!(heard_by_jane(&scenario), ["New booking", "Booking moved", "Booking cancelled"]);
    let mails = scenario.sandbox.mail().messages_to(JANE);
    assert!(mails[0].subject().contains("Tue, 1 Dec, 10:00 AM PST"), "{}", mails[0].subject());
    assert!(mails[0].text().contains("bo.lead@example.com"), "who it is with");
    let answers = mails[0].header("Reply-To").expect("it can be answered");
    assert!(answers.contains("<bo.lead@example.com>"), "{answers}");
    scenario.ends().await;
}

#[tokio::test]
async fn a_host_hears_only_of_what_they_chose() {
    let scenario = telling("notices = [\"cancelled\"]").begins().await;

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.cancels(id).await;
    scenario.runs_jobs().await;

    assert_eq!(heard_by_jane(&scenario), ["Booking cancelled"]);
    scenario.ends().await;
}

#[tokio::test]
async fn a_host_hears_of_a_booking_that_failed() {
    let given = telling("notices = [\"failed\"]").rule("when_unreachable = \"pending\"");
    let scenario = given.begins().await;
    scenario.sandbox.faults().add(Fault { p: Some(1.0), ..Fault::error("* /calendar/v3/*", 503) });

    scenario.books(&Wish::at("2026-11-30T20:00:00Z").without_waiting()).await;
    scenario.runs_for(SignedDuration::from_hours(5)).await;

    assert_eq!(heard_by_jane(&scenario), ["Booking failed"]);
    scenario.ends().await;
}

#[tokio::test]
async fn the_list_of_the_day_comes_once_a_day_at_the_hosts_time() {
    let mut scenario = telling("notices = []\ndaily_summary = \"07:30\"").begins().await;
    scenario.has_booked(&Wish::at(TEN)).await;

    // Monday at eight in Los Angeles, until Tuesday at half past seven.
    scenario.runs_for(SignedDuration::from_mins(23 * 60 + 29)).await;
    assert_eq!(heard_by_jane(&scenario), [] as [String; 0]);
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_hours(23)).await;

    let mails = scenario.sandbox.mail().messages_to(JANE);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject(), "Your day: Tue, 1 Dec");
    assert!(
        mails[0].text().contains("10:00 AM to 10:30 AM: Open house viewing"),
        "{}",
        mails[0].text()
    );
    assert!(mails[0].header("List-Unsubscribe").is_some());
    scenario.runs_for(SignedDuration::from_hours(1)).await;
    assert_eq!(scenario.sandbox.mail().messages_to(JANE).len(), 2);
    scenario.ends().await;
}

#[tokio::test]
async fn who_gets_a_booking_of_another_host_is_told_of_it() {
    let both = "hosts = [\"jane\", \"bob\"]";
    let given =
        telling("notices = [\"new\", \"moved\"]").with("hosts = [\"jane\"]", both).and(BOBS);
    let scenario = given.connected("bob", BOB).begins().await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    assert_eq!(heard_by_jane(&scenario), ["New booking"]);

    let wish = Move {
        id,
        start: TEN.parse().expect("an instant"),
        host: "bob".parse().ok(),
        by: Actor::Api,
        seen: None,
        key: None,
        patience: Duration::from_secs(10),
    };
    let moved = scenario.does(|app| async move { app.reschedule(wish).await }).await;
    assert!(matches!(moved, Ok(Moved::Accepted(_))), "{moved:?}");
    scenario.runs_jobs().await;

    assert_eq!(heard_by(&scenario, BOB), ["New booking"]);
    assert_eq!(scenario.news("sms"), ["confirmed"], "nothing changed for the lead");
    scenario.ends().await;
}
