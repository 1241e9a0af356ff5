//! How a page is written for the one who looks at it: language, zone, clock.

use domain::Language;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::text::Text;

/// Whoever looks at a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub(super) text: &'static Text,
    style: Style,
    zone: TimeZone,
    zone_chosen: bool,
    /// What was asked for by name, so that every link keeps it.
    language_chosen: Option<Language>,
}

/// How dates and times of day are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Month before day, twelve hours, weeks that begin on Sunday.
    American,
    /// Day before month, twenty-four hours, weeks that begin on Monday.
    International,
}

impl Visitor {
    /// Reads `Accept-Language` as far as it decides how a page is written. `zone` is the service's
    /// or host's zone until [`Visitor::choosing`] replaces it.
    pub fn new(accept_language: &str, zone: TimeZone) -> Self {
        let preferred = accept_language.split([',', ';']).next().unwrap_or_default().trim();
        let american = preferred.eq_ignore_ascii_case("en-us");
        Self {
            text: Text::of(Language::accepted(accept_language).unwrap_or_default()),
            style: if american { Style::American } else { Style::International },
            zone,
            zone_chosen: false,
            language_chosen: None,
        }
    }

    /// The same visitor, who is written to in another language than their browser asks for.
    pub fn reading(self, language: Language) -> Self {
        let style = match language {
            Language::English => self.style,
            Language::Spanish | Language::German | Language::French => Style::International,
        };
        Self { text: Text::of(language), style, ..self }
    }

    /// The same visitor, who has chosen a language.
    pub fn choosing_language(self, language: Language) -> Self {
        Self { language_chosen: Some(language), ..self.reading(language) }
    }

    /// The tag of the language that was chosen.
    pub(super) fn language_chosen(&self) -> Option<&'static str> {
        self.language_chosen.map(Language::tag)
    }

    /// The same visitor, who has chosen a zone: the page no longer tries to detect it.
    pub fn choosing(self, zone: TimeZone) -> Self {
        Self { zone, zone_chosen: true, ..self }
    }

    /// The zone all times are shown in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's IANA name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    pub(super) fn zone_chosen(&self) -> bool {
        self.zone_chosen
    }

    pub(super) fn first_weekday(&self) -> Weekday {
        match self.style {
            Style::American => Weekday::Sunday,
            Style::International => Weekday::Monday,
        }
    }

    /// The visitor's date at an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    pub(super) fn hour_of(&self, at: Timestamp) -> i8 {
        self.zone.to_datetime(at).hour()
    }

    pub(super) fn date(&self, date: Date) -> String {
        (self.text.dates.long)(self.style, date)
    }

    pub(super) fn time(&self, at: Timestamp) -> String {
        let time = self.zone.to_datetime(at).time();
        let minute = time.minute();
        match self.style {
            Style::International => format!("{:02}:{minute:02}", time.hour()),
            Style::American => {
                let hour = (time.hour() + 11) % 12 + 1;
                let half = if time.hour() < 12 { "AM" } else { "PM" };
                // A no-break space: a line must not end between the hour and its half.
                format!("{hour}:{minute:02}\u{a0}{half}")
            }
        }
    }

    /// The time, with the zone's abbreviation on a day whose clocks change: `01:30` comes twice.
    pub(crate) fn unmistakable_time(&self, at: Timestamp) -> String {
        let time = self.time(at);
        if self.clocks_change_on(self.date_of(at)) {
            format!("{time} {}", self.abbreviation(at))
        } else {
            time
        }
    }

    fn clocks_change_on(&self, date: Date) -> bool {
        let midnight = |date: Date| self.zone.to_timestamp(date.at(0, 0, 0, 0));
        let (Ok(start), Ok(end)) = (midnight(date), date.tomorrow().and_then(midnight)) else {
            return false;
        };
        self.zone.to_offset(start) != self.zone.to_offset(end)
    }

    /// `10:00–10:30`.
    pub(super) fn times(&self, start: Timestamp, end: Timestamp) -> String {
        format!("{}–{}", self.unmistakable_time(start), self.unmistakable_time(end))
    }

    /// `Thursday 3 December 2026, 10:00`.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        format!("{}, {}", self.date(self.date_of(at)), self.unmistakable_time(at))
    }

    /// `America/Los Angeles (PST, UTC−8)`: daylight saving makes it depend on the instant.
    pub(super) fn zone_label(&self, at: Timestamp) -> String {
        let name = self.zone_name().replace('_', " ");
        let offset = utc_offset(self.zone.to_offset(at));
        match self.abbreviation(at) {
            abbreviation if abbreviation == name => name,
            abbreviation if abbreviation.starts_with("UTC") => format!("{name} ({offset})"),
            abbreviation => format!("{name} ({abbreviation}, {offset})"),
        }
    }

    /// `PST`; the offset where the zone's abbreviation is only digits.
    fn abbreviation(&self, at: Timestamp) -> String {
        let info = self.zone.to_offset_info(at);
        match info.abbreviation() {
            digits if digits.starts_with(['+', '-']) => utc_offset(info.offset()),
            name => name.to_owned(),
        }
    }
}

