//! Telling people: what they were last told, and each attempt to tell them.

mod report;

use domain::host_news::HOST;
use domain::id::JobId;
use domain::notification::Told;
use domain::service::Channel;
use domain::{Booking, BookingId, BookingState, Interval, MessageId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::find_booking;
use crate::credentials;
use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Postponement, Task};
use crate::params;
use crate::reach::doubt_reach;
use crate::sender;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};
use crate::undelivered;
use crate::value::Row;

pub use report::{MailReported, MessageReported};

/// Asks for everyone to be told what they do not know yet, on each channel they gave, and the hosts
/// by mail. Whoever knows already is told nothing: the job compares.
pub async fn enqueue_notifications(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: &Booking,
    channels: &[Channel],
    first_id: JobId,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut id = first_id.uuid().as_u128();
    for (position, attendee) in (0_u32..).zip(&booking.attendees) {
        for channel in channels {
            if attendee.is_reachable_by(*channel) {
                let task = Task::Notify { booking: booking.id, position, channel: *channel };
                let job = NewJob { id: JobId::new(Uuid::from_u128(id)), task, due_at, lease: None };
                job::enqueue(tx, workspace, &job, now).await?;
                id = id.wrapping_add(1);
            }
        }
    }
    if booking.state == BookingState::Pending {
        return Ok(()); // A host hears of what stands.
    }
    let joined = (HOST + 1..).zip(&booking.joined).map(|(position, _)| Task::Notify {
        booking: booking.id,
        position,
        channel: Channel::Email,
    });
    for task in std::iter::once(Task::NotifyHost(booking.id)).chain(joined) {
        let job = NewJob { id: JobId::new(Uuid::from_u128(id)), task, due_at, lease: None };
        job::enqueue(tx, workspace, &job, now).await?;
        id = id.wrapping_add(1);
    }
    Ok(())
}

/// One attempt to tell somebody something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its identifier, which is also what we ask the provider to call us back with.
    pub id: MessageId,
    /// About which booking.
    pub booking: BookingId,
    /// Whom: the position among the attendees.
    pub position: u32,
    /// How.
    pub channel: Channel,
    /// What kind of news, for people.
    pub news: String,
    /// The number or address.
    pub recipient: String,
    /// The text as sent; for mail the plain part.
    pub body: String,
    /// What the recipient will have been told.
    pub told: Told,
    /// The provider's identifier.
    pub provider_id: Option<String>,
    /// When the attempt began.
    pub created_at: Timestamp,
}

/// What a notification has to go by.
#[derive(Debug, Clone)]
pub struct NotificationFacts {
    /// What is true.
    pub booking: Booking,
    /// What the attendee was last told on this channel.
    pub told: Option<Told>,
    /// When that was noted.
    pub told_at: Option<Timestamp>,
    /// Until when a caller waits, who may hear of a refusal in the answer.
    pub awaited_until: Option<Timestamp>,
    /// Since when no message is known to reach the lead.
    pub unreached_at: Option<Timestamp>,
    /// Whether the host was told of that since.
    pub unreached_told: bool,
    /// An attempt whose outcome is not known.
    pub open: Option<Message>,
}

/// What a notification has to go by; `None` when the booking is gone.
pub struct LoadNotification {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// About which booking.
    pub booking: BookingId,
    /// Whom.
    pub position: u32,
    /// How.
    pub channel: Channel,
}

