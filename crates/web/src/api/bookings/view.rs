//! Bookings as the API shows them.

use std::collections::BTreeMap;

use app::booking::StoredBooking;
use domain::response::Response;
use domain::{Attendee, Booking};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::times::{name, written};

/// What anybody may see of a booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicBooking)]
pub(crate) struct PublicBookingView {
    /// The booking's identifier.
    pub(crate) id: String,
    /// The service's slug; `null` of a booking without one.
    service: Option<String>,
    /// `waitlisted`, `pending`, `confirmed`, `cancelled`, `completed`, `no_show`, `declined`, `failed`
    /// or `expired`.
    status: &'static str,
    /// When it starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// The IANA zone in which its times are told.
    timezone: String,
}

impl From<&Booking> for PublicBookingView {
    fn from(booking: &Booking) -> Self {
        let zone = &booking.timezone;
        Self {
            id: booking.id.to_string(),
            service: service(booking),
            status: booking.state.status(),
            start: written(booking.slot.start(), zone),
            end: written(booking.slot.end(), zone),
            timezone: name(zone).to_owned(),
        }
    }
}

fn service(booking: &Booking) -> Option<String> {
    (!booking.service.is_ad_hoc()).then(|| booking.service.to_string())
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Booking)]
pub(crate) struct BookingView {
    /// Its identifier.
    pub(crate) id: String,
    /// The service's slug; `null` of a booking without one.
    service: Option<String>,
    /// What it is called, as it was when it was booked or last changed.
    title: String,
    /// Where it takes place.
    location: Option<String>,
    /// The slug of the host in whose calendar it stands.
    host: String,
    /// The slugs of everyone whose time it takes; several where all hosts of its service come.
    hosts: Vec<String>,
    /// `waitlisted`, `pending`, `confirmed`, `cancelled`, `completed`, `no_show`, `declined`, `failed`
    /// or `expired`.
    status: &'static str,
    /// When it starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// The IANA zone in which its times are told: the lead's, or else the host's.
    timezone: String,
    /// How many people.
    party_size: u32,
    /// Who booked.
    attendee: AttendeeView,
    /// Who comes along.
    guests: Vec<GuestView>,
    /// Free text from the lead.
    #[schema(required)]
    notes: Option<String>,
    /// The form's further fields.
    answers: BTreeMap<String, String>,
    /// What makes a repeated submission recognisable.
    #[schema(required)]
    submission_id: Option<String>,
    /// The slug of the source that it came from.
    #[schema(required)]
    source: Option<String>,
    /// The event that stands for it.
    #[schema(required)]
    calendar_event: Option<CalendarEventView>,
    /// The time it is being moved to, while the calendar is being written.
    #[schema(required)]
    change: Option<ChangeView>,
    /// Who confirmed that they will come, by text or in a call, to the time at which it is now.
    attending: Vec<AttendingView>,
    /// Since when no message is known to reach whoever booked, on any channel they gave.
    #[schema(required, format = DateTime)]
    unreached_since: Option<String>,
    /// What in a calendar contradicts it, until a person settles it.
    #[schema(required)]
    conflict: Option<ConflictView>,
    /// When it was accepted.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Who booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendee)]
struct AttendeeView {
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    /// In E.164.
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    timezone: Option<String>,
    #[schema(required)]
    locale: Option<String>,
    /// What they answered to the calendar's invitation: `accepted`, `tentative` or `declined`.
    #[schema(required)]
    response: Option<&'static str>,
}

/// Who comes along.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guest)]
struct GuestView {
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    /// In E.164.
    #[schema(required)]
    phone: Option<String>,
    /// What they answered to the calendar's invitation: `accepted`, `tentative` or `declined`.
    #[schema(required)]
    response: Option<&'static str>,
}

/// What in a calendar contradicts a booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingConflict)]
struct ConflictView {
    /// `event_moved`: the host gave the event a time that the booking cannot have; `foreign_event`:
    /// something else stands at its time.
    kind: &'static str,
    /// The slug of the calendar that it was seen in.
    calendar: String,
    /// When the event in question starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// Since when it is known.
    #[schema(format = DateTime)]
    since: String,
}

/// A booking's event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalendarEvent)]
struct CalendarEventView {
    /// The calendar's slug.
    calendar: String,
    /// The event's identifier at the provider.
    id: String,
    /// Its page at the provider.
    #[schema(required)]
    html_link: Option<String>,
}

/// A time that a booking is being moved to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingChange)]
struct ChangeView {
    #[schema(format = DateTime)]
    start: String,
}

/// Somebody who confirmed that they will come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attending)]
struct AttendingView {
    /// Who: 0 is the lead, 1 the first guest.
    position: u32,
    /// How they said it: `sms` or `voice`.
    by: String,
    /// When they said it.
    #[schema(format = DateTime)]
    at: String,
}

impl From<&StoredBooking> for BookingView {
    fn from(stored: &StoredBooking) -> Self {
        let booking = &stored.booking;
        let zone = &booking.timezone;
        Self {
            id: booking.id.to_string(),
            service: service(booking),
            title: booking.title.clone(),
            location: booking.location.clone(),
            host: booking.host.to_string(),
            hosts: booking.hosts().map(ToString::to_string).collect(),
            status: booking.state.status(),
            start: written(booking.slot.start(), zone),
            end: written(booking.slot.end(), zone),
            timezone: name(zone).to_owned(),
            party_size: booking.party_size,
            attendee: AttendeeView::of(booking.lead(), stored.responses.first()),
            guests: guests(stored),
            notes: booking.notes.clone(),
            answers: booking.answers.clone(),
            submission_id: booking.submission_id.clone(),
            source: booking.source.as_ref().map(ToString::to_string),
            calendar_event: event(stored),
            change: booking
                .change()
                .map(|change| ChangeView { start: written(change.slot.start(), zone) }),
            attending: stored
                .attending
                .iter()
                .map(|attending| AttendingView {
                    position: attending.position,
                    by: attending.channel.clone(),
                    at: written(attending.said_at, zone),
                })
                .collect(),
            unreached_since: stored.unreached_at.map(|at| written(at, zone)),
            conflict: stored.conflict.as_ref().map(|conflict| ConflictView {
                kind: conflict.kind.as_str(),
                calendar: conflict.calendar.to_string(),
                start: written(conflict.at.start(), zone),
                end: written(conflict.at.end(), zone),
                since: written(conflict.since, zone),
            }),
            created_at: written(booking.created_at, zone),
            updated_at: written(booking.updated_at, zone),
        }
    }
}

fn event(stored: &StoredBooking) -> Option<CalendarEventView> {
    let event = stored.standing_event()?;
    Some(CalendarEventView {
        calendar: event.record.calendar.to_string(),
        id: event.event_id.clone(),
        html_link: event.html_link.clone(),
    })
}

fn guests(stored: &StoredBooking) -> Vec<GuestView> {
    let everyone = stored.booking.attendees.iter().enumerate().skip(1);
    everyone.map(|(position, guest)| GuestView::of(guest, stored.responses.get(position))).collect()
}

/// What somebody answered to the calendar's invitation.
type Answered<'a> = Option<&'a Option<Response>>;

impl AttendeeView {
    fn of(attendee: &Attendee, answered: Answered<'_>) -> Self {
        let GuestView { name, email, phone, response } = GuestView::of(attendee, answered);
        let timezone = attendee.timezone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
        Self { name, email, phone, timezone, locale: attendee.locale.clone(), response }
    }
}

impl GuestView {
    fn of(attendee: &Attendee, answered: Answered<'_>) -> Self {
        Self {
            response: answered.copied().flatten().map(Response::as_str),
            name: attendee.name.as_ref().map(ToString::to_string),
            email: attendee.email.as_ref().map(ToString::to_string),
            phone: attendee.phone.as_ref().map(ToString::to_string),
        }
    }
}
