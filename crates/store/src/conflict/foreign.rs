//! Events of others at the time of bookings that stand.

use std::collections::BTreeMap;

use domain::conflict::{Conflict, ConflictKind};
use domain::convergence::event_of;
use domain::{BookingId, CalendarId, HostId, Interval, TimelineEntryId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use super::{close, find, open};
use crate::calendar_event::list_events;
use crate::claim::LONGEST;
use crate::error::StoreError;
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::Tx;

/// Where to look for events of others.
pub(crate) struct Looked<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) calendar: &'a CalendarId,
    pub(crate) host: &'a HostId,
    /// The pass whose intervals count.
    pub(crate) pass: i64,
    /// What the timelines say, to be completed here.
    pub(crate) note: &'a TimelineEntry,
    pub(crate) now: Timestamp,
}

/// Compares what a calendar holds with the host's bookings: opens a conflict for each that somebody
/// else's event has come over, and ends those that are over.
pub(crate) async fn compare(tx: &mut impl Tx, looked: &Looked<'_>) -> Result<(), StoreError> {
    let found = looked.over_bookings(tx).await?;
    let mut place = 0;
    for (booking, conflict) in &found {
        if find(tx, looked.workspace, *booking).await?.is_some() {
            continue; // One is enough for a person to look at.
        }
        open(tx, looked.workspace, *booking, conflict).await?;
        let summary = "Conflict: something else is in the calendar at its time";
        looked.note(tx, *booking, place, "booking.conflict", summary).await?;
        place += 1;
    }
    for booking in looked.known(tx).await? {
        if found.contains_key(&booking) {
            continue;
        }
        close(tx, looked.workspace, booking, looked.now).await?;
        let summary = "Nothing else is in the calendar at its time any more";
        looked.note(tx, booking, place, "booking.conflict_over", summary).await?;
        place += 1;
    }
    Ok(())
}

impl Looked<'_> {
    async fn over_bookings(
        &self,
        tx: &mut impl Tx,
    ) -> Result<BTreeMap<BookingId, Conflict>, StoreError> {
        let sql = "-- foreign_events: both are bounded by the longest there may be
            select bookings.id, mirror_intervals.event_id,
                   mirror_intervals.starts_at, mirror_intervals.ends_at
              from bookings
              join mirror_intervals on mirror_intervals.workspace = bookings.workspace
               and mirror_intervals.calendar = $2 and mirror_intervals.pass = $3
               and mirror_intervals.ends_at > bookings.starts_at
               and mirror_intervals.ends_at < bookings.ends_at + $7
               and mirror_intervals.starts_at < bookings.ends_at
             where bookings.workspace = $1
               and (bookings.host = $4
                    or bookings.joined is not null and bookings.joined like '%,' || $4 || ',%')
               and bookings.starts_at > $5 and bookings.ends_at > $6
               and bookings.status = 'confirmed'
             order by bookings.id, mirror_intervals.starts_at";
        let params = params![
            self.workspace.0,
            self.calendar.as_str(),
            self.pass,
            self.host.as_str(),
            self.now - LONGEST,
            self.now,
            i64::try_from(LONGEST.as_micros()).unwrap_or(i64::MAX),
        ];
        let mut found = BTreeMap::new();
        for mut row in tx.query(sql, params).await? {
            let booking = BookingId::new(row.take()?);
            let event_id: String = row.take()?;
            let at = Interval::new(row.take()?, row.take()?)
                .ok_or(StoreError::Unreadable("a busy interval"))?;
            if self.is_ours(tx, &event_id).await? {
                continue; // Moved by the host, and still to be looked at.
            }
            let (kind, calendar) = (ConflictKind::ForeignEvent, self.calendar.clone());
            let conflict = Conflict { kind, calendar, event_id, at, since: self.now };
            found.entry(booking).or_insert(conflict);
        }
        Ok(found)
    }

    async fn is_ours(&self, tx: &mut impl Tx, event_id: &str) -> Result<bool, StoreError> {
        let Some((booking, _)) = event_of(event_id) else { return Ok(false) };
        Ok(!list_events(tx, self.workspace, booking).await?.is_empty())
    }

    /// The bookings that an event of others in this calendar is known to contradict.
    async fn known(&self, tx: &mut impl Tx) -> Result<Vec<BookingId>, StoreError> {
        let sql = "-- known_foreign_events
            select booking from conflicts
             where workspace = $1 and calendar = $2 and kind = 'foreign_event'
             order by booking";
        let rows = tx.query(sql, params![self.workspace.0, self.calendar.as_str()]).await?;
        rows.into_iter().map(|mut row| Ok(BookingId::new(row.take()?))).collect()
    }

    async fn note(
        &self,
        tx: &mut impl Tx,
        booking: BookingId,
        place: u128,
        kind: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        let id = self.note.id.uuid().as_u128().wrapping_add(place);
        let entry = TimelineEntry {
            id: TimelineEntryId::new(Uuid::from_u128(id)),
            kind: kind.to_owned(),
            summary: summary.to_owned(),
            ..self.note.clone()
        };
        timeline::append(tx, self.workspace, booking, &entry).await
    }
}
