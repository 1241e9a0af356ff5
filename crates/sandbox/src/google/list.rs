//! `events.list`: filters, order, pages, and what changed since a sync token.

use axum::Json;
use axum::extract::{Extension, Path, Query, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::calendar::{Calendar, Role, Seen, etag};
use super::caller::{Caller, READ_EVENTS};
use super::errors::ApiError;
use super::recurrence::{self, Instance};
use super::sync::{PageToken, SyncToken};
use super::view::View;
use super::when::{find_zone, rfc3339_millis};
use crate::Sandbox;
use crate::gate::Reading;

const MOST_RESULTS: usize = 2_500;
const USUAL_RESULTS: usize = 250;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Stable,
    Start,
    Updated,
}

/// The parameters of one `events.list`, checked.
#[derive(Debug, Default)]
pub(super) struct ListQuery {
    time_min: Option<Timestamp>,
    time_max: Option<Timestamp>,
    updated_min: Option<Timestamp>,
    show_deleted: Option<bool>,
    single_events: bool,
    text: Option<String>,
    ical_uid: Option<String>,
    properties: Vec<(&'static str, String, String)>,
    event_types: Vec<String>,
    order: Order,
    max_results: Option<usize>,
    page_token: Option<String>,
    sync_token: Option<String>,
    zone: Option<TimeZone>,
}

impl ListQuery {
    fn read(params: &[(String, String)]) -> Result<Self, ApiError> {
        let mut query = Self::default();
        for (name, value) in params {
            query.take(name, value)?;
        }
        let empty =
            matches!((query.time_min, query.time_max), (Some(min), Some(max)) if min >= max);
        if empty {
            return Err(ApiError::empty_range());
        }
        if query.order == Order::Start && !query.single_events {
            let message = "The requested ordering is not available for the particular query.";
            return Err(ApiError::invalid(message));
        }
        if query.sync_token.is_some() && query.is_forbidden_with_sync_token() {
            let message = "Sync token cannot be used with the other parameters of the request.";
            return Err(ApiError::bad_request("invalid", message));
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "timeMin" => self.time_min = Some(read_instant("timeMin", value)?),
            "timeMax" => self.time_max = Some(read_instant("timeMax", value)?),
            "updatedMin" => self.updated_min = Some(read_instant("updatedMin", value)?),
            "showDeleted" => self.show_deleted = Some(read_flag("showDeleted", value)?),
            "singleEvents" => self.single_events = read_flag("singleEvents", value)?,
            "q" => self.text = Some(value.to_lowercase()),
            "iCalUID" => self.ical_uid = Some(value.to_owned()),
            "privateExtendedProperty" => self.take_property("private", value)?,
            "sharedExtendedProperty" => self.take_property("shared", value)?,
            "eventTypes" => self.event_types.push(value.to_owned()),
            "orderBy" => self.order = read_order(value)?,
            "maxResults" => self.max_results = Some(read_count(value)?),
            "pageToken" => self.page_token = Some(value.to_owned()),
            "syncToken" => self.sync_token = Some(value.to_owned()),
            "timeZone" => {
                let zone = find_zone(value);
                self.zone = Some(zone.ok_or_else(|| ApiError::invalid_parameter("timeZone"))?);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_property(&mut self, visibility: &'static str, value: &str) -> Result<(), ApiError> {
        let pair = value.split_once('=');
        let (key, value) = pair.ok_or_else(|| ApiError::invalid("Invalid extended property."))?;
        self.properties.push((visibility, key.to_owned(), value.to_owned()));
        Ok(())
    }

    fn is_filtered(&self) -> bool {
        self.ical_uid.is_some()
            || self.text.is_some()
            || self.updated_min.is_some()
            || !self.properties.is_empty()
            || self.order != Order::Stable
    }

    fn is_forbidden_with_sync_token(&self) -> bool {
        let bounded = self.time_min.is_some() || self.time_max.is_some();
        self.is_filtered() || bounded || self.show_deleted == Some(false)
    }

    /// What a sync token is bound to besides the user and the calendar.
    fn shape(&self) -> String {
        format!("{} {:?}", self.single_events, self.event_types)
    }

    fn accepts(&self, seen: Seen<'_>, since: Option<u64>) -> bool {
        let revision = seen.revision;
        let deletions = since.is_some() || self.updated_min.is_some();
        let shown = !revision.cancelled || deletions || self.show_deleted == Some(true);
        let event_type = revision.text("eventType").unwrap_or("default");
        shown
            && since.is_none_or(|since| revision.version > since)
            && self.updated_min.is_none_or(|min| revision.updated >= min)
            && self
                .ical_uid
                .as_deref()
                .is_none_or(|uid| super::edit::ical_uid(seen.id, revision) == uid)
            && self.text.as_deref().is_none_or(|text| mentions(seen, text))
            && (self.event_types.is_empty() || self.event_types.iter().any(|t| t == event_type))
            && self.properties.iter().all(|(visibility, key, value)| {
                let properties = revision.fields.get("extendedProperties");
                let found = properties.and_then(|all| all[*visibility].get(key.as_str()));
                found.and_then(Value::as_str) == Some(value)
            })
    }

    fn in_range(&self, start: Timestamp, end: Timestamp) -> bool {
        // A cancelled or zero-length event still has a place in time: its end counts as after
        // its start.
        self.time_min.is_none_or(|min| end > min || (start == end && start >= min))
            && self.time_max.is_none_or(|max| start < max)
    }
}

fn mentions(seen: Seen<'_>, text: &str) -> bool {
    let fields = ["summary", "description", "location"];
    let in_text =
        |field: &&str| seen.revision.text(field).is_some_and(|t| t.to_lowercase().contains(text));
    let attendees = seen.revision.fields.get("attendees").map(ToString::to_string);
    fields.iter().any(in_text) || attendees.is_some_and(|a| a.to_lowercase().contains(text))
}

pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    Extension(reading): Extension<Reading>,
    caller: Caller,
    Path(calendar_id): Path<String>,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(READ_EVENTS)?;
    let query = ListQuery::read(&params)?;
    sandbox.store().read(|world| {
        let calendar = caller.calendar(&world.google, &calendar_id, Role::Reader, READ_EVENTS)?;
        let listing = Listing {
            calendar,
            user: &caller.email,
            version: version_read(calendar, reading),
            limit: page_limit(&query, world.google.page_limit),
            query: &query,
        };
        listing.page(&sandbox).map(Json)
    })
}

fn page_limit(query: &ListQuery, short_pages: Option<usize>) -> usize {
    let asked = query.max_results.unwrap_or(USUAL_RESULTS).clamp(1, MOST_RESULTS);
    short_pages.map_or(asked, |short| asked.min(short.max(1)))
}

/// The version a read sees: a stale one misses the last change.
pub(super) fn version_read(calendar: &Calendar, reading: Reading) -> u64 {
    match reading {
        Reading::Fresh => calendar.version,
        Reading::Stale => calendar.version.saturating_sub(1),
    }
}

struct Listing<'a> {
    calendar: &'a Calendar,
    user: &'a str,
    version: u64,
    limit: usize,
    query: &'a ListQuery,
}

/// What is shown on one line of a listing, by the key that orders it.
struct Line<'a> {
    key: String,
    seen: Seen<'a>,
    instance: Option<Instance>,
}

impl<'a> Listing<'a> {
    fn page(&self, sandbox: &Sandbox) -> Result<Value, ApiError> {
        let page = self.page_token()?;
        let since = self.since()?;
        let mut lines: Vec<Line<'a>> = self
            .calendar
            .events_at(self.version)
            .flat_map(|seen| self.lines(seen, since))
            .collect();
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        if let Some(page) = &page {
            lines.retain(|line| line.key > page.after);
        }
        let first_version = page.map_or(self.version, |page| page.version);
        let more = lines.len() > self.limit;
        lines.truncate(self.limit);

        let zone = self.query.zone.clone().unwrap_or_else(|| self.calendar.time_zone());
        let view =
            View { calendar: self.calendar, zone, public_base: &sandbox.options().public_base };
        let role = self.calendar.role_of(self.user).unwrap_or(Role::Reader);
        let items: Vec<Value> = lines.iter().map(|line| line.show(&view)).collect();
        let mut answer = view.page(role, self.version, &items);
        match lines.last().filter(|_| more) {
            Some(last) => answer["nextPageToken"] = self.next_page(first_version, &last.key).into(),
            None if self.query.is_filtered() => {}
            None => answer["nextSyncToken"] = self.next_sync(first_version).into(),
        }
        Ok(answer)
    }

