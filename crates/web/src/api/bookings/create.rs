//! `POST /v1/bookings`.

use std::time::Duration;

use app::App;
use app::booking::{Book, RequestKey};
use app::intake::{Intake, RawRequest};
use app::key::Scope;
use app::service_link::Pass;
use axum::extract::State;
use axum::response::Response;
use domain::{Faults, Pointer};
use serde_json::Value;

use super::key::IdempotencyKey;
use super::outcome::{Asked, Sight};
use super::view::{BookingView, PublicBookingView};
use super::wish::{NewBooking, add_new};
use crate::api::auth::Anybody;
use crate::api::document::{ProblemDocument, Refused};
use crate::api::failure::Failure;
use crate::http::language::Liked;
use crate::http::prefer::Prefer;
use crate::http::{JsonBody, Problem};

/// How long an answer waits for the calendar unless its caller prefers otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Books.
///
/// With a key that may book, the answers are whole bookings; without one they are `PublicBooking`s.
/// A refused request is not remembered: the same key may be tried again. With an admin key any range
/// of a host's time can be booked, whatever the rules, that is free.
#[utoipa::path(
    post,
    path = "/v1/bookings",
    tag = "booking",
    security((), ("key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Counts as `submission_id`."),
        ("Accept-Language" = Option<String>, Header, description = "The language of the attendee's messages, unless `attendee.locale` names one."),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS` (at most 30, 10 unless given) or `respond-async`."),
    ),
    request_body = NewBooking,
    responses(
        (status = 201, description = "Confirmed", body = BookingView, headers(("Location" = String))),
        (status = 202, description = "Accepted; the calendar has not answered yet, or the booking is `waitlisted`", body = BookingView, headers(("Location" = String))),
        (status = 200, description = "The same request was here before", body = PublicBookingView, headers(("Idempotency-Replayed" = bool))),
        (status = 400, response = Refused),
        (status = 409, description = "`slot_taken`, `slot_unavailable` or `calendar_busy`, with `alternatives`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, response = Refused),
        (status = 429, response = Refused),
        (status = 503, response = Refused),
    )
)]
pub(crate) async fn create_booking(
    State(app): State<App>,
    caller: Anybody,
    IdempotencyKey(key): IdempotencyKey,
    prefer: Prefer,
    Liked(language): Liked,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, Problem> {
    let (body, faults) = NewBooking::read(&body);
    if body.is_ad_hoc() {
        caller.must(Scope::Admin)?;
    }
    let pass = caller.pass(body.link.as_deref());
    let (intake, hold) = parse(&app, &body, faults, key.as_deref(), pass).await?;
    let submission_id = intake.submission_id.or(key);
    let request = intake.request.liking(language);
    let scope = caller.key_scope();
    let book = Book {
        hold,
        key: submission_id.clone().map(|key| RequestKey { scope, key, expires_at: None }),
        submission_id,
        source: None,
        payload: body.payload(),
        patience: prefer.patience(PATIENCE),
        wait: body.waitlist == Some(true),
        request: request.clone(),
    };
    let booked = app.book(book).await.map_err(Failure)?;
    let sight = if caller.may(Scope::Bookings) { Sight::Whole } else { Sight::Public };
    Asked::by_request(&app, &request).booked(booked, sight).await
}

/// Whether its service has a line to wait in. One that is not known has a fault of its own.
async fn has_waiting_list(app: &App, body: &NewBooking, pass: &Pass) -> Result<bool, Problem> {
    let slug = body.service.as_deref().unwrap_or_default().trim();
    let found = app.find_service(slug, pass).await.map_err(Failure)?;
    let Some((setup, id)) = found else { return Ok(true) };
    let group = setup.setup.service(&id).and_then(|service| service.group.as_ref());
    Ok(group.is_some_and(|group| group.waiting_list.is_some()))
}

/// The request, or every fault of the body: of its shape, and of what it says.
async fn parse(
    app: &App,
    body: &NewBooking,
    mut faults: Faults,
    key: Option<&str>,
    pass: Pass,
) -> Result<(Intake, Option<domain::HoldId>), Problem> {
    body.refuse_what_does_not_go_together(&mut faults);
    if body.waitlist == Some(true)
        && !body.is_ad_hoc()
        && !has_waiting_list(app, body, &pass).await?
    {
        let at = Pointer::root().at("waitlist");
        faults.add(at, "no_waiting_list", "the service has no waiting list");
    }
    let hold = body.hold(&mut faults);
    let read = app.intake(&RawRequest { pass, ..body.raw() }).await.map_err(Failure)?;
    if let Err(more) = &read {
        add_new(&mut faults, more);
    }
    let given = body.submission_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
    if key.zip(given).is_some_and(|(key, given)| key != given) {
        let message = "is not what the header Idempotency-Key says";
        faults.add(Pointer::root().at("submission_id"), "two_keys", message);
    }
    faults.into_result()?;
    Ok((read.map_err(Problem::from)?, hold))
}
