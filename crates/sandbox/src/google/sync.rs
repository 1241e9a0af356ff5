//! Page and sync tokens: opaque to clients, and bound to what they were handed out for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where the next page goes on. `version` is the calendar's at the first page, so that the sync
/// token behind the last page misses nothing that changed in between.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageToken {
    pub(super) calendar: String,
    pub(super) version: u64,
    pub(super) after: String,
}

/// What a client has seen: everything up to `version`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SyncToken {
    pub(super) calendar: String,
    pub(super) user: String,
    pub(super) shape: String,
    pub(super) version: u64,
}

impl PageToken {
    pub(super) fn write(&self) -> String {
        encode(self)
    }

    pub(super) fn read(token: &str) -> Option<Self> {
        decode(token)
    }
}

impl SyncToken {
    pub(super) fn write(&self) -> String {
        encode(self)
    }

    pub(super) fn read(token: &str) -> Option<Self> {
        decode(token)
    }
}

fn encode(token: &impl Serialize) -> String {
    let json = serde_json::to_vec(token).expect("a token is text and numbers");
    URL_SAFE_NO_PAD.encode(json)
}

fn decode<T: DeserializeOwned>(token: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(token).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_taken_for_the_other_kind() {
        let page =
            PageToken { calendar: "a@example.com".to_owned(), version: 3, after: "x".to_owned() };

        assert_eq!(PageToken::read(&page.write()).as_ref(), Some(&page));
        assert_eq!(SyncToken::read(&page.write()), None);
        assert_eq!(SyncToken::read("not a token"), None);
    }
}
