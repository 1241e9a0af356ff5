//! Service accounts: a signed assertion exchanged for an access token of the account it names.
//!
//! The signature is not checked, because no key was ever given to the sandbox; everything the
//! assertion says is.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::State;
use super::accounts::Tokens;
use super::errors::FlatError;
use crate::chance::Ids;

/// The longest time between `iat` and `exp`.
const LONGEST_LIFE: i64 = 3_600;

/// How far `iat` may lie ahead of the clock; five minutes were seen to be accepted.
const CLOCK_SKEW: i64 = 300;

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
    let email = claims.sub.unwrap_or(claims.iss);
    if !google.accounts.contains_key(&email) {
        return Err(FlatError::UNKNOWN_SUBJECT);
    }
    Ok(google.access(&email, scopes, None, now, ids))
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
