//! `POST /v1/bookings`, and reading bookings.

use app::key::Scope;
use serde_json::json;

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

const TEN: &str = "2026-12-01T10:00:00-08:00";

#[tokio::test]
async fn somebody_without_a_key_books_and_sees_only_the_time() {
    let given = Given::agency().await;

    let answer = given.send(Call::post("/v1/bookings", &wish(TEN))).await;

    let location = answer.header("location").to_owned();
    let booking = answer.ok(201);
    let id = booking["id"].as_str().unwrap();
    assert_eq!(location, format!("/v1/bookings/{id}"));
    assert_eq!(
        booking,
        json!({
            "id": id,
            "service": "viewing",
            "status": "confirmed",
            "start": TEN,
            "end": "2026-12-01T10:30:00-08:00",
            "timezone": "America/Los_Angeles",
        })
    );
}

#[tokio::test]
async fn somebody_with_a_key_sees_the_whole_booking() {
    let given = Given::agency().await;
    let body = but(
        wish("2026-12-01T19:00:00+01:00"),
        json!({
            "attendee": { "name": " Dana Whitfield ", "phone": "(213) 555-0142", "timezone": "Europe/Berlin", "locale": "de-DE" },
            "guests": [{ "name": "Gil" }, { "email": "gem@example.com" }],
            "notes": "two\nlines",
            "answers": { "Budget": "much" },
            "submission_id": "form-1",
        }),
    );
    let key = given.key(Scope::Bookings).await;

    let booking = given.send(Call::post("/v1/bookings", &body).key(&key)).await.ok(201);

    let id = booking["id"].as_str().unwrap();
    assert_eq!(
        booking,
        json!({
            "id": id,
            "service": "viewing",
            "title": "Viewing: 123 Main St",
            "location": null,
            "host": "jane",
            "hosts": ["jane"],
            "status": "confirmed",
            "start": "2026-12-01T19:00:00+01:00",
            "end": "2026-12-01T19:30:00+01:00",
            "timezone": "Europe/Berlin",
            "party_size": 3,
            "attendee": { "name": "Dana Whitfield", "email": null, "phone": "+12135550142", "timezone": "Europe/Berlin", "locale": "de-DE", "response": null },
            "guests": [
                { "name": "Gil", "email": null, "phone": null, "response": null },
                { "name": null, "email": "gem@example.com", "phone": null, "response": null },
            ],
            "notes": "two\nlines",
            "answers": { "Budget": "much" },
            "submission_id": "form-1",
            "source": null,
            "calendar_event": booking["calendar_event"],
            "change": null,
            "attending": [],
            "unreached_since": null,
            "conflict": null,
            "created_at": "2026-11-30T17:00:00+01:00",
            "updated_at": "2026-11-30T17:00:00+01:00",
        })
    );
    assert_eq!(booking["calendar_event"]["calendar"], "jane-local");
    let read = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(read, booking);
}

#[tokio::test]
async fn a_key_that_only_reads_books_like_anybody() {
    let given = Given::agency().await;
    let key = given.key(Scope::Read).await;

    let booking = given.send(Call::post("/v1/bookings", &wish(TEN)).key(&key)).await.ok(201);

    assert_eq!(booking.get("attendee"), None);
}

#[tokio::test]
async fn a_taken_slot_answers_with_what_is_free_nearby() {
    let given = Given::agency().await;
    given.booked(TEN).await;

    let answer = given.send(Call::post("/v1/bookings", &wish(TEN))).await;

    assert_eq!(answer.problem(), problem(409, "slot_taken"));
    let alternatives = answer.json()["alternatives"].clone();
    assert_eq!(alternatives.as_array().unwrap().len(), 5);
    assert!(alternatives.as_array().unwrap().contains(&json!({
        "start": "2026-12-01T09:30:00-08:00", "end": "2026-12-01T10:00:00-08:00", "host": "jane",
    })));
}

