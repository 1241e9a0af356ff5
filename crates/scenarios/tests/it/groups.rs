//! An open house: one event for all who come, whatever happens to its calls, and a line of those who
//! wait.

use std::time::Duration;

use app::booking::{Accepted, Booked, BookingFilter, Progress};
use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Given, JANE, Scenario, Side, Wish, in_every_case};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";

/// Four places, a waiting list, and a calendar that is trusted to answer later.
const OPEN_HOUSE: &str = r#"
[[services]]
id = "open-house"
title = "Open house"
hosts = ["jane"]
duration = "60m"
slot_every = "60m"
notice = "1h"
capacity = 4
waitlist = true
when_unreachable = "pending"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]
"#;

const LEADS: [&str; 8] =
    ["Bo Lead", "Cy Lead", "Di Lead", "Ed Lead", "Fay Lead", "Gus Lead", "Hal Lead", "Ivy Lead"];

fn wish(nth: usize) -> Wish {
    Wish::at(TEN).of("open-house").by(LEADS[nth])
}

fn given() -> Given {
    Given::usual().and(OPEN_HOUSE)
}

async fn begin() -> Scenario {
    given().begins().await
}

async fn state(scenario: &Scenario, id: BookingId) -> BookingState {
    scenario.booking(id).await.booking.state
}

fn confirmed() -> BookingState {
    BookingState::Confirmed { change: None }
}

/// What the events in Jane's calendar say of their roster.
fn titles(scenario: &Scenario) -> Vec<String> {
    let events = scenario.sandbox.google().events(JANE).into_iter();
    events.map(|event| event.summary).filter(|title| title.starts_with("Open house")).collect()
}

#[tokio::test]
async fn however_many_book_there_is_one_event_with_its_roster() {
    let scenario = begin().await;

    let first = scenario.books(&wish(0)).await;
    for nth in 1..4 {
        let booked = scenario.books(&wish(nth)).await;
        assert_eq!(booked.booking.state, confirmed(), "its event stands");
    }
    scenario.runs_for(SignedDuration::from_secs(30)).await;

    assert_eq!(first.booking.state, confirmed());
    assert_eq!(titles(&scenario), ["Open house (4/4)"]);
    let events = scenario.sandbox.google().events(JANE);
    let described = events[0].resource["description"].as_str().unwrap_or_default().to_owned();
    assert!(LEADS[..4].iter().all(|lead| described.contains(lead)), "{described}");
    assert!(!described.contains("example.com,"), "{described}");
    assert_eq!(events[0].private_property("doorstep_booking"), None);
    let calls = scenario.gates.passed();
    let count = |call: &str| calls.iter().filter(|passed| passed.starts_with(call)).count();
    assert_eq!((count("POST /calendar/v3/calendars"), count("PATCH")), (1, 1), "{calls:?}");
    assert_eq!(scenario.news("email").len(), 4);
}

#[tokio::test]
async fn no_fault_at_the_event_costs_a_booking_or_makes_a_second_event() {
    let mut cases = Vec::new();
    for call in ["POST */freeBusy", "POST */events", "PATCH *"] {
        for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
            cases.push((format!("{kind:?} at {call}"), Fault::once(call, kind)));
        }
        for status in [429, 500, 503] {
            cases.push((format!("{status} at {call}"), Fault::error(call, status)));
            let applied = Fault { applied: true, ..Fault::error(call, status) };
            cases.push((format!("{status} after {call}"), applied));
        }
    }
    in_every_case(cases, move |fault| async move {
        let scenario = begin().await;
        scenario.sandbox.faults().add(fault);

        let first = scenario.has_booked(&wish(0).without_waiting()).await.booking.id;
        scenario.runs_for(SignedDuration::from_mins(3)).await;
        let second = scenario.has_booked(&wish(1).without_waiting()).await.booking.id;
        scenario.runs_for(SignedDuration::from_mins(3)).await;

        for id in [first, second] {
            assert_eq!(state(&scenario, id).await, confirmed());
        }
        assert_eq!(titles(&scenario), ["Open house (2/4)"]);
    })
    .await;
}

