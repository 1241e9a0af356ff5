//! One calendar of a host at a provider.

use std::collections::BTreeSet;

use crate::id::{CalendarId, HostId};

/// Who keeps the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Google Calendar.
    Google,
    /// Our own tables: nothing outside is called.
    Local,
}

impl Provider {
    /// The provider's name in the API and the setup file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Local => "local",
        }
    }
}

/// What a calendar is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Events of bookings go here. A host has at most one such calendar.
    Write,
    /// What stands here makes the host unbookable.
    Busy,
}

/// One calendar of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The calendar's slug.
    pub id: CalendarId,
    /// Whose calendar it is.
    pub host: HostId,
    /// Who keeps it.
    pub provider: Provider,
    /// The account at the provider through which it is reached; empty for [`Provider::Local`].
    pub account: String,
    /// The provider's name of the calendar, or `primary`.
    pub calendar: String,
    /// What it is used for.
    pub roles: BTreeSet<Role>,
}

impl Calendar {
    /// Whether events of bookings go here.
    pub fn is_written(&self) -> bool {
        self.roles.contains(&Role::Write)
    }

    /// Whether what stands here blocks the host's time.
    pub fn is_busy(&self) -> bool {
        self.roles.contains(&Role::Busy)
    }
}
