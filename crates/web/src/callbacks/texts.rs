//! `POST /callbacks/twilio/status` and `/callbacks/twilio/sms`: what became of our texts, and what
//! people text us.

use std::time::Duration;

use app::conversation::{InboundText, TextAnswer};
use app::notification::Report;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{MessageId, Phone};
use serde::Deserialize;

use super::twilio::Signed;
use super::twiml::Twiml;
use crate::api::Failure;
use crate::api::document::ProblemDocument;
use crate::http::problem::Code;
use crate::http::{Problem, QueryOf};
use crate::state::Web;

/// How long Twilio waits for what is answered to a text. What takes longer is sent by itself.
const PATIENCE: Duration = Duration::from_millis(700);
/// The most characters of a text that are read; Twilio sends 1,600 at most.
const MOST_BODY: usize = 4_000;

/// What we put into the address when the text was sent.
#[derive(Debug, Deserialize)]
pub(crate) struct About {
    message: Option<String>,
}

/// Takes a report of Twilio on a text or a call.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/status",
    tag = "hooks",
    security(()),
    params(
        ("message" = Option<String>, Query, description = "The attempt that it is about."),
        ("X-Twilio-Signature" = String, Header),
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 204, description = "Noted"),
        (status = 403, description = "The signature is not right for the address that the outside called", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn text_reported(
    State(web): State<Web>,
    QueryOf(about): QueryOf<About>,
    signed: Signed,
) -> Result<StatusCode, Problem> {
    if let Some(report) = report(&about, &signed) {
        web.app.message_reported(report).await.map_err(Failure)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The report, if it is about an attempt of ours.
fn report(about: &About, signed: &Signed) -> Option<Report> {
    let message: MessageId = about.message.as_deref()?.parse().ok()?;
    Some(Report {
        message,
        provider_id: signed.field("MessageSid")?,
        recipient: signed.field("To"),
        status: signed.field("MessageStatus")?,
        error_code: signed.field("ErrorCode"),
        payload: signed.payload(),
    })
}

/// Takes a text from a phone.
///
/// What there is to answer is in this answer if it is known at once, and is sent by itself else. A
/// text that came before is not obeyed again.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/sms",
    tag = "hooks",
    security(()),
    params(("X-Twilio-Signature" = String, Header)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "TwiML: what is sent to whoever texted, or nothing", body = String, content_type = "text/xml"),
        (status = 403, description = "The signature is not right for the address that the outside called, or the text was here long ago", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn text_received(
    State(web): State<Web>,
    signed: Signed,
) -> Result<Twiml, Problem> {
    let Some(text) = text(&signed) else { return Ok(Twiml::silence()) };
    match web.app.text_received(text, PATIENCE).await.map_err(Failure)? {
        TextAnswer::Say(words) => Ok(Twiml::message(&words)),
        TextAnswer::Nothing => Ok(Twiml::silence()),
        TextAnswer::Replayed => {
            tracing::warn!("a text was replayed long after it came");
            Err(Problem::new(Code::Forbidden))
        }
    }
}

/// The text, unless it is from no phone: a short code or a name cannot be answered.
fn text(signed: &Signed) -> Option<InboundText> {
    let phone = Phone::parse(&signed.field("From")?, None).ok()?;
    let body = signed.field("Body").unwrap_or_default();
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    let body = body.chars().take(MOST_BODY).map(shown).collect();
    Some(InboundText { sid: signed.field("MessageSid")?, phone: phone.to_string(), body })
}
