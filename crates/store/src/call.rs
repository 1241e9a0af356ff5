//! Phone calls as they go on: each request of a call is answered once, and a repeat of it hears
//! the same again.

use domain::conversation::Act;
use domain::{BookingId, MessageId, WorkspaceId};
use jiff::Timestamp;

use crate::conversation::{Turn, act_from_text, act_to_text};
use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// A call as stored.
#[derive(Debug, Clone)]
pub struct StoredCall {
    /// The provider's identifier.
    pub sid: String,
    /// The other end's number; none where it is withheld.
    pub phone: Option<String>,
    /// What it is about, where that was named, and the position among the attendees.
    pub about: Option<(BookingId, u32)>,
    /// Which request is expected next.
    pub step: i64,
    /// How often in a row nothing was understood.
    pub misses: i64,
    /// What is being done because of it.
    pub act: Option<Act>,
    /// What was said last.
    pub said: Option<String>,
}

/// The call of that identifier, which is begun if it is new.
pub struct EnterCall {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The provider's identifier.
    pub sid: String,
    /// The other end's number.
    pub phone: Option<String>,
    /// What it is about, where that is known from the beginning.
    pub about: Option<(BookingId, u32)>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EnterCall {
    const NAME: &'static str = "call.enter";
    type Outcome = StoredCall;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- begin_call
            insert into calls (
                workspace, sid, phone, booking, position, step, misses, started_at, updated_at
            )
            values ($1, $2, $3, $4, $5, 0, 0, $6, $6)
            on conflict do nothing";
        let (booking, position) = (
            self.about.map(|(booking, _)| booking.uuid()),
            self.about.map(|(_, position)| position),
        );
        let params = params![
            self.workspace.0,
            self.sid.as_str(),
            self.phone.clone(),
            booking,
            position,
            self.now,
        ];
        tx.execute(sql, params).await?;
        let sql = "-- find_call
            select phone, booking, position, step, misses, act, said from calls
             where workspace = $1 and sid = $2";
        let row = tx.find(sql, params![self.workspace.0, self.sid.as_str()]).await?;
        let mut row = row.ok_or(StoreError::Broken("a call that was begun is not there"))?;
        let phone = row.take()?;
        let booking: Option<uuid::Uuid> = row.take()?;
        let position: Option<u32> = row.take()?;
        let about = booking.map(BookingId::new).zip(position);
        let (step, misses) = (row.take()?, row.take()?);
        let act: Option<String> = row.take()?;
        let act = act.map(|act| act_from_text(&act).ok_or(StoreError::Unreadable("a decision")));
        let act = act.transpose()?;
        Ok(StoredCall { sid: self.sid.clone(), phone, about, step, misses, act, said: row.take()? })
    }
}

/// Notes what is to be done because of what a caller said, before it is done.
pub struct DecideCall {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The call.
    pub sid: String,
    /// The turn that ends the question.
    pub turn: Turn,
    /// What is to be done.
    pub act: Act,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for DecideCall {
    const NAME: &'static str = "call.decide";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        if !self.turn.settle(tx, self.workspace, self.now).await? {
            return Ok(false);
        }
        let sql = "-- decide_call
            update calls set act = $3, updated_at = $4 where workspace = $1 and sid = $2";
        let act = act_to_text(&self.act);
        tx.execute(sql, params![self.workspace.0, self.sid.as_str(), act, self.now]).await?;
        Ok(true)
    }
}

/// Settles what a caller hears next, with all that follows from what they said.
pub struct AnswerCall {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The call.
    pub sid: String,
    /// The request that is answered.
    pub step: i64,
    /// What the turn changes.
    pub turn: Turn,
    /// What the call is about from now on.
    pub about: Option<(BookingId, u32)>,
    /// How often in a row nothing was understood.
    pub misses: i64,
    /// What is said.
    pub said: String,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for AnswerCall {
    const NAME: &'static str = "call.answer";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- expect_step
            select 1 from calls
             where workspace = $1 and sid = $2 and step = $3 -- PostgreSQL adds: for update
            ";
        let expected = params![self.workspace.0, self.sid.as_str(), self.step];
        if tx.find(sql, expected).await?.is_none()
            || !self.turn.settle(tx, self.workspace, self.now).await?
        {
            return Ok(false);
        }
        let sql = "-- answer_call
            update calls set
                step = step + 1, act = null, misses = $3, said = $4, updated_at = $5,
                booking = $6, position = $7
             where workspace = $1 and sid = $2";
        let params = params![
            self.workspace.0,
            self.sid.as_str(),
            self.misses,
            self.said.as_str(),
            self.now,
            self.about.map(|(booking, _)| booking.uuid()),
            self.about.map(|(_, position)| position),
        ];
        tx.execute(sql, params).await?;
        Ok(true)
    }
}

/// A message that is told in a call.
#[derive(Debug, Clone)]
pub struct CallMessage {
    /// About which booking.
    pub booking: BookingId,
    /// Whom: the position among its attendees.
    pub position: u32,
    /// What is said.
    pub body: String,
}

/// What a call of ours is about.
pub struct FindCallMessage {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The attempt.
    pub id: MessageId,
}

impl UnitOfWork for FindCallMessage {
    const NAME: &'static str = "call.find_message";
    type Outcome = Option<CallMessage>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- find_call_message
            select booking, position, body from messages
             where workspace = $1 and id = $2 and channel = 'voice'";
        let row = tx.find(sql, params![self.workspace.0, self.id.uuid()]).await?;
        row.map(|mut row| {
            let booking = BookingId::new(row.take()?);
            Ok(CallMessage { booking, position: row.take()?, body: row.take()? })
        })
        .transpose()
    }
}

/// The coming bookings, the nearest first: a caller names one of them by its code.
pub struct ListComingIds {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Now.
    pub now: Timestamp,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListComingIds {
    const NAME: &'static str = "call.list_coming";
    type Outcome = Vec<BookingId>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_coming_ids
            select id from bookings
             where workspace = $1 and starts_at > $2 and status in ('pending', 'confirmed')
             order by starts_at limit $3";
        let rows = tx.query(sql, params![self.workspace.0, self.now, self.limit]).await?;
        rows.into_iter().map(|mut row| Ok(BookingId::new(row.take()?))).collect()
    }
}
