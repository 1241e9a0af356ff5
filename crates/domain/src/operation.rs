//! Mass changes: the same change for every booking that matches a filter.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::booking::NewDetails;
use crate::id::HostId;

/// What is done to each booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Give it another time, by wall-clock time in its host's zone.
    Move {
        /// How much later; negative for earlier; never zero.
        by: SignedDuration,
    },
    /// Give it to another host, at the same time.
    Rehost {
        /// Whom.
        to: HostId,
    },
    /// Call it off.
    Cancel {
        /// Why, in the operator's words.
        reason: Option<String>,
    },
    /// Give it another title or place.
    Update(NewDetails),
}

/// What came of one booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is as was asked.
    Done,
    /// The host has something else then; the booking stands as it stood.
    Conflict,
    /// It had begun or ended before its turn came.
    AlreadyOver,
    /// It could not be carried out: its service or host is gone.
    Failed,
}

impl Outcome {
    /// Its name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Conflict => "conflict",
            Self::AlreadyOver => "already_over",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Done, Self::Conflict, Self::AlreadyOver, Self::Failed];
        all.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It goes on by itself.
    Running,
    /// It waits for somebody to let it go on.
    Paused,
    /// Every booking has its outcome.
    Done,
}

impl Progress {
    /// Its name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Running, Self::Paused, Self::Done].into_iter().find(|it| it.as_str() == name)
    }
}

impl Action {
    /// Its name in the API and in stored rows.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Move { .. } => "move",
            Self::Rehost { .. } => "rehost",
            Self::Cancel { .. } => "cancel",
            Self::Update(_) => "update",
        }
    }

    /// The order in which bookings are taken, by start: against the direction of a shift, so that
    /// each finds its new time left by the one before.
    pub fn order<T>(&self, bookings: &mut [T], start: impl Fn(&T) -> Timestamp) {
        bookings.sort_by_key(&start);
        if matches!(self, Self::Move { by } if by.is_positive()) {
            bookings.reverse();
        }
    }
}

/// A start moved by wall-clock time: ten o'clock is eleven an hour later, also when the clocks
/// change in between. What a gap skips is moved behind it; of what a fold repeats the first counts.
/// `None` at the ends of representable time.
pub fn shifted(start: Timestamp, by: SignedDuration, zone: &TimeZone) -> Option<Timestamp> {
    let wall = start.to_zoned(zone.clone()).datetime();
    let there = wall.checked_add(by).ok()?;
    Some(zone.to_ambiguous_zoned(there).compatible().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_shift_is_by_the_clock_on_the_wall() {
        let berlin = TimeZone::get("Europe/Berlin").expect("it is bundled");
        let hour = SignedDuration::from_hours(1);
        let table = [
            // Saturday ten o'clock to Sunday ten o'clock, while the clocks go forward.
            ("2027-03-27T09:00:00Z", hour * 24, "2027-03-28T08:00:00Z"),
            // Half past one to half past two, which there is not: half past three.
            ("2027-03-28T00:30:00Z", hour, "2027-03-28T01:30:00Z"),
            // Half past one to half past two, which there is twice: the first.
            ("2027-10-30T23:30:00Z", hour, "2027-10-31T00:30:00Z"),
            ("2026-12-01T09:00:00Z", -hour, "2026-12-01T08:00:00Z"),
        ];
        for (start, by, expected) in table {
            assert_eq!(shifted(at(start), by, &berlin), Some(at(expected)), "{start} {by}");
        }
        assert_eq!(shifted(Timestamp::MAX, hour, &berlin), None);
    }

    #[test]
    fn bookings_are_taken_against_the_direction_of_the_shift() {
        let starts = || vec![at("2026-12-01T10:00:00Z"), at("2026-12-01T09:00:00Z")];
        let (mut later, mut earlier) = (starts(), starts());

        Action::Move { by: SignedDuration::from_mins(30) }.order(&mut later, |start| *start);
        Action::Move { by: SignedDuration::from_mins(-30) }.order(&mut earlier, |start| *start);

        assert!(later[0] > later[1]);
        assert!(earlier[0] < earlier[1]);
    }
}
