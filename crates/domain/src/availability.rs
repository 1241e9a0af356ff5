//! When a host can be booked for a service: rules, claims and busy time become slots.
//!
//! [`Openings`] holds the facts of one host over one range. Offering, booking and explaining are
//! the same question, [`Openings::reasons_against`], asked with more or less patience.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::service::{Rules, Window};
use crate::time::{Interval, LocalMoment};

/// Why a start is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The date is closed, or no window of it holds the whole slot.
    OutsideWindows,
    /// Inside a window, but not on its grid of starts.
    OffGrid,
    /// It has begun, or begins too soon.
    TooLittleNotice,
    /// Further ahead than the service is offered.
    BeyondHorizon,
    /// A hold or booking of ours, buffers included, is in the way.
    Claimed(Interval),
    /// Something in one of the host's calendars is in the way.
    Busy(Interval),
    /// The occurrence has fewer seats left than people come.
    Full {
        /// How many people still fit in.
        remaining: u32,
    },
    /// One of the host's calendars cannot be read, and the service offers nothing then.
    CalendarUnavailable,
    /// The host has as many bookings of this service on that day as it takes.
    DayIsFull {
        /// The local date.
        date: Date,
        /// The limit.
        most: u32,
    },
}

impl Reason {
    /// The reason's stable code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutsideWindows => "outside_windows",
            Self::OffGrid => "off_grid",
            Self::TooLittleNotice => "too_little_notice",
            Self::BeyondHorizon => "beyond_horizon",
            Self::Claimed(_) => "claimed",
            Self::Busy(_) => "busy",
            Self::Full { .. } => "full",
            Self::CalendarUnavailable => "calendar_unavailable",
            Self::DayIsFull { .. } => "day_is_full",
        }
    }

    /// Whether somebody else has the time, as opposed to the rules not offering it.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Claimed(_) | Self::Busy(_) | Self::Full { .. })
    }
}

/// A stretch of a host's time that a hold or booking occupies, with what the daily limit needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// The stretch, buffers included.
    pub interval: Interval,
    /// The start of the booked slot, when it is one of the service in question.
    pub counts_on: Option<Timestamp>,
}

/// The facts about one host and one service over a range of time.
#[derive(Debug, Clone)]
pub struct Openings<'a> {
    rules: &'a Rules,
    zone: &'a TimeZone,
    now: Timestamp,
    /// The first start with enough notice.
    earliest: Timestamp,
    /// The last start before the horizon.
    latest: Timestamp,
    claims: Vec<Claimed>,
    /// In order, and none touches the next.
    busy: Cow<'a, [Interval]>,
    /// How many bookings of the service each local date has; filled only where a limit asks.
    per_day: BTreeMap<Date, u32>,
}

impl<'a> Openings<'a> {
    /// Gathers the facts. `claims` and `busy` must hold everything that overlaps the claims of the
    /// slots to be asked for, and for a daily limit every claim of the service on those days.
    pub fn new(
        rules: &'a Rules,
        zone: &'a TimeZone,
        now: Timestamp,
        mut claims: Vec<Claimed>,
        busy: Vec<Interval>,
    ) -> Self {
        claims.sort_unstable_by_key(|claim| claim.interval);
        let per_day = counted(rules, zone, &claims);
        let (earliest, latest) = (later(now, rules.notice), later(now, rules.horizon));
        let busy = merged(busy).into();
        Self { rules, zone, now, earliest, latest, claims, busy, per_day }
    }

    /// The same from time that is taken by whatever: [`merged`], so that nothing is copied or sorted
    /// for a question. `claims` only count towards a daily limit.
    pub fn beside(
        rules: &'a Rules,
        zone: &'a TimeZone,
        now: Timestamp,
        claims: &[Claimed],
        taken: Cow<'a, [Interval]>,
    ) -> Self {
        let per_day = counted(rules, zone, claims);
        Self { busy: taken, per_day, ..Self::new(rules, zone, now, Vec::new(), Vec::new()) }
    }

    /// The slot of this service that starts then, offered or not.
    pub fn slot_at(&self, start: Timestamp) -> Option<Interval> {
        Interval::starting(start, self.rules.duration)
    }

    /// The stretch that a booking of `slot` claims.
    pub fn claim_of(&self, slot: Interval) -> Interval {
        slot.widened(self.rules.buffer_before, self.rules.buffer_after)
    }

    /// The slots offered that start inside `range`, in order.
    pub fn slots(&self, range: Interval) -> Vec<Interval> {
        self.grid(range).filter(|slot| self.is_free(*slot)).collect()
    }

    /// Every slot that the windows hold and that starts inside `range`, offered or not.
    pub fn candidates(&self, range: Interval) -> Vec<Interval> {
        self.grid(range).collect()
    }

    /// Every rule that speaks against a start; empty when it is offered.
    pub fn reasons_against(&self, start: Timestamp) -> Vec<Reason> {
        let Some(slot) = self.slot_at(start) else { return vec![Reason::BeyondHorizon] };
        let mut reasons: Vec<Reason> = self.off_the_windows(slot).into_iter().collect();
        self.each_obstacle(slot, &mut |reason| {
            reasons.push(reason);
            true
        });
        reasons
    }

    fn is_free(&self, slot: Interval) -> bool {
        let mut free = true;
        self.each_obstacle(slot, &mut |_| {
            free = false;
            false
        });
        free
    }

    /// Reports what is in the way of a slot on the grid until told to stop.
    fn each_obstacle(&self, slot: Interval, report: &mut impl FnMut(Reason) -> bool) {
        let wanted = self.claim_of(slot);
        let _ = self.notice(slot).is_none_or(&mut *report)
            && self.horizon(slot).is_none_or(&mut *report)
            && self.claimed(wanted).is_none_or(&mut *report)
            && self.busy(wanted).is_none_or(&mut *report)
            && self.full_day(slot).is_none_or(&mut *report);
    }

