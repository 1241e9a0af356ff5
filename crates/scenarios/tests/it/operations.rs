//! Mass changes: the same change for many bookings, each told once.

use std::time::Duration;

use app::booking::BookingFilter;
use app::operation::MassChange;
use domain::booking::NewDetails;
use domain::operation::{Action, Outcome, Progress};
use domain::{BookingId, BookingState, OperationId};
use jiff::{SignedDuration, Timestamp};
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given, JANE, Scenario, Side, Wish};
use serde_json::json;

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const GATE: &str = "At the gate";

scenarios::on_each_database! {
    a_row_of_bookings_moves_into_each_others_places_and_each_lead_hears_once,
    what_a_booking_would_move_onto_stays_and_the_booking_too,
    a_dry_run_says_what_would_come_of_it_and_changes_nothing,
    an_ill_agents_day_is_called_off_and_everybody_hears_once,
    a_paused_operation_goes_on_where_it_stood_also_in_another_process,
    a_process_that_dies_in_the_middle_leaves_the_rest_to_the_next,
    a_change_of_place_reaches_every_event_and_every_lead_once,
    what_the_host_wrote_into_the_event_survives_a_change_of_place,
    an_event_that_the_host_moved_stays_there_while_its_place_changes,
    what_its_calendar_refuses_for_good_has_failed_and_the_rest_is_done,
    a_booking_whose_event_is_not_written_yet_is_confirmed_with_its_new_title,
    a_move_that_is_being_written_and_a_change_of_place_both_reach_the_event,
    fifty_moves_under_a_quota_of_ten_a_second_take_little_longer_than_they_must,
}

fn jane() -> BookingFilter {
    BookingFilter { host: "jane".parse().ok(), ..BookingFilter::default() }
}

fn later(minutes: i64) -> Action {
    Action::Move { by: SignedDuration::from_mins(minutes) }
}

async fn begins(scenario: &Scenario, action: Action, dry_run: bool) -> OperationId {
    let wish = MassChange { action, filter: jane(), dry_run };
    let begun = scenario.does(|app| async move { app.begin_operation(wish).await }).await;
    begun.expect("the database works").0.id
}

async fn outcomes(scenario: &Scenario, id: OperationId) -> (Progress, Vec<Option<Outcome>>) {
    let found = scenario.app().find_operation(id).await.expect("the database works");
    let (operation, items) = found.expect("it is there");
    (operation.progress, items.into_iter().map(|item| item.outcome).collect())
}

/// Bookings one right behind the other, from ten o'clock on: with their buffers they touch.
async fn a_row_of(scenario: &Scenario, count: i64) -> Vec<BookingId> {
    let names = ["Ann First", "Bo Second", "Cy Third", "Di Fourth"];
    let ten: Timestamp = TEN.parse().expect("an instant");
    let mut ids = Vec::new();
    for number in 0..count {
        let start = (ten + SignedDuration::from_mins(45 * number)).to_string();
        let name = names[usize::try_from(number).expect("few")];
        ids.push(scenario.has_booked(&Wish::at(&start).by(name)).await.booking.id);
    }
    ids
}

async fn starts(scenario: &Scenario, ids: &[BookingId]) -> Vec<String> {
    let mut starts = Vec::new();
    for id in ids {
        starts.push(scenario.booking(*id).await.booking.slot.start().to_string());
    }
    starts
}

async fn a_row_of_bookings_moves_into_each_others_places_and_each_lead_hears_once(
    database: Database,
) {
    let scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 4).await;
    scenario.sandbox.calls().clear();

    let id = begins(&scenario, later(45), false).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, vec![Some(Outcome::Done); 4]));
    let expected = ["18:45:00Z", "19:30:00Z", "20:15:00Z", "21:00:00Z"];
    assert_eq!(starts(&scenario, &ids).await, expected.map(|time| format!("2026-12-01T{time}")));
    let moved = scenario.news("sms").into_iter().filter(|news| news == "moved").count();
    assert_eq!(moved, 4);
    let calls = scenario.sandbox.calls();
    assert_eq!(calls.count("POST /calendar/v3/freeBusy"), 0);
    assert_eq!(calls.count("GET /calendar/v3/*/events"), 1, "one read for all of them");
    assert_eq!(calls.count("PATCH *"), 4);
    scenario.ends().await;
}

