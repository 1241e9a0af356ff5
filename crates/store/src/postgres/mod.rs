//! PostgreSQL for one process or several: a pool, and one transaction for each unit of work.

mod migration;
mod tls;
mod transaction;
mod url;
mod value;

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};

use crate::error::StoreError;
use crate::tx::UnitOfWork;

use transaction::{Access, Failure, Transaction, only_its_database};
use url::ConnectionUrl;

/// How often a unit is begun again after others were in its way, or its connection was lost.
const ATTEMPTS: u32 = 8;
/// The wait before the second attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(4);
/// How long a unit waits for a connection to become free.
const WAIT: Duration = Duration::from_secs(15);
/// How long opening a connection may take, greeting and password included.
const CONNECT: Duration = Duration::from_secs(10);

/// An open database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    /// Behind a pooler a statement's name may be another session's.
    names_statements: bool,
}

impl Postgres {
    /// Connects, and brings the schema up to date if `migrate`.
    pub(crate) async fn open(url: &str, migrate: bool) -> Result<Self, StoreError> {
        let url = ConnectionUrl::parse(url)?;
        let names_statements = !url.through_pgbouncer;
        let connector = tls::connector(&url.trust)?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.config, connector, recycling);
        let pool = Pool::builder(manager)
            .max_size(pool_size())
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let mut client = pool.get().await.map_err(|error| pool_failure(&error).error)?;
        if migrate {
            migration::up(&mut client).await?;
        }
        migration::check(&client).await?;
        drop(client);
        Ok(Self { pool, names_statements })
    }

    /// Runs a unit of work and commits it. The caller may go away: the unit runs all the same.
    pub(crate) async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.run(unit, Access::Write).await
    }

    /// Runs a unit of work on a snapshot of what is committed. It cannot write.
    pub(crate) async fn read<U: UnitOfWork>(&self, unit: U) -> Result<U::Outcome, StoreError> {
        self.run(unit, Access::Read).await
    }

    /// A task of its own: a transaction that is dropped halfway would stay open in the pool.
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
        let mut wait = FIRST_WAIT;
        for _ in 1..ATTEMPTS {
            match self.attempt(unit, access).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if failure.again => {
                    tracing::debug!("{} is run again: {}", U::NAME, failure.error);
                }
                Err(failure) => return Err(failure.error),
            }
            tokio::time::sleep(jittered(wait)).await;
            wait *= 2;
        }
        self.attempt(unit, access).await.map_err(|failure| failure.error)
    }

    async fn attempt<U: UnitOfWork>(
        &self,
        unit: &U,
        access: Access,
    ) -> Result<U::Outcome, Failure> {
        let client = self.pool.get().await.map_err(|error| pool_failure(&error))?;
        let mut tx = Transaction::begin(client, access, self.names_statements).await?;
        let waits = tx.waits();
        let outcome = only_its_database(unit.run(&mut tx), &waits).await;
        tx.end(outcome).await
    }
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
