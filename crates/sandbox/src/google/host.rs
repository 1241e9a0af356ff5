//! The calendar side seen from inside: what tests look at, and what a host does by hand.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::accounts::Tokens;
use super::assertion::{ServiceAccount, rsa_public_key};
use super::calendar::{Calendar, Role, Seen};
use super::caller::SCOPE_PREFIX;
use super::edit::{self, Author, Change};
use super::errors::ApiError;
use super::view::View;
use super::when::find_zone;
use super::{channels, recurrence};
use crate::{Sandbox, SandboxError};

/// An account that was just made, or made again for new tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewAccount {
    /// The account's address.
    pub email: String,
    /// The id of its primary calendar, which is the address.
    pub calendar_id: String,
    /// The zone its primary calendar lives in.
    pub timezone: String,
    /// Fresh tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// An event of a calendar: live, or the tombstone of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id in its calendar.
    pub id: String,
    /// Its title; empty when it has none.
    pub summary: String,
    /// When it starts; midnight in the calendar's zone for an all-day event.
    pub start: Timestamp,
    /// When it ends, exclusive.
    pub end: Timestamp,
    /// Whether it was deleted.
    pub cancelled: bool,
    /// The `sendUpdates` of the last write, where one was given.
    pub send_updates: Option<String>,
    /// The whole resource as `events.get` answers it.
    pub resource: Value,
}

impl Event {
    /// A private extended property.
    pub fn private_property(&self, key: &str) -> Option<&str> {
        self.resource["extendedProperties"]["private"][key].as_str()
    }
}

