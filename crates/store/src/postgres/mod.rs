//! PostgreSQL for one process or several: a pool, and one transaction for each unit of work.

mod bell;
mod listener;
mod migration;
mod tls;
mod transaction;
mod url;
pub(crate) mod value;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use jiff::Timestamp;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::dialect;
use crate::error::StoreError;
use crate::listener::Listener;
use crate::tx::UnitOfWork;

use bell::Bell;
use transaction::{Access, Failure, Transaction, only_its_database};
use url::ConnectionUrl;

/// How often a unit is begun again after others were in its way, or its connection was lost.
const ATTEMPTS: u32 = 8;
/// The wait before the second attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(4);
/// No attempt is begun that much later than the first: whoever waits is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a unit waits for a connection to become free. A queue is no outage: a server that is
/// away frees its connections at once, and one that says nothing after [`ANSWER`].
const WAIT: Duration = Duration::from_secs(15);
/// How long opening a connection may take, greeting and password included, at all hosts together.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one attempt may take. The server ends a statement after five seconds by itself; this is
/// for a server that says nothing any more.
const ANSWER: Duration = Duration::from_secs(7);

/// An open database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    /// How the server itself is reached, if that is known.
    direct: Option<Arc<Direct>>,
    bell: Arc<Bell>,
    /// Behind a pooler a statement's name may be another session's.
    names_statements: bool,
}

/// A way around a pooler.
struct Direct {
    config: Config,
    connector: MakeRustlsConnect,
}

impl Direct {
    /// A connection of its own, which ends with its client.
    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(self.connector.clone()).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

impl Postgres {
    /// Connects, and brings the schema up to date if `migrate`.
    pub(crate) async fn open(url: &str, migrate: bool) -> Result<Self, StoreError> {
        let url = ConnectionUrl::parse(url)?;
        let names_statements = !url.through_pgbouncer;
        let connector = tls::connector(&url.trust)?;
        let direct = |config| Arc::new(Direct { config, connector: connector.clone() });
        let direct = url.direct.map(direct);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.config, connector, recycling);
        let pool = Pool::builder(manager)
            .max_size(pool_size())
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let client = pool.get().await.map_err(|error| pool_failure(&error).error)?;
        if migrate {
            match &direct {
                Some(direct) => {
                    let client = direct.connect().await;
                    migration::up(&client.map_err(|error| unavailable(&error))?).await?;
                }
                None => migration::up(&client).await?,
            }
        }
        migration::check(&client).await?;
        drop(client);
        Ok(Self { pool, direct, bell: Arc::default(), names_statements })
    }

