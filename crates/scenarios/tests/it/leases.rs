//! A worker that is paused past its lease, at every call that changes something, and goes on after
//! others have done its work.

use std::time::Duration;

use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use scenarios::{Database, Given, Held, Scenario, Side, Wish, in_every_case};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";
const SIDES: [Side; 2] = [Side::Before, Side::After];
/// Longer than a lease.
const PAUSE: SignedDuration = SignedDuration::from_secs(61);

scenarios::on_each_database! {
    a_booking_whose_worker_lost_its_lease_is_confirmed_once,
    a_move_whose_worker_lost_its_lease_is_made_once,
    a_cancellation_whose_worker_lost_its_lease_is_made_once,
    a_text_whose_sender_lost_its_lease_after_sending_is_not_sent_again,
    a_worker_that_lost_its_lease_does_not_undo_what_came_after,
}

/// Two instances, or one that is its own successor where only one may serve.
async fn begun(database: Database) -> Scenario {
    let instances = match database {
        Database::Sqlite => 1,
        Database::Postgres => 2,
    };
    Given::on(database).instances(instances).begins().await
}

/// While the first instance stands still, time passes and another does what is due.
async fn others_take_over(scenario: &Scenario, held: &Held) {
    held.reached().await;
    scenario.advances(PAUSE);
    let other = scenario.instance(scenario.instances() - 1);
    let ran = other.does(|app| async move { app.run_due_jobs().await }).await;
    assert!(ran.expect("the database works") > 0, "nobody took over");
}

async fn timeline(scenario: &Scenario, booking: BookingId) -> Vec<String> {
    let list = store::timeline::ListTimeline {
        workspace: domain::WorkspaceId::DEFAULT,
        booking,
        after: None,
        limit: 100,
    };
    let entries = scenario.app().store().read(list).await.expect("the database works");
    entries.into_iter().map(|entry| format!("{} {}", entry.at, entry.kind)).collect()
}

/// Lets it go on: it changes nothing any more, and tells nobody.
async fn goes_on_in_vain(scenario: Scenario, held: Held, id: BookingId, news: &[&str]) {
    let before = (timeline(&scenario, id).await, scenario.booking(id).await.booking.state);

    held.release();
    scenario.runs_jobs().await;

    assert_eq!(timeline(&scenario, id).await, before.0);
    assert_eq!(scenario.booking(id).await.booking.state, before.1);
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.news("sms"), news);
    assert_eq!(scenario.news("email"), news);
    scenario.ends().await;
}

async fn a_booking_whose_worker_lost_its_lease_is_confirmed_once(database: Database) {
    let calls = ["POST */freeBusy", "POST */events"];
    let cases = calls.iter().flat_map(|call| SIDES.map(|side| (*call, side)));
    let cases = cases.map(|case| (format!("{case:?}"), case));
    in_every_case(cases, move |(call, side)| async move {
        let scenario = begun(database).await;
        let held = scenario.gates.hold(call, 0, side);
        let stored = scenario.books(&Wish::at(TEN).without_waiting()).await;
        let id = stored.booking.id;

        others_take_over(&scenario, &held).await;

        let state = scenario.booking(id).await.booking.state;
        assert_eq!(state, BookingState::Confirmed { change: None });
        assert_eq!(scenario.events().len(), 1);
        goes_on_in_vain(scenario, held, id, &["confirmed"]).await;
    })
    .await;
}

async fn a_move_whose_worker_lost_its_lease_is_made_once(database: Database) {
    in_every_case(SIDES.map(|side| (format!("{side:?}"), side)), move |side| async move {
        let scenario = begun(database).await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        let held = scenario.gates.hold("PATCH *", 0, side);
        scenario.moves(id, ELEVEN, Duration::ZERO).await;

        others_take_over(&scenario, &held).await;

        assert_eq!(scenario.booking(id).await.booking.slot.start().to_string(), ELEVEN);
        goes_on_in_vain(scenario, held, id, &["confirmed", "moved"]).await;
    })
    .await;
}

async fn a_cancellation_whose_worker_lost_its_lease_is_made_once(database: Database) {
    in_every_case(SIDES.map(|side| (format!("{side:?}"), side)), move |side| async move {
        let scenario = begun(database).await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        let held = scenario.gates.hold("DELETE *", 0, side);
        scenario.cancels(id).await;

        others_take_over(&scenario, &held).await;

        assert_eq!(scenario.events(), []);
        goes_on_in_vain(scenario, held, id, &["confirmed", "cancelled"]).await;
    })
    .await;
}

async fn a_text_whose_sender_lost_its_lease_after_sending_is_not_sent_again(database: Database) {
    let scenario = begun(database).await;
    let id = scenario.books(&Wish::at(TEN)).await.booking.id;
    let held = scenario.gates.hold("POST *Messages.json", 0, Side::After);
    let run = scenario.begins_to_run_jobs();

    others_take_over(&scenario, &held).await;

    assert_eq!(scenario.texts().len(), 1);
    held.release();
    run.await.expect("the process lives");
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.texts().len(), 1);
    let state = scenario.booking(id).await.booking.state;
    assert_eq!(state, BookingState::Confirmed { change: None });
    scenario.ends().await;
}

/// The late call finds what was done since, and leaves it alone.
async fn a_worker_that_lost_its_lease_does_not_undo_what_came_after(database: Database) {
    let scenario = begun(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let held = scenario.gates.hold("PATCH *", 0, Side::Before);
    scenario.moves(id, ELEVEN, Duration::ZERO).await;
    others_take_over(&scenario, &held).await;
    let other = scenario.instance(scenario.instances() - 1);
    let back = other.begins_to_move(id, TEN, Duration::from_secs(10)).await;
    drop(back.expect("the process lives").expect("the database works"));

    held.release();
    scenario.runs_for(SignedDuration::from_mins(5)).await;

    assert_eq!(scenario.booking(id).await.booking.slot.start().to_string(), TEN);
    assert_eq!(scenario.events()[0].0.to_string(), TEN);
    scenario.ends().await;
}
