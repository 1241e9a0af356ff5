//! Reading seats: what slots show of them, and who sits in them.

use std::collections::BTreeMap;

use domain::occurrence::RosterLine;
use domain::{
    Booking, BookingId, HostId, Interval, Occurrence, OccurrenceId, ServiceId, WorkspaceId,
};
use jiff::Timestamp;

use super::row::{find_occurrence, occurrence_columns, read_occurrence};
use crate::booking::find_booking;
use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// The occurrences of a service that start in a range.
pub struct SeatsOf {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Of which service.
    pub service: ServiceId,
    /// Starting in this range.
    pub within: Interval,
    /// Now: seats that have lapsed by then do not count.
    pub now: Timestamp,
}

/// The occurrences of a range.
#[derive(Debug, Default)]
pub struct Starts {
    /// By start and host. `taken` counts only seats that have not lapsed.
    pub occurrences: BTreeMap<(Timestamp, HostId), Occurrence>,
    /// When the next seats lapse.
    pub next_lapse: Option<Timestamp>,
}

impl UnitOfWork for SeatsOf {
    const NAME: &'static str = "occurrence.seats_of";
    type Outcome = Starts;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = concat!(
            "-- list_occurrences: bounded by the range, so that history costs nothing
            select ",
            occurrence_columns!(),
            " from occurrences
             where workspace = $1 and service = $2 and starts_at >= $3 and starts_at < $4
               and taken > 0"
        );
        let range = (self.within.start(), self.within.end());
        let params = params![self.workspace.0, self.service.as_str(), range.0, range.1];
        let mut starts = Starts::default();
        for row in tx.query(sql, params).await? {
            let occurrence = read_occurrence(row)?;
            let key = (occurrence.slot.start(), occurrence.host.clone());
            starts.occurrences.insert(key, occurrence);
        }
        self.without_lapsed(tx, &mut starts).await?;
        starts.occurrences.retain(|_, occurrence| occurrence.taken > 0);
        Ok(starts)
    }
}

impl SeatsOf {
    async fn without_lapsed(
        &self,
        tx: &mut impl Tx,
        starts: &mut Starts,
    ) -> Result<(), StoreError> {
        let sql = "-- list_lapsing_seats
            select occurrences.starts_at, occurrences.host, seats.people, seats.expires_at
              from occurrences
              join seats on seats.workspace = $1 and seats.occurrence = occurrences.id
             where occurrences.workspace = $1 and occurrences.service = $2
               and occurrences.starts_at >= $3 and occurrences.starts_at < $4
               and occurrences.taken > 0 and seats.expires_at is not null";
        let range = (self.within.start(), self.within.end());
        let params = params![self.workspace.0, self.service.as_str(), range.0, range.1];
        for mut row in tx.query(sql, params).await? {
            let start: Timestamp = row.take()?;
            let host: HostId = row.take_parsed("an occurrence's host")?;
            let (people, lapses): (u32, Timestamp) = (row.take()?, row.take()?);
            if lapses > self.now {
                starts.next_lapse =
                    Some(starts.next_lapse.map_or(lapses, |next: Timestamp| next.min(lapses)));
            } else if let Some(occurrence) = starts.occurrences.get_mut(&(start, host)) {
                occurrence.taken = occurrence.taken.saturating_sub(people);
            }
        }
        Ok(())
    }
}

/// Who sits in an occurrence, for its page.
pub struct ListSeats {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub occurrence: OccurrenceId,
}

/// A booking with its seats.
#[derive(Debug, Clone)]
pub struct Seated {
    /// The booking.
    pub booking: Booking,
    /// When the door saw them.
    pub arrived_at: Option<Timestamp>,
}

impl UnitOfWork for ListSeats {
    const NAME: &'static str = "occurrence.list_seats";
    type Outcome = Option<(Occurrence, Vec<Seated>)>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(occurrence) = find_occurrence(tx, self.workspace, self.occurrence).await? else {
            return Ok(None);
        };
        let seated = seated(tx, self.workspace, &occurrence).await?;
        Ok(Some((occurrence, seated)))
    }
}

/// The bookings of an occurrence in the order in which they came, also those that are being moved to
/// it: they come as soon as its event stands.
pub(super) async fn seated(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: &Occurrence,
) -> Result<Vec<Seated>, StoreError> {
    let sql = "-- list_seated
        select bookings.id, seats.arrived_at
          from seats
          join bookings on bookings.workspace = $1 and bookings.id = seats.holder
         where seats.workspace = $1 and seats.occurrence = $2 and seats.expires_at is null
           and (bookings.starts_at = $3 and bookings.host = $4
                or bookings.change_starts_at = $3 and bookings.change_host = $4)
         order by bookings.id";
    let (id, start) = (occurrence.id.uuid(), occurrence.slot.start());
    let params = params![workspace.0, id, start, occurrence.host.as_str()];
    let mut seated = Vec::new();
    for mut row in tx.query(sql, params).await? {
        let id = BookingId::new(row.take()?);
        if let Some(booking) = find_booking(tx, workspace, id).await? {
            seated.push(Seated { booking, arrived_at: row.take()? });
        }
    }
    Ok(seated)
}

/// Who is on the roster that an occurrence's event shows.
pub(super) fn roster(seated: &[Seated]) -> Vec<RosterLine> {
    let lines = seated.iter().map(|seated| RosterLine {
        lead: seated.booking.lead().clone(),
        people: seated.booking.party_size,
    });
    lines.collect()
}
