//! Encryption of what must not be readable in the database or a backup of it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::ids::Ids;

/// Marks how a ciphertext is laid out: version, length of the key's id, the id, nonce, ciphertext.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Why something stored cannot be decrypted. Never answered by a fallback.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It names a key that is not configured.
    #[error("it is encrypted with the key '{0}', which is not among DOORSTEP_SECRET_KEYS")]
    UnknownKey(String),
    /// It was made for another place, was tampered with, or the key is a different one.
    #[error("it cannot be decrypted with its key")]
    NotAuthentic,
    /// It has no layout that this version knows.
    #[error("its layout is not known to this version")]
    Unreadable,
}

/// A key with the id by which ciphertexts name it.
#[derive(Clone)]
pub struct VaultKey {
    /// At most 255 bytes.
    pub id: String,
    /// 256 bits.
    pub key: [u8; 32],
}

/// Encrypts with the first key; decrypts with all.
#[derive(Clone)]
pub struct Vault {
    keys: Vec<VaultKey>,
    ids: Ids,
}

impl Vault {
    /// `None` without any key, or with an id that is too long.
    pub fn new(keys: Vec<VaultKey>, ids: Ids) -> Option<Self> {
        let fits = !keys.is_empty() && keys.iter().all(|key| key.id.len() <= 255);
        fits.then_some(Self { keys, ids })
    }

    /// Encrypts for one place: `place` names the row and field, and decrypts nowhere else.
    pub fn encrypt(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let key = self.keys.first().expect("a vault has a key");
        let nonce: [u8; NONCE] = self.ids.secret();
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a token is far below the cipher's limit");
        let id_length = u8::try_from(key.id.len()).expect("checked when the vault was made");
        let mut out = vec![VERSION, id_length];
        out.extend_from_slice(key.id.as_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Whether something was encrypted with the first key.
    pub fn is_current(&self, stored: &[u8]) -> bool {
        let first = self.keys.first().map(|key| key.id.as_bytes());
        parts(stored).is_some_and(|(id, ..)| Some(id) == first)
    }

    /// Decrypts what was encrypted for this place.
    pub fn decrypt(&self, place: &str, stored: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (id, nonce, sealed) = parts(stored).ok_or(VaultError::Unreadable)?;
        let key = self.keys.iter().find(|key| key.id.as_bytes() == id);
        let unknown = || VaultError::UnknownKey(String::from_utf8_lossy(id).into_owned());
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        cipher(key.ok_or_else(unknown)?)
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_unauthentic| VaultError::NotAuthentic)
    }
}

fn cipher(key: &VaultKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.key.into())
}

fn parts(stored: &[u8]) -> Option<(&[u8], [u8; NONCE], &[u8])> {
    let (&version, rest) = stored.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    (version == VERSION).then_some((id, *nonce, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn vault(ids: &[(&str, u8)]) -> Vault {
        let clock = Clock::frozen("2026-12-01T12:00:00Z".parse().expect("an instant"));
        let key = |(id, byte): &(&str, u8)| VaultKey { id: (*id).to_owned(), key: [*byte; 32] };
        Vault::new(ids.iter().map(key).collect(), Ids::seeded(clock, 1)).expect("keys")
    }

    #[test]
    fn what_is_encrypted_for_one_place_opens_only_there() {
        let vault = vault(&[("a", 1)]);

        let stored = vault.encrypt("connections/1/refresh", b"token");

        assert_eq!(vault.decrypt("connections/1/refresh", &stored), Ok(b"token".to_vec()));
        assert_eq!(vault.decrypt("connections/2/refresh", &stored), Err(VaultError::NotAuthentic));
    }

    #[test]
    fn an_older_key_still_opens_and_an_unknown_one_is_named() {
        let stored = vault(&[("old", 1)]).encrypt("place", b"token");

        assert_eq!(
            vault(&[("new", 2), ("old", 1)]).decrypt("place", &stored),
            Ok(b"token".to_vec())
        );
        let missing = vault(&[("new", 2)]).decrypt("place", &stored);
        assert_eq!(missing, Err(VaultError::UnknownKey("old".to_owned())));
    }

    #[test]
    fn a_changed_or_short_ciphertext_is_refused() {
        let vault = vault(&[("a", 1)]);
        let mut stored = vault.encrypt("place", b"token");
        *stored.last_mut().expect("not empty") ^= 1;

        assert_eq!(vault.decrypt("place", &stored), Err(VaultError::NotAuthentic));
        for cut in 0..20 {
            assert_eq!(
                vault.decrypt("place", &stored[..cut]),
                Err(VaultError::Unreadable),
                "{cut}"
            );
        }
    }
}
