//! How far what we read of a host's calendars can be trusted, and what follows for what is offered.
//!
//! The mirror is advice: a booking asks the calendars themselves. Unknown is busy.

use jiff::{SignedDuration, Timestamp};

use crate::service::WhenUnreachable;
use crate::time::Interval;

/// How old a reading may be, in polls, before the calendar counts as unreadable.
const POLLS: i32 = 2;
/// The longest piece of busy time: as long as the longest claim, so that every look-up is bounded.
const LONGEST_PIECE: SignedDuration = SignedDuration::from_hours(8 * 24);
/// How long a listing of everything is built upon before everything is listed again.
pub const LISTED_ANEW_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How much further than services are offered a listing looks, since the days move on.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How far back a listing looks: what has just ended may still be moved.
pub const BACK: SignedDuration = SignedDuration::from_hours(24);

/// When and how a calendar was last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// When the last pass over it began that came to its end.
    pub synced_at: Option<Timestamp>,
    /// When it last answered, to a pass or to a live check.
    pub read_at: Option<Timestamp>,
    /// Whether it did not when it was last asked.
    pub is_failing: bool,
    /// Until when the mirror knows it; nothing is known of the time after.
    pub covers_until: Option<Timestamp>,
}

/// Whether a host is offered at all, as far as the calendars can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Until then, unless something becomes known.
    Offered {
        /// The instant at which time alone ends it.
        until: Timestamp,
    },
    /// Not until something becomes known.
    Withheld,
}

impl Reading {
    /// Whether it was never asked: then offers rest on our own tables.
    pub fn is_untried(&self) -> bool {
        !self.is_failing && self.read_at.is_none() && self.synced_at.is_none()
    }

    /// Until when it counts as readable, if it does: the last answer is younger than two polls.
    pub fn readable_until(&self, poll: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let last = self.read_at.max(self.synced_at)?;
        let until = last.checked_add(poll.checked_mul(POLLS)?).ok()?;
        (!self.is_failing && now < until).then_some(until)
    }

    /// Until when the mirror's word counts although the calendar cannot be read, if it does.
    pub fn cached_until(&self, age: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        self.synced_at?.checked_add(age).ok().filter(|until| now < *until)
    }
}

/// Whether a service offers a host whose busy calendars were last read like this.
pub fn standing(
    policy: WhenUnreachable,
    readings: &[Reading],
    poll: SignedDuration,
    now: Timestamp,
) -> Standing {
    let mut until = Timestamp::MAX;
    for reading in readings.iter().filter(|reading| !reading.is_untried()) {
        let readable = reading.readable_until(poll, now);
        let trusted = match (readable, policy) {
            (Some(until), _) => Some(until),
            (None, WhenUnreachable::Closed) => None,
            (None, WhenUnreachable::Cached(age)) => reading.cached_until(age, now),
            (None, WhenUnreachable::Pending) => Some(Timestamp::MAX),
        };
        let Some(trusted) = trusted else { return Standing::Withheld };
        until = until.min(trusted);
    }
    Standing::Offered { until }
}

/// What a pass over a calendar asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Everything in the range, built beside what is known.
    Everything(Interval),
    /// What changed since the pass before.
    Changes,
}

/// Which pass is due: `listed_at` is when everything was last listed, `horizon` how far services
/// of the host are offered.
pub fn next_pass(
    has_token: bool,
    listed_at: Option<Timestamp>,
    covers_until: Option<Timestamp>,
    horizon: SignedDuration,
    now: Timestamp,
) -> Option<Pass> {
    let wanted_until = now.checked_add(horizon).ok()?;
    let fresh = listed_at
        .and_then(|at| at.checked_add(LISTED_ANEW_AFTER).ok())
        .is_some_and(|until| now < until);
    if has_token && fresh && covers_until.is_some_and(|until| wanted_until <= until) {
        return Some(Pass::Changes);
    }
    Interval::new(now.checked_sub(BACK).ok()?, wanted_until.checked_add(AHEAD).ok()?)
        .map(Pass::Everything)
}

/// A stretch of busy time cut to what a pass knows, in pieces that are no longer than a claim.
pub fn pieces(busy: Interval, within: Interval) -> Vec<Interval> {
    let end = busy.end().min(within.end());
    let mut start = busy.start().max(within.start());
    let mut pieces = Vec::new();
    while start < end {
        let until = start.checked_add(LONGEST_PIECE).unwrap_or(Timestamp::MAX).min(end);
        pieces.extend(Interval::new(start, until));
        start = until;
    }
    pieces
}

#[cfg(test)]
mod tests;
