//! All SQL: schema, migrations, queries, units of work, the outbox.
//!
//! A change is a [`UnitOfWork`]: it reads what is true, lets `domain` decide, and writes the
//! decision together with its timeline entries and the jobs it calls for, or nothing at all.
//!
//! Invariants kept here:
//! - the schema itself keeps claims from overlapping; an insert that would overlap returns no row;
//! - a job's row is written in the transaction of the change that needs it;
//! - whoever reports what a job did proves its lease in the same transaction.

pub mod booking;
pub mod calendar_event;
pub mod call;
pub mod claim;
pub mod conflict;
pub mod connection;
pub mod convergence;
pub mod conversation;
mod credentials;
pub mod daily_summary;
pub mod deletion;
mod dialect;
pub mod error;
mod fairness;
pub mod given_up;
pub mod health;
pub mod hold;
pub mod inbound_text;
pub mod inbox;
pub mod incident;
pub mod job;
pub mod key;
mod listener;
pub mod lock;
pub mod message;
mod migrate;
pub mod mirror;
pub mod number;
pub mod occurrence;
pub mod openings;
pub mod operation;
mod postgres;
pub mod quota;
pub mod reach;
pub mod sealed;
pub mod secret;
pub mod sender;
pub mod setup;
mod sqlite;
pub mod submission;
pub mod timeline;
mod transfer;
pub mod tx;
pub mod undelivered;
pub mod value;
pub mod waiting_list;
pub mod watch;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

pub use error::StoreError;
pub use listener::Listener;
pub use sqlite::Access;
pub use transfer::Transferred;
pub use tx::{Tx, UnitOfWork};
pub use value::{Column, Row, Value};

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
}

#[derive(Clone)]
enum Database {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Store {
    /// Opens a SQLite file, creating it when missing; `migrate` brings its schema up to date first.
    pub fn open_sqlite(path: &Path, access: Access, migrate: bool) -> Result<Self, StoreError> {
        let sqlite = sqlite::Sqlite::open(path, access, migrate)?;
        Ok(Self { database: Database::Sqlite(sqlite) })
    }

    /// Connects to a PostgreSQL database, 14 or newer; `migrate` brings its schema up to date first.
    /// `url` is what PostgreSQL's own clients take, and `pgbouncer=on` for a pooler in transaction
    /// mode.
    pub async fn open_postgres(url: &str, migrate: bool) -> Result<Self, StoreError> {
        let postgres = postgres::Postgres::open(url, migrate).await?;
        Ok(Self { database: Database::Postgres(postgres) })
    }

    /// Whether this process knows that no other one serves this database: then a lease that it did
    /// not give is a dead process's.
    pub fn is_alone(&self) -> bool {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.is_alone(),
            Database::Postgres(_) => false,
        }
    }

    /// Runs a unit of work. When this returns `Ok`, its outcome survives a crash and power loss.
    pub async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write(unit).await,
            Database::Postgres(postgres) => postgres.write(unit).await,
        }
    }

    /// Runs a unit of work that only reads, on a snapshot of all that was answered before.
    pub async fn read<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.read(unit).await,
            Database::Postgres(postgres) => postgres.read(unit).await,
        }
    }

    /// A number that is another one after every commit, whichever process made it. What was read
    /// after taking it is still true while it is the same; to be compared within this process only.
    /// PostgreSQL would have to be asked: there it is another one each time.
    pub fn stamp(&self) -> Result<i64, StoreError> {
        static ASKED: AtomicI64 = AtomicI64::new(0);
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.stamp(),
            Database::Postgres(_) => Ok(ASKED.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Hears when another process has left a job that is due: it only saves time, since lost wakes
    /// are never repeated. On SQLite one process runs all jobs, and there is nothing to be heard.
    pub fn listen(&self) -> Listener {
        match &self.database {
            Database::Sqlite(_) => Listener::deaf(),
            Database::Postgres(postgres) => postgres.listen(),
        }
    }

    /// The database's own time, for its instances to agree on; `None` where it has none but the
    /// machine's.
    pub async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        match &self.database {
            Database::Sqlite(_) => Ok(None),
            Database::Postgres(postgres) => postgres.time().await.map(Some),
        }
    }

    /// The migrations that this version would run on a SQLite file, which need not be there.
    pub fn pending_sqlite(path: &Path) -> Result<Vec<&'static str>, StoreError> {
        sqlite::Sqlite::pending(path)
    }

    /// The migrations that this version would run on a PostgreSQL database.
    pub async fn pending_postgres(url: &str) -> Result<Vec<&'static str>, StoreError> {
        postgres::Postgres::pending(url).await
    }

    /// Copies the SQLite file `source` into `target`, consistently, while others use it.
    pub fn backup_sqlite(source: &Path, target: &Path) -> Result<(), StoreError> {
        sqlite::Sqlite::backup(source, target)
    }

    /// Puts a copy of the database in `file` in the place of the one at `path`. Refuses while that
    /// is served, and a file that is damaged or of a newer version. The old database is kept: under
    /// which name is said.
    pub fn restore_sqlite(file: &Path, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        sqlite::Sqlite::restore(file, path)
    }

    /// Copies everything in the SQLite file into the PostgreSQL database, which must have nothing
    /// in it yet: all of it, compared row by row, or nothing. Refuses while the file is served.
    pub async fn transfer_to_postgres(source: &Path, url: &str) -> Result<Transferred, StoreError> {
        transfer::transfer(source, url).await
    }
}