    fn notice(&self, slot: Interval) -> Option<Reason> {
        let too_soon = slot.start() < self.earliest || slot.start() <= self.now;
        too_soon.then_some(Reason::TooLittleNotice)
    }

    fn horizon(&self, slot: Interval) -> Option<Reason> {
        (slot.start() > self.latest).then_some(Reason::BeyondHorizon)
    }

    fn claimed(&self, wanted: Interval) -> Option<Reason> {
        // Claims of one host never overlap, so their ends are in order too; only the two claims of
        // a booking that is being moved may overlap each other, hence the second look back.
        let first = self.claims.partition_point(|claim| claim.interval.end() <= wanted.start());
        let hit = self.claims[first.saturating_sub(1)..]
            .iter()
            .take_while(|claim| claim.interval.start() < wanted.end())
            .find(|claim| claim.interval.overlaps(wanted))?;
        Some(Reason::Claimed(hit.interval))
    }

    fn busy(&self, wanted: Interval) -> Option<Reason> {
        let first = self.busy.partition_point(|busy| busy.end() <= wanted.start());
        self.busy.get(first).filter(|busy| busy.overlaps(wanted)).map(|busy| Reason::Busy(*busy))
    }

    fn full_day(&self, slot: Interval) -> Option<Reason> {
        let most = self.rules.max_per_day?;
        let date = self.zone.to_datetime(slot.start()).date();
        let booked = self.per_day.get(&date).copied().unwrap_or(0);
        (booked >= most).then_some(Reason::DayIsFull { date, most })
    }

    /// Whether a slot stands in no window, or beside the grid of the one it stands in.
    fn off_the_windows(&self, slot: Interval) -> Option<Reason> {
        let date = self.zone.to_datetime(slot.start()).date();
        let mut reason = Reason::OutsideWindows;
        for window in self.windows_around(date) {
            if window.contains(slot) {
                let offset = slot.start().duration_since(window.start());
                if offset.as_nanos() % self.rules.slot_every.as_nanos() == 0 {
                    return None;
                }
                reason = Reason::OffGrid;
            }
        }
        Some(reason)
    }

    /// A window may resolve to another date than its own at the edge of a gap.
    fn windows_around(&self, date: Date) -> impl Iterator<Item = Interval> {
        let before = date.yesterday().unwrap_or(date);
        let after = date.tomorrow().unwrap_or(date);
        [before, date, after].into_iter().flat_map(|date| self.windows_on(date))
    }

    fn windows_on(&self, date: Date) -> impl Iterator<Item = Interval> {
        self.rules
            .windows_on(date)
            .iter()
            .filter_map(move |window| resolve(*window, date, self.zone))
    }

    /// Every slot on the grid of a window that starts inside `range`, in order, each start once.
    fn grid(&self, range: Interval) -> impl Iterator<Item = Interval> {
        let first = self.zone.to_datetime(range.start()).date();
        let last = self.zone.to_datetime(range.end()).date();
        first.series(1.day()).take_while(move |date| *date <= last).flat_map(move |date| {
            let mut slots: Vec<Interval> =
                self.windows_on(date).flat_map(|window| self.grid_of(window, range)).collect();
            slots.sort_unstable();
            slots.dedup();
            slots
        })
    }

    fn grid_of(&self, window: Interval, range: Interval) -> impl Iterator<Item = Interval> {
        let (step, duration) = (self.rules.slot_every, self.rules.duration);
        let ahead = range.start().duration_since(window.start()).max(SignedDuration::ZERO);
        let skipped = ceiling(ahead.as_nanos(), step.as_nanos());
        (skipped..)
            .map_while(move |n| {
                let offset = step.checked_mul(i32::try_from(n).ok()?)?;
                Interval::starting(window.start().checked_add(offset).ok()?, duration)
            })
            .take_while(move |slot| window.contains(*slot) && slot.start() < range.end())
    }
}

fn ceiling(amount: i128, step: i128) -> i128 {
    (amount + step - 1) / step
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The instants of a window on a date. A window that the night of the change swallows whole is none.
fn resolve(window: Window, date: Date, zone: &TimeZone) -> Option<Interval> {
    let instant = |local| Some(LocalMoment::resolve(local, zone)?.by_calendar_rule());
    let start = instant(date.to_datetime(window.from()))?;
    let end = match window.until() {
        Some(until) => instant(date.to_datetime(until))?,
        None => instant(date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight()))?,
    };
    Interval::new(start, end)
}

/// Sorted, and with what touches or overlaps made one.
pub fn merged(mut busy: Vec<Interval>) -> Vec<Interval> {
    busy.sort_unstable();
    let mut whole: Vec<Interval> = Vec::with_capacity(busy.len());
    for next in busy {
        match whole.last_mut() {
            Some(last) if next.start() <= last.end() => {
                let end = last.end().max(next.end());
                *last = Interval::new(last.start(), end).unwrap_or(*last);
            }
            _ => whole.push(next),
        }
    }
    whole
}

fn counted(rules: &Rules, zone: &TimeZone, claims: &[Claimed]) -> BTreeMap<Date, u32> {
    let mut per_day = BTreeMap::new();
    if rules.max_per_day.is_some() {
        for start in claims.iter().filter_map(|claim| claim.counts_on) {
            *per_day.entry(zone.to_datetime(start).date()).or_insert(0) += 1;
        }
    }
    per_day
}

#[cfg(test)]
mod tests;
