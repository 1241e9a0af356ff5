//! People who answer by text: every path of the grammar.

use app::booking::Booked;
use app::conversation::TextAnswer;
use domain::BookingState;
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given, Scenario, Wish, phone_of};
use store::booking::StoredBooking;

const BO: &str = "Bo Lead";
/// Tuesday at ten in Los Angeles, one in the afternoon where Bo is.
const TEN: &str = "2026-12-01T18:00:00Z";
const NOON: &str = "2026-12-01T20:00:00Z";

scenarios::on_each_database! {
    c_confirms_that_somebody_comes_and_changes_nothing_else,
    what_was_confirmed_of_another_time_does_not_count,
    r_offers_times_that_are_kept_and_a_number_moves_there,
    asking_again_shows_other_times,
    x_asks_and_only_a_one_calls_it_off,
    a_question_about_what_has_changed_since_is_asked_again,
    words_of_carriers_change_no_booking_and_are_not_answered,
    whoever_says_stop_is_told_by_mail_alone_until_they_say_start,
    the_mail_takes_over_where_only_texts_had_told_anything,
    somebody_with_several_bookings_is_asked_which_one,
    a_sentence_with_a_day_and_a_time_is_understood_where_its_writer_is,
    a_sentence_about_a_time_that_is_not_free_is_answered_with_what_is,
    a_late_number_is_answered_with_fresh_times_and_not_obeyed,
    a_text_that_comes_twice_is_obeyed_once,
    strangers_and_question_marks_are_answered_helpfully,
    two_machines_that_answer_each_other_come_to_an_end,
    a_text_whose_webhook_was_lost_is_found_and_answered_by_itself,
    an_answer_that_is_sent_by_itself_arrives_once_whatever_gets_lost,
    answers_are_in_the_language_of_whoever_booked,
    credentials_that_an_answer_is_refused_for_are_told_once_until_they_work,
}

async fn booked(database: Database) -> (Scenario, StoredBooking) {
    let scenario = Scenario::on(database).await;
    let stored = scenario.has_booked(&Wish::at(TEN)).await;
    (scenario, stored)
}

async fn answer(scenario: &Scenario, body: &str) -> String {
    let answer = scenario.is_texted(BO, body).await;
    answer.unwrap_or_else(|| panic!("{body:?} was not answered"))
}

/// The starts that an answer numbers, as it writes them.
fn choices(answer: &str) -> Vec<String> {
    let numbered = answer.split(") ").skip(1);
    numbered.map(|time| time.split([';', '.']).next().unwrap_or_default().to_owned()).collect()
}

async fn c_confirms_that_somebody_comes_and_changes_nothing_else(database: Database) {
    let (scenario, before) = booked(database).await;
    let id = before.booking.id;

    let answered = answer(&scenario, "c please").await;

    assert!(answered.starts_with("Thank you for confirming: Open house viewing"), "{answered}");
    assert!(answered.contains("Tue 1 Dec 1:00 PM EST"), "{answered}");
    let attending = scenario.booking(id).await.attending;
    assert_eq!(attending.len(), 1);
    assert_eq!((attending[0].position, attending[0].channel.as_str()), (0, "sms"));
    assert_eq!(scenario.booking(id).await.booking.revision, before.booking.revision);
    scenario.ends().await;
}

async fn what_was_confirmed_of_another_time_does_not_count(database: Database) {
    let (scenario, before) = booked(database).await;
    answer(&scenario, "C").await;

    scenario.moves(before.booking.id, NOON, std::time::Duration::from_secs(10)).await;
    scenario.runs_jobs().await;

    assert_eq!(scenario.booking(before.booking.id).await.attending, []);
    scenario.ends().await;
}

async fn r_offers_times_that_are_kept_and_a_number_moves_there(database: Database) {
    let (scenario, before) = booked(database).await;

    let offered = answer(&scenario, "R").await;

    assert_eq!(choices(&offered).len(), 4, "{offered}");
    let kept = kept_starts(&scenario);
    assert_eq!(kept.len(), 4);
    let other = Wish { start: kept[1], ..Wish::at(TEN).by("Cy Other") };
    let refused = scenario.tries_to_book(&other).await;
    assert!(matches!(refused, Booked::Refused { taken: true, .. }), "{refused:?}");

    let picked = answer(&scenario, "2").await;
    scenario.runs_jobs().await;

    assert!(picked.starts_with("We are moving it to"), "{picked}");
    let after = scenario.booking(before.booking.id).await.booking;
    assert_eq!(after.slot.start(), kept[1]);
    assert_eq!(scenario.events().len(), 1);
    assert_eq!(scenario.events()[0].0, kept[1]);
    assert_eq!(scenario.news("sms"), ["confirmed", "moved"]);
    assert_eq!(kept_starts(&scenario), [], "what was not chosen is free again");
    scenario.ends().await;
}

