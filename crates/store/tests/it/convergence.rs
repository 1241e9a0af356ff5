//! The way towards agreement between a booking and the host's calendar, step by step.

use domain::BookingState;
use domain::booking::Actor;
use domain::convergence::{EventState, Step};
use domain::id::JobId;
use domain::notification::Told;
use domain::service::Channel;
use jiff::Timestamp;
use store::StoreError;
use store::booking::{Booked, CallerHeard};
use store::calendar_event::WrittenEvent;
use store::convergence::{Advance, Progress, Progressed, Setback, StopWaiting};
use store::job::{Job, Postponement};
use store::message::LoadNotification;

use crate::database::{Database, WORKSPACE};
use crate::given::{at, between, minutes, now, seconds, submission};
use crate::messages::{begins_to_tell, has_told, tell};

on_each_database! {
    a_pending_booking_is_confirmed_once_its_event_is_written,
    an_event_written_for_an_older_revision_is_noted_but_decides_nothing,
    a_verdict_about_an_older_revision_counts_for_nothing,
    a_refused_booking_is_declined_and_its_key_may_be_tried_again,
    whoever_waits_is_told_in_the_answer_and_not_by_message,
    whoever_no_longer_waits_is_told_by_message,
    a_move_is_settled_once_its_event_has_the_new_time,
    a_refused_move_leaves_the_booking_where_it_is,
    whoever_heard_of_a_refused_move_still_hears_of_a_cancellation,
    whoever_heard_of_a_refused_move_knows_what_they_knew_before,
    a_message_that_was_on_its_way_does_not_answer_a_move,
    a_move_given_up_after_a_write_is_looked_at_again,
    a_move_given_up_by_the_clock_after_a_write_is_looked_at_again,
    a_pending_booking_that_moves_to_and_fro_is_looked_at_again,
    a_burnt_identifier_is_followed_by_the_next,
    an_event_deleted_by_the_host_cancels_the_booking,
    an_event_deleted_while_a_move_was_given_up_is_made_anew,
    an_event_that_was_not_on_record_is_noted_when_it_is_written,
    a_cancelled_booking_is_done_when_its_event_is_gone,
    whoever_lost_the_lease_reports_nothing,
    a_setback_is_noted_with_the_job,
    a_change_during_the_call_is_done_next,
}

/// One worker's way through a booking's calendar job.
struct Worker {
    db: Database,
    job: Job,
    seen: i64,
    now: Timestamp,
}

impl Worker {
    /// On the revision that is current now.
    async fn on(db: &Database, job: Job) -> Self {
        let seen = db.facts(job.task.booking().expect("it is about one")).await.booking.revision;
        Self { db: db.clone(), job, seen, now: now() }
    }

    fn progress(&self, advance: Advance) -> Progress {
        let db = &self.db;
        Progress {
            job: self.job.clone(),
            booking: self.job.task.booking().expect("it is about one"),
            seen: self.seen,
            calendar: "ada".parse().unwrap(),
            advance,
            entries: vec![db.entry("calendar.called", self.now)],
            decided: db.entry("booking.decided", self.now),
            channels: vec![Channel::Email],
            notify_ids: JobId::new(db.id()),
            timer_id: JobId::new(db.id()),
            now: self.now,
        }
    }

    /// Reports an advance and goes on with what is true then.
    async fn reports(&mut self, advance: Advance) -> Progressed {
        let progressed = self.db.write(self.progress(advance)).await;
        self.seen = progressed.facts.booking.revision;
        progressed
    }

    async fn finds_free(&mut self) -> Progressed {
        self.reports(Advance::Free { intend: Some(0) }).await
    }

    async fn writes(&mut self, start: &str, end: &str) -> Progressed {
        let answer = WrittenEvent::default();
        self.reports(Advance::Written { generation: 0, slot: between(start, end), answer }).await
    }
}

fn next(progressed: &Progressed) -> Step {
    progressed.facts.next_step(&"ada".parse().unwrap())
}

/// A confirmed booking at 10:00 with a move to 14:00 under way, in an outside calendar.
async fn moving(db: &Database) -> Worker {
    let booking = db.confirmed("10:00").await;
    let until = now() + seconds(10);
    let wish = db.wish(&booking, "14:00").with(|unit| {
        unit.awaited_until = Some(until);
        unit.submission = Some(submission("m1", 1));
    });
    let (_, job) = wish.accepted().await;
    Worker::on(db, job.unwrap()).await
}

