//! The person, room or team member whose time is booked.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::host_news::HostNews;
use crate::id::HostId;
use crate::people::{Email, Name, Phone};
use crate::travel::Travel;

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
    /// What holds for all services together.
    pub rules: HostRules,
}

/// How much a host takes on, whatever the service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostRules {
    /// The most bookings on one local day.
    pub max_per_day: Option<u32>,
    /// The most bookings in one local week, which begins on Monday.
    pub max_per_week: Option<u32>,
    /// How long the host goes on without a break.
    pub longest_run: Option<LongestRun>,
    /// The way from one place to the next.
    pub travel: Travel,
    /// Days on which the host is not to be had, and what they are.
    pub holidays: BTreeMap<Date, String>,
}

/// How long a host goes on without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongestRun {
    /// From the start of the first booking to the end of the last.
    pub length: SignedDuration,
    /// Bookings with less than this between them are one run.
    pub shortest_break: SignedDuration,
}

impl HostRules {
    /// Whether a rule looks at the host's other bookings.
    pub fn look_around(&self) -> bool {
        let Self { max_per_day, max_per_week, longest_run, travel, holidays: _ } = self;
        let limited = max_per_day.is_some() || max_per_week.is_some() || longest_run.is_some();
        limited || travel.longest() > SignedDuration::ZERO
    }
}

impl Host {
    /// The IANA name of the host's zone.
    pub fn timezone_name(&self) -> &str {
        self.timezone.iana_name().expect("a host's zone is parsed from its IANA name")
    }
}