async fn what_a_booking_would_move_onto_stays_and_the_booking_too(database: Database) {
    let scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 2).await;
    scenario.blocks("Dentist", "2026-12-01T19:30:00Z", "2026-12-01T20:00:00Z");

    let id = begins(&scenario, later(45), false).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    // The later one is hindered by the dentist, the earlier one by the later one.
    let both = vec![Some(Outcome::Conflict); 2];
    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, both));
    let stayed = [TEN, "2026-12-01T18:45:00Z"];
    assert_eq!(starts(&scenario, &ids).await, stayed);
    assert_eq!(scenario.news("sms"), ["confirmed", "confirmed"], "nobody hears of it");
    scenario.ends().await;
}

async fn a_dry_run_says_what_would_come_of_it_and_changes_nothing(database: Database) {
    let scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 3).await;

    let id = begins(&scenario, later(45), true).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, vec![Some(Outcome::Done); 3]));
    assert_eq!(starts(&scenario, &ids).await[0], TEN);
    assert_eq!(scenario.news("sms").len(), 3);
    scenario.ends().await;
}

async fn an_ill_agents_day_is_called_off_and_everybody_hears_once(database: Database) {
    let scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 3).await;
    scenario.cancels(ids[0]).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    let reason = Some("Jane is ill".to_owned());
    let id = begins(&scenario, Action::Cancel { reason }, false).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    let two = vec![Some(Outcome::Done); 2];
    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, two), "one was over already");
    assert_eq!(scenario.events(), []);
    let cancelled = scenario.news("sms").into_iter().filter(|news| news == "cancelled").count();
    assert_eq!(cancelled, 3);
    scenario.ends().await;
}

async fn a_paused_operation_goes_on_where_it_stood_also_in_another_process(database: Database) {
    let mut scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 3).await;
    let id = begins(&scenario, later(45), false).await;
    let paused = scenario.does(|app| async move { app.pause_operation(id).await }).await;
    assert!(paused.expect("the database works"));

    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(outcomes(&scenario, id).await, (Progress::Paused, vec![None; 3]));
    scenario.restart().await;
    let resumed = scenario.does(|app| async move { app.resume_operation(id).await }).await;
    assert!(resumed.expect("the database works"));
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, vec![Some(Outcome::Done); 3]));
    assert_eq!(starts(&scenario, &ids).await[0], "2026-12-01T18:45:00Z");
    scenario.ends().await;
}

async fn a_process_that_dies_in_the_middle_leaves_the_rest_to_the_next(database: Database) {
    let mut scenario = Given::on(database).begins().await;
    let ids = a_row_of(&scenario, 3).await;
    let held = scenario.gates.hold("PATCH /calendar/v3/*", 1, Side::After);
    begins(&scenario, later(45), false).await;
    scenario.begins_to_run_jobs();
    held.reached().await;

    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_mins(3)).await;

    let expected = ["18:45:00Z", "19:30:00Z", "20:15:00Z"];
    assert_eq!(starts(&scenario, &ids).await, expected.map(|time| format!("2026-12-01T{time}")));
    assert_eq!(scenario.events().len(), 3);
    scenario.ends().await;
}

fn at_the_gate() -> Action {
    Action::Update(NewDetails { title: None, location: Some(GATE.to_owned()) })
}

async fn a_change_of_place_reaches_every_event_and_every_lead_once(database: Database) {
    let scenario = Given::on(database).begins().await;
    a_row_of(&scenario, 3).await;
    scenario.sandbox.calls().clear();

    for _ in 0..2 {
        let id = begins(&scenario, at_the_gate(), false).await;
        scenario.runs_for(SignedDuration::from_mins(1)).await;
        assert_eq!(outcomes(&scenario, id).await, (Progress::Done, vec![Some(Outcome::Done); 3]));
    }

    let events = scenario.sandbox.google().events(JANE);
    assert!(events.iter().all(|event| event.resource["location"] == GATE), "{events:?}");
    assert_eq!(scenario.sandbox.calls().count("* /calendar/v3/*"), 3, "a patch each, once");
    let told = scenario.news("sms").into_iter().filter(|news| news == "updated").count();
    assert_eq!(told, 3);
    assert!(scenario.texts()[3].contains(GATE), "{:?}", scenario.texts());
    scenario.ends().await;
}

