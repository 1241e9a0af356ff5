//! `POST /callbacks/twilio/voice/…`: calls, ours and those of people who call us.

use app::conversation::{AnsweredBy, CallAnswer, CallRequest, Input};
use app::notification::CallReport;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{MessageId, Phone};
use serde::Deserialize;

use super::twilio::Signed;
use super::twiml::Twiml;
use crate::api::Failure;
use crate::api::document::ProblemDocument;
use crate::http::{Problem, QueryOf};
use crate::state::Web;

/// The most characters of a phrase that are read.
const MOST_SPEECH: usize = 500;

/// What we put into the address when the call was placed.
#[derive(Debug, Deserialize)]
pub(crate) struct About {
    message: Option<String>,
}

impl About {
    fn message(&self) -> Option<MessageId> {
        self.message.as_deref()?.parse().ok()
    }
}

/// Which request of a call it is.
#[derive(Debug, Deserialize)]
pub(crate) struct Going {
    step: Option<u32>,
}

/// Somebody calls us: they are known by their number, or by a booking code.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/voice/inbound",
    tag = "hooks",
    security(()),
    params(("X-Twilio-Signature" = String, Header)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "TwiML: what the caller hears, and what they may choose", body = String, content_type = "text/xml"),
        (status = 403, description = "The signature is not right for the address that the outside called", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn somebody_calls(
    State(web): State<Web>,
    signed: Signed,
) -> Result<Twiml, Problem> {
    let Some(request) = request(&signed, "From", 0) else { return Ok(Twiml::silence()) };
    let answer = web.app.caller_speaks(request).await.map_err(Failure)?;
    Ok(twiml(&web, &answer))
}

/// A call goes on: what was pressed or said.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/voice/step",
    tag = "hooks",
    security(()),
    params(
        ("step" = Option<u32>, Query, description = "Which request of the call it is."),
        ("X-Twilio-Signature" = String, Header),
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "TwiML: what the caller hears then", body = String, content_type = "text/xml"),
        (status = 403, description = "The signature is not right for the address that the outside called", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn call_goes_on(
    State(web): State<Web>,
    QueryOf(going): QueryOf<Going>,
    signed: Signed,
) -> Result<Twiml, Problem> {
    let outbound = signed.field("Direction").is_some_and(|way| way.starts_with("outbound"));
    let theirs = if outbound { "To" } else { "From" };
    let step = i64::from(going.step.unwrap_or(1));
    let Some(request) = request(&signed, theirs, step) else { return Ok(Twiml::silence()) };
    let answer = web.app.caller_speaks(request).await.map_err(Failure)?;
    Ok(twiml(&web, &answer))
}

/// A call of ours was taken, by somebody or by a machine.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/voice/outbound",
    tag = "hooks",
    security(()),
    params(
        ("message" = Option<String>, Query, description = "The attempt that it is about."),
        ("X-Twilio-Signature" = String, Header),
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "TwiML: what is said", body = String, content_type = "text/xml"),
        (status = 403, description = "The signature is not right for the address that the outside called", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn call_taken(
    State(web): State<Web>,
    QueryOf(about): QueryOf<About>,
    signed: Signed,
) -> Result<Twiml, Problem> {
    let (Some(request), Some(message)) = (request(&signed, "To", 0), about.message()) else {
        return Ok(Twiml::silence());
    };
    let by = answered_by(signed.field("AnsweredBy").as_deref());
    let answer = web.app.call_taken(request, message, by).await.map_err(Failure)?;
    Ok(answer.map_or_else(Twiml::silence, |answer| twiml(&web, &answer)))
}

/// Takes a report of Twilio on a call.
#[utoipa::path(
    post,
    path = "/callbacks/twilio/voice/status",
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
pub(crate) async fn call_reported(
    State(web): State<Web>,
    QueryOf(about): QueryOf<About>,
    signed: Signed,
) -> Result<StatusCode, Problem> {
    if let Some(report) = report(&about, &signed) {
        web.app.call_reported(report).await.map_err(Failure)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn report(about: &About, signed: &Signed) -> Option<CallReport> {
    Some(CallReport {
        message: about.message()?,
        provider_id: signed.field("CallSid")?,
        status: signed.field("CallStatus")?,
        payload: signed.payload(),
    })
}

/// One request of a call. A withheld number is a word such as `anonymous`.
fn request(signed: &Signed, theirs: &str, step: i64) -> Option<CallRequest> {
    let phone = signed.field(theirs).and_then(|number| Phone::parse(&number, None).ok());
    let input = match (signed.field("Digits"), signed.field("SpeechResult")) {
        (Some(keys), _) => Input::Keys(keys.chars().take(MOST_SPEECH).collect()),
        (None, Some(phrase)) => Input::Speech(phrase.chars().take(MOST_SPEECH).collect()),
        (None, None) => Input::Silence,
    };
    let sid = signed.field("CallSid")?;
    Some(CallRequest { sid, phone: phone.map(|phone| phone.to_string()), step, input })
}

/// What cannot be told is taken for a person: nobody is hung up on.
fn answered_by(word: Option<&str>) -> AnsweredBy {
    match word {
        Some("fax") => AnsweredBy::Fax,
        Some(word) if word.starts_with("machine") => AnsweredBy::Machine,
        Some(_) | None => AnsweredBy::Person,
    }
}

fn twiml(web: &Web, answer: &CallAnswer) -> Twiml {
    let path = format!("/callbacks/twilio/voice/step?step={}", answer.next);
    Twiml::call(&answer.says, &web.app.settings().url(&path))
}
