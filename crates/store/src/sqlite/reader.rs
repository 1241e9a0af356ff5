//! Read-only connections, each used by one blocking task at a time.

use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection::{Dialect, SqliteTx, open_reader};
use super::writer::run_now;
use crate::error::StoreError;
use crate::tx::UnitOfWork;

/// More would only wait for the processor.
const READERS: usize = 4;

pub(super) struct Readers {
    free: Mutex<Vec<Reader>>,
    places: Semaphore,
}

struct Reader {
    connection: Connection,
    dialect: Dialect,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = |_| Ok(Reader { connection: open_reader(path)?, dialect: Dialect::default() });
        let free: Result<Vec<Reader>, StoreError> = (0..READERS).map(open).collect();
        Ok(Self { free: Mutex::new(free?), places: Semaphore::new(READERS) })
    }

    /// Every read opens a new snapshot: callers see what was answered before they asked.
    pub(super) async fn run<U: UnitOfWork>(
        self: &std::sync::Arc<Self>,
        unit: U,
    ) -> Result<U::Outcome, StoreError> {
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let readers = self.clone();
        let work = move || {
            let mut reader = readers.take();
            let outcome = reader.run(&unit);
            readers.give_back(reader);
            outcome
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or(Err(StoreError::Broken("a read was cancelled")))
    }

    fn take(&self) -> Reader {
        let mut free = self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        free.pop().expect("a place in the semaphore stands for a free reader")
    }

    fn give_back(&self, reader: Reader) {
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(reader);
    }
}

impl Reader {
    fn run<U: UnitOfWork>(&mut self, unit: &U) -> Result<U::Outcome, StoreError> {
        self.connection.execute_batch("begin deferred")?;
        let mut tx = SqliteTx { connection: &mut self.connection, dialect: &mut self.dialect };
        let outcome = run_now(unit, &mut tx);
        self.connection.execute_batch("commit")?;
        outcome
    }
}
