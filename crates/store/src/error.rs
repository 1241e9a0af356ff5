//! What can go wrong between us and the database.

/// Why a unit of work did not happen. Nothing of it is stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database refused or lost the work: full disk, read-only file, connection gone.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Others changed the same rows each time that it was tried.
    #[error("other transactions were in the way, again and again")]
    Contended,
    /// Another process has the database file.
    #[error("another doorstep already serves this database file")]
    InUse,
    /// The file was written by a newer version.
    #[error(
        "the database has schema {found}, this version knows {known}; install a newer doorstep"
    )]
    Newer {
        /// The schema's number in the database.
        found: i64,
        /// The newest number this version knows.
        known: i64,
    },
    /// The schema is older than this version's.
    #[error("the database lacks the migration {0}: run `doorstep migrate`")]
    NotMigrated(&'static str),
    /// A migration that has run is not the one this version has.
    #[error("migration {0} is not the one that this database was made with")]
    ForeignMigration(i64),
    /// What was asked for would damage data, or cannot be done with this file or database.
    #[error("{0}")]
    Refused(String),
    /// A stored value is not what any version writes.
    #[error("{0} cannot be read back")]
    Unreadable(&'static str),
    /// A worker's lease was lost: somebody else has the job now, and nothing was changed.
    #[error("the lease of the job was lost")]
    LeaseLost,
    /// A unit of work awaited something other than its database, or panicked: our bug.
    #[error("a unit of work is broken: {0}")]
    Broken(&'static str),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The message names the SQL fault and never a bound value.
        Self::Unavailable(error.to_string())
    }
}
