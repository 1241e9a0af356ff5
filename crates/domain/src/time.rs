//! Instants, stretches of time, and wall-clock times that the zone may repeat or skip.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The zone of an IANA name such as `America/New_York`.
pub fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some() && !zone.is_unknown())
}

/// A half-open stretch of time, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// `None` unless `start < end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// `None` unless `length` is positive and the end is a representable instant.
    pub fn starting(start: Timestamp, length: SignedDuration) -> Option<Self> {
        Self::new(start, start.checked_add(length).ok()?)
    }

    /// The first instant inside.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// The elapsed time.
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// Whether any instant is in both; stretches that only touch do not overlap.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether every instant of `other` is inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The stretch with `before` added in front and `after` behind. At the ends of representable
    /// time it stays as long as it can.
    pub fn widened(self, before: SignedDuration, after: SignedDuration) -> Self {
        Self {
            start: self.start.checked_sub(before).unwrap_or(Timestamp::MIN),
            end: self.end.checked_add(after).unwrap_or(Timestamp::MAX),
        }
    }
}

/// What a wall-clock time means in a zone: usually one instant, but the night the clocks change it
/// happens twice or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalMoment {
    /// The ordinary case.
    Once(Timestamp),
    /// The clock shows this time twice.
    Twice {
        /// Before the clock is set back.
        first: Timestamp,
        /// After the clock was set back.
        second: Timestamp,
    },
    /// The clock never shows this time.
    Skipped {
        /// The instant that RFC 5545 (3.3.5) gives it: read with the offset before the gap.
        instead: Timestamp,
    },
}

impl LocalMoment {
    /// What `local` means in `zone`. `None` at the very ends of representable time.
    pub fn resolve(local: civil::DateTime, zone: &TimeZone) -> Option<Self> {
        let ambiguous = zone.to_ambiguous_timestamp(local);
        let moment = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => Self::Once(offset.to_timestamp(local).ok()?),
            AmbiguousOffset::Fold { before, after } => Self::Twice {
                first: before.to_timestamp(local).ok()?,
                second: after.to_timestamp(local).ok()?,
            },
            AmbiguousOffset::Gap { before, .. } => {
                Self::Skipped { instead: before.to_timestamp(local).ok()? }
            }
        };
        Some(moment)
    }

    /// The instant by the rule of RFC 5545: the first of two, and for a skipped time the one with
    /// the offset before the gap.
    pub fn by_calendar_rule(self) -> Timestamp {
        match self {
            Self::Once(at) | Self::Twice { first: at, .. } | Self::Skipped { instead: at } => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a test writes instants correctly")
    }

    fn berlin(local: &str) -> LocalMoment {
        let zone = TimeZone::get("Europe/Berlin").expect("the zone is bundled");
        LocalMoment::resolve(local.parse().expect("a civil time"), &zone).expect("in range")
    }

    #[test]
    fn an_interval_is_never_empty() {
        let noon = at("2026-12-01T12:00:00Z");

        assert_eq!(Interval::new(noon, noon), None);
        assert_eq!(Interval::starting(noon, SignedDuration::from_mins(-1)), None);
    }

    #[test]
    fn stretches_that_touch_do_not_overlap() {
        let first = Interval::starting(at("2026-12-01T12:00:00Z"), SignedDuration::from_mins(30));
        let second = Interval::starting(at("2026-12-01T12:30:00Z"), SignedDuration::from_mins(30));

        let (first, second) = (first.expect("not empty"), second.expect("not empty"));
        assert!(!first.overlaps(second));
        assert!(first.widened(SignedDuration::ZERO, SignedDuration::from_mins(1)).overlaps(second));
    }

    #[test]
    fn the_night_of_the_change_is_told_apart() {
        assert_eq!(berlin("2026-03-29T01:30"), LocalMoment::Once(at("2026-03-29T00:30:00Z")));
        assert_eq!(
            berlin("2026-03-29T02:30"),
            LocalMoment::Skipped { instead: at("2026-03-29T01:30:00Z") }
        );
        assert_eq!(
            berlin("2026-10-25T02:30"),
            LocalMoment::Twice {
                first: at("2026-10-25T00:30:00Z"),
                second: at("2026-10-25T01:30:00Z")
            }
        );
    }
}