async fn what_the_host_wrote_into_the_event_survives_a_change_of_place(database: Database) {
    let scenario = Given::on(database).begins().await;
    scenario.has_booked(&Wish::at(TEN)).await;
    let event = scenario.sandbox.google().events(JANE)[0].id.clone();
    let edit = json!({ "summary": "Bo, bring the keys", "description": "Gate code 1234" });
    scenario.sandbox.google().patch_event(JANE, &event, &edit).expect("it is there");

    begins(&scenario, at_the_gate(), false).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    let event = &scenario.sandbox.google().events(JANE)[0];
    assert_eq!(event.resource["location"], GATE);
    assert_eq!(event.summary, "Bo, bring the keys");
    assert_eq!(event.resource["description"], "Gate code 1234");
    let title = Some("Second viewing".to_owned());
    begins(&scenario, Action::Update(NewDetails { title, location: None }), false).await;
    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(scenario.sandbox.google().events(JANE)[0].summary, "Second viewing – Bo Lead");
    scenario.ends().await;
}

/// The host moves the event, to where the booking cannot follow or where it can, and nobody has
/// looked yet.
async fn an_event_that_the_host_moved_stays_there_while_its_place_changes(database: Database) {
    for (known, taken) in [(true, true), (false, true), (false, false)] {
        let scenario = Given::on(database).begins().await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        if taken {
            scenario.has_booked(&Wish::at(ELEVEN).by("Cy Third")).await;
        }
        let events = scenario.sandbox.google().events(JANE);
        let event =
            events.iter().find(|event| event.start.to_string() == TEN).expect("it is there");
        let there = json!({
            "start": { "dateTime": ELEVEN }, "end": { "dateTime": "2026-12-01T19:30:00Z" },
        });
        scenario.sandbox.google().patch_event(JANE, &event.id, &there).expect("it is there");
        if known {
            scenario.runs_for(SignedDuration::from_mins(6)).await;
        }

        begins(&scenario, at_the_gate(), false).await;
        scenario.runs_for(SignedDuration::from_mins(6)).await;

        let events = scenario.sandbox.google().events(JANE);
        let moved = events.iter().find(|now| now.id == event.id).expect("it is there");
        assert_eq!(
            (moved.start.to_string(), &moved.resource["location"]),
            (ELEVEN.to_owned(), &GATE.into())
        );
        let stored = scenario.booking(id).await;
        let (stays, conflict) =
            (stored.booking.slot.start().to_string(), stored.conflict.is_some());
        let expected = if taken { (TEN, true) } else { (ELEVEN, false) };
        assert_eq!((stays.as_str(), conflict), expected, "{known} {taken}");
        if taken {
            let back = json!({
                "start": { "dateTime": TEN }, "end": { "dateTime": "2026-12-01T18:30:00Z" },
            });
            scenario.sandbox.google().patch_event(JANE, &event.id, &back).expect("it is there");
            scenario.runs_for(SignedDuration::from_mins(6)).await;
        }
        scenario.ends().await;
    }
}

async fn what_its_calendar_refuses_for_good_has_failed_and_the_rest_is_done(database: Database) {
    for action in [at_the_gate(), later(300)] {
        let scenario = Given::on(database).begins().await;
        a_row_of(&scenario, 2).await;
        let events = scenario.sandbox.google().events(JANE);
        let first =
            events.iter().find(|event| event.start.to_string() == TEN).expect("it is there");
        let refused = Fault::error(&format!("PATCH */{}", first.id), 403);
        let refused = Fault { count: Some(100), reason: Some("forbidden".to_owned()), ..refused };
        scenario.sandbox.faults().add(refused);

        let id = begins(&scenario, action.clone(), false).await;
        scenario.runs_for(SignedDuration::from_mins(10)).await;

        let (progress, mut outcomes) = outcomes(&scenario, id).await;
        outcomes.sort_unstable();
        assert_eq!(
            (progress, outcomes),
            (Progress::Done, vec![Some(Outcome::Done), Some(Outcome::Failed)]),
            "{action:?}"
        );
        scenario.sandbox.faults().clear();
        let given_up = scenario.does(|app| async move { app.list_given_up(None, 10).await }).await;
        for job in given_up.expect("the database works") {
            let tried = scenario.does(move |app| async move { app.retry_job(job.id).await }).await;
            assert!(tried.expect("the database works"));
        }
        scenario.ends().await;
    }
}

