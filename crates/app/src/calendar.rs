//! The host's calendars: where an event goes, whether a time is free, and the four calls on an
//! event, each safe to repeat.

mod check;
mod editor;
mod foreign;
mod google;

use domain::{CalendarId, ConnectionId, Host, Provider};
use jiff::Timestamp;
use providers::ProviderError;
use store::booking::HostOffer;
use store::timeline::TimelineEntry;

use crate::setup::Setup;

pub(crate) use check::{Freedom, claim_of};
pub(crate) use editor::{CalendarEditor, Rewrite, Taken};
pub(crate) use google::{EventAnswer, EventSeen, GoogleRequest, is_busy, slot_of, time_of};

/// Where the events of a host's bookings go.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// The calendar's slug; a host without a calendar to write to has our own tables.
    pub(crate) id: CalendarId,
    /// Who keeps it, and how it is reached there.
    pub(crate) at: Keeper,
}

/// Who keeps a calendar.
#[derive(Debug, Clone)]
pub(crate) enum Keeper {
    /// We do.
    Ourselves,
    /// Google, in this account's calendar of that name.
    Google {
        /// The account.
        account: String,
        /// The calendar's id, never `primary`.
        calendar: String,
    },
}

/// Why a call did not lead anywhere yet.
#[derive(Debug)]
pub(crate) enum CalendarError {
    /// Not yet: our own turn comes then.
    Wait(Timestamp),
    /// The connection has to be authorised by its host first.
    Disconnected(ConnectionId),
    /// The provider said so.
    Provider(ProviderError),
    /// The setup no longer says how to reach it.
    NotConfigured(String),
    /// Our database.
    App(crate::AppError),
}

impl From<crate::AppError> for CalendarError {
    fn from(error: crate::AppError) -> Self {
        Self::App(error)
    }
}

impl From<store::StoreError> for CalendarError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

impl std::fmt::Display for CalendarError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wait(_) => f.write_str("waiting for its turn at the account"),
            Self::Disconnected(_) => f.write_str("the host has to connect the account"),
            Self::Provider(error) => error.fmt(f),
            Self::NotConfigured(what) => f.write_str(what),
            Self::App(error) => error.fmt(f),
        }
    }
}

/// What a call gave, with what the timeline says about it.
pub(crate) struct Asked<T> {
    pub(crate) outcome: Result<T, CalendarError>,
    pub(crate) entries: Vec<TimelineEntry>,
}

/// A host as somebody who could take a booking.
pub(crate) fn offer(setup: &Setup, host: &Host) -> HostOffer {
    let destination = destination(setup, host);
    let asked = setup.busy_calendars(&host.id).any(|calendar| calendar.provider != Provider::Local);
    let outside = asked || matches!(destination.at, Keeper::Google { .. });
    let calendar = destination.id;
    HostOffer { host: host.clone(), calendar, outside, shows_busy: false }
}

/// Where the events of a host's bookings go.
pub(crate) fn destination(setup: &Setup, host: &Host) -> Destination {
    match setup.write_calendar(&host.id) {
        Some(calendar) => Destination { id: calendar.id.clone(), at: keeper(calendar) },
        None => Destination { id: "local".parse().expect("a literal slug"), at: Keeper::Ourselves },
    }
}

/// How a calendar is reached that an event was once written to.
pub(crate) fn reached(setup: &Setup, id: &CalendarId) -> Option<Keeper> {
    match setup.calendar(id) {
        Some(calendar) => Some(keeper(calendar)),
        None => (id.as_str() == "local").then_some(Keeper::Ourselves),
    }
}

fn keeper(calendar: &domain::Calendar) -> Keeper {
    match calendar.provider {
        Provider::Local => Keeper::Ourselves,
        Provider::Google => Keeper::Google {
            account: calendar.account.clone(),
            calendar: calendar.calendar.clone(),
        },
    }
}
