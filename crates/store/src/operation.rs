//! Mass changes: what was asked, and what came of each booking.

use domain::id::JobId;
use domain::operation::{Outcome, Progress};
use domain::{BookingId, HostId, Interval, OperationId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::{
    AskToMove, AskedToMove, BookingRestated, CancelBooking, Cancelled, RestateBooking,
};
use crate::claim::LONGEST;
use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Task};
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A stored operation, without its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its identifier.
    pub id: OperationId,
    /// `move`, `rehost`, `cancel` or `update`.
    pub action: String,
    /// What was asked, as JSON.
    pub request: String,
    /// How far it has come.
    pub progress: Progress,
    /// Whether it only says what would happen.
    pub dry_run: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// One booking of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the order in which they are taken.
    pub position: i64,
    /// The booking.
    pub booking: BookingId,
    /// Where it shall start.
    pub wanted_start: Option<Timestamp>,
    /// With whom.
    pub wanted_host: String,
    /// Whether the host's calendars leave the new time free, once they were asked.
    pub free: Option<bool>,
    /// When it was begun.
    pub begun_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

impl Item {
    /// Whether it was begun and has no outcome yet.
    pub fn is_under_way(&self) -> bool {
        self.begun_at.is_some() && self.outcome.is_none()
    }
}

/// Stores an operation with its items, and the job that carries it out unless it is done already.
pub struct CreateOperation {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The operation.
    pub operation: Operation,
    /// Its items.
    pub items: Vec<Item>,
    /// The job's id.
    pub job_id: JobId,
}

impl UnitOfWork for CreateOperation {
    const NAME: &'static str = "operation.create";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let operation = &self.operation;
        let sql = "-- create_operation
            insert into operations (workspace, id, action, request, progress, dry_run, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $7)";
        let params = params![
            self.workspace.0,
            operation.id.uuid(),
            operation.action.as_str(),
            operation.request.as_str(),
            operation.progress.as_str(),
            operation.dry_run,
            operation.created_at,
        ];
        tx.execute(sql, params).await?;
        let sql = "-- create_operation_item
            insert into operation_items (
                workspace, operation, position, booking, wanted_start, wanted_host, outcome
            )
            values ($1, $2, $3, $4, $5, $6, $7)";
        for item in &self.items {
            let params = params![
                self.workspace.0,
                operation.id.uuid(),
                item.position,
                item.booking.uuid(),
                item.wanted_start,
                item.wanted_host.as_str(),
                item.outcome.map(|outcome| outcome.as_str().to_owned()),
            ];
            tx.execute(sql, params).await?;
        }
        if operation.progress == Progress::Running {
            let now = operation.created_at;
            enqueue(tx, self.workspace, operation.id, self.job_id, now).await?;
        }
        Ok(())
    }
}

async fn enqueue(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OperationId,
    job_id: JobId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let job = NewJob { id: job_id, task: Task::Operation(id), due_at: now, lease: None };
    job::enqueue(tx, workspace, &job, now).await?;
    Ok(())
}

/// An operation with its items, in the order in which they are taken.
pub struct LoadOperation {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: OperationId,
}

impl UnitOfWork for LoadOperation {
    const NAME: &'static str = "operation.load";
    type Outcome = Option<(Operation, Vec<Item>)>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let which = params![self.workspace.0, self.id.uuid()];
        let sql = "-- find_operation
            select id, action, request, progress, dry_run, created_at from operations
             where workspace = $1 and id = $2";
        let Some(row) = tx.find(sql, which).await? else { return Ok(None) };
        let sql = "-- list_operation_items
            select position, booking, wanted_start, wanted_host, free, begun_at, outcome
              from operation_items
             where workspace = $1 and operation = $2
             order by position";
        let items: Result<Vec<Item>, StoreError> =
            tx.query(sql, which).await?.into_iter().map(read_item).collect();
        Ok(Some((read(row)?, items?)))
    }
}

fn read(mut row: Row) -> Result<Operation, StoreError> {
    Ok(Operation {
        id: OperationId::new(row.take()?),
        action: row.take()?,
        request: row.take()?,
        progress: row.take_as("an operation", |name: String| Progress::named(&name))?,
        dry_run: row.take::<i64>()? != 0,
        created_at: row.take()?,
    })
}

