//! `doorstep-bench`: Doorstep's speed and size, as ratios to the least that could do the same work.
//!
//! The server under test is the release binary `doorstep`, found beside this one, in a process of
//! its own; so is the bare handler it is compared with. The load comes from this process, on one
//! thread. A figure and its reference are measured in turns, and the medians are compared.
//!
//! It judges nothing: whoever reads the report does, and a missed aim is no failure.

#![expect(clippy::print_stdout, reason = "the report is this program's standard output")]

mod bare_handler;
mod bare_writer;
mod bookings;
mod load;
mod machine;
mod one_slot;
mod process;
mod provider;
mod report;
mod rounds;
mod rows;
mod seed;
mod slots;
mod stand_in;
mod start;
mod texts;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use report::Line;

/// What goes wrong while measuring; a missed aim does not.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures Doorstep against the least that could do the same work.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    /// Takes seconds and proves nothing: shows that everything can be measured
    #[arg(long)]
    quick: bool,
    /// Measures this alone
    #[arg(long, value_name = "NAME")]
    only: Option<Subject>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Free slots of 30 days
    Slots,
    /// Durable bookings
    Bookings,
    /// Ten thousand attempts for one slot
    OneSlot,
    /// What is added to a slow provider
    Provider,
    /// Texts that come in, and texts for many
    Texts,
    /// Start, memory and size
    Start,
}

#[derive(Subcommand)]
enum Role {
    /// The handler that Doorstep is compared with
    #[command(hide = true)]
    BareHandler {
        /// What it answers
        answers: PathBuf,
    },
}

/// How long and how often to measure.
#[derive(Debug, Clone, Copy)]
struct Effort {
    rounds: usize,
    turn: Duration,
    /// Attempts for one slot.
    attempts: u64,
    /// Bookings per client against the slow provider.
    calls: u64,
}

impl Effort {
    const FULL: Self =
        Self { rounds: 5, turn: Duration::from_secs(2), attempts: 10_000, calls: 25 };
    const QUICK: Self =
        Self { rounds: 1, turn: Duration::from_millis(200), attempts: 1_000, calls: 2 };
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.role {
        Some(Role::BareHandler { answers }) => bare_handler::serve(answers),
        None => report(&cli),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// One thread for the load: the other processor is the server's.
#[tokio::main(flavor = "current_thread")]
async fn report(cli: &Cli) -> Result<(), Failure> {
    let effort = if cli.quick { Effort::QUICK } else { Effort::FULL };
    let folder = tempfile::tempdir()?;
    println!("before: {}", machine::describe());
    let flush = machine::flush_probe(folder.path(), 200)?;
    println!("a flushed page takes {:.0} µs on this disk", flush.as_secs_f64() * 1e6);
    println!("\n{}", Line::header());
    let all = Subject::value_variants().iter().copied();
    for subject in all.filter(|subject| cli.only.is_none_or(|only| only == *subject)) {
        for line in measure(subject, effort).await? {
            println!("{line}");
        }
    }
    println!("\nafter: {}", machine::describe());
    Ok(())
}

async fn measure(subject: Subject, effort: Effort) -> Result<Vec<Line>, Failure> {
    match subject {
        Subject::Slots => slots::measure(effort).await,
        Subject::Bookings => bookings::measure(effort).await,
        Subject::OneSlot => one_slot::measure(effort).await,
        Subject::Provider => provider::measure(effort).await,
        Subject::Texts => texts::measure(effort).await,
        Subject::Start => start::measure(effort).await,
    }
}
