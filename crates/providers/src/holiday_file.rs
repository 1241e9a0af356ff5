//! Fetching a holiday calendar that somebody publishes on the web.
//!
//! For an operator's command alone: a server that fetched what its callers name could be made to
//! read what only it can reach.

use reqwest::Method;
use reqwest::header::ACCEPT;
use url::Url;

use crate::error::{HttpError, ProviderError};
use crate::exchange::Call;
use crate::http::{Http, Request};

/// The text at an address that begins with `https`; at most 1 MiB of it.
pub async fn fetch(http: &Http, url: Url) -> Call<String> {
    if url.scheme() != "https" {
        let reason = "a holiday calendar is fetched by https";
        return Call::unsent(ProviderError::Invalid { reason });
    }
    let request = match Request::new(Method::GET, url).header(ACCEPT, "text/calendar") {
        Ok(request) => request,
        Err(error) => return Call::unsent(error),
    };
    http.call(request, |answer| {
        if !answer.is_success() {
            return Err(ProviderError::OutcomeUnknown(HttpError::Status(answer.status)));
        }
        match answer.cut_short {
            Some(error) => Err(ProviderError::OutcomeUnknown(error)),
            None => String::from_utf8(answer.body.to_vec())
                .map_err(|_bytes| ProviderError::malformed("a holiday calendar")),
        }
    })
    .await
}
