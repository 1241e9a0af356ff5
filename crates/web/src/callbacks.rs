//! `POST /callbacks/twilio/status`: what became of our texts.
//!
//! Twilio signs the address that it called, which is not the one that reaches us behind a proxy.

use app::notification::Report;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::MessageId;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::api::Failure;
use crate::api::document::ProblemDocument;
use crate::http::problem::Code;
use crate::http::{Client, Problem, QueryOf};
use crate::state::Web;

/// More fields than any callback has; Twilio adds new ones without notice.
const MOST_FIELDS: usize = 200;

/// What we put into the address when the text was sent.
#[derive(Debug, Deserialize)]
pub(crate) struct About {
    message: Option<String>,
}

/// Takes a report of Twilio on a text.
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
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    QueryOf(about): QueryOf<About>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let fields = form_urlencoded::parse(&body).into_owned().take(MOST_FIELDS + 1);
    let fields: Vec<(String, String)> = fields.collect();
    let urls = called(&web, client, &uri, &headers);
    let signature = headers.get("x-twilio-signature").and_then(|value| value.to_str().ok());
    let signed =
        signature.is_some_and(|signature| web.app.verify_twilio(&urls, &fields, signature));
    if fields.len() > MOST_FIELDS || !signed {
        warn_of(&urls, &headers);
        return Err(Problem::new(Code::Forbidden));
    }
    if let Some(report) = report(&about, &fields) {
        web.app.message_reported(report).await.map_err(Failure)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The addresses that the outside may have called: at our public origin, and as a proxy that we
/// trust says.
fn called(web: &Web, client: Client, uri: &Uri, headers: &HeaderMap) -> Vec<String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut urls = vec![web.app.settings().url(path)];
    if client.behind_trusted_proxy {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let (Some(scheme), Some(host)) = (said("x-forwarded-proto"), said("x-forwarded-host")) {
            urls.push(format!("{scheme}://{host}{path}"));
        }
    }
    urls
}

/// The one line by which an operator finds a proxy that is set up wrongly. Never the signature.
fn warn_of(urls: &[String], headers: &HeaderMap) {
    let forwarded = headers.iter().filter(|(name, _)| {
        name.as_str().starts_with("x-forwarded-") || name.as_str() == "forwarded"
    });
    let forwarded: Vec<String> =
        forwarded.map(|(name, value)| format!("{name}: {value:?}")).collect();
    tracing::warn!(
        expected = urls.join(" or "),
        forwarded = forwarded.join(", "),
        "a status callback is not signed by Twilio for the address we expect"
    );
}

/// The report, if it is about an attempt of ours.
fn report(about: &About, fields: &[(String, String)]) -> Option<Report> {
    let field =
        |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let message: MessageId = about.message.as_deref()?.parse().ok()?;
    let payload = fields
        .iter()
        .map(|(name, value)| (name.replace('\0', ""), Value::String(value.replace('\0', ""))));
    Some(Report {
        message,
        provider_id: field("MessageSid")?.replace('\0', ""),
        status: field("MessageStatus")?,
        error_code: field("ErrorCode").filter(|code| !code.is_empty()),
        payload: Value::Object(payload.collect()),
    })
}
