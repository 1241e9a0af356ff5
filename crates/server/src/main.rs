//! `doorstep`, the one binary: configuration, telemetry, wiring and the commands.

mod commands;
#[expect(dead_code, reason = "some settings are parsed for parts that come with later versions")]
mod config;
mod demo;
mod output;
mod sandbox_command;
mod serve;
mod telemetry;
mod wiring;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{BookingCommand, KeyCommand, MigrateOptions, OperationCommand, SecretsCommand};
use config::{Config, Effective, Sources};
use output::Output;

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
    /// Serve bookings
    Serve,
    /// Serve everything against a sandbox of the providers, with a small agency to try it on
    Demo,
    /// Serve the sandbox of the providers alone
    Sandbox,
    /// Bring the database's schema up to date
    Migrate(MigrateOptions),
    /// Copy the SQLite database into FILE, while it is being served or not
    Backup {
        /// Where to
        file: PathBuf,
    },
    /// Put the copy in FILE in the place of the SQLite database, which is kept under another name
    Restore {
        /// What `backup` wrote
        file: PathBuf,
    },
    /// Create or replace the hosts, calendars, services and sources that FILE names
    Apply {
        /// The setup file
        file: PathBuf,
        /// Print what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the setup as a file that `apply` takes
    Export {
        /// With the sources' secrets in plain text
        #[arg(long)]
        secrets: bool,
    },
    /// API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Bookings, from a shell
    #[command(subcommand)]
    Booking(BookingCommand),
    /// The same change for many bookings
    #[command(subcommand)]
    Operation(OperationCommand),
    /// Check configuration, database, clock, credentials, permissions and reachability, and say what
    /// to do
    Doctor,
    /// What is stored encrypted
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Say for every start of a day why it is or is not offered
    Explain {
        /// The service's slug
        service: domain::ServiceId,
        /// The date, in the host's zone
        #[arg(long)]
        date: jiff::civil::Date,
    },
    /// Add the days of an iCalendar file to a host's holidays
    Holidays {
        /// The file, or an address that begins with https
        #[arg(value_name = "FILE or URL")]
        source: String,
        /// The host's slug
        #[arg(long)]
        host: domain::HostId,
    },
    /// Sign a link to a service that is found only with one (`visibility = "link"`)
    Link {
        /// The service's slug
        service: domain::ServiceId,
        /// For how long it is good, from 1m to 366d
        #[arg(long, value_name = "LENGTH", default_value = "7d", value_parser = app::service_link::parse_life)]
        expires: jiff::SignedDuration,
    },
    /// Show what a message to an attendee of a service would say
    Preview {
        /// The service's slug
        service: domain::ServiceId,
        /// received, confirmed, reminder, moved, `move_not_possible`, cancelled or `not_possible`
        news: String,
        /// en, es, de or fr
        #[arg(long, default_value = "en")]
        language: String,
        /// Print the HTML part of the mail alone
        #[arg(long)]
        html: bool,
    },
    /// Print the settings that count and where each comes from, secrets masked
    Config {
        /// Print the reference page of all settings instead
        #[arg(long, hide = true)]
        reference: bool,
    },
}

/// What a command that fails says.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("doorstep: {}", chain(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> Result<(), Failure> {
    let output = Output { json: cli.json };
    let file = cli.config.as_deref();
    match cli.command {
        Command::Config { reference: true } => output.text(&config::reference()),
        Command::Config { reference: false } => {
            let (_, effective) = load(file, [])?;
            output.either(&effective, || effective.to_string())
        }
        Command::Demo => demo::run(file).await,
        Command::Serve => {
            let config = started(file)?;
            serve::run(config).await
        }
        Command::Sandbox => sandbox_command::run(started(file)?).await,
        Command::Migrate(options) => commands::migrate(&load(file, [])?.0, options, output).await,
        Command::Backup { file: target } => commands::backup(&load(file, [])?.0, &target, output),
        Command::Restore { file: copy } => commands::restore(&load(file, [])?.0, &copy, output),
        Command::Apply { file: setup, dry_run } => {
            commands::apply(load(file, [])?.0, &setup, dry_run, output).await
        }
        Command::Export { secrets } => commands::export(load(file, [])?.0, secrets, output).await,
        Command::Key(command) => commands::key(load(file, [])?.0, command, output).await,
        Command::Booking(command) => commands::booking(load(file, [])?.0, command, output).await,
        Command::Operation(command) => {
            commands::operation(load(file, [])?.0, command, output).await
        }
        Command::Doctor => commands::doctor(load(file, [])?.0, output).await,
        Command::Secrets(command) => commands::secrets(load(file, [])?.0, command, output).await,
        Command::Explain { service, date } => {
            commands::explain(load(file, [])?.0, &service, date, output).await
        }
        Command::Holidays { source, host } => {
            commands::holidays(load(file, [])?.0, &source, &host, output).await
        }
        Command::Link { service, expires } => {
            commands::link(load(file, [])?.0, &service, expires, output).await
        }
        Command::Preview { service, news, language, html } => {
            let wanted = commands::Wanted { service, news, language, html };
            commands::preview(load(file, [])?.0, wanted, output).await
        }
    }
}

/// The settings, with the log started.
fn started(file: Option<&Path>) -> Result<Config, Failure> {
    let (config, _) = load(file, [])?;
    telemetry::start(&config.log)?;
    Ok(config)
}

/// The settings of file and environment; `overrides` win over both.
fn load(
    file: Option<&Path>,
    overrides: impl IntoIterator<Item = (String, String)>,
) -> Result<(Config, Effective), Failure> {
    let sources = Sources::read(file, Path::new(""), environment().chain(overrides))?;
    Ok(Config::load(sources)?)
}

/// The real environment. Bytes that are not UTF-8 become the replacement character, which no
/// setting accepts.
fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()))
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