/// The starts of what is held, in order.
fn kept_starts(scenario: &Scenario) -> Vec<jiff::Timestamp> {
    let sql = "select slot_start from claims where expires_at is not null order by slot_start";
    let rows = scenario.looks(sql).into_iter();
    rows.map(|mut row| row.take().expect("an instant")).collect()
}

async fn asking_again_shows_other_times(database: Database) {
    let (scenario, _) = booked(database).await;

    let first = choices(&answer(&scenario, "R").await);
    let second = choices(&answer(&scenario, "move").await);

    assert_eq!(second.len(), 4);
    assert!(second.iter().all(|time| !first.contains(time)), "{first:?} {second:?}");
    scenario.ends().await;
}

async fn x_asks_and_only_a_one_calls_it_off(database: Database) {
    let (scenario, before) = booked(database).await;

    let asked = answer(&scenario, "X").await;
    let kept = answer(&scenario, "2").await;
    let stands = scenario.booking(before.booking.id).await.booking.state;
    answer(&scenario, "x").await;
    let silent = scenario.is_texted(BO, "1").await;
    scenario.runs_jobs().await;

    assert!(asked.contains("Reply 1 to call it off, 2 to keep it"), "{asked}");
    assert!(kept.starts_with("It stays"), "{kept}");
    assert_eq!(stands, BookingState::Confirmed { change: None });
    assert_eq!(silent, None, "a message of its own says it");
    let state = scenario.booking(before.booking.id).await.booking.state;
    assert!(matches!(state, BookingState::Cancelled(_)), "{state:?}");
    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
    assert_eq!(scenario.events(), []);
    scenario.ends().await;
}

