//! Commands that work on the database, with or without a running server.

mod backup;
mod bookings;
mod doctor;
mod explain;
mod holidays;
mod keys;
mod link;
mod migrate;
mod operations;
mod outside_rules;
mod preview;
mod restore;
mod setup;

use app::App;
use store::Access;

use crate::config::Config;
use crate::{Failure, wiring};

pub(crate) use backup::backup;
pub(crate) use bookings::{BookingCommand, booking};
pub(crate) use doctor::{SecretsCommand, doctor, secrets};
pub(crate) use explain::explain;
pub(crate) use holidays::holidays;
pub(crate) use keys::{KeyCommand, key};
pub(crate) use link::link;
pub(crate) use migrate::{MigrateOptions, migrate};
pub(crate) use operations::{OperationCommand, operation};
pub(crate) use preview::{Wanted, preview};
pub(crate) use restore::restore;
pub(crate) use setup::{apply, export};

/// The app for a command beside a server that may be running.
async fn open(config: Config) -> Result<App, Failure> {
    wiring::app(config, Access::Command).await
}
