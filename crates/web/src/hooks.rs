//! `POST /hooks/{source}`: what forms send.

use app::App;
use app::booking::Booked;
use app::hook::{Delivered, Delivery, Encoding, Proof};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::{BookingRequest, BookingState, Source};

use crate::api::document::{ProblemDocument, Refused};
use crate::api::{Asked, Failure, PublicBookingView, Sight};
use crate::http::json::read_value;
use crate::http::problem::Code;
use crate::http::{Client, PathOf, Problem};
use crate::state::Web;

/// Takes a submission of a form, as its source is set up: JSON or form fields.
///
/// Answered when the booking is stored, after at most two seconds for the calendar. Whose time is
/// not to be had is told by message, too, since the lead has left the form; the same submission is
/// then answered the same way.
#[utoipa::path(
    post,
    path = "/hooks/{source}",
    tag = "hooks",
    security(()),
    params(("source" = String, Path, description = "The source's slug.")),
    request_body(content(
        (serde_json::Value = "application/json"),
        (serde_json::Value = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "Confirmed", body = PublicBookingView),
        (status = 202, description = "Accepted; the calendar has not answered yet", body = PublicBookingView),
        (status = 200, description = "The same submission was here before", body = PublicBookingView, headers(("Idempotency-Replayed" = bool))),
        (status = 400, description = "Pointers are into the payload", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, response = Refused),
        (status = 404, response = Refused),
        (status = 409, response = Refused),
        (status = 413, response = Refused),
        (status = 415, response = Refused),
        (status = 422, response = Refused),
    )
)]
pub(crate) async fn receive_submission(
    State(web): State<Web>,
    client: Client,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Some(source) = web.app.find_source(&slug).await.map_err(Failure)? else {
        web.public.check(client.address)?;
        return Err(Problem::not_found());
    };
    verify(&web, &source, client, &headers, &body)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let encoding = Encoding::of(&content_type);
    let encoding = encoding.ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?;
    let delivery = Delivery { content_type, encoding, body: body.to_vec() };
    match web.app.deliver(&source, delivery, read_value).await.map_err(Failure)? {
        Delivered::Malformed(faults) => Err(faults.into()),
        Delivered::Booked(request, booked) => answer(&web.app, &request, booked).await,
    }
}

/// Lets a request pass that proves where it comes from. One that is not asked for proof draws on
/// its address's allowance, and so does one that fails.
fn verify(
    web: &Web,
    source: &Source,
    client: Client,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Problem> {
    let header = |name: &str| headers.get(name).map(axum::http::HeaderValue::as_bytes);
    match Proof::of(source, header, body) {
        Proof::Given => Ok(()),
        Proof::NotAsked => web.public.check(client.address),
        Proof::Wrong => {
            web.public.check(client.address)?;
            web.counters.hook_rejected();
            tracing::error!(source.id = %source.id, "a request to the hook of {} does not verify", source.id);
            Err(Problem::new(Code::InvalidSignature))
        }
    }
}

/// A repeat of a submission that was refused is refused again: its sender may have missed the first
/// answer.
async fn answer(app: &App, request: &BookingRequest, booked: Booked) -> Result<Response, Problem> {
    let asked = Asked::by_request(app, request);
    match &booked {
        Booked::Replayed(stored) if stored.booking.state == BookingState::Declined => {
            Err(asked.lost(Code::SlotTaken).await?)
        }
        Booked::Replayed(_)
        | Booked::Accepted(_)
        | Booked::Mismatch
        | Booked::Refused { .. }
        | Booked::ForeignHold
        | Booked::UnknownService
        | Booked::UnknownHost => asked.booked(booked, Sight::Public).await,
    }
}
