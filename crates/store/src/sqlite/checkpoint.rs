//! Moves what is committed from the write-ahead log into the file, beside the writer.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::Connection;

use super::connection::open_writer;
use crate::error::StoreError;

/// From this size of the log on it is worth a checkpoint.
const WORTH_IT: u64 = 4 << 20;
/// From this size on the writer waits for the readers and starts the log anew.
const TOO_LARGE: u64 = 64 << 20;

pub(super) struct Checkpointer {
    log: PathBuf,
    wake: SyncSender<()>,
}

impl Checkpointer {
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let (wake, woken) = sync_channel(1);
        let log = log_of(&path);
        thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || serve(&path, &woken))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { log, wake })
    }

    pub(super) fn after_commit(&self, writer: &Connection) {
        let size = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if size > TOO_LARGE {
            checkpoint(writer, "pragma wal_checkpoint(truncate)");
        } else if size > WORTH_IT {
            // Full means that it is already awake.
            let _ = self.wake.try_send(());
        }
    }
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn serve(path: &Path, woken: &Receiver<()>) {
    let connection = match open_writer(path) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::warn!("the checkpointer could not open the database: {error}");
            return;
        }
    };
    while woken.recv().is_ok() {
        checkpoint(&connection, "pragma wal_checkpoint(passive)");
    }
}

/// A checkpoint that cannot finish now is repeated after a later commit.
fn checkpoint(connection: &Connection, pragma: &str) {
    if let Err(error) = connection.query_row(pragma, [], |_| Ok(())) {
        tracing::debug!("checkpoint postponed: {error}");
    }
}
