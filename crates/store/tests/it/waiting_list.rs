//! The line of those who wait for seats: who gets them, when, and who waits in vain.

use domain::group::{Group, Roster, WaitingList};
use domain::id::JobId;
use domain::{Booking, BookingId, BookingState, OccurrenceId, Refusal, Service};
use jiff::Timestamp;
use store::booking::Booked;
use store::job::Job;
use store::waiting_list::{AcceptOffer, LineServed, OfferAccepted, PlaceInLine, ServeLine, Served};

use crate::database::{Database, WORKSPACE};
use crate::given::{Request, at, minutes, now, offer};
use crate::groups::{hold_seats, occurrence, open_house};

on_each_database! {
    who_finds_all_seats_taken_may_stand_in_line,
    seats_that_become_free_are_offered_to_the_first_who_fits,
    nobody_passes_the_line,
    an_offer_that_is_accepted_becomes_a_booking,
    an_offer_that_lapses_goes_to_the_next_in_line,
    without_an_offer_the_next_in_line_has_the_seats_at_once,
    the_line_ends_with_the_start,
    who_leaves_the_line_frees_what_was_kept,
    a_hold_that_lapses_frees_seats_for_the_line,
    of_many_who_cancel_and_join_at_once_nobody_waits_beside_free_seats,
}

const PLACES: u32 = 4;

fn waited_for(list: WaitingList) -> Service {
    let waiting_list = Some(list);
    let group = Group { capacity: PLACES, waiting_list, roster: Roster::Names };
    Service { group: Some(group), ..open_house(PLACES) }
}

fn asked() -> Service {
    waited_for(WaitingList::Offer(minutes(15)))
}

/// A request in a calendar of ours, which stands in line if it must.
fn request(db: &Database, people: u32) -> Request {
    db.request("10:00").with(|unit| {
        unit.service = asked();
        unit.hosts = vec![offer("ada", false)];
        unit.request.party_size = people;
        unit.wait = true;
    })
}

async fn full(db: &Database) -> Booking {
    request(db, PLACES).accepted().await.0
}

async fn wait(db: &Database, people: u32) -> Booking {
    let (waiting, job) = request(db, people).accepted().await;
    assert_eq!(waiting.state, BookingState::Waitlisted { offer: None });
    assert!(job.is_none());
    waiting
}

async fn serve_as(db: &Database, service: Option<Service>, now: Timestamp) -> LineServed {
    let job = db.claim_job("line", now).await;
    serve_with(db, job, service, now).await
}

async fn serve_with(
    db: &Database,
    job: Job,
    service: Option<Service>,
    now: Timestamp,
) -> LineServed {
    let served = service.map(|service| Served {
        list: service.group.as_ref().and_then(|group| group.waiting_list).unwrap(),
        service,
        hosts: vec![offer("ada", false)],
    });
    db.write(ServeLine {
        job,
        service: "consultation".parse().unwrap(),
        start: at("10:00"),
        served,
        channels: vec![domain::service::Channel::Email],
        occurrence_id: OccurrenceId::new(db.id()),
        job_ids: JobId::new(db.id()),
        entry: db.entry("waiting_list", now),
        now,
    })
    .await
}

async fn serve(db: &Database, now: Timestamp) -> LineServed {
    serve_as(db, Some(asked()), now).await
}

async fn accept(db: &Database, id: BookingId, now: Timestamp) -> OfferAccepted {
    db.write(AcceptOffer {
        workspace: WORKSPACE,
        id,
        service: asked(),
        hosts: vec![offer("ada", false)],
        awaited_until: None,
        lease: db.lease(now),
        job_ids: [JobId::new(db.id()), JobId::new(db.id())],
        notify_ids: JobId::new(db.id()),
        entry: db.entry("booking.offer_accepted", now),
        now,
    })
    .await
}

async fn state(db: &Database, booking: &Booking) -> BookingState {
    db.stored(booking.id).await.booking.state
}

fn offered(until: Timestamp) -> BookingState {
    BookingState::Waitlisted { offer: Some(domain::booking::SeatOffer { until }) }
}

async fn who_finds_all_seats_taken_may_stand_in_line(db: Database) {
    full(&db).await;
    assert!(request(&db, 1).with(|unit| unit.wait = false).refused().await);

    let first = wait(&db, 2).await;
    let second = wait(&db, 1).await;

    let place = async |booking: &Booking| {
        let unit = PlaceInLine { workspace: WORKSPACE, booking: booking.id };
        db.store.read(unit).await.unwrap()
    };
    assert_eq!((place(&first).await, place(&second).await), (Some(1), Some(2)));
    assert_eq!(serve(&db, now()).await, LineServed::default());
    assert_eq!(db.due_at("line").await, Some(at("10:00")), "it waits for the start");
}

async fn seats_that_become_free_are_offered_to_the_first_who_fits(db: Database) {
    let (two, _) = request(&db, 2).accepted().await;
    request(&db, 2).accepted().await;
    let three = wait(&db, 3).await;
    let first = wait(&db, 1).await;
    let second = wait(&db, 1).await;
    let third = wait(&db, 1).await;
    serve(&db, now()).await;

    db.cancellation(two.id).done().await;
    let served = serve(&db, now()).await;

    assert_eq!(served, LineServed { offered: 2, ..LineServed::default() });
    let until = now() + minutes(15);
    assert_eq!(state(&db, &three).await, BookingState::Waitlisted { offer: None });
    assert_eq!(state(&db, &first).await, offered(until));
    assert_eq!(state(&db, &second).await, offered(until));
    assert_eq!(state(&db, &third).await, BookingState::Waitlisted { offer: None });
    assert_eq!(occurrence(&db).await.occurrence.taken, PLACES, "the seats are kept");
    assert_eq!(db.due_at("line").await, Some(until));
}

