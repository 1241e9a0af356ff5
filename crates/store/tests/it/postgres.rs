//! What is true of PostgreSQL alone: several instances, lost connections, poolers, migrations.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use store::booking::{Booked, BookingFilter, ListBookings};
use store::job::{self, ClaimJobs};
use store::{Store, StoreError, Tx, UnitOfWork, params};
use testbed::ServerDatabase;

use crate::database::{Database, WORKSPACE, migrate};
use crate::given::{at, minutes, now, seconds};

async fn tamper(database: &ServerDatabase, sql: &str) {
    assert_eq!(database.connect().await.execute(sql, &[]).await.unwrap(), 1, "{sql}");
}

async fn refusal(database: &ServerDatabase, migrate: bool) -> StoreError {
    let opened = Store::open_postgres(&database.url(), migrate).await;
    opened.err().expect("it does not open")
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_start_together_migrate_once() {
    let database = ServerDatabase::empty().await;
    let url = database.url();

    let starting: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open_postgres(&url, true).await.map(|_| ()) })
        })
        .collect();

    for started in starting {
        started.await.unwrap().unwrap();
    }
    Store::open_postgres(&url, false).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_is_not_this_versions_is_refused() {
    let database = ServerDatabase::empty().await;
    let refused = refusal(&database, false).await;
    assert!(matches!(refused, StoreError::NotMigrated("0001_initial.sql")), "{refused:?}");
    let pending = Store::pending_postgres(&database.url()).await.unwrap();
    assert_eq!(pending[0], "0001_initial.sql");

    let database = ServerDatabase::create(migrate).await;
    tamper(&database, "insert into migrations (number, checksum) values (99, '')").await;
    for migrate in [true, false] {
        let refused = refusal(&database, migrate).await;
        assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused:?}");
    }

    tamper(&database, "delete from migrations where number = 99").await;
    tamper(&database, "update migrations set checksum = '' where number = 1").await;
    let refused = refusal(&database, true).await;
    assert!(matches!(refused, StoreError::ForeignMigration(1)), "{refused:?}");
}

/// What no three instances may do to each other: overlap, fail, or wait in a circle.
#[tokio::test(flavor = "multi_thread")]
async fn three_instances_share_one_slot() {
    let db = Database::postgres().await;
    let instances = [db.clone(), db.another_instance().await, db.another_instance().await];
    let requests = (0..300_i64).map(|n| {
        let instance = &instances[usize::try_from(n % 3).unwrap()];
        instance.request("10:00").with(|unit| {
            unit.request.start = at("10:00") + minutes(15 * (n % 2));
            unit.service.rules.duration = minutes(15 + 15 * (n % 4));
            unit.service.rules.buffer_before = minutes(5 * (n % 3));
            unit.service.rules.buffer_after = minutes(5 * (n % 5));
        })
    });

    let racing: Vec<_> = requests.map(|request| tokio::spawn(request.send())).collect();

    let mut accepted = 0;
    for outcome in racing {
        let outcome = outcome.await.unwrap();
        if matches!(outcome, Booked::Accepted { .. }) {
            accepted += 1;
        } else {
            assert!(matches!(outcome, Booked::Refused { .. }), "{outcome:?}");
        }
    }
    assert!(accepted >= 1);
    assert_eq!(db.count("select count(*) from bookings").await, accepted);
    assert_eq!(db.count("select count(*) from claims").await, accepted);
    let overlaps = "select count(*) from claims a join claims b
        on a.host = b.host and a.id < b.id and a.starts < b.ends and b.starts < a.ends";
    assert_eq!(db.count(overlaps).await, 0);
    let admin = db.server().connect().await;
    assert_eq!(deadlocks(&admin).await, 0);
}