#[tokio::test]
async fn death_at_every_call_of_the_event_leaves_one_event() {
    let sides = [Side::Before, Side::After];
    let calls = ["POST */freeBusy", "POST */events", "PATCH *", "DELETE *"];
    let cases =
        calls.iter().flat_map(|call| sides.map(|side| (format!("{side:?} {call}"), (*call, side))));
    in_every_case(cases.collect::<Vec<_>>(), move |(call, side)| async move {
        let mut scenario = begin().await;
        if call.starts_with("PATCH") || call.starts_with("DELETE") {
            scenario.books(&wish(0)).await;
        }
        let held = scenario.gates.hold(call, 0, side);
        if call.starts_with("DELETE") {
            let listing = scenario.app().list_bookings(BookingFilter::default(), None, 10).await;
            scenario.cancels(listing.expect("the database works")[0].booking.id).await;
        } else {
            scenario.books(&wish(1).without_waiting()).await;
        }
        scenario.clock.advance(SignedDuration::from_secs(10));
        let jobs = scenario.begins_to_run_jobs();
        held.reached().await;

        scenario.restart().await;
        jobs.abort();
        held.release();
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        let expected: &[&str] = match call {
            "DELETE *" => &[],
            "PATCH *" => &["Open house (2/4)"],
            _ => &["Open house (1/4)"],
        };
        assert_eq!(titles(&scenario), expected);
    })
    .await;
}

#[tokio::test]
async fn the_last_to_leave_takes_the_event_along_and_the_next_begins_anew() {
    for side in [Side::Before, Side::After] {
        let scenario = begin().await;
        let first = scenario.books(&wish(0)).await.booking.id;
        let held = scenario.gates.hold("DELETE *", 0, side);
        scenario.cancels(first).await;
        let jobs = scenario.begins_to_run_jobs();
        held.reached().await;

        // The call that deletes is under way.
        let next = scenario.books(&wish(1).without_waiting()).await.booking;
        assert_eq!(next.state, BookingState::Pending, "no event is promised");
        held.release();
        jobs.await.expect("the process lives");
        scenario.runs_for(SignedDuration::from_mins(3)).await;

        assert_eq!(state(&scenario, next.id).await, confirmed());
        assert_eq!(titles(&scenario), ["Open house (1/4)"]);
    }
}

#[tokio::test]
async fn a_busy_calendar_is_told_to_everybody_who_waited_for_it() {
    let scenario = begin().await;
    scenario.blocks("Dentist", TEN, ELEVEN);

    let waits = scenario.tries_to_book(&wish(0)).await;
    let left = scenario.has_booked(&wish(1).without_waiting()).await.booking.id;
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    assert!(matches!(waits, Booked::Accepted(Progress::CalendarBusy)), "{waits:?}");
    assert_eq!(state(&scenario, left).await, BookingState::Declined);
    assert_eq!(scenario.news("sms"), ["not_possible"], "who waited heard it in the answer");
}

#[tokio::test]
async fn an_event_that_the_host_deletes_cancels_everybody() {
    let scenario = begin().await;
    let mut ids = Vec::new();
    for nth in 0..2 {
        ids.push(scenario.books(&wish(nth)).await.booking.id);
    }
    scenario.runs_for(SignedDuration::from_secs(30)).await;
    let event = scenario.sandbox.google().events(JANE).remove(0);
    scenario.sandbox.google().delete_event(JANE, &event.id).expect("it is there");

    // It is noticed when its roster changes next.
    ids.push(scenario.books(&wish(2)).await.booking.id);
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    for id in ids {
        assert!(matches!(state(&scenario, id).await, BookingState::Cancelled(_)));
    }
    assert_eq!(titles(&scenario), [""; 0]);
}

#[tokio::test]
async fn a_move_between_starts_keeps_one_event_each() {
    let scenario = begin().await;
    let first = scenario.books(&wish(0)).await.booking.id;
    scenario.books(&wish(1)).await;

    scenario.moves(first, NOON, Duration::from_secs(10)).await;
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    let moved = scenario.booking(first).await.booking;
    assert_eq!((moved.slot.start().to_string().as_str(), moved.state), (NOON, confirmed()));
    assert_eq!(titles(&scenario), ["Open house (1/4)", "Open house (1/4)"]);
    scenario.moves(first, TEN, Duration::from_secs(10)).await;
    scenario.runs_for(SignedDuration::from_mins(2)).await;
    assert_eq!(titles(&scenario), ["Open house (2/4)"]);
}