#[tokio::test]
async fn a_start_that_the_rules_do_not_offer_is_unavailable() {
    let given = Given::agency().await;

    for start in
        ["2026-12-01T10:10:00-08:00", "2026-12-05T10:00:00-08:00", "2028-01-03T10:00:00-08:00"]
    {
        let answer = given.send(Call::post("/v1/bookings", &wish(start))).await;

        assert_eq!(answer.problem(), problem(409, "slot_unavailable"), "{start}");
        assert!(answer.json()["alternatives"].is_array());
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_booking() {
    let given = Given::agency().await;
    let call = || Call::post("/v1/bookings", &wish(TEN)).header("idempotency-key", "once");
    let first = given.send(call()).await.ok(201);

    let again = given.send(call()).await;

    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.ok(200), first);
    let other = but(wish(TEN), json!({ "notes": "another" }));
    let mismatch = Call::post("/v1/bookings", &other).header("idempotency-key", "once");
    assert_eq!(given.send(mismatch).await.problem(), problem(422, "idempotency_mismatch"));
    assert_eq!(given.count().await, 1);
}

#[tokio::test]
async fn a_submission_id_and_an_idempotency_key_are_one_and_the_same() {
    let given = Given::agency().await;
    let body = but(wish(TEN), json!({ "submission_id": "once" }));
    given.send(Call::post("/v1/bookings", &body)).await.ok(201);

    let by_header = Call::post("/v1/bookings", &wish(TEN)).header("idempotency-key", "once");
    given.send(by_header).await.ok(200);
    let both = Call::post("/v1/bookings", &body).header("idempotency-key", "once");
    given.send(both).await.ok(200);
    let differing = Call::post("/v1/bookings", &body).header("idempotency-key", "twice");
    let faults = given.send(differing).await.faults();

    assert_eq!(faults, [fault("/submission_id", "two_keys")]);
}

#[tokio::test]
async fn keys_are_scoped_to_whoever_calls() {
    let given = Given::agency().await;
    let call = |start| Call::post("/v1/bookings", &wish(start)).header("idempotency-key", "once");

    given.send(call(TEN)).await.ok(201);
    given.as_admin(call("2026-12-01T11:00:00-08:00")).await.ok(201);

    assert_eq!(given.count().await, 2);
}

#[tokio::test]
async fn a_refused_request_is_not_remembered() {
    let given = Given::agency().await;
    let taken = given.booked(TEN).await;
    let call = || Call::post("/v1/bookings", &wish(TEN)).header("idempotency-key", "once");
    assert_eq!(given.send(call()).await.problem(), problem(409, "slot_taken"));
    let cancel = format!("/v1/bookings/{}/cancel", taken["id"].as_str().unwrap());
    given.as_admin(Call::new("POST", cancel)).await.ok(200);

    given.send(call()).await.ok(201);
}

#[tokio::test]
async fn a_calendar_that_does_not_answer_leaves_a_booking_pending() {
    let given = Given::agency().await;
    let body = but(wish("2026-12-01T10:00:00+01:00"), json!({ "service": "call" }));

    let call = Call::post("/v1/bookings", &body).header("prefer", "respond-async");
    let answer = given.as_admin(call).await;

    assert!(answer.header("location").starts_with("/v1/bookings/bkg_"));
    let booking = answer.ok(202);
    assert_eq!(booking["status"], "pending");
    assert_eq!(booking["calendar_event"], json!(null));
}

#[tokio::test]
async fn a_closed_service_refuses_what_its_calendar_cannot_answer() {
    let given = Given::agency().await;
    let body = but(wish("2026-12-01T10:00:00+01:00"), json!({ "service": "strict-call" }));

    let answer = given.send(Call::post("/v1/bookings", &body)).await;

    assert_eq!(answer.problem(), problem(503, "calendar_unavailable"));
    assert_eq!(answer.header("retry-after"), "30");
}

#[tokio::test]
async fn bookings_are_listed_by_start_in_pieces_and_filtered() {
    let given = Given::agency().await;
    for hour in ["11", "09", "10"] {
        given.booked(&format!("2026-12-01T{hour}:00:00-08:00")).await;
    }
    let starts = |list: &serde_json::Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| item["start"].as_str().unwrap()[11..13].to_owned()).collect()
    };

    let first = given.as_admin(Call::get("/v1/bookings?limit=2")).await.ok(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = format!("/v1/bookings?limit=2&cursor={cursor}");
    let rest = given.as_admin(Call::get(rest)).await.ok(200);

    assert_eq!(
        (starts(&first), starts(&rest)),
        (vec!["09".into(), "10".into()], vec!["11".into()])
    );
    assert_eq!(rest["next_cursor"], json!(null));
    for (filter, count) in [
        ("status=confirmed&host=jane&service=viewing", 3),
        ("status=cancelled", 0),
        ("host=gus", 0),
        ("from=2026-12-01T10:00:00-08:00", 2),
        ("to=2026-12-01T10:00:00-08:00", 1),
        ("attendee=dana.whitfield@EXAMPLE.com", 3),
        ("attendee=%2B12135550142", 0),
    ] {
        let list = given.as_admin(Call::get(format!("/v1/bookings?{filter}"))).await.ok(200);
        assert_eq!(starts(&list).len(), count, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_a_fault() {
    let given = Given::agency().await;
    let path = "/v1/bookings?status=lost&host=No&from=noon&attendee=nobody";

    let faults = given.as_admin(Call::get(path)).await.faults();

    let expected = [
        fault("/attendee", "invalid_attendee"),
        fault("/from", "invalid_time"),
        fault("/host", "not_a_slug"),
        fault("/status", "unknown_word"),
    ];
    assert_eq!(faults, expected);
    for cursor in ["x", "WyJ4Il0", "WzEsIngiXQ"] {
        let call = Call::get(format!("/v1/bookings?cursor={cursor}"));
        assert_eq!(given.as_admin(call).await.faults(), [fault("/cursor", "cursor")]);
    }
}

#[tokio::test]
async fn a_timeline_tells_everything_but_the_hold() {
    let given = Given::agency().await;
    let hold = json!({ "service": "viewing", "start": TEN });
    let hold = given.send(Call::post("/v1/holds", &hold)).await.ok(201);
    let body = but(wish(TEN), json!({ "hold": hold["id"] }));
    let booking = given.as_admin(Call::post("/v1/bookings", &body)).await.ok(201);

    let path = format!("/v1/bookings/{}/timeline", booking["id"].as_str().unwrap());
    let timeline = given.as_admin(Call::get(path)).await;

    assert!(!timeline.body.contains("hld_"), "{}", timeline.body);
    let timeline = timeline.ok(200);
    let first = &timeline["items"][0];
    assert_eq!(first["kind"], "request.received");
    assert_eq!(first["at"], "2026-11-30T08:00:00-08:00");
    assert_eq!(first["data"], wish(TEN));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let given = Given::agency().await;
    let unknown = "/v1/bookings/bkg_00000000000000000000000001";

    let operation = format!("/v1/operations/op_{}", "0".repeat(26));
    for path in
        [unknown, "/v1/bookings/nonsense", &operation, "/v1/events", "/v1/webhook-endpoints"]
    {
        let answer = given.as_admin(Call::get(path)).await;
        assert_eq!(answer.problem(), problem(404, "not_found"), "{path}");
    }
}
