//! Jobs: claimed in order, leased, fenced, parked, given up in sight.

use domain::id::JobId;
use domain::service::Channel;
use domain::{BookingId, ConnectionId, IncidentId, OperationId};
use jiff::Timestamp;
use store::connection::EnsureConnection;
use store::health::{CountJobs, JobCounts};
use store::job::{
    self, ClaimJobs, Job, Lease, NewJob, NextDue, Postponement, Release, ReleaseLeases, Task,
};
use store::{StoreError, Tx, UnitOfWork};
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now, seconds};

on_each_database! {
    due_jobs_are_claimed_in_the_order_in_which_they_were_enqueued,
    a_claim_takes_no_more_than_asked_for_and_nothing_twice,
    a_lease_that_ran_out_makes_the_job_due_again,
    whoever_lost_the_lease_changes_nothing,
    a_finished_job_is_gone,
    what_is_asked_for_again_while_it_runs_is_due_again,
    a_postponed_job_waits_but_not_when_asked_for_again,
    a_job_can_be_enqueued_with_a_lease,
    a_leased_job_keeps_its_worker_when_asked_for_again,
    parked_jobs_wait_for_their_connection_and_then_keep_their_order,
    a_parked_job_that_is_asked_for_again_is_tried_again,
    a_job_that_was_given_up_stays_in_sight_until_asked_for_again,
    a_timer_can_be_set_earlier_and_later,
    a_process_that_is_alone_frees_every_lease,
    every_task_survives_the_round_trip,
    what_is_due_is_counted_apart_from_what_rests,
}

struct Enqueue {
    job: NewJob,
    now: Timestamp,
}

impl UnitOfWork for Enqueue {
    const NAME: &'static str = "test.enqueue";
    type Outcome = Option<Job>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::enqueue(tx, WORKSPACE, &self.job, self.now).await
    }
}

struct Schedule(NewJob);

impl UnitOfWork for Schedule {
    const NAME: &'static str = "test.schedule";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::schedule(tx, WORKSPACE, &self.0, now()).await
    }
}

fn booking(number: u128) -> BookingId {
    BookingId::new(Uuid::from_u128(number))
}

fn connection(number: u128) -> ConnectionId {
    ConnectionId::new(Uuid::from_u128(number))
}

/// A connection that waits for its host.
fn awaiting(id: ConnectionId) -> EnsureConnection {
    EnsureConnection {
        workspace: WORKSPACE,
        id,
        provider: "google".to_owned(),
        host: "ada".parse().unwrap(),
        account: format!("{id}@agency.example"),
        now: now(),
    }
}

fn giving_up(at: Timestamp) -> Postponement {
    Postponement::GivenUp { at, incident: IncidentId::new(Uuid::from_u128(99)) }
}

impl Database {
    async fn enqueue_at(&self, number: u128, now: Timestamp, lease: Option<Lease>) -> Option<Job> {
        let task = Task::Calendar(booking(number));
        let job = NewJob { id: JobId::new(self.id()), task, due_at: now, lease };
        self.write(Enqueue { job, now }).await
    }

    async fn enqueue(&self, number: u128) {
        self.enqueue_at(number, now(), None).await;
    }

    async fn enqueue_and_claim(&self, number: u128) -> Job {
        self.enqueue(number).await;
        self.claim_jobs(now()).await.remove(0)
    }

    async fn postpone(&self, job: Job, postponement: Postponement) {
        if let Postponement::Parked(id) = postponement {
            self.write(awaiting(id)).await;
        }
        let error = Some("the calendar answered 503".to_owned());
        self.write(Release { job, postponement: Some(postponement), error }).await;
    }

    async fn finish(&self, job: Job) -> Result<(), StoreError> {
        self.store.write(Release { job, postponement: None, error: None }).await
    }

    /// The bookings of what is due then; all of it is leased for a minute.
    async fn due(&self, now: Timestamp) -> Vec<u128> {
        let jobs = self.claim_jobs(now).await;
        jobs.iter().filter_map(|job| job.task.booking()).map(|id| id.uuid().as_u128()).collect()
    }
}

async fn due_jobs_are_claimed_in_the_order_in_which_they_were_enqueued(db: Database) {
    for (number, due_in) in [(3, 0), (1, 5), (2, -5), (4, 60)] {
        db.enqueue_at(number, now() + seconds(due_in), None).await;
    }

    assert_eq!(db.due(now() + seconds(10)).await, [3, 1, 2]);
}

