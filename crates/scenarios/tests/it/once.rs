//! Exactly one of the two: what the answer said is not told again by message, and what it did not
//! say is.

use std::time::Duration;

use app::booking::{Booked, BookingFilter, Moved, Progress};
use domain::BookingState;
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given, Scenario, Side, Wish, in_every_case};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";
const WAITING: Duration = Duration::from_secs(10);

scenarios::on_each_database! {
    a_refusal_while_somebody_waits_is_answered_and_not_told,
    a_refusal_after_the_answer_is_told_once,
    who_does_not_wait_is_never_refused_in_the_answer_as_well,
    a_caller_who_hangs_up_is_told_of_a_refusal_by_message,
    a_refusal_that_was_stored_but_not_answered_when_the_process_died_is_told,
    a_refusal_at_the_moment_of_giving_up_is_told_exactly_once,
    a_refused_move_at_the_moment_of_giving_up_is_told_exactly_once,
    a_refused_move_is_answered_to_who_waits_and_told_to_who_does_not,
    a_mover_who_hangs_up_is_told_of_a_refusal_by_message,
    a_refused_move_does_not_hide_a_confirmation_that_is_still_due,
    a_cancellation_is_told_to_who_may_have_heard_of_the_booking,
    a_move_is_told_to_who_may_have_heard_of_the_old_time,
    every_news_has_a_message_id_of_its_own,
    a_text_that_was_lost_is_not_mistaken_for_an_older_one_with_the_same_words,
    who_was_never_told_of_a_booking_hears_nothing_of_its_end,
    a_cancellation_while_the_event_is_being_written_leaves_no_event,
}

async fn a_refusal_while_somebody_waits_is_answered_and_not_told(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.blocks("Dentist", TEN, ELEVEN);

    let booked = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;

    assert!(matches!(booked, Booked::Accepted(Progress::CalendarBusy)), "{booked:?}");
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.heard(), []);
    let again = scenario.tries_to_book(&Wish::at(TEN).under("key-1")).await;
    assert!(matches!(again, Booked::Accepted(Progress::CalendarBusy)), "not kept: {again:?}");
    scenario.ends().await;
}

async fn a_refusal_after_the_answer_is_told_once(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.blocks("Dentist", TEN, ELEVEN);

    let booked = scenario.tries_to_book(&Wish::at(TEN).without_waiting()).await;

    assert!(matches!(booked, Booked::Accepted(Progress::Pending(_))), "{booked:?}");
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.news("sms"), ["not_possible"]);
    assert_eq!(scenario.news("email"), ["not_possible"]);
    assert!(scenario.texts()[0].contains("Still free"), "{:?}", scenario.texts());
    scenario.ends().await;
}

/// The job may come to its end before the answer of a caller who does not wait is written.
async fn who_does_not_wait_is_never_refused_in_the_answer_as_well(database: Database) {
    for _ in 0..8 {
        let scenario = Scenario::on(database).await;
        scenario.blocks("Dentist", TEN, NOON);

        let booked = scenario.tries_to_book(&Wish::at(TEN).without_waiting()).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        assert_eq!(times_told(&scenario, refused(&booked)), 1, "{booked:?}");
        scenario.ends().await;
    }
}

async fn a_caller_who_hangs_up_is_told_of_a_refusal_by_message(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.blocks("Dentist", TEN, ELEVEN);
    let held = scenario.gates.hold("POST */freeBusy", 0, Side::After);
    let call = scenario.begins_to_book(&Wish::at(TEN));
    held.reached().await;

    call.abort();
    held.release();
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.news("sms"), ["not_possible"]);
    scenario.ends().await;
}

async fn a_refusal_that_was_stored_but_not_answered_when_the_process_died_is_told(
    database: Database,
) {
    let mut scenario = Scenario::on(database).await;
    scenario.blocks("Dentist", TEN, ELEVEN);
    let held = scenario.gates.hold("POST */freeBusy", 0, Side::After);
    let call = scenario.begins_to_book(&Wish::at(TEN));
    held.reached().await;
    call.abort();
    held.release();
    scenario.runs_jobs().await;

    scenario.restart().await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.news("sms"), ["not_possible"]);
    scenario.ends().await;
}