/// A session's figures are certain to be counted when it has ended.
async fn deadlocks(admin: &tokio_postgres::Client) -> i64 {
    end_sessions(admin).await;
    let sql = "select deadlocks from pg_stat_database where datname = current_database()";
    admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// Ends every session of this database but this one, and waits until they are gone.
async fn end_sessions(admin: &tokio_postgres::Client) {
    let others = "from pg_stat_activity where datname = current_database() \
                  and pid <> pg_backend_pid() and backend_type = 'client backend'";
    let end = format!("select pg_terminate_backend(pid) {others}");
    admin.query(&end, &[]).await.unwrap();
    let count = format!("select count(*) {others}");
    while admin.query_one(&count, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_instances_share_the_jobs() {
    let db = Database::postgres().await;
    for minute in 0..30 {
        let start = at("08:00") + minutes(20 * minute);
        let unit = db.request("08:00").lasting(15).with(|unit| unit.request.start = start);
        unit.accepted().await;
    }
    let later = now() + minutes(60 * 24);
    let due = db.count("select count(*) from jobs").await;
    let instances = [db.clone(), db.another_instance().await, db.another_instance().await];

    let workers = instances.map(|instance| {
        tokio::spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..20 {
                let claim = ClaimJobs { now: later, lease: instance.lease(later), limit: 4 };
                let jobs = instance.write(claim).await;
                assert!(jobs.len() <= 4);
                taken.extend(jobs.into_iter().map(|job| job.id));
            }
            taken
        })
    });

    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    let all = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!((taken.len(), i64::try_from(all).unwrap()), (all, due), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_due_wakes_the_other_instances_and_not_its_own() {
    let db = Database::postgres().await;
    let other = db.another_instance().await;
    let (own, others) = (db.store.listen(), other.store.listen());
    // Each begins with a look at what came before it listened.
    own.heard().await;
    others.heard().await;

    let (_, begun) = (db.confirmed("10:00").await, Instant::now());

    others.heard().await;
    eprintln!("woken {:?} after the commit", begun.elapsed());
    let own = tokio::time::timeout(Duration::from_millis(200), own.heard()).await;
    assert!(own.is_err(), "it looks by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_whose_connection_was_lost_listens_again() {
    let db = Database::postgres().await;
    let other = db.another_instance().await;
    let listener = other.store.listen();
    listener.heard().await;

    end_sessions(&db.server().connect().await).await;

    listener.heard().await; // What came while it did not listen is looked for.
    db.confirmed("10:00").await;
    listener.heard().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_a_listener_needs_to_know_the_server() {
    let db = Database::pgbouncer().await;
    let pooled = db.server().pooled_url();
    let deaf = Store::open_postgres(&pooled, false).await.unwrap();
    let server = db.server().url();
    let socket = server.split('@').nth(1).unwrap().split('/').next().unwrap();
    let hearing = Store::open_postgres(&format!("{pooled}&direct={socket}"), true).await.unwrap();
    let listener = hearing.listen();
    listener.heard().await;

    db.confirmed("10:00").await;

    listener.heard().await;
    let nothing = tokio::time::timeout(Duration::from_millis(200), deaf.listen().heard()).await;
    assert!(nothing.is_err(), "PgBouncer does not pass it on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_time_is_told() {
    let db = Database::postgres().await;

    let first = db.store.time().await.unwrap().expect("it has a clock");
    let second = db.store.time().await.unwrap().expect("it has a clock");

    assert!(first < second && second < first + minutes(1));
}

/// Waits inside a unit, which may await nothing but its database. Others go on meanwhile.
fn meet(barrier: &Barrier) {
    tokio::task::block_in_place(|| barrier.wait());
}

/// Proves a lease, and keeps its transaction open until the test has seen what others can do.
struct Fenced {
    job: job::Job,
    inside: Arc<Barrier>,
}

impl UnitOfWork for Fenced {
    const NAME: &'static str = "test.fenced";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        meet(&self.inside);
        meet(&self.inside);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_was_proved_cannot_be_lost_before_the_commit() {
    let db = Database::postgres().await;
    let (_, job) = db.pending("10:00").await;
    let inside = Arc::new(Barrier::new(2));
    let later = now() + seconds(120);
    let open = tokio::spawn({
        let (store, inside) = (db.store.clone(), inside.clone());
        async move { store.write(Fenced { job, inside }).await }
    });
    meet(&inside);

    let meanwhile = db.claim_jobs(later).await;
    meet(&inside);
    open.await.unwrap().unwrap();

    assert!(meanwhile.iter().all(|job| crate::database::kind_of(job) != "calendar"));
    let afterwards = db.claim_jobs(later).await;
    assert!(afterwards.iter().any(|job| crate::database::kind_of(job) == "calendar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_whose_connections_were_lost_recovers() {
    let db = Database::postgres().await;
    let admin = db.server().connect().await;
    db.confirmed("10:00").await;

    end_sessions(&admin).await;

    db.confirmed("11:00").await;
    assert_eq!(db.claims().await, ["ada 10:00-10:30", "ada 11:00-11:30"]);
}

/// Writes a row; what happens then depends on how often it was tried.
struct Troubled {
    tries: Arc<AtomicU32>,
    trouble: Trouble,
}

enum Trouble {
    /// The first time, the connection is lost.
    Disconnected,
    /// The second row first or last, once both have one.
    Crossing { second_first: bool, met: Arc<Barrier> },
    /// A fault that the unit does not speak of.
    Swallowed,
}

impl UnitOfWork for Troubled {
    const NAME: &'static str = "test.troubled";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let first_try = self.tries.fetch_add(1, Ordering::Relaxed) == 0;
        match &self.trouble {
            Trouble::Disconnected => {
                note(tx, "kept").await?;
                if first_try {
                    tx.execute("select pg_terminate_backend(pg_backend_pid())", &[]).await?;
                }
            }
            Trouble::Crossing { second_first, met } => {
                let names = if *second_first { ["second", "first"] } else { ["first", "second"] };
                note(tx, names[0]).await?;
                if first_try {
                    meet(met);
                }
                note(tx, names[1]).await?;
            }
            Trouble::Swallowed => {
                note(tx, "lost").await?;
                let _ = tx.execute("select 1 / 0", &[]).await;
            }
        }
        Ok(())
    }
}

async fn note(tx: &mut impl Tx, name: &str) -> Result<(), StoreError> {
    let sql = "insert into secrets (workspace, name, ciphertext) values ($1, $2, $3)
        on conflict (workspace, name) do update set ciphertext = excluded.ciphertext";
    tx.execute(sql, params![WORKSPACE.0, name, vec![0_u8]]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_whose_connection_was_lost_runs_again() {
    let db = Database::postgres().await;
    let tries = Arc::new(AtomicU32::new(0));

    db.write(Troubled { tries: tries.clone(), trouble: Trouble::Disconnected }).await;

    assert_eq!(tries.load(Ordering::Relaxed), 2);
    assert_eq!(db.count("select count(*) from secrets").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_units_in_a_circle_one_runs_again() {
    let db = Database::postgres().await;
    let tries: Vec<_> = (0..2).map(|_| Arc::new(AtomicU32::new(0))).collect();
    let met = Arc::new(Barrier::new(2));
    let crossing = |tries: &Arc<AtomicU32>, second_first| Troubled {
        tries: tries.clone(),
        trouble: Trouble::Crossing { second_first, met: met.clone() },
    };

    let (one, other) = tokio::join!(
        db.store.write(crossing(&tries[0], false)),
        db.store.write(crossing(&tries[1], true))
    );

    one.unwrap();
    other.unwrap();
    let total: u32 = tries.iter().map(|tries| tries.load(Ordering::Relaxed)).sum();
    assert_eq!(total, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_keeps_quiet_about_a_fault_is_not_committed() {
    let db = Database::postgres().await;
    let trouble = Trouble::Swallowed;

    let refused = db.store.write(Troubled { tries: Arc::default(), trouble }).await;

    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(db.count("select count(*) from secrets").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_no_statement_has_a_name() {
    let db = Database::postgres().await;
    let pooled = db.opened_with("?pgbouncer=on").await;

    pooled.confirmed("10:00").await;
    let (moving, _) = pooled.pending("12:00").await;
    pooled.wish(&moving, "14:00").accepted().await;

    let filter = BookingFilter { status: Some("pending".to_owned()), ..BookingFilter::default() };
    let list = ListBookings { workspace: WORKSPACE, filter, after: None, limit: 10 };
    let pending = pooled.store.read(list).await.unwrap();
    assert_eq!(pending.iter().map(|found| found.booking.id).collect::<Vec<_>>(), [moving.id]);
    assert_eq!(pooled.count("select count(*) from pg_prepared_statements").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_a_nul_is_stored_without_it() {
    let db = Database::postgres().await;
    let (booking, _) = db.pending("10:00").await;

    let mut entry = db.entry("provider.answered", now());
    entry.summary = "a\0b".to_owned();
    let append =
        store::timeline::AppendTimeline { workspace: WORKSPACE, booking: booking.id, entry };
    db.write(append).await;

    let sql = "select count(*) from timeline where summary = 'a\u{fffd}b'";
    assert_eq!(db.count(sql).await, 1);
}
