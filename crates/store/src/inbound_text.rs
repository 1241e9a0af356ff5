//! Texts from phones: each is kept before it is answered, answered once, and known by the
//! provider's identifier.

use domain::WorkspaceId;
use domain::conversation::Act;
use domain::service::Channel;
use jiff::Timestamp;

use crate::conversation::{Turn, act_from_text, act_to_text};
use crate::credentials;
use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Postponement, Task};
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A text from a phone.
#[derive(Debug, Clone)]
pub struct InboundText {
    /// The provider's identifier.
    pub sid: String,
    /// Whose it is.
    pub phone: String,
    /// What it says.
    pub body: String,
}

/// How far a text has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextState {
    /// It is here.
    Received,
    /// What to answer is known.
    Answered,
    /// The answer is being sent by itself; if nobody works on it, its fate is not known.
    Sending,
    /// The answer is out, or there is none.
    Done,
}

impl TextState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Answered => "answered",
            Self::Sending => "sending",
            Self::Done => "done",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [Self::Received, Self::Answered, Self::Sending, Self::Done];
        all.into_iter().find(|state| state.as_str() == name)
    }
}

/// A text as stored.
#[derive(Debug, Clone)]
pub struct StoredText {
    /// What came.
    pub text: InboundText,
    /// When.
    pub received_at: Timestamp,
    /// What is being done because of it.
    pub act: Option<Act>,
    /// The answer.
    pub reply: Option<String>,
    /// How far it has come.
    pub state: TextState,
    /// When that changed.
    pub updated_at: Timestamp,
}

/// Keeps a text and asks for its answer.
pub struct KeepText {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The text.
    pub text: InboundText,
    /// Until when the provider waits for the answer.
    pub awaited_until: Option<Timestamp>,
    /// The job that answers it.
    pub job: NewJob,
    /// Now.
    pub now: Timestamp,
}

/// What was kept.
#[derive(Debug, Clone)]
pub enum KeptText {
    /// It is new; the job is this process's to run, if it was asked for with a lease.
    New(Option<Job>),
    /// It was here before.
    Known(Box<StoredText>),
}

impl UnitOfWork for KeepText {
    const NAME: &'static str = "inbound_text.keep";
    type Outcome = KeptText;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- keep_text
            insert into inbound_texts
                (workspace, sid, phone, body, received_at, awaited_until, state, updated_at)
            values ($1, $2, $3, $4, $5, $6, 'received', $5)
            on conflict do nothing";
        let InboundText { sid, phone, body } = &self.text;
        let params = params![
            self.workspace.0,
            sid.as_str(),
            phone.as_str(),
            body.as_str(),
            self.now,
            self.awaited_until,
        ];
        if tx.execute(sql, params).await? == 0 {
            let known = find(tx, self.workspace, sid).await?;
            let known = known.ok_or(StoreError::Broken("a text that is known is not there"))?;
            return Ok(KeptText::Known(Box::new(known)));
        }
        let job = job::enqueue(tx, self.workspace, &self.job, self.now).await?;
        Ok(KeptText::New(job))
    }
}

/// A text by its identifier.
pub struct FindText {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The provider's identifier.
    pub sid: String,
}

impl UnitOfWork for FindText {
    const NAME: &'static str = "inbound_text.find";
    type Outcome = Option<StoredText>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        find(tx, self.workspace, &self.sid).await
    }
}

async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    sid: &str,
) -> Result<Option<StoredText>, StoreError> {
    let sql = "-- find_text
        select sid, phone, body, received_at, act, reply, state, updated_at from inbound_texts
         where workspace = $1 and sid = $2";
    tx.find(sql, params![workspace.0, sid]).await?.map(read).transpose()
}

fn read(mut row: Row) -> Result<StoredText, StoreError> {
    let text = InboundText { sid: row.take()?, phone: row.take()?, body: row.take()? };
    let received_at = row.take()?;
    let act: Option<String> = row.take()?;
    let act = act.map(|act| act_from_text(&act).ok_or(StoreError::Unreadable("a decision")));
    Ok(StoredText {
        text,
        received_at,
        act: act.transpose()?,
        reply: row.take()?,
        state: row.take_as("a text's state", |name: String| TextState::named(&name))?,
        updated_at: row.take()?,
    })
}

/// Notes what is to be done because of a text, before it is done: a crash in between does not
/// forget it, and another text does not lead to it once more.
pub struct DecideText {
    /// Whose lease allows it.
    pub job: Job,
    /// The text.
    pub sid: String,
    /// The turn that ends the question.
    pub turn: Turn,
    /// What is to be done.
    pub act: Act,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for DecideText {
    const NAME: &'static str = "inbound_text.decide";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        if !self.turn.settle(tx, workspace, self.now).await? {
            return Ok(false);
        }
        let sql = "-- decide_text
            update inbound_texts set act = $3, updated_at = $4
             where workspace = $1 and sid = $2";
        let act = act_to_text(&self.act);
        tx.execute(sql, params![workspace.0, self.sid.as_str(), act, self.now]).await?;
        Ok(true)
    }
}

/// Settles what is answered to a text, with all that follows from it.
pub struct AnswerText {
    /// Whose lease allows it.
    pub job: Job,
    /// The text.
    pub sid: String,
    /// What the turn changes.
    pub turn: Turn,
    /// The answer; `None` says nothing.
    pub reply: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// What is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredText {
    /// Somebody else's turn came in between: nothing is settled.
    Overtaken,
    /// Nothing is left, or whoever waits for the answer takes it.
    Left,
    /// The answer has to be sent by itself.
    ToBeSent,
}

