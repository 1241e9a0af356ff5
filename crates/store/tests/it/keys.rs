//! API keys, secrets of the installation, and what forms sent.

use domain::id::InboxId;
use domain::{KeyId, WorkspaceId};
use store::inbox::{CloseInboxEntry, KeepInInbox};
use store::key::{ApiKey, CreateKey, FindKey, ListKeys, RenameKey, RevokeKey};
use store::secret::LoadOrKeepSecret;

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now};

on_each_database! {
    a_key_is_found_by_its_hash_until_it_is_revoked,
    a_hash_belongs_to_one_key,
    a_key_that_works_can_be_given_another_name,
    whoever_is_first_makes_the_secret,
    what_a_form_sent_is_kept_as_received,
}

async fn create(db: &Database, hash: u8) -> ApiKey {
    let key = ApiKey {
        id: KeyId::new(db.id()),
        workspace: WORKSPACE,
        scope: "bookings".to_owned(),
        name: Some("website".to_owned()),
        created_at: now(),
    };
    db.write(CreateKey { key: key.clone(), hash: vec![hash] }).await;
    key
}

async fn find(db: &Database, hash: u8) -> Option<ApiKey> {
    db.store.read(FindKey { hash: vec![hash] }).await.unwrap()
}

async fn a_key_is_found_by_its_hash_until_it_is_revoked(db: Database) {
    let key = create(&db, 1).await;
    let other = create(&db, 2).await;
    assert_eq!(find(&db, 1).await, Some(key.clone()));
    assert_eq!(find(&db, 3).await, None);

    let revoke = || RevokeKey { workspace: WORKSPACE, id: key.id, now: now() + minutes(1) };
    assert!(db.write(revoke()).await);
    assert!(!db.write(revoke()).await);

    assert_eq!(find(&db, 1).await, None);
    let left = db.store.read(ListKeys { workspace: WORKSPACE }).await.unwrap();
    assert_eq!(left, std::slice::from_ref(&other));
    let foreign = RevokeKey { workspace: WorkspaceId(2), id: other.id, now: now() };
    assert!(!db.write(foreign).await, "another tenant's key");
}

async fn a_key_that_works_can_be_given_another_name(db: Database) {
    let key = create(&db, 1).await;
    let rename = |workspace| RenameKey { workspace, id: key.id, name: Some("form".to_owned()) };

    assert!(!db.write(rename(WorkspaceId(2))).await, "another tenant's key");
    assert!(db.write(rename(WORKSPACE)).await);

    assert_eq!(find(&db, 1).await.unwrap().name.as_deref(), Some("form"));
    db.write(RevokeKey { workspace: WORKSPACE, id: key.id, now: now() }).await;
    assert!(!db.write(rename(WORKSPACE)).await);
}

async fn a_hash_belongs_to_one_key(db: Database) {
    let first = create(&db, 1).await;
    let second = ApiKey { id: KeyId::new(db.id()), ..first.clone() };

    let refused = db.store.write(CreateKey { key: second, hash: vec![1] }).await;

    assert!(refused.is_err());
    assert_eq!(find(&db, 1).await, Some(first));
}

async fn whoever_is_first_makes_the_secret(db: Database) {
    let keep = |name, byte| LoadOrKeepSecret { workspace: WORKSPACE, name, ciphertext: vec![byte] };

    assert_eq!(db.write(keep("link_key", 1)).await, [1]);
    assert_eq!(db.write(keep("link_key", 2)).await, [1]);
    assert_eq!(db.write(keep("cookie_key", 3)).await, [3]);
}

async fn what_a_form_sent_is_kept_as_received(db: Database) {
    let id = InboxId::new(db.id());
    let body = b"not \xff JSON".to_vec();
    let keep = KeepInInbox {
        workspace: WORKSPACE,
        id,
        source: "website".parse().unwrap(),
        content_type: "application/json".to_owned(),
        body: body.clone(),
        now: now(),
    };
    db.write(keep).await;

    let detail = Some("/start is missing".to_owned());
    let outcome = "malformed";
    let close = CloseInboxEntry { workspace: WORKSPACE, id, outcome, detail, booking: None };
    db.write(close).await;

    let sql = "select body, outcome, detail from inbox";
    let mut row = db.select(sql, vec![]).await.remove(0);
    assert_eq!(row.take::<Vec<u8>>().unwrap(), body);
    assert_eq!(row.take::<String>().unwrap(), "malformed");
    assert_eq!(row.take::<String>().unwrap(), "/start is missing");
}
