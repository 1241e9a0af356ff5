//! SQLite for one process: a writer thread that commits in groups, and a pool of readers.

mod checkpoint;
mod connection;
mod migration;
mod reader;
mod stamp;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::tx::UnitOfWork;

use reader::Readers;
use stamp::Stamp;
use writer::Writer;

/// How a database file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By the server: it alone, for as long as it lives.
    Serve,
    /// By a command beside a server that may be running: short transactions only.
    Command,
}

/// An open database file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Arc<Readers>,
    stamp: Arc<Stamp>,
    lock: Option<Arc<File>>,
}

impl Sqlite {
    /// Opens the file, creating it when missing, and brings its schema up to date if `migrate`.
    pub(crate) fn open(path: &Path, access: Access, migrate: bool) -> Result<Self, StoreError> {
        let lock = match access {
            Access::Serve => Some(Arc::new(lock(path)?)),
            Access::Command => None,
        };
        let mut connection = connection::open_writer(path)?;
        if migrate {
            migration::up(&mut connection)?;
        } else {
            migration::check(&connection)?;
        }
        Ok(Self {
            readers: Arc::new(Readers::open(path)?),
            stamp: Arc::new(Stamp::open(path)?),
            writer: Writer::start(connection, path.to_owned())?,
            lock,
        })
    }

    /// Runs a unit of work and commits it, together with whatever else is waiting.
    pub(crate) async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.writer.run(unit).await
    }

    /// Runs a unit of work on a snapshot of what is committed. It cannot write.
    pub(crate) async fn read<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.readers.run(unit).await
    }

    /// A number that is another one after every commit.
    pub(crate) fn stamp(&self) -> Result<i64, StoreError> {
        self.stamp.now()
    }

    /// Whether no other process serves this file.
    pub(crate) fn is_alone(&self) -> bool {
        self.lock.is_some()
    }

    /// Copies the database into `target`, consistently, while others use it.
    pub(crate) fn backup(source: &Path, target: &Path) -> Result<(), StoreError> {
        // Opened as it is: a path that is wrong must not become an empty database.
        let source = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut target = Connection::open(target)?;
        let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
        backup.run_to_completion(1_000, std::time::Duration::ZERO, None)?;
        Ok(())
    }
}

/// Holds the file `PATH.lock` for this process. The system releases it when the process ends,
/// however it ends.
fn lock(path: &Path) -> Result<File, StoreError> {
    let unavailable = |error: std::io::Error| StoreError::Unavailable(error.to_string());
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::create(PathBuf::from(name)).map_err(unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(unavailable(error)),
    }
}
