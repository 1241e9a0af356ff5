//! `/v1/hosts`, `/v1/calendars`, `/v1/sources`: the same objects as in the setup file. Services,
//! which anybody may read, stand in `services`.

mod document;

use std::collections::BTreeMap;

use app::setup::{CalendarDoc, HostDoc, Kind, SourceDoc};
use app::{App, SetupError};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Faults;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::Document;
use super::auth::{Admin, Reader};
use super::document::{ProblemDocument, Refused};
use super::failure::of_setup;
use super::outside_rules::Changed;
use crate::http::json;
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::problem::Code;
use crate::http::{JsonBody, PathOf, Problem};
use crate::state::Web;

/// Members to be changed (RFC 7396): what is given replaces, null takes away, the rest stays. The
/// whole object must be right afterwards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub(crate) struct MergePatch(Map<String, Value>);

/// A piece of the documents, by slug.
pub(super) fn piece<Doc: Document>(
    documents: &BTreeMap<String, Doc>,
    list: &ListQuery,
) -> Result<List<Doc>, Faults> {
    let after = list.after::<String>()?.unwrap_or_default();
    let following = documents.iter().filter(|(id, _)| **id > after).take(list.fetch());
    let found = following.map(|(_, document)| document.shown()).collect();
    Ok(List::piece(found, list, |last: &Doc| last.id().to_owned()))
}

/// Makes an object.
pub(super) async fn create<Doc: Document>(
    app: &App,
    kind: Kind,
    document: Doc,
) -> Result<Response, Problem> {
    let id = document.id().to_owned();
    let change = |documents: &mut _| {
        if Doc::all_mut(documents).contains_key(&id) {
            return Err(SetupError::Exists);
        }
        Doc::all_mut(documents).insert(id.clone(), document.clone());
        Ok(())
    };
    let applied = app.change_object(kind, &id, change).await.map_err(of_setup)?;
    let location = [(header::LOCATION, format!("/v1/{}/{id}", kind.plural()))];
    let made = Changed::new(app, document.shown(), &applied.outside);
    Ok((StatusCode::CREATED, location, Json(made)).into_response())
}

/// Changes an object, and answers it as it is then.
pub(super) async fn change<Doc: Document>(
    app: &App,
    kind: Kind,
    id: &str,
    MergePatch(patch): &MergePatch,
) -> Result<Json<Changed<Doc>>, Problem> {
    let change = |documents: &mut _| {
        let known = Doc::all_mut(documents).get_mut(id).ok_or(SetupError::NotFound)?;
        let mut value = serde_json::to_value(&*known).expect("documents have only text keys");
        merge(&mut value, patch);
        *known = json::validate(&value).map_err(SetupError::Faults)?;
        Ok(())
    };
    let applied = app.change_object(kind, id, change).await.map_err(of_setup)?;
    let setup = app.setup();
    let changed = Doc::all(&setup.documents).get(id).ok_or_else(Problem::not_found)?;
    Ok(Json(Changed::new(app, changed.shown(), &applied.outside)))
}

/// The algorithm of RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(members.remove(name)),
            Value::Object(inner) => merge(members.entry(name).or_insert(Value::Null), inner),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Deletes an object that nothing needs.
pub(super) async fn delete<Doc: Document>(
    app: &App,
    kind: Kind,
    id: &str,
) -> Result<StatusCode, Problem> {
    let change = |documents: &mut _| {
        Doc::all_mut(documents).remove(id).map(drop).ok_or(SetupError::NotFound)
    };
    match app.change_object(kind, id, change).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        // What was right before and is not without it refers to it.
        Err(SetupError::Faults(faults)) => Err(still_named(&faults)),
        Err(error) => Err(of_setup(error)),
    }
}

fn still_named(faults: &Faults) -> Problem {
    let places: Vec<&str> = faults.as_slice().iter().map(|fault| fault.pointer.as_str()).collect();
    Problem::new(Code::InUse).detail(format!("It is still named at {}.", places.join(", ")))
}

