//! The rows that one booking leaves, found by comparing the database before and after it: what the
//! bare writer writes stays what Doorstep writes, whatever that comes to be.

use std::path::Path;

use domain::BookingId;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use crate::Failure;

/// How far apart the identifiers of two bookings lie: identifiers of one booking lie closer.
const ID_STEP: u128 = 1 << 40;

/// One row, with the statement that inserts it.
#[derive(Debug, Clone)]
pub(crate) struct TableRow {
    table: String,
    pub(crate) insert: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

/// Which booking a row belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Counts the bookings; their identifiers rise with it.
    pub(crate) number: u64,
    /// The number in the names of host and service.
    pub(crate) host: u64,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// Every row of every table.
pub(crate) fn read_all(database: &Path) -> Result<Vec<TableRow>, Failure> {
    let connection = Connection::open(database)?;
    let mut tables = connection.prepare(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%'",
    )?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for table in tables {
        all.extend(read_table(&connection, &table)?);
    }
    Ok(all)
}

/// The rows that were not there before.
pub(crate) fn added(before: &[TableRow], after: Vec<TableRow>) -> Vec<TableRow> {
    let known = |row: &TableRow| {
        before.iter().any(|old| old.table == row.table && old.values == row.values)
    };
    after.into_iter().filter(|row| !known(row)).collect()
}

fn read_table(connection: &Connection, table: &str) -> Result<Vec<TableRow>, Failure> {
    let mut statement = connection.prepare(&format!("select * from {table}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let insert = insert(table, &columns);
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|index| row.get(index)).collect::<Result<_, _>>()?;
        let (table, insert, columns) = (table.to_owned(), insert.clone(), columns.clone());
        all.push(TableRow { table, insert, columns, values });
    }
    Ok(all)
}

/// A host's version is one row for all its bookings, which Doorstep counts up by this statement.
fn insert(table: &str, columns: &[String]) -> String {
    let places = vec!["?"; columns.len()].join(", ");
    let columns = columns.join(", ");
    let counted = match table {
        "host_versions" => " on conflict do update set version = version + 1",
        _ => "",
    };
    format!("insert into {table} ({columns}) values ({places}){counted}")
}

impl TableRow {
    /// Inserts this row as another booking's. `template` is the booking that left it.
    pub(crate) fn insert_for(
        &self,
        connection: &Connection,
        template: &Place,
        place: &Place,
    ) -> Result<(), Failure> {
        let values = self.columns.iter().zip(&self.values).map(|(column, value)| match value {
            // The database numbers the rows of this table.
            Value::Integer(_) if column == "id" => Value::Null,
            Value::Integer(instant) => Value::Integer(moved(*instant, template, place)),
            Value::Blob(bytes) => Value::Blob(renumbered(bytes, place.number)),
            Value::Text(text) => Value::Text(renamed(text, place)),
            Value::Null | Value::Real(_) => value.clone(),
        });
        connection.prepare_cached(&self.insert)?.execute(params_from_iter(values))?;
        Ok(())
    }
}

fn moved(instant: i64, template: &Place, place: &Place) -> i64 {
    match instant {
        start if start == template.start.as_microsecond() => place.start.as_microsecond(),
        end if end == template.end.as_microsecond() => place.end.as_microsecond(),
        other => other,
    }
}

fn renumbered(bytes: &[u8], number: u64) -> Vec<u8> {
    match <[u8; 16]>::try_from(bytes) {
        Ok(id) => successor(u128::from_be_bytes(id), number).to_be_bytes().to_vec(),
        Err(_longer_or_shorter) => bytes.to_vec(),
    }
}

fn successor(id: u128, number: u64) -> u128 {
    id.wrapping_add((u128::from(number) + 1) * ID_STEP)
}

/// Slugs of the template end in its number, 0. A booking's identifier stands in front of a job's
/// subject in our notation, and of an event's identifier in plain digits.
fn renamed(text: &str, place: &Place) -> String {
    if let Some(name) = ["host-", "short-"].into_iter().find(|name| text == format!("{name}0")) {
        return format!("{name}{}", place.host);
    }
    let next = |id: Uuid| Uuid::from_u128(successor(id.as_u128(), place.number));
    let subject = text.split('/').next().unwrap_or(text);
    if let Ok(id) = subject.parse::<BookingId>() {
        return text.replacen(subject, &BookingId::new(next(id.uuid())).to_string(), 1);
    }
    match text.split_at_checked(32).map(|(id, rest)| (Uuid::try_parse(id), rest)) {
        Some((Ok(id), rest)) => format!("{}{rest}", next(id).simple()),
        Some((Err(_), _)) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_identifiers_in_texts_are_the_other_bookings() {
        let start = Timestamp::UNIX_EPOCH;
        let place = Place { number: 1, host: 3, start, end: start };
        let (id, other) = (Uuid::from_u128(5), Uuid::from_u128(5 + 2 * ID_STEP));
        let (ours, others) = (BookingId::new(id), BookingId::new(other));

        assert_eq!(renamed("short-0", &place), "short-3");
        assert_eq!(renamed(&format!("{ours}/0/sms"), &place), format!("{others}/0/sms"));
        let (id, other) = (id.simple(), other.simple());
        assert_eq!(renamed(&format!("{id}0000"), &place), format!("{other}0000"));
        assert_eq!(renamed("Accepted", &place), "Accepted");
    }
}
