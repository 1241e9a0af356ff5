//! Numbered migrations, never edited once they have landed: what has to run, and what a database
//! must not hold. Each database runs them in its own way.

use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// One numbered file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $file:literal),* $(,)?) => {
        /// What a SQLite file runs, in this order.
        pub(crate) const SQLITE: &[Migration] = &[$(Migration {
            number: $number,
            sql: include_str!(concat!("../migrations/sqlite/", $file)),
        }),*];
        /// What a PostgreSQL database runs, in this order.
        pub(crate) const POSTGRES: &[Migration] = &[$(Migration {
            number: $number,
            sql: include_str!(concat!("../migrations/postgres/", $file)),
        }),*];
    };
}

migrations! {
    1 "0001_initial.sql",
    6 "0006_occurrences.sql",
    7 "0007_texts_and_calls.sql",
}

impl Migration {
    pub(crate) fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.sql.as_bytes()).to_vec()
    }
}

/// Whether what a database has run is exactly what this version knows; `ran` is in order.
pub(crate) fn check(known: &[Migration], ran: &[(i64, Vec<u8>)]) -> Result<(), StoreError> {
    let newest_known = known.last().map_or(0, |migration| migration.number);
    let newest = ran.last().map_or(0, |(number, _)| *number);
    if newest > newest_known {
        return Err(StoreError::Newer { found: newest, known: newest_known });
    }
    for migration in known {
        let checksum = ran.iter().find(|(number, _)| *number == migration.number);
        match checksum {
            Some((_, checksum)) if *checksum == migration.checksum() => {}
            Some(_) => return Err(StoreError::ForeignMigration(migration.number)),
            None => return Err(not_migrated()),
        }
    }
    Ok(())
}

pub(crate) fn not_migrated() -> StoreError {
    StoreError::Unavailable("the database is not migrated".to_owned())
}
