//! Brings a database's schema up to date: numbered files, each in one transaction, never edited
//! once they have landed.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::error::StoreError;

const SQLITE: &[(i64, &str)] = &[(1, include_str!("../migrations/sqlite/0001_initial.sql"))];

const LEDGER: &str = "create table if not exists migrations (
    number integer primary key,
    checksum blob not null
) strict";

/// Runs what has not run yet. Processes that start together wait for each other.
pub(crate) fn up(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(LEDGER)?;
    for (number, sql) in SQLITE {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if checksum_of(&tx, *number)?.is_none() {
            tx.execute_batch(sql)?;
            tx.execute(
                "insert into migrations (number, checksum) values (?1, ?2)",
                rusqlite::params![number, checksum(sql)],
            )?;
        }
        tx.commit()?;
    }
    check(connection)
}

/// Whether the schema is exactly the one this version knows.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let newest: Option<i64> = connection
        .query_row("select max(number) from migrations", [], |row| row.get(0))
        .map_err(|_missing| StoreError::Unavailable("the database is not migrated".to_owned()))?;
    let known = SQLITE.last().map_or(0, |(number, _)| *number);
    match newest.unwrap_or(0) {
        found if found > known => return Err(StoreError::Newer { found, known }),
        found if found < known => {
            return Err(StoreError::Unavailable("the database is not migrated".to_owned()));
        }
        _ => {}
    }
    for (number, sql) in SQLITE {
        if checksum_of(connection, *number)? != Some(checksum(sql)) {
            return Err(StoreError::ForeignMigration(*number));
        }
    }
    Ok(())
}

fn checksum_of(connection: &Connection, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let find = "select checksum from migrations where number = ?1";
    Ok(connection.query_row(find, [number], |row| row.get(0)).optional()?)
}

fn checksum(sql: &str) -> Vec<u8> {
    Sha256::digest(sql.as_bytes()).to_vec()
}