    fn lines(&self, seen: Seen<'a>, since: Option<u64>) -> Vec<Line<'a>> {
        if !self.query.accepts(seen, since) {
            return Vec::new();
        }
        let zone = self.calendar.time_zone();
        let instances = if self.query.single_events && !seen.revision.cancelled {
            recurrence::expand(seen.revision, &zone)
        } else {
            None
        };
        let Some(instances) = instances else {
            let (start, end) = (seen.revision.starts(&zone), seen.revision.ends(&zone));
            // Without expansion a series is listed whatever the range: it has no end to compare.
            let listed = !seen.revision.recurrence().is_empty() || self.query.in_range(start, end);
            let line = || Line { key: self.key(seen, start, ""), seen, instance: None };
            return listed.then(line).into_iter().collect();
        };
        let wanted = instances.into_iter().filter(|instance| {
            self.query.in_range(instance.start.instant(&zone), instance.end.instant(&zone))
        });
        wanted
            .map(|instance| {
                let key = self.key(seen, instance.start.instant(&zone), &instance.suffix);
                Line { key, seen, instance: Some(instance) }
            })
            .collect()
    }

    fn key(&self, seen: Seen<'_>, start: Timestamp, suffix: &str) -> String {
        let id = seen.id;
        match self.query.order {
            Order::Stable => format!("{id}{suffix}"),
            Order::Start => format!("{:020} {id}{suffix}", start.as_second()),
            Order::Updated => {
                format!("{:020} {id}{suffix}", seen.revision.updated.as_microsecond())
            }
        }
    }

    fn page_token(&self) -> Result<Option<PageToken>, ApiError> {
        let Some(token) = &self.query.page_token else { return Ok(None) };
        let page = PageToken::read(token).filter(|page| page.calendar == self.calendar.id);
        page.map(Some).ok_or_else(|| ApiError::invalid_parameter("pageToken"))
    }

    /// The version from which changes are wanted; a token of another user or calendar, or an
    /// expired one, asks for a full sync.
    fn since(&self) -> Result<Option<u64>, ApiError> {
        let Some(token) = &self.query.sync_token else { return Ok(None) };
        let token =
            SyncToken::read(token).ok_or_else(|| ApiError::invalid("Invalid sync token value."))?;
        let ours = token.calendar == self.calendar.id
            && token.user == self.user
            && token.shape == self.query.shape();
        if !ours || token.version < self.calendar.oldest_sync {
            return Err(ApiError::full_sync_required());
        }
        Ok(Some(token.version))
    }

    fn next_page(&self, version: u64, after: &str) -> String {
        let (calendar, after) = (self.calendar.id.clone(), after.to_owned());
        PageToken { calendar, version, after }.write()
    }

    fn next_sync(&self, version: u64) -> String {
        let (calendar, user) = (self.calendar.id.clone(), self.user.to_owned());
        SyncToken { calendar, user, shape: self.query.shape(), version }.write()
    }
}

impl Line<'_> {
    fn show(&self, view: &View<'_>) -> Value {
        match &self.instance {
            Some(instance) => view.instance(self.seen, instance),
            None => view.event(self.seen),
        }
    }
}

impl View<'_> {
    /// The frame of an `Events` answer.
    pub(super) fn page(&self, role: Role, version: u64, items: &[Value]) -> Value {
        let updated = self.calendar.events.values().map(|event| event.current.updated).max();
        let mut page = json!({
            "kind": "calendar#events",
            "etag": etag(version),
            "summary": self.calendar.summary,
            "timeZone": self.zone.iana_name().unwrap_or("UTC"),
            "accessRole": role.name(),
            "defaultReminders": [],
            "items": items,
        });
        if let Some(updated) = updated {
            page["updated"] = rfc3339_millis(updated).into();
        }
        page
    }
}

pub(super) fn read_instant(name: &'static str, value: &str) -> Result<Timestamp, ApiError> {
    value.parse().map_err(|_| ApiError::invalid_parameter(name))
}

fn read_flag(name: &'static str, value: &str) -> Result<bool, ApiError> {
    value.parse().map_err(|_| ApiError::invalid_parameter(name))
}

fn read_count(value: &str) -> Result<usize, ApiError> {
    value.parse().ok().filter(|n| *n >= 1).ok_or_else(|| ApiError::invalid_parameter("maxResults"))
}

fn read_order(value: &str) -> Result<Order, ApiError> {
    match value {
        "startTime" => Ok(Order::Start),
        "updated" => Ok(Order::Updated),
        _ => Err(ApiError::invalid_parameter("orderBy")),
    }
}
