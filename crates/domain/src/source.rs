//! A configured origin of requests: a form's webhook, how it is verified and how it is read.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::fault::Pointer;
use crate::id::{ServiceId, SourceId};

/// A source.
#[derive(Debug, Clone)]
pub struct Source {
    /// The source's slug, the last part of its hook's address.
    pub id: SourceId,
    /// Which product sends.
    pub kind: SourceKind,
    /// What its requests book, unless the map takes it from the payload.
    pub service: Option<ServiceId>,
    /// The zone of local times in payloads.
    pub timezone: Option<TimeZone>,
    /// How a request proves where it comes from.
    pub verify: Verification,
    /// Where in the payload each part of a request stands.
    pub map: FieldMap,
    /// How `start` is written, in `strptime` notation, when none of the usual forms fits.
    pub start_format: Option<String>,
}

/// The product that sends to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Gravity Forms' Webhooks add-on: JSON or form encoding, values are strings.
    GravityForms,
    /// Any JSON, as the map says.
    Json,
}

impl SourceKind {
    /// The kind's name in the API and the setup file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GravityForms => "gravity_forms",
            Self::Json => "json",
        }
    }
}

/// How a request of a source proves where it comes from.
#[derive(Clone)]
pub enum Verification {
    /// It does not; the operator chose so.
    None,
    /// A header carries a shared secret.
    Header {
        /// The header's name.
        header: String,
        /// What it must carry.
        secret: Secret,
    },
    /// A header carries the hexadecimal or base64 HMAC-SHA256 of the raw body.
    Hmac {
        /// The header's name.
        header: String,
        /// The key of the HMAC.
        secret: Secret,
    },
}

impl std::fmt::Debug for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Header { .. } => "Header",
            Self::Hmac { .. } => "Hmac",
        })
    }
}

/// A shared secret in plain text; it never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for comparing or computing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Where in a payload each part of a request stands: JSON pointers, several of which are joined
/// with a space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMap(pub BTreeMap<Field, Vec<Pointer>>);

/// A part of a request that a map can take from a payload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// What makes a repeated submission recognisable.
    SubmissionId,
    /// The service's slug.
    Service,
    /// When.
    Start,
    /// The lead's name.
    Name,
    /// The lead's address.
    Email,
    /// The lead's number.
    Phone,
    /// The lead's IANA zone.
    Timezone,
    /// The lead's language.
    Locale,
    /// How many come.
    PartySize,
    /// Free text.
    Notes,
    /// An answer that is kept under this name.
    Answer(String),
}
