//! One connection and what a unit of work does with it.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};

use super::BUSY;
use crate::dialect;
use crate::error::StoreError;
use crate::lock::Lock;
use crate::tx::Tx;
use crate::value::{Row, Value};

/// How often whoever waits for a new file looks again.
const AGAIN: Duration = Duration::from_millis(5);
/// More statements than this program has.
const STATEMENTS: usize = 512;

pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    // The checkpointer does it beside the writer, not a commit that somebody waits for.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    prepared(connection)
}

/// Has a new file write ahead. Of processes that make it together one has it to itself for that, and
/// SQLite lets none of the others wait: it asks no busy handler here.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if is_busy(&error) && waited < BUSY => {
                std::thread::sleep(AGAIN);
                waited += AGAIN;
            }
            done => return Ok(done?),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    prepared(Connection::open_with_flags(path, flags)?)
}

fn prepared(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Statements as SQLite wants them, each made once.
#[derive(Default)]
pub(crate) struct Dialect(HashMap<&'static str, String>);

impl Dialect {
    fn sqlite(&mut self, sql: &'static str) -> &str {
        self.0.entry(sql).or_insert_with(|| dialect::sqlite(sql))
    }
}

/// A transaction, or on a reader a snapshot. Every future is ready at once.
pub(crate) struct SqliteTx<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) dialect: &'a mut Dialect,
}

impl SqliteTx<'_> {
    fn prepare(&mut self, sql: &'static str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached(self.dialect.sqlite(sql))?)
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut answer = Vec::new();
        while let Some(row) = rows.next()? {
            let columns: Result<Vec<Value>, StoreError> =
                (0..width).map(|index| column(row.get_ref(index)?)).collect();
            answer.push(Row::new(columns?));
        }
        Ok(answer)
    }
}

impl Tx for SqliteTx<'_> {
    async fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.rows(sql, params)
    }

    async fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<usize, StoreError> {
        Ok(self.prepare(sql)?.execute(rusqlite::params_from_iter(params))?)
    }

    /// There is one writer.
    async fn lock(&mut self, _locks: &[Lock]) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(crate) fn column(value: ValueRef<'_>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).ok().ok_or(StoreError::Unreadable("text"))?;
            Ok(Value::Text(text.to_owned()))
        }
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Real(_) => Err(StoreError::Unreadable("a floating-point column")),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
