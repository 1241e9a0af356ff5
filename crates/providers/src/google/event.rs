use std::collections::BTreeMap;
use std::str::FromStr as _;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

/// Google's record of an event, as far as we look at it. Tombstones of deleted events have little
/// more than an id and [`EventStatus::Cancelled`].
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Unique within the calendar; ours when we made the event.
    pub id: String,
    /// Changes with every change; goes into `If-Match` as it is, quotes included.
    pub etag: Option<String>,
    /// Whether it stands.
    pub status: EventStatus,
    /// The event in Google's web pages.
    pub html_link: Option<String>,
    /// The iCalendar UID, shared by all instances of a series.
    pub ical_uid: Option<String>,
    /// The iCalendar revision.
    pub sequence: Option<i64>,
    /// Inclusive.
    pub start: Option<EventTime>,
    /// Exclusive.
    pub end: Option<EventTime>,
    /// The title.
    pub summary: Option<String>,
    /// Free text.
    pub location: Option<String>,
    /// May hold HTML. Not part of listings.
    pub description: Option<String>,
    /// Whether it blocks time.
    pub transparency: Transparency,
    /// Extended properties private to this calendar's copy.
    pub private: BTreeMap<String, String>,
    /// What the calendar's owner answered, when they are among the attendees.
    pub self_response: Option<ResponseStatus>,
    /// What those who are invited answered, by address. Not part of listings.
    pub responses: Vec<(String, ResponseStatus)>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// The series this is an instance of.
    pub recurring_event_id: Option<String>,
}

/// When an event starts or ends.
#[derive(Debug, Clone, PartialEq)]
pub enum EventTime {
    /// At an instant.
    At {
        /// The instant.
        instant: Timestamp,
        /// The IANA zone it is shown in, when one is named.
        zone: Option<String>,
    },
    /// On a whole day, in the calendar's zone.
    On(Date),
}

/// Whether an event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventStatus {
    /// It stands.
    Confirmed,
    /// It stands, provisionally.
    Tentative,
    /// It was deleted.
    Cancelled,
    /// Something newer than this program.
    Other(String),
}

/// Whether an event blocks time. Anything not known to be free blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transparency {
    /// It blocks time: also when Google leaves the field out, as it does for the default.
    Opaque,
    /// It does not.
    Transparent,
}

