//! Input that was made to break something: it is refused, and never our fault.

use serde_json::json;

use super::Call;
use super::given::{Given, wish};

/// Bodies that no program of good will sends.
fn bodies() -> Vec<Vec<u8>> {
    let texts = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "5".to_owned(),
        "{".to_owned(),
        "[".repeat(60_000),
        format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000)),
        r#"{"service":"viewing","service":"call"}"#.to_owned(),
        r#"{"service":"viewing\u0000"}"#.to_owned(),
        r#"{"start":1e999}"#.to_owned(),
        r#"{"start":"+275760-09-13T00:00:00Z"}"#.to_owned(),
        r#"{"start":"-9999-01-01T00:00:00Z","service":"viewing"}"#.to_owned(),
        r#"{"party_size":99999999999999999999}"#.to_owned(),
        r#"{"attendee":[[[]]],"guests":{"0":1},"answers":[1]}"#.to_owned(),
        format!("{{\"answers\":{{{}}}}}", (0..5_000).map(|n| format!("\"{n}\":\"\"")).collect::<Vec<_>>().join(",")),
        format!("{{\"guests\":[{}]}}", vec!["{}"; 20_000].join(",")),
        format!("{{\"notes\":\"{}\"}}", "x".repeat(70_000)),
        json!({ "service": "\u{202e}\u{feff}", "start": "\u{0}", "attendee": { "name": "\u{1f4a9}" } }).to_string(),
        json!({ "service": "viewing'; drop table bookings; --", "start": "%s%n" }).to_string(),
    ];
    let mut bodies: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    bodies.push(vec![0xff; 100]);
    bodies.push(b"{\"service\":\"\xc3\x28\"}".to_vec());
    bodies
}

#[tokio::test]
async fn no_body_breaks_any_call() {
    let given = Given::agency().await;
    let booking = given.booked("2026-12-01T10:00:00-08:00").await;
    let id = booking["id"].as_str().unwrap();
    let calls = [
        ("POST", "/v1/bookings".to_owned()),
        ("POST", "/v1/holds".to_owned()),
        ("POST", format!("/v1/bookings/{id}/reschedule")),
        ("POST", "/v1/hosts".to_owned()),
        ("POST", "/v1/services".to_owned()),
        ("POST", "/v1/sources".to_owned()),
        ("PATCH", "/v1/services/viewing".to_owned()),
        ("PATCH", "/v1/sources/website".to_owned()),
        ("POST", "/v1/keys".to_owned()),
        ("POST", "/v1/connections".to_owned()),
        ("POST", "/hooks/website".to_owned()),
        ("POST", "/hooks/open".to_owned()),
    ];

    for (method, path) in &calls {
        for body in bodies() {
            for kind in ["application/json", "application/x-www-form-urlencoded"] {
                let call = Call::new(method, path.as_str()).body(kind, body.clone());
                let call = call.header("x-form-secret", "open sesame");
                let answer = given.as_admin(call).await;

                let status = answer.status.as_u16();
                let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
                assert!((400..500).contains(&status), "{method} {path} {shown}: {}", answer.body);
                assert!(answer.body.len() < 100_000, "{method} {path}: a large answer");
            }
        }
    }
    assert_eq!(given.count().await, 1);
}

#[tokio::test]
async fn no_path_query_or_header_breaks_any_call() {
    let given = Given::agency().await;
    let long = "x".repeat(8_000);

    for path in [
        "/v1/services/%00".to_owned(),
        "/v1/services/%ff%fe/slots?from=%ff&to=%00".to_owned(),
        format!("/v1/services/{long}"),
        format!("/v1/services/viewing/slots?from={long}&to={long}&tz={long}"),
        "/v1/services/viewing/slots?from=2026-12-01&to=2026-12-01&tz=../../etc/passwd".to_owned(),
        "/v1/bookings?cursor=W10&limit=0".to_owned(),
        "/v1/bookings?cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDcsImJrZ18iXQ".to_owned(),
        "/v1/bookings/%2e%2e/timeline".to_owned(),
        format!("/problems/{long}"),
        format!("/oauth/google/start?ticket={long}"),
        "/oauth/google/callback?state=%00&code=%00".to_owned(),
    ] {
        let answer = given.as_admin(Call::get(&path)).await;
        assert!((400..500).contains(&answer.status.as_u16()), "{path}: {}", answer.body);
    }
    let body = wish("2026-12-01T10:00:00-08:00");
    for (name, value) in [("idempotency-key", long.as_str()), ("idempotency-key", "\u{e9}")] {
        let call = Call::post("/v1/bookings", &body).header(name, value);
        assert_eq!(given.send(call).await.status.as_u16(), 400, "{name}");
    }
}
