//! Services whose hosts all come: everyone must be free, and all of their time is taken or none.

use std::time::Duration;

use app::booking::{Booked, Moved, Progress};
use app::hold::{Held, HoldWish};
use domain::BookingState;
use jiff::{SignedDuration, Timestamp};
use scenarios::{BOB, BOBS, Database, Given, JANE, Scenario, TOUR, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";
const QUARTER_PAST_TEN: &str = "2026-12-01T18:15:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const WAITING: Duration = Duration::from_secs(10);

/// Two services to which both come: one has its events in Jane's calendar, the other in Bob's.
const TOGETHER: &str = r#"
[[services]]
id = "handover"
title = "Handover"
hosts = ["jane", "bob"]
assignment = "all"
duration = "30m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]

[[services]]
id = "closing"
title = "Closing"
hosts = ["bob", "jane"]
assignment = "all"
duration = "30m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["tue"], from = "09:00", to = "17:00" }]
"#;

scenarios::on_each_database! {
    everyones_time_is_taken_by_one_event_that_invites_them,
    nobody_is_booked_unless_everyone_is_free,
    a_calendar_that_cannot_be_read_is_anybodys,
    everyone_moves_and_everyone_is_free_again,
    the_host_moves_the_event_for_everyone_or_for_nobody,
    a_hold_keeps_everyones_time,
    whoever_is_first_and_whoever_comes_alone_never_wait_in_a_circle,
}

async fn agency(database: Database) -> Scenario {
    Given::on(database).and(BOBS).and(TOUR).and(TOGETHER).connected("bob", BOB).begins().await
}

fn handover(start: &str) -> Wish {
    Wish::at(start).of("handover")
}

fn tour(start: &str) -> Wish {
    Wish::at(start).of("tour").by("Cy Tourist")
}

fn starts_of(scenario: &Scenario, account: &str) -> Vec<String> {
    let events = scenario.sandbox.google().events(account);
    events.iter().map(|event| event.start.to_string()).collect()
}

/// How the subjects of the mails to Bob begin.
fn heard_by_bob(scenario: &Scenario) -> Vec<String> {
    let mails = scenario.sandbox.mail().messages_to(BOB);
    let subjects = mails.iter().map(sandbox::mail::Mail::subject);
    subjects.map(|subject| subject.split(':').next().unwrap_or_default().to_owned()).collect()
}

async fn offers(scenario: &Scenario, service: &str, start: &str) -> bool {
    let start: Timestamp = start.parse().expect("an instant");
    let end = start + SignedDuration::from_secs(1);
    let range = domain::Interval::new(start, end).expect("a stretch");
    let service = service.parse().expect("a slug");
    let free = scenario.does(move |app| async move { app.free_slots(&service, range).await }).await;
    !free.expect("the database works").expect("it is there").slots.is_empty()
}

async fn everyones_time_is_taken_by_one_event_that_invites_them(database: Database) {
    let scenario = agency(database).await;
    assert!(offers(&scenario, "handover", TEN).await);

    let stored = scenario.has_booked(&handover(TEN)).await;

    let hosts: Vec<&str> = stored.booking.hosts().map(domain::HostId::as_str).collect();
    assert_eq!(hosts, ["jane", "bob"]);
    assert_eq!(
        (starts_of(&scenario, JANE), starts_of(&scenario, BOB)),
        (vec![TEN.to_owned()], vec![])
    );
    let event = &scenario.sandbox.google().events(JANE)[0];
    let invited = event.resource["attendees"].as_array().expect("a list");
    let invited: Vec<&str> = invited.iter().filter_map(|who| who["email"].as_str()).collect();
    assert_eq!(invited, ["bo.lead@example.com", JANE, BOB]);
    assert_ne!(event.resource["guestsCanSeeOtherGuests"], false, "there are no guests");
    for service in ["tour", "viewing", "handover", "closing"] {
        assert!(!offers(&scenario, service, QUARTER_PAST_TEN).await, "{service}");
    }
    let tour = scenario.tries_to_book(&tour(TEN)).await;
    assert!(matches!(tour, Booked::Refused { taken: true, .. }), "{tour:?}");
    assert_eq!(heard_by_bob(&scenario), ["New booking"]);
    assert!(scenario.sandbox.mail().messages()[0].text().contains("Jane Agent, Bob Agent"));
    scenario.ends().await;
}

async fn nobody_is_booked_unless_everyone_is_free(database: Database) {
    let scenario = agency(database).await;
    scenario.has_booked(&tour(TEN)).await;
    let [start, end] =
        ["2026-12-01T20:00:00Z", "2026-12-01T21:00:00Z"].map(|at| at.parse().expect("an instant"));
    scenario.sandbox.google().block(BOB, start, end, "Dentist").expect("it is there");

    let claimed = scenario.tries_to_book(&handover(TEN)).await;
    let busy = scenario.tries_to_book(&handover("2026-12-01T20:15:00Z")).await;

    assert!(!offers(&scenario, "handover", TEN).await);
    let Booked::Refused { taken: true, alternatives } = claimed else { panic!("{claimed:?}") };
    assert!(alternatives.iter().all(|free| free.host.as_str() == "jane"), "{alternatives:?}");
    assert!(matches!(busy, Booked::Accepted(Progress::CalendarBusy)), "{busy:?}");
    assert!(offers(&scenario, "viewing", TEN).await, "nothing of Jane's time was taken");
    scenario.ends().await;
}

async fn a_calendar_that_cannot_be_read_is_anybodys(database: Database) {
    let scenario = agency(database).await;
    scenario.sandbox.google().revoke_access(BOB);
    scenario.advances(SignedDuration::from_mins(61));

    let refused = scenario.tries_to_book(&handover(TEN)).await;

    assert!(
        matches!(refused, Booked::Accepted(Progress::CalendarUnavailable) | Booked::Refused { .. }),
        "{refused:?}"
    );
    scenario.runs_jobs().await;
    assert_eq!(starts_of(&scenario, JANE), [""; 0]);
    let alone = scenario.tries_to_book(&Wish::at(TEN)).await;
    assert!(matches!(alone, Booked::Accepted(Progress::Done(_))), "{alone:?}");
    scenario.connect("bob", BOB).await;
    scenario.ends().await;
}

async fn everyone_moves_and_everyone_is_free_again(database: Database) {
    let scenario = agency(database).await;
    let id = scenario.has_booked(&handover(TEN)).await.booking.id;
    scenario.has_booked(&tour(ELEVEN)).await;

    let refused = scenario.moves(id, ELEVEN, WAITING).await;
    let moved = scenario.moves(id, QUARTER_PAST_TEN, WAITING).await;
    scenario.runs_jobs().await;

    assert!(matches!(refused, Moved::NotOffered { taken: true, .. }), "{refused:?}");
    assert!(matches!(moved, Moved::Accepted(Progress::Done(_))), "{moved:?}");
    assert_eq!(starts_of(&scenario, JANE), [QUARTER_PAST_TEN]);
    assert!(!offers(&scenario, "tour", QUARTER_PAST_TEN).await);
    scenario.cancels(id).await;
    scenario.runs_jobs().await;
    assert!(offers(&scenario, "tour", QUARTER_PAST_TEN).await);
    assert_eq!(starts_of(&scenario, JANE), [""; 0]);
    let expected = ["New booking", "New booking", "Booking moved", "Booking cancelled"];
    assert_eq!(heard_by_bob(&scenario), expected);
    scenario.ends().await;
}

async fn the_host_moves_the_event_for_everyone_or_for_nobody(database: Database) {
    let scenario = agency(database).await;
    let id = scenario.has_booked(&handover(TEN)).await.booking.id;
    scenario.has_booked(&tour(ELEVEN)).await;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    let puts = |start: &str| {
        let start: Timestamp = start.parse().expect("an instant");
        let end = start + SignedDuration::from_mins(30);
        let moved = serde_json::json!({
            "start": { "dateTime": start.to_string() }, "end": { "dateTime": end.to_string() },
        });
        scenario.sandbox.google().patch_event(JANE, &event, &moved).expect("it is there");
    };

    puts("2026-12-01T21:00:00Z");
    scenario.runs_for(SignedDuration::from_mins(6)).await;
    assert_eq!(scenario.booking(id).await.booking.slot.start().to_string(), "2026-12-01T21:00:00Z");
    assert!(!offers(&scenario, "tour", "2026-12-01T21:00:00Z").await);
    assert!(offers(&scenario, "tour", TEN).await);

    puts(ELEVEN);
    scenario.runs_for(SignedDuration::from_mins(6)).await;
    let stored = scenario.booking(id).await;
    assert_eq!(stored.booking.slot.start().to_string(), "2026-12-01T21:00:00Z", "Bob is on tour");
    assert!(stored.conflict.is_some());
    puts("2026-12-01T21:00:00Z");
    scenario.runs_for(SignedDuration::from_mins(6)).await;
    scenario.ends().await;
}

async fn a_hold_keeps_everyones_time(database: Database) {
    let scenario = agency(database).await;
    let holds = |start: &str| {
        let wish = HoldWish {
            service: "handover".parse().expect("a slug"),
            start: start.parse().expect("an instant"),
            duration: None,
            people: 1,
            visitor: None,
            address: None,
        };
        scenario.does(|app| async move { app.hold(wish).await })
    };

    let held = holds(TEN).await.expect("the database works");

    let Held::Kept { id, .. } = held else { panic!("{held:?}") };
    let tour = scenario.tries_to_book(&tour(TEN)).await;
    assert!(matches!(tour, Booked::Refused { taken: true, .. }), "{tour:?}");
    let mut book = handover(TEN).book();
    book.hold = Some(id);
    let booked = scenario.does(|app| async move { app.book(book).await }).await;
    let Ok(Booked::Accepted(Progress::Done(stored))) = booked else { panic!("{booked:?}") };
    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(stored.booking.joined.len(), 1);
    scenario.ends().await;
}

async fn whoever_is_first_and_whoever_comes_alone_never_wait_in_a_circle(database: Database) {
    let scenario = agency(database).await;
    let ten: Timestamp = TEN.parse().expect("an instant");
    let services = ["handover", "closing", "viewing", "tour"];

    let calls: Vec<_> = (0..60_usize)
        .map(|index| {
            let quarter = i64::try_from(index * 7 % 8).expect("a small number");
            let start = (ten + SignedDuration::from_mins(15 * quarter)).to_string();
            scenario.begins_to_book(&Wish::at(&start).of(services[index % 4]))
        })
        .collect();
    for call in calls {
        let booked = call.await.expect("the process lives").expect("the database works");
        let expected = matches!(
            booked,
            Booked::Accepted(Progress::Done(_)) | Booked::Refused { taken: true, .. }
        );
        assert!(expected, "{booked:?}");
    }

    assert_eq!(scenario.deadlocks().await, 0);
    scenario.ends().await; // No two of one host overlap, and each has its claims.
}
