//! `/admin/bookings/{id}`: one booking and everything that happened to it.

use askama::Template;
use domain::conflict::ConflictKind;
use jiff::Timestamp;

use super::Dashboard;
use super::jobs::purpose;
use crate::pages::manage::Notice;
use crate::pages::status::Status;
use crate::pages::{Frame, Page};

/// One booking.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/booking.html")]
pub struct BookingPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// What came of the last form.
    pub notice: Option<Notice>,
    /// `bkg_…`
    pub id: String,
    /// Given back by the forms.
    pub revision: i64,
    /// Where it stands.
    pub status: Status,
    /// The service's title.
    pub service: String,
    /// Where it takes place.
    pub location: Option<String>,
    /// The host's name.
    pub host: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Where it is being moved to.
    pub moving_to: Option<Timestamp>,
    /// Whether no message is known to reach the lead.
    pub unreached: bool,
    /// What in a calendar contradicts it.
    pub conflict: Option<Conflict>,
    /// The lead.
    pub attendee: Person,
    /// Who comes along.
    pub guests: Vec<Person>,
    /// Who of them said that they will come, to the time at which it is now.
    pub coming: Vec<Coming>,
    /// How many people are coming.
    pub party_size: u32,
    /// What the attendee wrote.
    pub notes: Option<String>,
    /// The form's further fields, each with its answer.
    pub answers: Vec<(String, String)>,
    /// The slug of the source it came from, if a form's webhook sent it.
    pub source: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The event's address in the provider's own calendar; `https` only, checked by whoever fills
    /// this in.
    pub calendar_event: Option<String>,
    /// Jobs that were given up and can be tried again.
    pub given_up: Vec<GivenUp>,
    /// It can be cancelled.
    pub may_cancel: bool,
    /// It can be marked as a no-show.
    pub may_mark_no_show: bool,
    /// What people were told, oldest first.
    pub messages: Vec<MessageRow>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<Entry>,
    /// The address of the rest of the timeline.
    pub more: Option<String>,
}

/// An attendee and how to reach them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name.
    pub name: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// A phone number.
    pub phone: Option<String>,
}

/// Somebody said that they will come.
#[derive(Debug, Clone)]
pub struct Coming {
    /// Who.
    pub name: String,
    /// `sms` or `voice`.
    pub channel: String,
    /// When they said it.
    pub at: Timestamp,
}

/// What in a calendar contradicts a booking.
#[derive(Debug, Clone, Copy)]
pub struct Conflict {
    /// What it is.
    pub kind: ConflictKind,
    /// When the event in question begins.
    pub at: Timestamp,
}

/// A job that was given up.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The job's id.
    pub job: String,
    /// `calendar`, `timer` or `notify`.
    pub kind: String,
    /// Why it could not be done.
    pub error: Option<String>,
}

/// One message to one person.
#[derive(Debug, Clone)]
pub struct MessageRow {
    /// When it was begun.
    pub at: Timestamp,
    /// `sms` or `email`.
    pub channel: String,
    /// What kind of news.
    pub news: String,
    /// To whom.
    pub recipient: String,
    /// How far it came.
    pub state: String,
}

/// One entry of the timeline.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// The payload or the exchange; none where there is nothing to show.
    pub data: Option<serde_json::Value>,
}

impl Page for BookingPage {}

impl BookingPage {
    fn date_of(&self, at: &Timestamp) -> String {
        let visitor = &self.frame.visitor;
        visitor.date(visitor.date_of(*at))
    }

    fn times(&self) -> String {
        self.frame.visitor.times(self.start, self.end)
    }

    fn zone(&self) -> String {
        self.frame.visitor.zone_label(self.start)
    }

    fn moment(&self, at: &Timestamp) -> String {
        self.frame.visitor.moment(*at)
    }

    fn people(&self) -> String {
        (self.frame.text().common.people_counted)(self.party_size)
    }

    fn coming_of(&self, coming: &Coming) -> String {
        let at = self.moment(&coming.at);
        (self.frame.text().admin.coming)(&coming.name, &coming.channel, &at)
    }

    fn stuck(&self, given_up: &GivenUp) -> String {
        let text = self.frame.text();
        (text.admin.stuck)(&purpose(&given_up.kind, text))
    }

    fn contradicted(&self, conflict: &Conflict) -> String {
        let at = self.moment(&conflict.at);
        let words = &self.frame.text().admin;
        match conflict.kind {
            ConflictKind::EventMoved => (words.event_moved)(&at),
            ConflictKind::ForeignEvent => (words.foreign_event)(&at),
        }
    }

    fn show_data(&self, entry: &Entry) -> String {
        (self.frame.text().admin.show_data)(&entry.kind)
    }

    fn action(&self, verb: &str) -> String {
        format!("/admin/bookings/{}/{verb}", self.id)
    }
}

impl Entry {
    fn pretty(&self) -> Option<String> {
        self.data.as_ref().map(|data| format!("{data:#}"))
    }
}
