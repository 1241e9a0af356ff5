//! Two holders never have the same instant of a host.

use std::collections::BTreeMap;

use domain::availability::{Claimant, Holder, Reason};
use domain::{BookingId, HostId, Interval};
use jiff::Timestamp;
use store::booking::Booked;
use store::claim::{self, NewClaim};
use store::{Row, StoreError, Tx, UnitOfWork};
use uuid::Uuid;

use crate::database::{Database, Statement, WORKSPACE};
use crate::given::{at, between, minutes, now, offer};

on_each_database! {
    an_overlap_is_refused_however_it_lies,
    the_schema_refuses_an_overlap_that_an_update_would_make,
    one_holder_may_overlap_itself,
    a_claim_longer_than_the_look_back_is_refused,
    buffers_are_claimed_too,
    services_of_different_length_keep_out_of_each_others_way,
    of_two_hundred_who_want_one_slot_one_gets_it,
    of_two_hundred_who_want_overlapping_slots_no_two_overlap,
    a_daily_limit_counts_the_hosts_local_day,
    a_daily_limit_holds_for_all_who_come_at_once,
    of_those_who_move_and_cancel_at_once_the_last_word_stands,
    every_change_of_claims_makes_a_host_stale,
}

struct Insert {
    host: &'static str,
    holder: u128,
    interval: Interval,
}

impl UnitOfWork for Insert {
    const NAME: &'static str = "test.insert_claim";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let claim = NewClaim {
            host: &self.host.parse().unwrap(),
            holder: Uuid::from_u128(self.holder),
            service: &"consultation".parse().unwrap(),
            location: None,
            slot: self.interval,
            interval: self.interval,
            expires_at: None,
        };
        claim::insert_claim(tx, WORKSPACE, &claim).await
    }
}

async fn insert(db: &Database, host: &'static str, holder: u128, start: &str, end: &str) -> bool {
    db.write(Insert { host, holder, interval: between(start, end) }).await
}

async fn an_overlap_is_refused_however_it_lies(db: Database) {
    assert!(insert(&db, "ada", 1, "10:00", "11:00").await);

    for (start, end, free) in [
        ("10:00", "11:00", false),
        ("09:30", "10:30", false),
        ("10:30", "11:30", false),
        ("10:15", "10:45", false),
        ("09:00", "12:00", false),
        ("09:00", "10:00", true), // Stretches that touch do not overlap.
        ("11:00", "12:00", true),
    ] {
        assert_eq!(insert(&db, "ada", 2, start, end).await, free, "{start}-{end}");
    }
    assert!(insert(&db, "cy", 3, "10:00", "11:00").await, "another host's time is another matter");
}

async fn the_schema_refuses_an_overlap_that_an_update_would_make(db: Database) {
    insert(&db, "ada", 1, "10:00", "11:00").await;
    insert(&db, "ada", 2, "12:00", "13:00").await;
    insert(&db, "cy", 3, "10:00", "11:00").await;

    for sql in [
        "update claims set starts = starts - 7200000000 where ends > 0 and host = 'ada' returning 1",
        "update claims set ends = ends + 7200000000 where host = 'ada' returning 1",
        "update claims set host = 'ada' where host = 'cy' returning 1",
    ] {
        // Whether it touches fewer rows, none, or fails: no overlap may result.
        let _ = db.store.write(Statement { sql, params: vec![] }).await;
        assert_no_overlap(&db).await;
    }
    assert!(db.claims().await.contains(&"cy 10:00-11:00".to_owned()));
}

async fn one_holder_may_overlap_itself(db: Database) {
    assert!(insert(&db, "ada", 1, "10:00", "11:00").await);

    assert!(insert(&db, "ada", 1, "10:30", "11:30").await, "a move stands beside the old time");

    assert!(!insert(&db, "ada", 2, "11:00", "12:00").await);
}

