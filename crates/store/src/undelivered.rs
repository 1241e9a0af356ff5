//! What follows when somebody could not be reached: they count as not told, are tried once more
//! where that may help, and else in another way.

use domain::id::JobId;
use domain::service::Channel;
use domain::{BookingId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::attendees_of;
use crate::error::StoreError;
use crate::job::{self, NewJob, Task};
use crate::message::{Message, MessageReported};
use crate::number::{self, NewFact};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// How often the same news is tried in the same way, the first time included.
const MOST_TRIES: i64 = 3;

/// Somebody could not be told in this way, and will not be: the next way takes over. Whoever knows
/// already from another message is told nothing, since the job compares.
pub(crate) async fn fall_over(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    message: &Message,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Message { id, booking, position, channel, .. } = message;
    // The identifier of a message leaves room behind it.
    let job = JobId::new(Uuid::from_u128(id.uuid().as_u128().wrapping_add(1)));
    try_other_ways(tx, workspace, (*booking, *position), *channel, job, now).await
}

async fn try_other_ways(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    (booking, position): (BookingId, u32),
    failed: Channel,
    job: JobId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let attendees = attendees_of(tx, workspace, booking).await?;
    let index = usize::try_from(position).unwrap_or(usize::MAX);
    let Some(attendee) = attendees.get(index) else { return Ok(()) };
    let ways = std::iter::successors(failed.fallback(), |channel| channel.fallback());
    let mut reachable = ways.filter(|channel| attendee.is_reachable_by(*channel));
    if let Some(channel) = reachable.next() {
        know_as_by(tx, workspace, (booking, position), failed, channel, now).await?;
        let task = Task::Notify { booking, position, channel };
        job::enqueue(tx, workspace, &NewJob { id: job, task, due_at: now, lease: None }, now)
            .await?;
    }
    Ok(())
}

/// Whoever was never told anything in this way knows what they were told in the other: they hear of
/// an end, too, of which only the other told the beginning.
async fn know_as_by(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    (booking, position): (BookingId, u32),
    told_by: Channel,
    channel: Channel,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- know_as_by_other_channel
        insert into tellings
            (workspace, booking, position, channel, told, starts_at, ends_at, edition,
             asked_starts_at, asked_ends_at, updated_at)
        select workspace, booking, position, $5, told, starts_at, ends_at, edition,
               asked_starts_at, asked_ends_at, $6
          from tellings
         where workspace = $1 and booking = $2 and position = $3 and channel = $4
        on conflict do nothing";
    let (told_by, channel) = (told_by.as_str(), channel.as_str());
    tx.execute(sql, params![workspace.0, booking.uuid(), position, told_by, channel, now]).await?;
    Ok(())
}

/// A provider's report on a text or call, and what follows when it did not arrive.
pub struct DeliveryReported {
    /// The report.
    pub report: MessageReported,
    /// What was learned of the number.
    pub fact: Option<NewFact>,
    /// When it is tried once more, if that may help.
    pub again_at: Option<Timestamp>,
    /// The id of the job that does.
    pub job_id: JobId,
}

impl UnitOfWork for DeliveryReported {
    const NAME: &'static str = "message.delivery_reported";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let MessageReported { workspace, state, now, .. } = self.report;
        if !self.report.run(tx).await? {
            return Ok(false);
        }
        if let Some(fact) = &self.fact {
            number::learn(tx, workspace, fact, now).await?;
        }
        if matches!(state, "undelivered" | "failed") {
            self.not_told(tx).await?;
        }
        Ok(true)
    }
}

impl DeliveryReported {
    async fn not_told(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let MessageReported { workspace, id, now, .. } = self.report;
        let sql = "-- find_undelivered
            select booking, position, channel from messages
             where workspace = $1 and id = $2
               and not exists (
                    select 1 from messages later
                     where later.workspace = messages.workspace
                       and later.booking = messages.booking
                       and later.position = messages.position
                       and later.channel = messages.channel
                       and later.id > messages.id
                       and later.state in ('sending', 'sent', 'delivered'))";
        let found = tx.find(sql, params![workspace.0, id.uuid()]).await?;
        // What was sent since says what is true now.
        let Some(mut row) = found else { return Ok(()) };
        let booking = BookingId::new(row.take()?);
        let position: u32 = row.take()?;
        let channel = row.take_as("a channel", |name: String| Channel::named(&name))?;
        self.recall(tx, booking, position, channel).await?;
        let tries = self.count_tries(tx).await?;
        let whom = (booking, position);
        match self.again_at.filter(|_| tries < MOST_TRIES) {
            Some(due_at) => {
                let task = Task::Notify { booking, position, channel };
                let job = NewJob { id: self.job_id, task, due_at, lease: None };
                job::enqueue(tx, workspace, &job, now).await?;
                Ok(())
            }
            None => try_other_ways(tx, workspace, whom, channel, self.job_id, now).await,
        }
    }

    /// What they were last told is again what the message before said.
    async fn recall(
        &self,
        tx: &mut impl Tx,
        booking: BookingId,
        position: u32,
        channel: Channel,
    ) -> Result<(), StoreError> {
        let MessageReported { workspace, id, now, .. } = self.report;
        let forget = "-- forget_undelivered
            delete from tellings
             where workspace = $1 and booking = $2 and position = $3 and channel = $4
               and told <> 'asked' and asked_starts_at is null";
        let whom = params![workspace.0, booking.uuid(), position, channel.as_str()];
        if tx.execute(forget, whom).await? == 0 {
            return Ok(());
        }
        let sql = "-- recall_delivered
            insert into tellings
                (workspace, booking, position, channel, told, starts_at, ends_at, edition, updated_at)
            select workspace, booking, position, channel, told, starts_at, ends_at, edition, $6
              from messages
             where workspace = $1 and booking = $2 and position = $3 and channel = $4
               and id < $5 and state in ('sent', 'delivered')
             order by id desc
             limit 1";
        let params =
            params![workspace.0, booking.uuid(), position, channel.as_str(), id.uuid(), now];
        tx.execute(sql, params).await?;
        Ok(())
    }

    /// How often the same was tried in the same way.
    async fn count_tries(&self, tx: &mut impl Tx) -> Result<i64, StoreError> {
        let MessageReported { workspace, id, .. } = self.report;
        let sql = "-- count_undelivered_tries
            select count(*) from messages
              join messages tried on tried.workspace = messages.workspace
                                 and tried.booking = messages.booking
                                 and tried.position = messages.position
                                 and tried.channel = messages.channel
                                 and tried.told = messages.told
                                 and coalesce(tried.starts_at, 0) = coalesce(messages.starts_at, 0)
                                 and tried.state in ('undelivered', 'failed')
             where messages.workspace = $1 and messages.id = $2";
        match tx.find(sql, params![workspace.0, id.uuid()]).await? {
            Some(mut row) => row.take(),
            None => Ok(0),
        }
    }
}
