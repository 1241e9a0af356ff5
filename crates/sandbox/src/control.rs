//! The control API: JSON below `/_sandbox`, for scripts and for tests in other languages.

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::{Fault, FaultError, FaultId};
use crate::google::{Role, is_address};
use crate::twilio::{Answering, Said};
use crate::{Sandbox, SandboxError, pages, twilio};

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    let faults = get(list_faults).post(add_fault).delete(clear_faults);
    let mut router = Router::new()
        .route("/accounts", get(list_accounts).post(create_account))
        .route("/accounts/{email}/revoke", post(revoke_account))
        .route("/accounts/{email}/calendars", post(create_calendar))
        .route("/service-accounts", post(trust_service_account))
        .route("/google/events", get(list_events))
        .route("/google/share", post(share_calendar))
        .route("/google/expire-sync-tokens", post(expire_sync_tokens))
        .route("/google/page-limit", post(limit_pages))
        .route("/twilio/inbound", post(receive_text))
        .route("/twilio/webhook", post(set_webhook))
        .route("/twilio/voice-webhook", post(set_voice_webhook))
        .route("/twilio/calls", get(list_phone_calls).post(begin_call))
        .route("/twilio/calls/{sid}", post(continue_call))
        .route("/twilio/answering", post(set_answering))
        .route("/twilio/texts", get(list_texts))
        .route("/mail", get(list_mail))
        .route("/mail/event-webhook", post(set_event_webhook))
        .route("/alerts/slack", get(list_said))
        .route("/alerts/pagerduty", get(list_pager_events))
        .route("/calls", get(count_calls))
        .route("/faults", faults)
        .route("/faults/{id}", delete(remove_fault));
    if sandbox.options().advance.is_some() {
        router = router.route("/clock", get(pages::clock::show).post(advance_clock));
    }
    router.layer(axum::middleware::from_fn(pages::same_site)).with_state(sandbox.clone())
}

/// A refusal of the control API: `{"error": "…"}`.
pub(crate) struct ControlError(StatusCode, String);

