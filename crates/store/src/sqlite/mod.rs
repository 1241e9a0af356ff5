//! SQLite for one process: a writer thread that commits in groups, and a pool of readers.

mod checkpoint;
pub(crate) mod connection;
pub(crate) mod migration;
mod reader;
mod restore;
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

/// How long a command waits for a writer.
const BUSY: std::time::Duration = std::time::Duration::from_secs(10);

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
        // SQLite opens what it may only read, and says so at the first write.
        if connection.is_readonly("main")? {
            return Err(StoreError::Unavailable("the file may not be written".to_owned()));
        }
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

    /// What this version would run on the file before it opens it. Makes no file.
    pub(crate) fn pending(path: &Path) -> Result<Vec<&'static str>, StoreError> {
        if path.exists() {
            migration::pending(&open_existing(path)?)
        } else {
            migration::pending(&Connection::open_in_memory()?)
        }
    }

    /// Copies the database into `target`, consistently, while others use it. The copy has its name
    /// only once it is whole and on the disk.
    pub(crate) fn backup(source: &Path, target: &Path) -> Result<(), StoreError> {
        let unfinished = beside(target, ".unfinished");
        copy(&open_existing(source)?, &unfinished)?;
        std::fs::rename(&unfinished, target).map_err(|error| io(target, &error))
    }

    /// Puts the database in `file` in the place of the one at `path`, which nobody may serve
    /// meanwhile. Says where the old one is now.
    pub(crate) fn restore(file: &Path, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        let _lock = lock(path)?;
        restore::restore(file, path)
    }
}

/// Opens a file as it is: a path that is wrong must not become an empty database.
pub(crate) fn open_existing(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Copies a database into a new file, durably. All pages at once: one snapshot, which a writer in
/// another process does not interrupt, where a copy in steps would begin again after each commit.
fn copy(source: &Connection, target: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(io(target, &error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut copied = Connection::open(target)?;
    let step = rusqlite::backup::Backup::new(source, &mut copied)?.step(-1)?;
    if step != rusqlite::backup::StepResult::Done {
        return Err(StoreError::Unavailable("the database was locked for too long".to_owned()));
    }
    drop(copied);
    let file = File::open(target).map_err(|error| io(target, &error))?;
    file.sync_all().map_err(|error| io(target, &error))
}

/// A file that belongs to that of a database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn io(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// Holds the file `PATH.lock` for this process. The system releases it when the process ends,
/// however it ends.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let name = beside(path, ".lock");
    let file = File::create(&name).map_err(|error| io(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(io(&name, &error)),
    }
}
