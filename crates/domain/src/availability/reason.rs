//! What speaks for or against a start, rule by rule.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::id::{BookingId, OccurrenceId, ServiceId};
use crate::time::Interval;
use crate::travel::Place;

/// A stretch of a host's time that a hold or booking occupies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The stretch, buffers included.
    pub interval: Interval,
    /// The booked slot, without buffers.
    pub slot: Interval,
    /// What is booked.
    pub service: ServiceId,
    /// Where.
    pub place: Option<Place>,
    /// By what.
    pub holder: Holder,
}

/// What occupies a stretch of a host's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A booking.
    Booking(BookingId),
    /// A visitor's hold.
    Hold {
        /// When it lapses.
        until: Timestamp,
    },
    /// What several bookings share.
    Occurrence {
        /// Which.
        id: OccurrenceId,
        /// When the last of its seats lapses, if only holds have any.
        until: Option<Timestamp>,
    },
    /// Somebody who was faster by an instant.
    Unknown,
}

impl Holder {
    /// When it lapses by itself.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Hold { until } => Some(until),
            Self::Occurrence { until, .. } => until,
            Self::Booking(_) | Self::Unknown => None,
        }
    }
}

/// A hold or booking that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimant {
    /// The stretch, buffers included.
    pub interval: Interval,
    /// What occupies it.
    pub holder: Holder,
}

impl From<&Claimed> for Claimant {
    fn from(claimed: &Claimed) -> Self {
        Self { interval: claimed.interval, holder: claimed.holder }
    }
}

/// Whose bookings a limit counts, always of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Those of the service.
    Service,
    /// All.
    Host,
}

/// A rule that a start is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The weekly windows and what replaces them on single dates.
    Windows,
    /// The grid of starts within a window.
    Grid,
    /// How long before its start a slot can last be booked.
    Notice,
    /// How far ahead slots are offered.
    Horizon,
    /// What holds and bookings occupy.
    Claims,
    /// What stands in the host's calendars.
    Busy,
    /// The way to and from other places.
    Travel,
    /// The longest run without a break.
    LongestRun,
    /// What is done while a calendar of the host cannot be read.
    WhenUnreachable,
    /// The places of a start that several bookings share.
    Seats,
    /// The most bookings on a day.
    MaxPerDay(Counted),
    /// The most bookings in a week.
    MaxPerWeek(Counted),
}

impl Rule {
    /// Every rule, in the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Windows,
        Self::Grid,
        Self::Notice,
        Self::Horizon,
        Self::Claims,
        Self::Busy,
        Self::Travel,
        Self::LongestRun,
        Self::MaxPerDay(Counted::Service),
        Self::MaxPerWeek(Counted::Service),
        Self::MaxPerDay(Counted::Host),
        Self::MaxPerWeek(Counted::Host),
    ];

    /// The rule's stable name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "availability",
            Self::Grid => "slot_every",
            Self::Notice => "notice",
            Self::Horizon => "horizon",
            Self::Claims => "bookings",
            Self::Busy => "calendars",
            Self::Travel => "travel_time",
            Self::LongestRun => "longest_run",
            Self::WhenUnreachable => "when_unreachable",
            Self::Seats => "capacity",
            Self::MaxPerDay(Counted::Service) => "max_per_day",
            Self::MaxPerWeek(Counted::Service) => "max_per_week",
            Self::MaxPerDay(Counted::Host) => "host_max_per_day",
            Self::MaxPerWeek(Counted::Host) => "host_max_per_week",
        }
    }
}

/// What one rule says of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The rule.
    pub rule: Rule,
    /// What speaks against the start; `None` when the rule speaks for it.
    pub against: Option<Reason>,
}

/// Why a start is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The date is closed, or no window of it holds the whole slot.
    OutsideWindows,
    /// It is a holiday of the host, and the service has no override for the date.
    Holiday(Date),
    /// Inside a window, but not on its grid of starts.
    OffGrid,
    /// It has begun, or begins too soon.
    TooLittleNotice,
    /// Further ahead than the service is offered.
    BeyondHorizon,
    /// A hold or booking of ours is in the way.
    Claimed(Claimant),
    /// Between this slot and a hold or booking of ours there is too little room for the buffers.
    Buffer(Claimant),
    /// Something in one of the host's calendars is in the way.
    Busy(Interval),
    /// The host would come too late from another place, or could not be at the next in time.
    Travel {
        /// The booking at the other place.
        other: Claimant,
        /// How long the way takes.
        needed: SignedDuration,
    },
    /// The host would go on for too long without a break.
    RunTooLong {
        /// From the first booking's start to the last one's end, this one included, as far as it
        /// has to be followed to be too long.
        run: Interval,
        /// The longest allowed.
        longest: SignedDuration,
    },
    /// The occurrence has fewer seats left than people come.
    Full {
        /// How many people still fit in.
        remaining: u32,
    },
    /// One of the host's calendars cannot be read, and the service offers nothing then.
    CalendarUnavailable,
    /// The host has as many bookings on that day as it takes.
    DayIsFull {
        /// The local date.
        date: Date,
        /// The limit.
        most: u32,
        /// What it counts.
        counted: Counted,
    },
    /// The host has as many bookings in that week as it takes.
    WeekIsFull {
        /// The local date of its Monday.
        monday: Date,
        /// The limit.
        most: u32,
        /// What it counts.
        counted: Counted,
    },
}

impl Reason {
    /// The reason's stable code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutsideWindows => "outside_windows",
            Self::Holiday(_) => "holiday",
            Self::OffGrid => "off_grid",
            Self::TooLittleNotice => "too_little_notice",
            Self::BeyondHorizon => "beyond_horizon",
            Self::Claimed(_) => "claimed",
            Self::Buffer(_) => "buffer",
            Self::Busy(_) => "busy",
            Self::Travel { .. } => "travel",
            Self::RunTooLong { .. } => "run_too_long",
            Self::Full { .. } => "full",
            Self::CalendarUnavailable => "calendar_unavailable",
            Self::DayIsFull { .. } => "day_is_full",
            Self::WeekIsFull { .. } => "week_is_full",
        }
    }

    /// Whether somebody else has the time, as opposed to the rules not offering it.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Claimed(_) | Self::Buffer(_) | Self::Busy(_) | Self::Full { .. })
    }
}
