//! Keeping a slot for a visitor.

use jiff::SignedDuration;
use serde_json::json;

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

const TEN: &str = "2026-12-01T10:00:00-08:00";

fn hold() -> Call {
    Call::post("/v1/holds", &json!({ "service": "viewing", "start": TEN }))
}

#[tokio::test]
async fn a_held_slot_is_taken_for_everybody_else_and_booked_by_its_holder() {
    let given = Given::agency().await;

    let held = given.send(hold()).await.ok(201);

    assert_eq!(held["expires_at"], "2026-11-30T08:05:00-08:00");
    assert_eq!((&held["start"], &held["end"]), (&json!(TEN), &json!("2026-12-01T10:30:00-08:00")));
    assert_eq!(given.send(hold()).await.problem(), problem(409, "slot_taken"));
    let stranger = given.send(Call::post("/v1/bookings", &wish(TEN))).await;
    assert_eq!(stranger.problem(), problem(409, "slot_taken"));
    let body = but(wish(TEN), json!({ "hold": held["id"] }));
    given.send(Call::post("/v1/bookings", &body)).await.ok(201);
}

#[tokio::test]
async fn a_hold_is_given_back_once() {
    let given = Given::agency().await;
    let held = given.send(hold()).await.ok(201);
    let path = format!("/v1/holds/{}", held["id"].as_str().unwrap());

    given.send(Call::new("DELETE", &path)).await.ok(204);
    let again = given.send(Call::new("DELETE", &path)).await;

    assert_eq!(again.problem(), problem(404, "not_found"));
    given.send(hold()).await.ok(201);
    let nonsense = given.send(Call::new("DELETE", "/v1/holds/nonsense")).await;
    assert_eq!(nonsense.problem(), problem(404, "not_found"));
}

#[tokio::test]
async fn a_lapsed_hold_books_what_is_still_free() {
    let given = Given::agency().await;
    let held = given.send(hold()).await.ok(201);
    given.clock.advance(SignedDuration::from_mins(6));

    let body = but(wish(TEN), json!({ "hold": held["id"] }));
    given.send(Call::post("/v1/bookings", &body)).await.ok(201);
}

#[tokio::test]
async fn a_hold_of_another_start_is_a_fault() {
    let given = Given::agency().await;
    let held = given.send(hold()).await.ok(201);

    let body = but(wish("2026-12-01T11:00:00-08:00"), json!({ "hold": held["id"] }));
    let faults = given.send(Call::post("/v1/bookings", &body)).await.faults();

    assert_eq!(faults, [fault("/hold", "foreign_hold")]);
}

#[tokio::test]
async fn what_cannot_be_held_is_told() {
    let given = Given::agency().await;
    let body = json!({ "service": "nowhere", "start": "2026-11-01T10:00:00Z" });

    let faults = given.send(Call::post("/v1/holds", &body)).await.faults();
    let closed = json!({ "service": "viewing", "start": "2026-12-05T10:00:00-08:00" });
    let closed = given.send(Call::post("/v1/holds", &closed)).await;

    assert_eq!(faults, [fault("/service", "unknown_service"), fault("/start", "start_in_past")]);
    assert_eq!(closed.problem(), problem(409, "slot_unavailable"));
}

#[tokio::test]
async fn a_visitor_keeps_one_slot_of_a_service_and_a_stranger_not_too_many() {
    let given = Given::agency().await;
    let at = |start: &str, visitor: Option<&str>| {
        let start = format!("2026-12-01T{start}:00-08:00");
        let mut body = json!({ "service": "viewing", "start": start });
        if let Some(visitor) = visitor {
            body["visitor"] = json!(visitor);
        }
        Call::post("/v1/holds", &body)
    };
    given.send(at("10:00", Some("browser-1"))).await.ok(201);

    given.send(at("11:00", Some("browser-1"))).await.ok(201);

    given.send(hold()).await.ok(201); // Ten is free again.
    for start in ["12:00", "12:30", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30"] {
        given.send(at(start, None)).await.ok(201);
    }
    let more = given.send(at("16:00", None)).await;
    assert_eq!(more.header("retry-after"), "300");
    assert_eq!(more.problem(), problem(429, "too_many_requests"));
    given.send(at("16:00", Some("browser-1"))).await.ok(201); // In the place of another.
    given.as_admin(at("16:30", None)).await.ok(201);
}
