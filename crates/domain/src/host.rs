//! The person, room or team member whose time is booked.

use jiff::tz::TimeZone;

use crate::host_news::HostNews;
use crate::id::HostId;
use crate::people::{Email, Name, Phone};

/// A host. Its zone is where its working hours are meant, and where its days begin and end.
#[derive(Debug, Clone)]
pub struct Host {
    /// The host's slug.
    pub id: HostId,
    /// What attendees see.
    pub name: Name,
    /// Where the host is invited and told of things.
    pub email: Option<Email>,
    /// The host's own number; its country is the default for attendees' numbers.
    pub phone: Option<Phone>,
    /// An IANA zone.
    pub timezone: TimeZone,
    /// How the host is told of bookings.
    pub news: HostNews,
}

impl Host {
    /// The IANA name of the host's zone.
    pub fn timezone_name(&self) -> &str {
        self.timezone.iana_name().expect("a host's zone is parsed from its IANA name")
    }
}
