//! Events in a Google calendar.

use std::collections::BTreeMap;

use domain::calendar_event::{CalendarEvent, EventOwner, Restated};
use domain::response::Response;
use domain::{Interval, service};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use providers::google::{
    Event, EventAttendee, EventBody, EventPatch, EventStatus, EventTime, GoogleCalendar, Reminder,
    ReminderMethod, ResponseStatus, SendUpdates, Transparency,
};
use providers::{Call, ProviderError};
use secrecy::SecretString;
use serde_json::json;
use store::calendar_event::WrittenEvent;
use store::timeline::TimelineEntry;

use super::{Asked, CalendarError};
use crate::App;

/// What a look at an event of ours showed.
#[derive(Debug)]
pub(crate) enum EventSeen {
    /// It stands.
    Standing {
        /// Its time, if a booking can have one like it.
        slot: Option<Interval>,
        /// The time it takes, whole days too.
        stands_at: Option<Interval>,
        /// What the provider said of it.
        written: WrittenEvent,
        /// What those who are invited answered.
        responses: Vec<(String, Response)>,
    },
    /// It was deleted: the provider keeps a tombstone, or says it is gone.
    Deleted,
}

/// What stands in the calendar.
#[derive(Debug)]
pub(crate) enum EventAnswer {
    /// Our event, at this time.
    Ours {
        /// When; `None` for a time that no event of ours has, such as a whole day.
        slot: Option<Interval>,
        /// What the provider said of it.
        written: WrittenEvent,
    },
    /// It was deleted: the provider keeps a tombstone, or says it is gone.
    Deleted,
    /// Something else has the identifier.
    Foreign,
}

impl App {
    /// Writes a new event. A repeat finds the one that is there.
    pub(crate) async fn google_insert(
        &self,
        account: &str,
        calendar: &str,
        event: &CalendarEvent,
        event_id: &str,
        updates: SendUpdates,
    ) -> Asked<EventAnswer> {
        let body = body(event, event_id);
        let call = self.google(account, &Insert { calendar, body: &body, updates }).await;
        match call.outcome {
            Err(CalendarError::Provider(ProviderError::Conflict { .. })) => {
                let look = self.google_look(account, calendar, event_id, event.owner).await;
                joined(call.entries, look)
            }
            outcome => Asked {
                outcome: outcome.map(|event_there| ours(&event_there)),
                entries: call.entries,
            },
        }
    }

    /// Reads an event directly: the only thing that is believed of a deletion.
    pub(crate) async fn google_look(
        &self,
        account: &str,
        calendar: &str,
        event_id: &str,
        owner: EventOwner,
    ) -> Asked<EventAnswer> {
        let call = self.google(account, &Get { calendar, event_id }).await;
        let outcome = match call.outcome {
            Ok(event) if event.status == EventStatus::Cancelled => Ok(EventAnswer::Deleted),
            Ok(event) if event.private.get(property(owner)) == Some(&owner.to_string()) => {
                Ok(ours(&event))
            }
            Ok(_) => Ok(EventAnswer::Foreign),
            Err(CalendarError::Provider(ProviderError::Gone { .. })) => Ok(EventAnswer::Deleted),
            Err(error) => Err(error),
        };
        Asked { outcome, entries: call.entries }
    }

    /// Reads an event that somebody did something to. Its identifier is ours; whether it still has
    /// our property makes no difference.
    pub(crate) async fn google_see(
        &self,
        account: &str,
        calendar: &str,
        event_id: &str,
        zone: &TimeZone,
    ) -> Asked<EventSeen> {
        let call = self.google(account, &Get { calendar, event_id }).await;
        let outcome = match call.outcome {
            Ok(event) if event.status == EventStatus::Cancelled => Ok(EventSeen::Deleted),
            Ok(event) => Ok(EventSeen::Standing {
                slot: slot_of(&event),
                stands_at: time_of(&event, zone),
                written: written(&event),
                responses: event
                    .responses
                    .iter()
                    .filter_map(|(address, said)| Some((address.clone(), response(said)?)))
                    .collect(),
            }),
            Err(CalendarError::Provider(ProviderError::Gone { .. })) => Ok(EventSeen::Deleted),
            Err(error) => Err(error),
        };
        Asked { outcome, entries: call.entries }
    }

