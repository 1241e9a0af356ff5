//! What time alone does.

use domain::BookingState;
use jiff::SignedDuration;
use sandbox::Fault;
use scenarios::{Database, Given, Scenario, Wish};

/// Four hours after a scenario begins: noon in Los Angeles.
const NOON: &str = "2026-11-30T20:00:00Z";
const ONE: &str = "2026-11-30T21:00:00Z";
/// The calendar cannot be reached, for as long as nobody repairs it.
const BROKEN: f64 = 1.0;

fn broken(subject: &str) -> Fault {
    Fault { p: Some(BROKEN), ..Fault::error(subject, 503) }
}

async fn stuck(given: Given) -> (Scenario, domain::BookingId) {
    let scenario = given.rule("when_unreachable = \"pending\"").begins().await;
    scenario.sandbox.faults().add(broken("* /calendar/v3/*"));
    let stored = scenario.books(&Wish::at(NOON).without_waiting()).await;
    (scenario, stored.booking.id)
}

scenarios::on_each_database! {
    a_lead_who_waits_for_ten_minutes_is_told_once_that_the_request_was_received,
    a_booking_that_cannot_be_written_fails_half_an_hour_before_its_start,
    at_short_notice_a_booking_may_be_written_until_it_starts,
    a_failed_booking_leaves_no_event_that_was_written_unseen,
    a_move_that_cannot_be_written_is_dropped_and_told_once_though_its_old_time_has_passed,
    a_calendar_that_comes_back_after_hours_is_noticed_within_minutes,
    a_dropped_move_that_was_written_unseen_is_taken_back,
    a_booking_is_completed_at_its_end_and_nobody_is_told,
}

async fn a_lead_who_waits_for_ten_minutes_is_told_once_that_the_request_was_received(
    database: Database,
) {
    let (scenario, _) = stuck(Given::on(database)).await;

    scenario.runs_for(SignedDuration::from_secs(10 * 60 - 1)).await;
    assert_eq!(scenario.heard(), []);

    scenario.runs_for(SignedDuration::from_hours(1)).await;
    assert_eq!(scenario.news("sms"), ["received"]);
    assert_eq!(scenario.news("email"), ["received"]);

    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_hours(1)).await;
    assert_eq!(scenario.news("sms"), ["received", "confirmed"]);
    scenario.ends().await;
}

async fn a_booking_that_cannot_be_written_fails_half_an_hour_before_its_start(database: Database) {
    let (scenario, id) = stuck(Given::on(database)).await;

    scenario.runs_for(SignedDuration::from_mins(4 * 60 - 31)).await;
    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Pending);

    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Failed);
    assert_eq!(scenario.news("sms"), ["received", "not_possible"]);
    assert_eq!(scenario.news("email"), ["received", "not_possible"]);
    scenario.ends().await;
}

async fn at_short_notice_a_booking_may_be_written_until_it_starts(database: Database) {
    let given = Given::on(database).with("notice = \"2h\"", "notice = \"10m\"");
    let (scenario, id) = stuck(given).await;

    scenario.runs_for(SignedDuration::from_mins(4 * 60 - 1)).await;
    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Pending);

    scenario.runs_for(SignedDuration::from_mins(1)).await;
    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Failed);
    assert_eq!(scenario.news("sms"), ["received", "not_possible"]);
    scenario.ends().await;
}

/// The event may be there although nobody ever said so: it has to go.
async fn a_failed_booking_leaves_no_event_that_was_written_unseen(database: Database) {
    let scenario = Given::on(database).rule("when_unreachable = \"pending\"").begins().await;
    let unseen = Fault { applied: true, ..broken("POST */events") };
    scenario.sandbox.faults().add(unseen);
    scenario.sandbox.faults().add(broken("GET */events/*"));
    let id = scenario.books(&Wish::at(NOON).without_waiting()).await.booking.id;
    scenario.app().idle().await;
    assert_eq!(scenario.events().len(), 1);

    scenario.runs_for(SignedDuration::from_hours(4)).await;

    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Failed);
    assert_eq!(scenario.events(), []);
    scenario.ends().await;
}

async fn a_move_that_cannot_be_written_is_dropped_and_told_once_though_its_old_time_has_passed(
    database: Database,
) {
    let scenario = Given::on(database).rule("when_unreachable = \"pending\"").begins().await;
    let id = scenario.has_booked(&Wish::at(NOON)).await.booking.id;
    scenario.sandbox.faults().add(broken("PATCH *"));

    scenario.moves(id, ONE, std::time::Duration::ZERO).await;
    scenario.runs_for(SignedDuration::from_mins(5 * 60 - 31)).await;
    assert!(scenario.booking(id).await.booking.change().is_some());
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    let booking = scenario.booking(id).await.booking;
    assert_eq!(booking.slot.start().to_string(), NOON);
    assert_eq!(scenario.events()[0].0.to_string(), NOON);
    assert_eq!(scenario.news("sms"), ["confirmed", "move_not_possible"]);
    assert_eq!(scenario.news("email"), ["confirmed", "move_not_possible"]);
    scenario.ends().await;
}

async fn a_calendar_that_comes_back_after_hours_is_noticed_within_minutes(database: Database) {
    let (scenario, id) = stuck(Given::on(database)).await;
    scenario.runs_for(SignedDuration::from_hours(3)).await;

    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(scenario.news("sms"), ["received", "confirmed"]);
    scenario.ends().await;
}

async fn a_dropped_move_that_was_written_unseen_is_taken_back(database: Database) {
    let scenario = Given::on(database).rule("when_unreachable = \"pending\"").begins().await;
    let id = scenario.has_booked(&Wish::at(ONE)).await.booking.id;
    let unseen = Fault { applied: true, ..broken("PATCH *") };
    let fault = scenario.sandbox.faults().add(unseen);
    let blind = scenario.sandbox.faults().add(broken("GET */events/*"));
    scenario.moves(id, NOON, std::time::Duration::ZERO).await;
    scenario.app().idle().await;
    assert_eq!(scenario.events()[0].0.to_string(), NOON);

    scenario.runs_for(SignedDuration::from_mins(4 * 60 - 25)).await;
    scenario.sandbox.faults().remove(fault);
    scenario.sandbox.faults().remove(blind);
    scenario.runs_for(SignedDuration::from_mins(20)).await;

    let booking = scenario.booking(id).await.booking;
    assert_eq!((booking.slot.start().to_string().as_str(), booking.change()), (ONE, None));
    assert_eq!(scenario.events()[0].0.to_string(), ONE);
    assert_eq!(scenario.news("sms"), ["confirmed", "move_not_possible"]);
    scenario.ends().await;
}

async fn a_booking_is_completed_at_its_end_and_nobody_is_told(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(NOON)).await.booking.id;

    scenario.runs_for(SignedDuration::from_mins(4 * 60 + 29)).await;
    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Confirmed { change: None });
    scenario.runs_for(SignedDuration::from_mins(1)).await;

    assert_eq!(scenario.booking(id).await.booking.state, BookingState::Completed);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert_eq!(scenario.events().len(), 1);
    scenario.ends().await;
}
