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
pub mod claim;
pub mod connection;
pub mod convergence;
pub mod error;
pub mod given_up;
pub mod health;
pub mod hold;
pub mod inbox;
pub mod job;
pub mod key;
pub mod message;
mod migrate;
pub mod openings;
pub mod secret;
pub mod setup;
mod sqlite;
pub mod submission;
pub mod timeline;
pub mod tx;
pub mod value;

use std::path::Path;

pub use error::StoreError;
pub use sqlite::Access;
pub use tx::{Tx, UnitOfWork};
pub use value::{Column, Row, Value};

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    sqlite: sqlite::Sqlite,
}

impl Store {
    /// Opens a SQLite file, creating it when missing; `migrate` brings its schema up to date first.
    pub fn open_sqlite(path: &Path, access: Access, migrate: bool) -> Result<Self, StoreError> {
        Ok(Self { sqlite: sqlite::Sqlite::open(path, access, migrate)? })
    }

    /// Runs a unit of work. When this returns `Ok`, its outcome survives a crash and power loss.
    pub async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.sqlite.write(unit).await
    }

    /// Runs a unit of work that only reads, on a snapshot of all that was answered before.
    pub async fn read<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.sqlite.read(unit).await
    }

    /// A number that is another one after every commit, whichever process made it. What was read
    /// after taking it is still true while it is the same; to be compared within this process only.
    pub fn stamp(&self) -> Result<i64, StoreError> {
        self.sqlite.stamp()
    }

    /// Copies the SQLite file `source` into `target`, consistently, while others use it.
    pub fn backup_sqlite(source: &Path, target: &Path) -> Result<(), StoreError> {
        sqlite::Sqlite::backup(source, target)
    }
}
