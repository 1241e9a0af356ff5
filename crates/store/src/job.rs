//! Durable units of outside work: the outbox, the leases, and their fencing.

mod task;

use domain::id::JobId;
use domain::incident::IncidentKind;
use domain::{ConnectionId, IncidentId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::lock_booking;
use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

pub use task::Task;

/// A worker's right to a job until an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Made anew for every claim, never for a process: it fences a worker that lost its lease also
    /// against its own successor.
    pub owner: Uuid,
    /// When the job becomes anybody's again.
    pub until: Timestamp,
}

/// A job that this process holds the lease of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The row.
    pub id: JobId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What to make true.
    pub task: Task,
    /// What was asked for when the lease was taken.
    pub wanted: i64,
    /// Counts the tries since it was last asked for.
    pub attempt: i64,
    /// When the lease ends.
    pub lease: Lease,
    /// When it was first asked for.
    pub created_at: Timestamp,
}

/// Identifiers for the jobs of one unit of work, made from one: blocks that are far from each other,
/// and from the blocks of any other, so that none is given twice however many are needed.
pub(crate) struct JobIds {
    first: u128,
    blocks: u128,
}

/// The bits of a UUID behind its version and variant.
const FREE_BITS: u128 = (1 << 62) - 1;
/// An odd number, so that the multiples of it meet every value once.
const STRIDE: u128 = 0x1e37_79b9_7f4a_7c15;

impl From<JobId> for JobIds {
    fn from(first: JobId) -> Self {
        Self { first: first.uuid().as_u128(), blocks: 0 }
    }
}

impl JobIds {
    /// The first identifier of a block, with room for every job that one booking can call for.
    pub(crate) fn block(&mut self) -> JobId {
        let tail = (self.first + self.blocks * STRIDE) & FREE_BITS;
        self.blocks += 1;
        JobId::new(Uuid::from_u128(self.first & !FREE_BITS | tail))
    }
}

/// Asks for a job, or for it once more. `lease` is taken with it if nobody else has one.
pub struct NewJob {
    /// The row's id, if there is none yet; ids order jobs.
    pub id: JobId,
    /// What to make true.
    pub task: Task,
    /// From when on.
    pub due_at: Timestamp,
    /// Runs at once in this process.
    pub lease: Option<Lease>,
}

/// Enqueues a job in the caller's transaction. `Some` when the asked-for lease was taken.
pub async fn enqueue(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    job: &NewJob,
    now: Timestamp,
) -> Result<Option<Job>, StoreError> {
    let sql = "-- enqueue: asking again makes a waiting job due and starts its tries anew, also a
        -- parked one, since what is wanted now may not need the connection that parks it
        insert into jobs (
            id, workspace, kind, subject, wanted, due_at, attempt,
            lease_owner, leased_until, created_at
        )
        values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9)
        on conflict (workspace, kind, subject) do update set
            wanted = jobs.wanted + 1,
            due_at = case when excluded.due_at < jobs.due_at then excluded.due_at else jobs.due_at end,
            parked_by = null,
            given_up_at = null,
            attempt = case when jobs.leased_until > $9 then jobs.attempt else excluded.attempt end,
            lease_owner = case when jobs.leased_until > $9 then jobs.lease_owner else excluded.lease_owner end,
            leased_until = case when jobs.leased_until > $9 then jobs.leased_until else excluded.leased_until end
        returning id, wanted, attempt, lease_owner, leased_until, created_at";
    let params = params![
        job.id.uuid(),
        workspace.0,
        job.task.kind(),
        job.task.subject(),
        job.due_at,
        i64::from(job.lease.is_some()),
        job.lease.map(|lease| lease.owner),
        job.lease.map(|lease| lease.until),
        now,
    ];
    let mut row = tx.find(sql, params).await?.ok_or(StoreError::Unreadable("an enqueued job"))?;
    if job.lease.is_none() && job.due_at <= now {
        tx.wake();
    }
    let (id, wanted, attempt): (Uuid, i64, i64) = (row.take()?, row.take()?, row.take()?);
    let (owner, until): (Option<Uuid>, Option<Timestamp>) = (row.take()?, row.take()?);
    let created_at = row.take()?;
    let taken = job.lease.filter(|lease| owner == Some(lease.owner) && until == Some(lease.until));
    Ok(taken.map(|lease| Job {
        id: JobId::new(id),
        workspace,
        task: job.task.clone(),
        wanted,
        attempt,
        lease,
        created_at,
    }))
}

/// Asks for a job by itself.
pub struct EnqueueJob {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The job.
    pub job: NewJob,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EnqueueJob {
    const NAME: &'static str = "job.enqueue";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        enqueue(tx, self.workspace, &self.job, self.now).await.map(|_taken| ())
    }
}

