//! Reminders: each once, at its time, whatever happens to the appointment.

use std::time::Duration;

use jiff::SignedDuration;
use scenarios::{Given, Scenario, Wish};

/// Thursday, three days after a scenario begins.
const THURSDAY: &str = "2026-12-03T18:00:00Z";
const FRIDAY: &str = "2026-12-04T18:00:00Z";
/// The scenario begins on Monday at 16:00 UTC.
const TO_WEDNESDAY_18: SignedDuration = SignedDuration::from_hours(50);

fn a_day_and_an_hour() -> Given {
    Given::usual().rule("reminders = [\"24h email\", \"1h sms\"]")
}

async fn booked(given: Given, start: &str) -> (Scenario, domain::BookingId) {
    let scenario = given.begins().await;
    let id = scenario.has_booked(&Wish::at(start)).await.booking.id;
    (scenario, id)
}

#[tokio::test]
async fn a_day_and_an_hour_before_the_start_the_lead_is_reminded() {
    let (scenario, _) = booked(a_day_and_an_hour(), THURSDAY).await;

    scenario.runs_for(TO_WEDNESDAY_18 - SignedDuration::from_secs(1)).await;
    assert_eq!(scenario.news("email"), ["confirmed"]);

    scenario.runs_for(SignedDuration::from_secs(1)).await;
    assert_eq!(scenario.news("email"), ["confirmed", "reminder"]);
    assert_eq!(scenario.news("sms"), ["confirmed"]);

    scenario.runs_for(SignedDuration::from_hours(23)).await;
    assert_eq!(scenario.news("sms"), ["confirmed", "reminder"]);
    scenario.runs_for(SignedDuration::from_hours(24)).await;
    assert_eq!(scenario.news("email"), ["confirmed", "reminder"]);
    assert_eq!(scenario.news("sms"), ["confirmed", "reminder"]);
    scenario.ends().await;
}

#[tokio::test]
async fn a_move_retimes_reminders_and_a_cancellation_drops_them() {
    let (scenario, id) = booked(a_day_and_an_hour(), THURSDAY).await;

    scenario.moves(id, FRIDAY, Duration::from_secs(10)).await;
    scenario.runs_for(TO_WEDNESDAY_18 + SignedDuration::from_hours(1)).await;
    assert_eq!(scenario.news("email"), ["confirmed", "moved"]);

    scenario.runs_for(SignedDuration::from_hours(24)).await;
    assert_eq!(scenario.news("email"), ["confirmed", "moved", "reminder"]);

    scenario.cancels(id).await;
    scenario.runs_for(SignedDuration::from_hours(48)).await;
    assert_eq!(scenario.news("email"), ["confirmed", "moved", "reminder", "cancelled"]);
    assert_eq!(scenario.news("sms"), ["confirmed", "moved", "cancelled"]);
    scenario.ends().await;
}

#[tokio::test]
async fn who_books_after_a_reminder_was_due_gets_only_the_later_ones() {
    let given = Given::usual().rule("reminders = [\"24h email\", \"1h email\"]");
    let (scenario, _) = booked(given, "2026-11-30T22:00:00Z").await;

    scenario.runs_for(SignedDuration::from_hours(8)).await;

    assert_eq!(scenario.news("email"), ["confirmed", "reminder"]);
    scenario.ends().await;
}

#[tokio::test]
async fn reminders_outlive_a_restart_and_late_ones_are_dropped_with_a_word_in_the_timeline() {
    let (mut scenario, id) = booked(a_day_and_an_hour(), THURSDAY).await;

    scenario.restart().await;
    scenario.clock.advance(TO_WEDNESDAY_18 + SignedDuration::from_hours(13));
    scenario.runs_jobs().await;

    assert_eq!(scenario.news("email"), ["confirmed"], "eleven hours before is not a day before");
    let timeline = scenario.app().timeline(id, None, 100).await.expect("the database works");
    let dropped: Vec<&str> = timeline
        .iter()
        .filter(|entry| entry.kind == "message.reminder_dropped")
        .map(|entry| entry.summary.as_str())
        .collect();
    assert_eq!(dropped, ["The reminder `1d email` came too late and was dropped"]);
    scenario.runs_for(SignedDuration::from_hours(12)).await;
    assert_eq!(scenario.news("sms"), ["confirmed", "reminder"]);
    scenario.ends().await;
}

#[tokio::test]
async fn a_channel_can_be_for_reminders_alone() {
    let given = Given::usual().rule("messages = [\"email\"]\nreminders = [\"1h sms\"]");
    let (scenario, id) = booked(given, THURSDAY).await;
    assert_eq!(scenario.news("sms"), [] as [String; 0]);

    scenario.runs_for(SignedDuration::from_hours(73)).await;
    assert_eq!(scenario.news("sms"), ["reminder"]);

    scenario.cancels(id).await;
    scenario.runs_jobs().await;
    assert_eq!(scenario.news("sms"), ["reminder"]);
    assert_eq!(scenario.news("email"), ["confirmed", "cancelled"]);
}

#[tokio::test]
async fn a_text_that_can_wait_waits_for_the_morning() {
    // Bo lives in New York, where the reminder of eleven hours would come at two in the night.
    let given = Given::usual().rule("reminders = [\"11h sms\"]\nquiet_hours = \"21:00-07:00\"");
    let (scenario, _) = booked(given, THURSDAY).await;

    scenario.runs_for(SignedDuration::from_hours(68) - SignedDuration::from_secs(1)).await;
    assert_eq!(scenario.news("sms"), ["confirmed"]);

    scenario.runs_for(SignedDuration::from_secs(1)).await;
    assert_eq!(scenario.news("sms"), ["confirmed", "reminder"]);
    scenario.ends().await;
}

#[tokio::test]
async fn an_hour_before_is_an_hour_before_also_in_the_night_the_clocks_change() {
    let given = Given::usual()
        .with(
            "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"], from = \"09:00\"",
            "[\"sun\"], from = \"00:00\"",
        )
        .rule("horizon = \"200d\"\nreminders = [\"3h email\"]");
    // 03:30 in Los Angeles; the clock shows no 02:30 that night.
    let start = "2027-03-14T10:30:00Z";
    let (scenario, _) = booked(given, start).await;
    let begins: jiff::Timestamp = start.parse().expect("an instant");
    let due = begins - SignedDuration::from_hours(3);

    let second = SignedDuration::from_secs(1);

    scenario.clock.advance(due.duration_since(scenario.clock.now()) - second);
    scenario.runs_jobs().await;
    assert_eq!(scenario.news("email"), ["confirmed"]);

    scenario.clock.advance(second);
    scenario.runs_jobs().await;
    assert_eq!(scenario.news("email"), ["confirmed", "reminder"]);
}
