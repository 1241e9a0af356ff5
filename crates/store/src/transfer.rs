//! Moving up: everything in a SQLite file into an empty PostgreSQL database, or nothing.
//!
//! Which tables and columns there are is asked of the schema, so that none that is added later can
//! be forgotten. One transaction copies, reads both sides again in one order and compares them row by
//! row; until it commits the target stays empty, and starting again is all there is to resuming.

mod source;
mod target;

use std::path::Path;

use crate::error::StoreError;
use source::{Source, Table};
use target::Target;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// Each table, and how many rows it has.
    pub tables: Vec<(String, u64)>,
}

/// How many rows are read at once.
const PAGE: usize = 1_000;

pub(crate) async fn transfer(path: &Path, url: &str) -> Result<Transferred, StoreError> {
    let source = Source::open(path)?;
    let tables = source.tables()?;
    let target = Target::open(url, &tables).await?;
    for (table, fresh) in tables.iter().zip(source::fresh_counts(&tables)?) {
        target.expect_fresh(table, fresh).await?;
    }
    for table in tables.iter().rev() {
        target.clear(table).await?;
    }
    let mut copied = Vec::with_capacity(tables.len());
    for table in &tables {
        target.copy(&source, table).await?;
        copied.push((table.name.clone(), compare(&source, &target, table).await?));
    }
    target.commit(&tables).await?;
    Ok(Transferred { tables: copied })
}

/// Reads both sides in the order of the key. The number of rows, when they are the same.
async fn compare(source: &Source, target: &Target, table: &Table) -> Result<u64, StoreError> {
    let mut statement = source.select(table)?;
    let mut ours = statement.query([])?;
    let mut count = 0;
    target.begin_reading(table).await?;
    loop {
        let theirs = target.next_page().await?;
        for row in &theirs {
            let ours = ours.next()?.map(source::values).transpose()?;
            count += 1;
            if ours.as_ref() != Some(row) {
                let name = &table.name;
                return Err(StoreError::Refused(format!(
                    "row {count} of {name} is not the same on both sides; nothing was kept"
                )));
            }
        }
        if theirs.len() < PAGE {
            break;
        }
    }
    target.end_reading().await?;
    if ours.next()?.is_some() {
        let name = &table.name;
        return Err(StoreError::Refused(format!("rows of {name} are missing; nothing was kept")));
    }
    Ok(count)
}
