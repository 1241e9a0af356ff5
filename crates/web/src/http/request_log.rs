//! The span and the line of one request: method, route as matched, status, duration, id.
//!
//! Never the path itself: `/b/{token}` carries a secret, a query string carries people.

use std::time::Instant;

use axum::extract::MatchedPath;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use tracing::Span;
use tracing::field::Empty;

use super::request_id::RequestId;

/// The record of a request being served.
pub(super) struct RequestLog {
    pub(super) span: Span,
    method: &'static str,
    route: String,
    started: Instant,
}

impl RequestLog {
    pub(super) fn begin(request: &Request, id: &RequestId) -> Self {
        let method = known(request.method());
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map_or("(none)", MatchedPath::as_str).to_owned();
        let span = tracing::info_span!(
            "http.request",
            http.method = method,
            http.route = route,
            http.status = Empty,
            duration_ms = Empty,
            request_id = id.as_str(),
        );
        Self { span, method, route, started: Instant::now() }
    }

    pub(super) fn end(self, status: StatusCode) {
        let Self { span, method, route, started } = self;
        let status = status.as_u16();
        let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.record("http.status", status).record("duration_ms", duration);
        let _within = span.enter();
        tracing::info!(http.status = status, duration_ms = duration, "{method} {route} {status}");
    }
}

/// A method is any token a client likes; only those we know are worth a word.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}
