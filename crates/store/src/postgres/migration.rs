//! Brings a database's schema up to date: numbered files, each in one transaction.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::transaction::describe;
use crate::dialect::BEGIN_MIGRATION;
use crate::error::StoreError;
use crate::migrate::{self, Migration};

/// Held by whoever migrates. It is the transaction's and not the session's, so that it also holds
/// through a pooler; the ledger comes after it, since even `if not exists` races.
const LOCK: &str = "select pg_advisory_xact_lock(7309453177410184057);
    create table if not exists migrations (
        number bigint primary key,
        checksum bytea not null
    )";

/// Runs what has not run yet. Processes that start together wait for each other.
pub(super) async fn up(client: &Client) -> Result<(), StoreError> {
    for migration in migrate::POSTGRES {
        client.batch_execute(BEGIN_MIGRATION).await.map_err(failed)?;
        match run(client, migration).await {
            Ok(()) => client.batch_execute("commit").await.map_err(failed)?,
            Err(error) => {
                client.batch_execute("rollback").await.map_err(failed)?;
                return Err(failed(error));
            }
        }
    }
    Ok(())
}

async fn run(client: &Client, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(LOCK).await?;
    let find = "select number from migrations where number = $1";
    let ran = client.query_typed(find, &[(&migration.number, Type::INT8)]).await?;
    if !ran.is_empty() {
        return Ok(());
    }
    client.batch_execute(migration.sql).await?;
    let note = "insert into migrations (number, checksum) values ($1, $2)";
    let checksum = migration.checksum();
    client
        .execute_typed(note, &[(&migration.number, Type::INT8), (&checksum, Type::BYTEA)])
        .await?;
    Ok(())
}

/// Whether the schema is exactly the one this version knows.
pub(super) async fn check(client: &Client) -> Result<(), StoreError> {
    migrate::check(migrate::POSTGRES, &ran(client).await?)
}

/// What has not run yet.
pub(super) async fn pending(client: &Client) -> Result<Vec<&'static str>, StoreError> {
    migrate::pending(migrate::POSTGRES, &ran(client).await?)
}

/// What has run, in order.
async fn ran(client: &Client) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let ledger = "select number, checksum from migrations order by number";
    match client.query_typed(ledger, &[]).await {
        Ok(rows) => Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect()),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn failed(error: tokio_postgres::Error) -> StoreError {
    StoreError::Unavailable(describe(&error))
}
