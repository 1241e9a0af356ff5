//! What can be booked, and the rules under which it is offered.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};

use crate::group::Group;
use crate::id::{HostId, ServiceId};
use crate::response::IfDeclined;
use crate::telling::Telling;

/// A service: what is booked, with whom, for how long and when.
#[derive(Debug, Clone)]
pub struct Service {
    /// The service's slug.
    pub id: ServiceId,
    /// What attendees see, and the beginning of the calendar event's summary.
    pub title: String,
    /// Where it takes place; free text.
    pub location: Option<String>,
    /// What the booking page says about it.
    pub description: Option<String>,
    /// Who can give it; at least one.
    pub hosts: Vec<HostId>,
    /// Whether one of them comes, or all.
    pub assignment: Assignment,
    /// How often a host comes in turn, compared with the others; 1 unless said.
    pub weights: BTreeMap<HostId, u32>,
    /// When and how densely it is offered.
    pub rules: Rules,
    /// Who finds it.
    pub visibility: Visibility,
    /// What happens while a busy calendar cannot be read.
    pub when_unreachable: WhenUnreachable,
    /// Reminders on the calendar event itself; at most five.
    pub calendar_reminders: Vec<CalendarReminder>,
    /// How attendees are told, of the channels they gave.
    pub messages: Vec<Channel>,
    /// What they are told beyond that, and how.
    pub telling: Telling,
    /// Whether every attendee's own link may move or cancel, or the lead's alone.
    pub guests_may_change: bool,
    /// What makes a group service of it: several bookings share one start. `None`: one booking has
    /// its slot to itself.
    pub group: Option<Group>,
    /// What follows when the lead declines the calendar's invitation.
    pub if_declined: IfDeclined,
}

impl Service {
    /// Every channel on which somebody may have to be told something.
    pub fn channels(&self) -> Vec<Channel> {
        let mut channels = self.messages.clone();
        for reminder in &self.telling.reminders {
            if !channels.contains(&reminder.channel) {
                channels.push(reminder.channel);
            }
        }
        channels
    }

    /// What a booking without a service goes by: any time that is free, with any of these hosts, no
    /// rule of theirs, and confirmations as a service has them that says nothing else.
    pub fn ad_hoc(hosts: Vec<HostId>) -> Self {
        Self {
            id: ServiceId::ad_hoc(),
            title: String::new(),
            location: None,
            description: None,
            hosts,
            assignment: Assignment::Any,
            weights: BTreeMap::new(),
            rules: Rules::any_time(SignedDuration::from_hours(1)),
            visibility: Visibility::Hidden,
            when_unreachable: WhenUnreachable::Closed,
            calendar_reminders: Vec::new(),
            messages: vec![Channel::Sms, Channel::Email],
            telling: Telling::default(),
            guests_may_change: true,
            group: None,
            if_declined: IfDeclined::Keep,
        }
    }

    /// The service as an operator may use it: for a booking of that length at any time, with the same
    /// buffers.
    #[must_use]
    pub fn at_any_time(&self, length: SignedDuration) -> Self {
        let (buffer_before, buffer_after) = (self.rules.buffer_before, self.rules.buffer_after);
        let rules = Rules { buffer_before, buffer_after, ..Rules::any_time(length) };
        Self { rules, ..self.clone() }
    }

    /// Whether it stands in the lists.
    pub fn is_listed(&self) -> bool {
        self.visibility == Visibility::Public
    }

    /// How often a host comes in turn, compared with the others.
    pub fn weight(&self, host: &HostId) -> u32 {
        self.weights.get(host).copied().unwrap_or(1)
    }
}

