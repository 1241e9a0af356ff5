//! What reaches a client when a fault happens to its call.

use doorstep_sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::{Answer, Bench, GoogleClient};

const ANN: &str = "ann@example.com";
const EVENTS: &str = "/calendar/v3/calendars/*/events";

fn event(id: &str) -> Value {
    json!({
        "id": id,
        "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" },
    })
}

/// Inserts over a connection of its own and answers every byte that came back.
async fn raw_insert(ann: &GoogleClient<'_>, id: &str) -> Vec<u8> {
    let (body, token) = (event(id).to_string(), &ann.token);
    let address = ann.bench.base.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /calendar/v3/calendars/primary/events HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    answer
}

async fn insert(ann: &GoogleClient<'_>, id: &str) -> reqwest::Result<reqwest::Response> {
    let url = format!("{}/calendar/v3/calendars/primary/events", ann.bench.base);
    ann.bench.http.post(url).bearer_auth(&ann.token).json(&event(id)).send().await
}

#[tokio::test]
async fn a_connection_dropped_before_applies_nothing_and_answers_nothing() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let fault = Fault::once(&format!("POST {EVENTS}"), FaultKind::DropBefore);
    bench.sandbox.faults().add(fault);

    let answer = raw_insert(&ann, "dropped").await;

    assert_eq!(answer, b"");
    assert!(bench.sandbox.google().events(ANN).is_empty());
}

#[tokio::test]
async fn a_connection_dropped_after_applies_the_write_and_answers_nothing() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let fault = Fault::once(&format!("POST {EVENTS}"), FaultKind::DropAfter);
    bench.sandbox.faults().add(Fault { count: Some(2), ..fault });

    let answer = raw_insert(&ann, "dropped").await;
    let lost = insert(&ann, "dropped2").await.unwrap_err();

    assert_eq!(answer, b"");
    assert_eq!(lost.status(), None);
    assert!(!lost.is_connect());
    assert_eq!(bench.sandbox.google().events(ANN).len(), 2);
    assert_eq!(insert(&ann, "dropped").await.unwrap().status(), 409);
    assert_eq!(bench.sandbox.calls().count(&format!("POST {EVENTS}")), 3);
}

#[tokio::test]
async fn an_error_is_answered_in_the_providers_words() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let google = format!("POST {EVENTS}");
    let with_reason = |status, reason: &str| {
        let reason = Some(reason.to_owned());
        Fault { reason, ..Fault::error(&google, status) }
    };
    let cases = [
        (Fault::error(&google, 401), "authError"),
        (Fault::error(&google, 403), "rateLimitExceeded"),
        (with_reason(403, "quotaExceeded"), "quotaExceeded"),
        (Fault::error(&google, 429), "rateLimitExceeded"),
        (Fault::error(&google, 503), "backendError"),
        (Fault { body: Some("<html>502</html>".into()), ..Fault::error(&google, 502) }, ""),
    ];
    for (fault, reason) in cases {
        let status = fault.status.unwrap();
        bench.sandbox.faults().add(fault);
        let answer = ann.post("calendars/primary/events", &event("refused")).await;
        assert_eq!(answer.reason(), (status, reason));
    }

    bench.sandbox.faults().add(Fault::error("POST /token", 400));
    assert_eq!(bench.post_form("/token", &[]).await.json["error"], "invalid_grant");
    assert!(bench.sandbox.google().events(ANN).is_empty());
}

#[tokio::test]
async fn an_error_may_hide_an_applied_write() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let mut fault = Fault { applied: true, ..Fault::error("POST *", 500) };
    fault.headers.insert("Retry-After".to_owned(), "7".to_owned());
    bench.sandbox.faults().add(fault);

    let answer = ann.post("calendars/primary/events", &event("hidden")).await;

    assert_eq!(
        (answer.status.as_u16(), &answer.headers["retry-after"]),
        (500, &"7".parse().unwrap())
    );
    assert_eq!(bench.sandbox.google().events(ANN).len(), 1);
}

#[tokio::test]
async fn a_malformed_answer_is_a_200_that_is_not_json() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    bench.sandbox.faults().add(Fault::once("GET *", FaultKind::Malformed));

    let url = format!("{}/calendar/v3/users/me/calendarList", bench.base);
    let answer = Answer::of(bench.http.get(url).bearer_auth(&ann.token)).await;

    assert_eq!((answer.status.as_u16(), answer.json), (200, Value::Null));
}

#[tokio::test]
async fn a_stale_read_misses_the_last_change() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    ann.post("calendars/primary/events", &event("first")).await.ok();
    ann.post("calendars/primary/events", &event("second")).await.ok();
    ann.delete("calendars/primary/events/first").await;
    let stale = Fault { count: Some(2), ..Fault::once("* /calendar/v3/*", FaultKind::StaleRead) };
    bench.sandbox.faults().add(stale);

    let missed = ann.get("calendars/primary/events/first").await.ok();
    let listed = ann.get("calendars/primary/events").await.ok();
    let fresh = ann.get("calendars/primary/events").await.ok();

    assert_eq!(missed["status"], "confirmed");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(fresh["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_delay_combines_with_another_fault() {
    let bench = Bench::start().await;
    let delay = Fault { delay_ms: Some(50), ..Fault::once("POST /token", FaultKind::Delay) };
    bench.sandbox.faults().add(delay);
    bench.sandbox.faults().add(Fault::error("POST /token", 503));

    let began = std::time::Instant::now();
    let answer = bench.post_form("/token", &[]).await;

    assert!(began.elapsed().as_millis() >= 50);
    assert_eq!(answer.status, 503);
    assert!(bench.sandbox.faults().list().is_empty());
}

#[tokio::test]
async fn faults_are_scripted_over_the_control_api() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let fault = json!({
        "match": "POST /calendar/v3/calendars/ann@example.com/events", "type": "error",
        "count": 1, "status": 418, "body": { "tea": true },
    });

    let added = bench.post_json("/_sandbox/faults", &fault).await;
    let listed = bench.get("/_sandbox/faults").await.ok();
    let nested = format!("{}/_sandbox/calendar/v3/calendars/ann%40example.com/events", bench.base);
    let call = bench.http.post(nested).bearer_auth(&ann.token).json(&event("nested"));
    let answer = Answer::of(call).await;
    let unknown = bench.post_json("/_sandbox/faults", &json!({ "match": "*", "type": "x" })).await;

    assert_eq!((added.status.as_u16(), &added.json["id"]), (201, &1.into()));
    assert_eq!(listed["items"][0]["remaining"], 1);
    assert_eq!((answer.status.as_u16(), &answer.json), (418, &json!({ "tea": true })));
    assert_eq!(unknown.status, 400);
}
