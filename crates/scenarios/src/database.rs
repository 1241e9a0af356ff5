//! The database under a scenario: a file, or a database of its own on the server beside the tests.

use std::path::PathBuf;

use store::{Access, Store, StoreError};
use tempfile::TempDir;
use testbed::ServerDatabase;

/// Which kind of database a scenario runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file, which one instance serves.
    Sqlite,
    /// A database on a server, which any number of instances serve.
    Postgres,
}

/// Makes a test of each named function for each database: it takes the [`Database`] it runs on. One
/// that is not named is dead code.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::Database::Sqlite).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::Database::Postgres).await;
                }
            )*
        }
    };
}

/// What holds the rows of one scenario, and goes with it.
pub(crate) enum Home {
    File(TempDir),
    Server(ServerDatabase),
}

/// Where the rows are.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Server(String),
}

impl Home {
    pub(crate) async fn make(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::File(tempfile::tempdir().expect("a temporary folder")),
            Database::Postgres => Self::Server(ServerDatabase::create(migrate).await),
        }
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::File(folder) => Place::File(folder.path().join("doorstep.db")),
            Self::Server(database) => Place::Server(database.url()),
        }
    }

    pub(crate) async fn deadlocks(&self) -> i64 {
        let Self::Server(database) = self else { return 0 };
        let sql = "select deadlocks from pg_stat_database where datname = current_database()";
        let row = database.connect().await.query_one(sql, &[]).await;
        row.expect("it can be read").get(0)
    }
}

impl Place {
    /// Opens it as an instance does that begins to serve.
    pub(crate) async fn open(self) -> Store {
        let path = match self {
            Self::File(path) => path,
            Self::Server(url) => {
                return Store::open_postgres(&url, true).await.expect("the database answers");
            }
        };
        loop {
            match Store::open_sqlite(&path, Access::Serve, true) {
                Ok(store) => return store,
                // The process before this one is still letting go of the file.
                Err(StoreError::InUse) => tokio::task::yield_now().await,
                Err(error) => panic!("the database cannot be opened: {error}"),
            }
        }
    }
}

async fn migrate(url: String) {
    Store::open_postgres(&url, true).await.expect("an empty database can be migrated");
}
