//! What commands print: text for people, or JSON for programs.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::Failure;

/// How the caller wants to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Whether JSON was asked for.
    pub(crate) json: bool,
}

impl Output {
    /// Prints text as it is. A reader that has seen enough (`doorstep config | head -1`) is not a
    /// failure.
    #[expect(clippy::unused_self, reason = "all printing goes through here")]
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Prints a line.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        self.text(&format!("{text}\n"))
    }

    /// Prints `value` as JSON, or what `text` says.
    pub(crate) fn either(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.line(&serde_json::to_string_pretty(value)?)
        } else {
            self.text(&text())
        }
    }
}
