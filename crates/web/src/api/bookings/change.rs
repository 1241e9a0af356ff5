//! Cancelling, moving, and noting that nobody came.

use app::App;
use app::booking::{Cancel, CancelOutcome, Move};
use app::intake::Raw;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::booking::Actor;
use domain::people;
use domain::{BookingId, Faults, HostId, Pointer};
use serde::Deserialize;
use utoipa::ToSchema;

use super::create::PATIENCE;
use super::key::IdempotencyKey;
use super::outcome::{Asked, Sight, replayed, seen};
use super::view::BookingView;
use crate::api::auth::Booker;
use crate::api::document::{ProblemDocument, Refused};
use crate::api::failure::{Failure, fault, mismatch, of_refusal};
use crate::http::prefer::Prefer;
use crate::http::{JsonBody, PathOf, Problem};

/// The most characters of a reason.
const MOST_REASON: usize = 1_000;

/// Why a booking is called off.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancelling {
    /// In the caller's words; the attendees and the host read it.
    #[schema(max_length = 1_000)]
    reason: Option<String>,
}

/// Calls a booking off, at once: its time is free and its people are told. The calendar event goes
/// by itself. Repeating it is harmless.
#[utoipa::path(
    post,
    path = "/v1/bookings/{booking}/cancel",
    tag = "bookings",
    security(("key" = [])),
    params(
        ("booking" = String, Path, description = "The booking's identifier."),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body(content = Option<Cancelling>),
    responses(
        (status = 200, description = "It is cancelled", body = BookingView),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, description = "`already_over`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, response = Refused),
    )
)]
pub(crate) async fn cancel_booking(
    State(app): State<App>,
    caller: Booker,
    PathOf(id): PathOf<String>,
    key: IdempotencyKey,
    body: Option<JsonBody<Cancelling>>,
) -> Result<Response, Problem> {
    let body = body.map(|JsonBody(body)| body).unwrap_or_default();
    let cancel = Cancel {
        id: id_of(&id)?,
        by: Actor::Api,
        reason: body.reason()?,
        seen: None,
        key: key.in_scope(caller.key_scope()),
    };
    match app.cancel(cancel).await.map_err(Failure)? {
        CancelOutcome::Done(stored) => Ok(seen(&stored, Sight::Whole)),
        CancelOutcome::Replayed(stored) => Ok(replayed(seen(&stored, Sight::Whole))),
        CancelOutcome::Refused(refusal) => Err(of_refusal(refusal)),
        // Only who names the revision they saw can be late.
        CancelOutcome::Outdated => Err(Problem::change_in_progress()),
        CancelOutcome::Mismatch => Err(mismatch()),
        CancelOutcome::NotFound => Err(Problem::not_found()),
    }
}

impl Cancelling {
    fn reason(&self) -> Result<Option<String>, Problem> {
        let Some(written) = self.reason.as_deref().filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        match people::text(written, MOST_REASON, true) {
            Ok(reason) => Ok(Some(reason)),
            Err(error) => Err(fault("reason", error.code(), &error.to_string())),
        }
    }
}

/// Another time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rescheduling {
    /// The new start: RFC 3339 with its offset, in the future.
    #[schema(max_length = 64)]
    start: String,
    /// The slug of the host who is wanted; the same as before if possible, when none is named.
    #[schema(max_length = 64)]
    host: Option<String>,
}

/// Moves a booking. It keeps its old time until the calendar has the new one.
#[utoipa::path(
    post,
    path = "/v1/bookings/{booking}/reschedule",
    tag = "bookings",
    security(("key" = [])),
    params(
        ("booking" = String, Path, description = "The booking's identifier."),
        ("Idempotency-Key" = Option<String>, Header),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS` (at most 30, 10 unless given) or `respond-async`."),
    ),
    request_body = Rescheduling,
    responses(
        (status = 200, description = "It is moved", body = BookingView),
        (status = 202, description = "The calendar is being written; `change` shows the wish", body = BookingView, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, description = "`already_over`, `change_in_progress`, or the new time is not to be had", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, response = Refused),
        (status = 503, response = Refused),
    )
)]
pub(crate) async fn reschedule_booking(
    State(app): State<App>,
    caller: Booker,
    PathOf(id): PathOf<String>,
    key: IdempotencyKey,
    prefer: Prefer,
    JsonBody(body): JsonBody<Rescheduling>,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let (start, host) = body.parse(&app)?;
    let before = app.find_booking(id).await.map_err(Failure)?.ok_or_else(Problem::not_found)?;
    let named_host = host.is_some();
    let wish = Move {
        id,
        start,
        host,
        by: Actor::Api,
        seen: None,
        key: key.in_scope(caller.key_scope()),
        patience: prefer.patience(PATIENCE),
    };
    let moved = app.reschedule(wish).await.map_err(Failure)?;
    Asked::by_move(&app, &before, start).moved(moved, named_host).await
}

impl Rescheduling {
    fn parse(&self, app: &App) -> Result<(jiff::Timestamp, Option<HostId>), Faults> {
        let at = |member: &str| Pointer::root().at(member);
        let start = app.read_start(&Raw::new(Some(self.start.clone()), at("start")));
        let mut faults = start.as_ref().err().cloned().unwrap_or_default();
        let host = self.host.as_deref().map(str::parse::<HostId>);
        let host = host.and_then(|host| faults.keep(at("host"), "not_a_slug", host));
        faults.into_result()?;
        Ok((start?, host))
    }
}

/// Notes that nobody came: from the booking's start on. Repeating it is harmless.
#[utoipa::path(
    post,
    path = "/v1/bookings/{booking}/no-show",
    tag = "bookings",
    security(("key" = [])),
    params(("booking" = String, Path, description = "The booking's identifier.")),
    responses(
        (status = 200, description = "It is noted", body = BookingView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, description = "`already_over` or `not_begun_yet`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn mark_no_show(
    State(app): State<App>,
    _caller: Booker,
    PathOf(id): PathOf<String>,
) -> Result<Json<BookingView>, Problem> {
    match app.mark_no_show(id_of(&id)?).await.map_err(Failure)? {
        None => Err(Problem::not_found()),
        Some(Err(refusal)) => Err(of_refusal(refusal)),
        Some(Ok(stored)) => Ok(Json(BookingView::from(&stored))),
    }
}

/// The booking that a path names. What is no identifier is not there.
pub(super) fn id_of(text: &str) -> Result<BookingId, Problem> {
    text.parse().map_err(|_not_an_id| Problem::not_found())
}
