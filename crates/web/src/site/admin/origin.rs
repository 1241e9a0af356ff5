//! Whether a form came from our own page: the session's cookie alone does not prove it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method};
use url::Url;

use crate::pages::Page;
use crate::pages::message::{MessagePage, Occasion};
use crate::site::Site;
use crate::site::asked::Asked;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses whatever another site's page made a browser send.
pub(super) async fn ours(
    State(site): State<Site>,
    asked: Asked,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_ours(request.headers(), &site.app.settings().public_url) {
        return next.run(request).await;
    }
    MessagePage { frame: asked.timeless_frame(), occasion: Occasion::ForeignForm }.answer()
}

/// `Sec-Fetch-Site` decides where a browser sends it, which it does over a secure connection. Where
/// it is missing, the origin has to be ours: as configured, or as this request was addressed.
fn is_ours(headers: &HeaderMap, public_url: &Url) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site.as_bytes() == b"same-origin";
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin == public_url.origin().ascii_serialization()
        || (authority.is_some() && authority == text(HOST))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use super::*;

    fn ours(headers: &[(&'static str, &'static str)]) -> bool {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        let headers = headers.iter().map(pair).collect();
        is_ours(&headers, &Url::parse("https://book.agency.example/").unwrap())
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "https://book.agency.example")]));
        assert!(ours(&[("origin", "http://192.0.2.7:8080"), ("host", "192.0.2.7:8080")]));
    }

    #[test]
    fn other_sites_and_senders_that_do_not_say_are_refused() {
        assert!(!ours(&[]));
        assert!(!ours(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://book.agency.example")
        ]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("sec-fetch-site", "none")]));
        assert!(!ours(&[("origin", "null"), ("host", "null")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "book.agency.example")]));
        assert!(!ours(&[("origin", "https://book.agency.example.evil.example")]));
    }
}
