//! `migrate`: the schema, and the way from SQLite to PostgreSQL.

use std::path::Path;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::{Access, Store, Transferred};

use crate::config::{Config, DatabaseUrl};
use crate::output::Output;
use crate::{Failure, wiring};

/// What `migrate` does beside bringing the schema up to date.
#[derive(Args)]
pub(crate) struct MigrateOptions {
    /// Change nothing: print what would run, with exit status 1 if there is any
    #[arg(long, conflicts_with = "to")]
    check: bool,
    /// Copy the SQLite database into this empty PostgreSQL one
    #[arg(long, value_name = "URL")]
    to: Option<SecretString>,
}

/// Brings the schema up to date, says what that would do, or moves everything to PostgreSQL.
pub(crate) async fn migrate(
    config: &Config,
    options: MigrateOptions,
    output: Output,
) -> Result<(), Failure> {
    let url = &config.database.url;
    match (options.check, options.to) {
        (true, _) => check(url, output).await,
        (false, None) => up(url, output).await,
        (false, Some(to)) => transfer(url, &to, output).await,
    }
}

async fn up(url: &DatabaseUrl, output: Output) -> Result<(), Failure> {
    wiring::store(url, Access::Command, true).await?;
    let name = name(url);
    let done = json!({ "database": name, "migrated": true });
    output.either(&done, || format!("{name} is up to date\n"))
}

async fn check(url: &DatabaseUrl, output: Output) -> Result<(), Failure> {
    let pending = match url {
        DatabaseUrl::Sqlite(path) => Store::pending_sqlite(path)?,
        DatabaseUrl::Postgres(url) => Store::pending_postgres(url.expose_secret()).await?,
    };
    let name = name(url);
    let found = json!({ "database": name, "pending": pending });
    output.either(&found, || {
        if pending.is_empty() {
            format!("{name} is up to date\n")
        } else {
            pending.join("\n") + "\n"
        }
    })?;
    match pending.len() {
        0 => Ok(()),
        1 => Err("a migration has to run: `doorstep migrate`".into()),
        several => Err(format!("{several} migrations have to run: `doorstep migrate`").into()),
    }
}

async fn transfer(url: &DatabaseUrl, to: &SecretString, output: Output) -> Result<(), Failure> {
    let DatabaseUrl::Sqlite(path) = url else {
        return Err("`--to` copies a SQLite database, and `DATABASE_URL` names another".into());
    };
    if !path.exists() {
        return Err(format!("{} does not exist", path.display()).into());
    }
    let copied = Store::transfer_to_postgres(path, to.expose_secret()).await?;
    output.either(&report(path, &copied), || told(path, &copied))
}

fn report(path: &Path, copied: &Transferred) -> serde_json::Value {
    let tables = copied.tables.iter().map(|(name, rows)| (name.clone(), json!(rows)));
    let tables: serde_json::Map<_, _> = tables.collect();
    json!({ "from": path, "tables": tables })
}

fn told(path: &Path, copied: &Transferred) -> String {
    let filled = copied.tables.iter().filter(|(_, rows)| *rows > 0);
    let lines: Vec<_> = filled.map(|(name, rows)| format!("{rows:>9}  {name}")).collect();
    format!(
        "copied {} and compared every row:\n{}\nNow let DATABASE_URL name the PostgreSQL \
         database and DOORSTEP_SECRET_KEYS the keys that this one was used with. {} stays as it \
         was.\n",
        path.display(),
        lines.join("\n"),
        path.display()
    )
}

fn name(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(_) => "the PostgreSQL database".to_owned(),
    }
}
