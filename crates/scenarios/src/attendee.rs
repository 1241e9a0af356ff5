//! What attendees want.

use std::collections::BTreeMap;
use std::time::Duration;

use app::booking::{Book, RequestKey};
use domain::{Attendee, BookingRequest, Email, Name, Phone};
use jiff::Timestamp;
use jiff::tz::TimeZone;
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
        }
    }

    /// The request that the app takes.
    pub fn book(&self) -> Book {
        Book {
            request: request(self.service, self.start, self.name),
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
        }
    }
}

/// A parsed request of a lead with an address and a number.
pub fn request(service: &str, start: Timestamp, name: &str) -> BookingRequest {
    let address = name.to_lowercase().replace(' ', ".");
    let lead = Attendee {
        name: Some(Name::parse(name).expect("a name")),
        email: Some(Email::parse(&format!("{address}@example.com")).expect("an address")),
        phone: Some(Phone::parse("+12135550123", None).expect("a number")),
        timezone: Some(TimeZone::get("America/New_York").expect("a zone")),
        locale: None,
    };
    BookingRequest {
        service: service.parse().expect("a slug"),
        host: None,
        start,
        lead,
        guests: Vec::new(),
        party_size: 1,
        notes: None,
        answers: BTreeMap::new(),
    }
}
