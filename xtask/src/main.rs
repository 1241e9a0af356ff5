//! The project's own commands, which are all of its continuous integration:
//! `cargo xtask check` holds the rules a machine can hold, `cargo xtask test` runs every test;
//! `cargo xtask torture` looks for a broken promise for as long as it is told to; `cargo xtask bench`
//! measures, and judges nothing.
//!
//! It builds on the standard library, two parsers and `testbed`, so that a fresh checkout answers quickly.

#![expect(clippy::print_stdout, reason = "a command's report is its standard output")]

mod architecture;
mod bans;
mod bench;
mod cargo;
mod check;
mod fault;
mod files;
mod graph;
mod licences;
mod links;
mod policy;
mod programs;
mod services;
mod spdx;
mod test;
mod torture;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  check [STEP…]    hold the rules: format, lints, documentation, licences, architecture, files
  test [ARGUMENT…] run every test; arguments go to the test runner and choose among the tests
  torture [--seconds N] [--seed S] [--postgres] [--processes] [--release]
                   do whatever may happen to it, and check what it promises; see
                   docs/reference/torture.md
  bench [--quick] [--only NAME]
                   measure the release build; see docs/reference/benchmarks.md
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match command.as_deref() {
        Some("check") => check::run(&rest),
        Some("test") => test::run(&rest),
        Some("torture") => torture::run(&rest),
        Some("bench") => bench::run(&rest),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Some(_) | None => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