fn utc_offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn visitor(languages: &str, zone: &str) -> Visitor {
        Visitor::new(languages, TimeZone::get(zone).unwrap())
    }

    #[test]
    fn an_american_reads_twelve_hours_and_others_twenty_four() {
        let afternoon = "2026-12-03T23:30:00Z".parse().unwrap();
        let midnight = "2026-12-03T08:00:00Z".parse().unwrap();
        let american = visitor("en-US,en;q=0.9", "America/Los_Angeles");
        let british = visitor("en-GB", "America/Los_Angeles");

        assert_eq!(american.time(afternoon), "3:30\u{a0}PM");
        assert_eq!(american.time(midnight), "12:00\u{a0}AM");
        assert_eq!(british.time(afternoon), "15:30");
        assert_eq!(british.moment(afternoon), "Thursday 3 December 2026, 15:30");
    }

    #[test]
    fn a_zone_is_named_with_its_offset_at_that_instant() {
        let winter = "2026-12-03T12:00:00Z".parse().unwrap();
        let summer = "2026-07-03T12:00:00Z".parse().unwrap();
        let label = |zone, at| visitor("", zone).zone_label(at);

        assert_eq!(label("America/Los_Angeles", winter), "America/Los Angeles (PST, UTC−8)");
        assert_eq!(label("America/Los_Angeles", summer), "America/Los Angeles (PDT, UTC−7)");
        assert_eq!(label("Asia/Kathmandu", winter), "Asia/Kathmandu (UTC+5:45)");
        assert_eq!(label("UTC", winter), "UTC");
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let berlin = visitor("de", "Europe/Berlin");
        let first = "2026-10-25T00:30:00Z".parse().unwrap();
        let second = "2026-10-25T01:30:00Z".parse().unwrap();
        let ordinary = "2026-10-26T01:30:00Z".parse().unwrap();

        assert_eq!(berlin.unmistakable_time(first), "02:30 CEST");
        assert_eq!(berlin.unmistakable_time(second), "02:30 CET");
        assert_eq!(berlin.unmistakable_time(ordinary), "02:30");
    }

    #[test]
    fn a_date_is_written_as_the_readers_language_writes_it() {
        let afternoon = "2026-12-03T23:30:00Z".parse().unwrap();
        let table = [
            ("de-CH, en;q=0.5", "Donnerstag, 3. Dezember 2026, 15:30"),
            ("es-MX", "jueves, 3 de diciembre de 2026, 15:30"),
            ("fr", "jeudi 3 décembre 2026, 15:30"),
            ("nl, en-GB;q=0.4", "Thursday 3 December 2026, 15:30"),
            ("", "Thursday 3 December 2026, 15:30"),
        ];
        for (languages, written) in table {
            let visitor = visitor(languages, "America/Los_Angeles");
            assert_eq!(visitor.moment(afternoon), written, "{languages}");
        }
        let first = "2026-12-01T23:30:00Z".parse().unwrap();
        let french = visitor("fr", "America/Los_Angeles");
        assert_eq!(french.moment(first), "mardi 1er décembre 2026, 15:30");
        let chosen = visitor("en-US", "America/Los_Angeles").choosing_language(Language::French);
        assert_eq!(chosen.moment(afternoon), "jeudi 3 décembre 2026, 15:30");
        assert_eq!(chosen.first_weekday(), Weekday::Monday);
    }
}
