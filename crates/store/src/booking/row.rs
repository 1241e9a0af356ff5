//! The rows of a booking and its attendees.

use std::collections::BTreeMap;

use domain::booking::{Actor, Cancellation, Change, Edition, SeatOffer};
use domain::incident::IncidentKind;
use domain::response::Response;
use domain::{
    Attendee, Booking, BookingId, BookingState, Email, HostId, Interval, Name, Phone, WorkspaceId,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::conflict;
use crate::error::StoreError;
use crate::incident;
use crate::params;
use crate::tx::Tx;
use crate::value::Row;

macro_rules! booking_columns {
    () => {
        "id, service, host, joined, starts_at, ends_at, title, location, title_edition, location_edition,
         timezone, party_size, notes,
         answers, submission_id, source, status, cancelled_by, cancel_reason, change_host,
         change_starts_at, change_ends_at, offered_until, revision, created_at, updated_at"
    };
}
pub(super) use booking_columns;

/// Stores a new booking with its attendees.
pub(crate) async fn insert_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: &Booking,
    awaited_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = concat!(
        "-- insert_booking
        insert into bookings (workspace, ",
        booking_columns!(),
        ", awaited_until)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)"
    );
    let state = StateColumns::of(&booking.state);
    let params = params![
        workspace.0,
        booking.id.uuid(),
        booking.service.as_str(),
        booking.host.as_str(),
        joined_column(&booking.joined),
        booking.slot.start(),
        booking.slot.end(),
        booking.title.as_str(),
        booking.location.clone(),
        booking.edition.title,
        booking.edition.location,
        zone_name(&booking.timezone),
        booking.party_size,
        booking.notes.clone(),
        serde_json::to_string(&booking.answers).expect("text maps to JSON"),
        booking.submission_id.clone(),
        booking.source.as_ref().map(|source| source.as_str().to_owned()),
        state.status,
        state.cancelled_by,
        state.cancel_reason,
        state.change_host,
        state.change_start,
        state.change_end,
        state.offered_until,
        booking.revision,
        booking.created_at,
        booking.updated_at,
        awaited_until,
    ];
    tx.execute(sql, params).await?;
    for (position, attendee) in booking.attendees.iter().enumerate() {
        insert_attendee(tx, workspace, booking.id, position, attendee).await?;
    }
    Ok(())
}

async fn insert_attendee(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    position: usize,
    attendee: &Attendee,
) -> Result<(), StoreError> {
    let sql = "-- insert_attendee
        insert into attendees
            (workspace, booking, position, name, email, phone, timezone, locale)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        workspace.0,
        booking.uuid(),
        i64::try_from(position).expect("at most 51 attendees"),
        attendee.name.as_ref().map(ToString::to_string),
        attendee.email.as_ref().map(ToString::to_string),
        attendee.phone.as_ref().map(ToString::to_string),
        attendee.timezone.as_ref().map(zone_name),
        attendee.locale.clone(),
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Stores what a transition changed. `seen` is the revision it was decided on: when somebody else
/// was faster, nothing is written and the answer is `false`.
pub(crate) async fn update_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: &Booking,
    seen: i64,
) -> Result<bool, StoreError> {
    let sql = "-- update_booking
        update bookings set
            host = $3, starts_at = $4, ends_at = $5, status = $6, cancelled_by = $7,
            cancel_reason = $8, change_host = $9, change_starts_at = $10, change_ends_at = $11,
            offered_until = $12, revision = $13, updated_at = $14, title = $15, location = $16,
            title_edition = $17, location_edition = $18
         where workspace = $1 and id = $2 and revision = $19";
    let state = StateColumns::of(&booking.state);
    let params = params![
        workspace.0,
        booking.id.uuid(),
        booking.host.as_str(),
        booking.slot.start(),
        booking.slot.end(),
        state.status,
        state.cancelled_by,
        state.cancel_reason,
        state.change_host,
        state.change_start,
        state.change_end,
        state.offered_until,
        booking.revision,
        booking.updated_at,
        booking.title.as_str(),
        booking.location.clone(),
        booking.edition.title,
        booking.edition.location,
        seen,
    ];
    let updated = tx.execute(sql, params).await? == 1;
    if updated && !booking.state.is_active() {
        // Nothing can contradict what is over, and nobody has to be reached for it.
        let now = booking.updated_at;
        conflict::close(tx, workspace, booking.id, now).await?;
        let (kind, subject) = (IncidentKind::Undeliverable, booking.id.to_string());
        incident::close(tx, workspace, kind, &subject, "The booking is over.", now).await?;
    }
    Ok(updated)
}

/// Keeps others from changing a booking until the transaction ends.
pub(crate) async fn lock_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: BookingId,
) -> Result<(), StoreError> {
    let sql = "-- lock_booking
        select 1 from bookings
         where workspace = $1 and id = $2 -- PostgreSQL adds: for no key update
        ";
    tx.find(sql, params![workspace.0, id.uuid()]).await?;
    Ok(())
}

