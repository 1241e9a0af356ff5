//! The PostgreSQL database that is filled, in one transaction.

use std::pin::pin;

use bytes::Bytes;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::PAGE;
use super::source::{Source, Table, quote, quoted, values};
use crate::error::StoreError;
use crate::postgres::value::read_columns;
use crate::postgres::{connect_migrated, unavailable};
use crate::value::Value;

/// A transaction that nobody else comes between. It is rolled back unless it is committed.
pub(super) struct Target {
    client: Client,
}

/// A column as PostgreSQL has it.
struct Column {
    name: String,
    kind: Type,
    is_identity: bool,
}

impl Target {
    /// Brings the schema up to date and locks every table.
    pub(super) async fn open(url: &str, tables: &[Table]) -> Result<Self, StoreError> {
        let client = connect_migrated(url).await?;
        let target = Self { client };
        target.run("begin").await?;
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        target.run(&format!("lock table {} in access exclusive mode", quoted(&names))).await?;
        Ok(target)
    }

    /// Refuses a database that has more than one that was just made.
    pub(super) async fn expect_fresh(&self, table: &Table, fresh: i64) -> Result<(), StoreError> {
        let count = format!("select count(*) from {}", quote(&table.name));
        let rows = self.query(&count).await?;
        let found: i64 = rows.first().map_or(0, |row| row.get(0));
        if found == fresh {
            return Ok(());
        }
        Err(StoreError::Refused(format!(
            "the PostgreSQL database is in use: its table {} has rows. Name an empty one",
            table.name
        )))
    }

    /// Removes what every new database has: the source has its own.
    pub(super) async fn clear(&self, table: &Table) -> Result<(), StoreError> {
        self.run(&format!("delete from {}", quote(&table.name))).await
    }

    pub(super) async fn copy(&self, source: &Source, table: &Table) -> Result<(), StoreError> {
        let kinds = self.kinds(table).await?;
        let (name, columns) = (quote(&table.name), quoted(&table.columns));
        let copy = format!("copy {name} ({columns}) from stdin (format binary)");
        let sink = self.client.copy_in::<_, Bytes>(&copy).await.map_err(failed)?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &kinds));
        let mut statement = source.select(table)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let values = values(row)?;
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
            writer.as_mut().write(&values).await.map_err(failed)?;
        }
        writer.finish().await.map_err(failed)?;
        Ok(())
    }

    /// Opens a cursor on a table, in the order in which SQLite gives it.
    pub(super) async fn begin_reading(&self, table: &Table) -> Result<(), StoreError> {
        let columns = self.columns(table).await?;
        let ordered = |key: &String| match columns.iter().find(|column| column.name == *key) {
            Some(column) if column.kind == Type::TEXT => format!("{} collate \"C\"", quote(key)),
            Some(_) | None => quote(key),
        };
        let order = table.key.iter().map(ordered).collect::<Vec<_>>().join(", ");
        let (name, columns) = (quote(&table.name), quoted(&table.columns));
        let select = format!("select {columns} from {name} order by {order}");
        self.run(&format!("declare copied no scroll cursor for {select}")).await
    }

    pub(super) async fn next_page(&self) -> Result<Vec<Vec<Value>>, StoreError> {
        let rows = self.query(&format!("fetch {PAGE} from copied")).await?;
        rows.iter().map(read_columns).collect()
    }

    pub(super) async fn end_reading(&self) -> Result<(), StoreError> {
        self.run("close copied").await
    }

    /// Commits, with every counter behind what it would have given.
    pub(super) async fn commit(self, tables: &[Table]) -> Result<(), StoreError> {
        for table in tables {
            for column in self.columns(table).await?.iter().filter(|column| column.is_identity) {
                let (name, last) = (quote(&table.name), quote(&column.name));
                let (of, counted) = (literal(&name), literal(&column.name));
                self.run(&format!(
                    "select setval(pg_get_serial_sequence({of}, {counted}),
                                   coalesce(max({last}), 0) + 1, false) from {name}"
                ))
                .await?;
            }
        }
        self.run("commit").await?;
        // The planner knows nothing yet of what was copied; the server would look by itself later.
        if let Err(error) = self.run("analyze").await {
            tracing::warn!("everything was copied, and could not be analysed: {error}");
        }
        Ok(())
    }

    /// The types of a table's columns, in our order. Both schemas must have the same columns.
    async fn kinds(&self, table: &Table) -> Result<Vec<Type>, StoreError> {
        let columns = self.columns(table).await?;
        if columns.len() != table.columns.len() {
            return Err(differs(table));
        }
        let kind = |name: &String| {
            let column = columns.iter().find(|column| column.name == *name);
            column.map(|column| column.kind.clone()).ok_or_else(|| differs(table))
        };
        table.columns.iter().map(kind).collect()
    }

    async fn columns(&self, table: &Table) -> Result<Vec<Column>, StoreError> {
        let select = format!(
            "select attname::text, atttypid, attidentity <> '' from pg_attribute
              where attrelid = {}::regclass and attnum > 0 and not attisdropped
                and attgenerated = ''",
            literal(&quote(&table.name))
        );
        let rows = self.query(&select).await?;
        let column = |row: &tokio_postgres::Row| {
            let kind = Type::from_oid(row.get(1)).ok_or_else(|| differs(table))?;
            Ok(Column { name: row.get(0), kind, is_identity: row.get(2) })
        };
        rows.iter().map(column).collect()
    }

    async fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(failed)
    }

    async fn query(&self, sql: &str) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        self.client.query_typed(sql, &[]).await.map_err(failed)
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn differs(table: &Table) -> StoreError {
    StoreError::Refused(format!("the table {} is not the same on both databases", table.name))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn failed(error: Error) -> StoreError {
    unavailable(&error)
}
