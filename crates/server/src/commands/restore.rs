//! `restore`.

use std::path::Path;

use serde_json::json;
use store::Store;

use crate::Failure;
use crate::config::{Config, DatabaseUrl};
use crate::output::Output;

/// Puts a copy in the place of the SQLite database, which is kept.
pub(crate) fn restore(config: &Config, file: &Path, output: Output) -> Result<(), Failure> {
    let DatabaseUrl::Sqlite(path) = &config.database.url else {
        return Err("`restore` is for a SQLite database; use `pg_restore` for PostgreSQL".into());
    };
    if !file.exists() {
        return Err(format!("{} does not exist", file.display()).into());
    }
    let old = Store::restore_sqlite(file, path)?;
    let done = json!({ "restored": path, "from": file, "old": old });
    output.either(&done, || {
        let kept = |old: &std::path::PathBuf| format!("; the old database is {}", old.display());
        let kept = old.as_ref().map(kept).unwrap_or_default();
        format!("restored {} from {}{kept}\n", path.display(), file.display())
    })
}
