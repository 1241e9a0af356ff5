//! Cancelling, moving, and noting that nobody came.

use app::key::Scope;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Answer, Call, fault, problem};

const TEN: &str = "2026-12-01T10:00:00-08:00";
const NOON: &str = "2026-12-01T12:00:00-08:00";

/// Asks for a change of a booking.
async fn ask(given: &Given, booking: &Value, what: &str, body: Value) -> Answer {
    let id = booking["id"].as_str().unwrap();
    given.as_admin(Call::post(format!("/v1/bookings/{id}/{what}"), &body)).await
}

#[tokio::test]
async fn a_cancelled_booking_frees_its_time_and_may_be_cancelled_again() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;

    let cancelled = ask(&given, &booking, "cancel", json!({ "reason": "Sold." })).await.ok(200);
    let again = ask(&given, &booking, "cancel", json!({})).await.ok(200);

    assert_eq!(
        (&cancelled["status"], &again["status"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    given.booked(TEN).await;
}

#[tokio::test]
async fn a_booking_is_moved() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;

    let moved = ask(&given, &booking, "reschedule", json!({ "start": NOON })).await.ok(200);

    assert_eq!((&moved["start"], &moved["change"]), (&json!(NOON), &json!(null)));
    given.booked(TEN).await;
}

#[tokio::test]
async fn a_change_may_be_repeated_under_its_key() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;
    let path = format!("/v1/bookings/{}/reschedule", booking["id"].as_str().unwrap());
    let to = |start| Call::post(&path, &json!({ "start": start })).header("idempotency-key", "k");

    given.as_admin(to(NOON)).await.ok(200);
    given.as_admin(to(NOON)).await.ok(200);
    let other = given.as_admin(to(TEN)).await;

    assert_eq!(other.problem(), problem(422, "idempotency_mismatch"));
}

#[tokio::test]
async fn a_time_that_is_not_free_leaves_the_booking_where_it_is() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;
    given.booked(NOON).await;

    let taken = ask(&given, &booking, "reschedule", json!({ "start": NOON })).await;
    let closed = json!({ "start": "2026-12-01T20:00:00-08:00" });
    let closed = ask(&given, &booking, "reschedule", closed).await;

    assert_eq!(taken.problem(), problem(409, "slot_taken"));
    assert_eq!(taken.json()["alternatives"][0]["host"], "jane");
    assert_eq!(closed.problem(), problem(409, "slot_unavailable"));
    let path = format!("/v1/bookings/{}", booking["id"].as_str().unwrap());
    assert_eq!(given.as_admin(Call::get(path)).await.ok(200)["start"], TEN);
}

#[tokio::test]
async fn what_is_over_cannot_be_moved() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;
    ask(&given, &booking, "cancel", json!({})).await.ok(200);

    let moved = ask(&given, &booking, "reschedule", json!({ "start": NOON })).await;

    assert_eq!(moved.problem(), problem(409, "already_over"));
}

#[tokio::test]
async fn a_pending_booking_may_be_moved_and_cancelled() {
    let given = Given::agency().await;
    let body = but(wish("2026-12-01T10:00:00+01:00"), json!({ "service": "call" }));
    let call = Call::post("/v1/bookings", &body).header("prefer", "wait=0");
    let booking = given.as_admin(call).await.ok(202);
    let id = booking["id"].as_str().unwrap();
    let later = json!({ "start": "2026-12-01T11:00:00+01:00" });

    let path = format!("/v1/bookings/{id}/reschedule");
    let moved = given.as_admin(Call::post(path, &later).header("prefer", "wait=0")).await.ok(202);
    let cancelled = ask(&given, &booking, "cancel", json!({})).await.ok(200);

    assert_eq!((&moved["status"], &moved["start"]), (&json!("pending"), &later["start"]));
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test]
async fn bad_input_is_told_with_pointers() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;

    for (what, body, expected) in [
        ("reschedule", json!({}), vec![fault("/start", "required")]),
        ("reschedule", json!({ "start": "noon" }), vec![fault("/start", "invalid_time")]),
        (
            "reschedule",
            json!({ "start": "2026-11-30T09:00:00Z", "host": "No" }),
            vec![fault("/host", "not_a_slug"), fault("/start", "start_in_past")],
        ),
        (
            "reschedule",
            json!({ "start": NOON, "host": "gus" }),
            vec![fault("/host", "unknown_host")],
        ),
        ("cancel", json!({ "reason": "a\u{1}" }), vec![fault("/reason", "control_characters")]),
        ("cancel", json!({ "why": "" }), vec![fault("/why", "unknown_member")]),
    ] {
        assert_eq!(ask(&given, &booking, what, body.clone()).await.faults(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_no_show_is_noted_from_the_start_on() {
    let given = Given::agency().await;
    let booking = given.booked(TEN).await;
    let key = given.key(Scope::Bookings).await;
    let path = format!("/v1/bookings/{}/no-show", booking["id"].as_str().unwrap());
    let note = || given.send(Call::new("POST", &path).key(&key));

    assert_eq!(note().await.problem(), problem(409, "not_begun_yet"));
    given.clock.advance(SignedDuration::from_hours(26));
    for _twice in 0..2 {
        assert_eq!(note().await.ok(200)["status"], "no_show");
    }
}

#[tokio::test]
async fn a_booking_that_is_not_there_cannot_be_changed() {
    let given = Given::agency().await;
    let nobody = json!({ "id": "bkg_00000000000000000000000001" });

    for (what, body) in
        [("cancel", json!({})), ("reschedule", json!({ "start": NOON })), ("no-show", json!({}))]
    {
        let answer = ask(&given, &nobody, what, body).await;
        assert_eq!(answer.problem(), problem(404, "not_found"), "{what}");
    }
}
