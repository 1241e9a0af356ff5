//! `cargo xtask torture`: builds what does it, and the server that real processes are made of.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::cargo;
use crate::fault::Fault;
use crate::graph::Graph;
use crate::services;

const REMEDY: &str = "the output above shows the shortest way to the broken promise that was found";

/// Tortures; arguments go to the torturer as they are.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match run_once(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run_once(arguments: &[String]) -> Result<(), Fault> {
    let graph = Graph::load()?;
    if arguments.iter().any(|argument| argument == "--postgres") {
        let cluster = services::cluster()?;
        return torture(&graph, arguments, &services::reached(&cluster));
    }
    torture(&graph, arguments, &[])
}

fn torture(
    graph: &Graph,
    arguments: &[String],
    environment: &[(&'static str, OsString)],
) -> Result<(), Fault> {
    let release = arguments.iter().any(|argument| argument == "--release");
    let arguments = arguments.iter().filter(|argument| *argument != "--release");
    // Both in one build: the torturer looks for the server in its own folder.
    let mut build = cargo::cargo(&graph.root);
    build.args(["build", "--locked", "--package", "doorstep-server"]);
    build.args(["--package", "doorstep-scenarios", "--bins"]);
    build.args(release.then_some("--release"));
    cargo::run(&mut build, "mend what the compiler names")?;
    let folder = graph.target.join(if release { "release" } else { "debug" });
    let mut torture = Command::new(folder.join("doorstep-torture"));
    let environment = environment.iter().map(|(name, value)| (name, value));
    cargo::run(torture.args(arguments).envs(environment), REMEDY)
}