async fn a_pending_booking_is_confirmed_once_its_event_is_written(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;

    let free = worker.finds_free().await;
    assert_eq!(next(&free), Step::Insert { generation: 0 });
    assert_eq!(free.facts.events[0].record.state, EventState::Intended, "before the call");
    assert!(!free.done && free.facts.free);

    let written = worker.writes("10:00", "10:30").await;
    assert!(written.done);
    assert_eq!(written.facts.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(db.due_at("timer").await, Some(booking.slot.end()));
    assert_eq!(
        db.claim_job("notify", now()).await.task.booking().expect("it is about one"),
        booking.id
    );
    assert!(db.jobs().await.iter().all(|job| job.kind != "calendar"), "the job is finished");
}

async fn an_event_written_for_an_older_revision_is_noted_but_decides_nothing(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;
    worker.finds_free().await;
    db.wish(&booking, "14:00").accepted().await;

    let answer = WrittenEvent::default();
    let slot = booking.slot;
    let late = db.write(worker.progress(Advance::Written { generation: 0, slot, answer })).await;

    assert!(!late.done);
    assert_eq!(late.facts.booking.state, BookingState::Pending);
    assert_eq!(late.facts.events[0].record.state, EventState::Written);
    assert_eq!(next(&late), Step::CheckFree(between("14:00", "14:30")));
}

async fn a_verdict_about_an_older_revision_counts_for_nothing(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let worker = Worker::on(&db, job).await;
    db.wish(&booking, "14:00").accepted().await;

    for advance in [Advance::Free { intend: Some(0) }, Advance::Refused] {
        let late = db.write(worker.progress(advance)).await;

        assert_eq!(late.facts.booking.state, BookingState::Pending);
        assert!(!late.facts.free && late.facts.events.is_empty());
        assert_eq!(db.claims().await, ["ada 14:00-14:30"]);
    }
}

async fn awaited(db: &Database) -> (Worker, Timestamp) {
    let until = now() + seconds(10);
    let request = db.request("10:00").with(|unit| {
        unit.awaited_until = Some(until);
        unit.submission = Some(submission("42", 1));
    });
    let (_, job) = request.accepted().await;
    (Worker::on(db, job.unwrap()).await, until)
}

async fn a_refused_booking_is_declined_and_its_key_may_be_tried_again(db: Database) {
    let (mut worker, _) = awaited(&db).await;

    let refused = worker.reports(Advance::Refused).await;

    assert!(refused.done);
    assert_eq!(refused.facts.booking.state, BookingState::Declined);
    assert!(db.claims().await.is_empty());
    let again = || db.request("10:00").with(|unit| unit.submission = Some(submission("42", 1)));
    again().accepted().await;

    // Nobody waited for the second: its key stays, and the lead is told by message.
    let second = db.claim_job("calendar", now() + minutes(2)).await;
    Worker::on(&db, second).await.reports(Advance::Refused).await;
    let replayed = again().send().await;
    assert!(matches!(replayed, Booked::Replayed(_)), "{replayed:?}");
}

async fn whoever_waits_is_told_in_the_answer_and_not_by_message(db: Database) {
    let (mut worker, until) = awaited(&db).await;
    worker.reports(Advance::Refused).await;
    assert_eq!(db.due_at("notify").await, Some(until), "if nobody takes the answer");

    let (id, channels) =
        (worker.job.task.booking().expect("it is about one"), vec![Channel::Email]);
    db.write(CallerHeard { workspace: WORKSPACE, id, channels, now: now() }).await;

    let told = told(&db, &worker).await;
    assert_eq!(told, Some(Told::Over), "no message says it again");
}

async fn told(db: &Database, worker: &Worker) -> Option<Told> {
    let booking = worker.job.task.booking().expect("it is about one");
    let (workspace, channel) = (WORKSPACE, Channel::Email);
    let load = LoadNotification { workspace, booking, position: 0, channel };
    db.store.read(load).await.unwrap().unwrap().told
}

async fn whoever_no_longer_waits_is_told_by_message(db: Database) {
    let (mut worker, _) = awaited(&db).await;
    let booking = worker.job.task.booking().expect("it is about one");

    let facts = db.write(StopWaiting { workspace: WORKSPACE, booking }).await.unwrap();
    assert_eq!((facts.booking.state, facts.awaited_until), (BookingState::Pending, None));

    worker.reports(Advance::Refused).await;
    assert_eq!(db.due_at("notify").await, Some(now()));
    let again = db.request("11:00").with(|unit| unit.submission = Some(submission("42", 1)));
    assert!(matches!(again.send().await, Booked::Replayed(same) if same == booking));
}

async fn a_move_is_settled_once_its_event_has_the_new_time(db: Database) {
    let mut worker = moving(&db).await;

    let free = worker.reports(Advance::Free { intend: None }).await;
    assert_eq!(next(&free), Step::Patch { generation: 0 });

    let moved = worker.writes("14:00", "14:30").await;
    assert!(moved.done);
    assert_eq!(moved.facts.booking.slot, between("14:00", "14:30"));
    assert_eq!(moved.facts.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(db.claims().await, ["ada 14:00-14:30"]);
    assert_eq!(db.due_at("timer").await, Some(at("14:30")));
    assert_eq!(
        db.timeline(worker.job.task.booking().expect("it is about one")).await.last().unwrap(),
        "booking.moved"
    );
}

async fn a_refused_move_leaves_the_booking_where_it_is(db: Database) {
    let mut worker = moving(&db).await;

    let refused = worker.reports(Advance::Refused).await;

    assert!(refused.done, "the event was not touched: {refused:?}");
    let booking = refused.facts.booking;
    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    assert_eq!(booking.slot, between("10:00", "10:30"));
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);

    // The caller heard "no": the same key asks again, and is not taken for a repeat.
    let again = db.wish(&booking, "14:00").with(|unit| unit.submission = Some(submission("m1", 1)));
    let (asked, _) = again.accepted().await;
    assert!(asked.change().is_some());
}

async fn whoever_heard_of_a_refused_move_still_hears_of_a_cancellation(db: Database) {
    let mut worker = moving(&db).await;
    worker.reports(Advance::Refused).await;

    let (id, channels) =
        (worker.job.task.booking().expect("it is about one"), vec![Channel::Email]);
    db.write(CallerHeard { workspace: WORKSPACE, id, channels, now: now() }).await;

    let told = told(&db, &worker).await;
    assert_eq!(told, None, "what the lead knows of the booking is not touched");
}

/// What they were told last stays known, also where several messages left in one instant.
async fn whoever_heard_of_a_refused_move_knows_what_they_knew_before(db: Database) {
    let booking = db.confirmed("10:00").await;
    let stands = Told::stands(&booking);
    tell(&db, &booking, stands.clone()).await;
    let wish = db.wish(&booking, "14:00");
    let (_, job) =
        wish.with(|unit| unit.awaited_until = Some(now() + seconds(10))).accepted().await;
    let mut worker = Worker::on(&db, job.unwrap()).await;

    worker.reports(Advance::Refused).await;
    assert_eq!(told(&db, &worker).await, Some(Told::Asked(between("14:00", "14:30"))));
    let (id, channels) = (booking.id, vec![Channel::Email]);
    db.write(CallerHeard { workspace: WORKSPACE, id, channels, now: now() }).await;

    assert_eq!(told(&db, &worker).await, Some(stands));
}

async fn a_message_that_was_on_its_way_does_not_answer_a_move(db: Database) {
    let booking = db.confirmed("10:00").await;
    let (sending, message) = begins_to_tell(&db, &booking, Told::stands(&booking)).await;
    let (_, job) = db.wish(&booking, "14:00").accepted().await;
    let mut worker = Worker::on(&db, job.unwrap()).await;
    worker.reports(Advance::Refused).await;

    has_told(&db, &sending, &message).await;

    assert_eq!(told(&db, &worker).await, Some(Told::Asked(between("14:00", "14:30"))));
}

async fn a_move_given_up_after_a_write_is_looked_at_again(db: Database) {
    let mut worker = moving(&db).await;
    worker.reports(Advance::Free { intend: None }).await;

    // The patch was refused, or its answer lost: who knows what time the event has.
    let dropped = worker.reports(Advance::Refused).await;
    assert!(!dropped.done);
    assert_eq!(next(&dropped), Step::Insert { generation: 0 }, "which finds what is there");

    let found = worker.writes("14:00", "14:30").await;
    assert_eq!(next(&found), Step::Patch { generation: 0 });
    assert!(worker.writes("10:00", "10:30").await.done);
}

async fn a_move_given_up_by_the_clock_after_a_write_is_looked_at_again(db: Database) {
    moving(&db).await.reports(Advance::Free { intend: None }).await;

    let timer = db.claim_job("timer", at("13:30")).await;
    let booking = timer.task.booking().expect("it is about one");
    db.write(crate::timer::run(&db, timer, at("13:30"))).await;

    let next = db.facts(booking).await.next_step(&"ada".parse().unwrap());
    assert_eq!(next, Step::Insert { generation: 0 }, "which finds what is there");
}

async fn a_pending_booking_that_moves_to_and_fro_is_looked_at_again(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;
    worker.finds_free().await;
    db.wish(&booking, "14:00").accepted().await;
    worker.writes("10:00", "10:30").await;
    let free = worker.reports(Advance::Free { intend: None }).await;
    assert_eq!(next(&free), Step::Patch { generation: 0 });

    // Back again, while the answer to the patch is not known.
    db.wish(&booking, "10:00").accepted().await;
    let facts = db.facts(booking.id).await;
    assert_eq!(facts.events[0].record.state, EventState::Intended);
}

async fn a_burnt_identifier_is_followed_by_the_next(db: Database) {
    let (_, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;
    worker.finds_free().await;

    let burnt = worker.reports(Advance::Burnt { generation: 0 }).await;

    assert_eq!(next(&burnt), Step::Insert { generation: 1 });
    let states: Vec<_> = burnt.facts.events.iter().map(|event| event.record.state).collect();
    assert_eq!(states, [EventState::Removed, EventState::Intended]);
    assert!(burnt.facts.free, "the calendars are not asked again");
}

async fn an_event_deleted_by_the_host_cancels_the_booking(db: Database) {
    let mut worker = moving(&db).await;

    let deleted = worker.reports(Advance::DeletedByHost { generation: 0 }).await;

    assert!(deleted.done);
    let BookingState::Cancelled(cancellation) = deleted.facts.booking.state else { panic!() };
    assert_eq!(cancellation.by, Actor::Host);
    assert!(db.claims().await.is_empty());
}

async fn an_event_deleted_while_a_move_was_given_up_is_made_anew(db: Database) {
    moving(&db).await;
    let timer = db.claim_job("timer", at("13:30")).await;
    let worker = Worker::on(&db, db.claim_job("calendar", at("13:30")).await).await;
    db.write(crate::timer::run(&db, timer, at("13:30"))).await;

    // The host's deletion was found on the way to a time that is no longer wanted.
    let deleted = db.write(worker.progress(Advance::DeletedByHost { generation: 0 })).await;

    assert_eq!(deleted.facts.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(next(&deleted), Step::Insert { generation: 1 });
    let states: Vec<_> = deleted.facts.events.iter().map(|event| event.record.state).collect();
    assert_eq!(states, [EventState::Removed, EventState::Intended], "before the call");
}

async fn an_event_that_was_not_on_record_is_noted_when_it_is_written(db: Database) {
    let (_, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;
    worker.reports(Advance::Free { intend: None }).await;
    assert_eq!(db.facts(worker.job.task.booking().expect("it is about one")).await.events.len(), 1);

    assert!(worker.writes("10:00", "10:30").await.done);
}

async fn a_cancelled_booking_is_done_when_its_event_is_gone(db: Database) {
    let booking = db.confirmed("10:00").await;
    let (_, job) = db.cancellation(booking.id).done().await;
    let mut worker = Worker::on(&db, job.unwrap()).await;

    let gone = worker.reports(Advance::Removed { generation: 0 }).await;

    assert!(gone.done);
    assert_eq!(gone.facts.events[0].record.state, EventState::Removed);
}

async fn whoever_lost_the_lease_reports_nothing(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let slow = Worker::on(&db, job).await;
    db.claim_job("calendar", slow.job.lease.until).await;

    let lost = db.store.write(slow.progress(Advance::Free { intend: Some(0) })).await;

    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let facts = db.facts(booking.id).await;
    assert!(!facts.free && facts.events.is_empty());
    assert_eq!(db.timeline(booking.id).await.len(), 2, "not even a word");
}

async fn a_setback_is_noted_with_the_job(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let setback = || Setback {
        job: job.clone(),
        booking: booking.id,
        entries: vec![db.entry("calendar.failed", now())],
        postponement: Postponement::Until(now() + seconds(2)),
        error: "the calendar answered 503".to_owned(),
    };

    db.write(setback()).await;

    assert_eq!(db.timeline(booking.id).await.last().unwrap(), "calendar.failed");
    assert_eq!(db.due_at("calendar").await, Some(now() + seconds(2)));
    let again = db.store.write(setback()).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "the lease is gone with it");
}

async fn a_change_during_the_call_is_done_next(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    let mut worker = Worker::on(&db, job).await;
    worker.finds_free().await;
    db.cancellation(booking.id).done().await;

    // The insert comes back after the cancellation.
    let written = worker.writes("10:00", "10:30").await;
    assert!(!written.done);
    assert_eq!(next(&written), Step::Delete { generation: 0 });

    let gone = worker.reports(Advance::Removed { generation: 0 }).await;
    assert!(gone.done);
    // Asked for again by the cancellation, the job looks once more and finds nothing to do.
    let again = db.claim_job("calendar", now()).await;
    let mut worker = Worker::on(&db, again).await;
    assert!(worker.reports(Advance::Settle).await.done);
    assert!(db.jobs().await.iter().all(|job| job.kind != "calendar"));
}
