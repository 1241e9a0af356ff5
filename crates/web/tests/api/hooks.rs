//! What forms send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::given::{Given, but};
use super::{Answer, Call, fault, problem};

/// What the Webhooks add-on of Gravity Forms sends for all fields.
const GRAVITY: &str = include_str!("gravity-forms.json");

fn gravity() -> Value {
    serde_json::from_str(GRAVITY).unwrap()
}

async fn submit(given: &Given, body: &Value) -> Answer {
    given.send(Call::post("/hooks/website", body).header("x-form-secret", "open sesame")).await
}

#[tokio::test]
async fn a_form_becomes_a_booking() {
    let given = Given::agency().await;

    let answer = submit(&given, &gravity()).await.ok(201);

    // Half past three in Chicago.
    assert_eq!(answer["start"], "2026-12-03T13:30:00-08:00");
    assert_eq!(answer.get("attendee"), None);
    let path = format!("/v1/bookings/{}", answer["id"].as_str().unwrap());
    let booking = given.as_admin(Call::get(&path)).await.ok(200);
    assert_eq!(booking["attendee"]["name"], "Dana Whitfield");
    assert_eq!(booking["attendee"]["phone"], "+15125550142");
    assert_eq!(
        (&booking["source"], &booking["submission_id"]),
        (&json!("website"), &json!("4187"))
    );
    let address = "1480 Juniper Ridge Ln, Austin, TX 78704";
    assert_eq!(booking["answers"], json!({ "Address": address, "Notes": "Two adults, one dog" }));
    let timeline = given.as_admin(Call::get(format!("{path}/timeline"))).await.ok(200);
    assert_eq!(timeline["items"][0]["data"], gravity());
}

#[tokio::test]
async fn form_fields_are_read_like_json() {
    let given = Given::agency().await;
    let fields = "id=77&1.3=Dana&1.6=Whitfield&2=dana%40example.com&3=%28512%29+555-0142&4=2026-12-03&5=03%3A30+pm&6=a&6=b";
    let call = Call::new("POST", "/hooks/website").header("x-form-secret", "open sesame");

    let call = call.body("application/x-www-form-urlencoded; charset=utf-8", fields);
    let answer = given.send(call).await.ok(201);

    let path = format!("/v1/bookings/{}", answer["id"].as_str().unwrap());
    let booking = given.as_admin(Call::get(path)).await.ok(200);
    assert_eq!(booking["answers"], json!({ "Address": "a, b" }));
}

#[tokio::test]
async fn the_same_submission_gets_the_same_booking() {
    let given = Given::agency().await;
    let first = submit(&given, &gravity()).await.ok(201);

    let again = submit(&given, &gravity()).await;
    let other = submit(&given, &but(gravity(), json!({ "1.3": "Dan" }))).await;

    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.ok(200), first);
    assert_eq!(other.problem(), problem(422, "idempotency_mismatch"));
    assert_eq!(given.count().await, 1);
}

#[tokio::test]
async fn a_submission_without_an_id_is_known_by_its_contents_for_a_day() {
    let given = Given::agency().await;
    let body =
        json!({ "start": "2026-12-03 13:30", "name": "Dana", "email": "d@example.com", "x": 1 });
    let send = |body: Value| given.send(Call::post("/hooks/open", &body));
    let first = send(body.clone()).await.ok(201);

    let again = send(but(body.clone(), json!({ "x": 2 }))).await.ok(200);
    given.clock.advance(jiff::SignedDuration::from_hours(25));
    let next_day = send(body).await;

    assert_eq!(again, first);
    assert_eq!(next_day.problem(), problem(409, "slot_taken"));
}

#[tokio::test]
async fn a_taken_time_is_refused_and_refused_again() {
    let given = Given::agency().await;
    given.booked("2026-12-03T13:30:00-08:00").await;

    let refused = submit(&given, &gravity()).await;
    let again = submit(&given, &gravity()).await;

    assert_eq!(refused.problem(), problem(409, "slot_taken"));
    assert_eq!(again.problem(), problem(409, "slot_taken"));
    assert_eq!(refused.json()["alternatives"].as_array().unwrap().len(), 5);
    let declined = given.as_admin(Call::get("/v1/bookings?status=declined")).await.ok(200);
    assert_eq!(declined["items"].as_array().unwrap().len(), 1, "remembered once");
}

