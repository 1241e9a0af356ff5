//! `/v1/operations`.

use serde_json::{Value, json};

use super::given::{Given, but};
use super::{Call, fault};

const TEN: &str = "2026-12-01T10:00:00-08:00";

fn to_the_gate() -> Value {
    json!({ "action": "update", "location": "At the gate", "filter": { "host": "jane" } })
}

#[tokio::test]
async fn an_update_changes_every_booking_that_matches() {
    let given = Given::agency().await;
    let id = given.booked(TEN).await["id"].as_str().unwrap().to_owned();

    let begun = given.as_admin(Call::post("/v1/operations", &to_the_gate())).await.ok(202);
    given.app.run_due_jobs().await.unwrap();
    given.app.run_due_jobs().await.unwrap();

    let path = format!("/v1/operations/{}", begun["id"].as_str().unwrap());
    let operation = given.as_admin(Call::get(path)).await.ok(200);
    assert_eq!(operation["status"], "done");
    assert_eq!(operation["items"], json!([{ "booking": id, "outcome": "done" }]));
    let booking = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(booking["location"], "At the gate");
    assert_eq!(booking["title"], "Viewing: 123 Main St");
}

#[tokio::test]
async fn every_fault_is_told_with_its_pointer_and_nothing_is_begun() {
    let given = Given::agency().await;
    given.booked(TEN).await;
    let table = [
        (json!({ "location": null }), ("/title", "required")),
        (json!({ "location": " " }), ("/title", "required")),
        (json!({ "title": "a\nb" }), ("/title", "control_characters")),
        (json!({ "title": "x".repeat(201) }), ("/title", "max_length")),
        (json!({ "by": "1h" }), ("/by", "not_allowed")),
        (json!({ "action": "move", "by": "1h" }), ("/location", "not_allowed")),
        (json!({ "filter": {} }), ("/filter", "too_wide")),
        (json!({ "filter": { "host": "nobody" } }), ("/filter/host", "unknown_host")),
    ];
    for (changes, (pointer, code)) in table {
        let body = but(to_the_gate(), changes);
        let answer = given.as_admin(Call::post("/v1/operations", &body)).await;
        assert_eq!(answer.faults(), [fault(pointer, code)], "{body}");
    }
}
