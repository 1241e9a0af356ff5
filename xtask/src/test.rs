//! `cargo xtask test`: every test, with what the tests need beside them.

use std::process::{Command, ExitCode};

use crate::cargo;
use crate::fault::Fault;
use crate::graph::Graph;
use crate::services::Services;

const REMEDY: &str =
    "mend what the output above names; `cargo xtask test NAME` runs one test again";

/// Runs the tests; arguments go to the runner as they are.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match run_all(arguments) {
        Ok(()) => {
            println!("Every test that ran passed.");
            ExitCode::SUCCESS
        }
        Err(faults) => {
            for fault in faults {
                println!("{fault}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run_all(arguments: &[String]) -> Result<(), Vec<Fault>> {
    let graph = Graph::load().map_err(|fault| vec![fault])?;
    let services = Services::start(&graph.root).map_err(|fault| vec![fault])?;
    let commands = commands(&graph, arguments);
    // The documentation is tested even when a test failed: one round shows every fault.
    let faults: Vec<_> = commands
        .into_iter()
        .map(|mut command| {
            let environment = services.environment().iter().map(|(name, path)| (name, path));
            cargo::run(command.envs(environment), REMEDY)
        })
        .filter_map(Result::err)
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// nextest where it is installed, for it isolates tests and names the slow ones; but it does not
/// know the tests in documentation, which `cargo test` runs by itself.
fn commands(graph: &Graph, arguments: &[String]) -> Vec<Command> {
    let nextest = cargo::succeeds(cargo::cargo(&graph.root).args(["nextest", "--version"]));
    let runner: &[&str] = if nextest { &["nextest", "run"] } else { &["test"] };
    let mut tests = cargo::cargo(&graph.root);
    // Cargo takes `--workspace` to outweigh `--package`.
    let scope = (!names_package(arguments)).then_some("--workspace");
    tests.args(runner).arg("--locked").args(scope).args(arguments);
    if !nextest {
        return vec![tests];
    }
    if !arguments.is_empty() {
        println!("The arguments choose among the tests; those in documentation are left out.");
        return vec![tests];
    }
    std::iter::once(tests).chain(documentation_tests(graph)).collect()
}

/// What follows `--` is for the tests themselves.
fn names_package(arguments: &[String]) -> bool {
    let for_cargo = arguments.iter().take_while(|argument| *argument != "--");
    let is_package = |argument: &str| {
        let long = argument
            .strip_prefix("--package")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        long || argument.starts_with("-p")
    };
    for_cargo.map(String::as_str).any(is_package)
}

/// `None` when no crate has a library: Cargo refuses to be asked about nothing. The whole workspace
/// otherwise, as the other tests: for a part of it the dependencies would be compiled once more.
fn documentation_tests(graph: &Graph) -> Option<Command> {
    graph.ours().any(|package| package.has_doc_tests).then(|| {
        let mut command = cargo::cargo(&graph.root);
        command.args(["test", "--doc", "--locked", "--workspace"]);
        command
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Package;

    fn package(name: &str, has_doc_tests: bool) -> Package {
        Package { ours: true, has_doc_tests, ..Package::named(name) }
    }

    #[test]
    fn documentation_is_tested_where_there_is_a_library() {
        let packages = vec![package("library", true), package("program", false)];
        let graph = Graph { root: ".".into(), target: "target".into(), packages };

        let command = documentation_tests(&graph);

        let arguments: Vec<_> = command.iter().flat_map(Command::get_args).collect();
        assert_eq!(arguments, ["test", "--doc", "--locked", "--workspace"]);
    }

    #[test]
    fn without_a_library_there_is_no_documentation_to_test() {
        let graph = Graph {
            root: ".".into(),
            target: "target".into(),
            packages: vec![package("program", false)],
        };

        assert!(documentation_tests(&graph).is_none());
    }

    #[test]
    fn a_named_package_replaces_the_workspace() {
        for (arguments, named) in [
            ("", false),
            ("a_test_name", false),
            ("-p doorstep-store", true),
            ("-pdoorstep-store", true),
            ("--package doorstep-store", true),
            ("--package=doorstep-store", true),
            ("--packages-of-hers", false),
            ("--no-capture -- -p", false),
        ] {
            let arguments: Vec<_> = arguments.split_whitespace().map(str::to_owned).collect();
            assert_eq!(names_package(&arguments), named, "{arguments:?}");
        }
    }
}
