//! A fresh, migrated database for one test, and the questions that tests ask of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{BookingId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};
use store::booking::{FindBooking, StoredBooking};
use store::convergence::{Facts, LoadFacts};
use store::job::{ClaimJobs, Job, JobSummary, Lease, ListJobs};
use store::timeline::{ListTimeline, TimelineEntry};
use store::{Access, Row, Store, StoreError, Tx, UnitOfWork, Value};
use tempfile::TempDir;
use testbed::ServerDatabase;
use uuid::Uuid;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::DEFAULT;

/// Makes a test of each named function for each database. One that is not named is dead code.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::database::Database::sqlite()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::database::Database::postgres().await).await;
                }
            )*
        }

        mod pgbouncer {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::database::Database::pgbouncer().await).await;
                }
            )*
        }
    };
}

/// One database, gone with its last clone.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) store: Store,
    ids: Arc<AtomicU64>,
    home: Arc<Home>,
}

/// What goes with the last clone.
enum Home {
    Folder(TempDir),
    Server(ServerDatabase),
}

impl Database {
    /// A SQLite file, served by this process.
    pub(crate) fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let store =
            Store::open_sqlite(&directory.path().join("doorstep.db"), Access::Serve, true).unwrap();
        Self { store, ids: Arc::new(AtomicU64::new(1)), home: Arc::new(Home::Folder(directory)) }
    }

    /// A database on a PostgreSQL server.
    pub(crate) async fn postgres() -> Self {
        let database = ServerDatabase::create(migrate).await;
        let store = Store::open_postgres(&database.url(), false).await.unwrap();
        Self { store, ids: Arc::new(AtomicU64::new(1)), home: Arc::new(Home::Server(database)) }
    }

    /// A database on a PostgreSQL server, through PgBouncer in transaction mode.
    pub(crate) async fn pgbouncer() -> Self {
        let database = ServerDatabase::create(migrate).await;
        let store = Store::open_postgres(&database.pooled_url(), false).await.unwrap();
        Self { store, ids: Arc::new(AtomicU64::new(1)), home: Arc::new(Home::Server(database)) }
    }

    /// The file of a SQLite database.
    pub(crate) fn file(&self) -> PathBuf {
        match self.home.as_ref() {
            Home::Folder(directory) => directory.path().join("doorstep.db"),
            Home::Server(_) => panic!("it is on a server"),
        }
    }

    /// The place of a PostgreSQL database.
    pub(crate) fn server(&self) -> &ServerDatabase {
        match self.home.as_ref() {
            Home::Folder(_) => panic!("it is a file"),
            Home::Server(database) => database,
        }
    }

    /// The same database through another pool, as another instance has it.
    pub(crate) async fn another_instance(&self) -> Self {
        self.opened_with("").await
    }

    /// The same database, with parameters in its URL.
    pub(crate) async fn opened_with(&self, parameters: &str) -> Self {
        let url = format!("{}{parameters}", self.server().url());
        let store = Store::open_postgres(&url, true).await.unwrap();
        Self { store, ..self.clone() }
    }

    /// The same questions to another database.
    pub(crate) fn on(&self, store: Store) -> Self {
        Self { store, ..self.clone() }
    }

    /// Commits a unit of work.
    pub(crate) async fn write<U: UnitOfWork>(&self, unit: U) -> U::Outcome {
        self.store.write(unit).await.unwrap()
    }

    /// An id greater than all before it, with room for the ids that follow it.
    pub(crate) fn id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) << 16)
    }

    /// A lease of an owner of its own, for a minute.
    pub(crate) fn lease(&self, now: Timestamp) -> Lease {
        Lease { owner: self.id(), until: now + SignedDuration::from_secs(60) }
    }

    /// An entry for a timeline.
    pub(crate) fn entry(&self, kind: &str, now: Timestamp) -> TimelineEntry {
        TimelineEntry {
            id: domain::TimelineEntryId::new(self.id()),
            at: now,
            kind: kind.to_owned(),
            summary: kind.to_owned(),
            data: "{}".to_owned(),
        }
    }

    pub(crate) async fn stored(&self, id: BookingId) -> StoredBooking {
        self.store.read(FindBooking { workspace: WORKSPACE, id }).await.unwrap().unwrap()
    }

    pub(crate) async fn facts(&self, booking: BookingId) -> Facts {
        self.store.read(LoadFacts { workspace: WORKSPACE, booking }).await.unwrap().unwrap()
    }

    /// Every claim as `host start-end`, in order; times of day of 2026-12-03 in UTC.
    pub(crate) async fn claims(&self) -> Vec<String> {
        let sql = "select host, starts, ends from claims order by host, starts, ends";
        let mut claims = Vec::new();
        for mut row in self.select(sql, vec![]).await {
            let (host, starts, ends): (String, Timestamp, Timestamp) =
                (row.take().unwrap(), row.take().unwrap(), row.take().unwrap());
            claims.push(format!("{host} {}-{}", starts.strftime("%H:%M"), ends.strftime("%H:%M")));
        }
        claims
    }

    /// How many rows a `select count(*)` counts.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.select(sql, vec![]).await.remove(0).take().unwrap()
    }

    pub(crate) async fn select(&self, sql: &'static str, params: Vec<Value>) -> Vec<Row> {
        self.store.read(Statement { sql, params }).await.unwrap()
    }

    /// Takes the leases of everything that is due.
    pub(crate) async fn claim_jobs(&self, now: Timestamp) -> Vec<Job> {
        self.write(ClaimJobs { now, lease: self.lease(now), limit: 100 }).await
    }

    /// Takes the lease of the one due job of this kind; the others stay as they are.
    pub(crate) async fn claim_job(&self, kind: &str, now: Timestamp) -> Job {
        let mut found = None;
        for job in self.claim_jobs(now).await {
            if kind_of(&job) == kind {
                assert!(found.is_none(), "two {kind} jobs are due");
                found = Some(job);
            } else {
                let postponement = Some(store::job::Postponement::Until(now));
                self.write(store::job::Release { job, postponement, error: None }).await;
            }
        }
        found.unwrap_or_else(|| panic!("no {kind} job is due"))
    }

    pub(crate) async fn jobs(&self) -> Vec<JobSummary> {
        self.store.read(ListJobs { workspace: WORKSPACE, limit: 100 }).await.unwrap()
    }

    /// When the job of this kind is due, if there is exactly one.
    pub(crate) async fn due_at(&self, kind: &str) -> Option<Timestamp> {
        let jobs = self.jobs().await;
        let mut due = jobs.iter().filter(|job| job.kind == kind).map(|job| job.due_at);
        due.next().filter(|_| due.next().is_none())
    }

    /// The kinds of a booking's timeline, oldest first.
    pub(crate) async fn timeline(&self, booking: BookingId) -> Vec<String> {
        let list = ListTimeline { workspace: WORKSPACE, booking, after: None, limit: 100 };
        self.store.read(list).await.unwrap().into_iter().map(|entry| entry.kind).collect()
    }
}

/// Makes the template of all databases.
pub(crate) async fn migrate(url: String) {
    Store::open_postgres(&url, true).await.unwrap();
}

pub(crate) fn kind_of(job: &Job) -> &'static str {
    job.task.kind()
}

/// One statement by itself.
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) params: Vec<Value>,
}

impl UnitOfWork for Statement {
    const NAME: &'static str = "test.statement";
    type Outcome = Vec<Row>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        tx.query(self.sql, &self.params).await
    }
}
