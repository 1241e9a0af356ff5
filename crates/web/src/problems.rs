//! `GET /problems/{code}`: what a problem's `type` leads to.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::problem::Code;
use crate::http::{PathOf, Problem};

/// The page of a kind of problem, as it stands in `docs/problems`.
fn page(code: Code) -> &'static str {
    match code {
        Code::AlreadyExists => include_str!("../../../docs/problems/already_exists.md"),
        Code::AlreadyOver => include_str!("../../../docs/problems/already_over.md"),
        Code::CalendarBusy => include_str!("../../../docs/problems/calendar_busy.md"),
        Code::CalendarUnavailable => include_str!("../../../docs/problems/calendar_unavailable.md"),
        Code::ChangeInProgress => include_str!("../../../docs/problems/change_in_progress.md"),
        Code::Forbidden => include_str!("../../../docs/problems/forbidden.md"),
        Code::IdempotencyMismatch => include_str!("../../../docs/problems/idempotency_mismatch.md"),
        Code::InUse => include_str!("../../../docs/problems/in_use.md"),
        Code::Internal => include_str!("../../../docs/problems/internal.md"),
        Code::InvalidRequest => include_str!("../../../docs/problems/invalid_request.md"),
        Code::InvalidSignature => include_str!("../../../docs/problems/invalid_signature.md"),
        Code::MethodNotAllowed => include_str!("../../../docs/problems/method_not_allowed.md"),
        Code::NotBegunYet => include_str!("../../../docs/problems/not_begun_yet.md"),
        Code::NotConnected => include_str!("../../../docs/problems/not_connected.md"),
        Code::NotFound => include_str!("../../../docs/problems/not_found.md"),
        Code::NothingOffered => include_str!("../../../docs/problems/nothing_offered.md"),
        Code::PayloadTooLarge => include_str!("../../../docs/problems/payload_too_large.md"),
        Code::SlotTaken => include_str!("../../../docs/problems/slot_taken.md"),
        Code::SlotUnavailable => include_str!("../../../docs/problems/slot_unavailable.md"),
        Code::TimedOut => include_str!("../../../docs/problems/timed_out.md"),
        Code::TooManyRequests => include_str!("../../../docs/problems/too_many_requests.md"),
        Code::Unauthorized => include_str!("../../../docs/problems/unauthorized.md"),
        Code::Unavailable => include_str!("../../../docs/problems/unavailable.md"),
        Code::UnsupportedMediaType => {
            include_str!("../../../docs/problems/unsupported_media_type.md")
        }
    }
}

/// What a kind of problem means, and what to do about it.
#[utoipa::path(
    get,
    path = "/problems/{code}",
    tag = "operations",
    security(()),
    params(("code" = String, Path, description = "The `code` of a problem.")),
    responses(
        (status = 200, description = "The explanation, in Markdown", body = String, content_type = "text/plain"),
        (status = 404, response = crate::api::document::Refused),
    )
)]
pub(crate) async fn explain_problem(PathOf(name): PathOf<String>) -> Result<Response, Problem> {
    let code = Code::ALL.into_iter().find(|code| code.as_str() == name);
    let page = page(code.ok_or_else(Problem::not_found)?);
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, page).into_response())
}