async fn a_claim_takes_no_more_than_asked_for_and_nothing_twice(db: Database) {
    for number in 0..5 {
        db.enqueue(number).await;
    }
    let claim = || ClaimJobs { now: now(), lease: db.lease(now()), limit: 2 };

    let taken = [db.write(claim()).await, db.write(claim()).await, db.write(claim()).await];

    assert_eq!(taken.each_ref().map(Vec::len), [2, 2, 1]);
    assert!(taken.iter().flatten().map(|job| job.id).is_sorted());
    assert!(taken.iter().flatten().all(|job| job.attempt == 1));
    assert!(db.due(now()).await.is_empty());
}

async fn a_lease_that_ran_out_makes_the_job_due_again(db: Database) {
    let first = db.enqueue_and_claim(7).await;

    assert!(db.due(now() + seconds(59)).await.is_empty());
    assert_eq!(db.store.read(NextDue).await.unwrap(), Some(first.lease.until));
    let second = db.claim_jobs(now() + seconds(60)).await;

    assert_eq!((second[0].id, second[0].attempt), (first.id, 2));
}

async fn whoever_lost_the_lease_changes_nothing(db: Database) {
    let slow = db.enqueue_and_claim(7).await;
    let later = now() + seconds(60);
    let [current] = <[Job; 1]>::try_from(db.claim_jobs(later).await).unwrap();

    let lost = |result: Result<(), StoreError>| matches!(result, Err(StoreError::LeaseLost));
    assert!(lost(db.finish(slow.clone()).await));
    for postponement in
        [Postponement::Until(later), Postponement::Parked(connection(1)), giving_up(later)]
    {
        let postponement = Some(postponement);
        let release = Release { job: slow.clone(), postponement, error: None };
        assert!(lost(db.store.write(release).await));
    }

    db.finish(current).await.unwrap();
    assert!(lost(db.finish(slow).await), "also when the job is gone");
}

async fn a_finished_job_is_gone(db: Database) {
    let job = db.enqueue_and_claim(7).await;

    db.finish(job).await.unwrap();

    assert!(db.jobs().await.is_empty());
    assert_eq!(db.store.read(NextDue).await.unwrap(), None);
}

async fn what_is_asked_for_again_while_it_runs_is_due_again(db: Database) {
    let running = db.enqueue_and_claim(7).await;
    db.enqueue(7).await;
    assert!(db.due(now()).await.is_empty(), "it still runs");

    db.finish(running.clone()).await.unwrap();

    let [again] = <[Job; 1]>::try_from(db.claim_jobs(now()).await).unwrap();
    assert_eq!((again.id, again.attempt, again.wanted), (running.id, 1, running.wanted + 1));
    db.finish(again).await.unwrap();
    assert!(db.jobs().await.is_empty());
}

async fn a_postponed_job_waits_but_not_when_asked_for_again(db: Database) {
    let later = now() + minutes(5);
    let job = db.enqueue_and_claim(7).await;
    db.postpone(job, Postponement::Until(later)).await;
    assert!(db.due(now() + minutes(4)).await.is_empty());
    assert_eq!(db.jobs().await[0].last_error.as_deref(), Some("the calendar answered 503"));

    db.enqueue_at(7, now() + minutes(1), None).await;
    let [job] = <[Job; 1]>::try_from(db.claim_jobs(now() + minutes(1)).await).unwrap();
    assert_eq!(job.attempt, 1, "its tries start anew");

    db.enqueue_at(7, now() + minutes(1), None).await;
    db.postpone(job, Postponement::Until(later)).await;
    assert_eq!(db.due(now() + minutes(1)).await, [7], "what is wanted now was not tried yet");
}

async fn a_job_can_be_enqueued_with_a_lease(db: Database) {
    let job = db.enqueue_at(7, now(), Some(db.lease(now()))).await.unwrap();

    assert_eq!((job.attempt, job.wanted), (1, 1));
    assert!(db.due(now()).await.is_empty(), "it runs here");
    db.finish(job).await.unwrap();
    assert!(db.jobs().await.is_empty());
}

async fn a_leased_job_keeps_its_worker_when_asked_for_again(db: Database) {
    let running = db.enqueue_and_claim(7).await;

    let refused = db.enqueue_at(7, now(), Some(db.lease(now()))).await;
    assert_eq!(refused, None);

    let later = running.lease.until;
    let taken = db.enqueue_at(7, later, Some(db.lease(later))).await.unwrap();
    assert!(matches!(db.finish(running).await, Err(StoreError::LeaseLost)));
    db.finish(taken).await.unwrap();
}

