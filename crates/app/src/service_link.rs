//! Signed links to services that nobody finds without one, `visibility = "link"`.
//!
//! A token is the instant at which it expires and an HMAC over it and the service, with the link
//! key. Nothing about it is stored: it can be checked without a look-up, and cannot be taken back
//! before it expires.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::service::Visibility;
use domain::{Service, ServiceId, length};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use crate::App;
use crate::manage_link::{LinkKey, MAC};

/// How long a link is good for unless somebody says.
pub const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
const SHORTEST_LIFE: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The second at which it expires, and the MAC.
const LENGTH: usize = 8 + MAC;
/// The longest token, in characters.
pub const TOKEN_CHARACTERS: usize = (LENGTH * 4).div_ceil(3);

/// Why a link cannot be good for as long as a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a link is good for a length such as 7d, from 1m to 366d")]
pub struct LifeError;

/// Reads for how long a link is to be good.
pub fn parse_life(text: &str) -> Result<SignedDuration, LifeError> {
    let life = length::parse(text).map_err(|_error| LifeError)?;
    (SHORTEST_LIFE..=LONGEST_LIFE).contains(&life).then_some(life).ok_or(LifeError)
}

/// A link that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLink {
    /// The address of the booking page, with the token as its parameter `link`.
    pub url: String,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

/// By what right somebody asks for a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pass {
    /// None: they find what is open to anybody.
    #[default]
    Nobody,
    /// The token of a link.
    Link(String),
    /// A key that may book, or a form that an administrator set up.
    Trusted,
}

impl Pass {
    /// The right of whoever has this token, or none.
    pub fn of(link: Option<&str>) -> Self {
        link.map_or(Self::Nobody, |token| Self::Link(token.to_owned()))
    }

    /// Whether the service is there for whoever has this.
    pub(crate) fn opens(&self, service: &Service, key: &LinkKey, now: Timestamp) -> bool {
        match (service.visibility, self) {
            (Visibility::Public | Visibility::Hidden, _) | (Visibility::Link, Self::Trusted) => {
                true
            }
            (Visibility::Link, Self::Link(token)) => key.opens_service(&service.id, token, now),
            (Visibility::Link, Self::Nobody) => false,
        }
    }
}

impl LinkKey {
    /// The token that opens a service until a whole second.
    fn service_token(&self, service: &ServiceId, expires_at: Timestamp) -> String {
        let expires = expires_at.as_second().to_be_bytes();
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(&expires);
        bytes[8..].copy_from_slice(&self.service_mac(service, expires));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn opens_service(&self, service: &ServiceId, token: &str, now: Timestamp) -> bool {
        if token.len() != TOKEN_CHARACTERS {
            return false;
        }
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((expires, mac)) = bytes.split_first_chunk::<8>() else { return false };
        let is_ours = self.service_mac(service, *expires).as_slice().ct_eq(mac);
        bool::from(is_ours) && now.as_second() < i64::from_be_bytes(*expires)
    }

    fn service_mac(&self, service: &ServiceId, expires: [u8; 8]) -> [u8; MAC] {
        self.mac(&[b"service-link/1", &expires, service.as_str().as_bytes()])
    }
}

impl App {
    /// Signs a link to a service. It is good for that long, cut to whole seconds.
    pub fn sign_link(&self, service: &ServiceId, life: SignedDuration) -> ServiceLink {
        let expires_at = self.clock().now() + life;
        let expires_at = Timestamp::from_second(expires_at.as_second()).unwrap_or(expires_at);
        let token = self.link_key().service_token(service, expires_at);
        ServiceLink { url: self.settings().url(&path(service, Some(&token))), expires_at }
    }

    /// The path of a service's booking page for somebody who was let in before: with a link, if
    /// the page cannot be found without one.
    pub fn booking_page(&self, service: &ServiceId) -> String {
        let setup = self.setup();
        let known = setup.setup.service(service);
        let needs_link = known.is_some_and(|known| known.visibility == Visibility::Link);
        let token = needs_link
            .then(|| self.link_key().service_token(service, self.clock().now() + USUAL_LIFE));
        path(service, token.as_deref())
    }
}

fn path(service: &ServiceId, token: Option<&str>) -> String {
    match token {
        Some(token) => format!("/book/{service}?link={token}"),
        None => format!("/book/{service}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn service(slug: &str) -> ServiceId {
        slug.parse().unwrap()
    }

    #[test]
    fn a_token_opens_its_own_service_until_it_expires() {
        let key = LinkKey::new([7; 32]);
        let expires: Timestamp = "2026-12-08T16:00:00Z".parse().unwrap();
        let before = expires - SignedDuration::from_nanos(1);

        let token = key.service_token(&service("viewing"), expires);

        assert_eq!(token.len(), TOKEN_CHARACTERS);
        assert!(key.opens_service(&service("viewing"), &token, before));
        assert!(!key.opens_service(&service("viewing"), &token, expires));
        assert!(!key.opens_service(&service("viewing-2"), &token, before));
        assert!(!LinkKey::new([8; 32]).opens_service(&service("viewing"), &token, before));
    }

    #[test]
    fn what_was_cut_or_altered_opens_nothing() {
        let key = LinkKey::new([7; 32]);
        let (now, id) = (Timestamp::UNIX_EPOCH, service("viewing"));
        let token = key.service_token(&id, "2026-12-08T16:00:00Z".parse().unwrap());
        assert!(key.opens_service(&id, &token, now));

        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(!key.opens_service(&id, &forged, now), "changed at {place}");
            assert!(!key.opens_service(&id, &token[..place], now), "cut at {place}");
        }
        assert!(!key.opens_service(&id, &format!("{token}A"), now));
        assert!(!key.opens_service(&id, &"é".repeat(TOKEN_CHARACTERS), now));
    }
}
