//! `cargo xtask torture` starts this: simulations, or real processes, for a while.

#![expect(clippy::print_stdout, reason = "a command's report is its standard output")]

use std::hash::{BuildHasher as _, RandomState};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use scenarios::Database;
use scenarios::processes::Ordeal;
use scenarios::simulation::{Campaign, Found, Plan};

/// The seeds that every run without a seed of its own begins with.
const FIXED: u64 = 1;

/// Does to Doorstep whatever may happen to it, and checks its promises.
#[derive(Parser)]
#[command(name = "cargo xtask torture")]
struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first seed; without it the fixed ones, and one drawn by chance.
    #[arg(long)]
    seed: Option<u64>,
    /// On PostgreSQL, with up to three instances, instead of SQLite.
    #[arg(long)]
    postgres: bool,
    /// With real processes that are killed, and a database that is cut off.
    #[arg(long)]
    processes: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let database = if arguments.postgres { Database::Postgres } else { Database::Sqlite };
    let time = Duration::from_secs(arguments.seconds);
    let drawn = RandomState::new().hash_one(0) % 1_000_000_000;
    let (seeds, next) = match arguments.seed {
        Some(seed) => (vec![seed], seed + 1),
        None => (vec![drawn], FIXED),
    };
    // What a task says as it panics is said once, where the promise is named.
    std::panic::set_hook(Box::new(|_panic| {}));
    if arguments.processes {
        return endures(Ordeal { database, seed: seeds[0], time }).await;
    }
    println!("{database:?}: seed {}, then {next} and following, for {time:?}", seeds[0]);
    goes_through(Campaign { database, seeds, next, time }).await
}

async fn goes_through(campaign: Campaign) -> ExitCode {
    let (begun, database) = (Instant::now(), campaign.database);
    let outcome = campaign.run().await;
    println!(
        "{database:?}: {} operations over {} seeds in {:.0} s, {} promises broken",
        outcome.operations,
        outcome.seeds,
        begun.elapsed().as_secs_f64(),
        outcome.found.len()
    );
    for found in &outcome.found {
        show(found, database).await;
    }
    status(outcome.found.is_empty())
}

async fn endures(ordeal: Ordeal) -> ExitCode {
    let (begun, database) = (Instant::now(), ordeal.database);
    println!("{database:?}, real processes: seed {}, for {:?}", ordeal.seed, ordeal.time);
    // A task of its own, so that whatever stops it is said.
    let survived = match tokio::spawn(async move { ordeal.run().await }).await {
        Ok(survived) => survived,
        Err(stopped) => {
            println!("it stopped: {}", scenarios::said(stopped));
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{database:?}, real processes: {} kills, {} cuts, {} requests accepted, {} refused, {} \
         unanswered, {} bookings in {:.0} s, {} promises broken",
        survived.kills,
        survived.cuts,
        survived.accepted,
        survived.refused,
        survived.unanswered,
        survived.bookings,
        begun.elapsed().as_secs_f64(),
        survived.broken.len()
    );
    for broken in &survived.broken {
        println!("  {broken}");
    }
    status(survived.broken.is_empty())
}

fn status(kept: bool) -> ExitCode {
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn show(found: &Found, database: Database) {
    let Found { seed, promise } = found;
    let on = if database == Database::Postgres { " --postgres" } else { "" };
    println!("\nseed {seed} breaks a promise: {promise}\n");
    println!("again: cargo xtask torture --seconds 1 --seed {seed}{on}\n");
    let shrunk = Plan::from_seed(*seed, database).shrunk().await;
    match shrunk.is_kept().await {
        Err(promise) => println!("What matters of it, as a test ({promise}):\n"),
        Ok(()) => println!("It does not break each time; what may matter of it, as a test:\n"),
    }
    println!("{}", shrunk.as_test(&format!("seed_{seed}_keeps_every_promise")));
}
