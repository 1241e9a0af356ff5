//! Commands that work on the database, with or without a running server.

mod bookings;
mod explain;
mod keys;
mod setup;

use std::path::Path;

use app::{App, Clock};
use serde_json::json;
use store::{Access, Store};

use crate::config::Config;
use crate::output::Output;
use crate::wiring::sqlite_path;
use crate::{Failure, wiring};

pub(crate) use bookings::{BookingCommand, booking};
pub(crate) use explain::explain;
pub(crate) use keys::{KeyCommand, key};
pub(crate) use setup::{apply, export};

/// The app for a command beside a server that may be running.
async fn open(config: Config) -> Result<App, Failure> {
    wiring::app(config, Access::Command, Clock::system()).await
}

/// Brings the schema up to date.
pub(crate) fn migrate(config: &Config, output: Output) -> Result<(), Failure> {
    let path = sqlite_path(&config.database.url)?;
    Store::open_sqlite(path, Access::Command, true)?;
    let done = json!({ "database": path, "migrated": true });
    output.either(&done, || format!("{} is up to date\n", path.display()))
}

/// Copies the database.
pub(crate) fn backup(config: &Config, target: &Path, output: Output) -> Result<(), Failure> {
    let path = sqlite_path(&config.database.url)?;
    if !path.exists() {
        return Err(format!("{} does not exist", path.display()).into());
    }
    if target.exists() {
        return Err(format!("{} exists already", target.display()).into());
    }
    Store::backup_sqlite(path, target)?;
    let done = json!({ "backup": target });
    output.either(&done, || format!("copied {} to {}\n", path.display(), target.display()))
}
