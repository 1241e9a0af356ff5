//! When a host can be booked for a service: rules, claims and busy time become slots.
//!
//! [`Openings`] holds the facts of one host over one range. Offering, booking and explaining are
//! the same question, [`Openings::verdicts`], asked with more or less patience.

mod limits;
mod reason;
mod terms;

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::service::Window;
use crate::time::{Interval, LocalMoment};
use crate::travel::Place;

use limits::Counts;
pub use reason::{Claimant, Claimed, Counted, Holder, Reason, Rule, Verdict};
pub use terms::Terms;

/// The facts about one host and one service over a range of time.
#[derive(Debug, Clone)]
pub struct Openings<'a> {
    terms: Terms<'a>,
    now: Timestamp,
    /// The first start with enough notice.
    earliest: Timestamp,
    /// The last start before the horizon.
    latest: Timestamp,
    /// Where the service takes place.
    place: Option<Place>,
    claims: Cow<'a, [Claimed]>,
    busy: Cow<'a, [Interval]>,
    /// The rules beside windows and grid that are in force.
    obstacles: Vec<Rule>,
    of_service: Counts,
    of_host: Counts,
}

impl<'a> Openings<'a> {
    /// Gathers the facts: `claims` in the order of their starts, `busy` [`merged`]. They must hold
    /// everything within the [reach](Terms::reach) of the slots to be asked for.
    pub fn new(
        terms: Terms<'a>,
        now: Timestamp,
        claims: Cow<'a, [Claimed]>,
        busy: Cow<'a, [Interval]>,
    ) -> Self {
        let rules = &terms.service.rules;
        let (earliest, latest) = (later(now, rules.notice), later(now, rules.horizon));
        let place = terms.service.location.as_deref().and_then(Place::of);
        let obstacles = Rule::ALL.into_iter().filter(|rule| is_obstacle(terms, *rule)).collect();
        let of_service = Counts::of(Counted::Service, terms, &claims);
        let of_host = Counts::of(Counted::Host, terms, &claims);
        Self { terms, now, earliest, latest, place, claims, busy, obstacles, of_service, of_host }
    }

    /// The slots offered that start inside `range`, in order.
    pub fn slots(&self, range: Interval) -> Vec<Interval> {
        self.grid(range).filter(|slot| self.is_free(*slot)).collect()
    }

    /// Every slot that the windows hold and that starts inside `range`, offered or not.
    pub fn candidates(&self, range: Interval) -> Vec<Interval> {
        self.grid(range).collect()
    }

    /// What every rule in force says of a start. It is offered when none speaks against it.
    pub fn verdicts(&self, start: Timestamp) -> Vec<Verdict> {
        let Some(slot) = self.terms.slot_at(start) else {
            return vec![Verdict { rule: Rule::Horizon, against: Some(Reason::BeyondHorizon) }];
        };
        let off = self.off_the_windows(slot);
        let off_grid = off.filter(|why| *why == Reason::OffGrid);
        let mut verdicts = vec![
            Verdict { rule: Rule::Windows, against: off.filter(|why| *why != Reason::OffGrid) },
            Verdict { rule: Rule::Grid, against: off_grid },
        ];
        let judge = |rule: &Rule| Verdict { rule: *rule, against: self.against(*rule, slot) };
        verdicts.extend(self.obstacles.iter().map(judge));
        verdicts
    }

    /// Every rule that speaks against a start; empty when it is offered.
    pub fn reasons_against(&self, start: Timestamp) -> Vec<Reason> {
        self.verdicts(start).into_iter().filter_map(|verdict| verdict.against).collect()
    }

    /// Whether nothing is in the way of a slot on the grid.
    fn is_free(&self, slot: Interval) -> bool {
        self.obstacles.iter().all(|rule| self.against(*rule, slot).is_none())
    }

    fn against(&self, rule: Rule, slot: Interval) -> Option<Reason> {
        match rule {
            Rule::Windows | Rule::Grid => self.off_the_windows(slot),
            // Seats are counted where they are taken; here the occurrence is one claim. Whether a
            // calendar can be read is known where it is.
            Rule::Seats | Rule::WhenUnreachable => None,
            Rule::Notice => self.notice(slot),
            Rule::Horizon => (slot.start() > self.latest).then_some(Reason::BeyondHorizon),
            Rule::Claims => self.claimed(slot),
            Rule::Busy => self.busy(slot),
            Rule::Travel => self.travel(slot),
            Rule::LongestRun => self.run(slot),
            Rule::MaxPerDay(counted) => self.counts(counted).full_day(
                self.date(slot),
                self.terms.limits(counted).0?,
                counted,
            ),
            Rule::MaxPerWeek(counted) => self.counts(counted).full_week(
                self.date(slot),
                self.terms.limits(counted).1?,
                counted,
            ),
        }
    }

    fn notice(&self, slot: Interval) -> Option<Reason> {
        let too_soon = slot.start() < self.earliest || slot.start() <= self.now;
        too_soon.then_some(Reason::TooLittleNotice)
    }

    fn claimed(&self, slot: Interval) -> Option<Reason> {
        let wanted = self.terms.claim_of(slot);
        let hit = self.claims_in(wanted).next()?;
        let why = if hit.slot.overlaps(slot) { Reason::Claimed } else { Reason::Buffer };
        Some(why(hit.into()))
    }

