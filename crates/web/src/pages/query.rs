//! What the address of a page says: month, day, slot, zone, language.
//!
//! An address is typed, cut off and mangled on its way. What cannot be read is left out, and the
//! page shows what it shows without it: a person can go on from there.

use std::collections::BTreeMap;

use app::service_link::TOKEN_CHARACTERS;
use domain::Language;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded;

use super::zones::find_zone;

/// No address of ours has so many.
const MOST_PARAMETERS: usize = 50;

/// The parameters as they came.
#[derive(Debug, Clone, Default)]
pub struct PickerQuery {
    month: Option<String>,
    day: Option<String>,
    start: Option<String>,
    tz: Option<String>,
    lang: Option<String>,
    embed: Option<String>,
    moving: Option<String>,
    notice: Option<String>,
    link: Option<String>,
}

impl PickerQuery {
    /// Reads a query string, without its question mark. Of a parameter that comes twice the first
    /// counts.
    pub fn read(query: &str) -> Self {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS) {
            parameters.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self::of(&parameters)
    }

    /// The parameters among named values.
    pub fn of(values: &BTreeMap<String, String>) -> Self {
        let given = |name: &str| values.get(name).cloned();
        Self {
            month: given("month"),
            day: given("day"),
            start: given("start"),
            tz: given("tz"),
            lang: given("lang"),
            embed: given("embed"),
            moving: given("move"),
            notice: given("notice"),
            link: given("link"),
        }
    }

    /// The address of a slot's day, for a page that answers a form.
    pub fn picking(start: Timestamp) -> Self {
        Self { start: Some(start.to_string()), ..Self::default() }
    }

    /// The same, with the zone of another.
    #[must_use]
    pub fn in_zone_of(self, other: &Self) -> Self {
        Self { tz: other.tz.clone(), embed: other.embed.clone(), ..self }
    }

    /// The first day of the month to show: the month named, else the one of the day named.
    pub fn month(&self) -> Option<Date> {
        let named = self.month.as_deref().and_then(read_month);
        named.or_else(|| self.day().map(Date::first_of_month))
    }

    /// The day whose slots to show.
    pub fn day(&self) -> Option<Date> {
        self.day.as_deref().filter(|text| text.len() == 10).and_then(read_date)
    }

    /// The start of the slot that was picked.
    pub fn start(&self) -> Option<Timestamp> {
        self.start.as_deref().filter(|text| text.len() <= 40)?.parse().ok()
    }

    /// The zone the visitor chose or their browser detected.
    pub fn zone(&self) -> Option<TimeZone> {
        self.tz.as_deref().and_then(find_zone)
    }

    /// The language the visitor chose, if it is one of ours.
    pub fn language(&self) -> Option<Language> {
        self.lang.as_deref().filter(|tag| tag.len() <= 35).and_then(Language::of_tag)
    }

    /// Shown inside another site's page.
    pub fn embedded(&self) -> bool {
        self.embed.as_deref() == Some("1")
    }

    /// The manage page's picker of a new time is open.
    pub fn moving(&self) -> bool {
        self.moving.as_deref() == Some("1")
    }

    /// The token of a signed link to the service.
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref().filter(|token| token.len() == TOKEN_CHARACTERS)
    }

    /// What the form just did, as the redirect after it says.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }
}

fn read_month(text: &str) -> Option<Date> {
    (text.len() == 7).then(|| read_date(&format!("{text}-01"))).flatten()
}

/// Years that a calendar of bookings can mean; a month's arithmetic then never overflows.
fn read_date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| (2000..=2200).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn query(month: &str, day: &str, start: &str, tz: &str) -> PickerQuery {
        let some = |text: &str| Some(text.to_owned());
        PickerQuery {
            month: some(month),
            day: some(day),
            start: some(start),
            tz: some(tz),
            ..PickerQuery::default()
        }
    }

    #[test]
    fn what_can_be_read_is_read() {
        let query = query("2026-12", "2026-12-03", "2026-12-03T10:00:00-08:00", "Europe/Berlin");

        assert_eq!(query.month(), Some(date(2026, 12, 1)));
        assert_eq!(query.day(), Some(date(2026, 12, 3)));
        assert_eq!(query.start(), "2026-12-03T18:00:00Z".parse().ok());
        assert_eq!(query.zone(), TimeZone::get("Europe/Berlin").ok());
    }

    #[test]
    fn of_a_parameter_that_comes_twice_the_first_counts() {
        let query = PickerQuery::read("month=2026-12&month=2027-01&tz=Europe%2FBerlin&x=%ff&embed");

        assert_eq!(query.month(), Some(date(2026, 12, 1)));
        assert_eq!(query.zone(), TimeZone::get("Europe/Berlin").ok());
        assert!(!query.embedded());
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for junk in ["", "2026-13", "9999-99-99", "-009999-01", "<script>", "٢٠٢٦-١٢-٠١", "0000-00"]
        {
            let query = query(junk, junk, junk, junk);

            assert_eq!(query.month(), None, "{junk}");
            assert_eq!(query.day(), None, "{junk}");
            assert_eq!(query.start(), None, "{junk}");
            assert_eq!(query.zone(), None, "{junk}");
        }
    }

    #[test]
    fn only_a_language_of_ours_is_chosen() {
        let chosen = |query: &str| PickerQuery::read(query).language();

        assert_eq!(chosen("lang=de"), Some(Language::German));
        assert_eq!(chosen("lang=fr-CA"), Some(Language::French));
        for query in ["", "lang=", "lang=nl", "lang=%22%3E", "lang=german"] {
            assert_eq!(chosen(query), None, "{query}");
        }
    }

    #[test]
    fn a_day_alone_shows_its_month() {
        let query = PickerQuery { day: Some("2026-12-03".to_owned()), ..PickerQuery::default() };

        assert_eq!(query.month(), Some(date(2026, 12, 1)));
    }
}
