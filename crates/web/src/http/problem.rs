//! Errors as people and programs read them: RFC 9457 problems.

mod answer;
mod code;

use std::error::Error;
use std::time::Duration;

use domain::{Faults, Pointer};
use serde::Serialize;
use serde_json::{Map, Value};

pub use answer::ProblemPage;
pub(super) use answer::finish;
pub use code::Code;

/// A request that was not served: why, and what to do next.
///
/// Returned from a handler it becomes `application/problem+json`. The layers add the request's id,
/// so that handlers do not carry it.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    faults: Faults,
    retry_after: Option<Duration>,
    members: Map<String, Value>,
}

impl Problem {
    /// A problem of this kind, in its usual words.
    pub fn new(code: Code) -> Self {
        let members = Map::new();
        Self { code, detail: None, faults: Faults::new(), retry_after: None, members }
    }

    /// Bad input: every fault with its pointer.
    pub fn invalid_request(faults: Faults) -> Self {
        Self { faults, ..Self::new(Code::InvalidRequest) }
    }

    /// Bad input with one fault.
    pub fn fault(pointer: Pointer, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid_request(Faults::one(pointer, code, message))
    }

    /// Nothing is at this path.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// No key, or a wrong one.
    pub fn unauthorized() -> Self {
        Self::new(Code::Unauthorized)
    }

    /// A `closed` service whose calendar cannot be read.
    pub fn calendar_unavailable(retry_after: Duration) -> Self {
        Self::new(Code::CalendarUnavailable).retry_after(retry_after)
    }

    /// A move is being written (contract: `Retry-After: 3`).
    pub fn change_in_progress() -> Self {
        Self::new(Code::ChangeInProgress).retry_after(Duration::from_secs(3))
    }

    /// The rate is used up.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        Self::new(Code::TooManyRequests).retry_after(retry_after)
    }

    /// Our fault. The cause goes to the log, under the request's id, and to nobody else.
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %chain(cause), "the request could not be finished");
        Self::new(Code::Internal)
    }

    /// The same problem with a sentence on what happened in this case. It is shown to the caller:
    /// nothing internal, no value that was sent.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same problem with `Retry-After`, rounded up to whole seconds.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The same problem with a member of its own, such as `alternatives`. It cannot replace a
    /// member that every problem has.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.members.insert(name.to_owned(), value);
            }
            // The problem itself matters more than what would have been nice to add to it.
            Err(error) => tracing::error!(error = %error, "left {name} out of a problem"),
        }
        self
    }

    /// What kind of problem it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// When it is worth trying again.
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// What is wrong with the input; empty for other kinds.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        Self::invalid_request(faults)
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
