//! JSON bodies, from the wire to a type of ours.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post as on_post;
use axum::{Json, Router};
use doorstep_web::http::JsonBody;
use doorstep_web::http::json::{read_value, validate};
use doorstep_web::http::layers::large_body_limit;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{post_json, send, served};

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    #[schema(max_length = 8, pattern = "^[a-z]+$")]
    service: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    start: Option<jiff::Timestamp>,
    attendee: Option<Attendee>,
    #[serde(default)]
    #[schema(max_items = 2)]
    guests: Vec<Attendee>,
    #[schema(minimum = 1, maximum = 50)]
    party_size: Option<u8>,
    channel: Option<Channel>,
    place: Option<Place>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attendee {
    #[schema(min_length = 1)]
    name: String,
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Channel {
    Sms,
    Email,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Place {
    Room { number: u16 },
    Address { street: String },
}

fn router() -> Router {
    let echo = async |JsonBody(request): JsonBody<Order>| Json(request);
    let optional = async |request: Option<JsonBody<Attendee>>| request.is_some().to_string();
    let router = Router::new().route("/", on_post(echo)).route("/optional", on_post(optional));
    let hook = on_post(async |bytes: axum::body::Bytes| bytes.len().to_string());
    served(router.route("/hooks/form", hook.layer(large_body_limit())))
}

async fn faults(body: Value) -> Vec<(String, String)> {
    let answer = post_json(&router(), "/", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    let mut faults = answer.faults();
    faults.sort();
    faults
}

fn fault(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

#[tokio::test]
async fn a_good_body_becomes_a_value() {
    let body = json!({
        "service": "viewing",
        "start": "2026-12-01T10:00:00Z",
        "attendee": { "name": "Bo", "email": null },
        "guests": [{ "name": "Ed", "email": "ed@example.com" }],
        "party_size": 2,
        "channel": "sms",
        "place": { "kind": "room", "number": 4 },
    });

    let answer = post_json(&router(), "/", body.to_string()).await;

    assert_eq!((answer.status, answer.json()), (StatusCode::OK, body));
}

#[tokio::test]
async fn every_fault_is_listed_with_its_pointer() {
    let body = json!({
        "service": "Far too long",
        "start": "noon",
        "attendee": { "email": 5, "phone": "+12135550100" },
        "guests": [{ "name": "" }],
        "party_size": 0,
        "channel": "pigeon",
        "a/b": true,
    });

    let expected = [
        fault("/attendee/email", "type"),
        fault("/attendee/name", "required"),
        fault("/attendee/phone", "unknown_member"),
        fault("/a~1b", "unknown_member"),
        fault("/channel", "enum"),
        fault("/guests/0/name", "min_length"),
        fault("/party_size", "minimum"),
        fault("/service", "max_length"),
        fault("/service", "pattern"),
        fault("/start", "format"),
    ];
    assert_eq!(faults(body).await, expected);
}

#[tokio::test]
async fn a_value_that_fits_none_of_its_forms_is_told_what_is_nearest() {
    let place = async |place: Value| faults(json!({ "service": "viewing", "place": place })).await;

    assert_eq!(place(json!({ "kind": "room" })).await, [fault("/place/number", "required")]);
    assert_eq!(
        place(json!({ "kind": "room", "number": -1 })).await,
        [fault("/place/number", "minimum")]
    );
    assert_eq!(place(json!({ "kind": "cellar" })).await, [fault("/place/kind", "enum")]);
    assert_eq!(place(json!({ "number": 4 })).await, [fault("/place/kind", "required")]);
    assert_eq!(place(json!(7)).await, [fault("/place", "type")]);
    let attendee = faults(json!({ "service": "viewing", "attendee": "Bo" })).await;
    assert_eq!(attendee, [fault("/attendee", "type")]);
}

#[tokio::test]
async fn what_only_serde_can_find_has_a_pointer_too() {
    let found = faults(json!({
        "service": "viewing",
        "guests": [{ "name": "Ed", "age": 7 }, { "name": "Flo", "age": 256 }],
    }));

    assert_eq!(found.await, [fault("/guests/1/age", "value")]);
}

#[tokio::test]
async fn no_message_repeats_what_was_sent() {
    let body = json!({
        "service": "HUNTER2", "start": "hunter2", "channel": "hunter2", "attendee": "hunter2",
        "place": { "kind": "hunter2" }, "party_size": "hunter2",
    });

    let answer = post_json(&router(), "/", body.to_string()).await;

    assert_eq!(answer.faults().len(), 6, "{}", answer.body);
    assert!(!answer.body.to_lowercase().contains("hunter2"), "{}", answer.body);
}

#[tokio::test]
async fn a_body_that_is_no_json_object_of_ours_is_refused() {
    for (body, code) in
        [("", "syntax"), ("{\"service\"", "syntax"), ("{} {}", "syntax"), ("[]", "type")]
    {
        let answer = post_json(&router(), "/", body).await;
        assert_eq!(answer.faults(), [fault("", code)], "{body}");
    }
    let answer = post_json(&router(), "/", r#"{"service":"a","service":"b"}"#).await;
    assert_eq!(answer.faults(), [fault("/service", "repeated")]);
}

#[tokio::test]
async fn a_flood_of_faults_is_cut() {
    let members = (0..5_000).map(|number| format!(r#""m{number}":0"#)).collect::<Vec<_>>();
    let flood = format!("{{{}}}", members.join(","));
    for body in [flood.clone(), format!(r#"{{"service":"viewing","place":{flood}}}"#)] {
        let answer = post_json(&router(), "/", body).await;

        assert!((1..=100).contains(&answer.faults().len()), "{}", answer.body);
    }
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let with_type = async |kind: &str| {
        let request = Request::post("/").header("content-type", kind);
        send(&router(), request.body(Body::from(r#"{"service":"viewing"}"#)).unwrap()).await
    };

    for kind in [
        "application/json",
        "Application/JSON;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
    ] {
        assert_eq!(with_type(kind).await.status, StatusCode::OK, "{kind}");
    }
    for kind in [
        "text/plain",
        "application/xml",
        "application/json5",
        "application/json; charset=latin1",
        "",
    ] {
        assert_eq!(with_type(kind).await.problem(), "unsupported_media_type", "{kind}");
    }
    let untyped = send(&router(), Request::post("/").body(Body::from("{}")).unwrap()).await;
    assert_eq!(untyped.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn an_optional_body_may_be_left_out_but_not_be_wrong() {
    let router = router();
    let without_type = async |body: &'static str| {
        send(&router, Request::post("/optional").body(Body::from(body)).unwrap()).await
    };

    assert_eq!(without_type("").await.body, "false");
    assert_eq!(without_type("{}").await.problem(), "unsupported_media_type");
    assert_eq!(post_json(&router, "/optional", r#"{"name":"Bo"}"#).await.body, "true");
    assert_eq!(post_json(&router, "/optional", "{}").await.faults(), [fault("/name", "required")]);
}

#[tokio::test]
async fn bodies_have_limits_and_hooks_a_larger_one() {
    let router = router();
    let padded = |length: usize| {
        let body = r#"{"service":"viewing"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };

    assert_eq!(post_json(&router, "/", padded(65_536)).await.status, StatusCode::OK);
    assert_eq!(post_json(&router, "/", padded(65_537)).await.problem(), "payload_too_large");
    assert_eq!(post_json(&router, "/hooks/form", padded(1 << 20)).await.body, "1048576");
    let answer = post_json(&router, "/hooks/form", padded((1 << 20) + 1)).await;
    assert_eq!(answer.problem(), "payload_too_large");
}

#[test]
fn hooks_and_other_readers_use_the_same_rules_without_http() {
    let value = read_value(br#"{"name":""}"#).unwrap();

    let faults = validate::<Attendee>(&value).unwrap_err();

    assert_eq!(faults.to_string(), "/name: This must not be empty.");
}
