//! How a request of a source proves where it comes from.

use std::fmt;

use domain::source::{Secret, Verification};
use domain::{Faults, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reading::Reading;

const MOST_HEADER: usize = 100;
const MOST_SECRET: usize = 1_000;

/// What stands for a secret wherever documents leave the program.
const MASK: &str = "***";

/// A shared secret as documents carry it; it prints itself masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 1_000)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// What stands for a secret in answers and exports.
    pub fn masked() -> Self {
        Self(MASK.to_owned())
    }

    /// Whether this only stands for a secret.
    pub fn is_masked(&self) -> bool {
        self.0 == MASK
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A header and a shared secret. The header is named by `header`, when it carries the secret itself,
/// or by `hmac`, when it carries the HMAC-SHA256 of the raw body in hexadecimal or base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyDoc {
    /// The name of the header that carries the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, examples("X-Form-Secret"))]
    pub header: Option<String>,
    /// The name of the header that carries the HMAC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, examples("X-Signature"))]
    pub hmac: Option<String>,
    /// The secret. Answers and exports show `***`; who sends `***` keeps the secret as it is.
    pub secret: SecretText,
}

impl VerifyDoc {
    /// The verification, or every fault of this part, which stands `at` a place of the input.
    pub(super) fn parse(doc: Option<&Self>, at: &Pointer) -> Result<Verification, Faults> {
        doc.map_or(Ok(Verification::None), |doc| doc.read(at))
    }

    fn read(&self, at: &Pointer) -> Result<Verification, Faults> {
        let mut reading = Reading::new(at);
        let header =
            self.header.as_deref().and_then(|name| header_name(&mut reading, "header", name));
        let hmac = self.hmac.as_deref().and_then(|name| header_name(&mut reading, "hmac", name));
        if self.header.is_some() == self.hmac.is_some() {
            let message = "must have exactly one of `header` and `hmac`";
            reading.fault(at.clone(), "header_or_hmac", message);
        }
        let secret = self.secret(&mut reading);
        let verification = || {
            let secret = secret?;
            match (header, hmac) {
                (Some(header), None) => Some(Verification::Header { header, secret }),
                (None, Some(header)) => Some(Verification::Hmac { header, secret }),
                (Some(_), Some(_)) | (None, None) => None,
            }
        };
        reading.finish(verification())
    }

    fn secret(&self, reading: &mut Reading<'_>) -> Option<Secret> {
        let place = reading.at("secret");
        if self.secret.is_masked() {
            let message = "*** stands for a stored secret, and there is none; write the secret";
            reading.fault(place, "masked_secret", message);
            return None;
        }
        // Not trimmed: a space may belong to it.
        reading.line(place, &self.secret.0, MOST_SECRET)?;
        Some(Secret::new(self.secret.0.clone()))
    }
}

/// A header's name, as RFC 9110 (5.6.2) has it.
fn header_name(reading: &mut Reading<'_>, member: &str, name: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=MOST_HEADER).contains(&name.len()) && name.bytes().all(is_token) {
        return Some(name.to_owned());
    }
    let message = "must be the name of a header, such as X-Form-Secret";
    reading.fault(reading.at(member), "invalid_header", message);
    None
}
