//! The layers around the router, and their order.
//!
//! From the outside in: request id, sender, span and final form of the answer; panics; time-out;
//! body limit; then, on the routes that want them, CORS and the rate limit. The outermost sees
//! whatever the inner ones refuse, so that every answer carries its id and is logged once.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use super::client_address::TrustedProxies;
use super::problem::{Code, Problem, ProblemPage, finish};
use super::request_id::{RequestId, RequestIds, X_REQUEST_ID};
use super::request_log::RequestLog;
pub use super::security_headers::NotAnOrigin;
use super::security_headers::SecurityHeaders;

/// Bodies of the API, in bytes (contract: 64 KiB).
pub const BODY_LIMIT: usize = 64 * 1024;

/// Bodies of inbound hooks and files, in bytes (contract: 1 MiB).
pub const LARGE_BODY_LIMIT: usize = 1024 * 1024;

/// Twice what a caller may ask to wait (`Prefer: wait`): reached only when something is stuck.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What the layers need to know.
#[derive(Clone)]
pub struct LayerOptions {
    /// Makes the ids of requests.
    pub request_ids: RequestIds,
    /// Whose `X-Forwarded-For` is believed; none unless set.
    pub trusted_proxies: TrustedProxies,
    /// How long a request may take until its answer begins; a minute unless set.
    pub timeout: Duration,
    /// Origins other than ours that a form may lead to, by a redirect too: the consent pages of
    /// the calendar providers. Browsers refuse the redirect otherwise.
    pub form_targets: Vec<String>,
    /// Renders problems for a browser outside the API; as JSON unless set.
    pub problem_page: Option<ProblemPage>,
}

impl LayerOptions {
    /// The usual options with these ids.
    pub fn new(request_ids: RequestIds) -> Self {
        Self {
            request_ids,
            trusted_proxies: TrustedProxies::default(),
            timeout: TIMEOUT,
            form_targets: Vec::new(),
            problem_page: None,
        }
    }
}

/// Puts the layers around a router that has all its routes.
///
/// Refused requests of the framework's own (no such path, no such method, a body over its limit)
/// leave as problems too, so the router needs no fallbacks.
pub fn layered(router: Router, options: LayerOptions) -> Result<Router, NotAnOrigin> {
    let security_headers = SecurityHeaders::new(&options.form_targets)?;
    let timeout = options.timeout;
    let outermost = Outermost { options, security_headers };
    Ok(router
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(timeout, in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(outermost, attended)))
}

/// The layer for routes that take a form's webhook or a file: their limit in place of the usual
/// one.
pub fn large_body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(LARGE_BODY_LIMIT)
}

#[derive(Clone)]
struct Outermost {
    options: LayerOptions,
    security_headers: SecurityHeaders,
}

async fn attended(
    State(outermost): State<Outermost>,
    mut request: Request,
    next: Next,
) -> Response {
    let Outermost { options, security_headers } = outermost;
    let id = RequestId::next(&options.request_ids);
    let log = RequestLog::begin(&request, &id);
    let path = request.uri().path().to_owned();
    let page = options.problem_page.filter(|_| wants_a_page(&path, request.headers()));
    let client = options.trusted_proxies.client_of(request.extensions(), request.headers());
    request.extensions_mut().insert(id.clone());
    client.map(|client| request.extensions_mut().insert(client));

    let response = next.run(request).instrument(log.span.clone()).await;

    let mut response = finish(response, &id, page.as_ref());
    security_headers.apply(&path, response.headers_mut());
    if let Some(value) = id.header_value() {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    log.end(response.status());
    response
}

/// A dropped future is safe: what must finish runs in the writer or in its own task.
async fn in_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::TimedOut).retry_after(Duration::from_secs(1)).into_response(),
    }
}

/// The panic's text stays out of the answer, and out of our log: it may hold what was sent. The
/// panic hook has printed it to standard error.
fn panicked(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked; its message is on standard error");
    Problem::new(Code::Internal).into_response()
}

fn wants_a_page(path: &str, headers: &HeaderMap) -> bool {
    let for_programs = ["/v1/", "/hooks/", "/callbacks/", "/health", "/metrics"];
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
        && !for_programs.iter().any(|prefix| path.starts_with(prefix))
}