async fn a_question_about_what_has_changed_since_is_asked_again(database: Database) {
    let (scenario, before) = booked(database).await;
    answer(&scenario, "X").await;
    scenario.moves(before.booking.id, NOON, std::time::Duration::from_secs(10)).await;

    let again = answer(&scenario, "1").await;

    assert!(again.contains("3:00 PM EST? Reply 1 to call it off"), "{again}");
    let state = scenario.booking(before.booking.id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}

async fn words_of_carriers_change_no_booking_and_are_not_answered(database: Database) {
    let (scenario, before) = booked(database).await;

    for asked in ["R", "X"] {
        answer(&scenario, asked).await;
        for word in ["STOP", "CANCEL", "End", "quit", "YES", "START", "unstop", "HELP", "info"] {
            assert_eq!(scenario.is_texted(BO, word).await, None, "{word}");
        }
    }

    let after = scenario.booking(before.booking.id).await.booking;
    assert_eq!((after.revision, after.state), (before.booking.revision, before.booking.state));
    scenario.runs_jobs().await;
    assert_eq!(scenario.news("sms"), ["confirmed"]);
    scenario.ends().await;
}

async fn whoever_says_stop_is_told_by_mail_alone_until_they_say_start(database: Database) {
    let (scenario, before) = booked(database).await;
    let (id, wait) = (before.booking.id, std::time::Duration::from_secs(10));

    scenario.is_texted(BO, "STOP").await;
    scenario.moves(id, NOON, wait).await;
    scenario.runs_jobs().await;
    let stopped = (scenario.news("sms"), scenario.news("email"));
    scenario.is_texted(BO, "START").await;
    scenario.moves(id, TEN, wait).await;
    scenario.runs_jobs().await;

    assert_eq!(stopped.0, ["confirmed"]);
    assert_eq!(stopped.1, ["confirmed", "moved"]);
    let entries = scenario.does(|app| async move { app.timeline(id, None, 100).await }).await;
    let entries = entries.expect("the database works");
    let said = |text: &str| entries.iter().any(|entry| entry.summary.contains(text));
    assert!(said("Wants no more texts") && said("Allows texts again"));
    assert!(said("Not texted: the number asked for no more texts"));
    assert_eq!(scenario.news("email"), ["confirmed", "moved", "moved"]);
    scenario.ends().await;
}

async fn the_mail_takes_over_where_only_texts_had_told_anything(database: Database) {
    let scenario = Given::on(database).rule("messages = [\"sms\"]").begins().await;
    let before = scenario.has_booked(&Wish::at(TEN)).await;

    scenario.is_texted(BO, "stop").await;
    scenario.cancels(before.booking.id).await;
    scenario.runs_jobs().await;

    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert_eq!(scenario.news("email"), ["cancelled"]);
}

async fn somebody_with_several_bookings_is_asked_which_one(database: Database) {
    let (scenario, first) = booked(database).await;
    let second = scenario.has_booked(&Wish::at(NOON)).await;

    let which = answer(&scenario, "X").await;
    let asked = answer(&scenario, "2").await;
    scenario.is_texted(BO, "1").await;
    scenario.runs_jobs().await;

    assert!(which.starts_with("Which one do you want to call off? 1) "), "{which}");
    assert!(asked.contains("3:00 PM EST? Reply 1"), "{asked}");
    let state = scenario.booking(second.booking.id).await.booking.state;
    assert!(matches!(state, BookingState::Cancelled(_)), "{state:?}");
    assert!(scenario.booking(first.booking.id).await.booking.state.is_active());
    scenario.ends().await;
}

async fn a_sentence_with_a_day_and_a_time_is_understood_where_its_writer_is(database: Database) {
    let (scenario, before) = booked(database).await;

    // One in the afternoon in New York is ten in the morning in Los Angeles.
    let free = answer(&scenario, "Could we do it on Thursday at 1pm instead?").await;
    answer(&scenario, "1").await;
    scenario.runs_jobs().await;

    assert!(free.starts_with("Thu 3 Dec 1:00 PM EST is free. Reply 1 to move there."), "{free}");
    let start = scenario.booking(before.booking.id).await.booking.slot.start();
    assert_eq!(start.to_string(), "2026-12-03T18:00:00Z");
    scenario.ends().await;
}

async fn a_sentence_about_a_time_that_is_not_free_is_answered_with_what_is(database: Database) {
    let (scenario, _) = booked(database).await;
    scenario.has_booked(&Wish::at("2026-12-03T18:00:00Z").by("Cy Other")).await;

    let taken = answer(&scenario, "thursday at 1pm").await;
    let day = answer(&scenario, "or some time on friday").await;
    let odd = answer(&scenario, "my dog ate my calendar, what a mess it is").await;

    assert!(taken.starts_with("That time is not free, but these are: 1) Thu 3 Dec"), "{taken}");
    assert!(choices(&day).iter().all(|time| time.starts_with("Fri 4 Dec")), "{day}");
    assert!(odd.starts_with("Sorry, we did not understand that. Reply C"), "{odd}");
    scenario.ends().await;
}

async fn a_late_number_is_answered_with_fresh_times_and_not_obeyed(database: Database) {
    let (scenario, before) = booked(database).await;
    answer(&scenario, "R").await;

    scenario.runs_for(SignedDuration::from_mins(6)).await;
    let late = answer(&scenario, "1").await;

    assert!(late.starts_with("Those times are no longer kept for you. Free now: 1)"), "{late}");
    assert_eq!(scenario.booking(before.booking.id).await.booking.slot, before.booking.slot);
    scenario.ends().await;
}

async fn a_text_that_comes_twice_is_obeyed_once(database: Database) {
    let (scenario, before) = booked(database).await;
    answer(&scenario, "R").await;

    let first = scenario.is_texted_as("SM1", BO, "1").await;
    let repeated = scenario.is_texted_as("SM1", BO, "1").await;
    scenario.runs_jobs().await;
    let moved = scenario.booking(before.booking.id).await.booking;
    let once_more = answer(&scenario, "1").await;
    scenario.clock.advance(SignedDuration::from_mins(5));
    let replayed = scenario.is_texted_as("SM1", BO, "1").await;

    assert_eq!(first, repeated);
    assert!(once_more.starts_with("No question is open. Your appointment: "), "{once_more}");
    assert_eq!(replayed, TextAnswer::Replayed);
    assert_eq!(scenario.booking(before.booking.id).await.booking.revision, moved.revision);
    scenario.ends().await;
}

async fn strangers_and_question_marks_are_answered_helpfully(database: Database) {
    let (scenario, _) = booked(database).await;

    let help = answer(&scenario, "?").await;
    let stranger = scenario.is_texted("Zoe Stranger", "R").await.expect("an answer");

    assert!(help.contains("Reply C to confirm, R for another time, X to call it off."), "{help}");
    assert!(stranger.starts_with("We know of no coming appointment"), "{stranger}");
    scenario.ends().await;
}

async fn two_machines_that_answer_each_other_come_to_an_end(database: Database) {
    let (scenario, _) = booked(database).await;

    let mut answers = 0;
    for _ in 0..30 {
        answers += usize::from(scenario.is_texted(BO, "I am away until Monday").await.is_some());
    }

    assert_eq!(answers, 15);
    scenario.ends().await;
}

async fn a_text_whose_webhook_was_lost_is_found_and_answered_by_itself(database: Database) {
    let (scenario, _) = booked(database).await;
    scenario
        .does(|app| async move { app.watch_text_inbox().await })
        .await
        .expect("it is asked for");
    let ours = "+12135550199";

    // Nothing is set up to take it: the sandbox keeps it, as the provider does.
    scenario.sandbox.twilio().receive(&phone_of(BO), ours, "C").await;
    scenario.runs_for(SignedDuration::from_mins(12)).await;

    let answers = replies(&scenario);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].starts_with("Thank you for confirming"), "{answers:?}");
}

