//! JSON bodies: read strictly, checked against the published schema, then made a `T`.

mod fault;
mod read;
mod schema;

use axum::body::Bytes;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, header};
use domain::{Faults, Pointer};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

pub use self::read::read_value;
pub use self::schema::standalone;
use super::problem::{Code, Problem};

/// A request's body as a `T`, or a problem that lists every fault.
///
/// As an `Option` it is `None` for a request without a body and without a content type.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned + ToSchema + 'static,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Code::UnsupportedMediaType));
        }
        let body = body(request, state).await?;
        Ok(Self(read_value(&body).and_then(|value| validate(&value))?))
    }
}

impl<T, S> OptionalFromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned + ToSchema + 'static,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return <Self as FromRequest<S>>::from_request(request, state).await.map(Some);
        }
        let body = body(request, state).await?;
        if body.is_empty() { Ok(None) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
    }
}

/// Checks a value against the schema of `T`, and makes it one.
pub fn validate<T: DeserializeOwned + ToSchema + 'static>(value: &Value) -> Result<T, Faults> {
    schema::check::<T>(value)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        // serde's own words may repeat the value. The schema should have found the fault before:
        // where it cannot, as with a date that no calendar has, the pointer has to do.
        Faults::one(pointer(error.path()), "value", "This value cannot be used here.")
    })
}

/// The body within the route's limit, which the layers have set.
async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let code = Code::of_status(rejection.status()).unwrap_or(Code::InvalidRequest);
        Problem::new(code)
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = kind.unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|parameter| !names_another_charset(parameter))
}

fn names_another_charset(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8")
}

fn pointer(path: &serde_path_to_error::Path) -> Pointer {
    use serde_path_to_error::Segment;
    path.iter().fold(Pointer::root(), |place, segment| match segment {
        Segment::Seq { index } => place.at(index),
        Segment::Map { key } => place.at(key),
        // Neither is a place in the document.
        Segment::Enum { .. } | Segment::Unknown => place,
    })
}