/// The five calls on a kind of object.
macro_rules! objects {
    ($($module:ident: $doc:ty, $kind:ident, $what:literal, $list:literal, $one:literal;)*) => {
        /// The routes of all kinds.
        pub(super) fn routes() -> OpenApiRouter<Web> {
            OpenApiRouter::new()$(
                .routes(routes!($module::list, $module::create))
                .routes(routes!($module::read, $module::change, $module::delete))
            )*
        }

        $(mod $module {
            use super::*;

            #[doc = concat!("All ", $what, "s, by slug.")]
            #[utoipa::path(
                get,
                summary = concat!("All ", $what, "s, by slug."),
                path = $list,
                tag = "setup",
                operation_id = concat!("list_", $what, "s"),
                security(("key" = [])),
                params(ListParameters),
                responses(
                    (status = 200, description = "A piece of the list", body = List<$doc>),
                    (status = 400, response = Refused),
                    (status = 401, response = Refused),
                    (status = 403, response = Refused),
                )
            )]
            pub(crate) async fn list(
                State(app): State<App>,
                _caller: Reader,
                list: ListQuery,
            ) -> Result<Json<List<$doc>>, Problem> {
                Ok(Json(piece(<$doc>::all(&app.setup().documents), &list)?))
            }

            #[doc = concat!("Makes a ", $what, ".")]
            #[utoipa::path(
                post,
                summary = concat!("Makes a ", $what, "."),
                path = $list,
                tag = "setup",
                operation_id = concat!("create_", $what),
                security(("key" = [])),
                request_body = $doc,
                responses(
                    (status = 201, description = "Made", body = Changed<$doc>, headers(("Location" = String))),
                    (status = 400, response = Refused),
                    (status = 401, response = Refused),
                    (status = 403, response = Refused),
                    (status = 409, description = "`already_exists`", body = ProblemDocument, content_type = "application/problem+json"),
                )
            )]
            pub(crate) async fn create(
                State(app): State<App>,
                _caller: Admin,
                JsonBody(document): JsonBody<$doc>,
            ) -> Result<Response, Problem> {
                super::create(&app, Kind::$kind, document).await
            }

            #[doc = concat!("One ", $what, ".")]
            #[utoipa::path(
                get,
                summary = concat!("One ", $what, "."),
                path = $one,
                tag = "setup",
                operation_id = concat!("read_", $what),
                security(("key" = [])),
                params(("id" = String, Path, description = "Its slug.")),
                responses(
                    (status = 200, description = "As it is", body = $doc),
                    (status = 401, response = Refused),
                    (status = 403, response = Refused),
                    (status = 404, response = Refused),
                )
            )]
            pub(crate) async fn read(
                State(app): State<App>,
                _caller: Reader,
                PathOf(id): PathOf<String>,
            ) -> Result<Json<$doc>, Problem> {
                let setup = app.setup();
                let found = <$doc>::all(&setup.documents).get(&id).ok_or_else(Problem::not_found)?;
                Ok(Json(found.shown()))
            }

            #[doc = concat!("Changes a ", $what, ": the members that are given (RFC 7396).")]
            #[utoipa::path(
                patch,
                summary = concat!("Changes a ", $what, ": the members that are given (RFC 7396)."),
                path = $one,
                tag = "setup",
                operation_id = concat!("change_", $what),
                security(("key" = [])),
                params(("id" = String, Path, description = "Its slug.")),
                request_body = MergePatch,
                responses(
                    (status = 200, description = "As it is now", body = Changed<$doc>),
                    (status = 400, response = Refused),
                    (status = 401, response = Refused),
                    (status = 403, response = Refused),
                    (status = 404, response = Refused),
                )
            )]
            pub(crate) async fn change(
                State(app): State<App>,
                _caller: Admin,
                PathOf(id): PathOf<String>,
                JsonBody(patch): JsonBody<MergePatch>,
            ) -> Result<Json<Changed<$doc>>, Problem> {
                super::change(&app, Kind::$kind, &id, &patch).await
            }

            #[doc = concat!("Deletes a ", $what, " that nothing refers to.")]
            #[utoipa::path(
                delete,
                summary = concat!("Deletes a ", $what, " that nothing refers to."),
                path = $one,
                tag = "setup",
                operation_id = concat!("delete_", $what),
                security(("key" = [])),
                params(("id" = String, Path, description = "Its slug.")),
                responses(
                    (status = 204, description = "Deleted"),
                    (status = 401, response = Refused),
                    (status = 403, response = Refused),
                    (status = 404, response = Refused),
                    (status = 409, description = "`in_use`", body = ProblemDocument, content_type = "application/problem+json"),
                )
            )]
            pub(crate) async fn delete(
                State(app): State<App>,
                _caller: Admin,
                PathOf(id): PathOf<String>,
            ) -> Result<StatusCode, Problem> {
                super::delete::<$doc>(&app, Kind::$kind, &id).await
            }
        })*
    };
}

objects! {
    hosts: HostDoc, Host, "host", "/v1/hosts", "/v1/hosts/{id}";
    calendars: CalendarDoc, Calendar, "calendar", "/v1/calendars", "/v1/calendars/{id}";
    sources: SourceDoc, Source, "source", "/v1/sources", "/v1/sources/{id}";
}
