//! Google Calendar, Google's OAuth 2.0, Twilio, SMTP, SendGrid and the operators' channels over the wire.
//!
//! What it is for: building one request, sending it once, and reading the answer into a type that
//! says what the caller may do next.
//!
//! What it is not for: rules about bookings, storage, durable retries, token storage, or pacing.
//! Those belong to `domain`, `store` and `app`; here a call is made once and its outcome reported.
//!
//! Invariants:
//! - Every call yields a [`Call`]: the outcome, and the [`Exchange`] that shows an admin what was
//!   said and heard. No exchange, error or `Debug` output carries a token, key or manage link.
//! - A write whose answer was lost is [`ProviderError::OutcomeUnknown`], never a plain failure.
//! - Every answer is bounded in size and time, redirects are never followed, and a hostile answer
//!   ends in an error, not in a panic.
//! - Unknown fields and unknown enum values in answers are tolerated; an unreadable calendar is
//!   unknown, never free.

pub mod alert;
mod error;
mod exchange;
pub mod google;
pub mod holiday_file;
mod http;
pub mod mail;
mod masking;
pub mod probe;
pub mod twilio;

pub use error::{Applied, HttpError, ProviderError, Undeliverable};
pub use exchange::{Call, Exchange};
pub use http::{Http, HttpLimits, HttpSetupError};
