//! Google Calendar API v3 and Google's OAuth 2.0 for web servers.
//!
//! What it is for: the dozen calls a booking needs, with client-chosen event ids, `If-Match` and
//! sync tokens in the open. What it is not for: deciding which calendar, event or time; keeping
//! tokens; waiting.
//!
//! Invariants: a calendar that Google could not read is [`CalendarBusy::Unknown`], never free; one
//! strange event never makes a page unreadable; base URLs come from the operator's settings only.
//!
//! Facts about the wire come from Google's discovery document (`specs/google`), the Calendar guides
//! on errors, sync, push and quotas, and, where those are silent, from what clients in the field
//! report.

mod calendar;
mod channel;
mod errors;
mod event;
mod event_body;
mod freebusy;
mod list;
mod oauth;
mod service_account;

use url::Url;

pub use calendar::GoogleCalendar;
pub use channel::{Channel, NewChannel};
pub use event::{Event, EventStatus, EventTime, ResponseStatus, Transparency};
pub use event_body::{
    EventAttendee, EventBody, EventPatch, Reminder, ReminderMethod, SendUpdates, is_event_id,
};
pub use freebusy::{CalendarBusy, MAX_BUSY_CALENDARS};
pub use list::{AccessRole, CalendarEntry, CalendarPage, EventPage, EventQuery};
pub use oauth::{GoogleOAuth, SCOPES, TokenGrant, missing_scopes, pkce_challenge};
pub use service_account::{KeyFileError, ServiceAccount};

/// Where Google is. Only the operator's configuration may change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleEndpoints {
    /// `/calendar/v3/…` is appended, after any path it has.
    pub api_base: Url,
    /// Where the host consents, in a browser.
    pub auth_url: Url,
    /// Where codes, refresh tokens and assertions become access tokens.
    pub token_url: Url,
    /// Where a grant is given back.
    pub revoke_url: Url,
}

impl Default for GoogleEndpoints {
    fn default() -> Self {
        let url = |text: &str| Url::parse(text).expect("the official endpoints are URLs");
        Self {
            api_base: url("https://www.googleapis.com"),
            auth_url: url("https://accounts.google.com/o/oauth2/v2/auth"),
            token_url: url("https://oauth2.googleapis.com/token"),
            revoke_url: url("https://oauth2.googleapis.com/revoke"),
        }
    }
}