impl ControlError {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<SandboxError> for ControlError {
    fn from(error: SandboxError) -> Self {
        let unknown = matches!(error, SandboxError::Unknown(_));
        let status = if unknown { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        Self(status, error.to_string())
    }
}

impl From<FaultError> for ControlError {
    fn from(error: FaultError) -> Self {
        Self::bad_request(error.to_string())
    }
}

/// What was sent: JSON from a script, or a form from a page, which is led back to the page.
pub(crate) struct Input<T> {
    pub(crate) value: T,
    pub(crate) from_page: bool,
}

impl<T: DeserializeOwned> FromRequest<Sandbox> for Input<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, sandbox: &Sandbox) -> Result<Self, ControlError> {
        let from_page = is_form(request.headers());
        let body = Bytes::from_request(request, sandbox).await;
        let body = body.map_err(|error| ControlError(error.status(), error.body_text()))?;
        let value = if from_page { from_form(&body) } else { serde_json::from_slice(&body) };
        let value = value.map_err(|error| ControlError::bad_request(error.to_string()))?;
        Ok(Self { value, from_page })
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// A form as JSON: every value is text, and a field that was left empty is not there.
fn from_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let fields = url::form_urlencoded::parse(body).filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
    serde_json::from_value(Value::Object(fields.collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    email: String,
    timezone: String,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

async fn create_account(
    State(sandbox): State<Sandbox>,
    input: Input<NewAccount>,
) -> Result<Response, ControlError> {
    let NewAccount { email, timezone, scopes } = input.value;
    if !is_address(&email) {
        return Err(ControlError::bad_request("email has to be an address"));
    }
    let scopes = scopes.unwrap_or_else(|| vec!["calendar".to_owned()]);
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let known = sandbox.google().accounts().contains(&email);
    let account = sandbox.google().create_account_with(&email, &timezone, &scopes)?;
    if input.from_page {
        return Ok(Redirect::to("/_sandbox").into_response());
    }
    let mut answer =
        serde_json::to_value(account).map_err(|e| ControlError::bad_request(e.to_string()))?;
    answer["token_type"] = "Bearer".into();
    answer["expires_in"] = 3599.into();
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(answer)).into_response())
}

async fn list_accounts(State(sandbox): State<Sandbox>) -> Json<Value> {
    let google = sandbox.google();
    let accounts = google.accounts().into_iter().map(|email| {
        let calendars = google.calendars(&email);
        json!({ "email": email, "calendars": calendars })
    });
    Json(json!({ "items": accounts.collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustedServiceAccount {
    client_email: String,
    #[serde(default)]
    public_key: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

async fn trust_service_account(
    State(sandbox): State<Sandbox>,
    input: Input<TrustedServiceAccount>,
) -> Result<Json<Value>, ControlError> {
    let TrustedServiceAccount { client_email, public_key, scopes } = input.value;
    if !is_address(&client_email) {
        return Err(ControlError::bad_request("client_email has to be an address"));
    }
    let scopes: Option<Vec<&str>> =
        scopes.as_ref().map(|scopes| scopes.iter().map(String::as_str).collect());
    let google = sandbox.google();
    if !google.trust_service_account(&client_email, public_key.as_deref(), scopes.as_deref()) {
        let message = "public_key has to be an RSA key in PEM (\"PUBLIC KEY\")";
        return Err(ControlError::bad_request(message));
    }
    Ok(Json(json!({ "client_email": client_email })))
}

async fn revoke_account(State(sandbox): State<Sandbox>, Path(email): Path<String>) -> StatusCode {
    sandbox.google().revoke_access(&email);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct NewCalendar {
    summary: String,
}

async fn create_calendar(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    input: Input<NewCalendar>,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let id = sandbox.google().create_calendar(&email, &input.value.summary)?;
    Ok((StatusCode::CREATED, Json(json!({ "calendar_id": id }))))
}

#[derive(Deserialize)]
struct CalendarNamed {
    calendar: String,
}

/// Every event the calendar ever had, tombstones included.
async fn list_events(
    State(sandbox): State<Sandbox>,
    Query(query): Query<CalendarNamed>,
) -> Json<Value> {
    let events = sandbox.google().all_events(&query.calendar);
    let items: Vec<Value> = events.into_iter().map(|event| event.resource).collect();
    Json(json!({ "items": items }))
}

#[derive(Deserialize)]
struct Share {
    calendar: String,
    email: String,
    role: Role,
}

async fn share_calendar(
    State(sandbox): State<Sandbox>,
    input: Input<Share>,
) -> Result<StatusCode, ControlError> {
    let Share { calendar, email, role } = input.value;
    sandbox.google().share(&calendar, &email, role)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn expire_sync_tokens(
    State(sandbox): State<Sandbox>,
    input: Input<CalendarNamed>,
) -> StatusCode {
    sandbox.google().expire_sync_tokens(&input.value.calendar);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct PageLimit {
    limit: Option<usize>,
}

async fn limit_pages(State(sandbox): State<Sandbox>, input: Input<PageLimit>) -> StatusCode {
    sandbox.google().limit_pages(input.value.limit);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct InboundText {
    from: String,
    to: String,
    #[serde(default)]
    body: String,
}

async fn receive_text(
    State(sandbox): State<Sandbox>,
    input: Input<InboundText>,
) -> Result<Response, ControlError> {
    let InboundText { from, to, body } = input.value;
    if !twilio::is_e164(&from) || !twilio::is_e164(&to) || body.chars().count() > 1_600 {
        let message = "from and to have to be E.164 numbers, body at most 1600 characters long";
        return Err(ControlError::bad_request(message));
    }
    let received = sandbox.twilio().receive(&from, &to, &body).await;
    if input.from_page {
        return Ok(Redirect::to(&pages::phone::thread_path(&from)).into_response());
    }
    Ok((StatusCode::CREATED, Json(received)).into_response())
}

#[derive(Deserialize)]
struct Webhook {
    url: Option<String>,
}

async fn set_webhook(State(sandbox): State<Sandbox>, input: Input<Webhook>) -> StatusCode {
    sandbox.twilio().set_inbound_webhook(input.value.url);
    StatusCode::NO_CONTENT
}

async fn set_voice_webhook(State(sandbox): State<Sandbox>, input: Input<Webhook>) -> StatusCode {
    sandbox.twilio().set_voice_webhook(input.value.url);
    StatusCode::NO_CONTENT
}

async fn list_phone_calls(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "items": sandbox.twilio().calls() }))
}

#[derive(Deserialize)]
struct NewCall {
    from: String,
    to: String,
}

/// A phone calls one of the account's numbers.
async fn begin_call(
    State(sandbox): State<Sandbox>,
    input: Input<NewCall>,
) -> Result<Response, ControlError> {
    let NewCall { from, to } = input.value;
    if !twilio::is_e164(&from) || !twilio::is_e164(&to) {
        return Err(ControlError::bad_request("from and to have to be E.164 numbers"));
    }
    let call = sandbox.twilio().call(&from, &to).await;
    let call = call.ok_or_else(|| ControlError::bad_request("no webhook is set for calls"))?;
    if input.from_page {
        return Ok(Redirect::to(&pages::phone::thread_path(&from)).into_response());
    }
    Ok((StatusCode::CREATED, Json(call)).into_response())
}

/// What a phone does with a call: exactly one of these.
#[derive(Deserialize)]
struct CallMove {
    answer: Option<Answering>,
    press: Option<String>,
    speak: Option<String>,
    wait: Option<Value>,
    hang_up: Option<Value>,
}

async fn continue_call(
    State(sandbox): State<Sandbox>,
    Path(sid): Path<String>,
    input: Input<CallMove>,
) -> Result<Response, ControlError> {
    let twilio = sandbox.twilio();
    let missing = || ControlError(StatusCode::NOT_FOUND, "there is no such call".to_owned());
    let before = twilio.calls().into_iter().find(|call| call.sid == sid).ok_or_else(missing)?;
    let CallMove { answer, press, speak, wait, hang_up } = input.value;
    if let Some(answering) = answer {
        twilio.take_call(&sid, answering).await;
    } else if let Some(keys) = press {
        twilio.say(&sid, &Said::Keys(keys)).await;
    } else if let Some(words) = speak {
        twilio.say(&sid, &Said::Words(words)).await;
    } else if wait.is_some() {
        twilio.say(&sid, &Said::Nothing).await;
    } else if hang_up.is_some() {
        twilio.hang_up(&sid).await;
    }
    if input.from_page {
        return Ok(Redirect::to(&pages::phone::thread_path(before.phone())).into_response());
    }
    let call = twilio.calls().into_iter().find(|call| call.sid == sid);
    Ok(Json(call).into_response())
}

#[derive(Deserialize)]
struct NewAnswering {
    number: String,
    answer: Option<Answering>,
}

async fn set_answering(State(sandbox): State<Sandbox>, input: Input<NewAnswering>) -> Response {
    let NewAnswering { number, answer } = input.value;
    sandbox.twilio().set_answering(&number, answer);
    if input.from_page {
        return Redirect::to(&pages::phone::thread_path(&number)).into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn set_event_webhook(State(sandbox): State<Sandbox>, input: Input<Webhook>) -> StatusCode {
    sandbox.mail().set_event_webhook(input.value.url);
    StatusCode::NO_CONTENT
}

async fn list_texts(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "items": sandbox.twilio().texts() }))
}

async fn list_mail(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "items": sandbox.mail().messages() }))
}

async fn list_said(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "items": sandbox.alerts().slack() }))
}

async fn list_pager_events(State(sandbox): State<Sandbox>) -> Json<Value> {
    let alerts = sandbox.alerts();
    Json(json!({ "items": alerts.pagerduty(), "open": alerts.open_incidents() }))
}

#[derive(Deserialize)]
struct CallPattern {
    #[serde(rename = "match", default = "anything")]
    pattern: String,
}

fn anything() -> String {
    "*".to_owned()
}

async fn count_calls(
    State(sandbox): State<Sandbox>,
    Query(query): Query<CallPattern>,
) -> Json<Value> {
    Json(json!({ "count": sandbox.calls().count(&query.pattern) }))
}

async fn list_faults(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        return pages::faults::show(&sandbox);
    }
    Json(json!({ "items": sandbox.faults().list() })).into_response()
}

