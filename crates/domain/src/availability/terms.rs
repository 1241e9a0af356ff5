//! What is asked: one service, with one host, for one of its lengths.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Counted;
use super::limits::monday_of;
use crate::host::Host;
use crate::service::Service;
use crate::time::Interval;

/// One service, with one host, for one of its lengths.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What is booked.
    pub service: &'a Service,
    /// With whom.
    pub host: &'a Host,
    /// For how long.
    pub duration: SignedDuration,
}

impl<'a> Terms<'a> {
    /// For the usual length.
    pub fn usual(service: &'a Service, host: &'a Host) -> Self {
        Self { service, host, duration: service.rules.duration }
    }

    /// The slot that starts then, offered or not.
    pub fn slot_at(self, start: Timestamp) -> Option<Interval> {
        Interval::starting(start, self.duration)
    }

    /// The stretch that a booking of `slot` claims.
    pub fn claim_of(self, slot: Interval) -> Interval {
        slot.widened(self.service.rules.buffer_before, self.service.rules.buffer_after)
    }

    /// The limits per day and per week.
    pub fn limits(self, counted: Counted) -> (Option<u32>, Option<u32>) {
        match counted {
            Counted::Service => (self.service.rules.max_per_day, self.service.rules.max_per_week),
            Counted::Host => (self.host.rules.max_per_day, self.host.rules.max_per_week),
        }
    }

    /// Whether a rule looks at other bookings than those in the way: the schema cannot hold it, so
    /// whoever books takes the host's lock first.
    pub fn looks_around(self) -> bool {
        if self.service.rules.any_time {
            return false;
        }
        let (per_day, per_week) = self.limits(Counted::Service);
        per_day.is_some() || per_week.is_some() || self.host.rules.look_around()
    }

    /// The stretch whose claims bear on the slots that start inside `range`.
    pub fn reach(self, range: Interval) -> Interval {
        let host = &self.host.rules;
        let claims = self.claim_of(range.widened(SignedDuration::ZERO, self.duration));
        let run = host
            .longest_run
            .map_or(SignedDuration::ZERO, |run| run.length.saturating_add(run.shortest_break));
        let around = host.travel.longest().max(run);
        let near = claims.widened(around, around.saturating_add(self.duration));
        let whole = self.whole_days(range);
        let start = near.start().min(whole.start());
        Interval::new(start, near.end().max(whole.end())).unwrap_or(near)
    }

    /// The local days or weeks that a limit counts.
    fn whole_days(self, range: Interval) -> Interval {
        let limits = [Counted::Service, Counted::Host].map(|counted| self.limits(counted));
        let zone = &self.host.timezone;
        let (first, last) =
            (zone.to_datetime(range.start()).date(), zone.to_datetime(range.end()).date());
        let (from, until) = if limits.iter().any(|(_, per_week)| per_week.is_some()) {
            (monday_of(first), monday_of(last).checked_add(7.days()))
        } else if limits.iter().any(|(per_day, _)| per_day.is_some()) {
            (first, last.tomorrow())
        } else {
            return range;
        };
        let midnight = |date: Date| zone.to_timestamp(date.to_datetime(Time::midnight())).ok();
        let start = midnight(from).unwrap_or(range.start());
        let end = until.ok().and_then(midnight).unwrap_or(range.end());
        Interval::new(start, end).unwrap_or(range)
    }
}
