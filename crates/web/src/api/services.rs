//! `/v1/services`: what can be booked. Anybody sees what attendees need; an admin sees, makes and
//! changes whole documents.

use app::App;
use app::key::Scope;
use app::setup::{Kind, PublicService, ServiceDoc};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::{Admin, Anybody};
use super::document::{ProblemDocument, Refused};
use super::failure::Failure;
use super::outside_rules::Changed;
use super::setup::{self, MergePatch};
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::{JsonBody, PathOf, Problem, QueryOf};

/// A service as its caller may see it: whole with an admin's key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ServiceView)]
pub(crate) enum ServiceView {
    /// For an admin.
    Whole(Box<ServiceDoc>),
    /// For everybody else.
    Public(PublicService),
}

fn view(app: &App, caller: Anybody, service: &ServiceDoc) -> ServiceView {
    if caller.may(Scope::Admin) {
        ServiceView::Whole(Box::new(service.clone()))
    } else {
        ServiceView::Public(service.public_view(&app.setup().documents.hosts))
    }
}

/// What can be booked. Hidden services stand in the list only for an admin.
#[utoipa::path(
    get,
    path = "/v1/services",
    tag = "booking",
    security((), ("key" = [])),
    params(ListParameters),
    responses(
        (status = 200, description = "A piece of the list", body = List<ServiceView>),
        (status = 400, response = Refused),
        (status = 429, response = Refused),
    )
)]
pub(crate) async fn list_services(
    State(app): State<App>,
    caller: Anybody,
    list: ListQuery,
) -> Result<Json<List<ServiceView>>, Problem> {
    let mut services = app.setup().documents.services.clone();
    if !caller.may(Scope::Admin) {
        services.retain(|_, service| service.is_listed());
    }
    let piece = setup::piece(&services, &list)?;
    Ok(Json(piece.map(|service| view(&app, caller, &service))))
}

/// What opens a service that is found only with a link.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Opening {
    /// The token of a link to a service that is found only with one.
    link: Option<String>,
}

/// One service.
#[utoipa::path(
    get,
    path = "/v1/services/{service}",
    tag = "booking",
    security((), ("key" = [])),
    params(("service" = String, Path, description = "The service's slug."), Opening),
    responses(
        (status = 200, description = "The service", body = ServiceView),
        (status = 400, response = Refused),
        (status = 404, response = Refused),
        (status = 429, response = Refused),
    )
)]
pub(crate) async fn read_service(
    State(app): State<App>,
    caller: Anybody,
    PathOf(id): PathOf<String>,
    QueryOf(opening): QueryOf<Opening>,
) -> Result<Json<ServiceView>, Problem> {
    let pass = caller.pass(opening.link.as_deref());
    let found = app.find_service(&id, &pass).await.map_err(Failure)?;
    let (setup, _) = found.ok_or_else(Problem::not_found)?;
    let service = setup.documents.services.get(&id).ok_or_else(Problem::not_found)?;
    Ok(Json(view(&app, caller, service)))
}

/// Makes a service.
#[utoipa::path(
    post,
    path = "/v1/services",
    tag = "setup",
    security(("key" = [])),
    request_body = ServiceDoc,
    responses(
        (status = 201, description = "Made", body = Changed<ServiceDoc>, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 409, description = "`already_exists`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_service(
    State(app): State<App>,
    _caller: Admin,
    JsonBody(service): JsonBody<ServiceDoc>,
) -> Result<Response, Problem> {
    setup::create(&app, Kind::Service, service).await
}

/// Changes a service: the members that are given, null for the usual value (RFC 7396).
#[utoipa::path(
    patch,
    path = "/v1/services/{service}",
    tag = "setup",
    security(("key" = [])),
    params(("service" = String, Path, description = "The service's slug.")),
    request_body = MergePatch,
    responses(
        (status = 200, description = "As it is now", body = Changed<ServiceDoc>),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn change_service(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
    JsonBody(patch): JsonBody<MergePatch>,
) -> Result<Response, Problem> {
    setup::change::<ServiceDoc>(&app, Kind::Service, &id, &patch)
        .await
        .map(IntoResponse::into_response)
}

/// Deletes a service that nothing refers to and that has no bookings to come.
#[utoipa::path(
    delete,
    path = "/v1/services/{service}",
    tag = "setup",
    security(("key" = [])),
    params(("service" = String, Path, description = "The service's slug.")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 409, description = "`in_use`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_service(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    setup::delete::<ServiceDoc>(&app, Kind::Service, &id).await
}
