//! `POST /callbacks/google`: a calendar changed.
//!
//! Google sends no body and no signature. A notification is believed when it names a subscription
//! of ours with its secret, and then only asks for the calendar to be read.

use app::watch::{CalendarNotification, Notified};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secrecy::SecretString;

use crate::api::Failure;
use crate::api::document::ProblemDocument;
use crate::http::Problem;
use crate::http::problem::Code;
use crate::state::Web;

/// Longer than any header of a notification.
const MOST_HEADER: usize = 1_024;

/// Takes Google's notification that a calendar changed. The calendar is read later, together with
/// what else changes within the same second.
#[utoipa::path(
    post,
    path = "/callbacks/google",
    tag = "hooks",
    security(()),
    params(
        ("X-Goog-Channel-ID" = String, Header, description = "The subscription."),
        ("X-Goog-Channel-Token" = String, Header, description = "Its secret."),
        ("X-Goog-Resource-ID" = String, Header, description = "Google's name of what is watched."),
        ("X-Goog-Resource-State" = String, Header, description = "`sync` when notifications begin."),
    ),
    responses(
        (status = 204, description = "Noted"),
        (status = 403, description = "The secret, or what is watched, is not the subscription's", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such subscription, any more or at all", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn calendar_changed(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let Some(notification) = notification(&headers) else {
        return Err(Problem::new(Code::Forbidden));
    };
    match web.app.calendar_notified(notification).await.map_err(Failure)? {
        Notified::Taken(_) => Ok(StatusCode::NO_CONTENT),
        Notified::Unknown => Err(Problem::not_found()),
        Notified::Forged => {
            tracing::warn!("a notification about a calendar does not have its secret");
            Err(Problem::new(Code::Forbidden))
        }
    }
}

fn notification(headers: &HeaderMap) -> Option<CalendarNotification> {
    let header = |name: &str| {
        let text = headers.get(name)?.to_str().ok()?;
        (text.len() <= MOST_HEADER).then(|| text.to_owned())
    };
    Some(CalendarNotification {
        channel: header("x-goog-channel-id")?,
        token: SecretString::from(header("x-goog-channel-token")?),
        resource_id: header("x-goog-resource-id")?,
        is_beginning: header("x-goog-resource-state")? == "sync",
    })
}
