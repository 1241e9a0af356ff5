//! Scripts that guard a server: they stop it once their standard input ends, however the process at
//! the other end did.

use std::io::{self, BufRead};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Owner;

/// Prepares a script to run in `folder` as `owner`.
pub(crate) fn guarded<'a>(
    script: &'a mut Command,
    folder: &Path,
    owner: Option<Owner>,
) -> &'a mut Command {
    script.current_dir(folder).env("LC_ALL", "C");
    // Ctrl-C is for the tests; the server goes when they have gone.
    script.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(owner) = owner {
        script.uid(owner.user).gid(owner.group);
    }
    script
}

/// `ready`, or everything that was said instead of it.
pub(crate) fn said(mut output: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    while text != "ready\n" && output.read_line(&mut text)? > 0 {}
    Ok(text)
}