/// The booking with its attendees. Whoever may write has it to themselves until the transaction
/// ends: a decision on it stands.
pub(crate) async fn find_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: BookingId,
) -> Result<Option<Booking>, StoreError> {
    let sql = concat!(
        "-- find_booking
        select ",
        booking_columns!(),
        " from bookings
         where workspace = $1 and id = $2 -- PostgreSQL adds: for no key update
        "
    );
    let Some(row) = tx.find(sql, params![workspace.0, id.uuid()]).await? else {
        return Ok(None);
    };
    let attendees = attendees_of(tx, workspace, id).await?;
    read_booking(row, attendees).map(Some)
}

/// Who comes, the lead first.
pub(crate) async fn attendees_of(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Vec<Attendee>, StoreError> {
    let sql = "-- list_attendees
        select name, email, phone, timezone, locale from attendees
         where workspace = $1 and booking = $2 order by position";
    tx.query(sql, params![workspace.0, booking.uuid()])
        .await?
        .into_iter()
        .map(read_attendee)
        .collect()
}

/// Notes what an attendee answered to the calendar's invitation. `true` when that is news.
pub(crate) async fn set_response(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    position: u32,
    response: Option<Response>,
) -> Result<bool, StoreError> {
    let sql = "-- set_response
        update attendees set response = $4
         where workspace = $1 and booking = $2 and position = $3
           and coalesce(response, '') <> coalesce($4, '')";
    let response = response.map(Response::as_str);
    let params = params![workspace.0, booking.uuid(), position, response];
    Ok(tx.execute(sql, params).await? > 0)
}

/// What the attendees answered to the calendar's invitation, in their order.
pub(super) async fn responses_of(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Vec<Option<Response>>, StoreError> {
    let sql = "-- list_responses
        select response from attendees
         where workspace = $1 and booking = $2 order by position";
    let rows = tx.query(sql, params![workspace.0, booking.uuid()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let name: Option<String> = row.take()?;
            Ok(name.as_deref().and_then(Response::named))
        })
        .collect()
}

fn read_attendee(mut row: Row) -> Result<Attendee, StoreError> {
    let name: Option<String> = row.take()?;
    let email: Option<String> = row.take()?;
    Ok(Attendee {
        name: name.and_then(|name| Name::parse(&name).ok()),
        email: email.and_then(|email| Email::parse(&email).ok()),
        phone: row.take::<Option<String>>()?.map(Phone::stored),
        timezone: row.take::<Option<String>>()?.and_then(|name| TimeZone::get(&name).ok()),
        locale: row.take()?,
    })
}

/// Reads the columns of `booking_columns!`.
pub(super) fn read_booking(mut row: Row, attendees: Vec<Attendee>) -> Result<Booking, StoreError> {
    if attendees.is_empty() {
        return Err(StoreError::Unreadable("a booking's attendees"));
    }
    let id = BookingId::new(row.take()?);
    let service = row.take_service("a booking's service")?;
    let host = row.take_parsed("a booking's host")?;
    let joined = row.take_as("a booking's hosts", read_joined)?;
    let slot = interval(row.take()?, row.take()?)?;
    let title = row.take()?;
    let location = row.take()?;
    let edition = Edition { title: row.take()?, location: row.take()? };
    let timezone = row.take_as("a booking's zone", |name: String| TimeZone::get(&name).ok())?;
    let party_size = row.take()?;
    let notes = row.take()?;
    let answers: BTreeMap<String, String> =
        row.take_as("a booking's answers", |json: String| serde_json::from_str(&json).ok())?;
    let submission_id = row.take()?;
    let source: Option<String> = row.take()?;
    let state = StateColumns {
        status: row.take()?,
        cancelled_by: row.take()?,
        cancel_reason: row.take()?,
        change_host: row.take()?,
        change_start: row.take()?,
        change_end: row.take()?,
        offered_until: row.take()?,
    };
    Ok(Booking {
        id,
        service,
        host,
        joined,
        slot,
        title,
        location,
        edition,
        timezone,
        party_size,
        attendees,
        notes,
        answers,
        submission_id,
        source: source.and_then(|source| source.parse().ok()),
        state: state.read()?,
        revision: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// The slugs between commas, so that one of them can be looked for.
fn joined_column(joined: &[HostId]) -> Option<String> {
    let slugs: Vec<&str> = joined.iter().map(HostId::as_str).collect();
    (!slugs.is_empty()).then(|| format!(",{},", slugs.join(",")))
}

pub(super) fn read_joined(slugs: Option<String>) -> Option<Vec<HostId>> {
    let slugs = slugs.unwrap_or_default();
    slugs.split(',').filter(|slug| !slug.is_empty()).map(|slug| slug.parse().ok()).collect()
}

fn interval(start: Timestamp, end: Timestamp) -> Result<Interval, StoreError> {
    Interval::new(start, end).ok_or(StoreError::Unreadable("an interval"))
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

fn offered_until(state: &BookingState) -> Option<Timestamp> {
    match state {
        BookingState::Waitlisted { offer } => offer.map(|offer| offer.until),
        BookingState::Pending
        | BookingState::Confirmed { .. }
        | BookingState::Cancelled(_)
        | BookingState::Completed
        | BookingState::NoShow
        | BookingState::Declined
        | BookingState::Failed
        | BookingState::Expired => None,
    }
}

/// The state as columns: a check in the schema and [`StateColumns::read`] keep them in agreement.
struct StateColumns {
    status: String,
    cancelled_by: Option<String>,
    cancel_reason: Option<String>,
    change_host: Option<String>,
    change_start: Option<Timestamp>,
    change_end: Option<Timestamp>,
    offered_until: Option<Timestamp>,
}

impl StateColumns {
    fn of(state: &BookingState) -> Self {
        let (change, cancellation) = match state {
            BookingState::Confirmed { change } => (change.as_ref(), None),
            BookingState::Cancelled(cancellation) => (None, Some(cancellation)),
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => (None, None),
        };
        Self {
            status: state.status().to_owned(),
            cancelled_by: cancellation.map(|cancellation| cancellation.by.as_str().to_owned()),
            cancel_reason: cancellation.and_then(|cancellation| cancellation.reason.clone()),
            change_host: change.map(|change| change.host.to_string()),
            change_start: change.map(|change| change.slot.start()),
            change_end: change.map(|change| change.slot.end()),
            offered_until: offered_until(state),
        }
    }

    fn read(self) -> Result<BookingState, StoreError> {
        Ok(match self.status.as_str() {
            "waitlisted" => BookingState::Waitlisted {
                offer: self.offered_until.map(|until| SeatOffer { until }),
            },
            "pending" => BookingState::Pending,
            "confirmed" => BookingState::Confirmed { change: self.change()? },
            "cancelled" => BookingState::Cancelled(Cancellation {
                by: self.cancelled_by.as_deref().and_then(Actor::named).unwrap_or(Actor::System),
                reason: self.cancel_reason,
            }),
            "completed" => BookingState::Completed,
            "no_show" => BookingState::NoShow,
            "declined" => BookingState::Declined,
            "failed" => BookingState::Failed,
            "expired" => BookingState::Expired,
            _ => return Err(StoreError::Unreadable("a booking's status")),
        })
    }

    fn change(&self) -> Result<Option<Change>, StoreError> {
        match (&self.change_host, self.change_start, self.change_end) {
            (Some(host), Some(start), Some(end)) => {
                let host = host.parse().ok().ok_or(StoreError::Unreadable("a change's host"))?;
                Ok(Some(Change { host, slot: interval(start, end)? }))
            }
            _ => Ok(None),
        }
    }
}
