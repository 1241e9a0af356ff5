//! Several instances on one PostgreSQL.

use std::time::{Duration, Instant};

use tempfile::tempdir;

use crate::instance::{Instance, apply, around_the_clock, command};
use crate::postgres::{TestDatabase, count};

#[tokio::test(flavor = "multi_thread")]
async fn instances_start_together_notice_a_setup_and_share_the_bookings() {
    let (folder, database) = (tempdir().unwrap(), TestDatabase::create("instances").await);
    let urls = [database.url(), database.pooled_url()];
    let starting = urls.clone().map(|url| {
        let folder = folder.path().to_owned();
        tokio::task::spawn_blocking(move || Instance::serve(&folder, &url, &[]))
    });
    let mut instances = Vec::new();
    for instance in starting {
        instances.push(instance.await.unwrap());
    }
    let [one, through_pooler] = instances.as_slice() else { unreachable!("two were started") };
    for instance in &instances {
        assert_eq!(instance.status("/health/ready").await, 200);
    }

    apply(folder.path(), &urls[0], &around_the_clock(1, |_| String::new()));
    let applied = Instant::now();
    for instance in &instances {
        instance.until("/v1/services/visit-0", 200).await;
    }
    // A second is what is promised; whoever else uses the machine may take the other.
    assert!(applied.elapsed() < Duration::from_secs(2), "{:?}", applied.elapsed());

    let start = "2027-06-01T10:00:00Z";
    let (status, booking) = through_pooler.book(0, start, "first").await.unwrap();
    assert_eq!((status, booking["status"].as_str()), (201, Some("confirmed")));
    let (status, again) = one.book(0, start, "first").await.unwrap();
    assert_eq!((status, &again["id"]), (200, &booking["id"]));
    let (status, problem) = one.book(0, start, "second").await.unwrap();
    assert_eq!((status, problem["code"].as_str()), (409, Some("slot_taken")));
    assert!(problem["alternatives"].as_array().is_some_and(|nearby| !nearby.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_went_away_and_came_back_needs_no_restart() {
    let folder = tempdir().unwrap();
    let mut cluster = testbed::Cluster::start_durable(&crate::postgres::programs()).unwrap();
    let instance = Instance::serve(folder.path(), &cluster.url("postgres"), &[]);
    apply(folder.path(), &cluster.url("postgres"), &around_the_clock(1, |_| String::new()));
    instance.until("/v1/services/visit-0", 200).await;

    cluster.stop().unwrap();
    let begun = Instant::now();
    let (status, problem) = instance.book(0, "2027-06-01T10:00:00Z", "key").await.unwrap();
    assert_eq!((status, problem["code"].as_str()), (503, Some("unavailable")));
    assert_eq!(instance.status("/health/ready").await, 503);
    assert_eq!(instance.status("/health/live").await, 200);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    cluster.start_again().unwrap();
    instance.until("/health/ready", 200).await;
    let (status, _) = instance.book(0, "2027-06-01T10:00:00Z", "key").await.unwrap();
    assert_eq!(status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_migrated_is_shown_before() {
    let (folder, database) = (tempdir().unwrap(), TestDatabase::create("check").await);

    let before = command(folder.path(), &database.url(), &["migrate", "--check"]);
    let migrated = command(folder.path(), &database.url(), &["migrate"]);
    let after = command(folder.path(), &database.url(), &["--json", "migrate", "--check"]);

    assert_eq!(before.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&before.stdout).starts_with("0001_initial.sql\n"));
    assert!(migrated.status.success() && after.status.success());
    let after: serde_json::Value = serde_json::from_slice(&after.stdout).unwrap();
    assert_eq!(after["pending"], serde_json::json!([]));
    let client = database.connect().await;
    assert_eq!(count(&client, "select count(*) from bookings").await, 0);
}
