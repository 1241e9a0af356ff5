//! Calling a booking off.

use domain::BookingState;
use domain::booking::Actor;
use domain::convergence::Step;
use store::booking::{Cancelled, MarkNoShow};

use crate::database::{Database, WORKSPACE, kind_of};
use crate::given::{at, now, offer};

on_each_database! {
    a_cancelled_booking_is_free_at_once_and_its_event_is_a_job,
    a_pending_booking_can_be_cancelled_while_its_job_runs,
    both_claims_of_a_booking_under_way_are_freed,
    a_page_that_is_out_of_date_cannot_cancel,
    what_is_over_cannot_be_cancelled,
    an_unknown_booking_is_not_found,
    a_no_show_is_marked_from_the_start_on,
}

async fn a_cancelled_booking_is_free_at_once_and_its_event_is_a_job(db: Database) {
    let booking = db.confirmed("10:00").await;

    let (cancelled, job) = db.cancellation(booking.id).done().await;

    assert_eq!(job.as_ref().map(kind_of), Some("calendar"), "it runs here at once");
    let BookingState::Cancelled(cancellation) = &cancelled.state else { panic!("{cancelled:?}") };
    assert_eq!((cancellation.by, cancellation.reason.as_deref()), (Actor::Attendee, Some("ill")));
    assert_eq!(db.stored(booking.id).await.booking.state, cancelled.state);
    let next = db.facts(booking.id).await.next_step(&"ada".parse().unwrap());
    assert_eq!(next, Step::Delete { generation: 0 });
    db.pending("10:00").await;
}

async fn a_pending_booking_can_be_cancelled_while_its_job_runs(db: Database) {
    let (booking, running) = db.pending("10:00").await;

    let (cancelled, job) = db.cancellation(booking.id).done().await;

    assert_eq!((cancelled.state.status(), job), ("cancelled", None));
    assert!(db.claims().await.is_empty());
    store_release(&db, running).await;
    let again = db.claim_job("calendar", now()).await;
    assert_eq!(
        again.task.booking().expect("it is about one"),
        booking.id,
        "what was written meanwhile has to go"
    );
}

async fn store_release(db: &Database, job: store::job::Job) {
    db.write(store::job::Release { job, postponement: None, error: None }).await;
}

async fn both_claims_of_a_booking_under_way_are_freed(db: Database) {
    let booking = db.confirmed("10:00").await;
    db.wish(&booking, "12:00").accepted().await;
    assert_eq!(db.claims().await, ["ada 10:00-10:30", "ada 12:00-12:30"]);

    db.cancellation(booking.id).done().await;

    assert!(db.claims().await.is_empty());
}

async fn a_page_that_is_out_of_date_cannot_cancel(db: Database) {
    let booking = db.confirmed("10:00").await;
    let to = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("ada", false)];
    db.wish(&booking, "12:00").with(to).accepted().await;

    let seen = booking.revision;
    let outdated = db.cancellation(booking.id).with(|unit| unit.seen = Some(seen)).send().await;

    let Cancelled::Outdated(current) = outdated else { panic!("{outdated:?}") };
    assert_eq!(current.slot.start(), at("12:00"));
    let seen = current.revision;
    db.cancellation(booking.id).with(|unit| unit.seen = Some(seen)).done().await;
    // An old page asks for what is already so.
    db.cancellation(booking.id).with(|unit| unit.seen = Some(0)).done().await;
}

async fn what_is_over_cannot_be_cancelled(db: Database) {
    let booking = db.confirmed("10:00").await;
    mark_no_show(&db, &booking, "10:00").await.unwrap().unwrap();

    let refused = db.cancellation(booking.id).send().await;

    assert!(matches!(refused, Cancelled::Refused(domain::Refusal::AlreadyOver)), "{refused:?}");
}

async fn an_unknown_booking_is_not_found(db: Database) {
    let unknown = domain::BookingId::new(db.id());

    let outcome = db.cancellation(unknown).send().await;

    assert!(matches!(outcome, Cancelled::NotFound), "{outcome:?}");
}

async fn mark_no_show(
    db: &Database,
    booking: &domain::Booking,
    time: &str,
) -> Option<Result<domain::Booking, domain::Refusal>> {
    let (id, entry) = (booking.id, db.entry("booking.no_show", now()));
    db.write(MarkNoShow { workspace: WORKSPACE, id, entry, now: at(time) }).await
}

async fn a_no_show_is_marked_from_the_start_on(db: Database) {
    let booking = db.confirmed("10:00").await;

    let early = mark_no_show(&db, &booking, "09:59").await.unwrap();
    assert_eq!(early.unwrap_err(), domain::Refusal::NotBegunYet);

    for _twice in 0..2 {
        let marked = mark_no_show(&db, &booking, "10:00").await.unwrap().unwrap();
        assert_eq!(marked.state, BookingState::NoShow);
    }
    assert_eq!(db.stored(booking.id).await.booking.state, BookingState::NoShow);
    let marks = db.timeline(booking.id).await;
    assert_eq!(marks.iter().filter(|kind| *kind == "booking.no_show").count(), 1);
}
