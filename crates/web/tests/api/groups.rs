//! Group services in the API.

use app::key::Scope;
use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

const TEN: &str = "2026-12-01T10:00:00-08:00";

/// The agency, whose viewing is an open house of three.
async fn open_house() -> Given {
    let given = Given::agency().await;
    let patch = json!({ "capacity": 3, "waitlist": true });
    let call = Call::new("PATCH", "/v1/services/viewing").json(&patch).key(&given.admin);
    given.send(call).await.ok(200);
    given
}

fn party(people: u32, submission: &str) -> Value {
    but(wish(TEN), json!({ "party_size": people, "submission_id": submission }))
}

async fn remaining(given: &Given) -> Value {
    let slots = Call::get("/v1/services/viewing/slots?from=2026-12-01&to=2026-12-01");
    let answer = given.send(slots).await.ok(200);
    let slots = answer["slots"].as_array().unwrap().clone();
    slots.into_iter().find(|slot| slot["start"] == TEN).unwrap()["remaining"].clone()
}

#[tokio::test]
async fn slots_tell_how_many_people_still_fit_in() {
    let given = open_house().await;
    assert_eq!(remaining(&given).await, 3);

    given.send(Call::post("/v1/bookings", &party(2, "one"))).await.ok(201);
    assert_eq!(remaining(&given).await, 1);
    let refused = given.send(Call::post("/v1/bookings", &party(2, "two"))).await;
    assert_eq!(refused.problem(), problem(409, "slot_taken"));
    given.send(Call::post("/v1/bookings", &party(1, "three"))).await.ok(201);

    assert_eq!(remaining(&given).await, 0, "a full slot is listed");
}

#[tokio::test]
async fn a_party_that_can_never_fit_is_bad_input() {
    let given = open_house().await;

    let booking = given.send(Call::post("/v1/bookings", &party(4, "one"))).await;
    let hold = json!({ "service": "viewing", "start": TEN, "party_size": 4 });
    let hold = given.send(Call::post("/v1/holds", &hold)).await;

    assert_eq!(booking.faults(), [fault("/party_size", "exceeds_capacity")]);
    assert_eq!(hold.faults(), [fault("/party_size", "exceeds_capacity")]);
}

#[tokio::test]
async fn a_hold_keeps_seats() {
    let given = open_house().await;
    let hold = json!({ "service": "viewing", "start": TEN, "party_size": 2 });

    let hold = given.send(Call::post("/v1/holds", &hold)).await.ok(201);

    assert_eq!(remaining(&given).await, 1);
    let body = but(party(3, "one"), json!({ "hold": hold["id"] }));
    given.send(Call::post("/v1/bookings", &body)).await.ok(201);
    assert_eq!(remaining(&given).await, 0);
}

#[tokio::test]
async fn a_full_slot_is_waited_for_by_whoever_asks_to() {
    let given = open_house().await;
    given.send(Call::post("/v1/bookings", &party(3, "one"))).await.ok(201);
    let key = given.key(Scope::Bookings).await;

    let body = but(party(1, "two"), json!({ "waitlist": true }));
    let waiting = given.send(Call::post("/v1/bookings", &body).key(&key)).await.ok(202);

    assert_eq!(waiting["status"], "waitlisted");
    let again = given.send(Call::post("/v1/bookings", &body).key(&key)).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let path = format!("/v1/bookings/{}", waiting["id"].as_str().unwrap());
    let moved =
        Call::post(format!("{path}/reschedule"), &json!({ "start": "2026-12-01T11:00:00-08:00" }));
    assert_eq!(given.send(moved.key(&key)).await.problem(), problem(409, "nothing_offered"));
    let cancelled = given.send(Call::post(format!("{path}/cancel"), &json!({})).key(&key)).await;
    assert_eq!(cancelled.ok(200)["status"], "cancelled");
}

#[tokio::test]
async fn a_service_without_a_waiting_list_cannot_be_waited_for() {
    let given = Given::agency().await;

    let body = but(wish(TEN), json!({ "waitlist": true }));
    let answer = given.send(Call::post("/v1/bookings", &body)).await;

    assert_eq!(answer.faults(), [fault("/waitlist", "no_waiting_list")]);
}
