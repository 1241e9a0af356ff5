//! Brings a file's schema up to date: numbered files, each in one transaction.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;
use crate::migrate;

const LEDGER: &str = "create table if not exists migrations (
    number integer primary key,
    checksum blob not null
) strict";

/// Runs what has not run yet. Processes that start together wait for each other.
pub(crate) fn up(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(LEDGER)?;
    for migration in migrate::SQLITE {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ran: Option<i64> = tx
            .query_row(
                "select number from migrations where number = ?1",
                [migration.number],
                |row| row.get(0),
            )
            .optional()?;
        if ran.is_none() {
            tx.execute_batch(migration.sql)?;
            tx.execute(
                "insert into migrations (number, checksum) values (?1, ?2)",
                rusqlite::params![migration.number, migration.checksum()],
            )?;
        }
        tx.commit()?;
    }
    check(connection)
}

/// Whether the schema is exactly the one this version knows.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    migrate::check(migrate::SQLITE, &ran(connection)?)
}

/// What has not run yet.
pub(super) fn pending(connection: &Connection) -> Result<Vec<&'static str>, StoreError> {
    migrate::pending(migrate::SQLITE, &ran(connection)?)
}

/// What has run, in order.
pub(super) fn ran(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    if !connection.table_exists(None, "migrations")? {
        return Ok(Vec::new());
    }
    let mut ledger =
        connection.prepare("select number, checksum from migrations order by number")?;
    let ran: Result<_, _> = ledger.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    Ok(ran?)
}