/// An attendee's answer to an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseStatus {
    /// No answer yet.
    NeedsAction,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Yes.
    Accepted,
    /// Something newer than this program.
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireEvent {
    id: String,
    etag: Option<String>,
    status: Option<String>,
    html_link: Option<String>,
    #[serde(rename = "iCalUID")]
    ical_uid: Option<String>,
    sequence: Option<i64>,
    start: Option<WireTime>,
    end: Option<WireTime>,
    summary: Option<String>,
    location: Option<String>,
    description: Option<String>,
    transparency: Option<String>,
    extended_properties: Option<WireProperties>,
    #[serde(default)]
    attendees: Vec<WireAttendee>,
    updated: Option<Timestamp>,
    recurring_event_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireTime {
    date_time: Option<String>,
    time_zone: Option<String>,
    date: Option<Date>,
}

#[derive(Deserialize)]
struct WireProperties {
    #[serde(default)]
    private: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttendee {
    email: Option<String>,
    #[serde(default, rename = "self")]
    is_self: bool,
    response_status: Option<String>,
}

impl From<WireEvent> for Event {
    fn from(wire: WireEvent) -> Self {
        let own = wire.attendees.iter().find(|attendee| attendee.is_self);
        let self_response = own.and_then(WireAttendee::response);
        let responses = wire.attendees.into_iter().filter_map(WireAttendee::answer).collect();
        Self {
            id: wire.id,
            etag: wire.etag,
            status: status(wire.status.as_deref()),
            html_link: wire.html_link,
            ical_uid: wire.ical_uid,
            sequence: wire.sequence,
            start: wire.start.and_then(WireTime::read),
            end: wire.end.and_then(WireTime::read),
            summary: wire.summary,
            location: wire.location,
            description: wire.description,
            transparency: match wire.transparency.as_deref() {
                Some("transparent") => Transparency::Transparent,
                Some(_) | None => Transparency::Opaque,
            },
            private: wire.extended_properties.map(|found| found.private).unwrap_or_default(),
            self_response,
            responses,
            updated: wire.updated,
            recurring_event_id: wire.recurring_event_id,
        }
    }
}

impl WireAttendee {
    fn response(&self) -> Option<ResponseStatus> {
        self.response_status.as_deref().map(response)
    }

    fn answer(self) -> Option<(String, ResponseStatus)> {
        let response = self.response()?;
        Some((self.email?, response))
    }
}

impl WireTime {
    fn read(self) -> Option<EventTime> {
        match (self.date_time, self.date) {
            (Some(text), _) => {
                let instant = read_instant(&text, self.time_zone.as_deref())?;
                Some(EventTime::At { instant, zone: self.time_zone })
            }
            (None, Some(date)) => Some(EventTime::On(date)),
            (None, None) => None,
        }
    }
}

/// An offset in the text fixes the instant; without one the named zone does.
fn read_instant(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    Timestamp::from_str(text).ok().or_else(|| {
        let zone = TimeZone::get(zone?).ok()?;
        let local = DateTime::from_str(text).ok()?;
        zone.to_zoned(local).ok().map(|zoned: Zoned| zoned.timestamp())
    })
}

fn status(raw: Option<&str>) -> EventStatus {
    match raw {
        Some("confirmed") | None => EventStatus::Confirmed,
        Some("tentative") => EventStatus::Tentative,
        Some("cancelled") => EventStatus::Cancelled,
        Some(other) => EventStatus::Other(other.to_owned()),
    }
}

fn response(raw: &str) -> ResponseStatus {
    match raw {
        "needsAction" => ResponseStatus::NeedsAction,
        "declined" => ResponseStatus::Declined,
        "tentative" => ResponseStatus::Tentative,
        "accepted" => ResponseStatus::Accepted,
        other => ResponseStatus::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Event {
        serde_json::from_str::<WireEvent>(json).expect("an event").into()
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_whole_event_is_read() {
        let event = read(
            r#"{"kind":"calendar#event","etag":"\"34\"","id":"5f0c9","status":"confirmed",
            "htmlLink":"https://www.google.com/calendar/event?eid=x","updated":"2026-11-20T08:00:00.123Z",
            "iCalUID":"5f0c9@google.com","sequence":2,"eventType":"somethingNew",
            "start":{"dateTime":"2026-12-01T10:00:00+01:00","timeZone":"Europe/Zurich"},
            "end":{"dateTime":"2026-12-01T10:30:00+01:00"},
            "attendees":[{"email":"a@example.com"},{"email":"h@example.com","self":true,"responseStatus":"declined"}],
            "extendedProperties":{"private":{"doorstep_booking":"bkg_1"},"shared":{"x":"y"}}}"#,
        );

        assert_eq!(event.etag.as_deref(), Some("\"34\""));
        assert_eq!(event.status, EventStatus::Confirmed);
        assert_eq!(event.transparency, Transparency::Opaque);
        assert_eq!(event.self_response, Some(ResponseStatus::Declined));
        let answered = [("h@example.com".to_owned(), ResponseStatus::Declined)];
        assert_eq!(event.responses, answered);
        assert_eq!(event.private["doorstep_booking"], "bkg_1");
        assert_eq!(
            event.start,
            Some(EventTime::At {
                instant: instant("2026-12-01T09:00:00Z"),
                zone: Some("Europe/Zurich".to_owned())
            })
        );
    }

    #[test]
    fn a_tombstone_needs_no_more_than_its_id() {
        let event = read(r#"{"id":"x","status":"cancelled"}"#);

        assert_eq!((event.status, event.start), (EventStatus::Cancelled, None));
    }

    #[test]
    fn a_local_time_without_offset_is_read_in_its_zone() {
        let event = read(
            r#"{"id":"x","start":{"dateTime":"2026-07-01T10:00:00","timeZone":"America/Los_Angeles"},"end":{"date":"2026-07-02"}}"#,
        );

        let Some(EventTime::At { instant: start, .. }) = event.start else { panic!("no instant") };
        assert_eq!(start, instant("2026-07-01T17:00:00Z"));
        assert_eq!(event.end, Some(EventTime::On(jiff::civil::date(2026, 7, 2))));
    }

    #[test]
    fn unknown_values_and_unreadable_times_are_tolerated() {
        let event = read(
            r#"{"id":"x","status":"postponed","transparency":"glassy","start":{"dateTime":"soon"}}"#,
        );

        assert_eq!(event.status, EventStatus::Other("postponed".to_owned()));
        assert_eq!(event.transparency, Transparency::Opaque);
        assert_eq!(event.start, None);
    }
}
