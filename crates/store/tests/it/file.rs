//! What is true of SQLite alone: one file, one server, migrations and backups.

use std::path::Path;

use rusqlite::Connection;
use store::{Access, Store, StoreError};
use tempfile::TempDir;

use crate::database::{Database, WORKSPACE};

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open_sqlite(path, Access::Serve, true)
}

fn error(result: Result<Store, StoreError>) -> StoreError {
    result.err().expect("it does not open")
}

/// A migrated file that nobody has open.
fn migrated() -> (TempDir, std::path::PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("doorstep.db");
    open(&path).unwrap();
    (directory, path)
}

fn tamper(path: &Path, sql: &str) {
    assert_eq!(Connection::open(path).unwrap().execute(sql, []).unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let db = Database::sqlite();
    let booking = db.confirmed("10:00").await;
    let ran = db.count("select count(*) from migrations").await;

    let again = Store::open_sqlite(&db.file(), Access::Command, true).unwrap();

    let find = store::booking::FindBooking { workspace: WORKSPACE, id: booking.id };
    assert!(again.read(find).await.unwrap().is_some());
    assert_eq!(db.count("select count(*) from migrations").await, ran);
}

#[tokio::test]
async fn the_stamp_changes_with_every_commit_and_with_nothing_else() {
    let db = Database::sqlite();
    let foreign = Connection::open(db.file()).unwrap();
    let mut seen = vec![db.store.stamp().unwrap()];
    assert_eq!(db.store.stamp().unwrap(), seen[0]);

    db.confirmed("10:00").await;
    seen.push(db.store.stamp().unwrap());
    assert!(db.request("10:00").refused().await);
    assert_eq!(db.store.stamp().unwrap(), seen[1], "a refusal commits nothing");
    foreign.execute("update host_versions set version = version + 1", []).unwrap();
    seen.push(db.store.stamp().unwrap());

    assert!(seen.is_sorted_by(|before, after| before != after), "{seen:?}");
}

#[test]
fn many_processes_that_start_together_migrate_once() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("doorstep.db");

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open_sqlite(&path, Access::Command, true).unwrap());
        }
    });

    open(&path).unwrap();
}

#[test]
fn an_edited_migration_is_refused() {
    let (_directory, path) = migrated();
    tamper(&path, "update migrations set checksum = x'00' where number = 1");

    let refused = error(open(&path));

    assert!(matches!(refused, StoreError::ForeignMigration(1)), "{refused:?}");
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let (_directory, path) = migrated();
    tamper(&path, "insert into migrations (number, checksum) values (99, x'00')");

    for migrate in [true, false] {
        let refused = error(Store::open_sqlite(&path, Access::Serve, migrate));

        assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused:?}");
    }
}

#[test]
fn a_file_that_is_not_migrated_is_refused_when_migrations_are_off() {
    let directory = TempDir::new().unwrap();

    let path = directory.path().join("new.db");
    let pending = Store::pending_sqlite(&path).unwrap();
    assert!(!path.exists(), "asking makes none");
    let refused = error(Store::open_sqlite(&path, Access::Serve, false));

    assert_eq!(pending[0], "0001_initial.sql");
    assert!(matches!(refused, StoreError::NotMigrated("0001_initial.sql")), "{refused:?}");
    drop(open(&path).unwrap());
    assert!(Store::pending_sqlite(&path).unwrap().is_empty());
}

#[test]
fn a_second_server_on_one_file_is_refused() {
    let (_directory, path) = migrated();
    let first = open(&path).unwrap();

    let refused = error(open(&path));
    assert!(matches!(refused, StoreError::InUse), "{refused:?}");
    Store::open_sqlite(&path, Access::Command, false).unwrap(); // A command may come beside it.

    drop(first);
    open(&path).unwrap();
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let db = Database::sqlite();
    let booking = db.confirmed("10:00").await;

    let reader = Connection::open(db.file()).unwrap();

    let sql = "select count(*) from bookings where id = ?1";
    let id = booking.id.uuid().as_bytes().to_vec();
    assert_eq!(reader.query_row(sql, [id], |row| row.get::<_, i64>(0)).unwrap(), 1);
    let durable = "select * from pragma_journal_mode";
    assert_eq!(reader.query_row(durable, [], |row| row.get::<_, String>(0)).unwrap(), "wal");
}

#[tokio::test]
async fn a_backup_taken_while_serving_can_be_served() {
    let db = Database::sqlite();
    let booking = db.confirmed("10:00").await;
    let directory = TempDir::new().unwrap();
    let copy = directory.path().join("copy.db");

    Store::backup_sqlite(&db.file(), &copy).unwrap();
    db.cancellation(booking.id).done().await;

    let restored = open(&copy).unwrap();
    let find = store::booking::FindBooking { workspace: WORKSPACE, id: booking.id };
    let found = restored.read(find).await.unwrap().unwrap();
    assert_eq!(found.booking.state.status(), "confirmed", "as it was then");
}

#[test]
fn there_is_no_backup_of_a_file_that_is_not_there() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing.db");

    assert!(Store::backup_sqlite(&missing, &directory.path().join("copy.db")).is_err());

    assert!(!missing.exists(), "and none is made");
}
