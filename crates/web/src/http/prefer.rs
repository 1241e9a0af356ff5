//! `Prefer` (RFC 7240): how long an answer may wait for the calendar.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// However long a caller would wait, a connection is not held longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What the caller prefers. Preferences that are unknown or cannot be read are ignored, as the
/// RFC demands, so this never refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefer {
    wait: Option<Duration>,
    respond_async: bool,
}

impl Prefer {
    /// Reads every `Prefer` header; of a repeated preference the first counts.
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let mut preferred = Self::default();
        for preference in values.flat_map(|value| value.split(',')) {
            preferred.note(preference);
        }
        preferred
    }

    /// How long this answer may wait: what was asked for, at most [`LONGEST_WAIT`]; nothing with
    /// `respond-async` alone; else the usual.
    pub fn patience(&self, usual: Duration) -> Duration {
        match (self.wait, self.respond_async) {
            (Some(wait), _) => wait.min(LONGEST_WAIT),
            (None, true) => Duration::ZERO,
            (None, false) => usual,
        }
    }

    fn note(&mut self, preference: &str) {
        // Parameters after a semicolon refine preferences that we do not know.
        let preference = preference.split(';').next().unwrap_or_default();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        if name.eq_ignore_ascii_case("respond-async") {
            self.respond_async = true;
        } else if name.eq_ignore_ascii_case("wait") && self.wait.is_none() {
            self.wait = seconds(value);
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// Digits alone; more than fit are simply long.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().map_or(LONGEST_WAIT, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use super::*;

    fn patience_in_seconds(values: &[&'static str]) -> u64 {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", value.parse().unwrap());
        }
        Prefer::of(&headers).patience(Duration::from_secs(10)).as_secs()
    }

    #[test]
    fn the_caller_chooses_within_the_cap() {
        assert_eq!(patience_in_seconds(&[]), 10);
        assert_eq!(patience_in_seconds(&["wait=5"]), 5);
        assert_eq!(patience_in_seconds(&["Wait = \"5\""]), 5);
        assert_eq!(patience_in_seconds(&["wait=0"]), 0);
        assert_eq!(patience_in_seconds(&["wait=31"]), 30);
        assert_eq!(patience_in_seconds(&["wait=99999999999999999999999"]), 30);
    }

    #[test]
    fn respond_async_alone_does_not_wait() {
        assert_eq!(patience_in_seconds(&["respond-async"]), 0);
        assert_eq!(patience_in_seconds(&["respond-async, wait=3"]), 3);
        assert_eq!(patience_in_seconds(&["return=minimal", "Respond-Async; x=1"]), 0);
    }

    #[test]
    fn the_first_counts_and_what_cannot_be_read_is_ignored() {
        assert_eq!(patience_in_seconds(&["wait=2, wait=4", "wait=6"]), 2);
        assert_eq!(patience_in_seconds(&["wait=-1"]), 10);
        assert_eq!(patience_in_seconds(&["wait=soon"]), 10);
        assert_eq!(patience_in_seconds(&["wait", ",,;=", "=5"]), 10);
    }
}
