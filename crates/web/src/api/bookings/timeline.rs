//! `GET /v1/bookings/{booking}/timeline`: what happened, in full. For admins alone.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::{Faults, Pointer, TimelineEntryId};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::change::id_of;
use super::list::fetch;
use crate::api::auth::Admin;
use crate::api::document::Refused;
use crate::api::failure::Failure;
use crate::api::times::written;
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::{PathOf, Problem};

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub(crate) struct TimelineEntryView {
    /// By which the log names it.
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// `noun.verb`, for programs.
    kind: String,
    /// A sentence for people.
    summary: String,
    /// Payloads and exchanges, without secrets.
    data: Value,
}

/// What happened to a booking, oldest first.
#[utoipa::path(
    get,
    path = "/v1/bookings/{booking}/timeline",
    tag = "bookings",
    security(("key" = [])),
    params(("booking" = String, Path, description = "The booking's identifier."), ListParameters),
    responses(
        (status = 200, description = "A piece of the timeline", body = List<TimelineEntryView>),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn read_timeline(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
    list: ListQuery,
) -> Result<Json<List<TimelineEntryView>>, Problem> {
    let id = id_of(&id)?;
    let stored = app.find_booking(id).await.map_err(Failure)?.ok_or_else(Problem::not_found)?;
    let found = app.timeline(id, position(&list)?, fetch(&list)).await.map_err(Failure)?;
    let zone: &TimeZone = &stored.booking.timezone;
    let piece = List::piece(found, &list, |last| last.id.to_string());
    Ok(Json(piece.map(|entry| TimelineEntryView {
        id: entry.id.to_string(),
        at: written(entry.at, zone),
        kind: entry.kind,
        summary: entry.summary,
        data: serde_json::from_str(&entry.data).unwrap_or(Value::String(entry.data)),
    })))
}

fn position(list: &ListQuery) -> Result<Option<TimelineEntryId>, Faults> {
    let Some(id) = list.after::<String>()? else { return Ok(None) };
    id.parse().map(Some).map_err(|_not_an_id| {
        Faults::one(Pointer::root().at("cursor"), "cursor", "is not a cursor of this list")
    })
}
