//! A slot kept for one visitor.

use domain::availability::Holder;
use domain::{HostId, OccurrenceId};
use store::booking::Booked;
use store::hold::{Hold, MOST_PER_ADDRESS, NotHeld, PlaceHold, ReleaseHold, Visitor};
use store::openings::{HostAsked, LoadTaken};
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};
use crate::given::{at, between, minutes, now, offer, seconds, service};

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
    a_visitor_keeps_one_slot_of_a_service_at_a_time,
    a_visitor_who_cannot_have_another_slot_keeps_theirs,
    an_address_keeps_so_many_slots_and_no_more,
    at_the_moment_of_expiry_a_slot_has_one_winner,
}

async fn place(db: &Database, holder: u128, start: &str, minute: i64) -> Result<Hold, NotHeld> {
    place_for(db, Visitor::default(), holder, start, minute).await
}

async fn place_for(
    db: &Database,
    visitor: Visitor,
    holder: u128,
    start: &str,
    minute: i64,
) -> Result<Hold, NotHeld> {
    let placed_at = now() + minutes(minute);
    db.write(PlaceHold {
        workspace: WORKSPACE,
        holder: Uuid::from_u128(holder),
        service: service(),
        hosts: vec![offer("ada", true), offer("cy", true)],
        first: None,
        start: at(start),
        duration: minutes(30),
        people: 1,
        occurrence_id: OccurrenceId::new(db.id()),
        expires_at: placed_at + minutes(5),
        visitor,
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
    let NotHeld::Refused(refused) = refused else { panic!("{refused:?}") };
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
    let holder = ada.time.unwrap().claims.remove(0).holder;
    assert_eq!(holder, Holder::Hold { until: now() + minutes(5) });
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
    let held = place(&db, 2, "10:00", 0).await.unwrap().host;
    assert_eq!(held.as_str(), "cy", "ada has one already");
    db.request("15:00").with(|unit| unit.hosts = vec![offer("cy", true)]).accepted().await;
    let any = vec![offer("ada", true), offer("cy", true)];

    let request = db.request("10:00").using(hold(2)).with(|unit| unit.hosts = any);

    assert_eq!(request.accepted().await.0.host, held, "though ada has fewer bookings");
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

fn visitor(id: u128) -> Visitor {
    Visitor { id: Some(Uuid::from_u128(id)), address: Some(Uuid::from_u128(7)) }
}

async fn a_visitor_keeps_one_slot_of_a_service_at_a_time(db: Database) {
    place_for(&db, visitor(1), 1, "10:00", 0).await.unwrap();

    // It overlaps their own earlier one, which goes.
    place_for(&db, visitor(1), 2, "10:15", 0).await.unwrap();

    assert_eq!(db.claims().await, ["ada 10:15-10:45"]);
    assert_eq!(db.count("select count(*) from holds").await, 1);
    place_for(&db, visitor(2), 3, "10:15", 0).await.unwrap();
    assert_eq!(db.claims().await.len(), 2, "another visitor's is another matter");
}

async fn a_visitor_who_cannot_have_another_slot_keeps_theirs(db: Database) {
    place_for(&db, visitor(1), 1, "10:00", 0).await.unwrap();
    for holder in [2, 3] {
        place(&db, holder, "12:00", 0).await.unwrap(); // Both hosts.
    }

    place_for(&db, visitor(1), 4, "12:00", 0).await.unwrap_err();

    assert!(db.claims().await.iter().any(|claim| claim.ends_with("10:00-10:30")));
}

async fn an_address_keeps_so_many_slots_and_no_more(db: Database) {
    let address = Visitor { id: None, ..visitor(1) };
    for number in 0..MOST_PER_ADDRESS {
        let start = format!("{:02}:00", 10 + number);
        let holder = 1 + u128::try_from(number).unwrap();
        place_for(&db, address, holder, &start, 0).await.unwrap();
    }

    let more = place_for(&db, address, 99, "09:30", 0).await;
    assert_eq!(more.unwrap_err(), NotHeld::TooMany);
    place(&db, 100, "09:30", 0).await.unwrap(); // With a key.
    place_for(&db, address, 101, "09:30", 6).await.unwrap(); // The others have lapsed.
}

async fn at_the_moment_of_expiry_a_slot_has_one_winner(db: Database) {
    let adas = |unit: &mut store::booking::BookSlot| unit.hosts = vec![offer("ada", true)];
    place(&db, 1, "10:00", 0).await.unwrap();
    // Its holder comes in the last instant, others in the first one after it, all at once.
    let last = db
        .request("10:00")
        .using(hold(1))
        .with(adas)
        .with(|unit| unit.now = now() + minutes(5) - seconds(1));
    let first =
        (0..40).map(|_| db.request("10:00").with(adas).with(|unit| unit.now = now() + minutes(5)));

    let all = first.chain([last]).map(|request| tokio::spawn(request.send()));
    let mut accepted = 0;
    for request in all.collect::<Vec<_>>() {
        accepted += usize::from(matches!(request.await.unwrap(), Booked::Accepted { .. }));
    }

    assert_eq!(accepted, 1);
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
}
