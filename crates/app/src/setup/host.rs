//! The document of a host.

use domain::host_news::{HostNews, Notice};
use domain::people::{Country, Email, Name, Phone};
use domain::{Faults, Host, Language, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hours::time;
use super::notation::{LanguageWord, LengthText, NoticeWord, SlugText, TimeText, Word};
use super::reading::Reading;
use super::workload::{HolidayDoc, TravelTimeDoc};

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
    /// What the host is told of, by mail: `new`, `moved`, `cancelled`, `failed`.
    #[serde(default = "every_notice")]
    #[schema(value_type = Vec<NoticeWord>, max_items = 4, default = every_notice)]
    pub notices: Vec<String>,
    /// When the host gets the list of their day by mail, on their clock; never, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TimeText>)]
    pub daily_summary: Option<String>,
    /// The language the host is written to in.
    #[serde(default = "english")]
    #[schema(value_type = LanguageWord, default = "en")]
    pub language: String,
    /// The most bookings of all services on one local day; no limit if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_per_day: Option<u32>,
    /// The most bookings of all services in one local week, from Monday on; no limit if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_per_week: Option<u32>,
    /// How long bookings may follow each other without a break, at most 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LengthText>)]
    pub longest_run: Option<String>,
    /// What counts as a break; with less between them, bookings are one run.
    #[serde(default = "quarter_of_an_hour")]
    #[schema(value_type = LengthText, default = "15m")]
    pub shortest_break: String,
    /// How long the way is between bookings at different locations, at most 24 hours.
    #[serde(default = "zero")]
    #[schema(value_type = LengthText, default = "0m")]
    pub travel_time: String,
    /// How long the way is between two locations, where it is not the usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub travel_times: Vec<TravelTimeDoc>,
    /// Days on which the host is not to be had, unless a service has an override for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub holidays: Vec<HolidayDoc>,
}

fn quarter_of_an_hour() -> String {
    "15m".to_owned()
}

fn zero() -> String {
    "0m".to_owned()
}

fn every_notice() -> Vec<String> {
    NoticeWord::ALL.iter().map(|(word, _)| (*word).to_owned()).collect()
}

fn english() -> String {
    "en".to_owned()
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
        let news = self.news(&mut reading);
        let rules = self.workload(&mut reading);
        let host = || {
            let (id, name, timezone) = (id?, name?, timezone?);
            Some(Host { id, name, email, phone, timezone, news: news?, rules: rules? })
        };
        reading.finish(host())
    }

    fn news(&self, reading: &mut Reading<'_>) -> Option<HostNews> {
        let place = reading.at("notices");
        if !reading.fits("notices", self.notices.len(), NoticeWord::ALL.len()) {
            return None;
        }
        reading.distinct("notices", self.notices.iter());
        let words = self.notices.iter().enumerate();
        let notices = words
            .filter_map(|(index, word)| reading.word(place.at(index), word).map(notice))
            .collect();
        let daily_summary = self.daily_summary.as_deref().map(|text| {
            let time = time(text);
            if time.is_none() {
                let message = "must be a time of day such as 07:30";
                reading.fault(reading.at("daily_summary"), "not_a_time", message);
            }
            time
        });
        let language = reading.word::<LanguageWord>(reading.at("language"), &self.language)?;
        let language = Language::from(language);
        Some(HostNews { notices, daily_summary: daily_summary.flatten(), language })
    }
}

fn notice(word: NoticeWord) -> Notice {
    match word {
        NoticeWord::New => Notice::New,
        NoticeWord::Moved => Notice::Moved,
        NoticeWord::Cancelled => Notice::Cancelled,
        NoticeWord::Failed => Notice::Failed,
    }
}
