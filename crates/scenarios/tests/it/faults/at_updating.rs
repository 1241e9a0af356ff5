//! While a booking gets another place, by an operation.

use app::booking::BookingFilter;
use app::operation::MassChange;
use domain::booking::NewDetails;
use domain::operation::{Action, Outcome, Progress};
use jiff::SignedDuration;
use scenarios::{Database, JANE, Wish, in_every_case};

use super::{OVER_HTTP, Row, rows, rows_of_messages};

const TEN: &str = "2026-12-01T18:00:00Z";
const GATE: &str = "At the gate";

scenarios::on_each_database! {
    no_fault_costs_a_change_of_place,
    no_fault_costs_the_message_about_it,
}

async fn no_fault_costs_a_change_of_place(database: Database) {
    in_every_case(rows(&OVER_HTTP, &["POST /token", "PATCH *"], &[false]), move |row| {
        gets_another_place(database, row)
    })
    .await;
}

async fn no_fault_costs_the_message_about_it(database: Database) {
    in_every_case(rows_of_messages(), move |row| gets_another_place(database, row)).await;
}

async fn gets_another_place(database: Database, row: Row) {
    let scenario = row.given(database).begins().await;
    scenario.has_booked(&Wish::at(TEN)).await;
    if row.subject == "POST /token" {
        scenario.advances(SignedDuration::from_mins(61));
    }
    scenario.sandbox.faults().add(row.fault());

    let action = Action::Update(NewDetails { title: None, location: Some(GATE.to_owned()) });
    let filter = BookingFilter { host: "jane".parse().ok(), ..BookingFilter::default() };
    let wish = MassChange { action, filter, dry_run: false };
    let begun = scenario.does(|app| async move { app.begin_operation(wish).await }).await;
    let id = begun.expect("the database works").0.id;
    scenario.runs_for(SignedDuration::from_mins(2)).await;

    assert!(scenario.sandbox.faults().list().is_empty(), "the fault never happened");
    let found = scenario.does(|app| async move { app.find_operation(id).await }).await;
    let (operation, items) = found.expect("the database works").expect("it is there");
    assert_eq!(operation.progress, Progress::Done);
    assert_eq!(items[0].outcome, Some(Outcome::Done));
    let events = scenario.sandbox.google().events(JANE);
    assert_eq!((events.len(), &events[0].resource["location"]), (1, &GATE.into()));
    assert_eq!(events[0].start.to_string(), TEN);
    assert_eq!(scenario.news("sms"), ["confirmed", "updated"]);
    assert_eq!(scenario.news("email"), ["confirmed", "updated"]);
    scenario.ends().await;
}
