//! The start or end of an event: a date, or an instant with the zone it was meant in.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::ApiError;

/// The years an event may lie in. Far inside what the time library can represent, so that no zone
/// and no series leads out of it.
const YEARS: RangeInclusive<i16> = 1900..=2200;

/// One end of an event, as Google keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum When {
    /// An all-day event's date, in the calendar's zone. An end date is exclusive.
    Day(Date),
    /// A moment, and the IANA zone it was written in where one was named.
    Moment { at: Timestamp, zone: Option<String> },
}

/// Which end of an event a value belongs to; Google's messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Start,
    End,
}

impl Edge {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }

    fn invalid(self) -> ApiError {
        ApiError::invalid(format!("Invalid {} time.", self.name()))
    }
}

impl When {
    /// Reads `{date}` or `{dateTime, timeZone?}`. A local time needs a zone of its own; with an
    /// offset the instant is fixed and the zone is only for show and recurrence.
    pub(crate) fn read(value: Option<&Value>, edge: Edge) -> Result<Self, ApiError> {
        let missing = || ApiError::required(format!("Missing {} time.", edge.name()));
        let value = value.filter(|value| !value.is_null()).ok_or_else(missing)?;
        let value = value.as_object().ok_or_else(|| edge.invalid())?;
        let text = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| edge.invalid()),
        };
        match (text("date")?, text("dateTime")?, text("timeZone")?) {
            (Some(date), None, _) => Self::read_day(date, edge),
            (None, Some(moment), zone) => Self::read_moment(moment, zone, edge),
            (Some(_), Some(_), _) => Err(edge.invalid()),
            (None, None, _) => Err(missing()),
        }
    }

    fn read_day(text: &str, edge: Edge) -> Result<Self, ApiError> {
        let date: Date = text.parse().map_err(|_| edge.invalid())?;
        if YEARS.contains(&date.year()) { Ok(Self::Day(date)) } else { Err(edge.invalid()) }
    }

    fn read_moment(text: &str, zone: Option<&str>, edge: Edge) -> Result<Self, ApiError> {
        let named = zone.map(|name| find_zone(name).ok_or_else(|| invalid_zone(edge)));
        let named = named.transpose()?;
        let zone = zone.map(str::to_owned);
        if let Ok(at) = text.parse::<Timestamp>() {
            return Self::within_years(at, zone, edge);
        }
        let local: DateTime = text.parse().map_err(|_| edge.invalid())?;
        let named = named.ok_or_else(|| missing_zone(edge))?;
        let at = named.to_timestamp(local).map_err(|_| edge.invalid())?;
        Self::within_years(at, zone, edge)
    }

    fn within_years(at: Timestamp, zone: Option<String>, edge: Edge) -> Result<Self, ApiError> {
        let year = at.to_zoned(TimeZone::UTC).year();
        if YEARS.contains(&year) { Ok(Self::Moment { at, zone }) } else { Err(edge.invalid()) }
    }

    /// The instant this is in a calendar that lives in `zone`.
    pub(crate) fn instant(&self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Moment { at, .. } => *at,
            Self::Day(date) => zone
                .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
                .expect("a date within `YEARS` and a series from it are representable"),
        }
    }

    pub(crate) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// As the API shows it: with the offset of the zone the answer is given in, and the name of
    /// the zone it was written in, or the answer's zone where it was written in none.
    pub(crate) fn show(&self, shown_in: &TimeZone) -> Value {
        match self {
            Self::Day(date) => json!({ "date": date.to_string() }),
            Self::Moment { at, zone } => {
                let zone = zone.as_deref().or_else(|| shown_in.iana_name());
                let mut shown = json!({ "dateTime": rfc3339(*at, shown_in) });
                if let Some(zone) = zone {
                    shown["timeZone"] = zone.into();
                }
                shown
            }
        }
    }

    /// The same local time, `later` than this by whole days; how a series repeats.
    pub(crate) fn plus_days(&self, days: i64, calendar_zone: &TimeZone) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        match self {
            Self::Day(date) => date.checked_add(span).ok().map(Self::Day),
            Self::Moment { at, zone } => {
                let meant = zone.as_deref().and_then(find_zone);
                let meant = meant.unwrap_or_else(|| calendar_zone.clone());
                let at = at.to_zoned(meant).checked_add(span).ok()?.timestamp();
                Some(Self::Moment { at, zone: zone.clone() })
            }
        }
    }
}

fn invalid_zone(edge: Edge) -> ApiError {
    ApiError::invalid(format!("Invalid time zone definition for {} time.", edge.name()))
}

pub(crate) fn missing_zone(edge: Edge) -> ApiError {
    ApiError::required(format!("Missing time zone definition for {} time.", edge.name()))
}

/// An IANA zone by its name.
pub(crate) fn find_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// RFC 3339 with seconds; `Z` where the zone is UTC, an offset elsewhere.
pub(crate) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    let local: Zoned = at.to_zoned(zone.clone());
    if local.offset() == Offset::UTC {
        return at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 3339 in UTC with milliseconds, the form of `created` and `updated`.
pub(crate) fn rfc3339_millis(at: Timestamp) -> String {
    format!("{}.{:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.as_millisecond().rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Value, zone: &str) -> Value {
        let zone = find_zone(zone).expect("a known zone");
        When::read(Some(value), Edge::Start).expect("a good time").show(&zone)
    }

    #[test]
    fn an_answer_is_given_in_the_zone_of_the_calendar() {
        let written =
            json!({ "dateTime": "2026-12-01T09:00:00-08:00", "timeZone": "America/Los_Angeles" });

        assert_eq!(
            shown(&written, "America/New_York"),
            json!({ "dateTime": "2026-12-01T12:00:00-05:00", "timeZone": "America/Los_Angeles" })
        );
    }

    #[test]
    fn a_local_time_is_read_in_its_own_zone() {
        let written = json!({ "dateTime": "2026-12-01T10:00:00", "timeZone": "Europe/Zurich" });

        assert_eq!(shown(&written, "UTC")["dateTime"], "2026-12-01T09:00:00Z");
    }

    #[test]
    fn a_local_time_without_a_zone_is_refused() {
        let written = json!({ "dateTime": "2026-12-01T10:00:00" });
        let refused = When::read(Some(&written), Edge::End).expect_err("no zone");

        assert_eq!(refused.message(), "Missing time zone definition for end time.");
    }

    #[test]
    fn a_day_added_over_a_clock_change_keeps_the_local_time() {
        let zone = find_zone("America/New_York").expect("a known zone");
        let before = json!({ "dateTime": "2026-10-31T09:00:00", "timeZone": "America/New_York" });
        let before = When::read(Some(&before), Edge::Start).expect("a good time");

        let after = before.plus_days(1, &zone).expect("a date in range");

        assert_eq!(after.show(&zone)["dateTime"], "2026-11-01T09:00:00-05:00");
    }
}
