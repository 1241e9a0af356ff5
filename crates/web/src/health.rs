//! `/health`: for load balancers, monitors and people.

use app::App;
use app::health::Health;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Failure;
use crate::api::document::Refused;
use crate::http::Problem;
use crate::http::problem::Code;

/// The process is up.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "operations",
    security(()),
    responses((status = 200, description = "Up", body = String, content_type = "text/plain"))
)]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Requests can be served: the database takes writes.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "Ready", body = String, content_type = "text/plain"),
        (status = 503, response = Refused),
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    if app.is_writable().await { Ok("ok\n") } else { Err(Problem::new(Code::Unavailable)) }
}

/// How Doorstep is, without secrets or personal data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthView {
    /// `ok`; `degraded`, when something needs a person; `down`, when nothing can be booked.
    status: &'static str,
    /// Why it is not `ok`: `database`, `client_credentials`, `connection_revoked`,
    /// `connection_degraded`, `job_given_up`.
    reasons: Vec<&'static str>,
    /// The version of this program.
    version: &'static str,
    database: DatabaseHealth,
    connections: Vec<ConnectionHealth>,
    messaging: MessagingHealth,
    jobs: JobHealth,
}

/// How the database is.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseHealth {
    /// Whether it takes writes.
    writable: bool,
}

/// How a connection is.
#[derive(Debug, Serialize, ToSchema)]
struct ConnectionHealth {
    id: String,
    provider: String,
    /// The host's slug.
    host: String,
    /// `awaiting_consent`, `healthy`, `degraded` or `revoked`.
    status: String,
}

/// Whether attendees can be told.
#[derive(Debug, Serialize, ToSchema)]
struct MessagingHealth {
    /// `configured` or `off`.
    sms: &'static str,
    /// `configured` or `off`.
    email: &'static str,
}

/// How the jobs are.
#[derive(Debug, Serialize, ToSchema)]
struct JobHealth {
    /// Due, running or waiting for a retry.
    due: i64,
    /// Waiting for a connection.
    parked: i64,
    /// Given up, until a person tries them again.
    given_up: i64,
    /// Since when the oldest has been due; null when none is.
    #[schema(required)]
    oldest_due_seconds: Option<i64>,
}

/// How Doorstep is.
#[utoipa::path(
    get,
    path = "/health",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "`ok` or `degraded`", body = HealthView),
        (status = 503, description = "`down`", body = HealthView),
    )
)]
pub(crate) async fn health(State(app): State<App>) -> Result<Response, Problem> {
    let health = app.health().await.map_err(Failure)?;
    let reasons = reasons(&health);
    let status = if !health.writable {
        "down"
    } else if reasons.is_empty() {
        "ok"
    } else {
        "degraded"
    };
    let view = HealthView {
        status,
        reasons,
        version: env!("CARGO_PKG_VERSION"),
        database: DatabaseHealth { writable: health.writable },
        jobs: jobs(&health, app.clock().now()),
        connections: connections(health),
        messaging: MessagingHealth {
            sms: configured(app.providers().twilio.is_some()),
            email: configured(app.providers().mail.is_some()),
        },
    };
    let code = if status == "down" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok((code, Json(view)).into_response())
}

fn reasons(health: &Health) -> Vec<&'static str> {
    let any = |status: &str| health.connections.iter().any(|known| known.status == status);
    let found = [
        (!health.writable, "database"),
        (health.client_credentials_refused, "client_credentials"),
        (any("revoked"), "connection_revoked"),
        (any("degraded"), "connection_degraded"),
        (health.jobs.is_some_and(|jobs| jobs.given_up > 0), "job_given_up"),
    ];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, reason)| reason).collect()
}

fn connections(health: Health) -> Vec<ConnectionHealth> {
    let all = health.connections.into_iter();
    all.map(|connection| ConnectionHealth {
        id: connection.id.to_string(),
        provider: connection.provider,
        host: connection.host.to_string(),
        status: connection.status,
    })
    .collect()
}

fn jobs(health: &Health, now: Timestamp) -> JobHealth {
    let oldest = health.jobs.and_then(|jobs| jobs.oldest_due_at);
    JobHealth {
        due: health.jobs.map_or(0, |jobs| jobs.due),
        parked: health.jobs.map_or(0, |jobs| jobs.parked),
        given_up: health.jobs.map_or(0, |jobs| jobs.given_up),
        // A job that waits for a retry is due in a moment: it is not old yet.
        oldest_due_seconds: oldest.map(|since| now.duration_since(since).as_secs().max(0)),
    }
}

fn configured(is_so: bool) -> &'static str {
    if is_so { "configured" } else { "off" }
}
