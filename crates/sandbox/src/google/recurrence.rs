//! Series: which recurrence lines are understood, and the instances they stand for.
//!
//! Only what a host's private appointments need: one `RRULE` with `FREQ=DAILY` or `WEEKLY`,
//! `INTERVAL`, `COUNT`, `UNTIL`, and `BYDAY` for weekly rules. Anything else is refused when it
//! is written, so that nothing stored is ever expanded wrongly. Google accepts much more.

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::calendar::Revision;
use super::errors::ApiError;
use super::when::When;

/// The most instances one series is expanded to; Google stops at about two years of days too.
const MOST_INSTANCES: usize = 730;

/// How many days are looked at before a rule without an end is given up.
const MOST_DAYS: i64 = 3_660;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    weekly: bool,
    interval: i64,
    count: Option<usize>,
    until: Option<Until>,
    days: Vec<Weekday>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Until {
    Moment(Timestamp),
    Local(DateTime),
}

/// Accepts recurrence lines that can be expanded.
pub(super) fn check(value: &Value) -> Result<Value, ApiError> {
    let invalid = || ApiError::invalid("Invalid recurrence rule.");
    let lines = value.as_array().ok_or_else(invalid)?;
    match lines.as_slice() {
        [line] => line.as_str().and_then(read_rule).map(|_| value.clone()).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

fn read_rule(line: &str) -> Option<Rule> {
    let mut rule = Rule { weekly: false, interval: 1, count: None, until: None, days: Vec::new() };
    let mut frequency = None;
    for part in line.strip_prefix("RRULE:")?.split(';') {
        match part.split_once('=')? {
            ("FREQ", name) => frequency = Some(name),
            ("INTERVAL", n) => rule.interval = n.parse().ok().filter(|n| (1..=366).contains(n))?,
            ("COUNT", n) => rule.count = Some(n.parse().ok().filter(|n| *n >= 1)?),
            ("UNTIL", until) => rule.until = Some(read_until(until)?),
            ("BYDAY", days) => rule.days = days.split(',').map(read_day).collect::<Option<_>>()?,
            ("WKST", "MO") => {}
            _ => return None,
        }
    }
    rule.weekly = match frequency? {
        "DAILY" if rule.days.is_empty() => false,
        "WEEKLY" => true,
        _ => return None,
    };
    Some(rule)
}

fn read_until(text: &str) -> Option<Until> {
    if let Some(utc) = text.strip_suffix('Z') {
        let moment = DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?;
        return TimeZone::UTC.to_timestamp(moment).ok().map(Until::Moment);
    }
    let date = jiff::civil::Date::strptime("%Y%m%d", text).ok()?;
    Some(Until::Local(date.at(23, 59, 59, 0)))
}

fn read_day(text: &str) -> Option<Weekday> {
    match text {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}

/// One instance of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    /// What Google appends to the series' id: `_20261201T090000Z`, or `_20261201` for a day.
    pub(crate) suffix: String,
    pub(crate) start: When,
    pub(crate) end: When,
}

/// The instances of an event; `None` for one that does not repeat.
pub(crate) fn expand(event: &Revision, calendar_zone: &TimeZone) -> Option<Vec<Instance>> {
    let [line] = event.recurrence()[..] else { return None };
    let rule = read_rule(line)?;
    let mut instances = Vec::new();
    for day in 0..MOST_DAYS {
        if instances.len() == rule.count.unwrap_or(MOST_INSTANCES).min(MOST_INSTANCES) {
            break;
        }
        let Some(start) = event.start.plus_days(day, calendar_zone) else { break };
        if rule.is_over(&start, calendar_zone) {
            break;
        }
        if !rule.falls_on(day, event, calendar_zone) {
            continue;
        }
        let Some(end) = event.end.plus_days(day, calendar_zone) else { break };
        instances.push(Instance { suffix: suffix(&start), start, end });
    }
    Some(instances)
}

impl Rule {
    fn is_over(&self, start: &When, zone: &TimeZone) -> bool {
        match &self.until {
            None => false,
            Some(Until::Moment(until)) => start.instant(zone) > *until,
            Some(Until::Local(until)) => {
                start.instant(zone).to_zoned(zone.clone()).datetime() > *until
            }
        }
    }

    /// Whether the day that lies `day` days after the first one belongs to the series. Weeks
    /// begin on Monday.
    fn falls_on(&self, day: i64, event: &Revision, zone: &TimeZone) -> bool {
        if !self.weekly {
            return day % self.interval == 0;
        }
        let first = local_weekday(&event.start, zone);
        let into_week = i64::from(first.to_monday_zero_offset()) + day;
        let this_week = (into_week / 7) % self.interval == 0;
        let weekday = first.wrapping_add(day % 7);
        this_week
            && if self.days.is_empty() { weekday == first } else { self.days.contains(&weekday) }
    }
}

fn local_weekday(start: &When, calendar_zone: &TimeZone) -> Weekday {
    match start {
        When::Day(date) => date.weekday(),
        When::Moment { at, zone } => {
            let meant = zone.as_deref().and_then(super::when::find_zone);
            at.to_zoned(meant.unwrap_or_else(|| calendar_zone.clone())).weekday()
        }
    }
}

fn suffix(start: &When) -> String {
    match start {
        When::Day(date) => date.strftime("_%Y%m%d").to_string(),
        When::Moment { at, .. } => at.strftime("_%Y%m%dT%H%M%SZ").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn starts(rule: &str) -> Vec<String> {
        let moment = |text: &str| When::Moment {
            at: text.parse().expect("an instant"),
            zone: Some("America/New_York".to_owned()),
        };
        let fields = Map::from_iter([("recurrence".to_owned(), json!([rule]))]);
        let event = Revision {
            version: 1,
            updated: Timestamp::UNIX_EPOCH,
            cancelled: false,
            sequence: 0,
            start: moment("2026-10-30T09:00:00-04:00"),
            end: moment("2026-10-30T10:00:00-04:00"),
            fields,
        };
        let instances = expand(&event, &TimeZone::UTC).expect("a series");
        instances.into_iter().map(|instance| instance.suffix).collect()
    }

    #[test]
    fn a_daily_series_keeps_its_local_time_over_a_clock_change() {
        assert_eq!(
            starts("RRULE:FREQ=DAILY;COUNT=3"),
            ["_20261030T130000Z", "_20261031T130000Z", "_20261101T140000Z"]
        );
    }

    #[test]
    fn a_weekly_series_takes_its_days_until_its_end() {
        assert_eq!(
            starts("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;UNTIL=20261113"),
            ["_20261030T130000Z", "_20261109T140000Z", "_20261113T140000Z"]
        );
    }

    #[test]
    fn a_rule_that_cannot_be_expanded_is_refused() {
        for rule in ["RRULE:FREQ=MONTHLY", "RRULE:FREQ=DAILY;BYHOUR=3", "EXDATE:20261101", "x"] {
            assert!(check(&json!([rule])).is_err(), "{rule}");
        }
        assert!(check(&json!(["RRULE:FREQ=DAILY", "EXDATE:20261101T000000Z"])).is_err());
    }
}