async fn a_booking_whose_event_is_not_written_yet_is_confirmed_with_its_new_title(
    database: Database,
) {
    // The calendar was asked, and the answer to the insert is lost: its own event is in the way now.
    let scenario = Given::on(database).begins().await;
    scenario.sandbox.faults().add(Fault::once("POST */events", FaultKind::DropAfter));
    let id = scenario.books(&Wish::at(TEN).without_waiting()).await.booking.id;
    scenario.runs_jobs().await;

    let title = Some("Second viewing".to_owned());
    begins(&scenario, Action::Update(NewDetails { title, location: None }), false).await;
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    let booking = scenario.booking(id).await.booking;
    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    let events = scenario.sandbox.google().events(JANE);
    assert_eq!((events.len(), events[0].summary.as_str()), (1, "Second viewing – Bo Lead"));
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert!(scenario.texts()[0].contains("Second viewing"), "{:?}", scenario.texts());
    scenario.ends().await;
}

async fn a_move_that_is_being_written_and_a_change_of_place_both_reach_the_event(
    database: Database,
) {
    for side in [Side::Before, Side::After] {
        let scenario = Given::on(database).begins().await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        let held = scenario.gates.hold("PATCH *", 0, side);
        let call = scenario.begins_to_move(id, ELEVEN, Duration::from_secs(10));
        held.reached().await;
        begins(&scenario, at_the_gate(), false).await;
        scenario.begins_to_run_jobs();
        while scenario.booking(id).await.booking.edition.number() == 0 {
            tokio::task::yield_now().await;
        }

        held.release();
        let moved = scenario.serves(call, SignedDuration::from_secs(9)).await;
        scenario.runs_for(SignedDuration::from_mins(1)).await;

        assert!(moved.is_ok(), "{moved:?}");
        let event = &scenario.sandbox.google().events(JANE)[0];
        let shown = (event.start.to_string(), event.resource["location"].clone());
        assert_eq!(shown, (ELEVEN.to_owned(), GATE.into()), "{side:?}");
        assert_eq!(scenario.news("sms"), ["confirmed", "moved"], "the place stands in it");
        scenario.ends().await;
    }
}

async fn fifty_moves_under_a_quota_of_ten_a_second_take_little_longer_than_they_must(
    database: Database,
) {
    let given = Given::on(database).google_rate(9).rule("horizon = \"90d\"");
    let scenario = given.begins().await;
    let day: Timestamp = TEN.parse().expect("an instant");
    let mut made = 0;
    for number in 0..90 {
        let start = day + SignedDuration::from_hours(24 * number);
        let is_weekday = !matches!(
            start.to_zoned(jiff::tz::TimeZone::UTC).weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        );
        if is_weekday && made < 50 {
            scenario.books(&Wish::at(&start.to_string()).without_waiting()).await;
            made += 1;
        }
    }
    scenario.runs_for(SignedDuration::from_mins(2)).await;
    assert_eq!(scenario.events().len(), 50);
    scenario.sandbox.calls().clear();

    let id = begins(&scenario, later(60), false).await;
    let begun = scenario.clock.now();
    scenario.runs_for(SignedDuration::from_secs(30)).await;

    assert_eq!(outcomes(&scenario, id).await, (Progress::Done, vec![Some(Outcome::Done); 50]));
    let calls = scenario.sandbox.calls().all();
    let calls: Vec<Timestamp> = calls
        .iter()
        .filter(|call| call.subject.contains("/calendar/v3/"))
        .map(|call| call.at)
        .collect();
    assert_eq!(calls.len(), 51, "one read, then a patch each");
    let second = SignedDuration::from_secs(1);
    for first in &calls {
        let within = |at: &&Timestamp| **at >= *first && **at < *first + second;
        assert!(calls.iter().filter(within).count() <= 10, "more than ten in a second");
    }
    let took = calls.last().expect("not empty").duration_since(begun);
    assert!(took <= SignedDuration::from_secs(5).mul_f64(1.2), "{took:?}");
    assert_eq!(scenario.sandbox.google().events(JANE).len(), 50);
    scenario.ends().await;
}
