//! `GET` and `POST /book/{service}`: choosing a slot and giving one's details.

use askama::Template;
use http::StatusCode;

use super::answer::{Framing, Page};
use super::picker::{Cell, Picker, Slot};
use super::text::{Saying, Text};
use super::{Frame, ServiceView};

/// The booking page.
#[derive(Debug, Clone, Template)]
#[template(path = "booking.html")]
pub struct BookingPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What is booked.
    pub service: ServiceView,
    /// Which times there are.
    pub picker: Picker,
    /// The form, as soon as a slot was picked.
    pub form: Option<BookingForm>,
    /// Why the last request was refused.
    pub refused: Option<Refused>,
}

/// The form for one's details.
#[derive(Debug, Clone)]
pub struct BookingForm {
    /// The slot that is asked for.
    pub slot: Slot,
    /// Made once per form, so that sending it twice books once.
    pub submission_id: String,
    /// What was typed; kept when the form comes back.
    pub values: Values,
    /// What was wrong with it.
    pub faults: Vec<Fault>,
    /// The largest party that may come, where more than one may.
    pub most_people: Option<u32>,
}

/// What a visitor typed, as they typed it.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// `/attendee/name`
    pub name: String,
    /// `/attendee/email`
    pub email: String,
    /// `/attendee/phone`
    pub phone: String,
    /// `/party_size`
    pub party_size: String,
    /// `/notes`
    pub notes: String,
}

/// One fault of a submitted form.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its place in the request, as the API names it: `/attendee/email`.
    pub pointer: String,
    /// What is wrong and what to do, for a person.
    pub message: String,
}

/// Why a request was refused as a whole.
#[derive(Debug, Clone)]
pub enum Refused {
    /// Somebody has it already.
    Taken {
        /// The nearest free slots; offered in the form, so that nothing is typed twice.
        alternatives: Vec<Slot>,
    },
    /// The rules do not offer it.
    NotOffered {
        /// The nearest free slots.
        alternatives: Vec<Slot>,
    },
    /// Its notice has passed, or its start.
    TooLate {
        /// The nearest free slots.
        alternatives: Vec<Slot>,
    },
    /// The same form was sent before with other details, and that booking stands.
    SentBefore,
    /// The calendar could not be read.
    CalendarUnavailable,
    /// Our own fault.
    Failed {
        /// What to tell us.
        request_id: String,
    },
}

/// A field of the form, with all that its markup needs.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) value: &'a str,
    pub(super) fault: Option<&'a str>,
}

impl Refused {
    pub(super) fn saying(&self, text: &'static Text) -> Saying {
        let words = &text.refused;
        match self {
            Self::Taken { alternatives } if alternatives.is_empty() => words.taken_alone,
            Self::Taken { .. } => words.taken,
            Self::NotOffered { .. } => words.not_offered,
            Self::TooLate { .. } => words.too_late,
            Self::SentBefore => words.sent_before,
            Self::CalendarUnavailable => words.unavailable,
            Self::Failed { .. } => words.failed,
        }
    }

    pub(super) fn reference(&self, text: &'static Text) -> Option<String> {
        match self {
            Self::Failed { request_id } => Some((text.refused.failed_reference)(request_id)),
            Self::Taken { .. }
            | Self::NotOffered { .. }
            | Self::TooLate { .. }
            | Self::SentBefore
            | Self::CalendarUnavailable => None,
        }
    }

    pub(super) fn alternatives(&self) -> &[Slot] {
        match self {
            Self::Taken { alternatives }
            | Self::NotOffered { alternatives }
            | Self::TooLate { alternatives } => alternatives,
            Self::SentBefore | Self::CalendarUnavailable | Self::Failed { .. } => &[],
        }
    }

