//! What time alone changes about a booking.

use domain::id::JobId;
use domain::service::Channel;
use domain::{Booking, BookingState};
use jiff::Timestamp;
use store::StoreError;
use store::booking::{TimerRun, TimerStep};
use store::job::Job;

use crate::database::Database;
use crate::given::{at, minutes, now};

on_each_database! {
    a_booking_is_completed_at_its_end,
    a_pending_booking_is_acknowledged_after_ten_minutes_and_given_up_in_time,
    a_move_that_could_not_be_written_is_dropped,
    a_dropped_move_whose_old_time_has_passed_is_completed_next,
    a_timer_that_comes_early_waits,
    a_timer_of_what_is_over_ends,
    whoever_lost_the_lease_of_a_timer_changes_nothing,
}

pub(crate) fn run(db: &Database, job: Job, now: Timestamp) -> TimerRun {
    TimerRun {
        id: job.task.booking().expect("it is about one"),
        job,
        notice: minutes(60),
        channels: vec![Channel::Email],
        notify_ids: JobId::new(db.id()),
        calendar_job_id: JobId::new(db.id()),
        entry: db.entry("booking.timer", now),
        now,
    }
}

async fn ticks(db: &Database, now: Timestamp) -> TimerStep {
    let job = db.claim_job("timer", now).await;
    db.write(run(db, job, now)).await
}

async fn status(db: &Database, booking: &Booking) -> &'static str {
    db.stored(booking.id).await.booking.state.status()
}

async fn a_booking_is_completed_at_its_end(db: Database) {
    let booking = db.confirmed("10:00").await;

    assert_eq!(ticks(&db, at("10:30")).await, TimerStep::Changed("completed"));

    assert_eq!(status(&db, &booking).await, "completed");
    assert_eq!(db.timeline(booking.id).await.last().unwrap(), "booking.completed");
    assert!(
        db.jobs().await.iter().all(|job| job.kind.starts_with("notify")),
        "nothing else is to be done"
    );
}

async fn a_pending_booking_is_acknowledged_after_ten_minutes_and_given_up_in_time(db: Database) {
    let (booking, _) = db.pending("10:00").await;

    assert_eq!(ticks(&db, now() + minutes(10)).await, TimerStep::Waited);
    assert_eq!(
        db.claim_job("notify", now() + minutes(10)).await.task.booking().expect("it is about one"),
        booking.id
    );
    assert_eq!(db.due_at("timer").await, Some(at("09:30")));

    assert_eq!(ticks(&db, at("09:30")).await, TimerStep::Changed("failed"));
    assert_eq!(status(&db, &booking).await, "failed");
    assert!(db.claims().await.is_empty());
    let due = db.claim_jobs(at("09:30") + minutes(2)).await;
    let kinds: Vec<_> = due.iter().map(crate::database::kind_of).collect();
    let expected = ["calendar", "notify", "notify_host"];
    assert_eq!(kinds, expected, "what may have been written goes, lead and host are told");
}

async fn a_move_that_could_not_be_written_is_dropped(db: Database) {
    let booking = db.confirmed("12:00").await;
    db.wish(&booking, "11:00").accepted().await;

    assert_eq!(ticks(&db, at("10:30")).await, TimerStep::Changed("move_dropped"));

    let stored = db.stored(booking.id).await.booking;
    assert_eq!(stored.state, BookingState::Confirmed { change: None });
    assert_eq!(stored.slot, booking.slot);
    assert_eq!(db.claims().await, ["ada 12:00-12:30"]);
    assert_eq!(db.due_at("timer").await, Some(at("12:30")), "to complete it");
}

async fn a_dropped_move_whose_old_time_has_passed_is_completed_next(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.wish(&booking, "16:00").accepted().await;

    assert_eq!(ticks(&db, at("15:30")).await, TimerStep::Changed("move_dropped"));
    assert_eq!(ticks(&db, at("15:30")).await, TimerStep::Changed("completed"));

    assert_eq!(status(&db, &booking).await, "completed");
    assert!(db.jobs().await.iter().all(|job| job.kind != "timer"));
}

async fn a_timer_that_comes_early_waits(db: Database) {
    let booking = db.confirmed("10:00").await;
    let job = db.claim_job("timer", at("10:30")).await;

    // The booking moved after the job was claimed.
    let local = |unit: &mut store::booking::AskToMove| {
        unit.hosts = vec![crate::given::offer("ada", false)];
    };
    db.wish(&booking, "16:00").with(local).accepted().await;
    assert_eq!(db.write(run(&db, job, at("10:30"))).await, TimerStep::Waited);

    assert_eq!(status(&db, &booking).await, "confirmed");
    assert_eq!(db.due_at("timer").await, Some(at("16:30")));
}

async fn a_timer_of_what_is_over_ends(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.cancellation(booking.id).done().await;

    assert_eq!(ticks(&db, at("10:30")).await, TimerStep::Waited);

    assert_eq!(status(&db, &booking).await, "cancelled");
    assert!(db.jobs().await.iter().all(|job| job.kind != "timer"));
}

async fn whoever_lost_the_lease_of_a_timer_changes_nothing(db: Database) {
    let booking = db.confirmed("10:00").await;
    let slow = db.claim_job("timer", at("10:30")).await;
    db.claim_job("timer", slow.lease.until).await;

    let lost = db.store.write(run(&db, slow, at("10:30"))).await;

    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(status(&db, &booking).await, "confirmed");
}
