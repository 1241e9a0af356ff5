//! Whether an address of our own answers.

use reqwest::Method;
use url::Url;

use crate::error::{HttpError, ProviderError};
use crate::exchange::Call;
use crate::http::{Http, Request};

/// Reads a page of ours, as somebody outside would.
pub async fn get(http: &Http, url: Url) -> Call<String> {
    http.call(Request::new(Method::GET, url), |answer| {
        if answer.is_success() {
            Ok(String::from_utf8_lossy(&answer.body).into_owned())
        } else {
            Err(ProviderError::OutcomeUnknown(HttpError::Status(answer.status)))
        }
    })
    .await
}