/// The rules of a service; all lengths are elapsed time, all times of day are the host's.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long one booking takes unless another length is asked for; positive.
    pub duration: SignedDuration,
    /// The other lengths to choose from.
    pub durations: Vec<SignedDuration>,
    /// The step of the grid of starts, from the start of each window; positive.
    pub slot_every: SignedDuration,
    /// Kept free before the start.
    pub buffer_before: SignedDuration,
    /// Kept free after the end.
    pub buffer_after: SignedDuration,
    /// How long before its start a slot can last be booked.
    pub notice: SignedDuration,
    /// How far ahead slots are offered.
    pub horizon: SignedDuration,
    /// The most bookings of this service that one host takes on one local day.
    pub max_per_day: Option<u32>,
    /// The most bookings of this service that one host takes in one local week, from Monday on.
    pub max_per_week: Option<u32>,
    /// The windows of each weekday.
    pub weekly: BTreeMap<Day, Vec<Window>>,
    /// What replaces a date's weekly windows; an empty list closes the date.
    pub overrides: BTreeMap<Date, Vec<Window>>,
    /// Whether every time will do that is free: neither windows nor limits, holidays, travel and
    /// breaks of the host count.
    pub any_time: bool,
}

/// The furthest that an operator books ahead.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 5);

impl Rules {
    /// None but that the time is free.
    fn any_time(duration: SignedDuration) -> Self {
        Self {
            duration,
            durations: Vec::new(),
            slot_every: SignedDuration::from_mins(1),
            buffer_before: SignedDuration::ZERO,
            buffer_after: SignedDuration::ZERO,
            notice: SignedDuration::ZERO,
            horizon: FURTHEST,
            max_per_day: None,
            max_per_week: None,
            weekly: BTreeMap::new(),
            overrides: BTreeMap::new(),
            any_time: true,
        }
    }

    /// The length that somebody asks for, or the usual one. `None` when the service has no such length.
    pub fn length(&self, asked: Option<SignedDuration>) -> Option<SignedDuration> {
        let asked = asked.unwrap_or(self.duration);
        (self.any_time || asked == self.duration || self.durations.contains(&asked))
            .then_some(asked)
    }

    /// The windows of a date.
    pub fn windows_on(&self, date: Date) -> &[Window] {
        let weekly = || self.weekly.get(&Day(date.weekday()));
        self.overrides.get(&date).or_else(weekly).map_or(&[], Vec::as_slice)
    }
}

/// A weekday that can be a key: Monday is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Weekday);

impl Ord for Day {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.to_monday_zero_offset().cmp(&other.0.to_monday_zero_offset())
    }
}

impl PartialOrd for Day {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A stretch of one local day; it does not cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    from: Time,
    /// `None` is the end of the day, written `24:00`.
    until: Option<Time>,
}

impl Window {
    /// `None` unless the window is a positive stretch of one day. `until = None` means `24:00`.
    pub fn new(from: Time, until: Option<Time>) -> Option<Self> {
        until.is_none_or(|until| from < until).then_some(Self { from, until })
    }

    /// When it begins.
    pub fn from(self) -> Time {
        self.from
    }

    /// When it ends; `None` at the end of the day.
    pub fn until(self) -> Option<Time> {
        self.until
    }
}

/// Which of a service's hosts come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// One of them, in turn.
    Any,
    /// All: everyone must be free. The first that the service names has the event in their calendar.
    All,
}

/// Who finds a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It stands in the lists.
    Public,
    /// Whoever knows its address.
    Hidden,
    /// Whoever has a link that we signed.
    Link,
}

/// What a service does while a busy calendar cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnreachable {
    /// Offers nothing.
    Closed,
    /// Offers what the mirror says, if it is younger than this.
    Cached(SignedDuration),
    /// Accepts, and confirms when the calendar answers.
    Pending,
}

/// A reminder that the calendar's provider gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarReminder {
    /// How long before the start, in minutes: 0 to 40,320 (Google's limit, four weeks).
    pub minutes_before: u32,
    /// How.
    pub method: ReminderMethod,
}

/// How a calendar's provider reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderMethod {
    /// By mail.
    Email,
    /// On the screen.
    Popup,
}

/// How we tell somebody something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A text message.
    Sms,
    /// A mail.
    Email,
    /// A phone call.
    Voice,
}

impl Channel {
    /// The channel's name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Voice => "voice",
        }
    }

    /// How somebody is told who cannot be reached this way. Whoever knows already is told nothing.
    pub fn fallback(self) -> Option<Self> {
        match self {
            Self::Voice => Some(Self::Sms),
            Self::Sms => Some(Self::Email),
            Self::Email => None,
        }
    }

    /// The channel of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Sms, Self::Email, Self::Voice];
        all.into_iter().find(|channel| channel.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
