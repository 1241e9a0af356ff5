//! The pace of a sender of texts, shared by all instances: a row says when its next text may go,
//! and each text takes its turn. What is on its way to the provider is counted, too.

use domain::WorkspaceId;
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Who waits for a text to land looks again after this.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(100);
/// A turn that nobody took for so long has lapsed.
const LAPSES: SignedDuration = SignedDuration::from_mins(1);

/// Asks whether a text may go now.
pub struct TakeTurn {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whom it comes from: a number or a messaging service.
    pub sender: String,
    /// What is sent. It keeps its turn until it is taken.
    pub subject: String,
    /// The time between two texts; none where there is no pace.
    pub interval: SignedDuration,
    /// The most texts on their way at a time.
    pub most_flying: i64,
    /// Until when this one can be on its way.
    pub flying_until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// When a text may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderTurn {
    /// Now; it counts as on its way until it has landed.
    Now,
    /// Not before then.
    At(Timestamp),
}

impl UnitOfWork for TakeTurn {
    const NAME: &'static str = "sender.take_turn";
    type Outcome = SenderTurn;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let next_at = self.next_at(tx).await?;
        let due_at = if let Some(due_at) = self.own_turn(tx).await? {
            due_at
        } else {
            let due_at = next_at.max(self.now);
            self.move_on(tx, due_at + self.interval).await?;
            due_at
        };
        if due_at > self.now {
            self.keep(tx, due_at, None).await?;
            return Ok(SenderTurn::At(due_at));
        }
        if self.count_flying(tx).await? >= self.most_flying {
            self.keep(tx, due_at, None).await?;
            return Ok(SenderTurn::At(self.now + LOOK_AGAIN));
        }
        self.keep(tx, due_at, Some(self.flying_until)).await?;
        Ok(SenderTurn::Now)
    }
}

impl TakeTurn {
    /// When the next text may go. The row is this transaction's until it ends.
    async fn next_at(&self, tx: &mut impl Tx) -> Result<Timestamp, StoreError> {
        let sql = "-- begin_sender
            insert into senders (workspace, sender, next_at) values ($1, $2, $3)
            on conflict do nothing";
        tx.execute(sql, params![self.workspace.0, self.sender.as_str(), self.now]).await?;
        let sql = "-- lock_sender
            select next_at from senders
             where workspace = $1 and sender = $2 -- PostgreSQL adds: for update
            ";
        let row = tx.find(sql, params![self.workspace.0, self.sender.as_str()]).await?;
        row.ok_or(StoreError::Broken("a sender's row is not there"))?.take()
    }

    async fn own_turn(&self, tx: &mut impl Tx) -> Result<Option<Timestamp>, StoreError> {
        let sql = "-- find_turn
            select due_at from sender_turns
             where workspace = $1 and subject = $2 and sender = $3 and due_at > $4";
        let lapsed = self.now - LAPSES;
        let (subject, sender) = (self.subject.as_str(), self.sender.as_str());
        let row = tx.find(sql, params![self.workspace.0, subject, sender, lapsed]).await?;
        row.map(|mut row| row.take()).transpose()
    }

    async fn move_on(&self, tx: &mut impl Tx, next_at: Timestamp) -> Result<(), StoreError> {
        let sql = "-- move_sender_on
            update senders set next_at = $3 where workspace = $1 and sender = $2";
        tx.execute(sql, params![self.workspace.0, self.sender.as_str(), next_at]).await?;
        Ok(())
    }

    async fn keep(
        &self,
        tx: &mut impl Tx,
        due_at: Timestamp,
        flying_until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let sql = "-- keep_turn
            insert into sender_turns (workspace, subject, sender, due_at, flying_until)
            values ($1, $2, $3, $4, $5)
            on conflict (workspace, subject) do update set
                sender = excluded.sender, due_at = excluded.due_at,
                flying_until = excluded.flying_until";
        let (subject, sender) = (self.subject.as_str(), self.sender.as_str());
        tx.execute(sql, params![self.workspace.0, subject, sender, due_at, flying_until]).await?;
        Ok(())
    }

    async fn count_flying(&self, tx: &mut impl Tx) -> Result<i64, StoreError> {
        let sql = "-- count_flying
            select count(*) from sender_turns
             where workspace = $1 and sender = $2 and flying_until > $3 and subject <> $4";
        let (sender, subject) = (self.sender.as_str(), self.subject.as_str());
        match tx.find(sql, params![self.workspace.0, sender, self.now, subject]).await? {
            Some(mut row) => row.take(),
            None => Ok(0),
        }
    }
}

/// A text has come to its end, or is not sent after all.
pub(crate) async fn land(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    subject: &str,
) -> Result<(), StoreError> {
    let sql = "-- land_turn
        delete from sender_turns where workspace = $1 and subject = $2";
    tx.execute(sql, params![workspace.0, subject]).await?;
    Ok(())
}

/// Keeps a sender quiet for a while: the provider asked for it.
pub struct PauseSender {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The sender.
    pub sender: String,
    /// Until when.
    pub until: Timestamp,
}

impl UnitOfWork for PauseSender {
    const NAME: &'static str = "sender.pause";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- pause_sender
            update senders set next_at = $3
             where workspace = $1 and sender = $2 and next_at < $3";
        tx.execute(sql, params![self.workspace.0, self.sender.as_str(), self.until]).await?;
        Ok(())
    }
}