impl UnitOfWork for LoadNotification {
    const NAME: &'static str = "notification.load";
    type Outcome = Option<NotificationFacts>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.booking).await? else {
            return Ok(None);
        };
        let who =
            params![self.workspace.0, self.booking.uuid(), self.position, self.channel.as_str()];
        let sql = "-- find_telling
            select case when asked_starts_at is null then told else 'asked' end,
                   coalesce(asked_starts_at, starts_at), coalesce(asked_ends_at, ends_at),
                   edition, updated_at
              from tellings
             where workspace = $1 and booking = $2 and position = $3 and channel = $4
               and (told <> 'asked' or asked_starts_at is not null or asked_at is null)";
        let (told, told_at) = match tx.find(sql, who).await? {
            Some(mut row) => (Some(read_told(&mut row)?), row.take()?),
            None => (None, None),
        };
        let sql = "-- find_waiting_caller
            select awaited_until, unreached_at from bookings where workspace = $1 and id = $2";
        let waiting = tx.find(sql, params![self.workspace.0, self.booking.uuid()]).await?;
        let mut waiting = waiting.ok_or(StoreError::Unreadable("a booking"))?;
        let awaited_until = waiting.take()?;
        let unreached_at: Option<Timestamp> = waiting.take()?;
        let sql = "-- find_told_unreached
            select 1 from messages
             where workspace = $1 and booking = $2 and position = $3 and channel = $4
               and news = 'unreached' and created_at >= $5
               and state in ('sending', 'sent', 'delivered', 'undelivered')
             limit 1";
        let unreached_told = match unreached_at {
            Some(since) => {
                let (booking, channel) = (self.booking.uuid(), self.channel.as_str());
                let told = params![self.workspace.0, booking, self.position, channel, since];
                tx.find(sql, told).await?.is_some()
            }
            None => false,
        };
        let sql = "-- find_open_message
            select id, news, recipient, body, told, starts_at, ends_at, edition, provider_id, created_at
              from messages
             where workspace = $1 and booking = $2 and position = $3 and channel = $4
               and state = 'sending'
             order by id desc
             limit 1";
        let open = match tx.find(sql, who).await? {
            Some(row) => Some(self.read_message(row)?),
            None => None,
        };
        Ok(Some(NotificationFacts {
            booking,
            told,
            told_at,
            awaited_until,
            unreached_at,
            unreached_told,
            open,
        }))
    }
}

impl LoadNotification {
    fn read_message(&self, mut row: Row) -> Result<Message, StoreError> {
        Ok(Message {
            id: MessageId::new(row.take()?),
            booking: self.booking,
            position: self.position,
            channel: self.channel,
            news: row.take()?,
            recipient: row.take()?,
            body: row.take()?,
            told: read_told(&mut row)?,
            provider_id: row.take()?,
            created_at: row.take()?,
        })
    }
}

fn read_told(row: &mut Row) -> Result<Told, StoreError> {
    let told: String = row.take()?;
    let (start, end): (Option<Timestamp>, Option<Timestamp>) = (row.take()?, row.take()?);
    let edition = row.take()?;
    match (told.as_str(), start.zip(end)) {
        ("received", _) => Ok(Told::Received),
        ("over", _) => Ok(Told::Over),
        ("waiting", _) => Ok(Told::Waiting),
        ("offered", _) => Ok(Told::Offered),
        ("stands", Some((start, end))) => {
            interval(start, end).map(|slot| Told::Stands { slot, edition })
        }
        ("asked", Some((start, end))) => interval(start, end).map(Told::Asked),
        _ => Err(StoreError::Unreadable("what somebody was told")),
    }
}

fn interval(start: Timestamp, end: Timestamp) -> Result<Interval, StoreError> {
    Interval::new(start, end).ok_or(StoreError::Unreadable("what somebody was told"))
}

fn told_columns(told: &Told) -> (&'static str, Option<Timestamp>, Option<Timestamp>, i64) {
    match told {
        Told::Received => ("received", None, None, 0),
        Told::Over => ("over", None, None, 0),
        Told::Waiting => ("waiting", None, None, 0),
        Told::Offered => ("offered", None, None, 0),
        Told::Stands { slot, edition } => {
            ("stands", Some(slot.start()), Some(slot.end()), *edition)
        }
        Told::Asked(slot) => ("asked", Some(slot.start()), Some(slot.end()), 0),
    }
}

