//! Many at once.

use std::collections::BTreeMap;
use std::time::Duration;

use app::booking::{Alternative, Booked, Move, Moved, Progress};
use domain::booking::Actor;
use domain::{BookingId, Interval};
use jiff::{SignedDuration, Timestamp};
use scenarios::{Database, Given, Instance, SETUP, Scenario, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";

/// A host whose calendar is ours alone.
const BOB: &str = r#"
[[hosts]]
id = "bob"
name = "Bob Agent"
email = "bob@agency.example"
timezone = "America/Los_Angeles"
"#;

/// Further services of the same host, with other lengths and buffers.
const MORE_SERVICES: &str = r#"
[[services]]
id = "consultation"
title = "Consultation"
hosts = ["jane"]
duration = "60m"
buffer_before = "10m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]

[[services]]
id = "call"
title = "Call"
hosts = ["jane"]
duration = "15m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]
"#;

scenarios::on_each_database! {
    of_two_hundred_requests_for_one_slot_one_is_booked,
    of_overlapping_requests_of_all_lengths_every_one_that_still_fits_is_booked,
    fifty_equal_submissions_at_once_are_one_booking,
    a_form_whose_slot_is_taken_has_its_lead_told_once_and_is_remembered,
    cancelling_many_times_at_once_tells_once,
}

async fn of_two_hundred_requests_for_one_slot_one_is_booked(database: Database) {
    one_of_all_is_booked(Scenario::on(database).await, 200).await;
}

async fn of_overlapping_requests_of_all_lengths_every_one_that_still_fits_is_booked(
    database: Database,
) {
    let given = Given::on(database).and(MORE_SERVICES);
    all_that_fit_are_booked(given.begins().await, 200).await;
}

#[tokio::test]
async fn of_three_hundred_requests_for_one_slot_by_three_instances_one_is_booked() {
    let given = Given::on(Database::Postgres).instances(3);
    one_of_all_is_booked(given.begins().await, 300).await;
}

#[tokio::test]
async fn of_overlapping_requests_by_three_instances_every_one_that_still_fits_is_booked() {
    let given = Given::on(Database::Postgres).instances(3).and(MORE_SERVICES);
    all_that_fit_are_booked(given.begins().await, 300).await;
}

#[tokio::test]
async fn clocks_that_differ_by_a_minute_change_nothing_about_a_race() {
    let given = Given::on(Database::Postgres).skewed(&[0, 60, -60]).and(MORE_SERVICES);
    all_that_fit_are_booked(given.begins().await, 90).await;
}

#[tokio::test]
async fn a_host_made_at_one_instance_is_known_to_the_next_request_at_another() {
    let scenario = Given::on(Database::Postgres).instances(2).begins().await;
    let booking = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let setup = SETUP.replace(r#"hosts = ["jane"]"#, r#"hosts = ["jane", "bob"]"#) + BOB;
    let (one, other) = (scenario.instance(0), scenario.instance(1));

    let applied = one.does(|app| async move { app.apply_setup(&setup, false).await }).await;
    applied.expect("the setup is right");
    let wish = Move {
        id: booking,
        start: TEN.parse().expect("an instant"),
        host: Some("bob".parse().expect("a slug")),
        by: Actor::Api,
        seen: None,
        key: None,
        patience: Duration::ZERO,
    };
    let moved = other.does(|app| async move { app.reschedule(wish).await }).await;

    assert!(matches!(moved, Ok(Moved::Accepted(_))), "{moved:?}");
    scenario.runs_jobs().await;
    assert_eq!(scenario.booking(booking).await.booking.host.as_str(), "bob");
    assert_eq!(scenario.events(), [], "his calendar is ours alone");
}

async fn one_of_all_is_booked(scenario: Scenario, requests: usize) {
    let calls: Vec<_> =
        (0..requests).map(|at| instance(&scenario, at).begins_to_book(&Wish::at(TEN))).collect();

    let mut booked = 0;
    for call in calls {
        match call.await.expect("the process lives").expect("the database works") {
            Booked::Accepted(Progress::Done(_)) => booked += 1,
            Booked::Refused { taken: true, alternatives } => {
                assert_eq!(alternatives.len(), 5);
                assert!(alternatives.iter().all(|free| free.slot.start().to_string() != TEN));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(booked, 1);
    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.deadlocks().await, 0);
    scenario.ends().await;
}

/// Requests are spread over the instances.
fn instance(scenario: &Scenario, at: usize) -> &Instance {
    scenario.instance(at % scenario.instances())
}

async fn all_that_fit_are_booked(scenario: Scenario, requests: usize) {
    let services = ["viewing", "consultation", "call"];
    let ten: Timestamp = TEN.parse().expect("an instant");
    let wishes: Vec<Wish> = (0..requests)
        .map(|index: usize| {
            // A stride that is prime to both counts meets every pair of service and start.
            let step = i64::try_from(index * 7 % 12).expect("a small number");
            let start = ten + SignedDuration::from_mins(15 * step);
            Wish::at(&start.to_string()).of(services[index % 3])
        })
        .collect();

    let calls: Vec<_> = wishes
        .iter()
        .enumerate()
        .map(|(at, wish)| instance(&scenario, at).begins_to_book(wish))
        .collect();

    let (mut claimed, mut refused) = (Vec::new(), Vec::new());
    for (wish, call) in wishes.iter().zip(calls) {
        match call.await.expect("the process lives").expect("the database works") {
            Booked::Accepted(Progress::Done(_)) => claimed.push(claim(wish)),
            Booked::Refused { taken: true, alternatives } => refused.push((wish, alternatives)),
            other => panic!("{wish:?}: {other:?}"),
        }
    }
    assert!(claimed.len() >= 4, "{claimed:?}");
    for (index, one) in claimed.iter().enumerate() {
        assert!(claimed[index + 1..].iter().all(|other| !one.overlaps(*other)), "{claimed:?}");
    }
    for (wish, alternatives) in refused {
        let in_the_way = claimed.iter().any(|claim_of| claim_of.overlaps(claim(wish)));
        assert!(in_the_way, "{wish:?} was refused for nothing");
        assert!(!alternatives.is_empty());
        let offered = |free: &Alternative| free.slot.start() != wish.start;
        assert!(alternatives.iter().all(offered));
    }
    assert_eq!(scenario.events().len(), claimed.len());
    assert_eq!(scenario.deadlocks().await, 0);
    scenario.ends().await;
}

/// The stretch that a wish would occupy, as its service's rules say.
fn claim(wish: &Wish) -> Interval {
    let minutes = SignedDuration::from_mins;
    let (length, before, after) = match wish.service {
        "viewing" => (30, 0, 15),
        "consultation" => (60, 10, 0),
        _ => (15, 0, 0),
    };
    let slot = Interval::starting(wish.start, minutes(length)).expect("it has a length");
    slot.widened(minutes(before), minutes(after))
}

async fn fifty_equal_submissions_at_once_are_one_booking(database: Database) {
    let scenario = Scenario::on(database).await;
    let wish = Wish::at(TEN).under("form-7");

    let calls: Vec<_> = (0..50).map(|_| scenario.begins_to_book(&wish)).collect();

    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ids: Vec<BookingId> = Vec::new();
    for call in calls {
        let (kind, stored) = match call.await.expect("it lives").expect("the database works") {
            Booked::Accepted(Progress::Done(stored)) => ("booked", stored),
            Booked::Replayed(stored) => ("replayed", stored),
            other => panic!("{other:?}"),
        };
        *answers.entry(kind).or_default() += 1;
        ids.push(stored.booking.id);
    }
    assert_eq!(answers, BTreeMap::from([("booked", 1), ("replayed", 49)]));
    assert!(ids.iter().all(|id| *id == ids[0]));

    let other = scenario.tries_to_book(&Wish::at("2026-12-01T20:00:00Z").under("form-7")).await;
    assert!(matches!(other, Booked::Mismatch), "{other:?}");
    scenario.runs_jobs().await;
    assert_eq!((scenario.news("sms").len(), scenario.news("email").len()), (1, 1));
    scenario.ends().await;
}

async fn a_form_whose_slot_is_taken_has_its_lead_told_once_and_is_remembered(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.has_booked(&Wish::at(TEN)).await;
    let late = Wish::at(TEN).by("Cy Late").under("entry-9").by_form();

    let first = scenario.tries_to_book(&late).await;
    let repeats: Vec<_> = (0..5).map(|_| scenario.begins_to_book(&late)).collect();

    let Booked::Refused { taken: true, alternatives } = first else { panic!("{first:?}") };
    assert_eq!(alternatives.len(), 5);
    for repeat in repeats {
        let repeat = repeat.await.expect("it lives").expect("the database works");
        let Booked::Replayed(stored) = repeat else { panic!("{repeat:?}") };
        assert_eq!(stored.booking.state.status(), "declined");
    }
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    let phone = scenarios::phone_of("Cy Late");
    let texts = scenario.sandbox.twilio().texts_to(&phone);
    assert_eq!(texts.len(), 1);
    assert!(texts[0].body.contains("Still free"), "{}", texts[0].body);
    let mails = scenario.sandbox.mail().messages_to("cy.late@example.com");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text().contains("Still free"), "{}", mails[0].text());
    scenario.ends().await;
}

async fn cancelling_many_times_at_once_tells_once(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;

    let calls: Vec<_> = (0..20).map(|_| scenario.begins_to_cancel(id)).collect();
    for call in calls {
        call.await.expect("the process lives").expect("the database works");
    }
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    assert_eq!(scenario.events(), []);
    scenario.ends().await;
}
