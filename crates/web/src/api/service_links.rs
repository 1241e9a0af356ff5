//! `/v1/services/{service}/links`: links to services that are found only with one.

use app::App;
use app::service_link::{Pass, USUAL_LIFE, parse_life};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Admin;
use super::document::Refused;
use super::failure::{Failure, fault};
use super::times::written;
use crate::http::{JsonBody, PathOf, Problem};

/// A link to be signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewServiceLink {
    /// For how long it is good, such as `7d`: from one minute to 366 days, a week unless given.
    #[schema(max_length = 32, default = "7d")]
    expires_in: Option<String>,
}

/// A link that was signed. It is stored nowhere, and cannot be taken back before it expires.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceLink)]
pub(crate) struct ServiceLinkView {
    /// The address of the booking page. Its parameter `link` is what slots, holds and bookings
    /// take as `link`.
    url: String,
    /// From when on it opens nothing, in UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Signs a link to a service.
#[utoipa::path(
    post,
    path = "/v1/services/{service}/links",
    tag = "setup",
    security(("key" = [])),
    params(("service" = String, Path, description = "The service's slug.")),
    request_body = NewServiceLink,
    responses(
        (status = 201, description = "Signed", body = ServiceLinkView),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn sign_link(
    State(app): State<App>,
    _caller: Admin,
    PathOf(service): PathOf<String>,
    JsonBody(body): JsonBody<NewServiceLink>,
) -> Result<(StatusCode, Json<ServiceLinkView>), Problem> {
    let found = app.find_service(&service, &Pass::Trusted).await.map_err(Failure)?;
    let (_, id) = found.ok_or_else(Problem::not_found)?;
    let link = app.sign_link(&id, body.life()?);
    let expires_at = written(link.expires_at, &TimeZone::UTC);
    Ok((StatusCode::CREATED, Json(ServiceLinkView { url: link.url, expires_at })))
}

impl NewServiceLink {
    fn life(&self) -> Result<SignedDuration, Problem> {
        let Some(text) = &self.expires_in else { return Ok(USUAL_LIFE) };
        parse_life(text.trim())
            .map_err(|error| fault("expires_in", "not_a_life", &error.to_string()))
    }
}
