//! What in a calendar contradicts a booking: opened once, closed when it is over.

mod foreign;

use domain::conflict::{Conflict, ConflictKind};
use domain::incident::IncidentKind;
use domain::{BookingId, Interval, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::incident::{self, NewIncident};
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

/// Opens a conflict, or notes that it is another one now. `true` when there was none; operators hear
/// of that.
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
    if is_new {
        let what = match conflict.kind {
            ConflictKind::EventMoved => {
                "its host moved the event to a time that the booking cannot have"
            }
            ConflictKind::ForeignEvent => "another event stands at its time",
        };
        let summary = format!(
            "Booking {booking} stands, but in calendar '{}' {what}. Move the event or the booking: \
             this is over once they agree.",
            conflict.calendar
        );
        let kind = IncidentKind::Conflict;
        let incident = NewIncident::noticed(kind, booking.to_string(), summary, conflict.since);
        incident::open(tx, workspace, &incident, conflict.since).await?;
    }
    Ok(is_new)
}

/// Ends whatever conflict a booking has. `true` when it had one.
pub(crate) async fn close(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "-- close_conflict
        delete from conflicts where workspace = $1 and booking = $2";
    let was_open = tx.execute(sql, params![workspace.0, booking.uuid()]).await? > 0;
    if was_open {
        let resolution = "The booking and its calendar agree again, or the booking is over.";
        let (kind, subject) = (IncidentKind::Conflict, booking.to_string());
        incident::close(tx, workspace, kind, &subject, resolution, now).await?;
    }
    Ok(was_open)
}
