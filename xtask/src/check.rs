//! `cargo xtask check`: the rules that a machine can hold, one step each, the quick ones first.
//!
//! Every step runs even when an earlier one found something, so that one round shows it all.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::fault::{Fault, Weight};
use crate::files::{self, Tracked};
use crate::graph::Graph;
use crate::policy::Policy;
use crate::{architecture, bans, cargo, licences, links};

/// What the steps look at, read once.
struct Project {
    root: PathBuf,
    graph: Graph,
    policy: Policy,
    files: Vec<Tracked>,
}

struct Step {
    name: &'static str,
    run: fn(&Project) -> Vec<Fault>,
}

/// A lint of the OpenAPI description belongs here too, between `links` and `format`.
const STEPS: [Step; 8] = [
    Step { name: "architecture", run: |project| architecture::check(&project.graph) },
    Step { name: "licences", run: |project| licences::check(&project.graph, &project.policy) },
    Step { name: "bans", run: |project| bans::check(&project.graph, &project.policy) },
    Step { name: "files", run: |project| files::check(&project.files) },
    Step { name: "links", run: |project| links::check(&project.root, &project.files) },
    Step { name: "format", run: format },
    Step { name: "clippy", run: clippy },
    Step { name: "docs", run: docs },
];

/// Runs the named steps, or all of them.
pub(crate) fn run(names: &[String]) -> ExitCode {
    if let Some(unknown) = names.iter().find(|name| !is_step(name)) {
        let known = STEPS.map(|step| step.name).join(", ");
        eprintln!("`{unknown}` is no step of the check; the steps are {known}");
        return ExitCode::from(2);
    }
    let project = match Project::load() {
        Ok(project) => project,
        Err(fault) => {
            println!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    let chosen =
        STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|n| n == step.name));
    let faults = chosen.map(|step| perform(step, &project)).sum();
    conclude(faults)
}

fn is_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// Runs one step, prints what it finds, and returns how many of the findings are faults.
fn perform(step: &Step, project: &Project) -> usize {
    println!("check {} …", step.name);
    let began = Instant::now();
    let found = (step.run)(project);
    for fault in &found {
        println!("{fault}");
    }
    let faults = found.iter().filter(|fault| fault.weight == Weight::Fault).count();
    let verdict = if faults == 0 { "ok".to_owned() } else { format!("FAILED, faults: {faults}") };
    println!("check {}: {verdict} ({:.1} s)", step.name, began.elapsed().as_secs_f64());
    faults
}

fn conclude(faults: usize) -> ExitCode {
    if faults == 0 {
        println!("Every rule that was checked holds.");
        return ExitCode::SUCCESS;
    }
    println!("Faults: {faults}. Each is printed above with what to do.");
    ExitCode::FAILURE
}

impl Project {
    fn load() -> Result<Self, Fault> {
        let graph = Graph::load()?;
        let root = graph.root.clone();
        Ok(Self { policy: Policy::load(&root)?, files: files::load(&root)?, graph, root })
    }
}

fn format(project: &Project) -> Vec<Fault> {
    let mut command = cargo::cargo(&project.root);
    found(cargo::run(command.args(["fmt", "--all", "--check"]), "run `cargo fmt --all`"))
}

fn clippy(project: &Project) -> Vec<Fault> {
    let mut command = cargo::cargo(&project.root);
    command.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
    found(cargo::run(&mut command, "mend what it names, or `#[expect(…, reason = \"…\")]` it"))
}

fn docs(project: &Project) -> Vec<Fault> {
    let mut command = cargo::cargo(&project.root);
    command
        .args(["doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings");
    found(cargo::run(&mut command, "mend the comment that it names"))
}

fn found(outcome: Result<(), Fault>) -> Vec<Fault> {
    outcome.err().into_iter().collect()
}
