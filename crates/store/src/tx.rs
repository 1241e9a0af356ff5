//! What a unit of work sees of a database.

use std::future::Future;

use crate::error::StoreError;
use crate::lock::Lock;
use crate::value::{Row, Value};

/// An open transaction on either database. Statements are written once, with `$1`, `$2`, … for
/// parameters.
pub trait Tx: Send {
    /// Runs a statement and reads its rows.
    fn query(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// Runs a statement and says how many rows it touched.
    fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Waits until nobody else has any of these locks, and has them until the transaction ends.
    /// What the statements after it read is what the one before committed.
    fn lock(&mut self, locks: &[Lock]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Tells the other processes, once this is committed, that a job is due. It only saves them
    /// time: they look anyway. Where one process runs all jobs there is nobody to be told.
    fn wake(&mut self) {}

    /// Begins a step that can be undone alone, until the next one begins.
    fn begin_step(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send {
        let sql = "-- begin_step
            savepoint step";
        async move { self.execute(sql, &[]).await.map(|_| ()) }
    }

    /// Undoes what the transaction did since the step began.
    fn undo_step(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send {
        let sql = "-- undo_step
            rollback to savepoint step";
        async move { self.execute(sql, &[]).await.map(|_| ()) }
    }

    /// Runs a statement that gives at most one row.
    fn find(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send {
        async move { Ok(self.query(sql, params).await?.into_iter().next()) }
    }
}

/// Work that is committed when it returns, rolled back when it fails, and rerun from the top on a
/// conflict: it has no effect outside its transaction, brings its identifiers and the time, and
/// awaits nothing but its database. A refusal is an outcome, not an error.
pub trait UnitOfWork: Send + Sync + 'static {
    /// `noun.verb`, for logs and metrics.
    const NAME: &'static str;
    /// What is known once it has been committed.
    type Outcome: Send + 'static;

    /// Does the work.
    fn run(
        &self,
        tx: &mut impl Tx,
    ) -> impl Future<Output = Result<Self::Outcome, StoreError>> + Send;
}