/// The refusal comes at about the instant at which the caller gives up: a little before, a little
/// after, or right between.
async fn a_refusal_at_the_moment_of_giving_up_is_told_exactly_once(database: Database) {
    let patience = Duration::from_millis(150);
    let cases = (0..16).map(|step| (format!("step {step}"), 142 + step));
    in_every_case(cases, move |delay_ms| async move {
        let scenario = Scenario::on(database).await;
        scenario.blocks("Dentist", TEN, ELEVEN);
        let slow = Fault::once("POST */freeBusy", FaultKind::Delay);
        scenario.sandbox.faults().add(Fault { delay_ms: Some(delay_ms), ..slow });

        let booked = scenario.tries_to_book(&Wish { patience, ..Wish::at(TEN) }).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        assert_eq!(times_told(&scenario, refused(&booked)), 1, "{booked:?}");
        scenario.ends().await;
    })
    .await;
}

async fn a_refused_move_at_the_moment_of_giving_up_is_told_exactly_once(database: Database) {
    let patience = Duration::from_millis(150);
    let cases = (0..16).map(|step| (format!("step {step}"), 142 + step));
    in_every_case(cases, move |delay_ms| async move {
        let scenario = Scenario::on(database).await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        scenario.blocks("Dentist", ELEVEN, NOON);
        let slow = Fault::once("POST */freeBusy", FaultKind::Delay);
        scenario.sandbox.faults().add(Fault { delay_ms: Some(delay_ms), ..slow });

        let moved = scenario.moves(id, ELEVEN, patience).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        let answered = matches!(moved, Moved::Accepted(Progress::CalendarBusy));
        let told = scenario.news("sms").iter().filter(|news| *news == "move_not_possible").count();
        assert_eq!(usize::from(answered) + told, 1, "{moved:?}");
        scenario.ends().await;
    })
    .await;
}

async fn a_refused_move_is_answered_to_who_waits_and_told_to_who_does_not(database: Database) {
    for (patience, expected) in
        [(WAITING, vec!["confirmed"]), (Duration::ZERO, vec!["confirmed", "move_not_possible"])]
    {
        let scenario = Scenario::on(database).await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        scenario.blocks("Dentist", ELEVEN, NOON);

        let moved = scenario.moves(id, ELEVEN, patience).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        let answered = matches!(moved, Moved::Accepted(Progress::CalendarBusy));
        assert_eq!(answered, !patience.is_zero(), "{moved:?}");
        assert_eq!(scenario.news("sms"), expected);
        assert_eq!(scenario.events()[0].0.to_string(), TEN);
        scenario.ends().await;
    }
}

async fn a_mover_who_hangs_up_is_told_of_a_refusal_by_message(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.blocks("Dentist", ELEVEN, NOON);
    let held = scenario.gates.hold("POST */freeBusy", 0, Side::After);
    let call = scenario.begins_to_move(id, ELEVEN, WAITING);
    held.reached().await;

    call.abort();
    held.release();
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "move_not_possible"]);
    scenario.ends().await;
}

async fn a_refused_move_does_not_hide_a_confirmation_that_is_still_due(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.books(&Wish::at(TEN)).await.booking.id;
    scenario.blocks("Dentist", ELEVEN, NOON);

    let moved = scenario.moves(id, ELEVEN, WAITING).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert!(matches!(moved, Moved::Accepted(Progress::CalendarBusy)), "{moved:?}");
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert_eq!(scenario.news("email"), ["confirmed"]);
    scenario.ends().await;
}

