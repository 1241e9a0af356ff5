//! The pace of a sender: turns, and how many texts are on their way.

use jiff::{SignedDuration, Timestamp};
use store::sender::{PauseSender, SenderTurn, TakeTurn};

use crate::database::{Database, WORKSPACE};
use crate::given::{now, seconds};

on_each_database! {
    each_text_takes_its_turn,
    a_turn_is_kept_until_it_is_taken,
    no_more_than_ten_are_on_their_way,
    a_sender_without_a_pace_sends_at_once,
    a_sender_that_was_asked_to_wait_waits,
}

async fn take(
    db: &Database,
    subject: &str,
    interval: SignedDuration,
    now: Timestamp,
) -> SenderTurn {
    db.write(TakeTurn {
        workspace: WORKSPACE,
        sender: "+12135550199".to_owned(),
        subject: subject.to_owned(),
        interval,
        most_flying: 10,
        flying_until: now + seconds(16),
        now,
    })
    .await
}

async fn each_text_takes_its_turn(db: Database) {
    let second = seconds(1);

    let mut turns = Vec::new();
    for subject in ["a", "b", "c"] {
        turns.push(take(&db, subject, second, now()).await);
    }

    let at = |after| SenderTurn::At(now() + seconds(after));
    assert_eq!(turns, [SenderTurn::Now, at(1), at(2)]);
}

async fn a_turn_is_kept_until_it_is_taken(db: Database) {
    let second = seconds(1);
    take(&db, "a", second, now()).await;
    take(&db, "b", second, now()).await;

    let early = take(&db, "b", second, now()).await;
    let in_time = take(&db, "b", second, now() + second).await;
    let next = take(&db, "c", second, now() + second).await;

    assert_eq!(early, SenderTurn::At(now() + second), "it takes no second place");
    assert_eq!(in_time, SenderTurn::Now);
    assert_eq!(next, SenderTurn::At(now() + seconds(2)));
}

async fn no_more_than_ten_are_on_their_way(db: Database) {
    let unpaced = SignedDuration::ZERO;
    for at in 0..10 {
        assert_eq!(take(&db, &format!("text {at}"), unpaced, now()).await, SenderTurn::Now);
    }

    let eleventh = take(&db, "text 10", unpaced, now()).await;
    let after_they_died = take(&db, "text 10", unpaced, now() + seconds(17)).await;

    assert!(matches!(eleventh, SenderTurn::At(at) if at > now()), "{eleventh:?}");
    assert_eq!(after_they_died, SenderTurn::Now);
}

async fn a_sender_without_a_pace_sends_at_once(db: Database) {
    for subject in ["a", "b", "c"] {
        assert_eq!(take(&db, subject, SignedDuration::ZERO, now()).await, SenderTurn::Now);
    }
}

async fn a_sender_that_was_asked_to_wait_waits(db: Database) {
    take(&db, "a", seconds(1), now()).await;
    let until = now() + seconds(20);
    let (workspace, sender) = (WORKSPACE, "+12135550199".to_owned());

    db.write(PauseSender { workspace, sender, until }).await;

    assert_eq!(take(&db, "b", seconds(1), now()).await, SenderTurn::At(until));
}
