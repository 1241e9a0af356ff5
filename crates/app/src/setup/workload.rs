//! The part of a host's document that says how much the host takes on, whatever the service.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::host::{HostRules, LongestRun};
use domain::travel::{Place, Travel};
use domain::{Faults, Pointer};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::HostDoc;
use super::hours;
use super::notation::{DateText, LengthText};
use super::reading::Reading;

/// The most entries of `travel_times`.
const MOST_TRAVEL_TIMES: usize = 1_000;
/// The most entries of `holidays`.
pub(super) const MOST_HOLIDAYS: usize = 1_000;
const MOST_LOCATION: usize = 500;
const MOST_NAME: usize = 200;
const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);
const TRAVEL: RangeInclusive<SignedDuration> = SignedDuration::ZERO..=ONE_DAY;
const RUN: RangeInclusive<SignedDuration> = SignedDuration::from_mins(1)..=ONE_DAY;

/// How long the way is between two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TravelTimeDoc {
    /// Two locations, as the services have them; case and spaces do not count.
    #[schema(min_items = 2, max_items = 2)]
    pub between: Vec<String>,
    /// How long it takes, either way.
    #[schema(value_type = LengthText)]
    pub time: String,
}

/// A day on which a host is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayDoc {
    /// The date, local to the host.
    #[schema(value_type = DateText)]
    pub date: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub name: Option<String>,
}

impl HostDoc {
    /// Reads how much the host takes on.
    pub(super) fn workload(&self, reading: &mut Reading<'_>) -> Option<HostRules> {
        let mut most = |member: &str, most: Option<u32>| {
            most.and_then(|most| reading.number(reading.at(member), most, &(1..=1_000)))
        };
        let max_per_day = most("max_per_day", self.max_per_day);
        let max_per_week = most("max_per_week", self.max_per_week);
        let shortest_break =
            reading.length(reading.at("shortest_break"), &self.shortest_break, &RUN);
        let longest_run = self
            .longest_run
            .as_ref()
            .and_then(|longest| reading.length(reading.at("longest_run"), longest, &RUN))
            .zip(shortest_break)
            .map(|(length, shortest_break)| LongestRun { length, shortest_break });
        let travel = self.travel(reading);
        let holidays = self.holidays(reading);
        Some(HostRules {
            max_per_day,
            max_per_week,
            longest_run,
            travel: travel?,
            holidays: holidays?,
        })
    }

    fn travel(&self, reading: &mut Reading<'_>) -> Option<Travel> {
        let usual = reading.length(reading.at("travel_time"), &self.travel_time, &TRAVEL);
        let entries = &self.travel_times;
        if !reading.fits("travel_times", entries.len(), MOST_TRAVEL_TIMES) {
            return None;
        }
        let mut travel = Travel::usually(usual?);
        let place = reading.at("travel_times");
        for (index, entry) in entries.iter().enumerate() {
            let at = place.at(index);
            let Some((one, other, time)) = reading.part(entry.parse(&at)) else { continue };
            if !travel.add(one, other, time) {
                let message = "names one place twice, or a pair that has a time already";
                reading.fault(at.at("between"), "repeated", message);
            }
        }
        Some(travel)
    }

    fn holidays(&self, reading: &mut Reading<'_>) -> Option<BTreeMap<Date, String>> {
        if !reading.fits("holidays", self.holidays.len(), MOST_HOLIDAYS) {
            return None;
        }
        reading.distinct("holidays", self.holidays.iter().map(|holiday| &holiday.date));
        let place = reading.at("holidays");
        let entries = self.holidays.iter().enumerate();
        let dates = entries
            .filter_map(|(index, holiday)| reading.part(holiday.parse(&place.at(index))))
            .collect();
        Some(dates)
    }
}

impl TravelTimeDoc {
    fn parse(&self, at: &Pointer) -> Result<(Place, Place, SignedDuration), Faults> {
        let mut reading = Reading::new(at);
        let time = reading.length(reading.at("time"), &self.time, &TRAVEL);
        let place = reading.at("between");
        let places = if let [one, other] = self.between.as_slice() {
            let mut read = |index: usize, text: &str| {
                let at = place.at(index);
                let line = reading.line(at.clone(), text, MOST_LOCATION)?;
                let read = Place::of(&line);
                if read.is_none() {
                    reading.fault(at, "empty", "must name a place");
                }
                read
            };
            let (one, other) = (read(0, one), read(1, other));
            one.zip(other)
        } else {
            reading.fault(place, "out_of_range", "must name two places");
            None
        };
        let parsed = || {
            let (one, other) = places?;
            Some((one, other, time?))
        };
        reading.finish(parsed())
    }
}

impl HolidayDoc {
    fn parse(&self, at: &Pointer) -> Result<(Date, String), Faults> {
        let mut reading = Reading::new(at);
        let date = hours::date(&self.date);
        if date.is_none() {
            reading.fault(reading.at("date"), "not_a_date", "must be a date such as 2026-12-24");
        }
        let name = match &self.name {
            Some(name) => reading.line(reading.at("name"), name, MOST_NAME),
            None => Some(String::new()),
        };
        reading.finish(date.zip(name))
    }
}
