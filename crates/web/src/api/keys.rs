//! `/v1/keys`: API keys. A key's secret is shown once, when it is made.

use app::App;
use app::key::{ApiKey, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{KeyId, people};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Admin;
use super::document::Refused;
use super::failure::{Failure, fault};
use super::times::written;
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::{JsonBody, PathOf, Problem};

/// The most characters of a key's name.
const MOST_NAME: usize = 200;

/// What a key allows; each allows what the one before it does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Scope)]
pub(crate) enum ScopeWord {
    /// Reads.
    Read,
    /// Also books, cancels, moves and marks no-shows.
    Bookings,
    /// Everything.
    Admin,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Read => Self::Read,
            ScopeWord::Bookings => Self::Bookings,
            ScopeWord::Admin => Self::Admin,
        }
    }
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// What it allows.
    scope: ScopeWord,
    /// What its owner calls it.
    #[schema(max_length = 200)]
    name: Option<String>,
}

/// What may be changed of a key. What it allows may not: whoever holds it would not know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyChange {
    /// What its owner calls it; `null` takes its name away.
    #[schema(required, max_length = 200)]
    name: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeKey)]
pub(crate) struct MadeKeyView {
    /// Its identifier.
    id: String,
    /// What to present as `Authorization: Bearer`. It is never shown again.
    key: String,
    /// What it allows.
    scopes: [&'static str; 1],
}

/// A key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView {
    /// Its identifier.
    id: String,
    /// What it allows.
    scopes: [String; 1],
    /// What its owner calls it.
    #[schema(required)]
    name: Option<String>,
    /// When it was made, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            scopes: [key.scope],
            name: key.name,
            created_at: written(key.created_at, &TimeZone::UTC),
        }
    }
}

/// The keys that work, oldest first.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "keys",
    security(("key" = [])),
    params(ListParameters),
    responses(
        (status = 200, description = "A piece of the list", body = List<KeyView>),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn list_keys(
    State(app): State<App>,
    _caller: Admin,
    list: ListQuery,
) -> Result<Json<List<KeyView>>, Problem> {
    let after = list.after::<String>()?.unwrap_or_default();
    let keys = app.list_keys().await.map_err(Failure)?.into_iter().map(KeyView::from);
    let found = keys.filter(|key| key.id > after).take(list.fetch()).collect();
    Ok(Json(List::piece(found, &list, |last: &KeyView| last.id.clone())))
}

/// Makes a key.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "keys",
    security(("key" = [])),
    request_body = NewKey,
    responses(
        (status = 201, description = "Made; the only time the key is seen", body = MadeKeyView, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn create_key(
    State(app): State<App>,
    _caller: Admin,
    JsonBody(body): JsonBody<NewKey>,
) -> Result<Response, Problem> {
    let made = app.create_key(body.scope.into(), name_in(body.name)?).await.map_err(Failure)?;
    let id = made.id.to_string();
    let location = [(header::LOCATION, format!("/v1/keys/{id}"))];
    let view = MadeKeyView { id, key: made.secret, scopes: [made.scope.as_str()] };
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

fn name_in(name: Option<String>) -> Result<Option<String>, Problem> {
    let name = name.map(|name| people::text(&name, MOST_NAME, false)).transpose();
    name.map_err(|error| fault("name", error.code(), &error.to_string()))
}

/// A key, as long as it works.
#[utoipa::path(
    get,
    path = "/v1/keys/{key}",
    tag = "keys",
    security(("key" = [])),
    params(("key" = String, Path, description = "The key's identifier.")),
    responses(
        (status = 200, description = "The key, without its secret", body = KeyView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn read_key(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<Json<KeyView>, Problem> {
    key_of(&app, id_of(&id)?).await
}

/// Gives a key another name.
#[utoipa::path(
    patch,
    path = "/v1/keys/{key}",
    tag = "keys",
    security(("key" = [])),
    params(("key" = String, Path, description = "The key's identifier.")),
    request_body = KeyChange,
    responses(
        (status = 200, description = "The key as it is now", body = KeyView),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn rename_key(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
    JsonBody(body): JsonBody<KeyChange>,
) -> Result<Json<KeyView>, Problem> {
    let id = id_of(&id)?;
    app.rename_key(id, name_in(body.name)?).await.map_err(Failure)?;
    key_of(&app, id).await
}

async fn key_of(app: &App, id: KeyId) -> Result<Json<KeyView>, Problem> {
    let keys = app.list_keys().await.map_err(Failure)?;
    let found = keys.into_iter().find(|key| key.id == id);
    found.map(|key| Json(KeyView::from(key))).ok_or_else(Problem::not_found)
}

/// What is no identifier is not there.
fn id_of(text: &str) -> Result<KeyId, Problem> {
    text.parse().map_err(|_not_an_id| Problem::not_found())
}

/// Makes a key useless, at once.
#[utoipa::path(
    delete,
    path = "/v1/keys/{key}",
    tag = "keys",
    security(("key" = [])),
    params(("key" = String, Path, description = "The key's identifier.")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let revoked = app.revoke_key(id_of(&id)?).await.map_err(Failure)?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
