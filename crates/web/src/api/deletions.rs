//! `POST /v1/calendars/{id}/deletions`: what an administrator decides about many events that are
//! missing in a calendar at once.

use app::App;
use app::deletion::Decision;
use axum::Json;
use axum::extract::State;
use domain::CalendarId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Admin;
use super::document::Refused;
use super::failure::Failure;
use crate::http::{JsonBody, PathOf, Problem};

/// What is decided about the events that are missing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deciding {
    /// `accept`: each that a direct read confirms cancels its booking; `restore`: the bookings stand,
    /// and their events are written anew.
    decision: DecisionWord,
}

/// What is decided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DecisionWord {
    /// They were meant.
    Accept,
    /// They were not.
    Restore,
}

/// What is being carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecidedDeletions)]
pub(crate) struct DecidedView {
    /// The calendar's slug.
    calendar: String,
    /// `accept` or `restore`.
    decision: &'static str,
    /// How many bookings it is about.
    bookings: usize,
}

/// Decides about the events of ours that are missing in a calendar, when there were so many at once
/// that none of the deletions was believed. Where nothing waits, nothing happens.
#[utoipa::path(
    post,
    path = "/v1/calendars/{id}/deletions",
    tag = "setup",
    security(("key" = [])),
    params(("id" = String, Path, description = "The calendar's slug.")),
    request_body = Deciding,
    responses(
        (status = 200, description = "It is being carried out", body = DecidedView),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn decide_deletions(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
    JsonBody(body): JsonBody<Deciding>,
) -> Result<Json<DecidedView>, Problem> {
    let decision = match body.decision {
        DecisionWord::Accept => Decision::Accept,
        DecisionWord::Restore => Decision::Restore,
    };
    let bookings = decide(&app, &id, decision).await?;
    Ok(Json(DecidedView { calendar: id, decision: decision.as_str(), bookings }))
}

/// Decides about a calendar of the setup. Says about how many bookings.
pub(crate) async fn decide(
    app: &App,
    calendar: &str,
    decision: Decision,
) -> Result<usize, Problem> {
    let calendar: CalendarId = calendar.parse().map_err(|_not_a_slug| Problem::not_found())?;
    let setup = app.reload_setup().await.map_err(Failure)?;
    if setup.setup.calendar(&calendar).is_none() {
        return Err(Problem::not_found());
    }
    let decided = app.decide_deletions(&calendar, decision).await.map_err(Failure)?;
    Ok(decided.unwrap_or(0))
}