/// A message whose answer was lost may have been read: the news that came since is told, too.
async fn a_cancellation_is_told_to_who_may_have_heard_of_the_booking(database: Database) {
    for (subject, kind) in
        [("SMTP DATA", FaultKind::DropAfter), ("POST *Messages.json", FaultKind::DropAfter)]
    {
        let scenario = Scenario::on(database).await;
        scenario.sandbox.faults().add(Fault::once(subject, kind));
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;

        scenario.cancels(id).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"], "{subject}");
        assert_eq!(scenario.news("email"), ["confirmed", "cancelled"], "{subject}");
        scenario.ends().await;
    }
}

async fn a_move_is_told_to_who_may_have_heard_of_the_old_time(database: Database) {
    for (subject, kind) in
        [("SMTP DATA", FaultKind::DropAfter), ("POST *Messages.json", FaultKind::DropAfter)]
    {
        let scenario = Scenario::on(database).await;
        scenario.sandbox.faults().add(Fault::once(subject, kind));
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;

        scenario.moves(id, ELEVEN, WAITING).await;
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        let sms = scenario.heard().into_iter().filter(|heard| heard.channel == "sms").count();
        let mail = scenario.heard().into_iter().filter(|heard| heard.channel == "email").count();
        assert_eq!((sms, mail), (2, 2), "{subject}");
        scenario.ends().await;
    }
}

/// A receiver drops a mail whose Message-ID it knows.
async fn every_news_has_a_message_id_of_its_own(database: Database) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    for start in [ELEVEN, TEN, ELEVEN] {
        scenario.advances(SignedDuration::from_mins(1));
        scenario.moves(id, start, WAITING).await;
        scenario.runs_jobs().await;
    }

    assert_eq!(scenario.news("email"), ["confirmed", "moved", "moved", "moved"]);
    scenario.ends().await;
}

async fn a_text_that_was_lost_is_not_mistaken_for_an_older_one_with_the_same_words(
    database: Database,
) {
    let scenario = Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    for start in [ELEVEN, TEN] {
        scenario.advances(SignedDuration::from_secs(1));
        scenario.moves(id, start, WAITING).await;
        scenario.runs_jobs().await;
    }
    scenario.advances(SignedDuration::from_secs(1));
    scenario.sandbox.faults().add(Fault::once("POST *Messages.json", FaultKind::DropBefore));

    scenario.moves(id, ELEVEN, WAITING).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "moved", "moved", "moved"]);
    scenario.ends().await;
}

async fn who_was_never_told_of_a_booking_hears_nothing_of_its_end(database: Database) {
    let scenario = Scenario::on(database).await;
    let stored = scenario.books(&Wish::at(TEN)).await;

    scenario.cancels(stored.booking.id).await;
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.heard(), []);
    scenario.ends().await;
}

async fn a_cancellation_while_the_event_is_being_written_leaves_no_event(database: Database) {
    for side in [Side::Before, Side::After] {
        let scenario = Given::on(database).begins().await;
        let held = scenario.gates.hold("POST */events", 0, side);
        let call = scenario.begins_to_book(&Wish::at(TEN));
        held.reached().await;
        let listing = scenario.app().list_bookings(BookingFilter::default(), None, 10).await;
        let id = listing.expect("the database works")[0].booking.id;

        scenario.cancels(id).await;
        held.release();
        let _ = call.await.expect("the process lives");
        scenario.runs_for(SignedDuration::from_mins(5)).await;

        assert!(matches!(scenario.booking(id).await.booking.state, BookingState::Cancelled(_)));
        assert_eq!((scenario.events(), scenario.heard()), (vec![], vec![]));
        scenario.ends().await;
    }
}

fn refused(booked: &Booked) -> bool {
    matches!(booked, Booked::Accepted(Progress::CalendarBusy | Progress::CalendarUnavailable))
}

fn times_told(scenario: &Scenario, answered: bool) -> usize {
    let (texts, mails) = (scenario.news("sms").len(), scenario.news("email").len());
    assert_eq!(texts, mails, "one channel heard more than the other");
    usize::from(answered) + texts
}
