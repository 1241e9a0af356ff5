//! The SQLite file that is copied, and what its schema says.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, Row, Statement};

use crate::error::StoreError;
use crate::postgres::value::storable;
use crate::sqlite::connection::column;
use crate::sqlite::{lock, migration, open_existing};
use crate::value::Value;

/// The file, which nobody else serves or changes as long as this lives.
pub(super) struct Source {
    connection: Connection,
    _lock: File,
}

/// A table as both databases have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The columns of the primary key, in its order.
    pub(super) key: Vec<String>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let held = lock(path)?;
        let mut connection = open_existing(path)?;
        migration::up(&mut connection)?;
        connection.execute_batch("begin immediate")?;
        Ok(Self { connection, _lock: held })
    }

    /// Every table but the ledger of migrations, those that others refer to first.
    pub(super) fn tables(&self) -> Result<Vec<Table>, StoreError> {
        tables(&self.connection)
    }

    /// Its rows in the order of its key.
    pub(super) fn select(&self, table: &Table) -> Result<Statement<'_>, StoreError> {
        let (columns, key) = (quoted(&table.columns), quoted(&table.key));
        let select = format!("select {columns} from {} order by {key}", quote(&table.name));
        Ok(self.connection.prepare(&select)?)
    }
}

/// A row as PostgreSQL stores it.
pub(super) fn values(row: &Row<'_>) -> Result<Vec<Value>, StoreError> {
    let width = row.as_ref().column_count();
    let storable = |index| {
        Ok(match column(row.get_ref(index)?)? {
            Value::Text(text) => Value::Text(storable(&text).into_owned()),
            other @ (Value::Null | Value::Integer(_) | Value::Bytes(_)) => other,
        })
    };
    (0..width).map(storable).collect()
}

/// How many rows each table has in a database that was just made.
pub(super) fn fresh_counts(tables: &[Table]) -> Result<Vec<i64>, StoreError> {
    let mut fresh = Connection::open_in_memory()?;
    migration::up(&mut fresh)?;
    let count = |table: &Table| {
        let count = format!("select count(*) from {}", quote(&table.name));
        // A table that no migration of this version makes starts empty.
        if !fresh.table_exists(None, table.name.as_str())? {
            return Ok(0);
        }
        Ok(fresh.query_row(&count, [], |row| row.get(0))?)
    };
    tables.iter().map(count).collect()
}

fn tables(connection: &Connection) -> Result<Vec<Table>, StoreError> {
    let mut names = connection.prepare(
        "select name from sqlite_schema
          where type = 'table' and name not glob 'sqlite_*' and name <> 'migrations'
          order by name",
    )?;
    let names: Result<Vec<String>, _> = names.query_map([], |row| row.get(0))?.collect();
    let mut waiting: Vec<(Table, Vec<String>)> =
        names?.into_iter().map(|name| described(connection, name)).collect::<Result<_, _>>()?;
    let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let placed = |parent: &String| ordered.iter().any(|table| table.name == *parent);
        let next = waiting.iter().position(|(table, parents)| {
            parents.iter().all(|parent| *parent == table.name || placed(parent))
        });
        let next = next.ok_or(StoreError::Broken("tables refer to each other in a circle"))?;
        ordered.push(waiting.remove(next).0);
    }
    Ok(ordered)
}

/// A table, and those that it refers to.
fn described(connection: &Connection, name: String) -> Result<(Table, Vec<String>), StoreError> {
    let mut columns =
        connection.prepare("select name, pk from pragma_table_xinfo(?1) where hidden = 0")?;
    let columns: Result<Vec<(String, i64)>, _> =
        columns.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    let columns = columns?;
    let mut key: Vec<_> = columns.iter().filter(|(_, place)| *place > 0).collect();
    key.sort_unstable_by_key(|(_, place)| *place);
    let key = key.into_iter().map(|(column, _)| column.clone()).collect();
    let mut parents = connection.prepare("select \"table\" from pragma_foreign_key_list(?1)")?;
    let parents: Result<Vec<String>, _> = parents.query_map([&name], |row| row.get(0))?.collect();
    let columns = columns.into_iter().map(|(column, _)| column).collect();
    Ok((Table { name, columns, key }, parents?))
}

/// A name as both databases take it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names, with commas.
pub(super) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    #[test]
    fn tables_come_after_those_that_they_refer_to() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "create table a (b integer references b (id), x text, primary key (x, b));
                 create table b (id integer primary key, c integer references c (id));
                 create table c (id integer primary key, \"a \"\"name\" blob);",
            )
            .unwrap();

        let found = tables(&connection).unwrap();

        assert_eq!(
            found.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
            ["c", "b", "a"]
        );
        assert_eq!(found[2].key, ["x", "b"]);
        assert_eq!(quoted(&found[0].columns), "\"id\", \"a \"\"name\"");
    }
}