#[tokio::test]
async fn who_does_not_know_the_secret_leaves_nothing_behind() {
    let given = Given::agency().await;
    let call = || Call::post("/hooks/website", &gravity());

    for call in [
        call(),
        call().header("x-form-secret", "open sesamE"),
        call().header("x-form-secret", ""),
        call().body("text/plain", "\u{0}"),
    ] {
        assert_eq!(given.send(call).await.problem(), problem(401, "invalid_signature"));
    }
    assert_eq!(given.count().await, 0);
    let unknown = given.send(Call::post("/hooks/nowhere", &json!({}))).await;
    assert_eq!(unknown.problem(), problem(404, "not_found"));
}

#[tokio::test]
async fn a_signed_body_is_checked_byte_by_byte() {
    let given = Given::agency().await;
    let who = json!({ "name": "Dana", "email": "d@example.com" });
    let body =
        json!({ "what": "viewing", "when": "2026-12-03T13:30:00-08:00", "who": who, "people": 2 });
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").unwrap();
    mac.update(body.as_bytes());
    let signature = mac.finalize().into_bytes();
    let hexadecimal = format!("{:x}", Bytes::copy_from_slice(&signature));
    let send = |body: String, signature: &str| {
        let call = Call::new("POST", "/hooks/partner").header("x-signature", signature);
        given.send(call.body("application/json", body))
    };

    let with_space = send(format!("{body} "), &hexadecimal).await;
    assert_eq!(with_space.problem(), problem(401, "invalid_signature"));
    send(body.clone(), &hexadecimal).await.ok(201);
    for signature in
        [hexadecimal.to_uppercase(), format!("sha256={hexadecimal}"), STANDARD.encode(signature)]
    {
        send(body.clone(), &signature).await.ok(200);
    }
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_told_with_pointers_into_it() {
    let given = Given::agency().await;

    for (changes, expected) in [
        (json!({ "1.3": null, "1.6": "" }), vec![fault("/1.3", "required")]),
        (json!({ "2": "nobody" }), vec![fault("/2", "invalid_email")]),
        (json!({ "2": null, "3": "" }), vec![fault("/2", "required")]),
        (json!({ "3": 7 }), vec![fault("/3", "invalid_phone")]),
        (json!({ "4": null, "5": null }), vec![fault("/4", "required")]),
        (json!({ "5": null }), vec![fault("/4", "invalid_time")]),
        (json!({ "4": "2026-11-02" }), vec![fault("/4", "start_in_past")]),
        (json!({ "4": "2027-03-14", "5": "02:30 am" }), vec![fault("/4", "skipped_time")]),
        (json!({ "id": "x".repeat(201) }), vec![fault("/id", "too_long")]),
    ] {
        let answer = submit(&given, &but(gravity(), changes.clone())).await;
        assert_eq!(answer.faults(), expected, "{changes}");
    }
    let unknown_service = json!({ "what": "nowhere", "when": "x", "who": "nobody" });
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").unwrap();
    mac.update(unknown_service.to_string().as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let call = Call::post("/hooks/partner", &unknown_service).header("x-signature", &signature);
    let expected = [
        fault("/what", "unknown_service"),
        fault("/when", "invalid_time"),
        fault("/who/email", "required"),
        fault("/who/name", "required"),
    ];
    assert_eq!(given.send(call).await.faults(), expected);
    assert_eq!(given.count().await, 0);
}

#[tokio::test]
async fn other_types_and_larger_bodies_are_refused() {
    let given = Given::agency().await;
    let call = || Call::new("POST", "/hooks/website").header("x-form-secret", "open sesame");

    let multipart = given.send(call().body("multipart/form-data; boundary=x", "--x--")).await;
    let untyped = given.send(call()).await;
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(1024 * 1024));
    let large = given.send(call().body("application/json", large)).await;
    let half = format!("{{\"x\":\"{}\"}}", "y".repeat(512 * 1024));
    let half = given.send(call().body("application/json", half)).await;

    assert_eq!(multipart.problem(), problem(415, "unsupported_media_type"));
    assert_eq!(untyped.problem(), problem(415, "unsupported_media_type"));
    assert_eq!(large.problem(), problem(413, "payload_too_large"));
    assert_eq!(half.status.as_u16(), 400);
}