async fn an_answer_that_is_sent_by_itself_arrives_once_whatever_gets_lost(database: Database) {
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
        let (scenario, _) = booked(database).await;
        scenario
            .does(|app| async move { app.watch_text_inbox().await })
            .await
            .expect("it is asked for");
        scenario.sandbox.faults().add(Fault::once("POST *Messages.json", kind));

        scenario.sandbox.twilio().receive(&phone_of(BO), "+12135550199", "?").await;
        scenario.runs_for(SignedDuration::from_mins(12)).await;

        assert_eq!(replies(&scenario).len(), 1, "{kind:?}");
    }
}

async fn answers_are_in_the_language_of_whoever_booked(database: Database) {
    let scenario = Scenario::on(database).await;
    let stored = scenario.has_booked(&Wish::at(TEN).speaking("de-AT")).await;

    let help = answer(&scenario, "?").await;
    let asked = answer(&scenario, "X").await;
    let kept = answer(&scenario, "2").await;

    let texts = scenario.sandbox.twilio().texts_to(&phone_of(BO));
    assert!(texts[0].body.contains("Antwort C bestätigt, R verschiebt, X sagt ab."), "{texts:?}");
    assert!(help.contains("Di 1. Dez. 13:00 EST. Antworten Sie C zum Bestätigen"), "{help}");
    assert!(asked.contains("Antworten Sie 1 zum Absagen, 2 zum Behalten."), "{asked}");
    assert!(kept.starts_with("Es bleibt dabei: "), "{kept}");
    assert!(scenario.booking(stored.booking.id).await.booking.state.is_active());
    scenario.ends().await;
}

async fn credentials_that_an_answer_is_refused_for_are_told_once_until_they_work(
    database: Database,
) {
    let (scenario, _) = booked(database).await;
    scenario
        .does(|app| async move { app.watch_text_inbox().await })
        .await
        .expect("it is asked for");
    let refused = Fault::error("POST /2010-04-01/*/Messages.json", 401);
    let faults = scenario.sandbox.faults();
    faults.add(Fault { count: Some(1_000), reason: Some("20003".to_owned()), ..refused });

    scenario.sandbox.twilio().receive(&phone_of(BO), "+12135550199", "?").await;
    scenario.runs_for(SignedDuration::from_mins(15)).await;
    assert_eq!(scenario.paged(), ["trigger sms_credentials/twilio"]);
    assert_eq!(replies(&scenario).len(), 0);
    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_mins(30)).await;

    assert_eq!(scenario.paged()[1..], ["resolve sms_credentials/twilio"]);
    assert_eq!(replies(&scenario).len(), 1, "it is answered as soon as that works");
}

/// What was sent to Bo by itself in answer to a text.
fn replies(scenario: &Scenario) -> Vec<String> {
    let texts = scenario.sandbox.twilio().texts_to(&phone_of(BO));
    let ours = texts.into_iter().map(|text| text.body);
    ours.filter(|body| !body.starts_with("Confirmed:")).collect()
}
