//! Moving up from a SQLite file to PostgreSQL: everything, once, or nothing.

use std::path::Path;

use rusqlite::Connection;
use store::booking::FindBooking;
use store::{Access, Store, StoreError, Transferred};
use tempfile::TempDir;
use testbed::ServerDatabase;

use crate::database::{Database, WORKSPACE, migrate};
use crate::given::{minutes, now};

/// A copy of the file of a database that goes on being served.
fn copied(db: &Database) -> (TempDir, std::path::PathBuf) {
    let directory = TempDir::new().unwrap();
    let copy = directory.path().join("copy.db");
    Store::backup_sqlite(&db.file(), &copy).unwrap();
    (directory, copy)
}

async fn transfer(file: &Path, target: &ServerDatabase) -> Result<Transferred, StoreError> {
    Store::transfer_to_postgres(file, &target.url()).await
}

/// Every table and column of a schema, as `table.column`.
fn sqlite_columns(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let sql = "select m.name || '.' || c.name
                 from sqlite_schema m, pragma_table_xinfo(m.name) c
                where m.type = 'table' and m.name not glob 'sqlite_*'
                order by 1";
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.query_map([], |row| row.get(0)).unwrap();
    columns.collect::<Result<_, _>>().unwrap()
}

async fn postgres_columns(target: &ServerDatabase) -> Vec<String> {
    let sql = "select table_name || '.' || column_name collate \"C\" as name
                 from information_schema.columns where table_schema = 'public' order by name";
    let rows = target.connect().await.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_and_columns() {
    let db = Database::sqlite();
    let target = ServerDatabase::create(migrate).await;

    assert_eq!(sqlite_columns(&db.file()), postgres_columns(&target).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_afterwards_and_goes_on_there() {
    let db = Database::sqlite();
    let booking = db.confirmed("10:00").await;
    db.pending("12:00").await;
    let mut entry = db.entry("provider.answered", now());
    entry.summary = "a\0b".to_owned();
    let append =
        store::timeline::AppendTimeline { workspace: WORKSPACE, booking: booking.id, entry };
    db.write(append).await;
    let (_directory, file) = copied(&db);
    let target = ServerDatabase::empty().await;

    let transferred = transfer(&file, &target).await.unwrap();

    let rows = |name: &str| transferred.tables.iter().find(|(table, _)| table == name).unwrap().1;
    assert_eq!((rows("bookings"), rows("claims"), rows("workspaces")), (2, 2, 1));
    let moved = db.on(Store::open_postgres(&target.url(), false).await.unwrap());
    let find = FindBooking { workspace: WORKSPACE, id: booking.id };
    let found = moved.store.read(find).await.unwrap().unwrap().booking;
    assert_eq!(format!("{found:?}"), format!("{booking:?}"));
    assert_eq!(moved.count("select count(*) from timeline where summary like 'a%b'").await, 1);
    assert!(moved.request("10:00").refused().await, "its claims count");
    moved.confirmed("14:00").await; // Its counters go on behind what was copied.
    let later = now() + minutes(1);
    assert!(!moved.claim_jobs(later).await.is_empty(), "its jobs go on");
}

#[tokio::test]
async fn a_table_that_a_later_version_adds_is_copied_too() {
    let db = Database::sqlite();
    let (_directory, file) = copied(&db);
    let target = ServerDatabase::create(migrate).await;
    let table = "create table later_additions (
        id bigint primary key, title text not null, data bytea, note text)";
    let fill = "insert into later_additions values (2, 'two', x'0102', null), (1, 'one', null, '')";
    target.connect().await.batch_execute(table).await.unwrap();
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch(&table.replace("bytea", "blob").replace("bigint", "integer")).unwrap();
    connection.execute_batch(fill).unwrap();
    drop(connection);

    let transferred = transfer(&file, &target).await.unwrap();

    assert!(transferred.tables.contains(&("later_additions".to_owned(), 2)), "{transferred:?}");
    let rows = "select title, length(data) from later_additions order by id";
    let rows = target.connect().await.query(rows, &[]).await.unwrap();
    let row = |index: usize| (rows[index].get::<_, &str>(0), rows[index].get::<_, Option<i32>>(1));
    assert_eq!((row(0), row(1)), (("one", None), ("two", Some(2))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_in_use_is_refused_and_left_as_it_was() {
    let db = Database::sqlite();
    db.confirmed("10:00").await;
    let (_directory, file) = copied(&db);
    let target = Database::postgres().await;
    target.confirmed("11:00").await;

    let refused = transfer(&file, target.server()).await;

    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!(target.claims().await, ["ada 11:00-11:30"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_afterwards_keeps_nothing() {
    let db = Database::sqlite();
    db.confirmed("10:00").await;
    let (_directory, file) = copied(&db);
    let target = ServerDatabase::create(migrate).await;
    let meddling = "create function meddle() returns trigger language plpgsql as
            $$ begin new.title := 'x'; return new; end $$;
        create trigger meddle before insert on bookings for each row execute function meddle()";
    target.connect().await.batch_execute(meddling).await.unwrap();

    let refused = transfer(&file, &target).await;

    let told = refused.unwrap_err().to_string();
    assert!(told.contains("row 1 of bookings"), "{told}");
    target.connect().await.batch_execute("drop trigger meddle on bookings").await.unwrap();
    let again = transfer(&file, &target).await.unwrap();
    assert!(again.tables.contains(&("bookings".to_owned(), 1)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_served_is_refused() {
    let db = Database::sqlite();
    let target = ServerDatabase::create(migrate).await;

    let refused = transfer(&db.file(), &target).await;

    assert!(matches!(refused, Err(StoreError::InUse)), "{refused:?}");
    drop(Store::open_sqlite(&db.file(), Access::Command, false).unwrap());
}
