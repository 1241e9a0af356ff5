//! `POST /callbacks/sendgrid`: what became of our mails.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::api::Failure;
use crate::api::document::ProblemDocument;
use crate::http::Problem;
use crate::http::problem::Code;
use crate::state::Web;

const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// Takes SendGrid's events.
///
/// The signature is over the body's bytes as they came. There is no window of time: a repeat comes
/// up to a day later, and is recognised by its identifier.
#[utoipa::path(
    post,
    path = "/callbacks/sendgrid",
    tag = "hooks",
    security(()),
    params(
        ("X-Twilio-Email-Event-Webhook-Signature" = String, Header),
        ("X-Twilio-Email-Event-Webhook-Timestamp" = String, Header),
    ),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 204, description = "Noted"),
        (status = 403, description = "The signature is not right, or no key is configured", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn mail_reported(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = said(TIMESTAMP)
        .zip(said(SIGNATURE))
        .is_some_and(|(timestamp, signature)| web.app.verify_sendgrid(timestamp, &body, signature));
    if !signed {
        tracing::warn!(
            "an event of a mail is not signed with the key in SENDGRID_WEBHOOK_PUBLIC_KEY"
        );
        return Err(Problem::new(Code::Forbidden));
    }
    web.app.mail_reported(&body).await.map_err(Failure)?;
    Ok(StatusCode::NO_CONTENT)
}
