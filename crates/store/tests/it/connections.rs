//! Connections to providers, their tokens, and consents.

use domain::ConnectionId;
use store::connection::{
    Connection, DeleteConnection, EnsureConnection, FindConnection, FindConnectionByAccount,
    IsUsedUp, ListConnections, SetConnectionStatus, StoreTokens, UseOnce,
};
use store::job::{Postponement, Release};

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now};

on_each_database! {
    what_would_wait_for_a_connection_that_was_healed_meanwhile_is_due_at_once,
    an_account_has_one_connection,
    tokens_are_stored_only_on_the_version_that_was_seen,
    a_refresh_keeps_what_it_does_not_bring,
    what_a_connection_parked_goes_on_once_it_has_tokens,
    a_status_is_news_once,
    a_revoked_connection_is_healed_by_consent_alone,
    a_connection_that_recovers_lets_its_jobs_go_on,
    a_deleted_connection_is_gone_and_parks_nothing,
    what_works_once_works_once,
    what_was_used_up_is_known_until_it_would_be_of_no_use,
}

async fn connect(db: &Database, account: &str) -> Connection {
    let ensure = EnsureConnection {
        workspace: WORKSPACE,
        id: ConnectionId::new(db.id()),
        provider: "google".to_owned(),
        host: "ada".parse().unwrap(),
        account: account.to_owned(),
        now: now(),
    };
    db.write(ensure).await
}

async fn found(db: &Database, id: ConnectionId) -> Connection {
    db.store.read(FindConnection { workspace: WORKSPACE, id }).await.unwrap().unwrap()
}

fn tokens(connection: &Connection, access: u8) -> StoreTokens {
    StoreTokens {
        workspace: WORKSPACE,
        id: connection.id,
        seen: connection.version,
        refresh_token: Some(vec![access, 1]),
        access_token: vec![access],
        access_expires_at: now() + minutes(60),
        scopes: Some("calendar.events".to_owned()),
        credentials: "google",
        now: now(),
    }
}

async fn set_status(db: &Database, connection: &Connection, status: &'static str) -> bool {
    let (workspace, id, reason) = (WORKSPACE, connection.id, Some("invalid_grant".to_owned()));
    let incident = None;
    db.write(SetConnectionStatus { workspace, id, status, reason, incident, now: now() }).await
}

/// A calendar job that waits for the connection.
async fn park(db: &Database, connection: &Connection, start: &str) {
    let (_, job) = db.pending(start).await;
    let postponement = Some(Postponement::Parked(connection.id));
    db.write(Release { job, postponement, error: None }).await;
}

async fn parked(db: &Database) -> usize {
    db.jobs().await.iter().filter(|job| job.parked_by.is_some()).count()
}

async fn what_would_wait_for_a_connection_that_was_healed_meanwhile_is_due_at_once(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    let (_, saw_it_waiting) = db.pending("10:00").await;
    db.write(tokens(&connection, 1)).await;

    let postponement = Some(Postponement::Parked(connection.id));
    db.write(Release { job: saw_it_waiting, postponement, error: None }).await;

    assert_eq!(parked(&db).await, 0, "nobody would ever unpark it");
    assert!(!db.claim_jobs(now()).await.is_empty());
}

async fn an_account_has_one_connection(db: Database) {
    let first = connect(&db, "ada@agency.example").await;
    let again = connect(&db, "ada@agency.example").await;
    let other = connect(&db, "cy@agency.example").await;

    assert_eq!((first.status.as_str(), first.id), ("awaiting_consent", again.id));
    assert_ne!(first.id, other.id);
    let all = db.store.read(ListConnections { workspace: WORKSPACE }).await.unwrap();
    assert_eq!(all.len(), 2);
    let by_account = FindConnectionByAccount {
        workspace: WORKSPACE,
        provider: "google".to_owned(),
        account: "cy@agency.example".to_owned(),
    };
    assert_eq!(db.store.read(by_account).await.unwrap().map(|it| it.id), Some(other.id));
}

async fn tokens_are_stored_only_on_the_version_that_was_seen(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;

    // Two refreshed at once with the same version.
    let (first, second) = (tokens(&connection, 1), tokens(&connection, 2));
    let stored = (db.write(first).await, db.write(second).await);

    assert_eq!(stored, (Some(0), None));
    let winner = found(&db, connection.id).await;
    assert_eq!(winner.access_token, Some(vec![1]), "the other reads the winner's");
    assert_eq!(winner.status, "healthy");
    assert!(db.write(tokens(&winner, 3)).await.is_some());
}

