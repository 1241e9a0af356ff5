//! Putting a copy in the place of a database.
//!
//! Whenever this is interrupted, one of both databases is whole under its name or the one that
//! [`restore`] gives it, and doing it again ends it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{beside, copy, io, migration, open_existing};
use crate::error::StoreError;
use crate::migrate;

/// What SQLite keeps beside a file, and what is in none of its own.
const LOG: &str = "-wal";
const INDEX: &str = "-shm";

/// The caller has the lock of `path`. `Some` is where the old database is now.
pub(super) fn restore(file: &Path, path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let source = open_existing(file)?;
    check(&source, file)?;
    let unfinished = beside(path, ".unfinished");
    copy(&source, &unfinished)?;
    let aside = set_aside(path)?;
    fs::rename(&unfinished, path).map_err(|error| io(path, &error))?;
    sync_folder(path)?;
    Ok(aside)
}

/// Whether it is a whole database of this version or an older one.
fn check(source: &Connection, file: &Path) -> Result<(), StoreError> {
    let refused = |why: &str| StoreError::Refused(format!("{} {why}", file.display()));
    let ran =
        migration::ran(source).map_err(|error| refused(&format!("is no database: {error}")))?;
    if ran.is_empty() {
        return Err(refused("is not a database of Doorstep"));
    }
    migrate::pending(migrate::SQLITE, &ran)?;
    let found: String = source.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(refused(&format!("is damaged: {found}")));
    }
    if source.prepare("pragma foreign_key_check")?.exists([])? {
        return Err(refused("is damaged: a row refers to one that is not there"));
    }
    Ok(())
}

/// Gives the old database another name, with its log, which may hold what its file does not yet. A
/// log that stayed would be taken for the new database's.
fn set_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !path.exists() {
        remove(&beside(path, LOG))?;
        remove(&beside(path, INDEX))?;
        return Ok(None);
    }
    let aside = free_name(path);
    for suffix in ["", LOG] {
        let (from, to) = (beside(path, suffix), beside(&aside, suffix));
        match fs::hard_link(&from, &to) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // A file system without links.
            Err(_) => drop(fs::copy(&from, &to).map_err(|error| io(&to, &error))?),
            Ok(()) => {}
        }
    }
    sync_folder(path)?;
    remove(&beside(path, LOG))?;
    remove(&beside(path, INDEX))?;
    Ok(Some(aside))
}

fn free_name(path: &Path) -> PathBuf {
    let numbered = (1..).map(|number| beside(path, &format!(".before-restore-{number}")));
    numbered.into_iter().find(|name| !name.exists()).expect("there are fewer than 2^31 restores")
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| io(folder, &error))
}