impl UnitOfWork for AnswerText {
    const NAME: &'static str = "inbound_text.answer";
    type Outcome = AnsweredText;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        if !self.turn.settle(tx, workspace, self.now).await? {
            return Ok(AnsweredText::Overtaken);
        }
        let sql = "-- answer_text
            update inbound_texts set reply = $3, state = $4, updated_at = $5
             where workspace = $1 and sid = $2
            returning awaited_until";
        let state = if self.reply.is_some() { TextState::Answered } else { TextState::Done };
        let params =
            params![workspace.0, self.sid.as_str(), self.reply.clone(), state.as_str(), self.now,];
        let row = tx.find(sql, params).await?;
        let awaited: Option<Timestamp> = row.map(|mut row| row.take()).transpose()?.flatten();
        match (&self.reply, awaited.filter(|until| *until > self.now)) {
            (None, _) => job::finish(tx, &self.job).await.map(|()| AnsweredText::Left),
            // Should whoever waits die, it is sent by itself then.
            (Some(_), Some(until)) => {
                job::postpone(tx, &self.job, &Postponement::Until(until), None).await?;
                Ok(AnsweredText::Left)
            }
            (Some(_), None) => Ok(AnsweredText::ToBeSent),
        }
    }
}

/// Takes the answer for the provider that waits for it. What is not ready is sent by itself then.
pub struct TakeReply {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The text.
    pub sid: String,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for TakeReply {
    const NAME: &'static str = "inbound_text.take_reply";
    type Outcome = Option<String>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- take_reply
            update inbound_texts set
                awaited_until = null, updated_at = $3,
                state = case when state = 'answered' then 'done' else state end
             where workspace = $1 and sid = $2 and awaited_until is not null
            returning case when state = 'done' then reply end";
        let row = tx.find(sql, params![self.workspace.0, self.sid.as_str(), self.now]).await?;
        let reply: Option<String> = row.map(|mut row| row.take()).transpose()?.flatten();
        if reply.is_some() {
            job::withdraw(tx, self.workspace, &Task::Answer(self.sid.clone())).await?;
        }
        Ok(reply)
    }
}

/// Notes that an answer is about to be sent by itself.
pub struct BeginReply {
    /// Whose lease allows it.
    pub job: Job,
    /// The text.
    pub sid: String,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for BeginReply {
    const NAME: &'static str = "inbound_text.begin_reply";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let sql = "-- begin_reply
            update inbound_texts set state = 'sending', awaited_until = null, updated_at = $3
             where workspace = $1 and sid = $2 and state in ('answered', 'sending')";
        let params = params![self.job.workspace.0, self.sid.as_str(), self.now];
        Ok(tx.execute(sql, params).await? == 1)
    }
}

/// Notes what came of sending an answer by itself.
pub struct EndReply {
    /// Whose lease allows it.
    pub job: Job,
    /// The text.
    pub sid: String,
    /// The provider's identifier of the answer, if it was sent.
    pub reply_sid: Option<String>,
    /// What is left: `None` when it is done with.
    pub left: Option<ReplyLeft>,
    /// Now.
    pub now: Timestamp,
}

/// Why an answer is not done with.
#[derive(Debug, Clone)]
pub struct ReplyLeft {
    /// Why it is left.
    pub because: Unsent,
    /// When it is looked at again.
    pub at: Timestamp,
    /// What an operator reads.
    pub error: String,
}

/// Why an answer is not known to be out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// It may be: what became of it has to be looked up.
    Unknown,
    /// It is not, and can be tried again.
    NotSent,
    /// It is not, and nothing is, until our credentials are corrected.
    Unauthorized,
}

impl UnitOfWork for EndReply {
    const NAME: &'static str = "inbound_text.end_reply";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        if self.reply_sid.is_some() {
            credentials::accepted(tx, workspace, Channel::Sms, self.now).await?;
        }
        let state = match &self.left {
            None => TextState::Done,
            Some(ReplyLeft { because: Unsent::Unknown, .. }) => TextState::Sending,
            Some(ReplyLeft { because: Unsent::NotSent, .. }) => TextState::Answered,
            Some(ReplyLeft { because: Unsent::Unauthorized, error, .. }) => {
                credentials::refused(tx, workspace, Channel::Sms, error, self.now).await?;
                TextState::Answered
            }
        };
        let sql = "-- end_reply
            update inbound_texts set
                state = $3, reply_sid = coalesce($4, reply_sid), updated_at = $5
             where workspace = $1 and sid = $2";
        let params = params![
            workspace.0,
            self.sid.as_str(),
            state.as_str(),
            self.reply_sid.clone(),
            self.now,
        ];
        tx.execute(sql, params).await?;
        match &self.left {
            None => job::finish(tx, &self.job).await,
            Some(ReplyLeft { at, error, .. }) => {
                job::postpone(tx, &self.job, &Postponement::Until(*at), Some(error)).await
            }
        }
    }
}

/// The provider's identifiers of answers that were sent to a number: one that is looked up is none
/// of these.
pub struct SentReplies {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub phone: String,
}

impl UnitOfWork for SentReplies {
    const NAME: &'static str = "inbound_text.sent_replies";
    type Outcome = Vec<String>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- sent_replies
            select reply_sid from inbound_texts
             where workspace = $1 and phone = $2 and reply_sid is not null";
        let rows = tx.query(sql, params![self.workspace.0, self.phone.as_str()]).await?;
        rows.into_iter().map(|mut row| row.take()).collect()
    }
}
