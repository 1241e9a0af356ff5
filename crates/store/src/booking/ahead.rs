//! The bookings that are still to come.

use domain::{BookingId, HostId, Interval, ServiceId, WorkspaceId};
use jiff::Timestamp;

use super::row::read_joined;
use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A booking that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Which.
    pub id: BookingId,
    /// Of which service.
    pub service: ServiceId,
    /// With whom.
    pub host: HostId,
    /// Who joins, where all hosts come.
    pub joined: Vec<HostId>,
    /// When.
    pub slot: Interval,
}

/// Some of the active bookings that are still to come, the next ones first.
pub struct ListAhead {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Behind this start and booking.
    pub after: (Timestamp, BookingId),
    /// No more than that.
    pub most: i64,
}

impl UnitOfWork for ListAhead {
    const NAME: &'static str = "booking.list_ahead";
    type Outcome = Vec<Ahead>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_ahead
            select id, service, host, joined, starts_at, ends_at from bookings
             where workspace = $1 and (starts_at, id) > ($2, $3)
               and status in ('pending', 'confirmed')
             order by starts_at, id
             limit $4";
        let (start, id) = self.after;
        let params = params![self.workspace.0, start, id.uuid(), self.most];
        tx.query(sql, params).await?.into_iter().map(ahead).collect()
    }
}

fn ahead(mut row: Row) -> Result<Ahead, StoreError> {
    Ok(Ahead {
        id: BookingId::new(row.take()?),
        service: row.take_service("a booking's service")?,
        host: row.take_parsed("a booking's host")?,
        joined: row.take_as("a booking's hosts", read_joined)?,
        slot: Interval::new(row.take()?, row.take()?)
            .ok_or(StoreError::Unreadable("a booking's slot"))?,
    })
}
