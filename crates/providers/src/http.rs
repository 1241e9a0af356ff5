//! The one HTTP client: time limits, a limit on answers, no redirects, everything recorded.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::{HttpError, ProviderError, chain};
use crate::exchange::{Call, Exchange};
use crate::masking::Masker;

/// The longest wait a provider can impose on us with `Retry-After`.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

/// How long and how much one call may take.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// To resolve the name, connect and finish the TLS handshake.
    pub connect: Duration,
    /// Between two reads of the answer.
    pub read: Duration,
    /// For everything together.
    pub total: Duration,
    /// The largest answer read, in bytes; listings of events may take four times as much.
    pub answer_bytes: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(10),
            total: Duration::from_secs(15),
            answer_bytes: 1024 * 1024,
        }
    }
}

/// The HTTP client could not be built: no usable TLS trust store, usually.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct HttpSetupError(#[source] reqwest::Error);

/// The client every HTTP provider is called through. Cheap to clone; one per process.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    limits: HttpLimits,
}

impl Http {
    /// Builds the client and makes `ring` the process's TLS provider unless one is installed.
    pub fn new(limits: HttpLimits) -> Result<Self, HttpSetupError> {
        // It fails only when a provider is there already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .timeout(limits.total)
            .pool_idle_timeout(Duration::from_secs(30))
            .referer(false)
            .build()
            .map_err(HttpSetupError)?;
        Ok(Self { client, limits })
    }

    /// Sends one request once, and reads the answer with `read`.
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        read: impl FnOnce(Answer) -> Result<T, ProviderError>,
    ) -> Call<T> {
        let (answer, mut exchange) = self.send(request).await;
        let outcome = answer.and_then(read);
        if let Err(error) = &outcome {
            exchange.failure = Some(chain(error));
        }
        Call { outcome, exchange }
    }

    async fn send(&self, request: Request) -> (Result<Answer, ProviderError>, Exchange) {
        let masker = Masker::new(request.secrets.iter().cloned());
        let mut exchange = request.exchange(&masker);
        let limit = self.limits.answer_bytes.saturating_mul(request.answer_factor);
        let started = Instant::now();

        let answer = match self.client.execute(request.into_reqwest()).await {
            Ok(response) => Ok(read_answer(response, limit).await),
            Err(error) => Err(not_answered(error)),
        };

        exchange.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Ok(answer) = &answer {
            answer.record(&mut exchange, &masker);
        }
        (answer, exchange)
    }
}

/// Tells a request that never left from one that may have arrived.
fn not_answered(error: reqwest::Error) -> ProviderError {
    let error = error.without_url();
    if error.is_builder() {
        ProviderError::Invalid { reason: "the provider's base URL is not one of HTTP" }
    } else if error.is_connect() {
        ProviderError::NotSent(HttpError::Connect(Box::new(error)))
    } else {
        ProviderError::OutcomeUnknown(broken(error))
    }
}

fn broken(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::TimedOut
    } else {
        HttpError::Broken(Box::new(error.without_url()))
    }
}

async fn read_answer(mut response: reqwest::Response, limit: usize) -> Answer {
    let mut body = Vec::new();
    let cut_short = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                break Some(HttpError::TooLarge { limit });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) => break Some(broken(error)),
        }
    };
    Answer {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body: body.into(),
        cut_short,
    }
}

/// One request, ready to send. Holds secrets, so that it has no `Debug`.
pub(crate) struct Request {
    method: Method,
    url: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
    secrets: Vec<String>,
    answer_factor: usize,
}

enum Body {
    Empty,
    Json(Vec<u8>),
    Form(Vec<(String, String)>),
}

