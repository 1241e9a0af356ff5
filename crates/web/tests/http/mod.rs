//! The HTTP foundation: routers with its layers, and the accept loop over real connections.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod bodies;
mod layers;
mod problems;
mod public_calls;
mod serving;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use doorstep_web::http::{LayerOptions, layered};
use serde_json::Value;
use tower::ServiceExt;

/// Ids that count up: `req_1`, `req_2`.
fn options() -> LayerOptions {
    let count = AtomicU32::new(0);
    let next = move || format!("req_{}", count.fetch_add(1, Ordering::Relaxed) + 1);
    LayerOptions::new(Arc::new(next))
}

/// The router as it is served.
fn served(router: Router) -> Router {
    layered(router, options()).unwrap()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem, after a look at what every problem has.
    fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        code.to_owned()
    }

    /// The pointers and codes of a problem's faults.
    fn faults(&self) -> Vec<(String, String)> {
        assert_eq!(self.problem(), "invalid_request");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fault = |fault: &Value| (text(&fault["pointer"]), text(&fault["code"]));
        self.json()["errors"].as_array().unwrap().iter().map(fault).collect()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let Ok(response) = router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn get(router: &Router, path: &str) -> Answer {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post_json(router: &Router, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    send(router, request.body(body.into()).unwrap()).await
}
