//! The id by which a person, the log and the timeline speak of the same request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};

/// The answer's header. An incoming one is never believed: it would let a client write the ids of
/// others into our log.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes the ids; handed in, as all chance is.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// The id of the request being served. Handlers may extract it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The next id. It goes into a header, so the maker keeps to visible ASCII.
    pub(super) fn next(ids: &RequestIds) -> Self {
        Self(ids().into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `None` when the maker broke its word.
    pub(super) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    /// An empty id where the router runs without its layers, as in a test of one handler.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Self>().cloned();
        Ok(found.unwrap_or_else(|| Self("".into())))
    }
}