fn read_item(mut row: Row) -> Result<Item, StoreError> {
    let (position, booking) = (row.take()?, BookingId::new(row.take()?));
    let (wanted_start, wanted_host) = (row.take()?, row.take()?);
    let free: Option<i64> = row.take()?;
    let begun_at = row.take()?;
    let outcome: Option<String> = row.take()?;
    let outcome = match outcome {
        Some(name) => {
            Some(Outcome::named(&name).ok_or(StoreError::Unreadable("an operation's item"))?)
        }
        None => None,
    };
    let free = free.map(|free| free != 0);
    Ok(Item { position, booking, wanted_start, wanted_host, free, begun_at, outcome })
}

/// The operations, newest first.
pub struct ListOperations {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListOperations {
    const NAME: &'static str = "operation.list";
    type Outcome = Vec<Operation>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_operations
            select id, action, request, progress, dry_run, created_at from operations
             where workspace = $1
             order by id desc
             limit $2";
        let rows = tx.query(sql, params![self.workspace.0, self.limit]).await?;
        rows.into_iter().map(read).collect()
    }
}

/// Pauses an operation or lets it go on. One that is done stays so; `false` when there is none.
pub struct SetProgress {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: OperationId,
    /// `Running` or `Paused`.
    pub progress: Progress,
    /// The job's id, where it goes on.
    pub job_id: JobId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for SetProgress {
    const NAME: &'static str = "operation.set_progress";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let which = params![self.workspace.0, self.id.uuid()];
        let known = "-- is_operation
            select 1 from operations where workspace = $1 and id = $2";
        if tx.find(known, which).await?.is_none() {
            return Ok(false);
        }
        let sql = "-- set_operation_progress
            update operations set progress = $3, updated_at = $4
             where workspace = $1 and id = $2 and progress <> 'done' and progress <> $3";
        let params = params![self.workspace.0, self.id.uuid(), self.progress.as_str(), self.now];
        let changed = tx.execute(sql, params).await? == 1;
        if changed && self.progress == Progress::Running {
            enqueue(tx, self.workspace, self.id, self.job_id, self.now).await?;
        }
        Ok(true)
    }
}

/// Asks for an operation's next step: a booking of it has settled.
pub struct NudgeOperation {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: OperationId,
    /// The job's id, if there is none.
    pub job_id: JobId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for NudgeOperation {
    const NAME: &'static str = "operation.nudge";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        enqueue(tx, self.workspace, self.id, self.job_id, self.now).await
    }
}

/// What became known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Whether the calendars leave its new time free.
    Free(bool),
    /// What came of it.
    Outcome(Outcome),
}

/// Notes what became known of items, and that the operation is done when every item has its outcome.
pub struct NoteItems {
    /// Whose lease allows it.
    pub job: Job,
    /// Of which operation.
    pub id: OperationId,
    /// By position.
    pub items: Vec<(i64, Known)>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for NoteItems {
    const NAME: &'static str = "operation.note_items";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        for (position, known) in &self.items {
            note(tx, self.job.workspace, self.id, *position, *known).await?;
        }
        finish_if_done(tx, self.job.workspace, self.id, self.now).await
    }
}

async fn note(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    operation: OperationId,
    position: i64,
    known: Known,
) -> Result<(), StoreError> {
    let (free, outcome) = match known {
        Known::Free(free) => (Some(free), None),
        Known::Outcome(outcome) => (None, Some(outcome.as_str().to_owned())),
    };
    let sql = "-- note_item
        update operation_items set
            free = coalesce($4, free), outcome = coalesce(outcome, $5)
         where workspace = $1 and operation = $2 and position = $3";
    let params = params![workspace.0, operation.uuid(), position, free, outcome];
    tx.execute(sql, params).await?;
    Ok(())
}

async fn finish_if_done(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    operation: OperationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- finish_operation
        update operations set progress = 'done', updated_at = $3
         where workspace = $1 and id = $2 and progress = 'running'
           and not exists (
                select 1 from operation_items
                 where operation_items.workspace = $1 and operation = $2 and outcome is null)";
    tx.execute(sql, params![workspace.0, operation.uuid(), now]).await?;
    Ok(())
}

/// The change of one booking.
pub enum Change {
    /// Another time or host. The calendars were found free.
    Move(Box<AskToMove>),
    /// Called off.
    Cancel(Box<CancelBooking>),
    /// Another title or place.
    Restate(Box<RestateBooking>),
}

/// Begins one item: the booking's change and that it was begun, or neither.
pub struct BeginItem {
    /// Whose lease allows it.
    pub job: Job,
    /// Of which operation.
    pub id: OperationId,
    /// Its position.
    pub position: i64,
    /// The booking's change.
    pub change: Change,
    /// Now.
    pub now: Timestamp,
}

