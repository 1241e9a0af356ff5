//! Pacing: when a call may go to a provider, so that no account is asked faster than it allows.
//!
//! Places are evenly spaced, and one may be taken early: a booking that finds nobody before it
//! makes its two calls at once, and a crowd of any size never makes more calls in a second than the
//! rate and one.

use jiff::{SignedDuration, Timestamp};

/// The longest that a provider's wish for slowness makes us wait without being told how long.
const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_secs(64);

/// What an account has been asked for, and how it took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The next evenly spaced place.
    pub next_at: Timestamp,
    /// When whoever finds no place now may expect one: behind all who were told so before.
    pub tail_at: Timestamp,
    /// Until when the account is left alone.
    pub rests_until: Option<Timestamp>,
    /// How often in a row the provider asked us to slow down.
    pub strikes: u32,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It has its place.
    Now,
    /// It has none; asking then is likely to give one.
    Later(Timestamp),
}

/// The time between two places at so many calls a second. Rounded up: a whole second never has one
/// more.
pub fn spacing(calls_per_second: u32) -> SignedDuration {
    let every = 1_000_000_i64.div_euclid(i64::from(calls_per_second.max(1)));
    let exact = every * i64::from(calls_per_second.max(1)) == 1_000_000;
    SignedDuration::from_micros(if exact { every } else { every + 1 })
}

impl Quota {
    /// An account that was never asked.
    pub fn fresh(now: Timestamp) -> Self {
        Self { next_at: now, tail_at: now, rests_until: None, strikes: 0 }
    }

    /// Asks for a place; `every` is the time between two, none where nothing is limited.
    #[must_use]
    pub fn ask(self, now: Timestamp, every: Option<SignedDuration>) -> (Self, Turn) {
        let spaced = every.map_or(now, |every| self.next_at - every);
        let earliest = self.rests_until.map_or(spaced, |until| spaced.max(until));
        let every = every.unwrap_or(SignedDuration::ZERO);
        if earliest <= now {
            return (Self { next_at: self.next_at.max(now) + every, ..self }, Turn::Now);
        }
        let ticket = earliest.max(self.tail_at);
        (Self { tail_at: ticket + every, ..self }, Turn::Later(ticket))
    }

    /// The provider asked us to slow down. `chance`, from 0 to 1, keeps many from coming back
    /// together.
    #[must_use]
    pub fn throttled(self, now: Timestamp, wanted: Option<SignedDuration>, chance: f64) -> Self {
        let doubled = SignedDuration::from_secs(1 << self.strikes.min(6));
        let backoff = doubled + SignedDuration::from_millis(1_000).mul_f64(chance.clamp(0.0, 1.0));
        let wait = wanted.unwrap_or(backoff.min(LONGEST_BACKOFF));
        Self { strikes: self.strikes.saturating_add(1), ..self.resting(now + wait) }
    }

    /// The account is left alone until then.
    #[must_use]
    pub fn resting(self, until: Timestamp) -> Self {
        let until = self.rests_until.map_or(until, |known| known.max(until));
        Self { rests_until: Some(until), ..self }
    }

    /// Whether a call that goes well is news.
    pub fn is_troubled(&self) -> bool {
        self.strikes > 0 || self.rests_until.is_some()
    }

    /// A call went well.
    #[must_use]
    pub fn recovered(self) -> Self {
        Self { strikes: 0, rests_until: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> Timestamp {
        "2026-12-01T08:00:00Z".parse().expect("an instant")
    }

    fn millis(millis: i64) -> SignedDuration {
        SignedDuration::from_millis(millis)
    }

    /// When each of so many calls is made, if everybody asks again when told.
    fn crowd(size: usize, every: SignedDuration) -> Vec<Timestamp> {
        let mut quota = Quota::fresh(start());
        let mut asking = vec![start(); size];
        let mut made = Vec::new();
        while !asking.is_empty() {
            asking.sort_unstable();
            let now = asking.remove(0);
            let (after, turn) = quota.ask(now, Some(every));
            quota = after;
            match turn {
                Turn::Now => made.push(now),
                Turn::Later(at) => asking.push(at),
            }
        }
        made
    }

    #[test]
    fn a_booking_that_finds_nobody_makes_its_two_calls_at_once() {
        let quota = Quota::fresh(start());

        let (quota, first) = quota.ask(start(), Some(millis(100)));
        let (quota, second) = quota.ask(start(), Some(millis(100)));
        let (_, third) = quota.ask(start(), Some(millis(100)));

        assert_eq!((first, second), (Turn::Now, Turn::Now));
        assert_eq!(third, Turn::Later(start() + millis(100)));
    }

    #[test]
    fn fifty_calls_at_nine_a_second_never_exceed_ten_and_take_little_longer_than_they_must() {
        let made = crowd(50, spacing(9));

        for first in &made {
            let within = |at: &&Timestamp| **at >= *first && **at < *first + millis(1_000);
            assert!(made.iter().filter(within).count() <= 10);
        }
        let took = made.last().expect("there are fifty").duration_since(start());
        assert!(took < millis(5_000).mul_f64(1.2), "{took:?}");
    }

    #[test]
    fn whoever_is_asked_to_slow_down_waits_longer_each_time_or_as_long_as_told() {
        let quota = Quota::fresh(start());
        let once = quota.throttled(start(), None, 0.0);
        let (_, turn) = once.ask(start(), Some(millis(100)));
        assert_eq!(turn, Turn::Later(start() + millis(1_000)));

        let later = start() + millis(1_000);
        let (_, turn) = once.throttled(later, None, 1.0).ask(later, Some(millis(100)));
        assert_eq!(turn, Turn::Later(later + millis(3_000)));

        let told = quota.throttled(start(), Some(millis(7_000)), 0.5);
        assert_eq!(told.ask(start(), None).1, Turn::Later(start() + millis(7_000)));
        assert!(told.is_troubled() && !told.recovered().is_troubled());
    }

    #[test]
    fn those_who_wait_for_the_end_of_a_rest_do_not_come_back_together() {
        let until = start() + millis(60_000);
        let mut quota = Quota::fresh(start()).resting(until);
        let mut told = Vec::new();
        for _ in 0..3 {
            let (after, turn) = quota.ask(start(), Some(millis(100)));
            quota = after;
            told.push(turn);
        }

        let at = |number| Turn::Later(until + millis(100) * number);
        assert_eq!(told, [at(0), at(1), at(2)]);
    }

    proptest! {
        #[test]
        fn a_crowd_of_any_size_and_rate_stays_below_the_rate_and_one(
            size in 1_usize..80,
            rate in 1_u32..20,
        ) {
            let made = crowd(size, spacing(rate));
            let most = usize::try_from(rate).expect("small") + 1;
            for first in &made {
                let within = |at: &&Timestamp| **at >= *first && **at < *first + millis(1_000);
                prop_assert!(made.iter().filter(within).count() <= most);
            }
            let took = made.last().expect("not empty").duration_since(start());
            let places = i32::try_from(size).expect("small");
            prop_assert!(took <= spacing(rate) * places);
        }
    }
}
