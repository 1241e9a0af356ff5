//! Bookings of no service: an administrator books any range of a host's time.

use std::time::Duration;

use app::booking::{Booked, Move, Moved, Progress};
use domain::booking::Actor;
use domain::{BookingId, BookingState};
use scenarios::{BOB, BOBS, Database, Given, Scenario, Wish};

/// Ten in the evening where Jane is, when no service of hers is offered.
const LATE: &str = "2026-12-02T06:00:00Z";
/// Ten in the morning there.
const TEN: &str = "2026-12-01T18:00:00Z";
const FOUR_HOURS: i64 = 240;

scenarios::on_each_database! {
    any_range_becomes_one_event_and_everybody_is_told,
    what_is_claimed_or_busy_is_not_booked_whatever_the_rules,
    it_moves_to_any_free_time_and_is_called_off_like_any_other,
    it_stays_with_its_host_and_its_attendee_cannot_move_it,
    of_an_ad_hoc_booking_and_a_slot_at_the_same_time_one_is_made,
}

fn moved_by(by: Actor, id: BookingId, start: &str) -> Move {
    let (start, patience) = (start.parse().expect("an instant"), Duration::from_secs(10));
    Move { id, start, host: None, by, seen: None, key: None, patience }
}

async fn any_range_becomes_one_event_and_everybody_is_told(database: Database) {
    let scenario = Scenario::on(database).await;

    let stored = scenario.has_booked(&Wish::at(LATE).ad_hoc("Key handover", FOUR_HOURS)).await;

    assert_eq!(stored.booking.state, BookingState::Confirmed { change: None });
    assert_eq!(stored.booking.title, "Key handover");
    let events = scenario.events();
    let times = (events[0].0.to_string(), events[0].1.to_string());
    assert_eq!(times, (LATE.to_owned(), "2026-12-02T10:00:00Z".to_owned()), "past midnight");
    assert_eq!(events.len(), 1);
    assert_eq!(
        (scenario.news("sms"), scenario.news("email")),
        (vec!["confirmed".to_owned()], vec!["confirmed".to_owned()],)
    );
    assert!(scenario.texts()[0].contains("Key handover"), "{:?}", scenario.texts());
    scenario.ends().await;
}

async fn what_is_claimed_or_busy_is_not_booked_whatever_the_rules(database: Database) {
    let scenario = Scenario::on(database).await;
    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.blocks("Dentist", "2026-12-02T07:00:00Z", "2026-12-02T07:30:00Z");

    let claimed = scenario.tries_to_book(&Wish::at(TEN).by("Cy Late").ad_hoc("Lunch", 15)).await;
    let busy = scenario.tries_to_book(&Wish::at(LATE).by("Di Late").ad_hoc("Wine", 90)).await;

    let Booked::Refused { taken: true, alternatives } = claimed else { panic!("{claimed:?}") };
    assert_eq!(alternatives, [], "any time could be asked for");
    assert!(matches!(busy, Booked::Accepted(Progress::CalendarBusy)), "{busy:?}");
    scenario.ends().await;
}

async fn it_moves_to_any_free_time_and_is_called_off_like_any_other(database: Database) {
    let scenario = Scenario::on(database).await;
    let id =
        scenario.has_booked(&Wish::at(LATE).ad_hoc("Key handover", FOUR_HOURS)).await.booking.id;
    let midnight = "2026-12-03T08:00:07Z";

    let wish = moved_by(Actor::Api, id, midnight);
    let moved = scenario.does(|app| async move { app.reschedule(wish).await }).await;
    scenario.runs_jobs().await;

    assert!(matches!(moved, Ok(Moved::Accepted(Progress::Done(_)))), "{moved:?}");
    assert_eq!(scenario.events()[0].0.to_string(), midnight);
    scenario.cancels(id).await;
    scenario.runs_jobs().await;
    assert_eq!(scenario.events(), []);
    assert_eq!(scenario.news("sms"), ["confirmed", "moved", "cancelled"]);
    scenario.ends().await;
}

async fn it_stays_with_its_host_and_its_attendee_cannot_move_it(database: Database) {
    let scenario = Given::on(database).and(BOBS).connected("bob", BOB).begins().await;
    scenario.has_booked(&Wish::at(TEN)).await;
    let id =
        scenario.has_booked(&Wish::at(LATE).by("Cy Late").ad_hoc("Lunch", 30)).await.booking.id;
    let moves = |by: Actor| {
        let wish = moved_by(by, id, TEN);
        scenario.does(|app| async move { app.reschedule(wish).await })
    };

    let by_attendee = moves(Actor::Attendee).await;
    let by_admin = moves(Actor::Api).await;

    assert!(matches!(by_attendee, Ok(Moved::NotOffered { taken: false, .. })), "{by_attendee:?}");
    assert!(matches!(by_admin, Ok(Moved::NotOffered { taken: true, .. })), "{by_admin:?}");
    assert_eq!(
        scenario.booking(id).await.booking.host.as_str(),
        "jane",
        "Bob would have been free"
    );
    scenario.ends().await;
}

async fn of_an_ad_hoc_booking_and_a_slot_at_the_same_time_one_is_made(database: Database) {
    let scenario = Scenario::on(database).await;

    let slot = scenario.begins_to_book(&Wish::at(TEN));
    let long = Wish::at("2026-12-01T17:30:00Z").by("Cy Late").ad_hoc("Lunch", FOUR_HOURS);
    let long = scenario.begins_to_book(&long);
    let both = [slot.await, long.await];

    let accepted = both.into_iter().filter(|booked| {
        let booked = booked.as_ref().expect("the process lives");
        matches!(booked, Ok(Booked::Accepted(Progress::Done(_))))
    });
    assert_eq!((accepted.count(), scenario.events().len()), (1, 1));
    scenario.ends().await;
}