/// What came of beginning an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The calendar has to follow.
    UnderWay,
    /// It has its outcome.
    Settled(Outcome),
    /// Something else has the time now.
    Taken,
    /// Somebody else is changing the booking.
    Busy,
    /// The operation was paused meanwhile.
    Paused,
    /// The setup has changed: load it and begin again.
    StaleSetup,
}

impl UnitOfWork for BeginItem {
    const NAME: &'static str = "operation.begin_item";
    type Outcome = Begun;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        let running = "-- is_operation_running
            select 1 from operations where workspace = $1 and id = $2 and progress = 'running'";
        if tx.find(running, params![workspace.0, self.id.uuid()]).await?.is_none() {
            return Ok(Begun::Paused);
        }
        let begun = match &self.change {
            Change::Cancel(cancel) => cancelled(&cancel.run(tx).await?),
            Change::Move(ask) => self.moved(tx, ask).await?,
            Change::Restate(restate) => restated(&restate.run(tx).await?),
        };
        match &begun {
            Begun::UnderWay => {
                let sql = "-- begin_item
                    update operation_items set begun_at = $4
                     where workspace = $1 and operation = $2 and position = $3";
                let params = params![workspace.0, self.id.uuid(), self.position, self.now];
                tx.execute(sql, params).await?;
            }
            Begun::Settled(outcome) => {
                note(tx, workspace, self.id, self.position, Known::Outcome(*outcome)).await?;
                finish_if_done(tx, workspace, self.id, self.now).await?;
            }
            Begun::Taken | Begun::Busy | Begun::Paused | Begun::StaleSetup => {}
        }
        Ok(begun)
    }
}

impl BeginItem {
    async fn moved(&self, tx: &mut impl Tx, ask: &AskToMove) -> Result<Begun, StoreError> {
        Ok(match ask.run(tx).await? {
            AskedToMove::Accepted { booking, .. } => {
                // The operation has asked the calendars for all of its bookings at once.
                let sql = "-- known_free
                    update bookings set free_revision = $3 where workspace = $1 and id = $2";
                let which: Uuid = booking.id.uuid();
                tx.execute(sql, params![ask.workspace.0, which, booking.revision]).await?;
                Begun::UnderWay
            }
            AskedToMove::NotOffered(_) => Begun::Taken,
            AskedToMove::Refused(domain::Refusal::ChangeInProgress)
            | AskedToMove::Outdated(_)
            | AskedToMove::Mismatch => Begun::Busy,
            AskedToMove::Refused(
                domain::Refusal::AlreadyOver
                | domain::Refusal::NotBegunYet
                | domain::Refusal::NothingOffered,
            )
            | AskedToMove::NotFound => Begun::Settled(Outcome::AlreadyOver),
            AskedToMove::Replayed => Begun::Settled(Outcome::Done),
            AskedToMove::StaleSetup => Begun::StaleSetup,
        })
    }
}

fn restated(restated: &BookingRestated) -> Begun {
    match restated {
        BookingRestated::Done { follows: true } => Begun::UnderWay,
        BookingRestated::Done { follows: false } => Begun::Settled(Outcome::Done),
        BookingRestated::Shared => Begun::Settled(Outcome::Failed),
        BookingRestated::Refused(_) | BookingRestated::NotFound => {
            Begun::Settled(Outcome::AlreadyOver)
        }
    }
}

fn cancelled(cancelled: &Cancelled) -> Begun {
    match cancelled {
        Cancelled::Done { .. } | Cancelled::Replayed => Begun::Settled(Outcome::Done),
        Cancelled::Refused(_) | Cancelled::NotFound => Begun::Settled(Outcome::AlreadyOver),
        Cancelled::Outdated(_) | Cancelled::Mismatch => Begun::Busy,
    }
}

/// Who holds any of a stretch of a host's time.
pub struct HoldersWithin {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose time.
    pub host: HostId,
    /// The stretch.
    pub within: Interval,
    /// Now: what has lapsed does not count.
    pub now: Timestamp,
}

impl UnitOfWork for HoldersWithin {
    const NAME: &'static str = "operation.holders";
    type Outcome = Vec<Uuid>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- holders_within: a claim is bounded, and so is the range of ends
            select holder from claims
             where workspace = $1 and host = $2
               and ends > $3 and ends < $4 and starts < $5
               and (expires_at is null or expires_at > $6)";
        let (start, end) = (self.within.start(), self.within.end());
        let furthest = end.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        let params = params![self.workspace.0, self.host.as_str(), start, furthest, end, self.now];
        tx.query(sql, params).await?.into_iter().map(|mut row| row.take()).collect()
    }
}