async fn a_claim_longer_than_the_look_back_is_refused(db: Database) {
    let start = at("10:00");
    let longest = Interval::starting(start, claim::LONGEST).unwrap();
    let longer = Interval::starting(start, claim::LONGEST + minutes(1)).unwrap();

    let too_long = db.store.write(Insert { host: "cy", holder: 1, interval: longer }).await;
    assert!(too_long.is_err());

    assert!(db.write(Insert { host: "ada", holder: 1, interval: longest }).await);
    let last_minute = Interval::new(longest.end() - minutes(1), longest.end()).unwrap();
    assert!(!db.write(Insert { host: "ada", holder: 2, interval: last_minute }).await);
    let first_minute = Interval::starting(start, minutes(1)).unwrap();
    assert!(!db.write(Insert { host: "ada", holder: 2, interval: first_minute }).await);
}

async fn buffers_are_claimed_too(db: Database) {
    let buffered = |start: &str| {
        db.request(start).with(|unit| {
            unit.service.rules.buffer_before = minutes(10);
            unit.service.rules.buffer_after = minutes(15);
        })
    };
    buffered("10:00").accepted().await;
    assert_eq!(db.claims().await, ["ada 09:50-10:45"]);

    assert!(buffered("10:45").refused().await, "its own buffer reaches into the other's");
    assert!(db.request("10:40").refused().await);
    assert!(db.request("09:25").refused().await);
    db.request("09:20").accepted().await;
    buffered("10:55").accepted().await;
}

async fn services_of_different_length_keep_out_of_each_others_way(db: Database) {
    let (booking, _) = db.request("10:00").lasting(90).accepted().await;

    let refused = db.request("11:00").lasting(15).send().await;

    let Booked::Refused { reasons, kept } = refused else { panic!("{refused:?}") };
    let interval = between("10:00", "11:30");
    let claimed = Reason::Claimed(Claimant { interval, holder: Holder::Booking(booking.id) });
    assert_eq!(reasons, [("ada".parse::<HostId>().unwrap(), vec![claimed])]);
    assert_eq!(kept, None);
    assert!(db.request("09:00").lasting(61 + 4).refused().await);
    db.request("11:30").lasting(15).accepted().await;
}

/// Sends everything at once; the bookings that were accepted.
async fn race(requests: Vec<crate::given::Request>) -> Vec<BookingId> {
    let racing: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.send())).collect();
    let mut accepted = Vec::new();
    for outcome in racing {
        let outcome = outcome.await.unwrap();
        if let Booked::Accepted { booking, .. } = outcome {
            accepted.push(booking.id);
        } else {
            assert!(matches!(outcome, Booked::Refused { .. }), "{outcome:?}");
        }
    }
    accepted
}

async fn of_two_hundred_who_want_one_slot_one_gets_it(db: Database) {
    let accepted = race((0..200).map(|_| db.request("10:00")).collect()).await;

    assert_eq!(accepted.len(), 1);
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    assert_eq!(db.count("select count(*) from bookings").await, 1);
    assert_eq!(db.count("select count(*) from timeline").await, 2, "the refused left nothing");
}

async fn of_two_hundred_who_want_overlapping_slots_no_two_overlap(db: Database) {
    let requests = (0..200_i64)
        .map(|n| {
            let start = at("08:00") + minutes(5 * (n * 37 % 96));
            let length = 15 + 5 * (n * 53 % 24);
            db.request("08:00").lasting(length).with(|unit| unit.request.start = start)
        })
        .collect();

    let accepted = race(requests).await;

    assert!(accepted.len() > 1);
    assert_no_overlap(&db).await;
    let sql = "select count(distinct holder) from claims";
    assert_eq!(db.count(sql).await, i64::try_from(accepted.len()).unwrap());
    assert_eq!(db.count("select count(*) from claims").await, db.count(sql).await);
}

async fn assert_no_overlap(db: &Database) {
    let sql = "select host, holder, starts, ends from claims order by host, starts";
    let mut by_host: BTreeMap<String, Vec<(Uuid, Interval)>> = BTreeMap::new();
    for row in db.select(sql, vec![]).await {
        let (host, holder, interval) = claim_of(row);
        by_host.entry(host).or_default().push((holder, interval));
    }
    for (host, claims) in by_host {
        for (index, (holder, interval)) in claims.iter().enumerate() {
            let mut others = claims[index + 1..].iter().filter(|(other, _)| other != holder);
            assert!(others.all(|(_, other)| !other.overlaps(*interval)), "{host}: {claims:?}");
        }
    }
}

