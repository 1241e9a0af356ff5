//! The one thread that writes. It takes what is waiting, commits it once, and then answers: a
//! durable commit costs one flush of the disk, however many wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpointer;
use super::connection::{Dialect, SqliteTx};
use crate::error::StoreError;
use crate::tx::UnitOfWork;

/// The most units of work in one commit.
const BATCH: usize = 256;
/// How many may wait before callers do.
const QUEUE: usize = 4_096;

#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Work>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let checkpointer = Checkpointer::start(path)?;
        let thread = WriterThread { connection, dialect: Dialect::default(), checkpointer };
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || thread.serve(waiting))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { queue })
    }

    /// The caller may go away: the unit runs all the same.
    pub(super) async fn run<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Pending { work: unit, outcome: None, reply });
        let gone = || StoreError::Unavailable("the writer has stopped".to_owned());
        self.queue.send(work).await.map_err(|_refused| gone())?;
        answer.await.map_err(|_dropped| gone())?
    }
}

/// A unit of work whose type has been forgotten.
trait Work: Send {
    /// Runs it inside the open transaction and keeps the outcome.
    fn attempt(&mut self, tx: &mut SqliteTx<'_>) -> Result<(), StoreError>;
    /// Tells the caller, once nothing can be undone any more.
    fn answer(self: Box<Self>, result: Result<(), StoreError>);
}

struct Pending<U: UnitOfWork> {
    work: U,
    outcome: Option<U::Outcome>,
    reply: oneshot::Sender<Result<U::Outcome, StoreError>>,
}

impl<U: UnitOfWork> Work for Pending<U> {
    fn attempt(&mut self, tx: &mut SqliteTx<'_>) -> Result<(), StoreError> {
        self.outcome = None;
        self.outcome = Some(run_now(&self.work, tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<(), StoreError>) {
        let Self { outcome, reply, .. } = *self;
        let missing = StoreError::Broken("it was committed without an outcome");
        // A caller that has gone away is no fault: its work is stored.
        let _ = reply.send(result.and_then(|()| outcome.ok_or(missing)));
    }
}

/// Polls a unit of work once. One that is not ready awaited something else than its database.
pub(super) fn run_now<U: UnitOfWork>(
    unit: &U,
    tx: &mut SqliteTx<'_>,
) -> Result<U::Outcome, StoreError> {
    let attempt = AssertUnwindSafe(|| {
        let future = pin!(unit.run(tx));
        future.poll(&mut Context::from_waker(Waker::noop()))
    });
    match catch_unwind(attempt) {
        Ok(Poll::Ready(outcome)) => outcome,
        Ok(Poll::Pending) => {
            Err(StoreError::Broken("it awaited something other than its database"))
        }
        Err(_panic) => Err(StoreError::Broken("it panicked")),
    }
}

struct WriterThread {
    connection: Connection,
    dialect: Dialect,
    checkpointer: Checkpointer,
}

impl WriterThread {
    fn serve(mut self, mut waiting: mpsc::Receiver<Box<dyn Work>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
            self.commit_together(std::mem::take(&mut batch));
            self.checkpointer.after_commit(&self.connection);
        }
    }

    /// One transaction for all. Whatever breaks it, each unit is then tried by itself, so that one
    /// cannot take the others down.
    fn commit_together(&mut self, mut batch: Vec<Box<dyn Work>>) {
        match self.attempt_all(&mut batch) {
            Ok(results) => {
                for (work, result) in batch.into_iter().zip(results) {
                    work.answer(result);
                }
            }
            Err(error) if batch.len() == 1 => {
                for work in batch {
                    work.answer(Err(error.clone()));
                }
            }
            Err(_whole_batch) => {
                for work in batch {
                    self.commit_together(vec![work]);
                }
            }
        }
    }

    /// `Ok` when the transaction was committed: then each unit's own result stands.
    fn attempt_all(
        &mut self,
        batch: &mut [Box<dyn Work>],
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        self.connection.execute_batch("begin immediate")?;
        let results = self.attempt_each(batch).and_then(|results| {
            self.connection.execute_batch("commit")?;
            Ok(results)
        });
        if results.is_err() && !self.connection.is_autocommit() {
            self.connection.execute_batch("rollback")?;
        }
        results
    }

    fn attempt_each(
        &mut self,
        batch: &mut [Box<dyn Work>],
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let mut results = Vec::with_capacity(batch.len());
        for work in batch {
            self.connection.prepare_cached("savepoint unit")?.execute([])?;
            let mut tx = SqliteTx { connection: &mut self.connection, dialect: &mut self.dialect };
            let result = work.attempt(&mut tx);
            if self.connection.is_autocommit() {
                // A full disk or an I/O error has ended the transaction under us.
                return Err(result.err().unwrap_or(StoreError::Broken("the transaction ended")));
            }
            if result.is_err() {
                self.connection.prepare_cached("rollback to unit")?.execute([])?;
            }
            self.connection.prepare_cached("release unit")?.execute([])?;
            results.push(result);
        }
        Ok(results)
    }
}
