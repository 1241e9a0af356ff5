//! What there is to be done: each kind of job with what it is about.

use domain::service::Channel;
use domain::{BookingId, CalendarId, HostId, IncidentId, OccurrenceId, OperationId, ServiceId};
use jiff::Timestamp;

/// What a job makes true. A retired kind keeps a handler for one release.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Task {
    /// Make the host's calendar agree with the booking.
    Calendar(BookingId),
    /// Do what time alone changes: complete, give up, tell that a request is still being worked on.
    Timer(BookingId),
    /// Tell one attendee, on one channel, what they do not know yet.
    Notify {
        /// About which booking.
        booking: BookingId,
        /// Which attendee; the lead is 0.
        position: u32,
        /// How.
        channel: Channel,
    },
    /// Answer a text, which the provider knows by this.
    Answer(String),
    /// Look for texts whose webhook was lost.
    TextInbox,
    /// Make the host's calendar agree with an occurrence of a group service.
    Occurrence(OccurrenceId),
    /// Give seats of one start that became free to those who wait for them.
    Line {
        /// Of which service.
        service: ServiceId,
        /// When it starts.
        start: Timestamp,
    },
    /// Tell the host what they do not know yet.
    NotifyHost(BookingId),
    /// Draw the conclusion if no message reaches the lead.
    Reach(BookingId),
    /// Send a host the list of their day.
    DailySummary(HostId),
    /// Read what is new in a calendar.
    Sync(CalendarId),
    /// See to it that a calendar's changes are pushed to us, by one subscription.
    Watch(CalendarId),
    /// Carry out a mass change.
    Operation(OperationId),
    /// Tell every channel of the operators what it does not know yet of an incident.
    Alert(IncidentId),
}

impl Task {
    /// The kind's name in stored rows.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Calendar(_) => "calendar",
            Self::Timer(_) => "timer",
            Self::Notify { .. } => "notify",
            Self::Answer(_) => "answer",
            Self::TextInbox => "text_inbox",
            Self::Occurrence(_) => "occurrence",
            Self::Line { .. } => "line",
            Self::NotifyHost(_) => "notify_host",
            Self::Reach(_) => "reach",
            Self::DailySummary(_) => "daily_summary",
            Self::Sync(_) => "sync",
            Self::Watch(_) => "watch",
            Self::Operation(_) => "operation",
            Self::Alert(_) => "alert",
        }
    }

    /// What it is about, in stored rows. That of a job about a booking begins with its identifier.
    pub fn subject(&self) -> String {
        match self {
            Self::Calendar(booking)
            | Self::Timer(booking)
            | Self::NotifyHost(booking)
            | Self::Reach(booking) => booking.to_string(),
            Self::DailySummary(host) => host.to_string(),
            Self::Notify { booking, position, channel } => {
                format!("{booking}/{position}/{}", channel.as_str())
            }
            Self::Answer(sid) => sid.clone(),
            Self::TextInbox => "texts".to_owned(),
            Self::Occurrence(occurrence) => occurrence.to_string(),
            Self::Line { service, start } => format!("{service}/{}", start.as_microsecond()),
            Self::Sync(calendar) | Self::Watch(calendar) => calendar.to_string(),
            Self::Operation(operation) => operation.to_string(),
            Self::Alert(incident) => incident.to_string(),
        }
    }

    pub(super) fn parse(kind: &str, subject: &str) -> Option<Self> {
        Some(match kind {
            "calendar" => Self::Calendar(subject.parse().ok()?),
            "timer" => Self::Timer(subject.parse().ok()?),
            "reach" => Self::Reach(subject.parse().ok()?),
            "daily_summary" => Self::DailySummary(subject.parse().ok()?),
            "notify_host" => Self::NotifyHost(subject.parse().ok()?),
            "sync" => Self::Sync(subject.parse().ok()?),
            "watch" => Self::Watch(subject.parse().ok()?),
            "notify" => {
                let mut parts = subject.split('/');
                Self::Notify {
                    booking: parts.next()?.parse().ok()?,
                    position: parts.next()?.parse().ok()?,
                    channel: Channel::named(parts.next()?)?,
                }
            }
            "answer" => Self::Answer(subject.to_owned()),
            "text_inbox" => Self::TextInbox,
            "occurrence" => Self::Occurrence(subject.parse().ok()?),
            "line" => {
                let (service, start) = subject.split_once('/')?;
                let start = Timestamp::from_microsecond(start.parse().ok()?).ok()?;
                Self::Line { service: service.parse().ok()?, start }
            }
            "operation" => Self::Operation(subject.parse().ok()?),
            "alert" => Self::Alert(subject.parse().ok()?),
            _ => return None,
        })
    }

    /// The booking it is about, if it is about one.
    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Calendar(booking)
            | Self::Timer(booking)
            | Self::NotifyHost(booking)
            | Self::Reach(booking)
            | Self::Notify { booking, .. } => Some(*booking),
            Self::Answer(_)
            | Self::TextInbox
            | Self::Occurrence(_)
            | Self::Line { .. }
            | Self::DailySummary(_)
            | Self::Sync(_)
            | Self::Watch(_)
            | Self::Operation(_)
            | Self::Alert(_) => None,
        }
    }
}
