//! What forms' webhooks sent, as received: a malformed one can be looked at and replayed.

use domain::id::InboxId;
use domain::{BookingId, SourceId, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Keeps a request whose origin was verified, before it is read.
pub struct KeepInInbox {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The entry's id.
    pub id: InboxId,
    /// Where it came from.
    pub source: SourceId,
    /// Its content type.
    pub content_type: String,
    /// Its body, as received.
    pub body: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for KeepInInbox {
    const NAME: &'static str = "inbox.keep";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- keep_in_inbox
            insert into inbox (workspace, id, source, received_at, content_type, body, outcome)
            values ($1, $2, $3, $4, $5, $6, 'received')";
        let params = params![
            self.workspace.0,
            self.id.uuid(),
            self.source.as_str(),
            self.now,
            self.content_type.as_str(),
            self.body.as_slice(),
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}

/// Notes what became of an entry.
pub struct CloseInboxEntry {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The entry.
    pub id: InboxId,
    /// `booked`, `replayed`, `refused` or `malformed`.
    pub outcome: &'static str,
    /// What was wrong, for people.
    pub detail: Option<String>,
    /// What it led to.
    pub booking: Option<BookingId>,
}

impl UnitOfWork for CloseInboxEntry {
    const NAME: &'static str = "inbox.close";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- close_inbox_entry
            update inbox set outcome = $3, detail = $4, booking = $5
             where workspace = $1 and id = $2";
        let params = params![
            self.workspace.0,
            self.id.uuid(),
            self.outcome,
            self.detail.clone(),
            self.booking.map(BookingId::uuid),
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}
