//! What attendees want.

use std::collections::BTreeMap;
use std::time::Duration;

use app::booking::{Book, RequestKey};
use domain::request::AdHoc;
use domain::{Attendee, BookingRequest, Email, Name, Phone, ServiceId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// A request as a test writes it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The service's slug.
    pub service: &'static str,
    /// When.
    pub start: Timestamp,
    /// Who.
    pub name: &'static str,
    /// The key under which it may be repeated.
    pub key: Option<&'static str>,
    /// How long the caller waits for the calendar.
    pub patience: Duration,
    /// Whether it came from a form, whose lead has left.
    pub from_form: bool,
    /// How many come.
    pub people: u32,
    /// Whether to wait in line where all seats are taken.
    pub wait: bool,
    /// The title and the length of a booking of Jane's time that is of no service.
    pub ad_hoc: Option<(&'static str, SignedDuration)>,
    /// The language in which they are spoken with.
    pub locale: Option<&'static str>,
}

impl Wish {
    /// Bo wants a viewing at that instant, and waits for the answer.
    pub fn at(start: &str) -> Self {
        Self {
            service: "viewing",
            start: start.parse().expect("a test writes instants correctly"),
            name: "Bo Lead",
            key: None,
            patience: Duration::from_secs(10),
            from_form: false,
            people: 1,
            wait: false,
            ad_hoc: None,
            locale: None,
        }
    }

    /// An administrator books Jane for so many minutes, without a service.
    #[must_use]
    pub fn ad_hoc(self, title: &'static str, minutes: i64) -> Self {
        Self { ad_hoc: Some((title, SignedDuration::from_mins(minutes))), ..self }
    }

    /// The same for so many people.
    #[must_use]
    pub fn party_of(self, people: u32) -> Self {
        Self { people, ..self }
    }

    /// The same, waiting in line where all seats are taken.
    #[must_use]
    pub fn or_in_line(self) -> Self {
        Self { wait: true, ..self }
    }

    /// The same by somebody who does not wait.
    #[must_use]
    pub fn without_waiting(self) -> Self {
        Self { patience: Duration::ZERO, ..self }
    }

    /// The same by somebody else.
    #[must_use]
    pub fn by(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same for another service.
    #[must_use]
    pub fn of(self, service: &'static str) -> Self {
        Self { service, ..self }
    }

    /// The same under a key.
    #[must_use]
    pub fn under(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The same by a form, whose lead has left.
    #[must_use]
    pub fn by_form(self) -> Self {
        Self { from_form: true, ..self }
    }

    fn request(&self) -> BookingRequest {
        let request = request(self.service, self.start, self.name);
        let lead = Attendee { locale: self.locale.map(str::to_owned), ..request.lead };
        let usual = BookingRequest { party_size: self.people, lead, ..request };
        let Some((title, length)) = self.ad_hoc else { return usual };
        BookingRequest {
            service: ServiceId::ad_hoc(),
            host: "jane".parse().ok(),
            duration: Some(length),
            ad_hoc: Some(AdHoc { title: title.to_owned(), location: None }),
            ..usual
        }
    }

    /// The same, in another language than English.
    #[must_use]
    pub fn speaking(self, locale: &'static str) -> Self {
        Self { locale: Some(locale), ..self }
    }

    /// The request that the app takes.
    pub fn book(&self) -> Book {
        Book {
            request: self.request(),
            hold: None,
            key: self.key.map(|key| RequestKey {
                scope: "public".to_owned(),
                key: key.to_owned(),
                expires_at: None,
            }),
            submission_id: self.key.map(str::to_owned),
            source: self.from_form.then(|| "website".parse().expect("a slug")),
            payload: json!({ "name": self.name }),
            patience: self.patience,
            wait: self.wait,
        }
    }
}

/// A parsed request of a lead with an address and a number.
pub fn request(service: &str, start: Timestamp, name: &str) -> BookingRequest {
    let address = name.to_lowercase().replace(' ', ".");
    let lead = Attendee {
        name: Some(Name::parse(name).expect("a name")),
        email: Some(Email::parse(&format!("{address}@example.com")).expect("an address")),
        phone: Some(Phone::parse(&phone_of(name), None).expect("a number")),
        timezone: Some(TimeZone::get("America/New_York").expect("a zone")),
        locale: None,
    };
    BookingRequest {
        service: service.parse().expect("a slug"),
        host: None,
        start,
        duration: None,
        lead,
        guests: Vec::new(),
        party_size: 1,
        notes: None,
        answers: BTreeMap::new(),
        ad_hoc: None,
    }
}

/// A person's number: the same for the same name, and never one that is Jane's or ours.
pub fn phone_of(name: &str) -> String {
    let sum = name.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 98);
    format!("+1213555{:04}", 101 + sum)
}
