//! Whether anything was committed since somebody last looked, by whichever process.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::connection::open_reader;
use crate::error::StoreError;

/// A connection that never reads anything but the database's own count of foreign commits.
pub(super) struct Stamp(Mutex<Connection>);

impl Stamp {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self(Mutex::new(open_reader(path)?)))
    }

    /// Takes microseconds and waits for no writer, so that it may be called from anywhere.
    pub(super) fn now(&self) -> Result<i64, StoreError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached("pragma data_version")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}
