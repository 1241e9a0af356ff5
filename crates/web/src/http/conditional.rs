//! Conditional answers: a client that has the newest version is told so in place of getting it
//! again.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A strong validator: equal for equal bytes, and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(HeaderValue);

impl ETag {
    /// The validator of these bytes, or of a text that changes exactly when the answer does.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let digest = Sha256::digest(bytes.as_ref());
        let text = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16]));
        Self(HeaderValue::from_str(&text).expect("base64 in quotes is visible ASCII"))
    }

    /// Whether the client already has this version (`If-None-Match`, compared weakly as RFC 9110
    /// demands there).
    pub fn is_known_to(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(header::IF_NONE_MATCH).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(str::trim).any(|candidate| {
            candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == self.0
        })
    }

    /// 304 for a client that has this version, else what `make` answers; with the validator either
    /// way. `make` is not called for a 304.
    pub fn respond<R: IntoResponse>(
        self,
        headers: &HeaderMap,
        make: impl FnOnce() -> R,
    ) -> Response {
        let mut response = if self.is_known_to(headers) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            make().into_response()
        };
        response.headers_mut().insert(header::ETAG, self.0);
        response
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use super::*;

    fn asking(if_none_match: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_NONE_MATCH, if_none_match.parse().unwrap())])
    }

    #[test]
    fn the_validator_follows_the_bytes() {
        assert_eq!(ETag::of("a"), ETag::of(b"a"));
        assert_ne!(ETag::of("a"), ETag::of("b"));
    }

    #[test]
    fn a_client_with_the_newest_version_is_not_sent_it_again() {
        let tag = ETag::of("slots");
        let own = tag.0.to_str().unwrap().to_owned();

        for known in [own.clone(), format!("W/{own}"), format!("\"x\", {own}"), "*".to_owned()] {
            let response = tag.clone().respond(&asking(&known), || -> Response {
                panic!("the body was made for nothing")
            });
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(response.headers()[header::ETAG], own.as_str());
        }
    }

    #[test]
    fn any_other_client_gets_the_answer_with_its_validator() {
        for headers in [HeaderMap::new(), asking("\"x\""), asking(",,\"")] {
            let response = ETag::of("slots").respond(&headers, || "slots");

            assert_eq!(response.status(), StatusCode::OK);
            assert!(response.headers().contains_key(header::ETAG));
        }
    }
}
