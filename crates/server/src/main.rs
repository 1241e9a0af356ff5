//! `doorstep`, the one binary: configuration, telemetry, wiring and the commands.

#[expect(dead_code, reason = "the serving commands read the settings")]
mod config;
#[expect(dead_code, reason = "the serving commands start the log")]
mod telemetry;

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use config::{Config, Sources};

/// Turns booking requests into exactly one calendar event each.
#[derive(Parser)]
#[command(name = "doorstep", version)]
struct Cli {
    /// File of settings, `KEY=VALUE` a line, instead of `.env` in the working directory
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the settings that count and where each comes from, secrets masked
    Config {
        /// Print the reference page of all settings instead
        #[arg(long, hide = true)]
        reference: bool,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Config { reference: true } => print(&config::reference()),
        Command::Config { reference: false } => print_config(cli.config.as_deref(), cli.json),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("doorstep: {}", chain(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn print_config(file: Option<&Path>, json: bool) -> Result<(), Failure> {
    let (_, effective) = Config::load(Sources::read(file, Path::new(""), environment())?)?;
    if json {
        print(&format!("{}\n", serde_json::to_string_pretty(&effective)?))
    } else {
        print(&effective.to_string())
    }
}

/// The real environment. Bytes that are not UTF-8 become the replacement character, which no
/// setting accepts.
fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()))
}

/// A reader that has seen enough (`doorstep config | head -1`) is not a failure.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
