//! `cargo xtask bench`: builds the server and what measures it, then measures.

use std::process::{Command, ExitCode};

use crate::cargo;
use crate::fault::Fault;
use crate::graph::Graph;

/// Measures; arguments go to the benchmark as they are. A missed aim is no failure.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match run_all(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run_all(arguments: &[String]) -> Result<(), Fault> {
    let graph = Graph::load()?;
    // Both in one build, so that they share their dependencies; the benchmark looks for the server
    // in its own folder.
    let mut build = cargo::cargo(&graph.root);
    build.args(["build", "--release", "--locked"]);
    build.args(["--package", "doorstep-server", "--package", "doorstep-bench"]);
    cargo::run(&mut build, "mend what the compiler names")?;
    let bench = graph.target.join("release").join("doorstep-bench");
    cargo::run(Command::new(bench).args(arguments), "see what the benchmark says above")
}
