use serde::Serialize;

use crate::error::ProviderError;

/// Everything one call said and heard, for the booking's timeline.
///
/// Secrets are masked before they get here and each body is cut at 64 KiB. Personal data is kept:
/// only admins read the timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The HTTP method, or `SMTP`.
    pub method: String,
    /// Where it went, without credentials and with secret query values masked.
    pub url: String,
    /// What we sent, in order.
    pub request_headers: Vec<(String, String)>,
    /// What we sent.
    pub request_body: String,
    /// The HTTP status or SMTP reply code, when an answer came.
    pub status: Option<u16>,
    /// What came back, in order.
    pub response_headers: Vec<(String, String)>,
    /// What came back, as far as it was read.
    pub response_body: String,
    /// From the first attempt to connect to the last byte read, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong, causes included; `None` when the call did what was asked.
    pub failure: Option<String>,
}

/// A call's outcome together with the exchange that produced it.
#[derive(Debug)]
pub struct Call<T> {
    /// What came of it.
    pub outcome: Result<T, ProviderError>,
    /// What was said and heard.
    pub exchange: Exchange,
}

impl<T> Call<T> {
    /// The same call with its good outcome translated.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Call<U> {
        Call { outcome: self.outcome.map(f), exchange: self.exchange }
    }

    /// The call that was never made, because the request could not be built.
    pub(crate) fn unsent(error: ProviderError) -> Self {
        let failure = Some(error.to_string());
        Self { outcome: Err(error), exchange: Exchange { failure, ..Exchange::default() } }
    }
}
