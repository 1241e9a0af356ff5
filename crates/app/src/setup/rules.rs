//! The part of a service's document that says when it is offered.

use std::ops::RangeInclusive;

use domain::length;
use domain::service::{Day, Rules};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::ServiceDoc;
use super::hours::{self, MOST_OVERRIDES, MOST_WINDOWS, Windows};
use super::reading::Reading;

const NONE: SignedDuration = SignedDuration::ZERO;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);
/// A slot lies within one window, which lies within one day.
pub(super) const DURATION: RangeInclusive<SignedDuration> = MINUTE..=ONE_DAY;
/// The most lengths to choose from beside the usual one.
const MOST_DURATIONS: usize = 10;
const BUFFER: RangeInclusive<SignedDuration> = NONE..=ONE_DAY;
const NOTICE: RangeInclusive<SignedDuration> = NONE..=SignedDuration::from_hours(24 * 365);
const HORIZON: RangeInclusive<SignedDuration> = MINUTE..=SignedDuration::from_hours(24 * 730);

impl ServiceDoc {
    /// Reads when and how densely the service is offered.
    pub(super) fn rules(&self, reading: &mut Reading<'_>) -> Option<Rules> {
        let mut read =
            |member: &str, text: &str, bounds| reading.length(reading.at(member), text, bounds);
        let duration = read("duration", &self.duration, &DURATION);
        let slot_every = match &self.slot_every {
            Some(step) => read("slot_every", step, &DURATION),
            None => duration,
        };
        let buffer_before = read("buffer_before", &self.buffer_before, &BUFFER);
        let buffer_after = read("buffer_after", &self.buffer_after, &BUFFER);
        let notice = read("notice", &self.notice, &NOTICE);
        let horizon = read("horizon", &self.horizon, &HORIZON);
        let max_per_day = self
            .max_per_day
            .and_then(|most| reading.number(reading.at("max_per_day"), most, &(1..=1_000)));
        let max_per_week = self
            .max_per_week
            .and_then(|most| reading.number(reading.at("max_per_week"), most, &(1..=1_000)));
        let durations = self.durations(reading);
        let (weekly, overrides) = self.windows(reading)?;
        let rules = Rules {
            duration: duration?,
            durations,
            slot_every: slot_every?,
            buffer_before: buffer_before?,
            buffer_after: buffer_after?,
            notice: notice?,
            horizon: horizon?,
            max_per_day,
            max_per_week,
            weekly,
            overrides,
            any_time: false,
        };
        refuse_what_is_never_offered(&rules, reading);
        Some(rules)
    }

    fn durations(&self, reading: &mut Reading<'_>) -> Vec<SignedDuration> {
        if !reading.fits("durations", self.durations.len(), MOST_DURATIONS) {
            return Vec::new();
        }
        reading.distinct("durations", self.durations.iter());
        let place = reading.at("durations");
        let lengths = self.durations.iter().enumerate();
        lengths
            .filter_map(|(index, length)| reading.length(place.at(index), length, &DURATION))
            .collect()
    }

    fn windows(&self, reading: &mut Reading<'_>) -> Option<(Windows<Day>, Windows<Date>)> {
        let weekly = reading
            .fits("availability", self.availability.len(), MOST_WINDOWS)
            .then(|| reading.part(hours::weekly(&self.availability, &reading.at("availability"))));
        let overrides = reading
            .fits("overrides", self.overrides.len(), MOST_OVERRIDES)
            .then(|| reading.part(hours::dated(&self.overrides, &reading.at("overrides"))));
        weekly.flatten().zip(overrides.flatten())
    }
}

/// A service of which no slot could ever be booked is a mistake that nobody would notice.
fn refuse_what_is_never_offered(rules: &Rules, reading: &mut Reading<'_>) {
    let windows = rules.weekly.values().chain(rules.overrides.values()).flatten();
    match windows.map(|window| hours::minutes(*window)).max() {
        None => {
            reading.fault(reading.at("availability"), "never_offered", "no window is ever open");
        }
        Some(longest) if rules.duration > SignedDuration::from_mins(longest) => {
            let longest = length::format(SignedDuration::from_mins(longest));
            let message = format!("must fit into a window; the longest has {longest}");
            reading.fault(reading.at("duration"), "never_offered", message);
        }
        Some(longest) => {
            let longest = SignedDuration::from_mins(longest);
            let fits =
                format!("must fit into a window; the longest has {}", length::format(longest));
            if rules.slot_every > longest {
                reading.fault(reading.at("slot_every"), "never_offered", fits.as_str());
            }
            let place = reading.at("durations");
            let too_long = rules.durations.iter().enumerate().filter(|(_, one)| **one > longest);
            for (index, _) in too_long {
                reading.fault(place.at(index), "never_offered", fits.as_str());
            }
        }
    }
    if rules.notice >= rules.horizon {
        reading.fault(reading.at("notice"), "never_offered", "must be shorter than the horizon");
    }
}