async fn a_refresh_keeps_what_it_does_not_bring(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    db.write(tokens(&connection, 1)).await;
    let consented = found(&db, connection.id).await;

    let refresh = StoreTokens { refresh_token: None, scopes: None, ..tokens(&consented, 2) };
    assert!(db.write(refresh).await.is_some());

    let refreshed = found(&db, connection.id).await;
    assert_eq!(refreshed.refresh_token, Some(vec![1, 1]));
    assert_eq!(refreshed.access_token, Some(vec![2]));
    assert_eq!(refreshed.scopes, "calendar.events");
}

async fn what_a_connection_parked_goes_on_once_it_has_tokens(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    let other = connect(&db, "cy@agency.example").await;
    park(&db, &connection, "10:00").await;
    park(&db, &connection, "11:00").await;
    park(&db, &other, "12:00").await;

    let stale = StoreTokens { seen: 0, ..tokens(&connection, 1) };
    assert!(db.write(stale).await.is_none());
    assert_eq!(parked(&db).await, 3, "nothing was stored, so nothing goes on");

    assert_eq!(db.write(tokens(&connection, 1)).await, Some(2));
    assert_eq!(parked(&db).await, 1, "the other connection's job waits on");
    assert_eq!(db.claim_jobs(now()).await.len(), 2);
}

async fn a_status_is_news_once(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    db.write(tokens(&connection, 1)).await;

    assert!(set_status(&db, &connection, "degraded").await);
    assert!(!set_status(&db, &connection, "degraded").await);
    assert!(set_status(&db, &connection, "revoked").await);
    assert!(!set_status(&db, &connection, "revoked").await, "one alert per incident");
    assert_eq!(found(&db, connection.id).await.reason.as_deref(), Some("invalid_grant"));
}

async fn a_revoked_connection_is_healed_by_consent_alone(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    db.write(tokens(&connection, 1)).await;
    let refreshing = found(&db, connection.id).await;
    set_status(&db, &connection, "revoked").await;

    // A refresh that began before, and calls that still got through.
    assert!(db.write(tokens(&refreshing, 2)).await.is_none());
    for status in ["degraded", "healthy"] {
        assert!(!set_status(&db, &connection, status).await);
    }
    assert_eq!(found(&db, connection.id).await.status, "revoked");

    let revoked = found(&db, connection.id).await;
    assert!(db.write(tokens(&revoked, 3)).await.is_some());
    let healed = found(&db, connection.id).await;
    assert_eq!((healed.status.as_str(), healed.reason), ("healthy", None));
}

async fn a_connection_that_recovers_lets_its_jobs_go_on(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    set_status(&db, &connection, "degraded").await;
    park(&db, &connection, "10:00").await;

    set_status(&db, &connection, "healthy").await;

    assert_eq!(parked(&db).await, 0);
}

async fn a_deleted_connection_is_gone_and_parks_nothing(db: Database) {
    let connection = connect(&db, "ada@agency.example").await;
    park(&db, &connection, "10:00").await;
    let delete = || DeleteConnection { workspace: WORKSPACE, id: connection.id, now: now() };

    assert!(db.write(delete()).await);

    assert_eq!(parked(&db).await, 0);
    assert!(!db.write(delete()).await);
    let find = FindConnection { workspace: WORKSPACE, id: connection.id };
    assert!(db.store.read(find).await.unwrap().is_none());
}

fn use_once(hash: u8, minute: i64) -> UseOnce {
    UseOnce {
        workspace: WORKSPACE,
        hash: vec![hash],
        expires_at: now() + minutes(10),
        now: now() + minutes(minute),
    }
}

async fn what_works_once_works_once(db: Database) {
    assert!(db.write(use_once(1, 0)).await);
    assert!(!db.write(use_once(1, 1)).await, "a second time");
    assert!(db.write(use_once(2, 1)).await, "another one");
}

async fn what_was_used_up_is_known_until_it_would_be_of_no_use(db: Database) {
    let is_used = |hash: u8| IsUsedUp { workspace: WORKSPACE, hash: vec![hash] };
    db.write(use_once(1, 0)).await;

    assert!(db.store.read(is_used(1)).await.unwrap());
    assert!(!db.store.read(is_used(2)).await.unwrap());
    db.write(use_once(2, 10)).await;
    assert!(!db.store.read(is_used(1)).await.unwrap());
}