/// Notes what somebody has been told by a message that was begun then. What they asked for since they
/// still wait to hear of.
pub(crate) async fn set_told(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    (booking, position): (BookingId, u32),
    channel: Channel,
    told: &Told,
    begun_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- set_told
        insert into tellings
            (workspace, booking, position, channel, told, starts_at, ends_at, edition, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (workspace, booking, position, channel) do update set
            told = excluded.told, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            edition = excluded.edition, updated_at = excluded.updated_at,
            asked_starts_at =
                case when tellings.asked_at > $10 then tellings.asked_starts_at end,
            asked_ends_at = case when tellings.asked_at > $10 then tellings.asked_ends_at end";
    let (told, start, end, edition) = told_columns(told);
    let (booking, channel) = (booking.uuid(), channel.as_str());
    let params =
        params![workspace.0, booking, position, channel, told, start, end, edition, now, begun_at];
    tx.execute(sql, params).await?;
    Ok(())
}

/// The lead waits to hear of a move to `wanted`: a refusal of it is news to them.
pub(crate) async fn lead_asked_for(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    channels: &[Channel],
    wanted: Interval,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- lead_asked
        insert into tellings
            (workspace, booking, position, channel, told, starts_at, ends_at, updated_at,
             asked_starts_at, asked_ends_at, asked_at)
        values ($1, $2, 0, $3, 'asked', $4, $5, $6, $4, $5, $6)
        on conflict (workspace, booking, position, channel) do update set
            asked_starts_at = excluded.asked_starts_at, asked_ends_at = excluded.asked_ends_at,
            asked_at = excluded.asked_at";
    for channel in channels {
        let (id, by) = (booking.uuid(), channel.as_str());
        let params = params![workspace.0, id, by, wanted.start(), wanted.end(), now];
        tx.execute(sql, params).await?;
    }
    Ok(())
}

/// The lead has heard in another way what became of a move: what they know of the booking is again
/// what they were told before, and nothing if that was nothing.
pub(crate) async fn lead_asks_no_more(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    channel: Channel,
) -> Result<(), StoreError> {
    let sql = "-- lead_asks_no_more
        update tellings set asked_starts_at = null, asked_ends_at = null
         where workspace = $1 and booking = $2 and position = 0 and channel = $3
           and asked_starts_at is not null";
    tx.execute(sql, params![workspace.0, booking.uuid(), channel.as_str()]).await?;
    Ok(())
}

/// The booking is another host's now: what the one before was told says nothing of what they know.
pub(crate) async fn host_knows_nothing(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<(), StoreError> {
    let sql = "-- host_knows_nothing
        delete from tellings where workspace = $1 and booking = $2 and position = $3";
    tx.execute(sql, params![workspace.0, booking.uuid(), HOST]).await?;
    Ok(())
}

/// Notes an attempt before the provider is called: a crash in between leaves a row that says
/// "look it up first".
pub struct BeginMessage {
    /// Whose lease allows it.
    pub job: Job,
    /// The attempt.
    pub message: Message,
    /// An attempt whose outcome could not be found out, which this one replaces.
    pub supersedes: Option<MessageId>,
}

impl UnitOfWork for BeginMessage {
    const NAME: &'static str = "message.begin";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        if let Some(old) = self.supersedes {
            set_state(tx, workspace, old, "superseded", None, None, self.message.created_at)
                .await?;
        }
        let sql = "-- begin_message
            insert into messages (
                workspace, id, booking, position, channel, news, recipient, body, state,
                told, starts_at, ends_at, edition, created_at, updated_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, 'sending', $9, $10, $11, $12, $13, $13)";
        let message = &self.message;
        let (told, start, end, edition) = told_columns(&message.told);
        let params = params![
            workspace.0,
            message.id.uuid(),
            message.booking.uuid(),
            message.position,
            message.channel.as_str(),
            message.news.as_str(),
            message.recipient.as_str(),
            message.body.as_str(),
            told,
            start,
            end,
            edition,
            message.created_at,
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}

/// Counts somebody as told without a message: they do not want to hear it, or it comes too late.
pub struct SettleTelling {
    /// Whose lease allows it.
    pub job: Job,
    /// About which booking.
    pub booking: BookingId,
    /// Whom.
    pub position: u32,
    /// How they would have been told.
    pub channel: Channel,
    /// What they count as knowing.
    pub told: Told,
    /// What the timeline says.
    pub entries: Vec<TimelineEntry>,
    /// `None` when the job is done.
    pub postponement: Option<Postponement>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for SettleTelling {
    const NAME: &'static str = "notification.settle";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let (workspace, told) = (self.job.workspace, &self.told);
        let (position, channel) = (self.position, self.channel);
        let (whom, now) = ((self.booking, position), self.now);
        set_told(tx, workspace, whom, channel, told, now, now).await?;
        for entry in &self.entries {
            timeline::append(tx, workspace, self.booking, entry).await?;
        }
        match &self.postponement {
            None => job::finish(tx, &self.job).await,
            Some(postponement) => job::postpone(tx, &self.job, postponement, None).await,
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub enum Fate {
    /// The provider has it: the recipient counts as told.
    Sent {
        /// The provider's identifier.
        provider_id: Option<String>,
    },
    /// It does not arrive and never will.
    Failed {
        /// Why.
        error: String,
    },
    /// It was not tried, since nothing could take it.
    NotTried {
        /// Why.
        error: String,
    },
    /// Nobody knows whether it arrived, and it is no longer news.
    Abandoned {
        /// Why.
        error: String,
    },
    /// It was not sent; another attempt follows.
    NotSent {
        /// Why.
        error: String,
    },
    /// It was not sent, because the provider refuses our credentials; another attempt follows, and
    /// operators hear of it.
    Unauthorized {
        /// Why.
        error: String,
    },
    /// Nobody knows yet.
    Unknown,
}

/// Notes what came of an attempt, together with what becomes of the job.
pub struct EndMessage {
    /// Whose lease allows it.
    pub job: Job,
    /// The attempt.
    pub message: Message,
    /// What came of it.
    pub fate: Fate,
    /// What the timeline says.
    pub entries: Vec<TimelineEntry>,
    /// `None` when the job is done.
    pub postponement: Option<Postponement>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EndMessage {
    const NAME: &'static str = "message.end";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let (workspace, message, now) = (self.job.workspace, &self.message, self.now);
        let error = match &self.fate {
            Fate::Sent { provider_id } => {
                let provider_id = provider_id.as_deref();
                set_state(tx, workspace, message.id, "sent", provider_id, None, now).await?;
                let Message { booking, position, channel, told, created_at, .. } = message;
                let whom = (*booking, *position);
                set_told(tx, workspace, whom, *channel, told, *created_at, now).await?;
                credentials::accepted(tx, workspace, *channel, now).await?;
                None
            }
            Fate::Failed { error } => {
                set_state(tx, workspace, message.id, "failed", None, Some(error), now).await?;
                undelivered::fall_over(tx, workspace, message, now).await?;
                if message.position == 0 {
                    doubt_reach(tx, workspace, message.booking, message.id, now).await?;
                }
                Some(error.as_str())
            }
            Fate::NotSent { error } | Fate::NotTried { error } => {
                set_state(tx, workspace, message.id, "failed", None, Some(error), now).await?;
                Some(error.as_str())
            }
            Fate::Unauthorized { error } => {
                set_state(tx, workspace, message.id, "failed", None, Some(error), now).await?;
                credentials::refused(tx, workspace, message.channel, error, now).await?;
                Some(error.as_str())
            }
            Fate::Abandoned { error } => {
                set_state(tx, workspace, message.id, "superseded", None, Some(error), now).await?;
                Some(error.as_str())
            }
            Fate::Unknown => Some("the answer was lost"),
        };
        for entry in &self.entries {
            timeline::append(tx, workspace, message.booking, entry).await?;
        }
        sender::land(tx, workspace, &self.job.task.subject()).await?;
        match &self.postponement {
            None => job::finish(tx, &self.job).await,
            Some(postponement) => job::postpone(tx, &self.job, postponement, error).await,
        }
    }
}

async fn set_state(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: MessageId,
    state: &'static str,
    provider_id: Option<&str>,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- set_message_state
        update messages set
            state = $3, provider_id = coalesce($4, provider_id), error = $5, updated_at = $6
         where workspace = $1 and id = $2 and state in ('sending', 'failed')";
    let (provider_id, error) = (provider_id.map(str::to_owned), error.map(str::to_owned));
    tx.execute(sql, params![workspace.0, id.uuid(), state, provider_id, error, now]).await?;
    Ok(())
}

/// The provider's identifiers of the texts and calls to somebody about a booking: one that is looked
/// up is none of these.
pub struct SentTexts {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// About which booking.
    pub booking: BookingId,
    /// Whom.
    pub position: u32,
}

impl UnitOfWork for SentTexts {
    const NAME: &'static str = "message.sent_texts";
    type Outcome = Vec<String>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- sent_texts
            select provider_id from messages
             where workspace = $1 and booking = $2 and position = $3
               and channel in ('sms', 'voice') and provider_id is not null";
        let who = params![self.workspace.0, self.booking.uuid(), self.position];
        tx.query(sql, who).await?.into_iter().map(|mut row| row.take()).collect()
    }
}

/// The messages of a booking, for its page.
pub struct ListMessages {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub booking: BookingId,
}

/// A message as an admin sees it.
#[derive(Debug, Clone)]
pub struct MessageSummary {
    /// Its identifier.
    pub id: MessageId,
    /// How.
    pub channel: String,
    /// What kind of news.
    pub news: String,
    /// To whom.
    pub recipient: String,
    /// How far it came.
    pub state: String,
    /// When it was begun.
    pub created_at: Timestamp,
}

impl UnitOfWork for ListMessages {
    const NAME: &'static str = "message.list";
    type Outcome = Vec<MessageSummary>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_messages
            select id, channel, news, recipient, state, created_at from messages
             where workspace = $1 and booking = $2 order by id";
        let rows = tx.query(sql, params![self.workspace.0, self.booking.uuid()]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(MessageSummary {
                    id: MessageId::new(row.take()?),
                    channel: row.take()?,
                    news: row.take()?,
                    recipient: row.take()?,
                    state: row.take()?,
                    created_at: row.take()?,
                })
            })
            .collect()
    }
}
