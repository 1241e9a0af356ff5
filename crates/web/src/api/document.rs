//! `GET /openapi.json`: the description of everything that programs call, made from the handlers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToResponse, ToSchema};

use crate::http::conditional::ETag;

/// What the handlers do not say by themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorstep",
        description = "Turns a booking request into exactly one calendar event, a confirmation on \
                       every channel the attendee gave, and a self-service path to cancel or move \
                       it. Times are RFC 3339 with their offset, zones IANA names.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemDocument), responses(Refused)),
    modifiers(&Key),
    tags(
        (name = "booking", description = "What anybody may call: services, slots, holds, bookings."),
        (name = "bookings", description = "Bookings, with a key."),
        (name = "setup", description = "Hosts, calendars, services and sources."),
        (name = "connections", description = "Accounts at calendar providers."),
        (name = "keys", description = "API keys."),
        (name = "hooks", description = "Forms and providers that call us."),
        (name = "operations", description = "For whoever runs the server."),
    )
)]
pub(crate) struct Description;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key made by `doorstep key create` or `POST /v1/keys`."))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// A request that was not served (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Where the kind of problem is explained.
    #[schema(rename = "type", examples("/problems/slot_taken"))]
    #[serde(rename = "type")]
    kind: String,
    /// What to do next.
    title: String,
    /// The answer's status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened in this case.
    detail: String,
    /// The kind of problem, for programs.
    code: String,
    /// By which the log knows this request.
    request_id: String,
    /// Every fault of the input.
    errors: Option<Vec<FaultDocument>>,
    /// Free slots near the one that could not be had.
    alternatives: Option<Vec<super::AlternativeView>>,
}

/// One fault of an input.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub(crate) struct FaultDocument {
    /// A JSON pointer into the body, or a parameter's name behind a slash.
    pointer: String,
    /// What is wrong, for programs.
    code: String,
    /// What is wrong, for people.
    message: String,
}

/// The request was not served: `code` says why and `title` what to do next.
#[derive(Debug, ToResponse)]
#[response(content_type = "application/problem+json", description = "Not served: see `code`.")]
#[expect(dead_code, reason = "it only makes the published response")]
pub(crate) struct Refused(ProblemDocument);

/// The finished description, as it is served.
#[derive(Clone)]
pub(crate) struct Published {
    json: Arc<str>,
    tag: ETag,
}

impl Published {
    pub(crate) fn new(document: &utoipa::openapi::OpenApi) -> Self {
        let mut document = serde_json::to_value(document).expect("it has only text keys");
        refuse_bodies(&mut document["paths"]);
        drop_null_defaults(&mut document["components"]["schemas"]);
        let json = document.to_string();
        let tag = ETag::of(&json);
        Self { json: json.into(), tag }
    }
}

/// Whatever takes a body refuses one that is too large or of another kind: said here, once.
fn refuse_bodies(paths: &mut Value) {
    let items = paths.as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = items.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
    for operation in operations.filter(|operation| operation["requestBody"].is_object()) {
        for status in ["413", "415"] {
            operation["responses"][status] = json!({ "$ref": "#/components/responses/Refused" });
        }
    }
}

/// What may be left out has no default of `null`, which most of these types would not allow.
fn drop_null_defaults(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            members.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operations",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
pub(crate) async fn openapi(State(published): State<Published>, headers: HeaderMap) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    published.tag.respond(&headers, || (kind, published.json.to_string()).into_response())
}