    /// The claims that overlap a stretch, in order.
    fn claims_in(&self, stretch: Interval) -> impl Iterator<Item = &Claimed> {
        // Claims of one host never overlap, so their ends are in order too; only the two claims of
        // a booking that is being moved may overlap each other, hence the look back.
        let first = self.claims.partition_point(|claim| claim.interval.end() <= stretch.start());
        self.claims[first.saturating_sub(2)..]
            .iter()
            .take_while(move |claim| claim.interval.start() < stretch.end())
            .filter(move |claim| claim.interval.overlaps(stretch))
    }

    fn busy(&self, slot: Interval) -> Option<Reason> {
        let wanted = self.terms.claim_of(slot);
        let first = self.busy.partition_point(|busy| busy.end() <= wanted.start());
        self.busy.get(first).filter(|busy| busy.overlaps(wanted)).map(|busy| Reason::Busy(*busy))
    }

    /// The way is measured from one slot to the next: buffers count towards it.
    fn travel(&self, slot: Interval) -> Option<Reason> {
        let travel = &self.terms.host.rules.travel;
        let longest = travel.longest();
        self.claims_in(slot.widened(longest, longest)).find_map(|other| {
            let needed = travel.time(other.place.as_ref(), self.place.as_ref());
            let too_close = other.slot.widened(needed, needed).overlaps(slot);
            let is_way = needed > SignedDuration::ZERO;
            (is_way && too_close).then(|| Reason::Travel { other: other.into(), needed })
        })
    }

    /// Slots with less than a break between them are one run, whatever their buffers.
    fn run(&self, slot: Interval) -> Option<Reason> {
        let rule = self.terms.host.rules.longest_run?;
        let (rest, longest) = (rule.shortest_break, rule.length);
        let around = self.claims.partition_point(|claim| claim.slot.start() < slot.start());
        let mut run = slot;
        for before in self.claims[..around].iter().rev() {
            if run.start().duration_since(before.slot.end()) >= rest || run.length() > longest {
                break;
            }
            run = joined(run, before.slot);
        }
        for after in &self.claims[around..] {
            if after.slot.start().duration_since(run.end()) >= rest || run.length() > longest {
                break;
            }
            run = joined(run, after.slot);
        }
        (run.length() > longest).then_some(Reason::RunTooLong { run, longest })
    }

    fn counts(&self, counted: Counted) -> &Counts {
        match counted {
            Counted::Service => &self.of_service,
            Counted::Host => &self.of_host,
        }
    }

    fn date(&self, slot: Interval) -> Date {
        self.zone().to_datetime(slot.start()).date()
    }

    fn zone(&self) -> &'a TimeZone {
        &self.terms.host.timezone
    }

    /// Whether a slot stands in no window, or beside the grid of the one it stands in.
    fn off_the_windows(&self, slot: Interval) -> Option<Reason> {
        if self.terms.service.rules.any_time {
            return None;
        }
        let date = self.date(slot);
        let closed = self.is_holiday(date);
        let mut reason = if closed { Reason::Holiday(date) } else { Reason::OutsideWindows };
        for window in self.windows_around(date) {
            if window.contains(slot) {
                let offset = slot.start().duration_since(window.start());
                if offset.as_nanos() % self.terms.service.rules.slot_every.as_nanos() == 0 {
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

    /// Whether the host is not to be had on a date; what the service says of the date goes first.
    fn is_holiday(&self, date: Date) -> bool {
        let Terms { service, host, .. } = self.terms;
        host.rules.holidays.contains_key(&date) && !service.rules.overrides.contains_key(&date)
    }

    fn windows_on(&self, date: Date) -> impl Iterator<Item = Interval> {
        let windows = self.terms.service.rules.windows_on(date);
        let open = if self.is_holiday(date) { &[] } else { windows };
        open.iter().filter_map(move |window| resolve(*window, date, self.zone()))
    }

    /// Every slot on the grid of a window that starts inside `range`, in order, each start once.
    fn grid(&self, range: Interval) -> impl Iterator<Item = Interval> {
        let first = self.zone().to_datetime(range.start()).date();
        let last = self.zone().to_datetime(range.end()).date();
        first.series(1.day()).take_while(move |date| *date <= last).flat_map(move |date| {
            let mut slots: Vec<Interval> =
                self.windows_on(date).flat_map(|window| self.grid_of(window, range)).collect();
            slots.sort_unstable();
            slots.dedup();
            slots
        })
    }

    fn grid_of(&self, window: Interval, range: Interval) -> impl Iterator<Item = Interval> {
        let (step, duration) = (self.terms.service.rules.slot_every, self.terms.duration);
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

/// Whether a rule beside windows and grid is in force.
fn is_obstacle(terms: Terms<'_>, rule: Rule) -> bool {
    let rules = !terms.service.rules.any_time;
    match rule {
        Rule::Windows | Rule::Grid | Rule::Seats | Rule::WhenUnreachable => false,
        Rule::Notice | Rule::Horizon | Rule::Claims | Rule::Busy => true,
        Rule::Travel => rules && terms.host.rules.travel.longest() > SignedDuration::ZERO,
        Rule::LongestRun => rules && terms.host.rules.longest_run.is_some(),
        Rule::MaxPerDay(counted) => rules && terms.limits(counted).0.is_some(),
        Rule::MaxPerWeek(counted) => rules && terms.limits(counted).1.is_some(),
    }
}

fn joined(run: Interval, slot: Interval) -> Interval {
    let (start, end) = (run.start().min(slot.start()), run.end().max(slot.end()));
    Interval::new(start, end).unwrap_or(run)
}

#[cfg(test)]
mod tests;
