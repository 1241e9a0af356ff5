//! Who may call what.

use app::key::Scope;
use serde_json::json;

use super::given::{Given, wish};
use super::{Call, problem};

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Needs {
    Nothing,
    Read,
    Bookings,
    Admin,
}

const CALLS: [(&str, &str, Needs); 38] = [
    ("GET", "/v1/services", Needs::Nothing),
    ("GET", "/v1/services/viewing", Needs::Nothing),
    ("GET", "/v1/services/viewing/slots?from=2026-12-01&to=2026-12-01", Needs::Nothing),
    ("POST", "/v1/holds", Needs::Nothing),
    ("DELETE", "/v1/holds/x", Needs::Nothing),
    ("POST", "/v1/bookings", Needs::Nothing),
    ("GET", "/v1/bookings", Needs::Read),
    ("GET", "/v1/bookings/x", Needs::Read),
    ("GET", "/v1/hosts", Needs::Read),
    ("GET", "/v1/hosts/x", Needs::Read),
    ("GET", "/v1/calendars", Needs::Read),
    ("GET", "/v1/calendars/x", Needs::Read),
    ("GET", "/v1/sources", Needs::Read),
    ("GET", "/v1/sources/x", Needs::Read),
    ("GET", "/v1/connections", Needs::Read),
    ("GET", "/v1/connections/x", Needs::Read),
    ("POST", "/v1/bookings/x/cancel", Needs::Bookings),
    ("POST", "/v1/bookings/x/reschedule", Needs::Bookings),
    ("POST", "/v1/bookings/x/no-show", Needs::Bookings),
    ("GET", "/v1/bookings/x/timeline", Needs::Admin),
    ("GET", "/v1/services/viewing/explain?at=x", Needs::Admin),
    ("POST", "/v1/hosts", Needs::Admin),
    ("PATCH", "/v1/hosts/x", Needs::Admin),
    ("DELETE", "/v1/hosts/x", Needs::Admin),
    ("POST", "/v1/calendars", Needs::Admin),
    ("PATCH", "/v1/calendars/x", Needs::Admin),
    ("DELETE", "/v1/calendars/x", Needs::Admin),
    ("POST", "/v1/services", Needs::Admin),
    ("PATCH", "/v1/services/x", Needs::Admin),
    ("DELETE", "/v1/services/x", Needs::Admin),
    ("POST", "/v1/sources", Needs::Admin),
    ("PATCH", "/v1/sources/x", Needs::Admin),
    ("DELETE", "/v1/sources/x", Needs::Admin),
    ("GET", "/v1/keys", Needs::Admin),
    ("POST", "/v1/keys", Needs::Admin),
    ("DELETE", "/v1/keys/x", Needs::Admin),
    ("POST", "/v1/connections", Needs::Admin),
    ("GET", "/v1/connections/x/calendars", Needs::Admin),
];

#[tokio::test]
async fn every_call_asks_for_its_scope_before_it_looks_at_anything_else() {
    let given = Given::agency().await;
    let keys = [
        (Needs::Nothing, None),
        (Needs::Read, Some(given.key(Scope::Read).await)),
        (Needs::Bookings, Some(given.key(Scope::Bookings).await)),
        (Needs::Admin, Some(given.key(Scope::Admin).await)),
    ];

    for (method, path, needs) in CALLS {
        for (has, key) in &keys {
            // A body of an unknown type: whoever gets past the key is told of that.
            let call = Call::new(method, path).body("text/plain", "x");
            let call = key.iter().fold(call, |call, key| call.key(key));
            let status = given.send(call).await.status.as_u16();

            match (*has >= needs, key) {
                (true, _) => assert!(![401, 403].contains(&status), "{method} {path} {has:?}"),
                (false, None) => assert_eq!(status, 401, "{method} {path}"),
                (false, Some(_)) => assert_eq!(status, 403, "{method} {path} {has:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_wherever_it_is_presented() {
    let given = Given::agency().await;

    for value in ["Bearer nonsense", "Bearer ", "Basic dXNlcjpwYXNz", "nonsense", "\u{e4}"] {
        for path in ["/v1/bookings", "/v1/services", "/v1/nowhere", "/v1/keys"] {
            let answer = given.send(Call::get(path).header("authorization", value)).await;

            assert_eq!(answer.problem(), problem(401, "unauthorized"), "{path} {value}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn without_a_key_nobody_learns_what_is_there() {
    let given = Given::agency().await;

    for (method, path) in [
        ("GET", "/v1/nowhere"),
        ("GET", "/v1/bookings/x/nothing"),
        ("PUT", "/v1/hosts"),
        ("PUT", "/v1/bookings"),
    ] {
        let answer = given.send(Call::new(method, path)).await;
        assert_eq!(answer.problem(), problem(401, "unauthorized"), "{method} {path}");
    }
    let with_key = given.as_admin(Call::new("PUT", "/v1/hosts")).await;
    assert_eq!(with_key.problem(), problem(405, "method_not_allowed"));
}

#[tokio::test]
async fn callers_without_a_key_have_an_allowance_and_those_with_one_do_not() {
    let given = Given::with("3/h".parse().unwrap(), "").await;

    for _call in 0..3 {
        given.send(Call::get("/v1/services")).await.ok(200);
    }
    for call in
        [Call::get("/v1/services"), Call::post("/v1/bookings", &wish("x")), Call::get("/v1/keys")]
    {
        let answer = given.send(call).await;
        assert_eq!(answer.problem(), problem(429, "too_many_requests"));
        assert_ne!(answer.header("retry-after"), "");
    }
    for _call in 0..5 {
        given.as_admin(Call::get("/v1/services")).await.ok(200);
        given.send(Call::get("/health")).await.ok(200);
    }
    let verified = Call::post("/hooks/website", &json!({})).header("x-form-secret", "open sesame");
    assert_eq!(given.send(verified).await.status.as_u16(), 400);
    let unverified = given.send(Call::post("/hooks/website", &json!({}))).await;
    assert_eq!(unverified.problem(), problem(429, "too_many_requests"));
}
