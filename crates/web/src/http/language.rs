//! `Accept-Language` (RFC 9110, 12.5.4): the language that a caller likes best among ours.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use domain::Language;

/// The language, if the caller names one that we speak. Never refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liked(pub Option<Language>);

impl<S: Send + Sync> FromRequestParts<S> for Liked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(header.and_then(Language::accepted)))
    }
}
