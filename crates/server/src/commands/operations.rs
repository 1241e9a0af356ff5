//! `operation`: mass changes, with a bar that fills while a server carries them out.

use std::io::{IsTerminal as _, Write as _};

use app::App;
use app::booking::BookingFilter;
use app::operation::{Item, MassChange, Operation, Tally};
use clap::{Args, Subcommand};
use domain::booking::NewDetails;
use domain::operation::{Action, Outcome, Progress};
use domain::{HostId, OperationId, ServiceId, length, people};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// How often the bar is drawn anew.
const LOOK: SignedDuration = SignedDuration::from_millis(300);
/// The bar's width in characters.
const WIDTH: usize = 30;

#[derive(Subcommand)]
pub(crate) enum OperationCommand {
    /// Move bookings by wall-clock time in their host's zone
    Move {
        /// How much later, such as 1h or 7d; -30m is earlier
        #[arg(long, allow_hyphen_values = true, value_parser = shift)]
        by: SignedDuration,
        #[command(flatten)]
        which: Which,
    },
    /// Give bookings to another host
    Rehost {
        /// Whom
        #[arg(long)]
        to: HostId,
        #[command(flatten)]
        which: Which,
    },
    /// Call bookings off
    Cancel {
        /// Why
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Give bookings another title or location
    #[command(group = clap::ArgGroup::new("details").required(true).multiple(true))]
    Update {
        /// The new title
        #[arg(long, group = "details", value_parser = line::<200>)]
        title: Option<String>,
        /// The new location
        #[arg(long, group = "details", value_parser = line::<500>)]
        location: Option<String>,
        #[command(flatten)]
        which: Which,
    },
    /// The latest operations
    List,
    /// How far an operation has come
    Show {
        /// The operation's id
        id: OperationId,
    },
    /// Watch an operation until it is done
    Watch {
        /// The operation's id
        id: OperationId,
    },
    /// Begin nothing more of an operation
    Pause {
        /// The operation's id
        id: OperationId,
    },
    /// Let a paused operation go on
    Resume {
        /// The operation's id
        id: OperationId,
    },
}

/// Which bookings; at least one of host, service, from and to.
#[derive(Args)]
#[group(required = true, multiple = true, id = "which")]
pub(crate) struct Which {
    /// Only of this host
    #[arg(long, group = "which")]
    host: Option<HostId>,
    /// Only of this service
    #[arg(long, group = "which")]
    service: Option<ServiceId>,
    /// Only those that start at this time or later, such as 2026-12-01T09:00:00-08:00
    #[arg(long, group = "which")]
    from: Option<Timestamp>,
    /// Only those that start before this time
    #[arg(long, group = "which")]
    to: Option<Timestamp>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
}

fn shift(text: &str) -> Result<SignedDuration, String> {
    let (earlier, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let by = length::parse(text).map_err(|error| error.to_string())?;
    if by.is_zero() {
        return Err("bookings cannot be moved by nothing".to_owned());
    }
    Ok(if earlier { -by } else { by })
}

fn line<const MOST: usize>(text: &str) -> Result<String, String> {
    people::text(text, MOST, false).map_err(|error| error.to_string())
}

pub(crate) async fn operation(
    config: Config,
    command: OperationCommand,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    match command {
        OperationCommand::Move { by, which } => {
            begin(&app, Action::Move { by }, which, output).await
        }
        OperationCommand::Rehost { to, which } => {
            if app.setup().setup.host(&to).is_none() {
                return Err(format!("no host is called {to}").into());
            }
            begin(&app, Action::Rehost { to }, which, output).await
        }
        OperationCommand::Cancel { reason, which } => {
            begin(&app, Action::Cancel { reason }, which, output).await
        }
        OperationCommand::Update { title, location, which } => {
            begin(&app, Action::Update(NewDetails { title, location }), which, output).await
        }
        OperationCommand::List => {
            let all = app.list_operations(50).await?;
            let values: Vec<Value> = all.iter().map(|operation| view(operation, &[])).collect();
            output.either(&values, || {
                let line = |it: &Operation| {
                    format!(
                        "{}  {:7}  {:7}  {}\n",
                        it.id,
                        it.action,
                        it.progress.as_str(),
                        it.created_at
                    )
                };
                all.iter().map(line).collect()
            })
        }
        OperationCommand::Show { id } => show(&app, id, output).await,
        OperationCommand::Watch { id } => watch(&app, id, output).await,
        OperationCommand::Pause { id } => {
            known(id, app.pause_operation(id).await?)?;
            show(&app, id, output).await
        }
        OperationCommand::Resume { id } => {
            known(id, app.resume_operation(id).await?)?;
            show(&app, id, output).await
        }
    }
}

fn known(id: OperationId, is_known: bool) -> Result<(), Failure> {
    if is_known { Ok(()) } else { Err(format!("there is no operation {id}").into()) }
}

async fn begin(app: &App, action: Action, which: Which, output: Output) -> Result<(), Failure> {
    let Which { host, service, from, to, dry_run } = which;
    let filter = BookingFilter { host, service, from, to, ..BookingFilter::default() };
    let (operation, _) = app.begin_operation(MassChange { action, filter, dry_run }).await?;
    if dry_run || !std::io::stderr().is_terminal() {
        return show(app, operation.id, output).await;
    }
    watch(app, operation.id, output).await
}

async fn show(app: &App, id: OperationId, output: Output) -> Result<(), Failure> {
    let (operation, items) = load(app, id).await?;
    output.either(&view(&operation, &items), || {
        let lines = items.iter().map(|item| {
            format!("  {}  {}\n", item.booking, item.outcome.map_or("-", Outcome::as_str))
        });
        let head = format!("{id}  {}  {}\n", operation.progress.as_str(), bar(&items));
        head + &lines.collect::<String>()
    })
}

/// Draws the bar until the operation is done or paused. A server carries it out: without one it
/// stands still.
async fn watch(app: &App, id: OperationId, output: Output) -> Result<(), Failure> {
    loop {
        let (operation, items) = load(app, id).await?;
        let mut screen = std::io::stderr().lock();
        write!(screen, "\r{id}  {}  {}", bar(&items), operation.progress.as_str())?;
        screen.flush()?;
        drop(screen);
        if operation.progress != Progress::Running {
            eprintln!();
            return show(app, id, output).await;
        }
        app.clock().sleep_until(app.clock().now() + LOOK).await;
    }
}

async fn load(app: &App, id: OperationId) -> Result<(Operation, Vec<Item>), Failure> {
    let found = app.find_operation(id).await?;
    found.ok_or_else(|| format!("there is no operation {id}").into())
}

/// `[##########....................] 17/50`, and what did not go well.
fn bar(items: &[Item]) -> String {
    let tally = Tally::of(items);
    let (ended, total) = (tally.ended(), tally.total);
    let filled = (WIDTH * ended).checked_div(total).unwrap_or(WIDTH);
    let rest = match tally.failed {
        0 => String::new(),
        failed => format!(", {failed} not as asked"),
    };
    format!("[{}{}] {ended}/{total}{rest}", "#".repeat(filled), ".".repeat(WIDTH - filled))
}

fn view(operation: &Operation, items: &[Item]) -> Value {
    let tally = Tally::of(items);
    let lines: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({ "booking": item.booking.to_string(), "outcome": item.outcome.map(Outcome::as_str) })
        })
        .collect();
    json!({
        "id": operation.id.to_string(), "action": operation.action,
        "status": operation.progress.as_str(), "dry_run": operation.dry_run,
        "total": tally.total, "done": tally.done, "failed": tally.failed, "items": lines,
    })
}
