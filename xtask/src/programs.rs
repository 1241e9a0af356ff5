//! Programs of the machine that the tests drive, and the Debian packages that bring them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::fault::Fault;

/// A program that tests cannot do without.
pub(crate) struct Program {
    /// The name of its file.
    pub(crate) name: &'static str,
    /// The Debian package that installs it.
    pub(crate) package: &'static str,
    /// How the tests learn where it is; whoever sets it beforehand chooses the program.
    pub(crate) variable: &'static str,
}

impl Program {
    /// Where the program is: as the environment says, or in the search path.
    pub(crate) fn locate(&self) -> Option<PathBuf> {
        self.chosen().or_else(|| in_search_path(self.name))
    }

    fn chosen(&self) -> Option<PathBuf> {
        environment(self.variable).map(PathBuf::from)
    }
}

/// Makes sure that every program is there, by installing what is missing, and with it a package
/// that is known to be `missing`.
pub(crate) fn ensure(programs: &[Program], missing: Option<&'static str>) -> Result<(), Fault> {
    programs.iter().try_for_each(choice_exists)?;
    let mut packages = packages_missing(programs, Program::locate);
    packages.extend(missing);
    if packages.is_empty() {
        return Ok(());
    }
    install(&packages)?;
    match programs.iter().find(|program| program.locate().is_none()) {
        None => Ok(()),
        Some(program) => Err(Fault::new(
            format!("{} was installed and `{}` is still missing", program.package, program.name),
            format!("name the program's file in `{}`", program.variable),
        )),
    }
}

/// A choice that leads nowhere is a mistake, and the next best program would hide it.
fn choice_exists(program: &Program) -> Result<(), Fault> {
    match program.chosen() {
        Some(file) if !file.is_file() => Err(Fault::new(
            format!("`{}` names {}, which is no file", program.variable, file.display()),
            "name the program's file, or leave the variable unset",
        )),
        Some(_) | None => Ok(()),
    }
}

/// The first file of this name in the search path, or among the programs of servers, which are not
/// in everybody's.
pub(crate) fn in_search_path(name: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The variable, unless it is unset or empty.
pub(crate) fn environment(variable: impl AsRef<OsStr>) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "xtask has no settings but its environment")]
    std::env::var_os(variable).filter(|value| !value.is_empty())
}

fn packages_missing(
    programs: &[Program],
    locate: impl Fn(&Program) -> Option<PathBuf>,
) -> Vec<&'static str> {
    let missing = programs.iter().filter(|program| locate(program).is_none());
    let mut packages: Vec<_> = missing.map(|program| program.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn install(packages: &[&str]) -> Result<(), Fault> {
    let by_hand = by_hand(packages);
    if in_search_path("apt-get").is_none() || !is_root() {
        let wanted = packages.join(", ");
        return Err(Fault::new(format!("the tests need {wanted}"), format!("run `{by_hand}`")));
    }
    println!("installing {} …", packages.join(", "));
    let remedy = format!("run `{by_hand}` and see what it says");
    cargo::run(apt_get().arg("update"), &remedy)?;
    cargo::run(
        apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages),
        &remedy,
    )
}

fn by_hand(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {packages}")
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").current_dir(Path::new("/"));
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: Program = Program { name: "browser", package: "web", variable: "UNSET_BROWSER" };
    const DRIVER: Program = Program { name: "driver", package: "web", variable: "UNSET_DRIVER" };
    const DATABASE: Program = Program { name: "base", package: "sql", variable: "UNSET_BASE" };

    #[test]
    fn a_missing_package_is_named_once() {
        let programs = [BROWSER, DATABASE, DRIVER];

        let present = |program: &Program| (program.name == "base").then(PathBuf::new);
        assert_eq!(packages_missing(&programs, |_| None), ["sql", "web"]);
        assert_eq!(packages_missing(&programs, present), ["web"]);
        assert!(packages_missing(&programs, |_| Some(PathBuf::new())).is_empty());
    }

    #[test]
    fn the_command_to_run_by_hand_names_every_package() {
        assert!(by_hand(&["sql", "web"]).ends_with("install --no-install-recommends sql web"));
    }

    #[test]
    fn the_search_path_is_searched() {
        assert!(in_search_path("cargo").is_some());
        assert_eq!(in_search_path("no-program-has-this-name"), None);
    }
}
