//! Whether a request comes from where it says: checked on the bytes as received, before anything
//! of them is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Source;
use domain::source::Verification;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a request proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It knows the source's secret.
    Given,
    /// The operator asks for none.
    NotAsked,
    /// It does not know the secret.
    Wrong,
}

impl Proof {
    /// Judges a request by its raw body. `header` gives the value of the header of that name.
    pub fn of<'a>(source: &Source, header: impl Fn(&str) -> Option<&'a [u8]>, body: &[u8]) -> Self {
        let proven = match &source.verify {
            Verification::None => return Self::NotAsked,
            Verification::Header { header: name, secret } => header(name)
                .is_some_and(|presented| presented.ct_eq(secret.expose().as_bytes()).into()),
            Verification::Hmac { header: name, secret } => {
                header(name).is_some_and(|presented| signs(presented, secret.expose(), body))
            }
        };
        if proven { Self::Given } else { Self::Wrong }
    }
}

/// Whether `presented` is the HMAC-SHA256 of the body in hexadecimal or base64. Some senders write
/// `sha256=` in front.
fn signs(presented: &[u8], secret: &str, body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(presented) else { return false };
    let text = text.trim();
    let text = text.strip_prefix("sha256=").unwrap_or(text);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length works");
    mac.update(body);
    let expected = mac.finalize().into_bytes();
    let decoded = hexadecimal(text).or_else(|| STANDARD.decode(text).ok());
    decoded.is_some_and(|decoded| decoded.ct_eq(expected.as_slice()).into())
}

/// The 32 bytes that 64 hexadecimal digits stand for.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if text.len() != 64 {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
