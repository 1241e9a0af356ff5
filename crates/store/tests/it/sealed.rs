//! Ciphertexts: all of them are known, and each is replaced only as it was read.

use domain::ConnectionId;
use store::connection::{EnsureConnection, StoreTokens};
use store::sealed::{COLUMNS, ListSealed, Place, Reseal, Sealed};
use store::secret::LoadOrKeepSecret;

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now};

on_each_database! {
    every_ciphertext_is_listed_and_replaced_as_it_was_read,
}

async fn every_ciphertext_is_listed_and_replaced_as_it_was_read(db: Database) {
    let mut ids = Vec::new();
    for account in ["ada@agency.example", "cy@agency.example"] {
        let ensure = EnsureConnection {
            workspace: WORKSPACE,
            id: ConnectionId::new(db.id()),
            provider: "google".to_owned(),
            host: "ada".parse().unwrap(),
            account: account.to_owned(),
            now: now(),
        };
        let connection = db.write(ensure).await;
        db.write(StoreTokens {
            workspace: WORKSPACE,
            id: connection.id,
            seen: connection.version,
            refresh_token: Some(vec![1]),
            access_token: vec![2],
            access_expires_at: now() + minutes(60),
            scopes: Some(String::new()),
            credentials: "google",
            now: now(),
        })
        .await;
        ids.push(connection.id);
    }
    let name = "link_key";
    db.write(LoadOrKeepSecret { workspace: WORKSPACE, name, ciphertext: vec![3] }).await;

    let mut found = Vec::new();
    let mut after = None;
    loop {
        let batch = db.store.read(ListSealed { workspace: WORKSPACE, after, limit: 1 }).await;
        let batch = batch.unwrap();
        found.extend(batch.sealed);
        after = batch.last;
        if after.is_none() {
            break;
        }
    }

    let places: Vec<Place> = found.iter().map(|sealed| sealed.place.clone()).collect();
    let expected = [
        Place::RefreshToken(ids[0]),
        Place::AccessToken(ids[0]),
        Place::RefreshToken(ids[1]),
        Place::AccessToken(ids[1]),
        Place::Secret(name.to_owned()),
    ];
    assert_eq!(places, expected);
    for old in found {
        let stale = Sealed { ciphertext: vec![99], ..old.clone() };
        let replace = |old: Sealed| Reseal { workspace: WORKSPACE, old, new: vec![7, 7] };
        assert!(!db.write(replace(stale)).await, "somebody else changed it");
        assert!(db.write(replace(old)).await);
    }
    let batch = db.store.read(ListSealed { workspace: WORKSPACE, after: None, limit: 9 }).await;
    assert!(batch.unwrap().sealed.iter().all(|sealed| sealed.ciphertext == [7, 7]));
}

#[tokio::test]
async fn no_encrypted_column_is_forgotten() {
    let db = Database::sqlite();
    let schema = rusqlite::Connection::open(db.file()).unwrap();
    let sql = "select tables.name || '.' || columns.name
                 from sqlite_master as tables, pragma_table_info(tables.name) as columns
                where tables.type = 'table' and upper(columns.type) = 'BLOB'
                order by 1";
    let mut statement = schema.prepare(sql).unwrap();
    let blobs: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect();

    let looks_secret = |column: &&String| {
        let name = column.split('.').nth(1).unwrap();
        let is_hash = name.ends_with("_hash");
        let words = ["token", "cipher", "secret", "password", "sealed"];
        !is_hash && words.iter().any(|word| name.contains(word))
    };
    let mut secret: Vec<&str> = blobs.iter().filter(looks_secret).map(String::as_str).collect();
    let mut known = COLUMNS.to_vec();
    secret.sort_unstable();
    known.sort_unstable();
    assert_eq!(secret, known, "`store::sealed` has to know every encrypted column");
}
