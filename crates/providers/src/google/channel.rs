use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::error::ProviderError;

/// A push channel to open. Store it before asking for it: the first notification may come before
/// the answer.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Unique within our Google project, at most 64 characters.
    pub id: String,
    /// Where notifications go; HTTPS with a public certificate.
    pub address: Url,
    /// Comes back with every notification, at most 256 characters: how we know it is Google.
    pub token: SecretString,
    /// How long we want it; Google may choose less.
    pub lifetime: Duration,
}

/// An open push channel. There is no renewal and no listing: keep both ids to stop it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Ours.
    pub id: String,
    /// Google's name for what is watched.
    pub resource_id: String,
    /// When it ends by itself; open another before.
    pub expires_at: Option<Timestamp>,
}

impl NewChannel {
    pub(super) fn to_json(&self) -> Result<Value, ProviderError> {
        let token = self.token.expose_secret();
        if self.id.is_empty() || self.id.len() > 64 || token.len() > 256 {
            let reason = "a channel has an id of at most 64 and a token of at most 256 characters";
            return Err(ProviderError::Invalid { reason });
        }
        Ok(json!({
            "id": self.id,
            "type": "web_hook",
            "address": self.address.as_str(),
            "token": token,
            "params": { "ttl": self.lifetime.as_secs().to_string() },
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireChannel {
    id: String,
    resource_id: String,
    expiration: Option<Value>,
}

impl From<WireChannel> for Channel {
    fn from(wire: WireChannel) -> Self {
        Self {
            id: wire.id,
            resource_id: wire.resource_id,
            expires_at: wire.expiration.as_ref().and_then(expiration),
        }
    }
}

/// Milliseconds since the epoch, as the string of the discovery document or the bare number of
/// the guide.
fn expiration(raw: &Value) -> Option<Timestamp> {
    let millis = raw.as_i64().or_else(|| raw.as_str()?.parse().ok())?;
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expiration_is_read_as_string_and_as_number() {
        for raw in [r#""1796112000000""#, "1796112000000"] {
            let body = format!(r#"{{"id":"c","resourceId":"r","expiration":{raw}}}"#);
            let wire: WireChannel = serde_json::from_str(&body).expect("a channel");

            let channel = Channel::from(wire);

            assert_eq!(channel.expires_at, "2026-12-01T08:00:00Z".parse().ok());
        }
    }
}
