//! What is wrong, and what to do about it.

use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The command fails.
    Fault,
    /// Somebody should look; the command passes.
    Warning,
}

/// One finding, with the next step for whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) weight: Weight,
    what: String,
    remedy: String,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { weight: Weight::Fault, what: what.into(), remedy: remedy.into() }
    }

    pub(crate) fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.weight {
            Weight::Fault => "fault",
            Weight::Warning => "warning",
        };
        write!(f, "{word}: {}\n  → {}", self.what, self.remedy)
    }
}