async fn add_fault(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ControlError> {
    if is_form(&headers) {
        sandbox.faults().script(pages::faults::from_form(&body)?)?;
        return Ok(Redirect::to("/_sandbox/faults").into_response());
    }
    let fault: Fault = serde_json::from_slice(&body)
        .map_err(|error| ControlError::bad_request(error.to_string()))?;
    let id = sandbox.faults().script(fault)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn remove_fault(State(sandbox): State<Sandbox>, Path(id): Path<u64>) -> StatusCode {
    let removed = sandbox.faults().remove(FaultId(id));
    if removed { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults().clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Forward {
    by: SignedDuration,
}

/// Forward only: tokens and events that lie in the future of their own clock would be nonsense.
async fn advance_clock(
    State(sandbox): State<Sandbox>,
    input: Input<Forward>,
) -> Result<Response, ControlError> {
    let by = input.value.by;
    if !by.is_positive() || by > SignedDuration::from_hours(24 * 400) {
        return Err(ControlError::bad_request("by has to lie between 1s and 400 days"));
    }
    let Some(advance) = &sandbox.options().advance else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    advance(by);
    if input.from_page {
        return Ok(Redirect::to("/_sandbox/clock").into_response());
    }
    Ok(Json(json!({ "now": sandbox.now() })).into_response())
}
