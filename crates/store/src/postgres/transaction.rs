//! One transaction on one connection.

use std::borrow::Cow;
use std::future::poll_fn;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::value::{read_row, type_of};
use crate::dialect;
use crate::error::StoreError;
use crate::lock::Lock;
use crate::tx::Tx;
use crate::value::{Row, Value};

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Why a unit of work was not committed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: StoreError,
    /// Whether it is safe and may help to run it from the top.
    pub(super) again: bool,
}

impl Failure {
    fn of(error: &Error) -> Self {
        let conflict = matches!(
            error.code(),
            Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED)
        );
        if conflict {
            return Self { error: StoreError::Contended, again: true };
        }
        Self { error: StoreError::Unavailable(describe(error)), again: is_lost(error) }
    }
}

/// Whether the connection is gone, and with it everything that was not committed. A pooler whose
/// server has gone says so in the class of connection exceptions.
fn is_lost(error: &Error) -> bool {
    match error.code() {
        Some(code) => {
            code.code().starts_with("08")
                || matches!(
                    *code,
                    SqlState::ADMIN_SHUTDOWN
                        | SqlState::CRASH_SHUTDOWN
                        | SqlState::CANNOT_CONNECT_NOW
                        | SqlState::TOO_MANY_CONNECTIONS
                )
        }
        None => error.is_closed() || error.as_db_error().is_none() && is_io(error),
    }
}

fn is_io(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The fault and its cause. The server's message names no bound value; its detail does, and is left
/// out.
pub(super) fn describe(error: &Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(fault), _) => format!("{} ({})", fault.message(), fault.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// A connection in the middle of something. It is closed, and not given to the next, unless it is
/// known to be idle again: also when whoever used it was given up halfway.
struct Busy(Option<Object>);

impl Busy {
    fn idle_again(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Busy {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0.as_ref().expect("it is taken out only when this goes")
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

/// An open transaction, whose connection goes back to the pool only when it has ended.
pub(super) struct Transaction {
    client: Busy,
    access: Access,
    names_statements: bool,
    /// Whether the database has been asked something that it has not answered.
    waits: Arc<AtomicBool>,
    /// Whether it leaves a job that is due, for whoever looks first.
    wakes: bool,
    /// The first fault: the server does nothing more then, and a commit would roll back in silence.
    failure: Option<Failure>,
}

impl Transaction {
    pub(super) async fn begin(
        client: Object,
        access: Access,
        names_statements: bool,
    ) -> Result<Self, Failure> {
        let begin = match access {
            Access::Read => dialect::BEGIN_READ,
            Access::Write => dialect::BEGIN_WRITE,
        };
        let client = Busy(Some(client));
        match client.batch_execute(begin).await {
            Ok(()) => {
                let waits = Arc::new(AtomicBool::new(false));
                Ok(Self { client, access, names_statements, waits, wakes: false, failure: None })
            }
            // Nothing has happened yet, and the next connection may lead to another server.
            Err(error) => Err(Failure { again: true, ..Failure::of(&error) }),
        }
    }

    /// Whether it leaves a job that is due, for whoever looks first.
    pub(super) fn wakes(&self) -> bool {
        self.wakes
    }

    /// True while the database is being asked.
    pub(super) fn waits(&self) -> Arc<AtomicBool> {
        self.waits.clone()
    }

    /// Commits what went well, and rolls back anything else.
    pub(super) async fn end<T>(self, outcome: Result<T, StoreError>) -> Result<T, Failure> {
        let (client, failure) = (self.client, self.failure);
        match (outcome, failure) {
            (Ok(outcome), None) => commit(client, self.access).await.map(|()| outcome),
            (_, Some(failure)) => {
                roll_back(client).await;
                Err(failure)
            }
            (Err(error), None) => {
                roll_back(client).await;
                Err(Failure { error, again: false })
            }
        }
    }

    fn text(&self, sql: &'static str) -> Cow<'static, str> {
        dialect::postgres(sql, self.access == Access::Write)
    }

    async fn rows(
        &self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let text = self.text(sql);
        if self.names_statements {
            let statement = self.client.prepare_cached(&text).await?;
            return self.client.query(&statement, &plain(params)).await;
        }
        self.client.query_typed(&text, &typed(params)).await
    }

    async fn count(&self, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
        let text = self.text(sql);
        if self.names_statements {
            let statement = self.client.prepare_cached(&text).await?;
            return self.client.execute(&statement, &plain(params)).await;
        }
        self.client.execute_typed(&text, &typed(params)).await
    }

    /// Notes what the database answered.
    fn answered<T>(&mut self, answer: Result<T, Error>) -> Result<T, StoreError> {
        self.waits.store(false, Ordering::Relaxed);
        answer.map_err(|error| {
            let failure = Failure::of(&error);
            let told = failure.error.clone();
            self.failure.get_or_insert(failure);
            told
        })
    }

    fn asks(&self) {
        self.waits.store(true, Ordering::Relaxed);
    }
}

impl Tx for Transaction {
    async fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.asks();
        let answer = self.rows(sql, params).await;
        self.answered(answer)?.iter().map(read_row).collect()
    }

    async fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<usize, StoreError> {
        self.asks();
        let answer = self.count(sql, params).await;
        let count = self.answered(answer)?;
        usize::try_from(count).ok().ok_or(StoreError::Unreadable("a count of rows"))
    }

    fn wake(&mut self) {
        self.wakes = true;
    }

    async fn lock(&mut self, locks: &[Lock]) -> Result<(), StoreError> {
        let mut locks = locks.to_vec();
        // In one order everywhere, so that nobody waits in a circle.
        locks.sort_unstable();
        locks.dedup();
        for lock in locks {
            self.execute(dialect::LOCK, &[Value::Integer(lock.number())]).await?;
        }
        Ok(())
    }
}

fn plain(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

fn typed(params: &[Value]) -> Vec<(&(dyn ToSql + Sync), tokio_postgres::types::Type)> {
    params.iter().map(|param| (param as &(dyn ToSql + Sync), type_of(param))).collect()
}

/// A lost answer to a commit is not a failure: nobody may run the unit again, or call it undone.
async fn commit(client: Busy, access: Access) -> Result<(), Failure> {
    let Err(error) = client.batch_execute("commit").await else {
        client.idle_again();
        return Ok(());
    };
    if access == Access::Read || error.as_db_error().is_some() {
        return Err(Failure::of(&error));
    }
    let error = format!("the answer to a commit was lost: {}", describe(&error));
    Err(Failure { error: StoreError::Unavailable(error), again: false })
}

async fn roll_back(client: Busy) {
    if client.batch_execute("rollback").await.is_ok() {
        client.idle_again();
    }
}

/// Runs a unit of work, which may wait for its database and for nothing else, as on SQLite.
pub(super) async fn only_its_database<T>(
    unit: impl Future<Output = Result<T, StoreError>>,
    waits: &AtomicBool,
) -> Result<T, StoreError> {
    let mut unit = pin!(unit);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| unit.as_mut().poll(context)));
        match poll {
            Ok(Poll::Pending) if waits.load(Ordering::Relaxed) => Poll::Pending,
            Ok(Poll::Pending) => {
                Poll::Ready(Err(StoreError::Broken("it awaited something other than its database")))
            }
            Ok(Poll::Ready(outcome)) => Poll::Ready(outcome),
            Err(_panic) => Poll::Ready(Err(StoreError::Broken("it panicked"))),
        }
    })
    .await
}