    /// Gives our event another time, and another title or place where it has to show them.
    pub(crate) async fn google_move(
        &self,
        at: At<'_>,
        slot: Interval,
        zone: &TimeZone,
        new: Option<&Restated>,
    ) -> Asked<EventAnswer> {
        let patch = EventPatch {
            start: Some(slot.start().to_zoned(zone.clone())),
            end: Some(slot.end().to_zoned(zone.clone())),
            ..new.map(details).unwrap_or_default()
        };
        self.google_patch(at, &patch, SendUpdates::All).await
    }

    /// Lets our event show another title or place, and leaves its time alone.
    pub(crate) async fn google_restate(&self, at: At<'_>, new: &Restated) -> Asked<EventAnswer> {
        self.google_patch(at, &details(new), SendUpdates::All).await
    }

    /// Lets an occurrence's event show its roster, and stand at its time. Nobody but the host is on
    /// it, so nobody is told.
    pub(crate) async fn google_show(
        &self,
        at: At<'_>,
        event: &CalendarEvent,
    ) -> Asked<EventAnswer> {
        let zone = &event.timezone;
        let roster = event.roster.map(|roster| (ROSTER.to_owned(), roster.to_string()));
        let patch = EventPatch {
            summary: Some(event.summary.clone()),
            description: Some(as_html(&event.description)),
            start: Some(event.slot.start().to_zoned(zone.clone())),
            end: Some(event.slot.end().to_zoned(zone.clone())),
            private: roster.into_iter().collect(),
            ..EventPatch::default()
        };
        self.google_patch(at, &patch, SendUpdates::None).await
    }

    async fn google_patch(
        &self,
        at: At<'_>,
        changes: &EventPatch,
        updates: SendUpdates,
    ) -> Asked<EventAnswer> {
        let At { account, calendar, event_id, etag } = at;
        let request = Patch { calendar, event_id, changes, etag, updates };
        let call = self.google(account, &request).await;
        Asked { outcome: call.outcome.map(|event| ours(&event)), entries: call.entries }
    }

    /// Deletes our event. One that is not there is deleted.
    pub(crate) async fn google_delete(
        &self,
        account: &str,
        calendar: &str,
        event_id: &str,
        updates: SendUpdates,
    ) -> Asked<()> {
        let call = self.google(account, &Delete { calendar, event_id, updates }).await;
        let outcome = match call.outcome {
            Err(CalendarError::Provider(ProviderError::Gone { .. } | ProviderError::NotFound)) => {
                Ok(())
            }
            outcome => outcome,
        };
        Asked { outcome, entries: call.entries }
    }

    /// One call to Google on behalf of an account, when it is its turn; with a token that is refused,
    /// once more with a fresh one.
    pub(crate) async fn google<R: GoogleRequest>(
        &self,
        account: &str,
        request: &R,
    ) -> Asked<R::Answer> {
        let mut entries = Vec::new();
        let outcome = self.google_call(account, request, &mut entries).await;
        Asked { outcome, entries }
    }

    async fn google_call<R: GoogleRequest>(
        &self,
        account: &str,
        request: &R,
        entries: &mut Vec<TimelineEntry>,
    ) -> Result<R::Answer, CalendarError> {
        let mut refused: Option<SecretString> = None;
        loop {
            let connection = self.usable(account).await?;
            let token = self.access_token(&connection, refused.as_ref()).await?;
            let Some(endpoints) = self.providers().google_endpoints() else {
                return Err(CalendarError::NotConfigured("Google is not configured".to_owned()));
            };
            let going = self.take_turn(connection.id).await?;
            let http = &self.providers().http;
            let google = GoogleCalendar { http, endpoints, access_token: &token };
            let answer = request.send(google).await;
            entries.push(self.call_entry(R::KIND, &answer));
            let error = answer.outcome.as_ref().err();
            self.note_experience(&connection, &going, error).await?;
            match answer.outcome {
                Ok(answer) => {
                    if connection.status == "degraded" {
                        self.is_healthy(&connection).await?;
                    }
                    return Ok(answer);
                }
                Err(ProviderError::Unauthorized) if refused.is_none() => refused = Some(token),
                // Were it used on, every job would fetch a token of its own for nothing.
                Err(error @ ProviderError::Unauthorized) => {
                    self.is_unauthorized(&connection).await?;
                    return Err(CalendarError::Provider(error));
                }
                Err(ProviderError::InsufficientScope) => {
                    let reason = self.why_insufficient(&connection);
                    self.is_revoked(&connection, reason).await?;
                    return Err(CalendarError::Disconnected(connection.id));
                }
                Err(error) => return Err(CalendarError::Provider(error)),
            }
        }
    }
}

