//! Service accounts: a signed assertion exchanged for an access token of the account it names.
//!
//! The signature is checked where the account's public key is known; what the assertion says always
//! is.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use super::accounts::Tokens;
use super::errors::FlatError;
use crate::chance::Ids;

/// The longest time between `iat` and `exp`.
const LONGEST_LIFE: i64 = 3_600;

/// How far `iat` may lie ahead of the clock; five minutes were seen to be accepted.
const CLOCK_SKEW: i64 = 300;

/// The algorithm "RSA" in a `SubjectPublicKeyInfo`, in DER (RFC 3279, section 2.3.1), and the tag of
/// the bit string that follows: the key itself.
const RSA_KEY: [u8; 16] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03,
];

/// A service account that assertions may come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServiceAccount {
    /// An `RSAPublicKey` in DER; without one no signature is checked.
    pub(crate) public_key: Option<Vec<u8>>,
    /// What the Workspace's administrator delegated to it; without a list, everything.
    pub(crate) delegated: Option<BTreeSet<String>>,
}

/// The `RSAPublicKey` in a PEM block "PUBLIC KEY".
pub(super) fn rsa_public_key(pem: &str) -> Option<Vec<u8>> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
    let at = der.windows(RSA_KEY.len()).position(|bytes| bytes == RSA_KEY)?;
    let (length, rest) = der[at + RSA_KEY.len()..].split_first()?;
    // A long form says in how many bytes the length follows; then no bit is unused.
    let skipped = if *length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    let (unused, key) = rest.get(skipped..)?.split_first()?;
    (*unused == 0).then(|| key.to_vec())
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    #[serde(default)]
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
    sub: Option<String>,
}

/// An access token without a refresh token for the account in `sub`, or in `iss` without one.
pub(super) fn exchange(
    google: &mut State,
    assertion: &str,
    now: Timestamp,
    ids: &mut Ids,
) -> Result<Tokens, FlatError> {
    let claims = read(assertion).ok_or(FlatError::INVALID_REQUEST)?;
    let service_account = google.service_accounts.get(&claims.iss);
    let service_account = service_account.ok_or(FlatError::UNKNOWN_SERVICE_ACCOUNT)?;
    check_signature(service_account, assertion)?;
    let now_second = now.as_second();
    let lives = claims.exp.saturating_sub(claims.iat);
    let timely = claims.iat <= now_second.saturating_add(CLOCK_SKEW) && claims.exp > now_second;
    if !timely || !(1..=LONGEST_LIFE).contains(&lives) {
        return Err(FlatError::UNTIMELY_ASSERTION);
    }
    if !claims.aud.ends_with("/token") {
        return Err(FlatError::WRONG_AUDIENCE);
    }
    let scopes: BTreeSet<String> = claims.scope.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(FlatError::EMPTY_SCOPE);
    }
    if service_account.delegated.as_ref().is_some_and(|delegated| !scopes.is_subset(delegated)) {
        return Err(FlatError::NOT_DELEGATED);
    }
    let email = claims.sub.unwrap_or(claims.iss);
    if !google.accounts.contains_key(&email) {
        return Err(FlatError::UNKNOWN_SUBJECT);
    }
    Ok(google.access(&email, scopes, None, now, ids))
}

fn check_signature(service_account: &ServiceAccount, assertion: &str) -> Result<(), FlatError> {
    let Some(key) = &service_account.public_key else { return Ok(()) };
    let (signed, signature) = assertion.rsplit_once('.').ok_or(FlatError::INVALID_REQUEST)?;
    let signature =
        URL_SAFE_NO_PAD.decode(signature).map_err(|_not_base64| FlatError::WRONG_SIGNATURE)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_says_no_more| FlatError::WRONG_SIGNATURE)
}

fn read(assertion: &str) -> Option<Claims> {
    let mut parts = assertion.split('.');
    let (header, claims) = (decode(parts.next()?)?, decode(parts.next()?)?);
    let signed = parts.next().is_some_and(|signature| !signature.is_empty());
    let sound = signed && parts.next().is_none() && header["alg"] == "RS256";
    if sound { serde_json::from_value(claims).ok() } else { None }
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
