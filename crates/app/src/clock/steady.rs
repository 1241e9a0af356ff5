//! Another machine's clock, carried on by this machine's monotonic one.
//!
//! What this machine takes for the time of day is never asked: it may be a minute off, or jump,
//! and no lease, deadline or slot moves with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use store::{Store, StoreError};

/// An answer that took longer says too little about when it was given.
const TOO_VAGUE: Duration = Duration::from_secs(1);

/// What the other clock said, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    asked: Instant,
    answered: Instant,
    told: Timestamp,
}

impl Reading {
    /// Asks the database for its time; `None` when it has none of its own.
    pub(super) async fn take(store: &Store) -> Result<Option<Self>, StoreError> {
        let asked = Instant::now();
        let told = store.time().await?;
        Ok(told.map(|told| Self { asked, answered: Instant::now(), told }))
    }

    /// By how much it may be wrong, either way.
    fn vagueness(&self) -> Duration {
        self.answered.duration_since(self.asked) / 2
    }
}

/// The time of the other clock.
pub(super) struct Steady {
    origin: Instant,
    /// What the other clock showed at the origin, in microseconds.
    at_origin: AtomicI64,
}

impl Steady {
    pub(super) fn new(first: Reading) -> Self {
        let steady = Self { origin: first.asked, at_origin: AtomicI64::new(0) };
        steady.at_origin.store(steady.origin_by(first), Ordering::SeqCst);
        steady
    }

    /// What the other clock shows at that instant, in microseconds.
    pub(super) fn at(&self, instant: Instant) -> i64 {
        self.at_origin.load(Ordering::SeqCst).saturating_add(self.since_origin(instant))
    }

    /// Follows the other clock, unless the difference is no more than the reading's own vagueness.
    pub(super) fn correct(&self, reading: Reading) {
        let corrected = self.origin_by(reading);
        let difference = corrected.abs_diff(self.at_origin.load(Ordering::SeqCst));
        let difference = Duration::from_micros(difference);
        if reading.vagueness() > TOO_VAGUE || difference <= reading.vagueness() {
            return;
        }
        if difference > TOO_VAGUE {
            tracing::warn!(
                "the database's clock was {difference:?} away from where it was taken for"
            );
        }
        self.at_origin.store(corrected, Ordering::SeqCst);
    }

    fn origin_by(&self, reading: Reading) -> i64 {
        let answered = reading.asked + reading.vagueness();
        reading.told.as_microsecond().saturating_sub(self.since_origin(answered))
    }

    fn since_origin(&self, instant: Instant) -> i64 {
        let passed = instant.saturating_duration_since(self.origin).as_micros();
        i64::try_from(passed).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Timestamp {
        "2026-12-01T12:00:00Z".parse().expect("an instant")
    }

    /// An answer that took `took`, given halfway.
    fn reading(asked: Instant, took: Duration, told: Timestamp) -> Reading {
        Reading { asked, answered: asked + took, told }
    }

    fn seen(steady: &Steady, instant: Instant) -> Timestamp {
        Timestamp::from_microsecond(steady.at(instant)).expect("an instant")
    }

    #[test]
    fn instances_that_asked_at_different_times_agree() {
        let start = Instant::now();
        let minute = Duration::from_mins(1);
        let took = Duration::from_millis(2);
        let one = Steady::new(reading(start, took, told()));
        let other = Steady::new(reading(start + minute, took, told() + minute));

        let later = start + 10 * minute;

        assert_eq!(seen(&one, later), seen(&other, later));
        assert_eq!(seen(&one, start + took / 2), told());
    }

    #[test]
    fn what_the_machine_takes_for_the_time_does_not_matter() {
        let start = Instant::now();
        let long_ago = "2001-01-01T00:00:00Z".parse().expect("an instant");
        let steady = Steady::new(reading(start, Duration::ZERO, long_ago));

        let minute = Duration::from_mins(1);

        assert_eq!(seen(&steady, start + minute), long_ago + minute);
    }

    #[test]
    fn it_follows_a_clock_that_was_set_and_not_one_that_answered_slowly() {
        let start = Instant::now();
        let steady = Steady::new(reading(start, Duration::from_millis(1), told()));
        let before = seen(&steady, start);

        steady.correct(reading(
            start,
            Duration::from_millis(80),
            told() + Duration::from_millis(20),
        ));
        assert_eq!(seen(&steady, start), before, "it may as well have been the way");
        steady.correct(reading(start, Duration::from_secs(9), told() + Duration::from_secs(90)));
        assert_eq!(seen(&steady, start), before, "nobody knows when that was said");

        steady.correct(reading(start, Duration::from_millis(2), told() + Duration::from_secs(30)));
        assert_eq!(
            seen(&steady, start + Duration::from_millis(1)),
            told() + Duration::from_secs(30)
        );
    }
}
