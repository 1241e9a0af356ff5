//! `/v1/connections`: accounts at calendar providers.

use app::App;
use app::connection::{Connection, Disconnected, ReachError, ReachableCalendar};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{ConnectionId, Faults, HostId, Pointer, Provider};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::{Admin, Reader};
use super::document::{ProblemDocument, Refused};
use super::failure::Failure;
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::problem::{Code, Problem};
use crate::http::{JsonBody, PathOf, QueryOf};

/// An account to be connected: the one that the host's calendar at that provider names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnection {
    /// Who keeps the calendar. `microsoft` and `caldav` are not supported yet.
    provider: ProviderWord,
    /// The host's slug.
    #[schema(max_length = 64)]
    host: String,
}

/// Who keeps a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProviderWord {
    /// Google Calendar.
    Google,
    /// Microsoft 365 and Outlook.
    Microsoft,
    /// Any server that speaks `CalDAV`.
    CalDav,
}

/// A connection that waits for its host, or that a service account has just tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeConnection)]
pub(crate) struct MadeConnectionView {
    /// Its identifier.
    id: String,
    /// `awaiting_consent`, `healthy`, `degraded` or `revoked`.
    status: String,
    /// Where the host consents, in a browser: good for a week and one success. `null` where a
    /// service account speaks for the account: then nobody has to consent.
    #[schema(required)]
    authorize_url: Option<String>,
}

/// An account at a calendar provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionView {
    /// Its identifier.
    id: String,
    /// `google`.
    provider: String,
    /// The slug of the host whose account it is.
    host: String,
    /// The account's address.
    account: String,
    /// `awaiting_consent`, `healthy`, `degraded` or `revoked`.
    status: String,
    /// Why it is not healthy.
    #[schema(required)]
    reason: Option<String>,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            provider: connection.provider,
            host: connection.host.to_string(),
            account: connection.account,
            status: connection.status,
            reason: connection.reason,
        }
    }
}