/// Enqueues jobs that are not there yet; those that are stay as they are.
pub struct EnsureJobs {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The jobs.
    pub jobs: Vec<NewJob>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EnsureJobs {
    const NAME: &'static str = "job.ensure";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- ensure_job
            insert into jobs (id, workspace, kind, subject, wanted, due_at, attempt, created_at)
            values ($1, $2, $3, $4, 1, $5, 0, $6)
            on conflict do nothing";
        for job in &self.jobs {
            let (kind, subject) = (job.task.kind(), job.task.subject());
            let params =
                params![job.id.uuid(), self.workspace.0, kind, subject, job.due_at, self.now];
            tx.execute(sql, params).await?;
        }
        Ok(())
    }
}

/// Sets when a job is due, whatever it was before.
pub async fn schedule(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    job: &NewJob,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- schedule
        insert into jobs (id, workspace, kind, subject, wanted, due_at, attempt, created_at)
        values ($1, $2, $3, $4, 1, $5, 0, $6)
        on conflict (workspace, kind, subject) do update set
            wanted = jobs.wanted + 1,
            due_at = excluded.due_at,
            given_up_at = null";
    let (kind, subject) = (job.task.kind(), job.task.subject());
    tx.execute(sql, params![job.id.uuid(), workspace.0, kind, subject, job.due_at, now]).await?;
    if job.due_at <= now {
        tx.wake();
    }
    Ok(())
}

/// Takes the leases of due jobs, in the order in which they were enqueued.
pub struct ClaimJobs {
    /// Now.
    pub now: Timestamp,
    /// The leases to give.
    pub lease: Lease,
    /// The most jobs.
    pub limit: i64,
}

impl UnitOfWork for ClaimJobs {
    const NAME: &'static str = "job.claim";
    type Outcome = Vec<Job>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        // Materialized, or SQLite would walk all jobs by id, timers of the far future included.
        let sql = "-- claim_due_jobs: a lease that runs out makes the job due again
            with due as materialized (
                select id from jobs
                 where due_at <= $1
                   and parked_by is null and given_up_at is null
                   and (leased_until is null or leased_until <= $1)
                 -- PostgreSQL adds: order by id limit $2 for update skip locked
            )
            update jobs set lease_owner = $3, leased_until = $4, attempt = attempt + 1
             where id in (select id from due order by id limit $2)
            returning id, workspace, kind, subject, wanted, attempt, created_at";
        let params = params![self.now, self.limit, self.lease.owner, self.lease.until];
        let rows = tx.query(sql, params).await?;
        let mut jobs: Vec<Job> = rows
            .into_iter()
            .map(|row| claimed(row, self.lease))
            .collect::<Result<_, StoreError>>()?;
        jobs.sort_unstable_by_key(|job| job.id);
        Ok(jobs)
    }
}

fn claimed(mut row: Row, lease: Lease) -> Result<Job, StoreError> {
    let id = JobId::new(row.take()?);
    let workspace = WorkspaceId(row.take()?);
    let (kind, subject): (String, String) = (row.take()?, row.take()?);
    let task = Task::parse(&kind, &subject).ok_or(StoreError::Unreadable("a job"))?;
    let (wanted, attempt) = (row.take()?, row.take()?);
    Ok(Job { id, workspace, task, wanted, attempt, lease, created_at: row.take()? })
}

/// Proves that the job is still this worker's, and keeps it so until the transaction ends. Whoever
/// lost it may change nothing.
pub async fn fence(tx: &mut impl Tx, job: &Job) -> Result<(), StoreError> {
    // The booking first, as everybody who changes a booking and then its jobs.
    if let Some(booking) = job.task.booking() {
        lock_booking(tx, job.workspace, booking).await?;
    }
    let sql = "-- fence
        select 1 from jobs
         where id = $1 and lease_owner = $2 -- PostgreSQL adds: for update
        ";
    let row = tx.find(sql, params![job.id.uuid(), job.lease.owner]).await?;
    row.map(|_| ()).ok_or(StoreError::LeaseLost)
}

