//! Calls without a key: foreign pages and the rate limit.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::post as on_post;
use doorstep_web::http::cors::{CorsOrigins, cors};
use doorstep_web::http::rate_limit::{Exempt, RateLimit, limited};

use super::{Answer, send, served};

fn router(rate: &str, origins: &str) -> Router {
    let limit = Arc::new(RateLimit::new(rate.parse().unwrap()));
    let public = Router::new()
        .route("/v1/bookings", on_post(async || StatusCode::CREATED))
        .layer(from_fn_with_state(limit, limited))
        .layer(cors(CorsOrigins::parse(origins).unwrap()));
    served(public)
}

async fn call(router: &Router, method: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri("/v1/bookings");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

const FOREIGN: (&str, &str) = ("origin", "https://agency.example");

#[tokio::test]
async fn a_page_may_ask_first_and_then_book() {
    let router = router("off", "*");
    let wanted = ("access-control-request-method", "POST");

    let preflight = call(&router, "OPTIONS", &[FOREIGN, wanted]).await;

    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert_eq!(preflight.header("access-control-allow-credentials"), "");
    let allowed = preflight.header("access-control-allow-headers");
    for header in ["content-type", "idempotency-key", "prefer"] {
        assert!(allowed.contains(header), "{header} in {allowed}");
    }
    assert!(preflight.header("access-control-allow-methods").contains("POST"));

    let answer = call(&router, "POST", &[FOREIGN]).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert!(answer.header("access-control-expose-headers").contains("retry-after"));
}

#[tokio::test]
async fn only_the_named_origins_may_read_answers() {
    let router = router("off", "https://agency.example, https://other.example");

    let named = call(&router, "POST", &[FOREIGN]).await;
    let foreign = call(&router, "POST", &[("origin", "https://evil.example")]).await;

    assert_eq!(named.header("access-control-allow-origin"), "https://agency.example");
    assert_eq!(foreign.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn beyond_the_rate_a_page_can_read_how_long_to_wait() {
    let router = router("2/h", "*");
    call(&router, "POST", &[FOREIGN]).await;
    call(&router, "POST", &[FOREIGN]).await;

    let refused = call(&router, "POST", &[FOREIGN]).await;

    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.problem(), "too_many_requests");
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    let wait = refused.header("retry-after").parse::<u64>().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
}

#[tokio::test]
async fn calls_with_a_key_are_exempt() {
    let with_key = async |mut request: Request, next: axum::middleware::Next| {
        request.extensions_mut().insert(Exempt);
        next.run(request).await
    };
    let router = router("1/h", "*").layer(from_fn(with_key));

    for _ in 0..3 {
        assert_eq!(call(&router, "POST", &[]).await.status, StatusCode::CREATED);
    }
}
