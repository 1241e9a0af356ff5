//! What is wrong with a booking request: every fault, with its pointer.

use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Call, fault};

/// Changes of a right request, and what is wrong with it then.
fn table() -> Vec<(Value, Vec<(&'static str, &'static str)>)> {
    let attendee = |attendee: Value| json!({ "attendee": attendee });
    let long = |length: usize| "x".repeat(length);
    vec![
        (json!({ "service": null }), vec![("/service", "required")]),
        (json!({ "service": "nowhere" }), vec![("/service", "unknown_service")]),
        (json!({ "service": "No Slug" }), vec![("/service", "unknown_service")]),
        (json!({ "start": null }), vec![("/start", "required")]),
        (json!({ "start": "tomorrow" }), vec![("/start", "invalid_time")]),
        (json!({ "start": "2026-12-01T10:00:00" }), vec![("/start", "invalid_time")]),
        (json!({ "start": "2026-02-30T10:00:00Z" }), vec![("/start", "invalid_time")]),
        (json!({ "start": "2026-11-30T16:00:00Z" }), vec![("/start", "start_in_past")]),
        (json!({ "start": 5 }), vec![("/start", "type")]),
        (json!({ "attendee": null }), vec![("/attendee", "required")]),
        (
            attendee(json!({})),
            vec![("/attendee/email", "required"), ("/attendee/name", "required")],
        ),
        (attendee(json!({ "name": "Dana" })), vec![("/attendee/email", "required")]),
        (
            attendee(json!({ "name": "  ", "email": "d@example.com" })),
            vec![("/attendee/name", "required")],
        ),
        (
            attendee(json!({ "name": "Da\u{7}na", "email": "nobody" })),
            vec![("/attendee/email", "invalid_email"), ("/attendee/name", "control_characters")],
        ),
        (
            attendee(
                json!({ "name": "Dana", "phone": "12", "timezone": "Mars/Base", "locale": "x" }),
            ),
            vec![
                ("/attendee/locale", "invalid_locale"),
                ("/attendee/phone", "invalid_phone"),
                ("/attendee/timezone", "unknown_timezone"),
            ],
        ),
        (
            attendee(json!({ "name": long(201), "email": "d@example.com" })),
            vec![("/attendee/name", "max_length")],
        ),
        (json!({ "party_size": 0 }), vec![("/party_size", "minimum")]),
        (json!({ "party_size": 51 }), vec![("/party_size", "maximum")]),
        (json!({ "party_size": "2" }), vec![("/party_size", "type")]),
        (
            json!({ "party_size": 1, "guests": [{ "name": "Gil" }] }),
            vec![("/party_size", "out_of_range")],
        ),
        (json!({ "guests": [{}] }), vec![("/guests/0/name", "required")]),
        (
            json!({ "guests": [{ "name": "Gil" }, { "email": "gem" }] }),
            vec![("/guests/1/email", "invalid_email")],
        ),
        (json!({ "guests": vec![json!({ "name": "Gil" }); 51] }), vec![("/guests", "max_items")]),
        (json!({ "notes": long(5_001) }), vec![("/notes", "max_length")]),
        (json!({ "notes": "a\u{1b}b" }), vec![("/notes", "control_characters")]),
        (json!({ "answers": { "Budget": 5 } }), vec![("/answers/Budget", "type")]),
        (json!({ "answers": { "a/b": "\u{1}" } }), vec![("/answers/a~1b", "control_characters")]),
        (json!({ "answers": { long(201): "x" } }), vec![]),
        (json!({ "submission_id": long(201) }), vec![("/submission_id", "max_length")]),
        (json!({ "submission_id": "a\nb" }), vec![("/submission_id", "control_characters")]),
        (json!({ "hold": "hld_1" }), vec![("/hold", "malformed_hold")]),
        (json!({ "host": "gus" }), vec![("/host", "unknown_host")]),
        (json!({ "waitlist": true }), vec![("/waitlist", "no_waiting_list")]),
        (json!({ "surprise": 1 }), vec![("/surprise", "unknown_member")]),
        (json!({ "title": "Coffee" }), vec![("/title", "set_by_service")]),
        (json!({ "service": null, "host": "jane" }), vec![("/service", "required")]),
    ]
}

#[tokio::test]
async fn every_fault_is_told_with_its_pointer_and_nothing_is_stored() {
    let given = Given::agency().await;

    for (changes, expected) in table() {
        let body = but(wish("2026-12-01T10:00:00-08:00"), changes.clone());
        let answer = given.send(Call::post("/v1/bookings", &body)).await;

        let found = answer.faults();
        if expected.is_empty() {
            assert_eq!(found.len(), 1, "{changes}");
            continue;
        }
        let expected: Vec<_> =
            expected.into_iter().map(|(pointer, code)| fault(pointer, code)).collect();
        assert_eq!(found, expected, "{changes}");
    }
    assert_eq!(given.count().await, 0);
}

#[tokio::test]
async fn faults_of_shape_and_of_meaning_are_told_at_once() {
    let given = Given::agency().await;
    let body = json!({
        "service": "nowhere",
        "start": 5,
        "attendee": { "email": "nobody", "age": 40 },
        "guests": [{ "name": 1 }, { "email": "gem" }],
        "hold": "x",
    });

    let faults = given.send(Call::post("/v1/bookings", &body)).await.faults();

    let expected = [
        fault("/attendee/age", "unknown_member"),
        fault("/attendee/email", "invalid_email"),
        fault("/attendee/name", "required"),
        fault("/guests/0/name", "type"),
        fault("/guests/1/email", "invalid_email"),
        fault("/hold", "malformed_hold"),
        fault("/service", "unknown_service"),
        fault("/start", "type"),
    ];
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn no_answer_repeats_what_was_sent() {
    let given = Given::agency().await;
    let body = but(
        wish("marker-one"),
        json!({ "service": "marker-two", "attendee": { "name": "marker-three", "email": "marker-four" } }),
    );

    let answer = given.send(Call::post("/v1/bookings", &body)).await;

    assert_eq!(answer.faults().len(), 3);
    assert!(!answer.body.contains("marker"), "{}", answer.body);
}

#[tokio::test]
async fn limits_are_met_exactly() {
    let given = Given::agency().await;
    let body = but(
        wish("2026-12-01T10:00:00-08:00"),
        json!({
            "attendee": { "name": "x".repeat(200), "email": "d@example.com" },
            "notes": "ü".repeat(5_000),
            "submission_id": "y".repeat(200),
            "guests": vec![json!({ "name": "Gil" }); 49],
            "party_size": 50,
        }),
    );

    given.send(Call::post("/v1/bookings", &body)).await.ok(201);
}

#[tokio::test]
async fn blank_optional_members_count_as_not_given() {
    let given = Given::agency().await;
    let blank = json!({ "name": "Dana", "email": "d@example.com", "phone": "", "timezone": " ", "locale": "" });
    let changes = json!({ "attendee": blank, "notes": "", "submission_id": "", "answers": { "a": "" }, "host": "" });

    let body = but(wish("2026-12-01T10:00:00-08:00"), changes);
    let booking = given.as_admin(Call::post("/v1/bookings", &body)).await.ok(201);

    assert_eq!(booking["attendee"]["phone"], json!(null));
    assert_eq!((&booking["notes"], &booking["answers"]), (&json!(null), &json!({})));
}