    /// The slot asked for can no longer be had, so it must not be asked for again.
    pub(super) fn is_about_the_slot(&self) -> bool {
        match self {
            Self::Taken { .. } | Self::NotOffered { .. } | Self::TooLate { .. } => true,
            Self::SentBefore | Self::CalendarUnavailable | Self::Failed { .. } => false,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Taken { .. } | Self::NotOffered { .. } | Self::SentBefore => StatusCode::CONFLICT,
            Self::TooLate { .. } => StatusCode::BAD_REQUEST,
            Self::CalendarUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl BookingForm {
    /// A fault with a place in the form that has no field, as `/start`, is said above it.
    pub(super) fn field(&self, id: &'static str, text: &'static Text) -> Field<'_> {
        let (words, values) = (&text.booking, &self.values);
        let (label, value, pointer) = match id {
            "name" => (words.name, &values.name, "/attendee/name"),
            "email" => (words.email, &values.email, "/attendee/email"),
            "phone" => (words.phone, &values.phone, "/attendee/phone"),
            "party_size" => (words.party_size, &values.party_size, "/party_size"),
            _ => (words.notes, &values.notes, "/notes"),
        };
        let fault = self.faults.iter().find(|fault| fault.pointer == pointer);
        Field { id, label, value, fault: fault.map(|fault| fault.message.as_str()) }
    }

    fn is_for_waiting(&self) -> bool {
        self.slot.remaining == 0
    }
}

impl Fault {
    /// The fault at a place of the request, in the visitor's words. `code` is the API's.
    pub fn told(frame: &Frame, pointer: &str, code: &str) -> Self {
        let words = &frame.text().booking;
        let message = match (pointer, code) {
            ("/attendee/name", "required" | "empty") => words.name_missing.to_owned(),
            ("/attendee/email", "required" | "empty") => words.contact_missing.to_owned(),
            ("/attendee/email", "invalid_email") => words.email_invalid.to_owned(),
            ("/attendee/phone", "invalid_phone") => words.phone_invalid.to_owned(),
            ("/start", _) => words.start_missing.to_owned(),
            (pointer, code) => match (label(pointer, words), code) {
                (None, _) => words.form_broken.to_owned(),
                (Some(label), "control_characters") => (words.hidden_characters)(label),
                (Some(label), "too_long") => (words.too_long)(label),
                (Some(label), _) => (words.not_understood)(label),
            },
        };
        Self { pointer: pointer.to_owned(), message }
    }

    /// The field to go to, where there is one.
    pub(super) fn anchor(&self) -> Option<&'static str> {
        match self.pointer.as_str() {
            "/attendee" | "/attendee/email" => Some("email"),
            "/attendee/name" => Some("name"),
            "/attendee/phone" => Some("phone"),
            "/party_size" => Some("party_size"),
            "/notes" => Some("notes"),
            _ => None,
        }
    }
}

/// What the form calls the field of a pointer.
fn label(pointer: &str, words: &'static super::text::Booking) -> Option<&'static str> {
    match pointer {
        "/attendee/name" => Some(words.name),
        "/attendee/email" => Some(words.email),
        "/attendee/phone" => Some(words.phone),
        "/party_size" => Some(words.party_size),
        "/notes" => Some(words.notes),
        _ => None,
    }
}

impl Page for BookingPage {
    fn status(&self) -> StatusCode {
        let faulty = self.form.as_ref().is_some_and(|form| !form.faults.is_empty());
        match &self.refused {
            Some(refused) => refused.status(),
            None if faulty => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        }
    }

    fn framing(&self) -> Framing {
        if self.frame.embedded { Framing::Anybody } else { Framing::Nobody }
    }
}

impl BookingPage {
    fn title(&self) -> String {
        (self.frame.text().booking.title)(&self.service.title)
    }

    fn day_of(&self, slot: &Slot) -> String {
        self.frame.visitor.date(self.frame.visitor.date_of(slot.start))
    }

    fn times_of(&self, slot: &Slot) -> String {
        self.frame.visitor.times(slot.start, slot.end)
    }

    fn zone_of(&self, slot: &Slot) -> String {
        self.frame.visitor.zone_label(slot.start)
    }

    /// The slot may still be asked for: it is not the reason why the form came back.
    fn keeps_slot(&self) -> bool {
        !self.refused.as_ref().is_some_and(Refused::is_about_the_slot)
    }

    /// The form is shown, with its slot or with others to choose from.
    fn shown_form(&self) -> Option<&BookingForm> {
        let others =
            self.refused.as_ref().is_some_and(|refused| !refused.alternatives().is_empty());
        self.form.as_ref().filter(|_| self.keeps_slot() || others)
    }

    fn alternatives(&self) -> &[Slot] {
        self.refused.as_ref().map_or(&[], Refused::alternatives)
    }

    fn faults_counted(&self, form: &BookingForm) -> String {
        (self.frame.text().booking.faults)(form.faults.len())
    }

    fn party_hint(&self, form: &BookingForm) -> String {
        form.most_people.map(self.frame.text().booking.party_hint).unwrap_or_default()
    }

    /// A page that answers a form has no address to go back to with a `GET`.
    fn may_reload(&self) -> bool {
        self.refused.is_none() && self.form.as_ref().is_none_or(|form| form.faults.is_empty())
    }
}
