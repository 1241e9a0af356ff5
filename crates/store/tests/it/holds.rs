//! A slot kept for one visitor.

use domain::availability::Reason;
use domain::{HostId, OccurrenceId};
use store::booking::Booked;
use store::hold::{Hold, PlaceHold, ReleaseHold};
use store::openings::{HostAsked, LoadTaken};
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};
use crate::given::{at, between, minutes, now, offer, service};

on_each_database! {
    a_held_slot_is_taken_for_everybody_else,
    a_hold_becomes_a_booking,
    a_hold_lapses_by_the_clock_alone,
    a_lapsed_hold_is_booked_if_the_slot_is_still_free,
    a_hold_for_something_else_is_refused,
    a_hold_that_is_given_back_frees_its_slot,
    a_hold_keeps_the_host_that_it_was_placed_with,
    lapsed_holds_do_not_pile_up,
    an_unknown_hold_is_no_hold,
}

type Placed = Result<Hold, Vec<(HostId, Vec<Reason>)>>;

async fn place(db: &Database, holder: u128, start: &str, minute: i64) -> Placed {
    let placed_at = now() + minutes(minute);
    db.write(PlaceHold {
        workspace: WORKSPACE,
        holder: Uuid::from_u128(holder),
        service: service(),
        hosts: vec![offer("ada", true), offer("cy", true)],
        start: at(start),
        people: 1,
        occurrence_id: OccurrenceId::new(db.id()),
        expires_at: placed_at + minutes(5),
        now: placed_at,
    })
    .await
}

fn hold(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn a_held_slot_is_taken_for_everybody_else(db: Database) {
    let held = place(&db, 1, "10:00", 0).await.unwrap();
    assert_eq!((held.host.as_str(), held.expires_at), ("ada", now() + minutes(5)));

    assert!(db.request("10:15").refused().await);

    let second = place(&db, 2, "10:00", 0).await.unwrap();
    assert_eq!(second.host.as_str(), "cy");
    let refused = place(&db, 3, "10:00", 0).await.unwrap_err();
    assert_eq!(refused.len(), 2, "each host has its reasons");
}

async fn a_hold_becomes_a_booking(db: Database) {
    place(&db, 1, "10:00", 0).await.unwrap();

    let (booking, _) = db.request("10:00").using(hold(1)).accepted().await;

    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    assert_eq!(db.count("select count(*) from holds").await, 0);
    let holder = "select holder from claims";
    let holder: Uuid = db.select(holder, vec![]).await.remove(0).take().unwrap();
    assert_eq!(holder, booking.id.uuid());
    assert!(db.request("10:00").using(hold(1)).refused().await, "it is used up");
}

async fn a_hold_lapses_by_the_clock_alone(db: Database) {
    place(&db, 1, "10:00", 0).await.unwrap();
    let hosts: Vec<HostId> = vec!["ada".parse().unwrap(), "cy".parse().unwrap()];
    let within = between("00:00", "23:00");
    let asked = |host| HostAsked { host, calendars: Vec::new(), within, known: None };
    let hosts = hosts.into_iter().map(asked).collect();
    let (_, taken) = db.store.read(LoadTaken { workspace: WORKSPACE, hosts }).await.unwrap();
    let [ada, cy] = taken.try_into().unwrap();
    assert_eq!(ada.time.unwrap().claims.remove(0).1, Some(now() + minutes(5)));
    assert_eq!(cy.time.unwrap().claims, []);
    let other_at =
        |minute| db.request("10:00").with(move |unit| unit.now = now() + minutes(minute));

    assert!(other_at(4).refused().await);
    other_at(5).accepted().await;

    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
}

async fn a_lapsed_hold_is_booked_if_the_slot_is_still_free(db: Database) {
    place(&db, 1, "10:00", 0).await.unwrap();
    place(&db, 2, "11:00", 0).await.unwrap();
    let late = |start: &str, holder| {
        db.request(start).using(hold(holder)).with(|unit| unit.now = now() + minutes(6))
    };

    late("10:00", 1).accepted().await;

    db.request("11:00").with(|unit| unit.now = now() + minutes(5)).accepted().await;
    assert!(late("11:00", 2).refused().await, "somebody else was faster");
}

async fn a_hold_for_something_else_is_refused(db: Database) {
    place(&db, 1, "10:00", 0).await.unwrap();
    let foreign = [
        db.request("11:00").using(hold(1)),
        db.request("10:00")
            .using(hold(1))
            .with(|unit| unit.service.id = "viewing".parse().unwrap()),
        db.request("10:00")
            .using(hold(1))
            .with(|unit| unit.request.host = Some("cy".parse().unwrap())),
    ];
    for request in foreign {
        let outcome = request.send().await;

        assert!(matches!(outcome, Booked::ForeignHold), "{outcome:?}");
    }
    assert_eq!(db.claims().await, ["ada 10:00-10:30"], "the hold remains");
}

async fn a_hold_that_is_given_back_frees_its_slot(db: Database) {
    place(&db, 1, "10:00", 0).await.unwrap();
    let release = || ReleaseHold { workspace: WORKSPACE, holder: hold(1), now: now() };

    assert!(db.write(release()).await);
    assert!(!db.write(release()).await, "a second time there is nothing to give back");

    db.request("10:00").accepted().await;
}

async fn a_hold_keeps_the_host_that_it_was_placed_with(db: Database) {
    place(&db, 1, "12:00", 0).await.unwrap();
    place(&db, 2, "10:00", 0).await.unwrap();
    let any = vec![offer("cy", true), offer("ada", true)];

    let request = db.request("10:00").using(hold(2)).with(|unit| unit.hosts = any);

    assert_eq!(request.accepted().await.0.host.as_str(), "ada", "though cy has fewer bookings");
}

async fn lapsed_holds_do_not_pile_up(db: Database) {
    for (holder, start) in [(1, "10:00"), (2, "11:00"), (3, "12:00")] {
        place(&db, holder, start, 0).await.unwrap();
    }

    place(&db, 4, "20:00", 5).await.unwrap();

    assert_eq!(db.count("select count(*) from holds").await, 1);
    assert_eq!(db.claims().await, ["ada 20:00-20:30"]);
}

async fn an_unknown_hold_is_no_hold(db: Database) {
    db.request("10:00").using(hold(9)).accepted().await;

    assert!(db.request("10:00").using(hold(9)).refused().await);
}
