//! Running Cargo and other programs, with their output in place.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::fault::Fault;

/// What Cargo tells a program that it runs about its package, and some build scripts watch: ring is
/// compiled anew whenever one of them changes, and with it whatever speaks TLS.
const OF_OUR_PACKAGE: [&str; 7] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// The Cargo that started us, so that a pinned toolchain stays pinned; as it would run for somebody
/// who types it, so that nothing is compiled twice.
pub(crate) fn cargo(root: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "Cargo names itself in its environment")]
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    for name in OF_OUR_PACKAGE {
        command.env_remove(name);
    }
    command
}

/// Runs a command whose output the reader sees as it appears.
pub(crate) fn run(command: &mut Command, remedy: &str) -> Result<(), Fault> {
    let shown = shown(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Fault::new(format!("`{shown}` ended with {status}"), remedy)),
        Err(error) => Err(Fault::new(format!("`{shown}` did not start: {error}"), remedy)),
    }
}

/// Runs a command and returns what it wrote to standard output.
pub(crate) fn read(command: &mut Command, remedy: &str) -> Result<Vec<u8>, Fault> {
    let shown = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Fault::new(format!("`{shown}` did not start: {error}"), remedy))?;
    if !output.status.success() {
        return Err(Fault::new(format!("`{shown}` ended with {}", output.status), remedy));
    }
    Ok(output.stdout)
}

/// Whether a command runs and succeeds, with nothing shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as somebody would type it: the program's file name, then its arguments.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
