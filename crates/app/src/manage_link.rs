//! The tokens in manage links: whoever has one may change the booking it names.
//!
//! A token is the booking, the attendee and an HMAC over both with the link key. Nothing about it
//! is stored: it can be made again for every message and checked without a look-up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::BookingId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How much of the HMAC is kept: 120 bits, beyond guessing.
pub(crate) const MAC: usize = 15;
/// Booking, position and MAC.
const LENGTH: usize = 16 + 1 + MAC;

/// How many digits a booking code has.
pub(crate) const CODE_DIGITS: usize = 8;

/// The key that manage links are derived from. It outlives rotations of the secret keys.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

/// Whose link it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkHolder {
    /// The booking.
    pub booking: BookingId,
    /// The attendee; the lead is 0.
    pub position: u32,
}

impl LinkKey {
    /// Wraps the key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The token for an attendee's link.
    pub fn token(&self, holder: LinkHolder) -> String {
        let mut bytes = [0; LENGTH];
        bytes[..16].copy_from_slice(holder.booking.uuid().as_bytes());
        bytes[16] = u8::try_from(holder.position).expect("at most 51 attendees");
        let mac = self.mac(&[b"manage-link/1", &bytes[..17]]);
        bytes[17..].copy_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whose link a token is; `None` unless we made it.
    pub fn holder(&self, token: &str) -> Option<LinkHolder> {
        if token.len() != LENGTH.div_ceil(3) * 4 - 1 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (named, mac) = bytes.split_at_checked(17)?;
        if !bool::from(self.mac(&[b"manage-link/1", named]).as_slice().ct_eq(mac)) {
            return None;
        }
        let booking = BookingId::new(Uuid::from_slice(&named[..16]).ok()?);
        Some(LinkHolder { booking, position: u32::from(named[16]) })
    }

    /// The digits by which a caller names a booking. They are no authority beyond a call, in which
    /// few can be tried.
    pub(crate) fn code(&self, booking: BookingId) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length of key works");
        mac.update(b"booking-code/1");
        mac.update(booking.uuid().as_bytes());
        let full = mac.finalize().into_bytes();
        let number = u64::from_be_bytes(*full.first_chunk().expect("SHA-256 is longer"));
        format!("{:08}", number % 100_000_000)
    }

    /// A key for another purpose, which tells nothing about this one.
    pub(crate) fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length of key works");
        mac.update(purpose);
        mac.finalize().into_bytes().into()
    }

    /// What only we can compute of a token's purpose and what it names, in this order.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; MAC] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length of key works");
        for part in parts {
            mac.update(part);
        }
        let full = mac.finalize().into_bytes();
        *full.first_chunk().expect("SHA-256 is longer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_believed() {
        let key = LinkKey::new([7; 32]);
        let holder = LinkHolder { booking: BookingId::new(Uuid::from_u128(42)), position: 3 };

        let token = key.token(holder);

        assert_eq!(key.holder(&token), Some(holder));
        assert_eq!(LinkKey::new([8; 32]).holder(&token), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key.holder(&forged), None, "changed at {place}");
        }
        assert_eq!(key.holder(""), None);
    }
}
