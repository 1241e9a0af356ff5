//! The layers around a router: ids, sender, headers, panics, time-outs, the log.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use doorstep_web::http::conditional::ETag;
use doorstep_web::http::{Client, LayerOptions, RequestId, TrustedProxies, layered};
use serde_json::Value;

use super::{get, options, send, served};

#[tokio::test]
async fn the_request_id_is_always_ours() {
    let router =
        served(Router::new().route("/", on_get(async |id: RequestId| id.as_str().to_owned())));
    let request = Request::get("/").header("x-request-id", "forged").body(Body::empty()).unwrap();

    let answer = send(&router, request).await;

    assert_eq!((answer.body.as_str(), answer.header("x-request-id")), ("req_1", "req_1"));
    assert_eq!(get(&router, "/nowhere").await.header("x-request-id"), "req_2");
}

#[tokio::test]
async fn only_booking_pages_may_be_framed() {
    let router = served(Router::new().route("/book/viewing", on_get(async || "page")));

    let page = get(&router, "/book/viewing").await;
    assert!(page.header("content-security-policy").contains("frame-ancestors *"));
    assert_eq!(page.header("x-frame-options"), "");

    for other in ["/", "/bookings", "/admin", "/b/token"] {
        let answer = get(&router, other).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{other}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn a_handlers_own_headers_win() {
    let own = async || ([("content-security-policy", "sandbox"), ("cache-control", "public")], "");
    let router = served(Router::new().route("/", on_get(own)));

    let answer = get(&router, "/").await;

    assert_eq!(answer.header("content-security-policy"), "sandbox");
    assert_eq!(answer.header("cache-control"), "public");
}

#[tokio::test]
async fn answers_are_not_kept_unless_they_can_be_asked_about_again() {
    let tagged =
        async |headers: axum::http::HeaderMap| ETag::of("slots").respond(&headers, || "slots");
    let router = Router::new().route("/", on_get(async || "")).route("/slots", on_get(tagged));
    let router = served(router);

    assert_eq!(get(&router, "/").await.header("cache-control"), "no-store");
    let first = get(&router, "/slots").await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let again = Request::get("/slots").header("if-none-match", first.header("etag"));
    let again = send(&router, again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
}

#[tokio::test]
async fn forms_may_lead_to_the_origins_that_were_named_and_nowhere_else() {
    let to = |target: &str| LayerOptions { form_targets: vec![target.to_owned()], ..options() };

    let router = layered(Router::new(), to("https://accounts.example")).unwrap();
    let answer = get(&router, "/").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://accounts.example;"), "{policy}");

    for bad in
        ["accounts.example", "https://a.example/path", "*", "https://a.example; script-src *"]
    {
        assert!(layered(Router::new(), to(bad)).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_panic_becomes_a_problem_without_its_text() {
    let panics = async || -> StatusCode { panic!("hunter2") };
    let router = served(Router::new().route("/", on_get(panics)));

    let answer = get(&router, "/").await;

    assert_eq!(answer.problem(), "internal");
    assert!(!answer.body.contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered() {
    let stuck = async || std::future::pending::<StatusCode>().await.into_response();
    let options = LayerOptions { timeout: Duration::from_mins(1), ..options() };
    let router = layered(Router::new().route("/", on_get(stuck)), options).unwrap();

    let answer = get(&router, "/").await;

    assert_eq!(answer.problem(), "timed_out");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn handlers_learn_who_sent_the_request() {
    let sender = async |client: Client| client.address.to_string();
    let trusted_proxies = TrustedProxies::parse("10.0.0.0/8").unwrap();
    let options = LayerOptions { trusted_proxies, ..options() };
    let router = layered(Router::new().route("/", on_get(sender)), options).unwrap();
    let from = async |peer: &str| {
        let peer = ConnectInfo::<SocketAddr>(peer.parse().unwrap());
        let request = Request::get("/").header("x-forwarded-for", "1.1.1.1, 198.51.100.7");
        send(&router, request.extension(peer).body(Body::empty()).unwrap()).await.body
    };

    assert_eq!(from("10.1.2.3:4000").await, "198.51.100.7");
    assert_eq!(from("203.0.113.9:4000").await, "203.0.113.9");
    assert_eq!(get(&router, "/").await.body, "0.0.0.0");
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_one_line_a_request_and_nothing_that_was_sent() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    let _until_the_end = tracing::subscriber::set_default(subscriber);
    let router = served(Router::new().route("/b/{token}", on_get(async || StatusCode::CREATED)));

    get(&router, "/b/s3cret?email=bo@example.com").await;
    get(&router, "/s3cret").await;

    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("s3cret") && !log.contains("example.com"), "{log}");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines = lines.collect::<Vec<_>>();
    assert_eq!(lines.len(), 2, "{log}");
    assert_eq!(lines[0]["fields"]["message"], "GET /b/{token} 201");
    assert_eq!(lines[0]["fields"]["http.status"], 201);
    assert!(lines[0]["fields"]["duration_ms"].is_u64());
    let span = &lines[0]["span"];
    assert_eq!((&span["name"], &span["request_id"]), (&"http.request".into(), &"req_1".into()));
    assert_eq!((&span["http.route"], &span["http.method"]), (&"/b/{token}".into(), &"GET".into()));
    assert_eq!(lines[1]["span"]["http.route"], "(none)");
}
