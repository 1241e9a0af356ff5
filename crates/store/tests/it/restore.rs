//! Putting a backup in the place of a database.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use store::{Access, Store, StoreError};
use tempfile::TempDir;

use crate::database::Database;

/// A backup of a database with a booking, beside a database that has another one and that nobody
/// serves any more.
async fn given() -> (TempDir, PathBuf, PathBuf) {
    let directory = TempDir::new().unwrap();
    let (backup, path) = (directory.path().join("backup.db"), directory.path().join("doorstep.db"));
    let (one, other) = (Database::sqlite(), Database::sqlite());
    one.confirmed("10:00").await;
    other.confirmed("11:00").await;
    other.confirmed("12:00").await;
    Store::backup_sqlite(&one.file(), &backup).unwrap();
    Store::backup_sqlite(&other.file(), &path).unwrap();
    (directory, backup, path)
}

fn bookings(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("select count(*) from bookings", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_backup_takes_the_place_and_the_old_database_is_kept() {
    let (_directory, backup, path) = given().await;

    let old = Store::restore_sqlite(&backup, &path).unwrap().expect("there was one");
    let second = Store::restore_sqlite(&backup, &path).unwrap().expect("there was one");

    assert_eq!((bookings(&path), bookings(&old), bookings(&second)), (1, 2, 1));
    assert_ne!(old, second);
    drop(Store::open_sqlite(&path, Access::Serve, false).unwrap());
}

#[tokio::test]
async fn what_the_old_database_had_only_in_its_log_is_kept_with_it() {
    let (_directory, backup, path) = given().await;
    let crashed = Connection::open(&path).unwrap();
    crashed.pragma_update(None, "journal_mode", "wal").unwrap();
    crashed.execute("insert into workspaces values (2, 'logged')", []).unwrap();

    let old = Store::restore_sqlite(&backup, &path).unwrap().expect("there was one");

    let workspaces = |path: &Path| -> i64 {
        let connection = Connection::open(path).unwrap();
        connection.query_row("select count(*) from workspaces", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((workspaces(&old), workspaces(&path)), (2, 1));
    drop(crashed);
}

#[tokio::test]
async fn a_database_is_made_where_there_was_none() {
    let (directory, backup, _) = given().await;
    let missing = directory.path().join("new.db");

    assert_eq!(Store::restore_sqlite(&backup, &missing).unwrap(), None);

    assert_eq!(bookings(&missing), 1);
}

#[tokio::test]
async fn a_served_database_is_not_replaced() {
    let (_directory, backup, path) = given().await;
    let served = Store::open_sqlite(&path, Access::Serve, false).unwrap();

    let refused = Store::restore_sqlite(&backup, &path);

    assert!(matches!(refused, Err(StoreError::InUse)), "{refused:?}");
    drop(served);
    assert_eq!(bookings(&path), 2);
}

#[tokio::test]
async fn what_is_not_a_whole_database_of_ours_is_refused_and_changes_nothing() {
    let (directory, backup, path) = given().await;
    let file = |name: &str| directory.path().join(name);
    std::fs::write(file("text"), "not a database, and long enough to be looked at").unwrap();
    Connection::open(file("other")).unwrap().execute_batch("create table t (a)").unwrap();
    std::fs::copy(&backup, file("newer")).unwrap();
    let newer = "insert into migrations (number, checksum) values (99, x'00')";
    Connection::open(file("newer")).unwrap().execute_batch(newer).unwrap();
    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 30_000].fill(0x5a);
    std::fs::write(file("damaged"), bytes).unwrap();

    for name in ["text", "other", "newer", "damaged"] {
        let refused = Store::restore_sqlite(&file(name), &path);

        assert!(refused.is_err(), "{name}");
        assert_eq!(bookings(&path), 2, "{name}");
    }
    let left = std::fs::read_dir(directory.path()).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().contains("unfinished"));
    assert_eq!(left.count(), 0);
}
