//! The rows of occurrences.

use domain::occurrence::OccurrenceState;
use domain::{HostId, Interval, Occurrence, OccurrenceId, ServiceId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::lock::Lock;
use crate::params;
use crate::tx::Tx;
use crate::value::Row;

macro_rules! occurrence_columns {
    () => {
        "id, service, host, starts_at, ends_at, capacity, taken, state, revision, roster, shown"
    };
}
pub(super) use occurrence_columns;

/// The occurrence of that identifier.
pub(super) async fn find_occurrence(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
) -> Result<Option<Occurrence>, StoreError> {
    let sql = concat!(
        "-- find_occurrence
        select ",
        occurrence_columns!(),
        " from occurrences
         where workspace = $1 and id = $2"
    );
    tx.find(sql, params![workspace.0, id.uuid()]).await?.map(read_occurrence).transpose()
}

/// The occurrence of a service that starts then at this host.
pub(super) async fn find_occurrence_at(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &ServiceId,
    host: &HostId,
    start: Timestamp,
) -> Result<Option<Occurrence>, StoreError> {
    let sql = concat!(
        "-- find_occurrence_at
        select ",
        occurrence_columns!(),
        " from occurrences
         where workspace = $1 and service = $2 and starts_at = $3 and host = $4"
    );
    let params = params![workspace.0, service.as_str(), start, host.as_str()];
    tx.find(sql, params).await?.map(read_occurrence).transpose()
}

/// Stores a new occurrence, without seats.
pub(super) async fn insert_occurrence(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: &Occurrence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = concat!(
        "-- insert_occurrence
        insert into occurrences (workspace, ",
        occurrence_columns!(),
        ", created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)"
    );
    let params = params![
        workspace.0,
        occurrence.id.uuid(),
        occurrence.service.as_str(),
        occurrence.host.as_str(),
        occurrence.slot.start(),
        occurrence.slot.end(),
        occurrence.capacity,
        occurrence.taken,
        occurrence.state.as_str(),
        occurrence.revision,
        occurrence.roster,
        occurrence.shown,
        now,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Stores what became of an occurrence's event, and of who comes. The seats are counted elsewhere.
pub(super) async fn update_occurrence(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: &Occurrence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- update_occurrence
        update occurrences set state = $3, revision = $4, roster = $5, shown = $6, updated_at = $7
         where workspace = $1 and id = $2";
    let params = params![
        workspace.0,
        occurrence.id.uuid(),
        occurrence.state.as_str(),
        occurrence.revision,
        occurrence.roster,
        occurrence.shown,
        now,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Keeps others from changing the seats of a service until the transaction ends.
pub(crate) async fn lock_seats(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &ServiceId,
) -> Result<(), StoreError> {
    tx.lock(&[Lock::seats(workspace, service)]).await
}

/// Keeps others from changing an occurrence and its bookings until the transaction ends: the
/// bookings first, in the order of their identifiers, then the seats of the service.
pub(super) async fn lock_occurrence(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
) -> Result<Vec<Uuid>, StoreError> {
    let sql = "-- lock_bookings_of_occurrence
        select id from bookings
         where workspace = $1
           and id in (select holder from seats where workspace = $1 and occurrence = $2)
         order by id -- PostgreSQL adds: for no key update
        ";
    let locked = tx.query(sql, params![workspace.0, id.uuid()]).await?;
    if let Some(occurrence) = find_occurrence(tx, workspace, id).await? {
        lock_seats(tx, workspace, &occurrence.service).await?;
    }
    locked.into_iter().map(|mut row| row.take()).collect()
}

/// Reads the columns of `occurrence_columns!`.
pub(super) fn read_occurrence(mut row: Row) -> Result<Occurrence, StoreError> {
    Ok(Occurrence {
        id: OccurrenceId::new(row.take()?),
        service: row.take_parsed("an occurrence's service")?,
        host: row.take_parsed("an occurrence's host")?,
        slot: Interval::new(row.take()?, row.take()?)
            .ok_or(StoreError::Unreadable("an occurrence's interval"))?,
        capacity: row.take()?,
        taken: row.take()?,
        state: row
            .take_as("an occurrence's state", |name: String| OccurrenceState::named(&name))?,
        revision: row.take()?,
        roster: row.take()?,
        shown: row.take()?,
    })
}
