//! What every answer tells a browser about trusting it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The policies, made once at the start. A handler that sets one of these headers keeps its own.
#[derive(Debug, Clone)]
pub(super) struct SecurityHeaders {
    framed: HeaderValue,
    unframed: HeaderValue,
}

/// A form's target that cannot stand in a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a form's target is not an origin such as https://accounts.example")]
pub struct NotAnOrigin;

impl SecurityHeaders {
    /// `form_targets` are origins other than ours that a form may lead to.
    pub(super) fn new(form_targets: &[String]) -> Result<Self, NotAnOrigin> {
        if !form_targets.iter().all(|target| is_origin(target)) {
            return Err(NotAnOrigin);
        }
        let targets = form_targets.join(" ");
        let policy = |ancestors: &str| {
            let text = format!(
                "default-src 'self'; object-src 'none'; base-uri 'none'; \
                 form-action 'self' {targets}; frame-ancestors {ancestors}"
            );
            HeaderValue::from_str(&text).map_err(|_| NotAnOrigin)
        };
        Ok(Self { framed: policy("*")?, unframed: policy("'none'")? })
    }

    pub(super) fn apply(&self, path: &str, headers: &mut HeaderMap) {
        let may_be_framed = path == "/book" || path.starts_with("/book/");
        let policy = if may_be_framed { &self.framed } else { &self.unframed };
        let cache = if headers.contains_key(header::ETAG) { "no-cache" } else { "no-store" };

        set_unless_there(headers, header::CONTENT_SECURITY_POLICY, policy.clone());
        set_unless_there(headers, header::CACHE_CONTROL, HeaderValue::from_static(cache));
        for (name, value) in ALWAYS {
            set_unless_there(headers, name, HeaderValue::from_static(value));
        }
        if !may_be_framed {
            set_unless_there(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
    }
}

const ALWAYS: [(HeaderName, &str); 2] =
    [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "no-referrer")];

fn set_unless_there(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// A scheme and an authority, and nothing that could end the directive.
fn is_origin(target: &str) -> bool {
    let parsed = url::Url::parse(target).map(|url| url.origin().ascii_serialization());
    parsed.is_ok_and(|origin| origin == target.trim_end_matches('/')) && !target.contains(';')
}