/// The connections, oldest first.
#[utoipa::path(
    get,
    path = "/v1/connections",
    tag = "connections",
    security(("key" = [])),
    params(ListParameters),
    responses(
        (status = 200, description = "A piece of the list", body = List<ConnectionView>),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn list_connections(
    State(app): State<App>,
    _caller: Reader,
    list: ListQuery,
) -> Result<Json<List<ConnectionView>>, Problem> {
    let after = list.after::<String>()?.unwrap_or_default();
    let all = app.list_connections().await.map_err(Failure)?.into_iter();
    let views = all.map(ConnectionView::from).filter(|view| view.id > after);
    let found = views.take(list.fetch()).collect();
    Ok(Json(List::piece(found, &list, |last: &ConnectionView| last.id.clone())))
}

/// Begins to connect the account of a host's calendar. Asking again answers a fresh link to the
/// same connection. With a service account nobody has to consent: it asks for a token at once, also
/// where it was refused before, and `status` says what came of it.
#[utoipa::path(
    post,
    path = "/v1/connections",
    tag = "connections",
    security(("key" = [])),
    request_body = NewConnection,
    responses(
        (status = 201, description = "Waiting for the host, or tried by the service account", body = MadeConnectionView, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn create_connection(
    State(app): State<App>,
    _caller: Admin,
    JsonBody(body): JsonBody<NewConnection>,
) -> Result<Response, Problem> {
    let (host, account) = body.parse(&app)?;
    let (connection, authorize_url) = app.connect(host, account).await.map_err(Failure)?;
    let id = connection.id.to_string();
    let location = [(header::LOCATION, format!("/v1/connections/{id}"))];
    let view = MadeConnectionView { id, status: connection.status, authorize_url };
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

impl NewConnection {
    /// The host, and the account that one of their calendars names.
    fn parse(&self, app: &App) -> Result<(HostId, String), Faults> {
        let mut faults = Faults::new();
        let at = |member: &str| Pointer::root().at(member);
        if self.provider != ProviderWord::Google {
            let message = "is not supported by this version";
            faults.add(at("provider"), "not_supported_yet", message);
        }
        let setup = app.setup();
        let host = self.host.parse().ok().filter(|id| setup.setup.host(id).is_some());
        if host.is_none() {
            faults.add(at("host"), "unknown_host", "no host has this id");
        }
        let account = host.as_ref().and_then(|host| {
            let mut calendars = setup.setup.calendars_of(host);
            calendars.find(|calendar| calendar.provider == Provider::Google)
        });
        if host.is_some() && account.is_none() {
            let message = "has no Google calendar in the setup; make one first";
            faults.add(at("host"), "no_calendar", message);
        }
        let found = host.clone().zip(account.map(|calendar| calendar.account.clone()));
        faults.into_result()?;
        Ok(found.expect("what was not found has a fault"))
    }
}

/// One connection.
#[utoipa::path(
    get,
    path = "/v1/connections/{connection}",
    tag = "connections",
    security(("key" = [])),
    params(("connection" = String, Path, description = "The connection's identifier.")),
    responses(
        (status = 200, description = "The connection", body = ConnectionView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn read_connection(
    State(app): State<App>,
    _caller: Reader,
    PathOf(id): PathOf<String>,
) -> Result<Json<ConnectionView>, Problem> {
    let found = app.find_connection(id_of(&id)?).await.map_err(Failure)?;
    Ok(Json(found.ok_or_else(Problem::not_found)?.into()))
}

/// How a connection is parted from.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parting {
    /// Also while events in its calendars still have to be looked after.
    force: Option<bool>,
}

/// Forgets a connection and gives its grant back to the provider. Refused with `in_use` while events
/// of bookings in its calendars still have to be changed or deleted, unless `force=true`.
#[utoipa::path(
    delete,
    path = "/v1/connections/{connection}",
    tag = "connections",
    security(("key" = [])),
    params(("connection" = String, Path, description = "The connection's identifier."), Parting),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, response = Refused),
    )
)]
pub(crate) async fn delete_connection(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
    QueryOf(parting): QueryOf<Parting>,
) -> Result<StatusCode, Problem> {
    match app.disconnect(id_of(&id)?, parting.force.unwrap_or(false)).await.map_err(Failure)? {
        Disconnected::Gone => Ok(StatusCode::NO_CONTENT),
        Disconnected::NotFound => Err(Problem::not_found()),
        Disconnected::InUse { calendar } => Err(Problem::new(Code::InUse).detail(format!(
            "The calendar '{calendar}' has events of bookings that still have to be looked after. \
             Cancel or move them first, or repeat the call with force=true: what those events \
             still need is then left to you."
        ))),
    }
}

/// A calendar that an account has in its list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReachableCalendar)]
pub(crate) struct ReachableCalendarView {
    /// The provider's name for it: what a calendar's member `calendar` takes.
    id: String,
    /// What its owner calls it.
    title: String,
    /// Its IANA zone.
    #[schema(required)]
    timezone: Option<String>,
    /// Whether it is the account's own.
    primary: bool,
    /// Whether events can be written to it.
    writable: bool,
}

impl From<ReachableCalendar> for ReachableCalendarView {
    fn from(calendar: ReachableCalendar) -> Self {
        let ReachableCalendar { id, title, timezone, primary, writable } = calendar;
        Self { id, title, timezone, primary, writable }
    }
}

/// The calendars that a connected account can reach, asked of the provider.
#[utoipa::path(
    get,
    path = "/v1/connections/{connection}/calendars",
    tag = "connections",
    security(("key" = [])),
    params(("connection" = String, Path, description = "The connection's identifier.")),
    responses(
        (status = 200, description = "All of them", body = List<ReachableCalendarView>),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, response = Refused),
        (status = 503, description = "Its provider does not answer", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_reachable_calendars(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<Json<List<ReachableCalendarView>>, Problem> {
    let found = app.reachable_calendars(id_of(&id)?).await.map_err(unreachable)?;
    Ok(Json(List::whole(found.into_iter().map(ReachableCalendarView::from).collect())))
}

fn unreachable(error: ReachError) -> Problem {
    match error {
        ReachError::NotFound => Problem::not_found(),
        ReachError::App(error) => Failure(error).into(),
        ReachError::NotConnected => Problem::new(Code::NotConnected),
        ReachError::Provider(_) | ReachError::NotConfigured(_) => {
            super::failure::calendar_unavailable()
        }
    }
}

fn id_of(text: &str) -> Result<ConnectionId, Problem> {
    text.parse().map_err(|_not_an_id| Problem::not_found())
}