#[tokio::test]
async fn many_at_once_fill_the_house_and_no_more() {
    let scenario = begin().await;
    let wishes: Vec<Wish> = (0..40).map(|nth| wish(nth % 8).without_waiting()).collect();

    let calls: Vec<_> = wishes.iter().map(|wish| scenario.begins_to_book(wish)).collect();
    let mut booked = 0;
    for call in calls {
        match call.await.expect("the process lives").expect("the database works") {
            Booked::Accepted(_) => booked += 1,
            Booked::Refused { taken: true, alternatives } => {
                assert!(alternatives.iter().all(|free| free.slot.start().to_string() != TEN));
            }
            other => panic!("{other:?}"),
        }
    }
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    assert_eq!(booked, 4);
    assert_eq!(titles(&scenario), ["Open house (4/4)"]);
}

/// Four who come, and one who waits.
async fn a_full_house(scenario: &Scenario) -> (Vec<BookingId>, BookingId) {
    let mut ids = Vec::new();
    for nth in 0..4 {
        ids.push(scenario.books(&wish(nth)).await.booking.id);
    }
    let waiting = match scenario.tries_to_book(&wish(4).or_in_line()).await {
        Booked::Accepted(Progress::Waiting(stored)) => stored.booking.id,
        other => panic!("{other:?}"),
    };
    scenario.runs_for(SignedDuration::from_secs(30)).await;
    (ids, waiting)
}

#[tokio::test]
async fn seats_that_become_free_go_through_the_line() {
    let scenario = begin().await;
    let (booked, first) = a_full_house(&scenario).await;
    let second = match scenario.tries_to_book(&wish(5).or_in_line()).await {
        Booked::Accepted(Progress::Waiting(stored)) => stored.booking.id,
        other => panic!("{other:?}"),
    };

    scenario.cancels(booked[0]).await;
    scenario.runs_for(SignedDuration::from_secs(30)).await;
    assert!(matches!(state(&scenario, first).await, BookingState::Waitlisted { offer: Some(_) }));
    // The first lets the offer lapse; the second accepts.
    scenario.runs_for(SignedDuration::from_mins(16)).await;
    assert_eq!(state(&scenario, first).await, BookingState::Expired);
    let accepted = scenario
        .does(move |app| async move { app.accept_offer(second, Duration::from_secs(10)).await })
        .await
        .expect("the database works");
    assert!(matches!(accepted, Accepted::Done(Progress::Done(_))), "{accepted:?}");
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(state(&scenario, second).await, confirmed());
    assert_eq!(titles(&scenario), ["Open house (4/4)"]);
    let heard = |name: &str| -> Vec<String> {
        let address = name.to_lowercase().replace(' ', ".");
        let heard = scenario.heard().into_iter();
        let of = heard.filter(|heard| heard.recipient.starts_with(&address));
        of.map(|heard| heard.news).collect()
    };
    assert_eq!(heard(LEADS[4]), ["waitlisted", "seats_offered", "waited_in_vain"]);
    assert_eq!(heard(LEADS[5]), ["waitlisted", "seats_offered", "confirmed"]);
}

#[tokio::test]
async fn an_offer_survives_death_and_is_made_once() {
    let mut scenario = begin().await;
    let (booked, waiting) = a_full_house(&scenario).await;
    let held = scenario.gates.hold("SMTP DATA", 0, Side::After);
    scenario.cancels(booked[0]).await;
    let jobs = scenario.begins_to_run_jobs();
    held.reached().await;

    scenario.restart().await;
    jobs.abort();
    held.release();
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert!(matches!(state(&scenario, waiting).await, BookingState::Waitlisted { offer: Some(_) }));
    let texts = scenario.news("sms");
    let offers = texts.iter().filter(|news| *news == "seats_offered").count();
    assert_eq!(offers, 1, "{texts:?}");
}
