//! While cancelling.

use jiff::SignedDuration;
use scenarios::{Database, Wish, in_every_case};

use super::{OVER_HTTP, Row, rows, rows_of_messages};

const TEN: &str = "2026-12-01T18:00:00Z";

scenarios::on_each_database! {
    no_fault_keeps_a_cancelled_event_alive_or_its_attendee_uninformed,
    a_slot_is_free_while_the_event_of_a_cancelled_booking_waits_to_be_deleted,
}

async fn no_fault_keeps_a_cancelled_event_alive_or_its_attendee_uninformed(database: Database) {
    let mut all = rows(&OVER_HTTP, &["POST /token", "DELETE *"], &[false]);
    all.extend(rows_of_messages());
    in_every_case(all, move |row: Row| async move {
        let scenario = row.given(database).begins().await;
        let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
        if row.subject == "POST /token" {
            scenario.advances(SignedDuration::from_mins(61));
        }
        scenario.sandbox.faults().add(row.fault());

        scenario.cancels(id).await;

        scenario.runs_for(SignedDuration::from_mins(2)).await;
        assert!(scenario.sandbox.faults().list().is_empty(), "the fault never happened");
        assert_eq!(scenario.events(), []);
        assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
        assert_eq!(scenario.news("email"), ["confirmed", "cancelled"]);
        scenario.ends().await;
    })
    .await;
}

async fn a_slot_is_free_while_the_event_of_a_cancelled_booking_waits_to_be_deleted(
    database: Database,
) {
    let scenario = scenarios::Scenario::on(database).await;
    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let broken = sandbox::Fault { count: Some(3), ..sandbox::Fault::error("DELETE *", 503) };
    scenario.sandbox.faults().add(broken);
    scenario.cancels(id).await;

    let next = scenario.has_booked(&Wish::at(TEN).by("Cy Next")).await;

    assert!(matches!(next.booking.state, domain::BookingState::Confirmed { change: None }));
    scenario.runs_for(SignedDuration::from_mins(5)).await;
    assert_eq!(scenario.events().len(), 1);
    scenario.ends().await;
}
