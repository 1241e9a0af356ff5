//! From a page to an HTTP answer: status, and the headers that keep it safe.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};

/// Who may show a page inside one of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Any site: nothing on the page changes what already exists.
    Anybody,
    /// Nobody.
    Nobody,
}

/// A page of ours.
pub trait Page: Template {
    /// The status its visitor's program sees.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// Who may frame it.
    fn framing(&self) -> Framing {
        Framing::Nobody
    }

    /// When it is worth coming back, in seconds.
    fn retry_after(&self) -> Option<u32> {
        None
    }

    /// Renders it. A template that fails to render becomes a bare 500; ours only write to memory.
    fn answer(&self) -> Response {
        let Ok(html) = self.render() else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = (self.status(), headers(self.framing()), Html(html)).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// `same-origin` and not `no-referrer`: both keep a manage link from other sites, but the latter
/// makes browsers send `Origin: null` with our own forms, and the check against forged ones would
/// refuse them.
fn headers(framing: Framing) -> [(HeaderName, HeaderValue); 7] {
    let policy = match framing {
        Framing::Anybody => POLICY_FRAMEABLE,
        Framing::Nobody => POLICY,
    };
    [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (VARY, HeaderValue::from_static("accept-language")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ]
}

const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'; object-src 'none'";
const POLICY_FRAMEABLE: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
                                frame-ancestors *; object-src 'none'";
