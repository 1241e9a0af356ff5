//! The same submission gets the same booking; the same key with another request is refused.

use domain::BookingId;
use store::booking::{AskedToMove, Booked, Cancelled};
use store::submission::{self, Remembered, Submission};
use store::{StoreError, Tx, UnitOfWork};

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now, offer, submission};

on_each_database! {
    a_repeated_submission_gets_the_first_booking,
    a_key_used_for_another_request_is_refused,
    keys_of_different_scopes_are_different,
    a_key_that_expires_is_forgotten,
    a_refused_request_may_be_tried_again_with_its_key,
    two_hundred_copies_of_one_submission_make_one_booking,
    a_repeated_cancellation_is_harmless,
    a_repeated_move_does_not_move_back,
    a_released_key_is_unknown_again,
}

async fn a_repeated_submission_gets_the_first_booking(db: Database) {
    let keyed = || db.request("10:00").with(|unit| unit.submission = Some(submission("42", 1)));
    let (first, _) = keyed().accepted().await;

    let again = keyed().send().await;

    assert!(matches!(again, Booked::Replayed(id) if id == first.id), "{again:?}");
    assert_eq!(db.count("select count(*) from bookings").await, 1);
}

async fn a_key_used_for_another_request_is_refused(db: Database) {
    let keyed = |start, fingerprint| {
        let submission = Some(submission("42", fingerprint));
        db.request(start).with(|unit| unit.submission = submission)
    };
    keyed("10:00", 1).accepted().await;

    let other = keyed("11:00", 2).send().await;

    assert!(matches!(other, Booked::Mismatch), "{other:?}");
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
}

async fn keys_of_different_scopes_are_different(db: Database) {
    let keyed = |start, scope: &str| {
        let submission = Submission { scope: scope.to_owned(), ..submission("42", 1) };
        db.request(start).with(|unit| unit.submission = Some(submission))
    };

    keyed("10:00", "source/website").accepted().await;
    keyed("11:00", "source/landing-page").accepted().await;
}

async fn a_key_that_expires_is_forgotten(db: Database) {
    let hashed = |start, age: i64, fingerprint| {
        let sent_at = now() + minutes(age);
        db.request(start).with(|unit| {
            unit.now = sent_at;
            let expires_at = Some(sent_at + minutes(24 * 60));
            unit.submission = Some(Submission { expires_at, ..submission("hash", fingerprint) });
        })
    };
    hashed("10:00", 0, 1).accepted().await;

    let within_a_day = hashed("10:00", 24 * 60 - 1, 1).send().await;
    assert!(matches!(within_a_day, Booked::Replayed(_)), "{within_a_day:?}");

    let (later, _) = hashed("12:00", 24 * 60, 2).accepted().await;
    let again = hashed("12:00", 24 * 60 + 1, 2).send().await;
    assert!(matches!(again, Booked::Replayed(id) if id == later.id), "{again:?}");
}

async fn a_refused_request_may_be_tried_again_with_its_key(db: Database) {
    let keyed = || db.request("10:00").with(|unit| unit.submission = Some(submission("42", 1)));
    let (in_the_way, _) = db.pending("10:00").await;
    assert!(keyed().refused().await);

    db.cancellation(in_the_way.id).done().await;

    keyed().accepted().await;
}

async fn two_hundred_copies_of_one_submission_make_one_booking(db: Database) {
    let copies = (0..200).map(|_| {
        let keyed = db.request("10:00").with(|unit| unit.submission = Some(submission("42", 1)));
        tokio::spawn(keyed.send())
    });

    let mut booked = Vec::new();
    for copy in copies.collect::<Vec<_>>() {
        booked.push(match copy.await.unwrap() {
            Booked::Accepted { booking, .. } => booking.id,
            Booked::Replayed(id) => id,
            outcome @ (Booked::Mismatch
            | Booked::Refused { .. }
            | Booked::ForeignHold
            | Booked::StaleSetup) => panic!("{outcome:?}"),
        });
    }

    booked.dedup();
    assert_eq!(booked.len(), 1, "everyone hears of the same booking");
    assert_eq!(db.count("select count(*) from bookings").await, 1);
}

async fn a_repeated_cancellation_is_harmless(db: Database) {
    let booking = db.confirmed("10:00").await;
    let cancel = |key, fingerprint| {
        let key = Some(submission(key, fingerprint));
        db.cancellation(booking.id).with(|unit| unit.submission = key)
    };
    let (_, job) = cancel("c1", 1).done().await;
    assert!(job.is_some());

    let repeated = cancel("c1", 1).send().await;
    assert!(matches!(repeated, Cancelled::Replayed), "{repeated:?}");
    let (again, job) = cancel("c2", 1).done().await;
    assert_eq!(again.state.status(), "cancelled");
    assert_eq!(job, None, "nothing is left to do");
    let mismatch = cancel("c1", 2).send().await;
    assert!(matches!(mismatch, Cancelled::Mismatch), "{mismatch:?}");
    assert_eq!(db.timeline(booking.id).await.last().unwrap(), "booking.cancelled");
}

async fn a_repeated_move_does_not_move_back(db: Database) {
    let booking = db.confirmed("10:00").await;
    let wish = |start, key| {
        let key = Some(submission(key, 1));
        db.wish(&booking, start).with(|unit| {
            unit.submission = key;
            unit.hosts = vec![offer("ada", false)];
        })
    };
    wish("11:00", "m1").accepted().await;
    wish("12:00", "m2").accepted().await;

    let late_repeat = wish("11:00", "m1").send().await;

    assert!(matches!(late_repeat, AskedToMove::Replayed), "{late_repeat:?}");
    assert_eq!(db.claims().await, ["ada 12:00-12:30"]);
    let other = db
        .wish(&booking, "13:00")
        .with(|unit| unit.submission = Some(submission("m2", 9)))
        .send()
        .await;
    assert!(matches!(other, AskedToMove::Mismatch), "{other:?}");
}

struct Released(BookingId);

impl UnitOfWork for Released {
    const NAME: &'static str = "test.release";
    type Outcome = Remembered;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        submission::release(tx, WORKSPACE, self.0).await?;
        submission::look_up(tx, WORKSPACE, &submission("42", 1), now()).await
    }
}

async fn a_released_key_is_unknown_again(db: Database) {
    let keyed = |start, key| {
        let key = Some(submission(key, 1));
        db.request(start).with(|unit| unit.submission = key)
    };
    let (booking, _) = keyed("10:00", "42").accepted().await;
    let (other, _) = keyed("11:00", "43").accepted().await;

    assert_eq!(db.write(Released(booking.id)).await, Remembered::Unknown);

    let kept = keyed("11:00", "43").send().await;
    assert!(matches!(kept, Booked::Replayed(id) if id == other.id), "{kept:?}");
}
