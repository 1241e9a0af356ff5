use std::time::Duration;

/// Why a call did not do what was asked, in terms of what the caller may do next.
///
/// `Display` names neither URL, token nor body; `reason` fields are the provider's short codes,
/// reduced to harmless characters. The full answer is in the exchange.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// We would not send this: it breaks a documented limit of the provider.
    #[error("the request breaks a limit of the provider: {reason}")]
    Invalid {
        /// Which limit.
        reason: &'static str,
    },
    /// The provider understood and refused (4xx). Repeating the same request cannot help.
    #[error("the provider refused the request with status {status} ({reason})")]
    Refused {
        /// The HTTP status, or the SMTP reply code.
        status: u16,
        /// The provider's code for it; empty when it gave none.
        reason: String,
        /// The provider's words, for admins: may name a person, so it is not in `Display`.
        message: String,
    },
    /// There is no such thing, or this account may not see it (404).
    #[error("the provider knows no such thing, or hides it from this account")]
    NotFound,
    /// It was deleted, or a token for continuing a listing has expired (410).
    #[error("it is gone at the provider ({reason})")]
    Gone {
        /// Google: `deleted`, `fullSyncRequired` or `updatedMinTooLongAgo`.
        reason: String,
    },
    /// Something with this identity exists already (409).
    #[error("the provider already has something with this identity ({reason})")]
    Conflict {
        /// Google: `duplicate` or `conflict`.
        reason: String,
    },
    /// It has changed since it was read (412).
    #[error("it has changed at the provider since it was read")]
    PreconditionFailed,
    /// Too fast; not applied. Slow down and repeat.
    #[error("the provider asked us to slow down")]
    Throttled {
        /// How long the provider asked to wait, when it said so; at most a day.
        retry_after: Option<Duration>,
    },
    /// An abuse limit of the account or a daily limit: hours, not seconds; not applied.
    #[error("the account has used up its quota")]
    QuotaExceeded,
    /// The access token is not accepted (401): refresh once, then reconnect.
    #[error("the provider no longer accepts the access token")]
    Unauthorized,
    /// The refresh token is dead; the host has to reconnect.
    #[error("the host has to reconnect the account ({reason})")]
    ConnectionRevoked {
        /// For instance `invalid_grant` or `invalid_rapt`.
        reason: String,
    },
    /// Our own client id, secret, key or password is refused. Never the fault of a connection.
    #[error("the provider does not accept our own credentials ({reason})")]
    ClientCredentials {
        /// For instance `invalid_client` or Twilio's `20003`.
        reason: String,
    },
    /// The grant lacks a permission this call needs; the host has to consent again.
    #[error("the host has not granted a permission this call needs")]
    InsufficientScope,
    /// Our account or sender is set up wrongly; nothing goes out until the operator acts.
    #[error("the account at the provider is set up wrongly ({reason})")]
    Misconfigured {
        /// The provider's code.
        reason: String,
    },
    /// This recipient cannot be reached this way; the message was not sent.
    #[error("the message cannot reach this recipient ({cause}, {reason})")]
    Undeliverable {
        /// What to do about the recipient.
        cause: Undeliverable,
        /// The provider's code.
        reason: String,
    },
    /// The provider cannot take it now and did not; repeating later is safe.
    #[error("the provider could not take the request now ({reason})")]
    TryLater {
        /// The provider's code.
        reason: String,
    },
    /// No connection could be made, or it ended before the request was whole: nothing was applied.
    #[error("the provider could not be reached")]
    NotSent(#[source] HttpError),
    /// The request left us and no usable answer came. A write may have been applied; a read was
    /// not readable.
    #[error("the answer was lost; the request may have taken effect")]
    OutcomeUnknown(#[source] HttpError),
}

/// Why a message cannot reach one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undeliverable {
    /// The recipient has opted out of this sender; do not write there again.
    #[error("opted out")]
    OptedOut,
    /// The number or mailbox does not exist or is malformed.
    #[error("no such address")]
    BadAddress,
    /// The number exists but takes no texts; a call may work.
    #[error("not able to receive texts")]
    NotTextable,
    /// The text was filtered; never send the same text again.
    #[error("content refused")]
    Filtered,
}

/// What is known about the effect of a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It had no effect.
    No,
    /// It may have had its effect: look first, or repeat with the same identity.
    Unknown,
}

/// What went wrong beneath the provider's protocol.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Name resolution, TCP or TLS failed before any byte of the request was written.
    #[error("no connection could be made")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A time limit passed after the request had been started.
    #[error("no whole answer came in time")]
    TimedOut,
    /// The connection ended before the whole answer had come.
    #[error("the connection broke before the whole answer came")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer was larger than we read.
    #[error("the answer was larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A status that says nothing about the effect: 5xx, a redirect, or one nobody expects.
    #[error("the answer had status {0}")]
    Status(u16),
    /// The body is not what the provider documents. Holds no part of it: parser messages quote
    /// the text they stumble over, and that may be a token.
    #[error("the answer could not be read ({what})")]
    Malformed {
        /// What was expected.
        what: &'static str,
    },
}

impl ProviderError {
    /// Whether a write may have had its effect all the same.
    pub fn applied(&self) -> Applied {
        match self {
            Self::OutcomeUnknown(_) => Applied::Unknown,
            Self::Invalid { .. }
            | Self::Refused { .. }
            | Self::NotFound
            | Self::Gone { .. }
            | Self::Conflict { .. }
            | Self::PreconditionFailed
            | Self::Throttled { .. }
            | Self::QuotaExceeded
            | Self::Unauthorized
            | Self::ConnectionRevoked { .. }
            | Self::ClientCredentials { .. }
            | Self::InsufficientScope
            | Self::Misconfigured { .. }
            | Self::Undeliverable { .. }
            | Self::TryLater { .. }
            | Self::NotSent(_) => Applied::No,
        }
    }

    /// Whether time alone may cure it, without a change by a person or by our code.
    pub fn transient(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::QuotaExceeded
            | Self::TryLater { .. }
            | Self::NotSent(_)
            | Self::OutcomeUnknown(_) => true,
            Self::Invalid { .. }
            | Self::Refused { .. }
            | Self::NotFound
            | Self::Gone { .. }
            | Self::Conflict { .. }
            | Self::PreconditionFailed
            | Self::Unauthorized
            | Self::ConnectionRevoked { .. }
            | Self::ClientCredentials { .. }
            | Self::InsufficientScope
            | Self::Misconfigured { .. }
            | Self::Undeliverable { .. } => false,
        }
    }

    pub(crate) fn malformed(what: &'static str) -> Self {
        Self::OutcomeUnknown(HttpError::Malformed { what })
    }
}

const REASON_CHARS: usize = 64;

/// A provider's short code, safe to show: other characters and anything longer are dropped.
pub(crate) fn reason_code(raw: &str) -> String {
    raw.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .take(REASON_CHARS)
        .collect()
}

/// An error and everything beneath it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
