//! What a form sent.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;

use crate::http::problem::{Code, Problem};
use crate::http::query;
use crate::pages::query::PickerQuery;

/// The fields of a form that were filled in. Read within the limit on bodies; a field that comes
/// twice or is not UTF-8 was sent by no form of ours, and is refused.
#[derive(Debug, Clone)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// A field's text; `None` when it is not there or empty.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A field as it goes back into a page.
    pub(super) fn typed(&self, name: &str) -> String {
        self.field(name).unwrap_or_default().to_owned()
    }

    /// A number or an instant that a form of ours carries hidden.
    pub(super) fn hidden<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, Problem> {
        let read =
            self.field(name).filter(|text| text.len() <= 40).and_then(|text| text.parse().ok());
        let at = || domain::Pointer::root().at(name);
        read.ok_or_else(|| Problem::fault(at(), "invalid", "This is not what our form sends here."))
    }

    /// The parameters that a form and an address share.
    pub(super) fn picker_query(&self) -> PickerQuery {
        PickerQuery::of(&self.0)
    }

    /// Everything that was sent, for the timeline; a link's token is a secret.
    pub(super) fn payload(&self) -> serde_json::Value {
        let open = self.0.iter().filter(|(name, _)| *name != "link");
        open.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Problem::new(Code::UnsupportedMediaType));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            Problem::new(Code::of_status(rejection.status()).unwrap_or(Code::InvalidRequest))
        })?;
        let root = domain::Pointer::root;
        let text = std::str::from_utf8(&body)
            .map_err(|_bytes| Problem::fault(root(), "encoding", "This is not UTF-8 text."))?;
        query::read(text).map(Self).map_err(Problem::invalid_request)
    }
}