/// One kind of call to Google.
pub(crate) trait GoogleRequest: Sync {
    /// What the timeline calls it.
    const KIND: &'static str;
    /// What it is answered with.
    type Answer: Send;

    /// Makes the call, once.
    fn send(&self, google: GoogleCalendar<'_>) -> impl Future<Output = Call<Self::Answer>> + Send;
}

struct Insert<'a> {
    calendar: &'a str,
    body: &'a EventBody,
    updates: SendUpdates,
}

impl GoogleRequest for Insert<'_> {
    const KIND: &'static str = "calendar.insert";
    type Answer = Event;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<Event> {
        google.insert_event(self.calendar, self.body, self.updates).await
    }
}

struct Get<'a> {
    calendar: &'a str,
    event_id: &'a str,
}

impl GoogleRequest for Get<'_> {
    const KIND: &'static str = "calendar.get";
    type Answer = Event;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<Event> {
        google.get_event(self.calendar, self.event_id).await
    }
}

struct Patch<'a> {
    calendar: &'a str,
    event_id: &'a str,
    changes: &'a EventPatch,
    etag: Option<&'a str>,
    updates: SendUpdates,
}

impl GoogleRequest for Patch<'_> {
    const KIND: &'static str = "calendar.patch";
    type Answer = Event;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<Event> {
        let Self { calendar, event_id, changes, etag, updates } = *self;
        google.patch_event(calendar, event_id, changes, etag, updates).await
    }
}

struct Delete<'a> {
    calendar: &'a str,
    event_id: &'a str,
    updates: SendUpdates,
}

impl GoogleRequest for Delete<'_> {
    const KIND: &'static str = "calendar.delete";
    type Answer = ();

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<()> {
        google.delete_event(self.calendar, self.event_id, self.updates).await
    }
}

/// An event of ours, as it was when we last saw it: a patch that comes after another's is refused.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) account: &'a str,
    pub(crate) calendar: &'a str,
    pub(crate) event_id: &'a str,
    pub(crate) etag: Option<&'a str>,
}

/// The edition of a booking's title and place that its event shows, unless it is the first.
const EDITION: &str = "doorstep_edition";

/// The roster that an occurrence's event shows.
const ROSTER: &str = "doorstep_roster";

/// Which property says whose an event is.
fn property(owner: EventOwner) -> &'static str {
    match owner {
        EventOwner::Booking(_) => "doorstep_booking",
        EventOwner::Occurrence(_) => "doorstep_occurrence",
    }
}

/// Whether an event makes its time busy: what was declined or is shown as free does not.
pub(crate) fn is_busy(event: &Event) -> bool {
    event.status != EventStatus::Cancelled
        && event.transparency == Transparency::Opaque
        && event.self_response != Some(ResponseStatus::Declined)
}

/// When an event is; whole days are meant in the calendar's zone. `None` when nobody can tell.
pub(crate) fn time_of(event: &Event, zone: &TimeZone) -> Option<Interval> {
    let instant = |time: &EventTime| match time {
        EventTime::At { instant, .. } => Some(*instant),
        EventTime::On(date) => zone.to_timestamp(date.to_datetime(Time::midnight())).ok(),
    };
    Interval::new(instant(event.start.as_ref()?)?, instant(event.end.as_ref()?)?)
}