/// The calendar side of a [`Sandbox`].
pub struct Google<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Google<'a> {
    pub(crate) fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    /// Makes an account with a primary calendar in `zone`, unless it exists, and grants the full
    /// `calendar` scope to the client. Fails on an unknown zone.
    pub fn create_account(&self, email: &str, zone: &str) -> Result<NewAccount, SandboxError> {
        self.create_account_with(email, zone, &["calendar"])
    }

    /// As [`Google::create_account`] with scopes of choice, given without Google's prefix.
    pub fn create_account_with(
        &self,
        email: &str,
        zone: &str,
        scopes: &[&str],
    ) -> Result<NewAccount, SandboxError> {
        find_zone(zone).ok_or_else(|| SandboxError::Unknown(format!("time zone {zone}")))?;
        let now = self.sandbox.now();
        let scopes = whole(scopes);
        let (timezone, tokens) = self.sandbox.store().write(|world| {
            world.google.ensure_account(email, zone);
            let zone = world.google.accounts[email].zone.clone();
            (zone, world.google.grant(email, scopes, now, &mut world.ids))
        });
        let (email, calendar_id) = (email.to_owned(), email.to_owned());
        Ok(NewAccount { email, calendar_id, timezone, tokens })
    }

    /// Makes a secondary calendar of an account and answers its id.
    pub fn create_calendar(&self, email: &str, summary: &str) -> Result<String, SandboxError> {
        self.sandbox.store().write(|world| {
            let account = world.google.accounts.get(email);
            let zone = account.ok_or_else(|| unknown("account", email))?.zone.clone();
            let id = format!("c_{}@group.calendar.google.com", world.ids.short(26));
            let calendar = Calendar::new(&id, email, summary, &zone);
            world.google.calendars.insert(id.clone(), calendar);
            Ok(id)
        })
    }

    /// Lets another account use a calendar.
    pub fn share(&self, calendar_id: &str, email: &str, role: Role) -> Result<(), SandboxError> {
        self.sandbox.store().write(|world| {
            let calendar = world.google.calendars.get_mut(calendar_id);
            let calendar = calendar.ok_or_else(|| unknown("calendar", calendar_id))?;
            calendar.shared_with.insert(email.to_owned(), role);
            Ok(())
        })
    }

    /// Consents to an authorisation request as `account` would on its page. The address the browser
    /// is then sent back to; `None` where the page would show an error.
    pub fn consent(&self, authorize_url: &str, account: &str) -> Option<String> {
        super::consent::allow(self.sandbox, authorize_url, account).map(String::from)
    }

    /// Makes a service account known, or changes it. Its signatures are checked where `public_key`,
    /// a PEM block "PUBLIC KEY" of an RSA key, is given; `false` where that is none. What it may do
    /// for every account is what is `delegated` to it, everything without a list, as an
    /// administrator decides in the Admin console; tokens that it has go on.
    pub fn trust_service_account(
        &self,
        client_email: &str,
        public_key: Option<&str>,
        delegated: Option<&[&str]>,
    ) -> bool {
        let key = public_key.map(rsa_public_key);
        if matches!(key, Some(None)) {
            return false;
        }
        let service_account =
            ServiceAccount { public_key: key.flatten(), delegated: delegated.map(whole) };
        self.sandbox.store().write(|world| {
            world.google.service_accounts.insert(client_email.to_owned(), service_account);
        });
        true
    }

    /// Ends everything an account granted, as its owner does on their account page.
    pub fn revoke_access(&self, email: &str) {
        self.sandbox.store().write(|world| world.google.revoke_account(email));
    }

    /// Every account's address.
    pub fn accounts(&self) -> Vec<String> {
        self.sandbox.store().read(|world| world.google.accounts.keys().cloned().collect())
    }

    /// The ids of the calendars an account can see.
    pub fn calendars(&self, email: &str) -> Vec<String> {
        self.sandbox
            .store()
            .read(|world| world.google.calendars_of(email).into_keys().map(str::to_owned).collect())
    }

    /// The live events of a calendar by start; none for a calendar that does not exist.
    pub fn events(&self, calendar_id: &str) -> Vec<Event> {
        let mut events = self.all_events(calendar_id);
        events.retain(|event| !event.cancelled);
        events
    }

    /// Every event a calendar ever had, tombstones included, by start.
    pub fn all_events(&self, calendar_id: &str) -> Vec<Event> {
        self.sandbox.store().read(|world| {
            let Some(calendar) = world.google.calendars.get(calendar_id) else { return Vec::new() };
            let seen = calendar.events_at(calendar.version);
            let mut events: Vec<Event> = seen.map(|seen| self.show(calendar, seen)).collect();
            events.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
            events
        })
    }

    /// The times a calendar's live events and the instances of its series take, for its pages.
    pub(crate) fn entries_between(
        &self,
        calendar_id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<Event> {
        let mut entries = Vec::new();
        for event in self.events(calendar_id) {
            let instances = self.instances(calendar_id, &event.id);
            let times =
                if instances.is_empty() { vec![(event.start, event.end)] } else { instances };
            let within = times.into_iter().filter(|(start, end)| *start < to && *end > from);
            entries.extend(within.map(|(start, end)| Event { start, end, ..event.clone() }));
        }
        entries.sort_by_key(|event| event.start);
        entries
    }

    fn instances(&self, calendar_id: &str, event_id: &str) -> Vec<(Timestamp, Timestamp)> {
        self.sandbox.store().read(|world| {
            let Some(calendar) = world.google.calendars.get(calendar_id) else { return Vec::new() };
            let Some(event) = calendar.events.get(event_id) else { return Vec::new() };
            let zone = calendar.time_zone();
            let instances = recurrence::expand(&event.current, &zone).unwrap_or_default();
            let times = instances.iter().map(|i| (i.start.instant(&zone), i.end.instant(&zone)));
            times.collect()
        })
    }

    fn show(&self, calendar: &Calendar, seen: Seen<'_>) -> Event {
        let zone = calendar.time_zone();
        let (start, end) = (seen.revision.starts(&zone), seen.revision.ends(&zone));
        let view = View { calendar, zone, public_base: &self.sandbox.options().public_base };
        Event {
            id: seen.id.to_owned(),
            summary: seen.revision.text("summary").unwrap_or_default().to_owned(),
            start,
            end,
            cancelled: seen.revision.cancelled,
            send_updates: seen.event.send_updates.clone(),
            resource: view.event(seen),
        }
    }

    /// The zone a calendar lives in; UTC for a calendar that does not exist.
    pub fn zone(&self, calendar_id: &str) -> TimeZone {
        self.sandbox.store().read(|world| {
            let calendar = world.google.calendars.get(calendar_id);
            calendar.map_or(TimeZone::UTC, Calendar::time_zone)
        })
    }

    /// Puts an event into a calendar as its host would, and answers its id. `event` is what
    /// `events.insert` takes; channels are told.
    pub fn insert_event(&self, calendar_id: &str, event: &Value) -> Result<String, SandboxError> {
        let written = as_object(event)?;
        let now = self.sandbox.now();
        let id = self.sandbox.store().write(|world| {
            let calendar = world.google.calendars.get_mut(calendar_id);
            let calendar = calendar.ok_or_else(|| unknown("calendar", calendar_id))?;
            let author = host(calendar, now);
            edit::insert(calendar, written, &author, &mut world.ids).map_err(refused)
        })?;
        channels::announce(self.sandbox, calendar_id);
        Ok(id)
    }

    /// Blocks a time, as a host does by drawing an event into the week.
    pub fn block(
        &self,
        calendar_id: &str,
        start: Timestamp,
        end: Timestamp,
        summary: &str,
    ) -> Result<String, SandboxError> {
        let event = json!({
            "summary": summary,
            "start": { "dateTime": start.to_string() },
            "end": { "dateTime": end.to_string() },
        });
        self.insert_event(calendar_id, &event)
    }

    /// Changes an event as its host would, by a patch as `events.patch` takes it.
    pub fn patch_event(
        &self,
        calendar_id: &str,
        event_id: &str,
        patch: &Value,
    ) -> Result<(), SandboxError> {
        let patch = as_object(patch)?;
        self.as_host(calendar_id, |calendar, author| {
            edit::change(calendar, event_id, &Change::Patch(patch), None, author)
        })
    }

    /// Drags an event to another time, as its host would.
    pub fn move_event(
        &self,
        calendar_id: &str,
        event_id: &str,
        start: Timestamp,
        end: Timestamp,
    ) -> Result<(), SandboxError> {
        let edge = |at: Timestamp| json!({ "date": null, "dateTime": at.to_string() });
        let patch = json!({ "start": edge(start), "end": edge(end) });
        self.patch_event(calendar_id, event_id, &patch)
    }

    /// Deletes an event as its host would; channels are told.
    pub fn delete_event(&self, calendar_id: &str, event_id: &str) -> Result<(), SandboxError> {
        self.as_host(calendar_id, |calendar, author| edit::delete(calendar, event_id, None, author))
    }

    fn as_host(
        &self,
        calendar_id: &str,
        act: impl FnOnce(&mut Calendar, &Author) -> Result<(), ApiError>,
    ) -> Result<(), SandboxError> {
        let now = self.sandbox.now();
        self.sandbox.store().write(|world| {
            let calendar = world.google.calendars.get_mut(calendar_id);
            let calendar = calendar.ok_or_else(|| unknown("calendar", calendar_id))?;
            let author = host(calendar, now);
            act(calendar, &author).map_err(refused)
        })?;
        channels::announce(self.sandbox, calendar_id);
        Ok(())
    }

    /// Makes every sync token of a calendar invalid: the next use answers 410 and asks for a
    /// full sync.
    pub fn expire_sync_tokens(&self, calendar_id: &str) {
        self.sandbox.store().write(|world| {
            if let Some(calendar) = world.google.calendars.get_mut(calendar_id) {
                calendar.version += 1;
                calendar.oldest_sync = calendar.version;
            }
        });
    }

    /// Cuts every page of `events.list` to at most `limit` events; `None` ends it.
    pub fn limit_pages(&self, limit: Option<usize>) {
        self.sandbox.store().write(|world| world.google.page_limit = limit);
    }

    /// The ids of the live watch channels of a calendar.
    pub fn channels(&self, calendar_id: &str) -> Vec<String> {
        let now = self.sandbox.now();
        self.sandbox.store().read(|world| {
            let channels = world.google.channels.values();
            let live = channels.filter(|c| c.calendar == calendar_id && c.expires_at > now);
            live.map(|channel| channel.id.clone()).collect()
        })
    }
}

fn host(calendar: &Calendar, now: Timestamp) -> Author {
    Author { email: calendar.owner.clone(), now, send_updates: None }
}

fn as_object(value: &Value) -> Result<&Map<String, Value>, SandboxError> {
    value.as_object().ok_or_else(|| SandboxError::Refused("Parse Error".to_owned()))
}

/// Scopes with Google's prefix where they are given without.
fn whole(scopes: &[&str]) -> BTreeSet<String> {
    let whole = |scope: &&str| {
        if scope.contains("://") { (*scope).to_owned() } else { format!("{SCOPE_PREFIX}{scope}") }
    };
    scopes.iter().map(whole).collect()
}

fn unknown(kind: &str, name: &str) -> SandboxError {
    SandboxError::Unknown(format!("{kind} {name}"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn refused(error: ApiError) -> SandboxError {
    SandboxError::Refused(error.message().to_owned())
}