/// Proves that the job is still this worker's, and gives it more time: for work in several steps.
pub async fn renew(tx: &mut impl Tx, job: &Job, until: Timestamp) -> Result<(), StoreError> {
    let sql = "-- renew_lease
        update jobs set leased_until = $3 where id = $1 and lease_owner = $2";
    let renewed = tx.execute(sql, params![job.id.uuid(), job.lease.owner, until]).await?;
    if renewed == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Ends a job: its row goes, unless it was asked for again meanwhile. Then it is due again.
pub async fn finish(tx: &mut impl Tx, job: &Job) -> Result<(), StoreError> {
    let gone = "-- finish_job
        delete from jobs where id = $1 and lease_owner = $2 and wanted = $3
        returning incident, due_at";
    let params = params![job.id.uuid(), job.lease.owner, job.wanted];
    if let Some(mut row) = tx.find(gone, params).await? {
        let incident: Option<Uuid> = row.take()?;
        return match incident {
            Some(_) => no_longer_given_up(tx, job, row.take()?).await,
            None => Ok(()),
        };
    }
    let again = "-- finish_job_asked_for_again
        update jobs set lease_owner = null, leased_until = null, attempt = 0
         where id = $1 and lease_owner = $2";
    let params = params![job.id.uuid(), job.lease.owner];
    let kept = tx.execute(again, params).await?;
    if kept == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// What was given up is done after all.
async fn no_longer_given_up(
    tx: &mut impl Tx,
    job: &Job,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let (kind, subject) = (IncidentKind::JobGivenUp, given_up_subject(&job.task));
    let resolution = "It was tried again and is done.";
    incident::close(tx, job.workspace, kind, &subject, resolution, due_at).await?;
    Ok(())
}

/// What an incident about a job is about.
fn given_up_subject(task: &Task) -> String {
    format!("{}/{}", task.kind(), task.subject())
}

/// What becomes of a job that is not done.
#[derive(Debug, Clone)]
pub enum Postponement {
    /// Try again then.
    Until(Timestamp),
    /// Nothing is wrong, and nothing to be done before then.
    Resting(Timestamp),
    /// Its turn comes then: nothing failed, so the try does not count.
    Paced(Timestamp),
    /// Wait until this connection works again.
    Parked(ConnectionId),
    /// Give up, visibly.
    GivenUp {
        /// Now.
        at: Timestamp,
        /// The incident that operators hear of, if it is news.
        incident: IncidentId,
    },
}

/// Releases a lease without the job being done.
pub async fn postpone(
    tx: &mut impl Tx,
    job: &Job,
    postponement: &Postponement,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "-- postpone_job: asked for again meanwhile, it is due at once
        update jobs set
            lease_owner = null, leased_until = null, last_error = $3,
            due_at = case when wanted = $4 then coalesce($5, due_at) else due_at end,
            attempt = case when cast($8 as bigint) = 1 then 0
                else attempt - cast($9 as bigint) end,
            parked_by = $6,
            given_up_at = case when wanted = $4 then cast($7 as bigint) else null end
         where id = $1 and lease_owner = $2";
    let (due_at, parked_by, given_up_at) = match postponement {
        Postponement::Until(at) | Postponement::Resting(at) | Postponement::Paced(at) => {
            (Some(*at), None, None)
        }
        Postponement::Parked(connection) if rests(tx, job.workspace, *connection).await? => {
            (None, Some(connection.uuid()), None)
        }
        // It works again, or is gone: nobody would unpark the job, which is due at once.
        Postponement::Parked(_) => (None, None, None),
        Postponement::GivenUp { at, .. } => (None, None, Some(*at)),
    };
    let params = params![
        job.id.uuid(),
        job.lease.owner,
        error.map(str::to_owned),
        job.wanted,
        due_at,
        parked_by,
        given_up_at,
        matches!(postponement, Postponement::Resting(_)),
        i64::from(matches!(postponement, Postponement::Paced(_))),
    ];
    if tx.execute(sql, params).await? != 1 {
        return Err(StoreError::LeaseLost);
    }
    match postponement {
        Postponement::Until(_)
        | Postponement::Resting(_)
        | Postponement::Paced(_)
        | Postponement::Parked(_) => Ok(()),
        Postponement::GivenUp { at, incident } => {
            tell_of_giving_up(tx, job, *incident, error, *at).await
        }
    }
}

/// Opens the incident of a job that was given up, unless it was asked for again meanwhile.
async fn tell_of_giving_up(
    tx: &mut impl Tx,
    job: &Job,
    id: IncidentId,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- mark_given_up
        update jobs set incident = $2 where id = $1 and given_up_at is not null";
    if tx.execute(sql, params![job.id.uuid(), id.uuid()]).await? == 0 {
        return Ok(());
    }
    let subject = given_up_subject(&job.task);
    let why = error.unwrap_or("no reason was noted");
    let incident = NewIncident {
        id,
        kind: IncidentKind::JobGivenUp,
        summary: format!(
            "The job {subject} was given up: {why}. Mend the cause, then try it again on the \
             dashboard's page of work that was given up."
        ),
        subject,
    };
    incident::open(tx, job.workspace, &incident, now).await?;
    Ok(())
}

/// Whether a connection still waits for its host. Its row is kept as it is until the transaction
/// ends: whoever heals it meanwhile waits, and then finds the job among those to be unparked.
async fn rests(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<bool, StoreError> {
    let sql = "-- connection_rests
        select status, cast(case when refresh_token is null then 1 else 0 end as bigint)
          from connections
         where workspace = $1 and id = $2 -- PostgreSQL adds: for share
        ";
    let found = tx.find(sql, params![workspace.0, connection.uuid()]).await?;
    let Some(mut row) = found else { return Ok(false) };
    let (status, has_no_token): (String, i64) = (row.take()?, row.take()?);
    Ok(has_no_token == 1 || matches!(status.as_str(), "awaiting_consent" | "revoked"))
}

/// Takes back a job that nobody works on: what it was for has been done otherwise.
pub(crate) async fn withdraw(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    task: &Task,
) -> Result<(), StoreError> {
    let sql = "-- withdraw_job
        delete from jobs
         where workspace = $1 and kind = $2 and subject = $3 and lease_owner is null";
    tx.execute(sql, params![workspace.0, task.kind(), task.subject()]).await?;
    Ok(())
}

/// Makes everything parked by a connection due, oldest first since ids keep the order.
pub async fn unpark(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let sql = "-- unpark: locked in the order in which others ask for several jobs
        update jobs set parked_by = null, due_at = $3, attempt = 0
         where id in (
            select id from jobs
             where workspace = $1 and parked_by = $2
             order by kind, subject -- PostgreSQL adds: for update
         )";
    tx.wake();
    tx.execute(sql, params![workspace.0, connection.uuid(), now]).await
}

/// Frees every lease: for a process that knows that it is alone, when it starts. Nobody waits for
/// an answer of the one before it either.
pub struct ReleaseLeases;

impl UnitOfWork for ReleaseLeases {
    const NAME: &'static str = "job.release";
    type Outcome = usize;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let nobody_waits = "-- forget_waiting_callers
            update bookings set awaited_until = null where awaited_until is not null";
        tx.execute(nobody_waits, &[]).await?;
        let sql = "-- release_leases
            update jobs set lease_owner = null, leased_until = null where lease_owner is not null";
        tx.execute(sql, &[]).await
    }
}

/// The next instant at which a job becomes due.
pub struct NextDue;

impl UnitOfWork for NextDue {
    const NAME: &'static str = "job.next_due";
    type Outcome = Option<Timestamp>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        // Leased jobs were due, so they stand before the first that is free: no other is looked at.
        let sql = "-- next_due
            with free as (
                select min(due_at) as due_at from jobs
                 where parked_by is null and given_up_at is null and leased_until is null
            )
            select min(case when leased_until > due_at then leased_until else due_at end) from jobs
             where parked_by is null and given_up_at is null
               and due_at <= coalesce((select due_at from free), 9223372036854775807)";
        match tx.find(sql, &[]).await? {
            Some(mut row) => row.take(),
            None => Ok(None),
        }
    }
}

/// Settles a job by itself: for handlers that changed nothing else.
pub struct Release {
    /// The job.
    pub job: Job,
    /// `None` when it is done.
    pub postponement: Option<Postponement>,
    /// What the operator should read.
    pub error: Option<String>,
}

impl UnitOfWork for Release {
    const NAME: &'static str = "job.settle";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        match &self.postponement {
            None => finish(tx, &self.job).await,
            Some(postponement) => {
                postpone(tx, &self.job, postponement, self.error.as_deref()).await
            }
        }
    }
}

/// A job as an operator sees it.
#[derive(Debug, Clone)]
pub struct JobSummary {
    /// What it makes true.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// When it is due.
    pub due_at: Timestamp,
    /// Its tries.
    pub attempt: i64,
    /// The connection that parks it.
    pub parked_by: Option<ConnectionId>,
    /// When it was given up.
    pub given_up_at: Option<Timestamp>,
    /// Why it is not done.
    pub last_error: Option<String>,
}

/// The jobs that are not done, oldest first.
pub struct ListJobs {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListJobs {
    const NAME: &'static str = "job.list";
    type Outcome = Vec<JobSummary>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_jobs
            select kind, subject, due_at, attempt, parked_by, given_up_at, last_error
              from jobs where workspace = $1 order by id limit $2";
        let rows = tx.query(sql, params![self.workspace.0, self.limit]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(JobSummary {
                    kind: row.take()?,
                    subject: row.take()?,
                    due_at: row.take()?,
                    attempt: row.take()?,
                    parked_by: row.take::<Option<Uuid>>()?.map(ConnectionId::new),
                    given_up_at: row.take()?,
                    last_error: row.take()?,
                })
            })
            .collect()
    }
}
