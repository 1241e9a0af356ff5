//! The database under real processes.

use std::path::{Path, PathBuf};

use testbed::ServerDatabase;

use super::proxy::Proxy;
use crate::Database;

/// A file, or a database behind a proxy.
pub(super) enum Place {
    File(PathBuf),
    Server { database: ServerDatabase, proxy: Proxy },
}

impl Place {
    pub(super) async fn make(database: Database, folder: &Path) -> Self {
        match database {
            Database::Sqlite => Self::File(folder.join("doorstep.db")),
            Database::Postgres => {
                let database = ServerDatabase::empty().await;
                let proxy = Proxy::before(socket(&database.url())).await;
                Self::Server { database, proxy }
            }
        }
    }

    /// How many instances it serves.
    pub(super) fn instances(&self) -> usize {
        match self {
            Self::File(_) => 1,
            Self::Server { .. } => 3,
        }
    }

    /// As `DATABASE_URL` takes it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.display()),
            Self::Server { database, proxy } => {
                let url = database.url();
                let (_, name) = url.rsplit_once('/').expect("a URL ends in its database");
                format!("postgres://postgres@{}/{name}?sslmode=disable", proxy.address())
            }
        }
    }

    pub(super) fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::File(_) => None,
            Self::Server { proxy, .. } => Some(proxy),
        }
    }

    pub(super) async fn deadlocks(&self) -> i64 {
        let Self::Server { database, .. } = self else { return 0 };
        let sql = "select deadlocks from pg_stat_database where datname = current_database()";
        let row = database.connect().await.query_one(sql, &[]).await;
        row.expect("it can be read").get(0)
    }
}

/// The socket of a cluster that `testbed` started.
fn socket(url: &str) -> PathBuf {
    let (_, after) = url.split_once('@').expect("a URL names its user");
    let (folder, _) = after.split_once('/').expect("a URL names its database");
    let folder = folder.replace("%2F", "/").replace("%25", "%");
    Path::new(&folder).join(".s.PGSQL.5432")
}
