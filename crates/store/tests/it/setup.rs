//! Setup objects and their version.

use domain::service::Assignment;
use store::setup::{ChangeSetup, HasActiveBookings, LoadSetup, SetupObject};

use crate::database::{Database, WORKSPACE};
use crate::given::{now, offer};

on_each_database! {
    a_change_is_stored_only_on_the_version_it_was_checked_against,
    objects_are_replaced_and_deleted_together,
    whoever_has_bookings_to_come_is_known,
}

fn object(kind: &str, id: &str, document: &str) -> SetupObject {
    let (kind, id, document) = (kind.to_owned(), id.to_owned(), document.to_owned());
    SetupObject { kind, id, document }
}

fn put(version: i64, objects: &[SetupObject]) -> ChangeSetup {
    let (put, delete) = (objects.to_vec(), vec![]);
    ChangeSetup { workspace: WORKSPACE, version, put, delete, jobs: vec![], now: now() }
}

async fn load(db: &Database) -> (i64, Vec<SetupObject>) {
    db.store.read(LoadSetup { workspace: WORKSPACE }).await.unwrap()
}

async fn a_change_is_stored_only_on_the_version_it_was_checked_against(db: Database) {
    let (first, second) = (object("host", "ada", "{}"), object("host", "cy", "{}"));
    assert_eq!(load(&db).await, (0, vec![]));

    // Two checked their change against the same version.
    assert!(db.write(put(0, std::slice::from_ref(&first))).await);
    assert!(!db.write(put(0, std::slice::from_ref(&second))).await);
    assert_eq!(load(&db).await, (1, vec![first.clone()]));

    assert!(db.write(put(1, std::slice::from_ref(&second))).await);
    assert_eq!(load(&db).await, (2, vec![first, second]));
}

async fn objects_are_replaced_and_deleted_together(db: Database) {
    let host = object("host", "ada", "{}");
    let service = object("service", "consultation", r#"{"duration":"30m"}"#);
    db.write(put(0, &[host, service])).await;

    let longer = object("service", "consultation", r#"{"duration":"45m"}"#);
    let delete = vec![("host".to_owned(), "ada".to_owned())];
    let change = ChangeSetup { delete, ..put(1, std::slice::from_ref(&longer)) };
    assert!(db.write(change).await);

    assert_eq!(load(&db).await, (2, vec![longer]));
}

async fn whoever_has_bookings_to_come_is_known(db: Database) {
    let has = async |host: Option<&str>, service: Option<&str>| {
        let (host, service) = (host.map(str::to_owned), service.map(str::to_owned));
        let calendar = None;
        let question = HasActiveBookings { workspace: WORKSPACE, host, service, calendar };
        db.store.read(question).await.unwrap()
    };
    assert!(!has(Some("ada"), None).await && !has(None, Some("consultation")).await);

    let booking = db.confirmed("10:00").await;
    assert!(has(Some("ada"), None).await && has(None, Some("consultation")).await);
    assert!(!has(Some("cy"), None).await && !has(None, Some("viewing")).await);

    let to_cy = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("cy", true)];
    db.wish(&booking, "12:00").with(to_cy).accepted().await;
    assert!(has(Some("cy"), None).await, "it is on its way there");

    db.cancellation(booking.id).done().await;
    assert!(!has(Some("ada"), None).await && !has(Some("cy"), None).await);

    let both = db.request("14:00").with(|unit| {
        unit.service.assignment = Assignment::All;
        unit.hosts = vec![offer("ada", false), offer("cy", false)];
    });
    let (together, _) = both.accepted().await;
    assert!(has(Some("cy"), None).await, "who joins has it, too");
    db.cancellation(together.id).done().await;
    assert!(!has(Some("cy"), None).await);
}