async fn nobody_passes_the_line(db: Database) {
    let booked = full(&db).await;
    wait(&db, 3).await;
    db.cancellation(booked.id).done().await;

    // The line has not been served yet: only what nobody in it could use is for others.
    assert!(request(&db, 2).with(|unit| unit.wait = false).refused().await);
    request(&db, 1).with(|unit| unit.wait = false).accepted().await;
    let served = serve(&db, now()).await;

    assert_eq!(served.offered, 1);
    assert_eq!(occurrence(&db).await.occurrence.taken, PLACES);
}

async fn an_offer_that_is_accepted_becomes_a_booking(db: Database) {
    let booked = full(&db).await;
    let waiting = wait(&db, 2).await;
    let early = accept(&db, waiting.id, now()).await;
    assert!(matches!(early, OfferAccepted::Refused(Refusal::NothingOffered)), "{early:?}");
    db.cancellation(booked.id).done().await;
    serve(&db, now()).await;

    let accepted = accept(&db, waiting.id, now() + minutes(14)).await;

    let OfferAccepted::Done { booking, .. } = accepted else { panic!("{accepted:?}") };
    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    let again = accept(&db, waiting.id, now() + minutes(16)).await;
    assert!(matches!(again, OfferAccepted::Done { .. }), "a second click is no error");
    assert_eq!(occurrence(&db).await.occurrence.taken, 2);
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    serve(&db, now() + minutes(15)).await;
    assert_eq!(db.due_at("line").await, None, "nobody waits any more");
    assert_eq!(occurrence(&db).await.occurrence.taken, 2);
}

async fn an_offer_that_lapses_goes_to_the_next_in_line(db: Database) {
    let booked = full(&db).await;
    let slow = wait(&db, 4).await;
    let next = wait(&db, 4).await;
    db.cancellation(booked.id).done().await;
    serve(&db, now()).await;
    let lapsed = now() + minutes(15);

    let served = serve(&db, lapsed).await;

    assert_eq!(served, LineServed { offered: 1, expired: 1, ..LineServed::default() });
    assert_eq!(state(&db, &slow).await, BookingState::Expired);
    assert_eq!(state(&db, &next).await, offered(lapsed + minutes(15)));
    let late = accept(&db, slow.id, lapsed).await;
    assert!(matches!(late, OfferAccepted::Refused(Refusal::AlreadyOver)), "{late:?}");
}

async fn without_an_offer_the_next_in_line_has_the_seats_at_once(db: Database) {
    let booked = full(&db).await;
    let waiting = wait(&db, 2).await;
    db.cancellation(booked.id).done().await;

    let served = serve_as(&db, Some(waited_for(WaitingList::Promote)), now()).await;

    assert_eq!(served, LineServed { promoted: 1, ..LineServed::default() });
    assert_eq!(state(&db, &waiting).await, BookingState::Confirmed { change: None });
    assert_eq!(db.due_at("line").await, None);
}

async fn the_line_ends_with_the_start(db: Database) {
    full(&db).await;
    let waiting = wait(&db, 1).await;
    serve(&db, now()).await;

    let served = serve(&db, at("10:00")).await;

    assert_eq!(served, LineServed { expired: 1, ..LineServed::default() });
    assert_eq!(state(&db, &waiting).await, BookingState::Expired);
    assert_eq!(db.due_at("line").await, None);
}

async fn who_leaves_the_line_frees_what_was_kept(db: Database) {
    let booked = full(&db).await;
    let first = wait(&db, 4).await;
    let second = wait(&db, 2).await;
    db.cancellation(booked.id).done().await;
    serve(&db, now()).await;

    let (cancelled, _) = db.cancellation(first.id).done().await;

    assert!(matches!(cancelled.state, BookingState::Cancelled(_)));
    assert_eq!(serve(&db, now()).await.offered, 1);
    assert_eq!(state(&db, &second).await, offered(now() + minutes(15)));
}

async fn a_hold_that_lapses_frees_seats_for_the_line(db: Database) {
    hold_seats(&db, 1, PLACES, now()).await.unwrap();
    let waiting = wait(&db, 1).await;
    serve(&db, now()).await;
    let lapsed = now() + minutes(5);
    assert_eq!(db.due_at("line").await, Some(lapsed), "it looks again when the hold lapses");

    assert_eq!(serve(&db, lapsed).await.offered, 1);

    assert_eq!(state(&db, &waiting).await, offered(lapsed + minutes(15)));
}

async fn of_many_who_cancel_and_join_at_once_nobody_waits_beside_free_seats(db: Database) {
    let mut booked = Vec::new();
    for _ in 0..PLACES {
        booked.push(request(&db, 1).accepted().await.0);
    }
    let joins = (0..20).map(|_| tokio::spawn(request(&db, 1).send()));
    let cancels = booked.iter().map(|booking| {
        let cancellation = db.cancellation(booking.id);
        tokio::spawn(async move { drop(cancellation.send().await) })
    });
    let (joins, cancels): (Vec<_>, Vec<_>) = (joins.collect(), cancels.collect());
    for join in joins {
        let joined = join.await.unwrap();
        assert!(matches!(joined, Booked::Accepted { .. }), "{joined:?}");
    }
    for cancel in cancels {
        cancel.await.unwrap();
    }

    let promote = waited_for(WaitingList::Promote);
    serve_as(&db, Some(promote), now()).await;

    assert_eq!(occurrence(&db).await.occurrence.taken, PLACES);
    let waiting = "select count(*) from bookings where status = 'waitlisted'";
    assert_eq!(db.count(waiting).await, 20 - i64::from(PLACES));
}
