//! What `/health` says of the database and the jobs.

use domain::WorkspaceId;
use jiff::Timestamp;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// How the jobs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCounts {
    /// Due, running, or waiting for a retry.
    pub due: i64,
    /// Waiting for a connection.
    pub parked: i64,
    /// Given up, to be looked at.
    pub given_up: i64,
    /// Since when the oldest has been due.
    pub oldest_due_at: Option<Timestamp>,
}

/// Counts jobs. Timers that wait for their time are not due.
pub struct CountJobs {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for CountJobs {
    const NAME: &'static str = "health.jobs";
    type Outcome = JobCounts;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let waiting = "-- count_waiting_jobs
            select count(*), min(due_at) from jobs
             where workspace = $1 and parked_by is null and given_up_at is null
               and (due_at <= $2 or attempt > 0)
               and (kind <> 'timer' or due_at <= $2)";
        let mut row = one(tx.query(waiting, params![self.workspace.0, self.now]).await?)?;
        let (due, oldest_due_at) = (row.take()?, row.take()?);
        let rest = "-- count_resting_jobs
            select count(case when parked_by is not null then 1 end),
                   count(case when given_up_at is not null then 1 end)
              from jobs
             where workspace = $1 and (parked_by is not null or given_up_at is not null)";
        let mut row = one(tx.query(rest, params![self.workspace.0]).await?)?;
        Ok(JobCounts { due, oldest_due_at, parked: row.take()?, given_up: row.take()? })
    }
}

fn one(rows: Vec<crate::Row>) -> Result<crate::Row, StoreError> {
    rows.into_iter().next().ok_or(StoreError::Unreadable("a count"))
}

/// Whether the database takes writes.
pub struct ProbeWrite;

impl UnitOfWork for ProbeWrite {
    const NAME: &'static str = "health.probe";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- probe_write
            update workspaces set slug = slug where id = 1";
        tx.execute(sql, &[]).await?;
        Ok(())
    }
}
