//! Commands that work on the database, with or without a running server.

mod bookings;
mod explain;
mod keys;
mod setup;

use std::path::Path;

use app::{App, Clock};
use serde_json::json;
use store::{Access, Store};

use crate::config::{Config, DatabaseUrl};
use crate::output::Output;
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
pub(crate) async fn migrate(config: &Config, output: Output) -> Result<(), Failure> {
    let url = &config.database.url;
    wiring::store(url, Access::Command, true).await?;
    let name = match url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(_) => "the PostgreSQL database".to_owned(),
    };
    let done = json!({ "database": name, "migrated": true });
    output.either(&done, || format!("{name} is up to date\n"))
}

/// Copies the SQLite database. PostgreSQL has its own tools, which know more about it than we do.
pub(crate) fn backup(config: &Config, target: &Path, output: Output) -> Result<(), Failure> {
    let DatabaseUrl::Sqlite(path) = &config.database.url else {
        return Err("`backup` copies a SQLite database; use `pg_dump` for PostgreSQL".into());
    };
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
