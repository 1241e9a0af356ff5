//! The wired whole for tests: the app against the sandbox over real HTTP and SMTP, on a clock that
//! the test moves.
//!
//! A [`Scenario`] builds everything a test does not care about, speaks in the words of the domain,
//! and checks what is always true when it [`ends`](Scenario::ends).

mod attendee;
mod always;
mod scenario;

pub use attendee::{Wish, request};
pub use scenario::Scenario;
