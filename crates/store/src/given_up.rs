//! Jobs that rest: given up until a person tries them again, or parked by a connection.

use domain::id::JobId;
use domain::{BookingId, ConnectionId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Its identifier.
    pub id: JobId,
    /// What it makes true, by the name of its kind.
    pub kind: String,
    /// The booking it is about, if it is about one.
    pub booking: Option<BookingId>,
    /// When it was given up.
    pub at: Timestamp,
    /// Its tries.
    pub attempt: i64,
    /// Why it could not be done.
    pub last_error: Option<String>,
}

/// The jobs that were given up, oldest first.
pub struct ListGivenUp {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Of this booking alone.
    pub booking: Option<BookingId>,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListGivenUp {
    const NAME: &'static str = "job.list_given_up";
    type Outcome = Vec<GivenUp>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_given_up: a subject begins with its booking's identifier
            select id, kind, subject, given_up_at, attempt, last_error from jobs
             where workspace = $1 and given_up_at is not null
               and (cast($2 as text) is null or substr(subject, 1, 30) = $2)
             order by id
             limit $3";
        let booking = self.booking.map(|booking| booking.to_string());
        let rows = tx.query(sql, params![self.workspace.0, booking, self.limit]).await?;
        rows.into_iter().map(read).collect()
    }
}

fn read(mut row: Row) -> Result<GivenUp, StoreError> {
    Ok(GivenUp {
        id: JobId::new(row.take()?),
        kind: row.take()?,
        booking: booking_in(&row.take::<String>()?),
        at: row.take()?,
        attempt: row.take()?,
        last_error: row.take()?,
    })
}

fn booking_in(subject: &str) -> Option<BookingId> {
    subject.split('/').next()?.parse().ok()
}

/// Makes a job that was given up due again, as if it had never been tried. `false` when there is no
/// such job, or somebody did so already.
pub struct RetryJob {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: JobId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for RetryJob {
    const NAME: &'static str = "job.retry";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- retry_job
            update jobs set given_up_at = null, due_at = $3, attempt = 0
             where workspace = $1 and id = $2 and given_up_at is not null";
        tx.wake();
        Ok(tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.now]).await? > 0)
    }
}

/// How many jobs each connection parks.
pub struct CountParked {
    /// The tenant.
    pub workspace: WorkspaceId,
}

impl UnitOfWork for CountParked {
    const NAME: &'static str = "job.count_parked";
    type Outcome = Vec<(ConnectionId, i64)>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- count_parked
            select parked_by, count(*) from jobs
             where workspace = $1 and parked_by is not null
             group by parked_by";
        let rows = tx.query(sql, params![self.workspace.0]).await?;
        rows.into_iter()
            .map(|mut row| Ok((ConnectionId::new(row.take::<Uuid>()?), row.take()?)))
            .collect()
    }
}