async fn parked_jobs_wait_for_their_connection_and_then_keep_their_order(db: Database) {
    for number in 1..=4 {
        db.enqueue(number).await;
    }
    let mut jobs = db.claim_jobs(now()).await;
    for (job, of) in [(jobs.remove(3), 1), (jobs.remove(0), 1), (jobs.remove(0), 2)] {
        db.postpone(job, Postponement::Parked(connection(of))).await;
    }
    db.finish(jobs.remove(0)).await.unwrap();
    let much_later = now() + minutes(60 * 24);
    assert!(db.due(much_later).await.is_empty());
    assert_eq!(db.store.read(NextDue).await.unwrap(), None);

    db.enqueue_at(9, much_later, None).await;
    let unparked = store::connection::DeleteConnection {
        workspace: WORKSPACE,
        id: connection(1),
        now: much_later,
    };
    db.write(unparked).await;

    assert_eq!(db.due(much_later).await, [1, 4, 9], "the oldest first, before what came later");
}

async fn a_parked_job_that_is_asked_for_again_is_tried_again(db: Database) {
    let job = db.enqueue_and_claim(7).await;
    db.postpone(job, Postponement::Parked(connection(1))).await;

    // Another host's calendar is wanted now, for all we know.
    let taken = db.enqueue_at(7, now(), Some(db.lease(now()))).await;

    assert!(taken.is_some());
    assert_eq!(db.jobs().await[0].parked_by, None);
}

async fn a_job_that_was_given_up_stays_in_sight_until_asked_for_again(db: Database) {
    let job = db.enqueue_and_claim(7).await;
    db.postpone(job, giving_up(now())).await;

    assert!(db.due(now() + minutes(60 * 24)).await.is_empty());
    let seen = db.jobs().await.into_iter().find(|job| job.given_up_at.is_some()).unwrap();
    assert_eq!(seen.given_up_at, Some(now()));
    assert_eq!(seen.last_error.as_deref(), Some("the calendar answered 503"));

    db.enqueue(7).await;
    assert_eq!(db.due(now()).await, [7]);
}

async fn a_timer_can_be_set_earlier_and_later(db: Database) {
    for due_in in [30, 60, 10] {
        let due_at = now() + minutes(due_in);
        let task = Task::Timer(booking(7));
        db.write(Schedule(NewJob { id: JobId::new(db.id()), task, due_at, lease: None })).await;

        assert_eq!(db.due_at("timer").await, Some(due_at));
    }
}

async fn a_process_that_is_alone_frees_every_lease(db: Database) {
    db.enqueue_and_claim(7).await;
    let waiting = |unit: &mut store::booking::BookSlot| {
        unit.awaited_until = Some(now() + seconds(10));
    };
    let (waited_for, _) = db.request("10:00").with(waiting).accepted().await;

    assert_eq!(db.write(ReleaseLeases).await, 2);

    assert_eq!(db.due(now()).await, [7, waited_for.id.uuid().as_u128()]);
    assert_eq!(db.facts(waited_for.id).await.awaited_until, None, "nobody waits any more");
}

async fn every_task_survives_the_round_trip(db: Database) {
    let tasks = [
        Task::Calendar(booking(7)),
        Task::Timer(booking(7)),
        Task::Notify { booking: booking(7), position: 0, channel: Channel::Sms },
        Task::Notify { booking: booking(7), position: 50, channel: Channel::Email },
        Task::Operation(OperationId::new(Uuid::from_u128(7))),
        Task::Alert(IncidentId::new(Uuid::from_u128(7))),
    ];
    for task in tasks.clone() {
        let job = NewJob { id: JobId::new(db.id()), task, due_at: now(), lease: None };
        db.write(Enqueue { job, now: now() }).await;
    }

    let claimed = db.claim_jobs(now()).await;

    assert_eq!(claimed.into_iter().map(|job| job.task).collect::<Vec<_>>(), tasks);
}

async fn what_is_due_is_counted_apart_from_what_rests(db: Database) {
    for number in 1..=4 {
        db.enqueue(number).await;
    }
    let mut jobs = db.claim_jobs(now()).await;
    db.postpone(jobs.remove(0), Postponement::Parked(connection(1))).await;
    db.postpone(jobs.remove(0), giving_up(now())).await;
    db.postpone(jobs.remove(0), Postponement::Until(now() + minutes(5))).await;
    let task = Task::Timer(booking(8));
    let due_at = now() + minutes(60);
    db.write(Schedule(NewJob { id: JobId::new(db.id()), task, due_at, lease: None })).await;

    let counts = db.store.read(CountJobs { workspace: WORKSPACE, now: now() }).await.unwrap();

    // One runs, one waits for a retry, one tells of what was given up; the timer waits for its time.
    let oldest_due_at = Some(now());
    assert_eq!(counts, JobCounts { due: 3, parked: 1, given_up: 1, oldest_due_at });
}
