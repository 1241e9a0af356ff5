//! `POST /v1/bookings` without a service.

use app::key::Scope;
use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

/// Eight in the evening, when nothing is offered.
const EIGHT: &str = "2026-12-01T20:00:00-08:00";
const NINE: &str = "2026-12-01T21:00:00-08:00";

fn handover() -> Value {
    let own = json!({ "service": null, "host": "jane", "title": "Key handover", "location": "At the gate", "end": NINE });
    but(wish(EIGHT), own)
}

#[tokio::test]
async fn an_admin_key_books_any_range_of_a_hosts_time() {
    let given = Given::agency().await;

    let booking = given.as_admin(Call::post("/v1/bookings", &handover())).await.ok(201);

    assert_eq!(
        [&booking["service"], &booking["title"], &booking["location"], &booking["host"]],
        [&Value::Null, &json!("Key handover"), &json!("At the gate"), &json!("jane")]
    );
    assert_eq!([&booking["start"], &booking["end"]], [&json!(EIGHT), &json!(NINE)]);
    let id = booking["id"].as_str().unwrap();
    let read = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(read, booking);
    let again = given.as_admin(Call::post("/v1/bookings", &handover())).await;
    assert_eq!(again.problem(), problem(409, "slot_taken"));
    assert_eq!(again.json()["alternatives"], json!([]));
}

#[tokio::test]
async fn a_repeat_under_its_key_is_the_same_booking_and_another_title_is_refused() {
    let given = Given::agency().await;
    let body = but(handover(), json!({ "submission_id": "one" }));
    let first = given.as_admin(Call::post("/v1/bookings", &body)).await.ok(201);

    let again = given.as_admin(Call::post("/v1/bookings", &body)).await.ok(200);
    let other = but(body, json!({ "title": "Something else" }));
    let other = given.as_admin(Call::post("/v1/bookings", &other)).await;

    assert_eq!(again["id"], first["id"]);
    assert_eq!(other.problem(), problem(422, "idempotency_mismatch"));
}

#[tokio::test]
async fn nobody_else_may() {
    let given = Given::agency().await;
    let key = given.key(Scope::Bookings).await;

    let anybody = given.send(Call::post("/v1/bookings", &handover())).await;
    let booker = given.send(Call::post("/v1/bookings", &handover()).key(&key)).await;

    assert_eq!(anybody.problem(), problem(401, "unauthorized"));
    assert_eq!(booker.problem(), problem(403, "forbidden"));
    assert_eq!(given.count().await, 0);
}

#[tokio::test]
async fn every_fault_is_told_with_its_pointer() {
    let given = Given::agency().await;
    let table = [
        (json!({ "host": null }), ("/host", "required")),
        (json!({ "host": "nobody" }), ("/host", "unknown_host")),
        (json!({ "title": " " }), ("/title", "required")),
        (json!({ "title": "a\u{7}" }), ("/title", "control_characters")),
        (json!({ "location": "x".repeat(501) }), ("/location", "max_length")),
        (json!({ "end": null }), ("/end", "required")),
        (json!({ "end": "tomorrow" }), ("/end", "invalid_time")),
        (json!({ "end": EIGHT }), ("/end", "end_before_start")),
        (json!({ "end": "2026-12-08T20:00:01-08:00" }), ("/end", "out_of_range")),
        (json!({ "start": "2026-11-01T20:00:00-08:00" }), ("/start", "start_in_past")),
        (json!({ "duration": "30m" }), ("/duration", "needs_a_service")),
        (json!({ "waitlist": true }), ("/waitlist", "needs_a_service")),
    ];
    for (changes, (pointer, code)) in table {
        let body = but(handover(), changes);
        let answer = given.as_admin(Call::post("/v1/bookings", &body)).await;
        assert_eq!(answer.faults(), [fault(pointer, code)], "{body}");
    }
    assert_eq!(given.count().await, 0);
}
