//! Who may call the public part of the API from a page of their own.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to its preflight.
const MAX_AGE: Duration = Duration::from_hours(1);

/// The origins that may call us (`DOORSTEP_CORS_ORIGINS`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CorsOrigins {
    /// Every page, without its visitor's cookies.
    #[default]
    Any,
    /// These alone; none means that no foreign page may.
    Only(Vec<HeaderValue>),
}

/// A setting that is not a list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} is not an origin such as https://agency.example")]
pub struct BadOrigin {
    /// Which entry, counted from one.
    pub position: usize,
}

impl CorsOrigins {
    /// Reads `*` or comma-separated origins.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        match text.trim() {
            "*" => Ok(Self::Any),
            "" => Ok(Self::Only(Vec::new())),
            list => {
                let origins = list.split(',').map(origin).enumerate();
                let origins = origins
                    .map(|(index, origin)| origin.ok_or(BadOrigin { position: index + 1 }))
                    .collect::<Result<_, _>>()?;
                Ok(Self::Only(origins))
            }
        }
    }
}

/// The layer for the public calls. It goes outside the rate limit, so that a page can read a 429
/// too, and never allows credentials.
pub fn cors(origins: CorsOrigins) -> CorsLayer {
    let origins = match origins {
        CorsOrigins::Any => AllowOrigin::any(),
        CorsOrigins::Only(list) => AllowOrigin::list(list),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(ALLOWED)
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE)
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const ALLOWED: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::IF_NONE_MATCH, IDEMPOTENCY_KEY, PREFER];

const EXPOSED: [HeaderName; 5] =
    [header::ETAG, header::LOCATION, header::RETRY_AFTER, IDEMPOTENCY_REPLAYED, X_REQUEST_ID];

/// An origin as browsers send it: scheme, host and port, lower-case, without a slash.
fn origin(entry: &str) -> Option<HeaderValue> {
    let url = url::Url::parse(entry.trim()).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    let text = (is_bare && is_web).then(|| url.origin().ascii_serialization())?;
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_send_them() {
        let only = |text: &'static str| Ok(CorsOrigins::Only(vec![HeaderValue::from_static(text)]));

        assert_eq!(CorsOrigins::parse(" * "), Ok(CorsOrigins::Any));
        assert_eq!(CorsOrigins::parse(""), Ok(CorsOrigins::Only(vec![])));
        assert_eq!(CorsOrigins::parse("https://Agency.example/"), only("https://agency.example"));
        assert_eq!(CorsOrigins::parse("http://127.0.0.1:8080"), only("http://127.0.0.1:8080"));
    }

    #[test]
    fn what_is_no_origin_is_refused_with_its_place() {
        for text in ["agency.example", "https://a.example/path", "ftp://a.example", "null", "*.x"] {
            assert_eq!(CorsOrigins::parse(text), Err(BadOrigin { position: 1 }), "{text}");
        }
        let second = CorsOrigins::parse("https://a.example,*");
        assert_eq!(second, Err(BadOrigin { position: 2 }));
    }
}
