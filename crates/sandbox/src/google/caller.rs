//! Who calls the API, and what their token lets them do.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::State;
use super::calendar::{Calendar, Role};
use super::errors::ApiError;
use crate::Sandbox;

/// What every Google scope for calendars begins with.
pub(crate) const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/";

/// Any one of these lets a call through. Names are without [`SCOPE_PREFIX`].
pub(crate) type Scopes = &'static [&'static str];

pub(crate) const WRITE_EVENTS: Scopes =
    &["calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"];
pub(crate) const MOVE_EVENTS: Scopes = &["calendar", "calendar.events", "calendar.events.owned"];
pub(crate) const READ_EVENTS: Scopes = &[
    "calendar",
    "calendar.events",
    "calendar.events.owned",
    "calendar.app.created",
    "calendar.readonly",
    "calendar.events.readonly",
    "calendar.events.owned.readonly",
    "calendar.events.freebusy",
    "calendar.events.public.readonly",
];
pub(crate) const FREE_BUSY: Scopes =
    &["calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"];
pub(crate) const LIST_CALENDARS: Scopes =
    &["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"];
pub(crate) const READ_LIST_ENTRY: Scopes = &[
    "calendar",
    "calendar.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
    "calendar.app.created",
];
pub(crate) const READ_CALENDAR: Scopes = &[
    "calendar",
    "calendar.readonly",
    "calendar.calendars",
    "calendar.calendars.readonly",
    "calendar.app.created",
];
pub(crate) const STOP_CHANNELS: Scopes = &[
    "calendar",
    "calendar.readonly",
    "calendar.events",
    "calendar.events.owned",
    "calendar.app.created",
    "calendar.events.readonly",
    "calendar.events.owned.readonly",
    "calendar.events.freebusy",
    "calendar.events.public.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
];

/// The account behind a bearer token, and what the token may be used for.
pub(crate) struct Caller {
    pub(crate) email: String,
    scopes: BTreeSet<String>,
}

impl FromRequestParts<Sandbox> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, ApiError> {
        let header =
            parts.headers.get(header::AUTHORIZATION).ok_or_else(ApiError::login_required)?;
        let header = header.to_str().map_err(|_| ApiError::invalid_credentials())?;
        let token = header.strip_prefix("Bearer ").ok_or_else(ApiError::invalid_credentials)?;
        let now = sandbox.now();
        sandbox.store().read(|world| {
            let token = world.google.find_token(token, now);
            let token = token.ok_or_else(ApiError::invalid_credentials)?;
            Ok(Self { email: token.email.clone(), scopes: token.scopes.clone() })
        })
    }
}

impl Caller {
    /// Refuses a token that has none of `accepted`.
    pub(crate) fn must_have(&self, accepted: Scopes) -> Result<(), ApiError> {
        let granted = self.granted(accepted).next().is_some();
        if granted { Ok(()) } else { Err(ApiError::insufficient_scopes()) }
    }

    fn granted(&self, accepted: Scopes) -> impl Iterator<Item = &'static str> {
        accepted.iter().copied().filter(|scope| {
            self.scopes.iter().any(|held| held.strip_prefix(SCOPE_PREFIX) == Some(scope))
        })
    }

    /// The calendar `id` (or `primary`) when the caller may use it at `level` with this token.
    pub(crate) fn calendar<'a>(
        &self,
        google: &'a State,
        id: &str,
        level: Role,
        accepted: Scopes,
    ) -> Result<&'a Calendar, ApiError> {
        let calendar = google.calendars.get(self.resolve(id)).ok_or_else(ApiError::not_found)?;
        self.check(calendar, level, accepted)?;
        Ok(calendar)
    }

    /// As [`Caller::calendar`], to change it.
    pub(crate) fn calendar_mut<'a>(
        &self,
        google: &'a mut State,
        id: &str,
        accepted: Scopes,
    ) -> Result<&'a mut Calendar, ApiError> {
        let calendar =
            google.calendars.get_mut(self.resolve(id)).ok_or_else(ApiError::not_found)?;
        self.check(calendar, Role::Writer, accepted)?;
        Ok(calendar)
    }

    pub(crate) fn resolve<'a>(&'a self, id: &'a str) -> &'a str {
        if id == "primary" { &self.email } else { id }
    }

    fn check(&self, calendar: &Calendar, level: Role, accepted: Scopes) -> Result<(), ApiError> {
        let role = calendar.role_of(&self.email).ok_or_else(ApiError::not_found)?;
        let reaches = |scope: &str| role == Role::Owner || !scope.contains("owned");
        self.must_have(accepted)?;
        if !self.granted(accepted).any(reaches) {
            return Err(ApiError::insufficient_scopes());
        }
        if role < level {
            return Err(ApiError::needs_access(level.name()));
        }
        Ok(())
    }
}
