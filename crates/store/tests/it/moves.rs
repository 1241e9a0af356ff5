//! Asking for another time.

use domain::convergence::{EventState, Step};
use domain::{BookingState, Refusal};
use store::booking::AskedToMove;
use store::setup::ChangeSetup;

use crate::database::{Database, WORKSPACE, kind_of};
use crate::given::{at, between, minutes, now, offer, seconds};

on_each_database! {
    a_confirmed_booking_keeps_its_time_until_the_calendar_agrees,
    a_booking_may_move_onto_its_own_time,
    a_pending_booking_simply_takes_the_new_time,
    a_move_inside_our_own_calendars_is_done_at_once,
    from_an_outside_calendar_to_our_own_the_old_event_goes,
    a_pending_booking_that_moves_to_our_own_calendar_stands,
    a_time_that_is_taken_leaves_everything_as_it_was,
    only_one_move_at_a_time,
    repeating_a_move_is_harmless,
    a_page_that_is_out_of_date_cannot_move,
    what_is_over_or_unknown_cannot_be_moved,
    a_move_decided_on_an_old_setup_is_decided_again,
}

async fn a_confirmed_booking_keeps_its_time_until_the_calendar_agrees(db: Database) {
    let booking = db.confirmed("10:00").await;
    let until = now() + seconds(10);

    let wish = db.wish(&booking, "14:00").with(|unit| unit.awaited_until = Some(until));
    let (asked, job) = wish.accepted().await;

    assert_eq!(asked.slot, between("10:00", "10:30"));
    assert_eq!(asked.change().map(|change| change.slot), Some(between("14:00", "14:30")));
    assert_eq!(job.as_ref().map(kind_of), Some("calendar"));
    assert_eq!(db.claims().await, ["ada 10:00-10:30", "ada 14:00-14:30"]);
    assert_eq!(db.due_at("timer").await, Some(at("13:30")), "when the move is given up");
    let facts = db.facts(booking.id).await;
    assert!(facts.is_awaited(now()) && !facts.free);
    assert_eq!(facts.booking.change(), asked.change());
}

async fn a_booking_may_move_onto_its_own_time(db: Database) {
    let booking = db.confirmed("10:00").await;

    db.wish(&booking, "10:15").accepted().await;

    assert_eq!(db.claims().await, ["ada 10:00-10:30", "ada 10:15-10:45"]);
    assert!(db.request("10:30").refused().await);
    assert!(db.request("09:45").refused().await);
}

async fn a_pending_booking_simply_takes_the_new_time(db: Database) {
    let (booking, _running) = db.pending("10:00").await;

    let (moved, job) = db.wish(&booking, "14:00").accepted().await;

    assert_eq!((moved.slot, job), (between("14:00", "14:30"), None));
    assert_eq!(moved.state, BookingState::Pending);
    assert_eq!(db.claims().await, ["ada 14:00-14:30"]);
    let received = now() + minutes(10);
    assert_eq!(db.due_at("timer").await, Some(received), "the lead still hears that it came in");
}

async fn a_move_inside_our_own_calendars_is_done_at_once(db: Database) {
    let booking = db.confirmed("10:00").await;

    for (host, start) in [("ada", "11:00"), ("cy", "12:00"), ("ada", "13:00")] {
        let there = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer(host, false)];
        let (moved, _) = db.wish(&booking, start).with(there).accepted().await;

        assert_eq!((moved.host.as_str(), moved.slot.start()), (host, at(start)));
        assert_eq!(moved.state, BookingState::Confirmed { change: None });
        assert_eq!(db.claims().await.len(), 1);
        assert_eq!(db.due_at("timer").await, Some(moved.slot.end()));
        settle_our_own(&db, &booking, host).await;
    }
}

/// Removes what is left in other calendars of ours, as the calendar job does; one event stays.
async fn settle_our_own(db: &Database, booking: &domain::Booking, host: &str) {
    let calendar = host.parse().unwrap();
    while let Step::Delete { generation } = db.facts(booking.id).await.next_step(&calendar) {
        let (workspace, booking) = (WORKSPACE, booking.id);
        db.write(crate::calendar_events::Removed { workspace, booking, generation }).await;
    }
    assert_eq!(db.facts(booking.id).await.next_step(&calendar), Step::Done);
    let events = db.stored(booking.id).await.events;
    let live: Vec<_> =
        events.iter().filter(|event| event.record.state != EventState::Removed).collect();
    assert_eq!(live.len(), 1, "{events:?}");
    assert_eq!((&live[0].record.calendar, live[0].record.state), (&calendar, EventState::Written));
}