fn claim_of(mut row: Row) -> (String, Uuid, Interval) {
    let (host, holder) = (row.take().unwrap(), row.take().unwrap());
    let (starts, ends): (Timestamp, Timestamp) = (row.take().unwrap(), row.take().unwrap());
    (host, holder, Interval::new(starts, ends).unwrap())
}

async fn a_daily_limit_counts_the_hosts_local_day(db: Database) {
    let limited = |start: Timestamp| {
        db.request("08:00").with(|unit| {
            unit.request.start = start;
            unit.service.rules.max_per_day = Some(2);
            // Where it is 2026-12-03 from 08:00 UTC on.
            unit.hosts[0].host.timezone = jiff::tz::TimeZone::get("America/Los_Angeles").unwrap();
        })
    };
    limited(at("08:00")).accepted().await;
    limited(at("23:30")).accepted().await;

    assert!(limited(at("15:00")).refused().await, "the day has its two");
    limited(at("07:30")).accepted().await; // Half past eleven in the evening before.
    db.request("15:00").accepted().await; // Without the limit.
    assert!(limited(at("08:00") + minutes(24 * 60 - 30)).refused().await);
    limited(at("08:00") + minutes(24 * 60)).accepted().await;
}

async fn every_change_of_claims_makes_a_host_stale(db: Database) {
    let versions = async || {
        let hosts = vec!["ada".parse().unwrap(), "cy".parse().unwrap()];
        let load = store::openings::LoadVersions { workspace: WORKSPACE, hosts };
        db.store.read(load).await.unwrap().1
    };
    assert_eq!(versions().await, [0, 0]);

    let (booking, _) = db.pending("10:00").await;
    let booked = versions().await;
    assert!(booked[0] > 0 && booked[1] == 0);

    let to_cy = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("cy", true)];
    db.wish(&booking, "12:00").with(to_cy).accepted().await;
    let moved = versions().await;
    assert!(moved[0] > booked[0] && moved[1] > 0, "both the old and the new host");

    db.cancellation(booking.id).with(|unit| unit.now = now()).done().await;
    assert!(versions().await[1] > moved[1]);
}

async fn a_daily_limit_holds_for_all_who_come_at_once(db: Database) {
    let limited = |n: i64| {
        db.request("08:00").with(|unit| {
            unit.request.start = at("08:00") + minutes(30 * n);
            unit.service.rules.max_per_day = Some(3);
        })
    };

    let accepted = race((0..16).map(limited).collect()).await;

    assert_eq!(accepted.len(), 3);
}

async fn of_those_who_move_and_cancel_at_once_the_last_word_stands(db: Database) {
    let (booking, _) = db.pending("08:00").await;
    let moving = (0..10).map(|n| {
        let to = at("10:00") + minutes(40 * n);
        let host = if n % 2 == 0 { "ada" } else { "cy" };
        let wish = db.wish(&booking, "08:00").with(|unit| {
            unit.start = to;
            unit.hosts = vec![offer(host, true)];
        });
        tokio::spawn(async move { drop(wish.send().await) })
    });
    let moving: Vec<_> = moving.collect();
    let cancelling = (0..10).map(|_| {
        let cancellation = db.cancellation(booking.id);
        tokio::spawn(async move { drop(cancellation.send().await) })
    });
    let cancelling: Vec<_> = cancelling.collect();

    for racing in moving.into_iter().chain(cancelling) {
        racing.await.unwrap();
    }

    assert_eq!(db.stored(booking.id).await.booking.state.status(), "cancelled");
    assert!(db.claims().await.is_empty());
    let cancelled = db.timeline(booking.id).await;
    assert_eq!(cancelled.iter().filter(|kind| *kind == "booking.cancelled").count(), 1);
}