impl Request {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: vec![(ACCEPT, HeaderValue::from_static("application/json"))],
            body: Body::Empty,
            secrets: Vec::new(),
            answer_factor: 1,
        }
    }

    pub(crate) fn json(mut self, body: &serde_json::Value) -> Self {
        self.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        self.body = Body::Json(body.to_string().into_bytes());
        self
    }

    pub(crate) fn form(mut self, fields: Vec<(String, String)>) -> Self {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.headers.push((CONTENT_TYPE, kind));
        self.body = Body::Form(fields);
        self
    }

    /// A header whose value comes from outside, so that it may not be fit for one.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, ProviderError> {
        let value = HeaderValue::from_str(value)
            .map_err(|_fault| ProviderError::Invalid { reason: "a header value is not text" })?;
        self.headers.push((name, value));
        Ok(self)
    }

    /// A literal that must not show up in the exchange.
    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Reads answers larger than usual: listings.
    pub(crate) fn large_answer(mut self) -> Self {
        self.answer_factor = 4;
        self
    }

    fn exchange(&self, masker: &Masker) -> Exchange {
        Exchange {
            method: self.method.to_string(),
            url: masker.url(&self.url),
            request_headers: shown_headers(self.headers.iter().map(|(n, v)| (n, v)), masker),
            request_body: match &self.body {
                Body::Empty => String::new(),
                Body::Json(bytes) => masker.body(bytes),
                Body::Form(fields) => masker.form(fields),
            },
            ..Exchange::default()
        }
    }

    fn into_reqwest(self) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method, self.url);
        request.headers_mut().extend(self.headers);
        *request.body_mut() = match self.body {
            Body::Empty => None,
            Body::Json(bytes) => Some(bytes.into()),
            Body::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                Some(form.extend_pairs(fields).finish().into())
            }
        };
        request
    }
}

/// What came back: always a status, not always a whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) cut_short: Option<HttpError>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON of the expected shape. `what` names it for the error.
    pub(crate) fn json<T: DeserializeOwned>(self, what: &'static str) -> Result<T, ProviderError> {
        if let Some(error) = self.cut_short {
            return Err(ProviderError::OutcomeUnknown(error));
        }
        serde_json::from_slice(&self.body)
            .map_err(|_quotes_the_body| ProviderError::malformed(what))
    }

    /// What `Retry-After` asks for, bounded. A date is read against the answer's own `Date`,
    /// so that our clock does not matter.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let wait = match value.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => until(value, self.headers.get("date")?.to_str().ok()?)?,
        };
        Some(wait.min(LONGEST_RETRY_AFTER))
    }

    fn record(&self, exchange: &mut Exchange, masker: &Masker) {
        exchange.status = Some(self.status);
        exchange.response_headers = shown_headers(self.headers.iter(), masker);
        exchange.response_body = masker.body(&self.body);
    }
}

/// From one HTTP date to another; zero when it lies in the past.
fn until(then: &str, now: &str) -> Option<Duration> {
    let instant = |date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok();
    Some(instant(then)?.duration_since(instant(now)?).try_into().unwrap_or_default())
}

fn shown_headers<'a>(
    headers: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>,
    masker: &Masker,
) -> Vec<(String, String)> {
    headers
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), masker.header(name.as_str(), &text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
            .collect();
        Answer { status: 429, headers, body: Bytes::new(), cut_short: None }
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date_and_is_bounded() {
        let date = ("date", "Tue, 01 Dec 2026 08:00:00 GMT");

        assert_eq!(answer(&[("retry-after", "7")]).retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(
            answer(&[("retry-after", "Tue, 01 Dec 2026 08:01:30 GMT"), date]).retry_after(),
            Some(Duration::from_secs(90))
        );
        assert_eq!(
            answer(&[("retry-after", "Tue, 01 Dec 2026 07:00:00 GMT"), date]).retry_after(),
            Some(Duration::ZERO)
        );
        assert_eq!(
            answer(&[("retry-after", "99999999999")]).retry_after(),
            Some(LONGEST_RETRY_AFTER)
        );
        assert_eq!(answer(&[("retry-after", "soon")]).retry_after(), None);
    }
}
