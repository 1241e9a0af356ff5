//! Finding bookings.

use domain::conflict::Conflict;
use domain::convergence::EventState;
use domain::response::Response;
use domain::{Booking, BookingId, HostId, ServiceId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use super::row::{attendees_of, booking_columns, find_booking, read_booking, responses_of};
use crate::calendar_event::{StoredEvent, events_of_booking};
use crate::conflict;
use crate::conversation::{Attending, list_attending};
use crate::error::StoreError;
use crate::params;
use crate::reach::unreached_at;
use crate::tx::{Tx, UnitOfWork};

/// A booking with the events we know of.
#[derive(Debug, Clone)]
pub struct StoredBooking {
    /// The booking.
    pub booking: Booking,
    /// Its calendar events, removed ones included.
    pub events: Vec<StoredEvent>,
    /// Who said that they will come, to the time at which it is now.
    pub attending: Vec<Attending>,
    /// Since when no message is known to reach the lead.
    pub unreached_at: Option<Timestamp>,
    /// What in a calendar contradicts it.
    pub conflict: Option<Conflict>,
    /// What each attendee answered to the calendar's invitation.
    pub responses: Vec<Option<Response>>,
}

impl StoredBooking {
    /// The event that is in the calendar, as far as we know: the newest that was written and not
    /// removed.
    pub fn standing_event(&self) -> Option<&StoredEvent> {
        let stands = |event: &&StoredEvent| match event.record.state {
            EventState::Written | EventState::Changed => true,
            EventState::Intended | EventState::Removed => false,
        };
        self.events.iter().rev().find(stands)
    }
}

/// A booking with all that is known of it.
async fn with_events(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: Booking,
) -> Result<StoredBooking, StoreError> {
    let events = events_of_booking(tx, workspace, booking.id).await?;
    let conflict = conflict::find(tx, workspace, booking.id).await?;
    let conflict = conflict.filter(|_| booking.state.is_active());
    let responses = responses_of(tx, workspace, booking.id).await?;
    let attending = list_attending(tx, workspace, booking.id).await?;
    let unreached_at = unreached_at(tx, workspace, booking.id).await?;
    Ok(StoredBooking { booking, events, attending, unreached_at, conflict, responses })
}

/// One booking.
pub struct FindBooking {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: BookingId,
}

impl UnitOfWork for FindBooking {
    const NAME: &'static str = "booking.find";
    type Outcome = Option<StoredBooking>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let Some(booking) = find_booking(tx, self.workspace, self.id).await? else {
            return Ok(None);
        };
        with_events(tx, self.workspace, booking).await.map(Some)
    }
}

/// Which bookings are wanted; everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct BookingFilter {
    /// The status.
    pub status: Option<String>,
    /// The host.
    pub host: Option<HostId>,
    /// The service.
    pub service: Option<ServiceId>,
    /// Starting at or after.
    pub from: Option<Timestamp>,
    /// Starting before.
    pub to: Option<Timestamp>,
    /// An attendee's address or number in E.164.
    pub attendee: Option<String>,
}

/// A page of bookings, by start.
pub struct ListBookings {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub filter: BookingFilter,
    /// The start and id of the last one already seen.
    pub after: Option<(Timestamp, BookingId)>,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListBookings {
    const NAME: &'static str = "booking.list";
    type Outcome = Vec<StoredBooking>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = concat!(
            "-- list_bookings
            select ",
            booking_columns!(),
            " from bookings
             where workspace = $1
               and starts_at >= $2 and starts_at < $3
               and (starts_at > $4 or starts_at = $4 and id > $5)
               and (cast($6 as text) is null or status = $6)
               and (cast($7 as text) is null or host = $7
                    or joined is not null and joined like '%,' || $7 || ',%')
               and (cast($8 as text) is null or service = $8)
               and (cast($9 as text) is null or exists (
                    select 1 from attendees
                     where attendees.workspace = bookings.workspace and booking = bookings.id
                       and (email = $9 or phone = $9)))
             order by starts_at, id
             limit $10"
        );
        let (after_start, after_id) =
            self.after.map_or((Timestamp::MIN, Uuid::nil()), |(start, id)| (start, id.uuid()));
        let filter = &self.filter;
        let params = params![
            self.workspace.0,
            filter.from.unwrap_or(Timestamp::MIN),
            filter.to.unwrap_or(Timestamp::MAX),
            after_start,
            after_id,
            filter.status.clone(),
            filter.host.as_ref().map(|host| host.as_str().to_owned()),
            filter.service.as_ref().map(|service| service.as_str().to_owned()),
            filter.attendee.clone(),
            self.limit,
        ];
        let rows = tx.query(sql, params).await?;
        let mut bookings = Vec::with_capacity(rows.len());
        for row in rows {
            let id = BookingId::new(row.peek_id()?);
            let attendees = attendees_of(tx, self.workspace, id).await?;
            let booking = read_booking(row, attendees)?;
            bookings.push(with_events(tx, self.workspace, booking).await?);
        }
        Ok(bookings)
    }
}