async fn from_an_outside_calendar_to_our_own_the_old_event_goes(db: Database) {
    let booking = db.confirmed("10:00").await;
    let to_cy = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("cy", false)];

    db.wish(&booking, "12:00").with(to_cy).accepted().await;

    let job = db.claim_job("calendar", now()).await;
    assert_eq!(job.task.booking().expect("it is about one"), booking.id);
    let next = db.facts(booking.id).await.next_step(&"cy".parse().unwrap());
    assert_eq!(next, Step::Delete { generation: 0 });
}

async fn a_pending_booking_that_moves_to_our_own_calendar_stands(db: Database) {
    let (booking, _running) = db.pending("10:00").await;
    let to_cy = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("cy", false)];

    let (moved, _) = db.wish(&booking, "12:00").with(to_cy).accepted().await;

    assert_eq!(moved.state, BookingState::Confirmed { change: None });
    assert_eq!(db.claims().await, ["cy 12:00-12:30"]);
    assert_eq!(db.due_at("timer").await, Some(moved.slot.end()));
}

async fn a_time_that_is_taken_leaves_everything_as_it_was(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.pending("12:00").await;
    let before = db.claims().await;

    let refused = db.wish(&booking, "11:45").send().await;

    assert!(matches!(refused, AskedToMove::NotOffered(_)), "{refused:?}");
    assert_eq!(db.claims().await, before);
    assert_eq!(db.stored(booking.id).await.booking.revision, booking.revision);
}

async fn only_one_move_at_a_time(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.wish(&booking, "12:00").accepted().await;

    let refused = db.wish(&booking, "14:00").send().await;

    let in_progress = Refusal::ChangeInProgress;
    assert!(matches!(refused, AskedToMove::Refused(why) if why == in_progress), "{refused:?}");
    assert_eq!(db.claims().await.len(), 2);
}

async fn repeating_a_move_is_harmless(db: Database) {
    let booking = db.confirmed("10:00").await;
    let (asked, _) = db.wish(&booking, "12:00").accepted().await;

    let (again, job) = db.wish(&booking, "12:00").accepted().await;

    assert_eq!((again.revision, job), (asked.revision, None));
    let other = db.confirmed("16:00").await;
    let (stays, job) = db.wish(&other, "16:00").accepted().await;
    assert_eq!((stays.revision, job), (other.revision, None), "it is there already");
}

async fn a_page_that_is_out_of_date_cannot_move(db: Database) {
    let booking = db.confirmed("10:00").await;
    let wish = |start, seen| {
        db.wish(&booking, start).with(|unit| {
            unit.seen = Some(seen);
            unit.hosts = vec![offer("ada", false)];
        })
    };
    wish("11:00", booking.revision).accepted().await;

    let outdated = wish("12:00", booking.revision).send().await;

    let AskedToMove::Outdated(current) = outdated else { panic!("{outdated:?}") };
    assert_eq!(current.slot.start(), at("11:00"));
    wish("12:00", current.revision).accepted().await;
}

async fn what_is_over_or_unknown_cannot_be_moved(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.cancellation(booking.id).done().await;

    let over = db.wish(&booking, "12:00").send().await;
    assert!(matches!(over, AskedToMove::Refused(Refusal::AlreadyOver)), "{over:?}");

    let unknown = domain::BookingId::new(db.id());
    let unknown = db.wish(&booking, "12:00").with(|unit| unit.id = unknown).send().await;
    assert!(matches!(unknown, AskedToMove::NotFound), "{unknown:?}");
}

async fn a_move_decided_on_an_old_setup_is_decided_again(db: Database) {
    let booking = db.confirmed("10:00").await;
    let (put, delete) = (vec![], vec![]);
    db.write(ChangeSetup {
        workspace: WORKSPACE,
        version: 0,
        put,
        delete,
        jobs: vec![],
        now: now(),
    })
    .await;

    let stale = db.wish(&booking, "12:00").send().await;

    assert!(matches!(stale, AskedToMove::StaleSetup), "{stale:?}");
}
