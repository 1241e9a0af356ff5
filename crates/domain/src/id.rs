//! Identifiers: slugs that people choose, and prefixed identifiers that we make.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

/// Why a text is not an identifier of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A slug has 1 to 64 characters of `a-z`, `0-9` and `-`.
    #[error("a slug has 1 to 64 characters of a-z, 0-9 and -")]
    NotASlug,
    /// A made identifier has its prefix and 26 characters of Crockford's base 32.
    #[error("an identifier has its prefix and 26 characters")]
    NotAnId,
}

/// A name that people chose for a host, calendar, service or source: `[a-z0-9-]{1,64}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Arc<str>); // Every slot names its host.

impl Slug {
    /// The text of the slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.into())) } else { Err(IdError::NotASlug) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

macro_rules! slug_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Slug);

        impl $name {
            /// The text of the slug.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

slug_id! {
    /// The slug of a [`Host`](crate::Host).
    HostId;
    /// The slug of a [`Calendar`](crate::Calendar).
    CalendarId;
    /// The slug of a [`Service`](crate::Service).
    ServiceId;
    /// The slug of a [`Source`](crate::Source).
    SourceId;
}

impl ServiceId {
    /// What bookings without a service are kept under. A slug is never empty, so that no input can
    /// name it.
    pub fn ad_hoc() -> Self {
        Self(Slug("".into()))
    }

    /// Whether it stands for no service.
    pub fn is_ad_hoc(&self) -> bool {
        self.as_str().is_empty()
    }

    /// As it was stored; `None` for what never is.
    pub fn stored(text: &str) -> Option<Self> {
        if text.is_empty() { Some(Self::ad_hoc()) } else { text.parse().ok() }
    }
}

/// Crockford's base 32 in lower case: no `i`, `l`, `o` or `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 26 characters for 128 bits, most significant first, so that the text sorts like the number.
fn encode(bits: u128) -> String {
    (0..26)
        .map(|place| {
            let index = (bits >> (125 - 5 * place)) & 31;
            char::from(ALPHABET[usize::try_from(index).expect("five bits fit")])
        })
        .collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let index = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some((bits << 5) | u128::try_from(index).ok()?)
    })
}

macro_rules! made_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier with these 128 bits.
            pub fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The identifier's 128 bits, as stored.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), encode(self.0.as_u128()))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bits = text.strip_prefix($prefix).and_then(decode).ok_or(IdError::NotAnId)?;
                Ok(Self(Uuid::from_u128(bits)))
            }
        }
    )*};
}

made_id! {
    /// A booking.
    BookingId = "bkg_";
    /// One start of a group service at one host.
    OccurrenceId = "occ_";
    /// A connection to an account at a provider.
    ConnectionId = "con_";
    /// Something an operator hears of.
    IncidentId = "inc_";
    /// A mass change.
    OperationId = "op_";
    /// An API key; the secret is not part of it.
    KeyId = "key_";
    /// One attempt to tell somebody something.
    MessageId = "msg_";
    /// One entry of a timeline.
    TimelineEntryId = "tle_";
    /// A hold. Whoever knows it may use the hold: it is a secret and never logged.
    HoldId = "hld_";
    /// What a form's webhook sent, as received.
    InboxId = "inb_";
    /// One job.
    JobId = "job_";
    /// One request to us, as in `X-Request-Id`.
    RequestId = "req_";
}

/// The tenant that everything belongs to. HTTP knows only [`WorkspaceId::DEFAULT`] for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceId(pub i64);

impl WorkspaceId {
    /// The workspace that a fresh install has, named `default`.
    pub const DEFAULT: Self = Self(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_id_survives_the_round_trip_and_sorts_like_its_bits() {
        let first = BookingId::new(Uuid::from_u128(1));
        let last = BookingId::new(Uuid::from_u128(u128::MAX));

        assert_eq!(first.to_string(), "bkg_00000000000000000000000001");
        assert_eq!(last.to_string().parse(), Ok(last));
        assert!(first.to_string() < last.to_string());
    }

    #[test]
    fn an_id_of_another_kind_or_size_is_refused() {
        for text in [
            "",
            "bkg_",
            "con_00000000000000000000000001",
            "bkg_80000000000000000000000000",
            "bkg_0000000000000000000000000u",
        ] {
            assert_eq!(text.parse::<BookingId>(), Err(IdError::NotAnId), "{text}");
        }
    }

    #[test]
    fn a_slug_is_lower_case_and_bounded() {
        assert!("123-main-st".parse::<Slug>().is_ok());
        for text in ["", "Main", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(text.parse::<Slug>(), Err(IdError::NotASlug), "{text}");
        }
    }
}
