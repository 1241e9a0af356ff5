//! Subscriptions to calendars' changes, and the notifications that they bring.

use domain::id::JobId;
use domain::watch::{Channel, ChannelState};
use domain::{CalendarId, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Task};
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// The subscriptions to a calendar's changes, oldest first.
pub struct ListChannels {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The calendar.
    pub calendar: CalendarId,
}

impl UnitOfWork for ListChannels {
    const NAME: &'static str = "watch.list";
    type Outcome = Vec<Channel>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_channels
            select id, account, source, state, resource_id, created_at, expires_at
              from watch_channels
             where workspace = $1 and calendar = $2
             order by created_at, id";
        let rows = tx.query(sql, params![self.workspace.0, self.calendar.as_str()]).await?;
        rows.into_iter().map(read).collect()
    }
}

/// The subscriptions that an account opened.
pub struct ListChannelsOf {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The account.
    pub account: String,
}

impl UnitOfWork for ListChannelsOf {
    const NAME: &'static str = "watch.list_of_account";
    type Outcome = Vec<Channel>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_channels_of
            select id, account, source, state, resource_id, created_at, expires_at
              from watch_channels
             where workspace = $1 and account = $2
             order by created_at, id";
        let rows = tx.query(sql, params![self.workspace.0, self.account.as_str()]).await?;
        rows.into_iter().map(read).collect()
    }
}

fn read(mut row: Row) -> Result<Channel, StoreError> {
    Ok(Channel {
        id: row.take()?,
        account: row.take()?,
        source: row.take()?,
        state: row.take_as("a channel's state", |name: String| ChannelState::named(&name))?,
        resource_id: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
    })
}

/// Notes that a subscription is about to be asked for: its first notification may come before the
/// answer.
pub struct AskForChannel {
    /// Whose lease allows it.
    pub job: Job,
    /// The calendar.
    pub calendar: CalendarId,
    /// What is asked for.
    pub channel: Channel,
    /// A hash of the secret that comes with every notification.
    pub token_hash: Vec<u8>,
}

impl UnitOfWork for AskForChannel {
    const NAME: &'static str = "watch.ask";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let sql = "-- ask_for_channel
            insert into watch_channels (
                workspace, id, calendar, account, source, token_hash, state, created_at, expires_at
            )
            values ($1, $2, $3, $4, $5, $6, 'asked', $7, $8)";
        let channel = &self.channel;
        let params = params![
            self.job.workspace.0,
            channel.id.as_str(),
            self.calendar.as_str(),
            channel.account.as_str(),
            channel.source.as_str(),
            self.token_hash.as_slice(),
            channel.created_at,
            channel.expires_at,
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}

/// Notes that the provider has a subscription.
pub struct OpenChannel {
    /// Whose lease allows it.
    pub job: Job,
    /// Which.
    pub id: String,
    /// The provider's name of what is watched.
    pub resource_id: String,
    /// When it ends, if the provider said so.
    pub expires_at: Option<Timestamp>,
}

impl UnitOfWork for OpenChannel {
    const NAME: &'static str = "watch.open";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let sql = "-- open_channel
            update watch_channels set
                state = 'open', resource_id = $3, expires_at = coalesce($4, expires_at)
             where workspace = $1 and id = $2";
        let (id, resource_id) = (self.id.as_str(), self.resource_id.as_str());
        let params = params![self.job.workspace.0, id, resource_id, self.expires_at];
        tx.execute(sql, params).await?;
        Ok(())
    }
}

/// Forgets a subscription that has ended.
pub struct ForgetChannel {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: String,
}

impl UnitOfWork for ForgetChannel {
    const NAME: &'static str = "watch.forget";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- forget_channel
            delete from watch_channels where workspace = $1 and id = $2";
        tx.execute(sql, params![self.workspace.0, self.id.as_str()]).await?;
        Ok(())
    }
}

/// All is as it should be: the job ends, and is due again when that changes.
pub struct EndWatch {
    /// Whose lease allows it.
    pub job: Job,
    /// The row of the next job.
    pub next_id: JobId,
    /// When it is due, if ever.
    pub next_due_at: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EndWatch {
    const NAME: &'static str = "watch.end";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        job::finish(tx, &self.job).await?;
        if let Some(due_at) = self.next_due_at {
            let task = self.job.task.clone();
            let next = NewJob { id: self.next_id, task, due_at, lease: None };
            job::enqueue(tx, self.job.workspace, &next, self.now).await?;
        }
        Ok(())
    }
}

/// A notification that a calendar changed, as it came.
pub struct TakeNotification {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The subscription that it names.
    pub channel: String,
    /// A hash of the secret that came with it.
    pub token_hash: Vec<u8>,
    /// The provider's name of what is watched.
    pub resource_id: String,
    /// Whether it only says that notifications begin.
    pub is_beginning: bool,
    /// The row of the job that reads the calendar.
    pub job_id: JobId,
    /// When it is due: what comes until then is read together.
    pub due_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// What a notification turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notified {
    /// It is about this calendar, which will be read.
    Taken(CalendarId),
    /// There is no such subscription, any more or at all.
    Unknown,
    /// It does not come from whom it says.
    Forged,
}

impl UnitOfWork for TakeNotification {
    const NAME: &'static str = "watch.take_notification";
    type Outcome = Notified;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- find_channel
            select calendar, token_hash, resource_id from watch_channels
             where workspace = $1 and id = $2";
        let found = tx.find(sql, params![self.workspace.0, self.channel.as_str()]).await?;
        let Some(mut row) = found else { return Ok(Notified::Unknown) };
        let calendar: CalendarId = row.take_parsed("a channel's calendar")?;
        let token_hash: Vec<u8> = row.take()?;
        let resource_id: Option<String> = row.take()?;
        // Hashes are compared, so that how long it takes says nothing about the secret.
        let fits = resource_id.is_none_or(|known| known == self.resource_id);
        if token_hash != self.token_hash || !fits {
            return Ok(Notified::Forged);
        }
        let sql = "-- note_notification
            update watch_channels set resource_id = $3, notified_at = $4
             where workspace = $1 and id = $2";
        let (id, resource_id) = (self.channel.as_str(), self.resource_id.as_str());
        tx.execute(sql, params![self.workspace.0, id, resource_id, self.now]).await?;
        if !self.is_beginning {
            let task = Task::Sync(calendar.clone());
            let job = NewJob { id: self.job_id, task, due_at: self.due_at, lease: None };
            job::enqueue(tx, self.workspace, &job, self.now).await?;
        }
        Ok(Notified::Taken(calendar))
    }
}
