//! `backup`.

use std::path::Path;

use serde_json::json;
use store::Store;

use crate::Failure;
use crate::config::{Config, DatabaseUrl};
use crate::output::Output;

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
