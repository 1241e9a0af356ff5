//! The PostgreSQL server beside the tests: the one that `cargo xtask test` started, or one of our
//! own; and on it a database for each test, copied from one that is migrated.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use tokio_postgres::{Client, NoTls};

use crate::{
    Cluster, PGBOUNCER_PROGRAM, PGBOUNCER_URL, POSTGRES_BIN, POSTGRES_URL, Pooler, find_programs,
};

const TEMPLATE: &str = "doorstep_template";

/// A database that goes with the last who uses it.
pub struct ServerDatabase {
    server: Server,
    name: String,
}

impl ServerDatabase {
    /// A copy of the template, which `migrate` makes of the empty database at a URL the first time.
    pub async fn create<F: Future<Output = ()>>(migrate: impl FnOnce(String) -> F) -> Self {
        let server = Server::find();
        let admin = server.connect("postgres").await;
        ensure_template(&server, &admin, migrate).await;
        Self::make(server, &admin, &format!(" template {TEMPLATE}")).await
    }

    /// Without a schema.
    pub async fn empty() -> Self {
        let server = Server::find();
        let admin = server.connect("postgres").await;
        Self::make(server, &admin, "").await
    }

    async fn make(server: Server, admin: &Client, template: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let create = format!("create database {name}{template}");
        admin.batch_execute(&create).await.expect("a database can be made");
        Self { server, name }
    }

    /// Where it is, for a superuser.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Through PgBouncer in transaction mode, which knows nothing of the server itself.
    pub fn pooled_url(&self) -> String {
        match environment(PGBOUNCER_URL) {
            Some(url) => {
                let url = url.into_string().expect("a URL is text");
                url.replace("/postgres?", &format!("/{}?", self.name))
            }
            None => self.server.pooler().url(&self.name),
        }
    }

    /// A connection that nobody else uses.
    pub async fn connect(&self) -> Client {
        self.server.connect(&self.name).await
    }
}

impl Drop for ServerDatabase {
    /// A server of our own goes as a whole.
    fn drop(&mut self) {
        let Server::Shared(_) = self.server else { return };
        let drop_it = format!("drop database {} with (force)", self.name);
        let server = self.server.clone();
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                let admin = server.connect("postgres").await;
                admin.batch_execute(&drop_it).await.expect("it can be dropped");
            });
        });
        // A test that fails says why; that its database stays is less of a matter.
        let _ = dropped.join();
    }
}

#[derive(Clone)]
enum Server {
    Shared(String),
    Own(Arc<OwnServer>),
}

/// A server of this process alone.
struct OwnServer {
    pooler: OnceLock<Pooler>,
    cluster: Cluster,
}

impl Server {
    fn find() -> Self {
        match environment(POSTGRES_URL) {
            Some(url) => Self::Shared(url.into_string().expect("a URL is text")),
            None => Self::Own(own_server()),
        }
    }

    fn pooler(&self) -> &Pooler {
        match self {
            Self::Own(server) => server.pooler.get_or_init(|| {
                let chosen = environment(PGBOUNCER_PROGRAM).map(PathBuf::from);
                let program = chosen.unwrap_or_else(|| "/usr/sbin/pgbouncer".into());
                Pooler::start(&program, server.cluster.folder()).expect(
                    "PgBouncer is needed: `cargo xtask test` installs and starts it, \
                     or `sudo apt-get install pgbouncer`",
                )
            }),
            Self::Shared(_) => panic!("{PGBOUNCER_URL} goes with {POSTGRES_URL}"),
        }
    }

    fn url(&self, database: &str) -> String {
        match self {
            Self::Shared(url) => {
                let (server, _) = url.rsplit_once('/').expect("a URL ends in its database");
                format!("{server}/{database}")
            }
            Self::Own(server) => server.cluster.url(database),
        }
    }

    async fn connect(&self, database: &str) -> Client {
        let connected = tokio_postgres::connect(&self.url(database), NoTls).await;
        let (client, connection) = connected.expect("the server beside the tests answers");
        tokio::spawn(connection);
        client
    }
}

/// One for all tests of this process, as long as one of them uses it.
fn own_server() -> Arc<OwnServer> {
    static SERVER: Mutex<Weak<OwnServer>> = Mutex::new(Weak::new());
    let mut running = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return server;
    }
    let cluster = Cluster::start(&programs()).expect("PostgreSQL starts");
    let server = Arc::new(OwnServer { pooler: OnceLock::new(), cluster });
    *running = Arc::downgrade(&server);
    server
}

/// The folder with PostgreSQL's programs.
pub fn programs() -> PathBuf {
    let chosen = environment(POSTGRES_BIN).map(PathBuf::from);
    find_programs(chosen, environment("PATH").as_deref()).expect(
        "PostgreSQL is needed: `cargo xtask test` installs and starts it, \
         or `sudo apt-get install postgresql`, or name its folder in DOORSTEP_TEST_POSTGRES_BIN",
    )
}

fn environment(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "it is how `cargo xtask test` speaks to tests")]
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Tests run in processes of their own: the first makes the template, under a lock that goes with
/// the connection, and gives it its name when it is whole.
async fn ensure_template<F: Future<Output = ()>>(
    server: &Server,
    admin: &Client,
    migrate: impl FnOnce(String) -> F,
) {
    let does = |sql: String| async move { admin.batch_execute(&sql).await.expect("it is allowed") };
    does("select pg_advisory_lock(1)".to_owned()).await;
    let find = "select 1 from pg_database where datname = $1";
    if admin.query(find, &[&TEMPLATE]).await.expect("it can be read").is_empty() {
        does("drop database if exists in_the_making".to_owned()).await;
        does("create database in_the_making".to_owned()).await;
        migrate(server.url("in_the_making")).await;
        let whole = format!("alter database in_the_making rename to {TEMPLATE}");
        // Renaming waits for no one: a connection of ours may still be on its way out.
        while admin.batch_execute(&whole).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    does("select pg_advisory_unlock(1)".to_owned()).await;
}
