//! `GET /metrics`: counts for Prometheus, in its text format. Labels are routes as matched and
//! statuses, never anything that a client chose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::connection::{CallCounts, Connection};
use app::health::Health;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::{Failure, caller_of};
use crate::http::{Client, Problem};
use crate::state::Web;

/// What a connection can be.
const STATUSES: [&str; 4] = ["awaiting_consent", "healthy", "degraded", "revoked"];

/// What happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    hook_rejections: AtomicU64,
}

impl Counters {
    fn answered(&self, route: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route.to_owned(), status)).or_insert(0) += 1;
    }

    /// A hook was called without the secret of its source.
    pub(crate) fn hook_rejected(&self) {
        self.hook_rejections.fetch_add(1, Ordering::Relaxed);
    }

    fn text(&self, health: &Health, calls: &[CallCounts]) -> String {
        let mut text = String::new();
        let jobs = health.jobs;
        family(
            &mut text,
            "doorstep_database_writable",
            "gauge",
            "Whether the database takes writes.",
        );
        sample(&mut text, "doorstep_database_writable", "", i64::from(health.writable));
        let counts = jobs
            .map(|jobs| [("due", jobs.due), ("parked", jobs.parked), ("given_up", jobs.given_up)]);
        family(&mut text, "doorstep_jobs", "gauge", "Jobs by how they stand.");
        for (state, count) in counts.into_iter().flatten() {
            sample(&mut text, "doorstep_jobs", &format!("{{state=\"{state}\"}}"), count);
        }
        connections(&mut text, &health.connections, calls);
        family(
            &mut text,
            "doorstep_hook_rejections_total",
            "counter",
            "Hooks that did not verify.",
        );
        let rejected = self.hook_rejections.load(Ordering::Relaxed);
        sample(&mut text, "doorstep_hook_rejections_total", "", rejected);
        family(
            &mut text,
            "doorstep_http_requests_total",
            "counter",
            "Requests by route and status.",
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, status), count) in requests.iter() {
            let labels = format!("{{route=\"{route}\",status=\"{status}\"}}");
            sample(&mut text, "doorstep_http_requests_total", &labels, *count);
        }
        text
    }
}

/// How each account at a calendar provider is, and what this process did with it.
fn connections(text: &mut String, connections: &[Connection], calls: &[CallCounts]) {
    family(text, "doorstep_connection_status", "gauge", "1 for the status that a connection has.");
    for connection in connections {
        for status in STATUSES {
            let (id, provider) = (connection.id, connection.provider.as_str());
            let labels =
                format!("{{connection=\"{id}\",provider=\"{provider}\",status=\"{status}\"}}");
            let has_it = i64::from(connection.status == status);
            sample(text, "doorstep_connection_status", &labels, has_it);
        }
    }
    let mut counter = |name: &str, help: &str, count: fn(&CallCounts) -> u64| {
        family(text, name, "counter", help);
        for (connection, calls) in connections.iter().zip(calls) {
            sample(text, name, &format!("{{connection=\"{}\"}}", connection.id), count(calls));
        }
    };
    counter("doorstep_connection_calls_total", "Calls that were made.", |calls| calls.made);
    counter(
        "doorstep_connection_calls_failed_total",
        "Calls that did not do what was asked.",
        |calls| calls.failed,
    );
    counter(
        "doorstep_connection_calls_postponed_total",
        "Calls whose turn under the pace had not come.",
        |calls| calls.postponed,
    );
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// Counts for Prometheus. It needs a key that reads, unless the call comes from this machine itself.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    security((), ("key" = [])),
    responses(
        (status = 200, description = "Counts in the text format", body = String, content_type = "text/plain"),
        (status = 401, response = crate::api::document::Refused),
    )
)]
pub(crate) async fn metrics(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !is_from_here(client, &headers) && caller_of(&web.app, &headers).await?.is_none() {
        return Err(Problem::unauthorized());
    }
    let health = web.app.health().await.map_err(Failure)?;
    let calls = health.connections.iter().map(|connection| web.app.call_counts(connection.id));
    let calls: Vec<CallCounts> = calls.collect();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, web.counters.text(&health, &calls)).into_response())
}

/// A proxy on this machine calls from here, too, but on behalf of others, and says so.
fn is_from_here(client: Client, headers: &HeaderMap) -> bool {
    client.peer.is_loopback()
        && client.address.is_loopback()
        && !["x-forwarded-for", "forwarded"].iter().any(|name| headers.contains_key(*name))
}

/// The layer that counts answers. A path that no route has is counted as one.
pub(crate) async fn counted(
    State(counters): State<Arc<Counters>>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = matched.as_ref().map_or("(none)", MatchedPath::as_str);
    counters.answered(route, response.status().as_u16());
    response
}
