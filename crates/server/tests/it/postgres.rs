//! A PostgreSQL database of its own for one test.

use std::ffi::OsString;
use std::path::PathBuf;

use testbed::{Cluster, POSTGRES_BIN, POSTGRES_URL};
use testbed::{PGBOUNCER_PROGRAM, PGBOUNCER_URL, Pooler};
use tokio_postgres::{Client, NoTls};

/// An empty database. It goes with the server that the tests share, or with one of its own.
pub(crate) struct TestDatabase {
    name: String,
    server: String,
    pooler: String,
    _own: Option<(Pooler, Cluster)>,
}

impl TestDatabase {
    pub(crate) async fn create(name: &str) -> Self {
        let name = format!("{name}_{}", std::process::id());
        let shared = environment(POSTGRES_URL).zip(environment(PGBOUNCER_URL));
        let database = if let Some((server, pooler)) = shared {
            let text = |url: OsString| url.into_string().unwrap();
            Self { name, server: text(server), pooler: text(pooler), _own: None }
        } else {
            let cluster = Cluster::start(&programs()).unwrap();
            let program = environment(PGBOUNCER_PROGRAM).map(PathBuf::from);
            let program = program.unwrap_or_else(|| "/usr/sbin/pgbouncer".into());
            let pooler = Pooler::start(&program, cluster.folder()).unwrap();
            let (server, pooled) = (cluster.url("postgres"), pooler.url("postgres"));
            Self { name, server, pooler: pooled, _own: Some((pooler, cluster)) }
        };
        let admin = connect(&database.server).await;
        let drop_it = format!("drop database if exists {} with (force)", database.name);
        admin.batch_execute(&drop_it).await.unwrap();
        admin.batch_execute(&format!("create database {}", database.name)).await.unwrap();
        database
    }

    pub(crate) fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// Through PgBouncer, which is told where the server is for what it cannot pass on.
    pub(crate) fn pooled_url(&self) -> String {
        let socket = self.server.split('@').nth(1).unwrap().split('/').next().unwrap();
        let pooled = self.pooler.replace("/postgres?", &format!("/{}?", self.name));
        format!("{pooled}&direct={socket}")
    }

    pub(crate) async fn connect(&self) -> Client {
        connect(&self.url()).await
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// How many rows a `select count(*)` counts.
pub(crate) async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// The folder with PostgreSQL's programs.
pub(crate) fn programs() -> PathBuf {
    let chosen = environment(POSTGRES_BIN).map(PathBuf::from);
    testbed::find_programs(chosen, environment("PATH").as_deref())
        .expect("PostgreSQL is needed: `cargo xtask test` installs it")
}

fn environment(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "it is how `cargo xtask test` speaks to tests")]
    std::env::var_os(name).filter(|value| !value.is_empty())
}
