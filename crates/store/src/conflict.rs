//! What in a calendar contradicts a booking: opened once, closed when it is over.

mod foreign;

use domain::conflict::{Conflict, ConflictKind};
use domain::{BookingId, Interval, WorkspaceId};

use crate::error::StoreError;
use crate::params;
use crate::tx::Tx;
use crate::value::Row;

pub(crate) use foreign::{Looked, compare};

/// The open conflict of a booking.
pub(crate) async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Option<Conflict>, StoreError> {
    let sql = "-- find_conflict
        select kind, calendar, event_id, starts_at, ends_at, since from conflicts
         where workspace = $1 and booking = $2";
    tx.find(sql, params![workspace.0, booking.uuid()]).await?.map(read).transpose()
}

fn read(mut row: Row) -> Result<Conflict, StoreError> {
    Ok(Conflict {
        kind: row.take_as("a conflict's kind", |name: String| ConflictKind::named(&name))?,
        calendar: row.take_parsed("a conflict's calendar")?,
        event_id: row.take()?,
        at: Interval::new(row.take()?, row.take()?)
            .ok_or(StoreError::Unreadable("a conflict's interval"))?,
        since: row.take()?,
    })
}

/// Opens a conflict, or notes that it is another one now. `true` when there was none.
pub(crate) async fn open(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    conflict: &Conflict,
) -> Result<bool, StoreError> {
    let is_new = find(tx, workspace, booking).await?.is_none();
    let sql = "-- open_conflict
        insert into conflicts
            (workspace, booking, kind, calendar, event_id, starts_at, ends_at, since)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (workspace, booking) do update set
            kind = excluded.kind, calendar = excluded.calendar, event_id = excluded.event_id,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at";
    let params = params![
        workspace.0,
        booking.uuid(),
        conflict.kind.as_str(),
        conflict.calendar.as_str(),
        conflict.event_id.as_str(),
        conflict.at.start(),
        conflict.at.end(),
        conflict.since,
    ];
    tx.execute(sql, params).await?;
    Ok(is_new)
}

/// Ends whatever conflict a booking has. `true` when it had one.
pub(crate) async fn close(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<bool, StoreError> {
    let sql = "-- close_conflict
        delete from conflicts where workspace = $1 and booking = $2";
    Ok(tx.execute(sql, params![workspace.0, booking.uuid()]).await? > 0)
}