/// The time of an event that a booking could have one like: not of a whole day.
pub(crate) fn slot_of(event: &Event) -> Option<Interval> {
    match (&event.start, &event.end) {
        (Some(EventTime::At { instant: start, .. }), Some(EventTime::At { instant: end, .. })) => {
            Interval::new(*start, *end)
        }
        _ => None,
    }
}

fn joined<T>(mut entries: Vec<TimelineEntry>, next: Asked<T>) -> Asked<T> {
    entries.extend(next.entries);
    Asked { outcome: next.outcome, entries }
}

fn ours(event: &Event) -> EventAnswer {
    EventAnswer::Ours { slot: slot_of(event), written: written(event) }
}

fn written(event: &Event) -> WrittenEvent {
    WrittenEvent {
        etag: event.etag.clone(),
        html_link: event.html_link.clone(),
        ical_uid: event.ical_uid.clone(),
        roster: event.private.get(ROSTER).and_then(|roster| roster.parse().ok()),
        edition: event.private.get(EDITION).and_then(|edition| edition.parse().ok()).unwrap_or(0),
    }
}

fn details(new: &Restated) -> EventPatch {
    EventPatch {
        summary: new.summary.clone(),
        location: new.location.clone(),
        private: BTreeMap::from([(EDITION.to_owned(), new.edition.to_string())]),
        ..EventPatch::default()
    }
}

fn response(response: &ResponseStatus) -> Option<Response> {
    match response {
        ResponseStatus::Accepted => Some(Response::Accepted),
        ResponseStatus::Tentative => Some(Response::Tentative),
        ResponseStatus::Declined => Some(Response::Declined),
        ResponseStatus::NeedsAction | ResponseStatus::Other(_) => None,
    }
}

fn body(event: &CalendarEvent, event_id: &str) -> EventBody {
    EventBody {
        id: event_id.to_owned(),
        summary: event.summary.clone(),
        location: event.location.clone(),
        description: Some(as_html(&event.description)),
        start: event.slot.start().to_zoned(event.timezone.clone()),
        end: event.slot.end().to_zoned(event.timezone.clone()),
        attendees: event
            .invited
            .iter()
            .map(|person| EventAttendee {
                email: person.email.to_string(),
                display_name: person.name.clone(),
            })
            .collect(),
        reminders: event.reminders.iter().copied().map(reminder).collect(),
        private: properties(event),
        guests_can_see_other_guests: !event.has_guests,
    }
}

/// Google shows descriptions as HTML: what people wrote must stay text.
fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn reminder(reminder: service::CalendarReminder) -> Reminder {
    let method = match reminder.method {
        service::ReminderMethod::Email => ReminderMethod::Email,
        service::ReminderMethod::Popup => ReminderMethod::Popup,
    };
    Reminder { method, minutes: reminder.minutes_before }
}

fn properties(event: &CalendarEvent) -> BTreeMap<String, String> {
    let phones: Vec<_> = event
        .phones
        .iter()
        .map(|(email, phone)| json!({ "email": email.as_ref().map(ToString::to_string), "phone": phone }))
        .collect();
    let owner = property(event.owner).to_owned();
    let mut properties = BTreeMap::from([
        (owner, event.owner.to_string()),
        ("doorstep_generation".to_owned(), event.generation.to_string()),
    ]);
    match event.roster {
        Some(roster) => properties.insert(ROSTER.to_owned(), roster.to_string()),
        None => properties.insert("attendeePhones".to_owned(), bounded_list(phones)),
    };
    if event.edition > 0 {
        properties.insert(EDITION.to_owned(), event.edition.to_string());
    }
    if let Some(id) = &event.submission_id {
        properties.insert("submission_id".to_owned(), id.clone());
    }
    properties
}

/// As many entries as fit into 1,024 characters, so that what is kept stays readable JSON.
fn bounded_list(mut entries: Vec<serde_json::Value>) -> String {
    loop {
        let text = json!(entries).to_string();
        if text.chars().count() <= 1_024 || entries.pop().is_none() {
            return text;
        }
    }
}
