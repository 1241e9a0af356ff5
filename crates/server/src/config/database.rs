//! Which database, and who changes its schema.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{DATABASE_URL, DOORSTEP_MIGRATE, fault::Expected, settings::Settings, values};

/// Which database, and who changes its schema.
#[derive(Debug)]
pub(crate) struct DatabaseConfig {
    pub(crate) url: DatabaseUrl,
    /// Whether `serve` migrates by itself.
    pub(crate) migrate: bool,
}

/// Where the data is.
#[derive(Debug)]
pub(crate) enum DatabaseUrl {
    /// A file, relative to the working directory unless the path is absolute.
    Sqlite(PathBuf),
    /// A connection URL with its password. It is not taken apart here: several hosts and sockets
    /// are for the database driver to understand.
    Postgres(SecretString),
}

impl DatabaseConfig {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            url: settings.value(&DATABASE_URL, url),
            migrate: settings.value(&DOORSTEP_MIGRATE, values::switch),
        }
    }
}

fn url(text: &str) -> Result<DatabaseUrl, Expected> {
    match text.split_once("://") {
        Some(("sqlite", path)) => sqlite(path),
        Some(("postgres" | "postgresql", rest)) if is_somewhere(rest) => {
            Ok(DatabaseUrl::Postgres(SecretString::from(text)))
        }
        Some(_) | None => Err(Expected("`sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`")),
    }
}

fn is_somewhere(rest: &str) -> bool {
    !rest.is_empty() && !rest.contains(char::is_whitespace)
}

/// Parameters, and a database in memory, which loses what it accepted, are refused by name.
fn sqlite(path: &str) -> Result<DatabaseUrl, Expected> {
    if path.contains(['?', '#']) || path.contains(":memory:") || path.ends_with(['/', '.']) {
        return Err(Expected("`sqlite://` and the path of a file, without parameters"));
    }
    if path.is_empty() {
        return Err(Expected("`sqlite://` and the path of a file, such as `sqlite://doorstep.db`"));
    }
    Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_server() {
        for (text, expected) in [
            ("sqlite://doorstep.db", "doorstep.db"),
            ("sqlite://data/doorstep.db", "data/doorstep.db"),
            ("sqlite:///var/lib/doorstep/d.db", "/var/lib/doorstep/d.db"),
        ] {
            let Ok(DatabaseUrl::Sqlite(path)) = url(text) else { panic!("{text}") };
            assert_eq!(path, Path::new(expected));
        }
        for text in [
            "postgres://ada:hunter2@db.example/doorstep",
            "postgresql://a:5432,b:5433/doorstep?target_session_attrs=read-write",
            "postgres:///doorstep?host=/run/postgresql",
        ] {
            let Ok(DatabaseUrl::Postgres(secret)) = url(text) else { panic!("{text}") };
            assert_eq!(secret.expose_secret(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "doorstep.db",
            "sqlite:doorstep.db",
            "sqlite://",
            "sqlite://data/",
            "sqlite://..",
            "sqlite://:memory:",
            "sqlite://doorstep.db?mode=rwc",
            "postgres://",
            "postgres://a b/c",
            "mysql://db.example/doorstep",
        ] {
            assert!(url(text).is_err(), "{text}");
        }
    }
}
