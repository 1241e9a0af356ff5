//! The document of a host.

use domain::people::{Country, Email, Name, Phone};
use domain::{Faults, Host, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notation::SlugText;
use super::reading::Reading;

/// The person, room or team member whose time is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostDoc {
    /// The host's slug.
    #[schema(value_type = SlugText)]
    pub id: String,
    /// What attendees see.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where the host is invited to bookings and told of things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, format = "email")]
    pub email: Option<String>,
    /// The host's own number. Numbers of attendees without country code are read in its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub phone: Option<String>,
    /// An IANA zone: where the host's working hours are meant and its days begin and end.
    #[schema(max_length = 64, examples("America/Los_Angeles"))]
    pub timezone: String,
}

impl HostDoc {
    /// The host, or every fault of this document, which stands `at` a place of the input. A number
    /// without country code is read as dialled in `region`.
    pub fn parse(&self, at: &Pointer, region: Option<Country>) -> Result<Host, Faults> {
        let mut reading = Reading::new(at);
        let id = reading.slug(reading.at("id"), &self.id);
        let name = reading.person(reading.at("name"), Name::parse(&self.name));
        let email = self
            .email
            .as_deref()
            .and_then(|email| reading.person(reading.at("email"), Email::parse(email)));
        let phone = self
            .phone
            .as_deref()
            .and_then(|phone| reading.person(reading.at("phone"), Phone::parse(phone, region)));
        let timezone = reading.timezone(reading.at("timezone"), &self.timezone);
        let host = || Some(Host { id: id?, name: name?, email, phone, timezone: timezone? });
        reading.finish(host())
    }
}
