//! The least that could make a booking durable: a thread that inserts a booking's rows and commits
//! what is waiting together. No rules, no savepoints, nothing read.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::Failure;
use crate::rows::{Place, TableRow};

/// As many bookings in one commit as in Doorstep's.
const BATCH: usize = 256;

/// From this size of the write-ahead log on, another thread moves it into the database, as
/// Doorstep's does.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// What the thread is asked to do.
pub(crate) enum Work {
    /// Write a booking.
    Book(Place),
    /// Try to claim the slot of a booking whose time is taken.
    ClaimTaken(Place),
}

type Asked = (Work, oneshot::Sender<bool>);

/// Cheap to clone. The thread ends with the last of them.
#[derive(Clone)]
pub(crate) struct BareWriter {
    queue: mpsc::Sender<Asked>,
}

impl BareWriter {
    /// Opens a database that has Doorstep's schema, as Doorstep's own writer does.
    pub(crate) fn start(
        database: &Path,
        rows: Vec<TableRow>,
        template: Place,
    ) -> Result<Self, Failure> {
        let connection = Connection::open(database)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", "on")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.set_prepared_statement_cache_capacity(64);
        let (queue, waiting) = mpsc::channel(4_096);
        let (checkpoint, wanted) = sync_channel(1);
        let path = database.to_owned();
        thread::spawn(move || checkpoint_when(&wanted, &path));
        let log = database.with_extension("db-wal");
        let writer = WriterThread { connection, rows, template, log, checkpoint };
        thread::Builder::new()
            .name("bare-writer".to_owned())
            .spawn(move || writer.serve(waiting))?;
        Ok(Self { queue })
    }

    /// `true` when it was written, durably; `false` when the time is taken.
    pub(crate) async fn run(&self, work: Work) -> Result<bool, Failure> {
        let (reply, answer) = oneshot::channel();
        let gone = "the bare writer has stopped";
        self.queue.send((work, reply)).await.map_err(|_refused| gone)?;
        Ok(answer.await?)
    }
}

struct WriterThread {
    connection: Connection,
    rows: Vec<TableRow>,
    template: Place,
    log: PathBuf,
    checkpoint: SyncSender<()>,
}

impl WriterThread {
    fn serve(self, mut waiting: mpsc::Receiver<Asked>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
            match self.commit(&batch) {
                Ok(outcomes) => {
                    for ((_, reply), outcome) in batch.drain(..).zip(outcomes) {
                        // Whoever asked may have stopped measuring.
                        let _ = reply.send(outcome);
                    }
                    if std::fs::metadata(&self.log).is_ok_and(|log| log.len() > CHECKPOINT_BYTES) {
                        // Full means that it is already awake.
                        let _ = self.checkpoint.try_send(());
                    }
                }
                Err(failure) => {
                    eprintln!("bench: the bare writer stops: {failure}");
                    return;
                }
            }
        }
    }

    fn commit(&self, batch: &[Asked]) -> Result<Vec<bool>, Failure> {
        self.connection.execute_batch("begin immediate")?;
        let outcomes = batch.iter().map(|(work, _)| self.write(work)).collect::<Result<_, _>>();
        self.connection.execute_batch("commit")?;
        outcomes
    }

    fn write(&self, work: &Work) -> Result<bool, Failure> {
        match work {
            Work::Book(place) => {
                for row in &self.rows {
                    row.insert_for(&self.connection, &self.template, place)?;
                }
                Ok(true)
            }
            Work::ClaimTaken(place) => {
                for row in self.rows.iter().filter(|row| row.insert.contains(" into claims ")) {
                    row.insert_for(&self.connection, &self.template, place)?;
                }
                Ok(self.connection.changes() > 0)
            }
        }
    }
}

/// A checkpoint that fails is tried again after a later commit.
fn checkpoint_when(wanted: &Receiver<()>, database: &Path) {
    let Ok(connection) = Connection::open(database) else { return };
    while wanted.recv().is_ok() {
        let _ = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    }
}