    /// What this version would run on the database before it opens it.
    pub(crate) async fn pending(url: &str) -> Result<Vec<&'static str>, StoreError> {
        migration::pending(&connect(url).await?).await
    }

    /// Runs a unit of work and commits it. The caller may go away: the unit runs all the same.
    pub(crate) async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.run(unit, Access::Write).await
    }

    /// Runs a unit of work on a snapshot of what is committed. It cannot write.
    pub(crate) async fn read<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.run(unit, Access::Read).await
    }

    /// Hears the other instances' bells. Through a pooler alone nobody can listen.
    pub(crate) fn listen(&self) -> Listener {
        match &self.direct {
            Some(direct) => listener::start(direct.clone(), self.bell.clone()),
            None => Listener::deaf(),
        }
    }

    /// The server's time.
    pub(crate) async fn time(&self) -> Result<Timestamp, StoreError> {
        let asked = async {
            let client = self.pool.get().await.map_err(|error| pool_failure(&error).error)?;
            let rows = client.query_typed(dialect::TIME, &[]).await;
            let rows = rows.map_err(|error| unavailable(&error))?;
            let micros = rows.first().map_or(0, |row| row.get(0));
            Timestamp::from_microsecond(micros).ok().ok_or(StoreError::Unreadable("the time"))
        };
        tokio::time::timeout(ANSWER, asked).await.unwrap_or_else(|_late| Err(silent().error))
    }

    /// A task of its own: a transaction that is dropped halfway would cost its connection.
    async fn run<U: UnitOfWork>(&self, unit: U, access: Access) -> Result<U::Outcome, StoreError> {
        let database = self.clone();
        let task = tokio::spawn(async move { database.rerun(&unit, access).await });
        task.await.unwrap_or(Err(StoreError::Broken("it was cancelled")))
    }

    async fn rerun<U: UnitOfWork>(
        &self,
        unit: &U,
        access: Access,
    ) -> Result<U::Outcome, StoreError> {
        let (begun, mut wait) = (Instant::now(), FIRST_WAIT);
        for attempt in 1.. {
            match self.attempt_in_time(unit, access).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure)
                    if failure.again && attempt < ATTEMPTS && begun.elapsed() < PATIENCE =>
                {
                    tracing::debug!("{} is run again: {}", U::NAME, failure.error);
                }
                Err(failure) => return Err(failure.error),
            }
            tokio::time::sleep(jittered(wait)).await;
            wait *= 2;
        }
        Err(StoreError::Contended)
    }

    async fn attempt_in_time<U: UnitOfWork>(
        &self,
        unit: &U,
        access: Access,
    ) -> Result<U::Outcome, Failure> {
        let client = self.pool.get().await.map_err(|error| pool_failure(&error))?;
        let attempt = self.attempt(client, unit, access);
        tokio::time::timeout(ANSWER, attempt).await.unwrap_or_else(|_late| Err(silent()))
    }

    async fn attempt<U: UnitOfWork>(
        &self,
        client: deadpool_postgres::Object,
        unit: &U,
        access: Access,
    ) -> Result<U::Outcome, Failure> {
        let mut tx = Transaction::begin(client, access, self.names_statements).await?;
        let waits = tx.waits();
        let outcome = only_its_database(unit.run(&mut tx), &waits).await;
        let wakes = tx.wakes();
        let outcome = tx.end(outcome).await?;
        if wakes {
            self.bell.ring(&self.pool);
        }
        Ok(outcome)
    }
}

/// A connection of its own, past a pooler where that is known.
async fn connect(url: &str) -> Result<Client, StoreError> {
    let url = ConnectionUrl::parse(url)?;
    let connector = tls::connector(&url.trust)?;
    let direct = Direct { config: url.direct.unwrap_or(url.config), connector };
    direct.connect().await.map_err(|error| unavailable(&error))
}

/// A connection of its own to a database whose schema is up to date.
pub(crate) async fn connect_migrated(url: &str) -> Result<Client, StoreError> {
    let client = connect(url).await?;
    migration::up(&client).await?;
    migration::check(&client).await?;
    Ok(client)
}

/// What was asked may have happened: it must not be tried again.
fn silent() -> Failure {
    let error = StoreError::Unavailable("the server does not answer".to_owned());
    Failure { again: false, error }
}

pub(crate) fn unavailable(error: &tokio_postgres::Error) -> StoreError {
    StoreError::Unavailable(transaction::describe(error))
}

/// About twice the processors: more would only wait for the server's.
fn pool_size() -> usize {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    (2 * processors).clamp(4, 32)
}

/// A server that restarts refuses connections for a moment.
fn pool_failure(error: &PoolError) -> Failure {
    match error {
        PoolError::Backend(error) => {
            Failure { again: true, error: StoreError::Unavailable(transaction::describe(error)) }
        }
        PoolError::Timeout(_)
        | PoolError::Closed
        | PoolError::NoRuntimeSpecified
        | PoolError::PostCreateHook(_) => {
            Failure { again: false, error: StoreError::Unavailable(error.to_string()) }
        }
    }
}

/// Between one and two times `wait`, so that those who met do not meet again.
fn jittered(wait: Duration) -> Duration {
    let chance = RandomState::new().hash_one(0_u8) % 1_000;
    wait + wait * u32::try_from(chance).expect("less than a thousand") / 1_000
}
