//! What an account can reach.

use domain::ConnectionId;
use providers::google::{AccessRole, CalendarEntry, CalendarPage, GoogleCalendar};
use providers::{Call, ProviderError};

use crate::calendar::{CalendarError, GoogleRequest};
use crate::{App, AppError};

/// More calendars than any person has in their list.
const MOST_PAGES: usize = 20;

/// A calendar in an account's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachableCalendar {
    /// The provider's name for it.
    pub id: String,
    /// What its owner calls it.
    pub title: String,
    /// Its IANA zone.
    pub timezone: Option<String>,
    /// Whether it is the account's own.
    pub primary: bool,
    /// Whether events can be written to it.
    pub writable: bool,
}

/// Why they cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// There is no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// Its host has to consent first.
    #[error("the host has to connect the account")]
    NotConnected,
    /// The provider did not answer as it should.
    #[error("the provider did not list the calendars: {0}")]
    Provider(ProviderError),
    /// The provider is not configured.
    #[error("{0}")]
    NotConfigured(String),
    /// We did not.
    #[error(transparent)]
    App(#[from] AppError),
}

impl App {
    /// The calendars that a connection's account has in its list.
    pub async fn reachable_calendars(
        &self,
        id: ConnectionId,
    ) -> Result<Vec<ReachableCalendar>, ReachError> {
        let connection = self.find_connection(id).await?.ok_or(ReachError::NotFound)?;
        let mut found = Vec::new();
        let mut page_token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let request = List { page_token: page_token.as_deref() };
            let page = self.google(&connection.account, &request).await.outcome?;
            found.extend(page.calendars.into_iter().map(reachable));
            match page.next_page_token {
                Some(token) => page_token = Some(token),
                None => break,
            }
        }
        Ok(found)
    }
}

impl From<CalendarError> for ReachError {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::Wait(_) => {
                Self::Provider(ProviderError::Throttled { retry_after: None })
            }
            CalendarError::Disconnected(_) => Self::NotConnected,
            CalendarError::Provider(error) => Self::Provider(error),
            CalendarError::NotConfigured(what) => Self::NotConfigured(what),
            CalendarError::App(error) => Self::App(error),
        }
    }
}

fn reachable(entry: CalendarEntry) -> ReachableCalendar {
    let writable = matches!(entry.access_role, AccessRole::Writer | AccessRole::Owner);
    ReachableCalendar {
        id: entry.id,
        title: entry.summary,
        timezone: entry.time_zone,
        primary: entry.primary,
        writable,
    }
}

struct List<'a> {
    page_token: Option<&'a str>,
}

impl GoogleRequest for List<'_> {
    const KIND: &'static str = "calendar.list_calendars";
    type Answer = CalendarPage;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<CalendarPage> {
        google.list_calendars(self.page_token).await
    }
}
