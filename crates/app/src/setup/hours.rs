//! When a service is offered: weekly windows, and what replaces them on single dates.
//!
//! Windows of one day never overlap; they may touch, and do not merge.

use std::collections::BTreeMap;

use domain::service::{Day, Window};
use domain::{Faults, Pointer};
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notation::{DateText, DayWord, TimeText, Word};
use super::reading::Reading;

/// The most entries of `availability`.
pub(super) const MOST_WINDOWS: usize = 100;
/// The most entries of `overrides`.
pub(super) const MOST_OVERRIDES: usize = 1_000;

/// One stretch of each of some weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowDoc {
    /// The weekdays, each once.
    #[schema(value_type = Vec<DayWord>, min_items = 1, max_items = 7)]
    pub days: Vec<String>,
    /// When it begins, as the host's clock shows it.
    #[schema(value_type = TimeText)]
    pub from: String,
    /// When it ends; `24:00` is the end of the day.
    #[schema(value_type = TimeText)]
    pub to: String,
}

/// What replaces the weekly windows on one date: nothing, or one stretch. Several stretches of one
/// date are several entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideDoc {
    /// The date, local to the host.
    #[schema(value_type = DateText)]
    pub date: String,
    /// Whether nothing is offered on this date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(default = false)]
    pub closed: bool,
    /// When the stretch begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TimeText>)]
    pub from: Option<String>,
    /// When the stretch ends; `24:00` is the end of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TimeText>)]
    pub to: Option<String>,
}

/// The windows of weekdays or dates, as far as they could be read.
pub(super) type Windows<Key> = BTreeMap<Key, Vec<Window>>;

/// Reads `availability`, which stands at `at`.
pub(super) fn weekly(entries: &[WindowDoc], at: &Pointer) -> Result<Windows<Day>, Faults> {
    let mut reading = Reading::new(at);
    let mut windows = Windows::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = at.at(index);
        let days = reading.part(days_of(entry, &at)).unwrap_or_default();
        let Some(window) = reading.part(window_of(&entry.from, &entry.to, &at)) else { continue };
        let clashes = days.into_iter().filter(|day| !insert(&mut windows, *day, window)).count();
        if clashes > 0 {
            reading.fault(at, "windows_overlap", "overlaps another window of the same weekday");
        }
    }
    reading.finish(Some(windows))
}

/// Reads `overrides`, which stand at `at`. A closed date has no window.
pub(super) fn dated(entries: &[OverrideDoc], at: &Pointer) -> Result<Windows<Date>, Faults> {
    let mut reading = Reading::new(at);
    let mut windows = Windows::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = at.at(index);
        let Some((date, window)) = reading.part(override_of(entry, &at)) else { continue };
        match (window, windows.get(&date).map(Vec::is_empty)) {
            (None, None) => drop(windows.insert(date, Vec::new())),
            (None, Some(_)) | (Some(_), Some(true)) => {
                let message = "the date is closed, so nothing else can be said about it";
                reading.fault(at, "closed_with_times", message);
            }
            (Some(window), _) => {
                if !insert(&mut windows, date, window) {
                    let message = "overlaps another window of the same date";
                    reading.fault(at, "windows_overlap", message);
                }
            }
        }
    }
    reading.finish(Some(windows))
}

fn days_of(entry: &WindowDoc, at: &Pointer) -> Result<Vec<Day>, Faults> {
    let mut reading = Reading::new(at);
    if entry.days.is_empty() {
        reading.fault(reading.at("days"), "empty", "must have at least one weekday");
    }
    if !reading.fits("days", entry.days.len(), DayWord::ALL.len()) {
        return reading.finish(None);
    }
    reading.distinct("days", entry.days.iter());
    let place = reading.at("days");
    let words = entry.days.iter().enumerate();
    let days = words
        .filter_map(|(index, word)| reading.word(place.at(index), word).map(weekday))
        .collect();
    reading.finish(Some(days))
}

fn weekday(word: DayWord) -> Day {
    Day(match word {
        DayWord::Monday => Weekday::Monday,
        DayWord::Tuesday => Weekday::Tuesday,
        DayWord::Wednesday => Weekday::Wednesday,
        DayWord::Thursday => Weekday::Thursday,
        DayWord::Friday => Weekday::Friday,
        DayWord::Saturday => Weekday::Saturday,
        DayWord::Sunday => Weekday::Sunday,
    })
}

fn override_of(entry: &OverrideDoc, at: &Pointer) -> Result<(Date, Option<Window>), Faults> {
    let mut reading = Reading::new(at);
    let date = date(&entry.date);
    if date.is_none() {
        reading.fault(reading.at("date"), "not_a_date", "must be a date such as 2026-12-24");
    }
    let window = match (entry.closed, &entry.from, &entry.to) {
        (true, None, None) => None,
        (true, _, _) => {
            let message = "a closed date has no times";
            reading.fault(at.clone(), "closed_with_times", message);
            None
        }
        (false, Some(from), Some(to)) => reading.part(window_of(from, to, at)),
        (false, from, to) => {
            let missing = [("from", from), ("to", to)].into_iter().filter(|(_, at)| at.is_none());
            for (member, _) in missing {
                let message = "must be given unless the date is closed";
                reading.fault(reading.at(member), "required", message);
            }
            None
        }
    };
    reading.finish(date.map(|date| (date, window)))
}

pub(super) fn date(text: &str) -> Option<Date> {
    // Other ISO forms, and dates with a time, are not what people mean here.
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

fn window_of(from: &str, to: &str, at: &Pointer) -> Result<Window, Faults> {
    let mut reading = Reading::new(at);
    let begins = time_of_day(&mut reading, "from", from);
    let ends =
        if to == "24:00" { Some(None) } else { time_of_day(&mut reading, "to", to).map(Some) };
    let window = begins.zip(ends).and_then(|(from, until)| {
        let window = Window::new(from, until);
        if window.is_none() {
            reading.fault(reading.at("to"), "window_order", "must be later than `from`");
        }
        window
    });
    reading.finish(window)
}

fn time_of_day(reading: &mut Reading<'_>, member: &str, text: &str) -> Option<Time> {
    let time = self::time(text);
    if time.is_none() {
        reading.fault(reading.at(member), "not_a_time", "must be a time of day such as 09:00");
    }
    time
}

/// `09:00`, and no other way to write it.
pub(super) fn time(text: &str) -> Option<Time> {
    (text.len() == 5).then(|| Time::strptime("%H:%M", text).ok()).flatten()
}

/// Adds a window to its day, in order; `false` when it overlaps one that is there.
fn insert<Key: Ord>(windows: &mut Windows<Key>, key: Key, window: Window) -> bool {
    let day = windows.entry(key).or_default();
    let place = day.partition_point(|other| other.from() < window.from());
    let free_before = place == 0 || end_minute(day[place - 1]) <= minute(window.from());
    let free_after = day.get(place).is_none_or(|next| end_minute(window) <= minute(next.from()));
    if free_before && free_after {
        day.insert(place, window);
    }
    free_before && free_after
}

fn minute(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn end_minute(window: Window) -> i64 {
    window.until().map_or(24 * 60, minute)
}

/// How many minutes of the clock a window has.
pub(super) fn minutes(window: Window) -> i64 {
    end_minute(window) - minute(window.from())
}
