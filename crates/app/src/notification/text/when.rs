//! Times as people read them: in a language, in a zone that is named.

use domain::Interval;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// How a language writes dates and times of day.
pub(super) struct Dates {
    /// Monday first, short.
    pub(super) weekdays: [&'static str; 7],
    /// January first, short.
    pub(super) months: [&'static str; 12],
    /// With `{weekday}`, `{day}` and `{month}`.
    pub(super) day: &'static str,
    pub(super) clock: Clock,
    /// Between a start and an end.
    pub(super) to: &'static str,
    /// With `{place}`.
    pub(super) zone_of: &'static str,
}

/// The hours of the day.
#[derive(Clone, Copy)]
pub(super) enum Clock {
    Twelve,
    TwentyFour,
}

impl Dates {
    /// `Tue, 1 Dec 2026, 10:00 AM to 10:30 AM PST (Los Angeles time)`.
    pub(super) fn when(&self, slot: Interval, zone: &TimeZone) -> String {
        let local = |at: Timestamp| at.to_zoned(zone.clone());
        let (start, end) = (local(slot.start()), local(slot.end()));
        let until = if start.date() == end.date() {
            self.time(&end)
        } else {
            format!("{}, {}", self.day(&end), self.time(&end))
        };
        let (day, year) = (self.day(&start), start.year());
        format!("{day} {year}, {} {} {until} {}", self.time(&start), self.to, self.zone(&end))
    }

    /// `Tue, 1 Dec, 10:00 AM PST`.
    pub(super) fn start(&self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        format!("{}, {} {}", self.day(&local), self.time(&local), local.strftime("%Z"))
    }

    /// `Tue 1 Dec 10:00 AM PST`.
    pub(super) fn short(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.start(at, zone).replace(", ", " ")
    }

    /// `10:00 AM to 10:30 AM`, for a list that says day and zone once.
    pub(super) fn hours(&self, slot: Interval, zone: &TimeZone) -> String {
        let time = |at: Timestamp| self.time(&at.to_zoned(zone.clone()));
        format!("{} {} {}", time(slot.start()), self.to, time(slot.end()))
    }

    /// `Tue, 1 Dec`.
    pub(super) fn day(&self, local: &Zoned) -> String {
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
        let month = usize::try_from(local.month() - 1).unwrap_or_default();
        self.day
            .replace("{weekday}", self.weekdays[weekday])
            .replace("{day}", &local.day().to_string())
            .replace("{month}", self.months[month])
    }

    fn time(&self, local: &Zoned) -> String {
        match self.clock {
            Clock::Twelve => local.strftime("%-I:%M %p").to_string(),
            Clock::TwentyFour => local.strftime("%H:%M").to_string(),
        }
    }

    /// The zone's abbreviation, and the place it is named after: `PST (Los Angeles time)`.
    pub(super) fn zone(&self, local: &Zoned) -> String {
        let abbreviation = local.strftime("%Z").to_string();
        let name = local.time_zone().iana_name();
        match name.and_then(|name| name.rsplit_once('/')) {
            Some((_, place)) => {
                let place = self.zone_of.replace("{place}", &place.replace('_', " "));
                format!("{abbreviation} ({place})")
            }
            None => abbreviation,
        }
    }
}
