//! What every call to Twilio has in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Twilio;
use super::errors::api_error;
use crate::error::ProviderError;
use crate::exchange::Call;
use crate::http::{Answer, Http, Request};

impl Twilio {
    pub(super) async fn call<T>(
        &self,
        http: &Http,
        request: Result<Request, ProviderError>,
        read: impl FnOnce(Answer) -> Result<T, ProviderError>,
    ) -> Call<T> {
        match request {
            Ok(request) => {
                http.call(request, |answer| {
                    if answer.is_success() { read(answer) } else { Err(api_error(&answer)) }
                })
                .await
            }
            Err(error) => Call::unsent(error),
        }
    }

    pub(super) fn request(
        &self,
        method: Method,
        resource: &str,
        query: &[(&str, &str)],
    ) -> Result<Request, ProviderError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Invalid { reason: "the API's base URL has no path" })?
            .pop_if_empty()
            .extend(["2010-04-01", "Accounts", &self.account_sid])
            .extend(resource.split('/'));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let token = self.auth_token.expose_secret();
        let basic = STANDARD.encode(format!("{}:{token}", self.account_sid));
        Request::new(method, url)
            .secret(token)
            .secret(&basic)
            .header(AUTHORIZATION, &format!("Basic {basic}"))
    }
}

/// Twilio writes some numbers as text. One that is neither is missing, not a broken answer.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().and_then(|n| n.try_into().ok()),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Twilio's dates are RFC 2822; one that cannot be read is missing, not a broken answer.
pub(super) fn rfc2822<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    Ok(text.and_then(|text| parser.parse_timestamp(&text).ok()))
}
