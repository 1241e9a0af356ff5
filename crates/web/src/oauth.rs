//! `/oauth/google`: where a host connects an account, in a browser.

use app::App;
use app::connection::ConsentError;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::http::{Problem, QueryOf, RequestId};
use crate::pages::message::{Consent, MessagePage, Occasion};
use crate::pages::{Frame, Page, Visitor};
use crate::state::Web;

/// The cookie by which a browser is known again when it comes back from the provider.
const COOKIE: &str = "doorstep_consent";

/// How long a person may take at the provider, in seconds; the app knows the same of its state.
const COOKIE_LIFE: u32 = 1_800;

/// A secret of ours has 43 characters.
const LONGEST_COOKIE: usize = 2_000;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/oauth/google/start", get(start))
        .route("/oauth/google/callback", get(come_back))
}

#[derive(Debug, Deserialize)]
struct Ticket {
    ticket: Option<String>,
}

/// `GET /oauth/google/start`: sends the browser to the provider.
async fn start(
    State(web): State<Web>,
    id: RequestId,
    headers: HeaderMap,
    QueryOf(Ticket { ticket }): QueryOf<Ticket>,
) -> Result<Response, Problem> {
    let begun = match web.app.begin_consent(&ticket.unwrap_or_default()).await {
        Ok(begun) => begun,
        Err(error) => return Ok(page(&headers, failed(error, &id))),
    };
    let location =
        HeaderValue::from_str(&begun.location).map_err(|error| Problem::internal(&error))?;
    let cookie = cookie(&begun.cookie, COOKIE_LIFE, web.secure);
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Problem::internal(&error))?;
    let sent = [(header::LOCATION, location), (header::SET_COOKIE, cookie)];
    Ok((StatusCode::FOUND, sent).into_response())
}

#[derive(Debug, Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
}

/// `GET /oauth/google/callback`: takes the provider's answer. The one `GET` that changes something:
/// it needs the browser's cookie and a code that works once.
async fn come_back(
    State(web): State<Web>,
    id: RequestId,
    headers: HeaderMap,
    QueryOf(Answer { state, code }): QueryOf<Answer>,
) -> Result<Response, Problem> {
    let consent = complete(&web.app, &headers, state.as_deref(), code.as_deref()).await;
    let consent = consent.unwrap_or_else(|error| failed(error, &id));
    let mut response = page(&headers, consent);
    let forgotten = cookie("", 0, web.secure);
    let forgotten = HeaderValue::from_str(&forgotten).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().append(header::SET_COOKIE, forgotten);
    Ok(response)
}

async fn complete(
    app: &App,
    headers: &HeaderMap,
    state: Option<&str>,
    code: Option<&str>,
) -> Result<Consent, ConsentError> {
    let (state, cookie) = state.zip(kept(headers)).ok_or(ConsentError::BadState)?;
    let consented = app.complete_consent(state, cookie, code).await?;
    Ok(Consent::Connected { account: consented.account })
}

/// The cookie that the browser kept.
fn kept(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| value.split(';')).map(str::trim);
    let kept = cookies.find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='));
    kept.filter(|cookie| cookie.len() <= LONGEST_COOKIE)
}

/// `Lax`, because the browser comes back from another site.
fn cookie(value: &str, life: u32, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/oauth; Max-Age={life}; HttpOnly; SameSite=Lax{secure}")
}

fn failed(error: ConsentError, id: &RequestId) -> Consent {
    match error {
        ConsentError::BadTicket | ConsentError::BadState => Consent::Expired,
        ConsentError::Denied => Consent::Refused,
        ConsentError::MissingScopes(scopes) => Consent::ScopesMissing { scopes },
        ConsentError::WrongAccount { expected, given } => Consent::WrongAccount { expected, given },
        ConsentError::NotConfigured | ConsentError::Provider(_) | ConsentError::App(_) => {
            tracing::error!(error = %error, "a consent was not completed");
            Consent::Failed { request_id: id.as_str().to_owned() }
        }
    }
}

fn page(headers: &HeaderMap, consent: Consent) -> Response {
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let visitor = Visitor::new(language.unwrap_or_default(), TimeZone::UTC);
    let frame = Frame { visitor, agency: None, embedded: false };
    MessagePage { frame, occasion: Occasion::Consent(consent) }.answer()
}
