//! From SQLite to PostgreSQL, and back to an earlier day.

use tempfile::tempdir;

use crate::instance::{Instance, apply, around_the_clock};
use crate::postgres::TestDatabase;
use crate::process::{printed, run};

const START: &str = "2027-06-01T10:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_to_postgres_once_nobody_serves_the_file() {
    let (folder, database) = (tempdir().unwrap(), TestDatabase::create("moving_up").await);
    let sqlite = Instance::serve(folder.path(), "sqlite://doorstep.db", &[]);
    apply(folder.path(), "sqlite://doorstep.db", &around_the_clock(1, |_| String::new()));
    sqlite.until("/v1/services/visit-0", 200).await;
    let (_, booked) = sqlite.book(0, START, "key").await.unwrap();

    let refused = run(folder.path(), &["migrate", "--to", &database.url()]);
    drop(sqlite);
    let moved = printed(folder.path(), &["migrate", "--to", &database.url()]);
    let twice = run(folder.path(), &["migrate", "--to", &database.url()]);

    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains("already serves"), "{complaint}");
    assert!(moved.contains("1  bookings"), "{moved}");
    let complaint = String::from_utf8_lossy(&twice.stderr);
    assert!(!twice.status.success() && complaint.contains("is in use"), "{complaint}");
    let postgres = Instance::serve(folder.path(), &database.url(), &[]);
    let (status, again) = postgres.book(0, START, "key").await.unwrap();
    assert_eq!((status, &again["id"]), (200, &booked["id"]));
}

#[tokio::test]
async fn a_backup_is_restored_with_its_bookings_and_the_other_database_is_kept() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), around_the_clock(1, |_| String::new()))
        .unwrap();
    printed(folder.path(), &["apply", "setup.toml"]);
    printed(folder.path(), &["backup", "copy.db"]);
    printed(folder.path(), &["key", "create", "--scope", "admin"]);

    let restored = printed(folder.path(), &["--json", "restore", "copy.db"]);

    let restored: serde_json::Value = serde_json::from_str(&restored).unwrap();
    assert_eq!(restored["old"], "doorstep.db.before-restore-1");
    let keys = |file: &str| -> i64 {
        let connection = rusqlite::Connection::open(folder.path().join(file)).unwrap();
        connection.query_row("select count(*) from api_keys", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((keys("doorstep.db"), keys("doorstep.db.before-restore-1")), (0, 1));
    assert!(printed(folder.path(), &["export"]).contains("visit-0"));
}
