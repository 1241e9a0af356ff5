//! What is wrong with the settings. A fault names the key and never repeats a value: the value of
//! one key may have been pasted into another.

use std::{error::Error as _, fmt, io, path::PathBuf};

use super::Key;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The table, or what follows from other settings.
    Default,
    /// `.env`, or the file named by `--config`.
    File,
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        })
    }
}

/// What a well-formed value would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected(pub(super) &'static str);

/// One thing the operator has to change.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigFault {
    /// A value that cannot be read.
    #[error("{key} ({origin}) must be {expected}")]
    Malformed { key: &'static str, origin: Origin, expected: &'static str },
    /// A key with our prefix that means nothing: most often a misspelt one.
    #[error(
        "{name} ({origin}) is not a setting of this version; docs/reference/configuration.md lists them"
    )]
    Unknown { name: String, origin: Origin },
    /// A part of what is only useful as a whole.
    #[error("{key} is missing: {why}")]
    Missing { key: &'static str, why: String },
    /// Two keys that contradict each other.
    #[error("{key} and {other} are both set: {why}")]
    Conflict { key: &'static str, other: &'static str, why: &'static str },
    /// A line of the file that is not a setting.
    #[error("line {line} of the file {problem}")]
    Line { line: usize, problem: &'static str },
    /// The file says two things about one key.
    #[error("{key} stands a second time in line {line} of the file")]
    Repeated { key: &'static str, line: usize },
    /// The file cannot be read.
    #[error("the file {} cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
}

impl ConfigFault {
    pub(super) fn missing(key: &Key, because_of: &Key) -> Self {
        Self::Missing { key: key.name, why: format!("{} is set and needs it", because_of.name) }
    }
}

/// Why the program does not start: every fault, one a line.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ConfigError {
    pub(crate) faults: Vec<ConfigFault>,
}

/// A file of nonsense is not repeated line by line.
const MOST_SHOWN: usize = 50;

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable")?;
        for fault in self.faults.iter().take(MOST_SHOWN) {
            write!(f, "\n  {fault}")?;
            if let Some(source) = fault.source() {
                write!(f, ": {source}")?;
            }
        }
        match self.faults.len().saturating_sub(MOST_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl From<ConfigFault> for ConfigError {
    fn from(fault: ConfigFault) -> Self {
        Self { faults: vec![fault] }
    }
}
