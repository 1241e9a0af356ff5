//! The append-only history of a booking.

use domain::{BookingId, TimelineEntryId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// The most bytes of one entry's data. What is longer is cut where it is made, and says so.
pub const MOST_DATA: usize = 256 * 1024;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Orders entries of the same instant.
    pub id: TimelineEntryId,
    /// When.
    pub at: Timestamp,
    /// `noun.verb`, stable for programs.
    pub kind: String,
    /// A sentence for people.
    pub summary: String,
    /// A JSON document: payloads and exchanges in full, without secrets.
    pub data: String,
}

/// Appends an entry to a booking's timeline.
pub async fn append(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    entry: &TimelineEntry,
) -> Result<(), StoreError> {
    append_to(tx, workspace, booking.uuid(), entry).await
}

/// Appends an entry to the timeline of a booking or an occurrence.
pub(crate) async fn append_to(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    subject: Uuid,
    entry: &TimelineEntry,
) -> Result<(), StoreError> {
    let sql = "-- append_timeline
        insert into timeline (workspace, booking, id, at, kind, summary, data)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict do nothing";
    let params = params![
        workspace.0,
        subject,
        entry.id.uuid(),
        entry.at,
        entry.kind.as_str(),
        entry.summary.as_str(),
        entry.data.as_str(),
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Appends one entry by itself.
pub struct AppendTimeline {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose history.
    pub booking: BookingId,
    /// What happened.
    pub entry: TimelineEntry,
}

impl UnitOfWork for AppendTimeline {
    const NAME: &'static str = "timeline.append";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        append(tx, self.workspace, self.booking, &self.entry).await
    }
}

/// A page of a booking's timeline, oldest first.
pub struct ListTimeline {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose history.
    pub booking: BookingId,
    /// The last entry already seen.
    pub after: Option<TimelineEntryId>,
    /// The most entries.
    pub limit: i64,
}

impl UnitOfWork for ListTimeline {
    const NAME: &'static str = "timeline.list";
    type Outcome = Vec<TimelineEntry>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_timeline
            select id, at, kind, summary, data from timeline
             where workspace = $1 and booking = $2 and id > $3
             order by id
             limit $4";
        let after = self.after.map_or(uuid::Uuid::nil(), TimelineEntryId::uuid);
        let rows = tx
            .query(sql, params![self.workspace.0, self.booking.uuid(), after, self.limit])
            .await?;
        rows.into_iter().map(read).collect()
    }
}

fn read(mut row: Row) -> Result<TimelineEntry, StoreError> {
    Ok(TimelineEntry {
        id: TimelineEntryId::new(row.take()?),
        at: row.take()?,
        kind: row.take()?,
        summary: row.take()?,
        data: row.take()?,
    })
}
