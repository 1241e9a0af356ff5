//! `Idempotency-Key`: the header under which a request may be repeated.

use app::booking::RequestKey;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::people;
use domain::request::MOST_SUBMISSION_ID;
use domain::{Faults, Pointer};

use crate::http::Problem;

/// Its name, also where a fault of it is said to stand.
const NAME: &str = "Idempotency-Key";

/// The key that a request carries, if any.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl IdempotencyKey {
    /// The key that may be repeated by whoever has this scope.
    pub(super) fn in_scope(self, scope: String) -> Option<RequestKey> {
        self.0.map(|key| RequestKey { scope, key, expires_at: None })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all("idempotency-key").iter();
        let (Some(value), rest) = (given.next(), given.next()) else { return Ok(Self(None)) };
        let at = || Pointer::root().at(NAME);
        if rest.is_some() {
            return Err(Faults::one(at(), "repeated", "is given more than once").into());
        }
        let text = value.to_str().unwrap_or("\0");
        let mut faults = Faults::new();
        let read = people::text(text, MOST_SUBMISSION_ID, false);
        let code = read.as_ref().err().map_or("", |error| error.code());
        let key = faults.keep(at(), code, read);
        faults.into_result()?;
        Ok(Self(key))
    }
}
