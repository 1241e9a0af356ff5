//! A calendar and its events, tombstones included, each with the last two revisions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::when::{When, find_zone};

/// What a person may do with a calendar, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// May ask when it is busy.
    FreeBusyReader,
    /// May read its events.
    Reader,
    /// May change its events.
    Writer,
    /// It is theirs.
    Owner,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }
}

/// One calendar. `version` counts its changes: sync tokens and entity tags are made of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) summary: String,
    pub(crate) zone: String,
    pub(crate) version: u64,
    /// Sync tokens older than this version are no longer valid.
    pub(crate) oldest_sync: u64,
    pub(crate) shared_with: BTreeMap<String, Role>,
    pub(crate) events: BTreeMap<String, StoredEvent>,
}

/// An event that is or was. It stays as a tombstone, so its id is never free again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub(crate) created: Timestamp,
    pub(crate) creator: String,
    pub(crate) current: Revision,
    /// What a stale read still sees.
    pub(crate) before: Option<Revision>,
    /// The `sendUpdates` of the last write, as it was asked for.
    pub(crate) send_updates: Option<String>,
}

/// What an event is from one change to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Revision {
    /// The calendar's version that made it.
    pub(crate) version: u64,
    pub(crate) updated: Timestamp,
    pub(crate) cancelled: bool,
    pub(crate) sequence: i64,
    pub(crate) start: When,
    pub(crate) end: When,
    /// The other writable fields, under Google's names, defaults left out.
    pub(crate) fields: Map<String, Value>,
}

impl Calendar {
    pub(crate) fn new(id: &str, owner: &str, summary: &str, zone: &str) -> Self {
        Self {
            id: id.to_owned(),
            owner: owner.to_owned(),
            summary: summary.to_owned(),
            zone: zone.to_owned(),
            version: 1,
            oldest_sync: 0,
            shared_with: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    pub(crate) fn time_zone(&self) -> TimeZone {
        find_zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// What `email` may do here; `None` when the calendar does not exist for them.
    pub(crate) fn role_of(&self, email: &str) -> Option<Role> {
        if self.owner == email {
            return Some(Role::Owner);
        }
        self.shared_with.get(email).copied()
    }

    /// Stores a revision, new or in place of the current one, as the calendar's next version.
    pub(crate) fn store(&mut self, id: &str, write: Write) -> &StoredEvent {
        self.version += 1;
        let Write { now, author, send_updates, cancelled, sequence, start, end, fields } = write;
        let version = self.version;
        let revision = Revision { version, updated: now, cancelled, sequence, start, end, fields };
        let stored = match self.events.remove(id) {
            Some(old) => {
                StoredEvent { before: Some(old.current), current: revision, send_updates, ..old }
            }
            None => StoredEvent {
                created: now,
                creator: author,
                current: revision,
                before: None,
                send_updates,
            },
        };
        self.events.entry(id.to_owned()).or_insert(stored)
    }

    /// Every event as it was at `version`, which reaches back one change of each.
    pub(crate) fn events_at(&self, version: u64) -> impl Iterator<Item = Seen<'_>> {
        self.events.iter().filter_map(move |(id, event)| {
            let revision = event.at(version)?;
            Some(Seen { id, event, revision })
        })
    }

    /// One event as it was at `version`.
    pub(crate) fn find_at(&self, id: &str, version: u64) -> Option<Seen<'_>> {
        let (id, event) = self.events.get_key_value(id)?;
        let revision = event.at(version)?;
        Some(Seen { id, event, revision })
    }
}

impl StoredEvent {
    fn at(&self, version: u64) -> Option<&Revision> {
        if self.current.version <= version {
            return Some(&self.current);
        }
        self.before.as_ref().filter(|before| before.version <= version)
    }
}

impl Revision {
    pub(crate) fn starts(&self, zone: &TimeZone) -> Timestamp {
        self.start.instant(zone)
    }

    pub(crate) fn ends(&self, zone: &TimeZone) -> Timestamp {
        self.end.instant(zone)
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// The recurrence lines; empty for a single event.
    pub(crate) fn recurrence(&self) -> Vec<&str> {
        let lines = self.fields.get("recurrence").and_then(Value::as_array);
        lines.map(|lines| lines.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    pub(crate) fn etag(&self) -> String {
        etag(self.version)
    }
}

/// The entity tag of whatever `version` made, with its quotes.
pub(crate) fn etag(version: u64) -> String {
    format!("\"{}\"", 3_460_000_000_000_000 + version * 2)
}

/// An event as a reader sees it: which one, and in which revision.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) id: &'a str,
    pub(crate) event: &'a StoredEvent,
    pub(crate) revision: &'a Revision,
}

/// A change about to be stored.
pub(crate) struct Write {
    pub(crate) now: Timestamp,
    pub(crate) author: String,
    pub(crate) send_updates: Option<String>,
    pub(crate) cancelled: bool,
    pub(crate) sequence: i64,
    pub(crate) start: When,
    pub(crate) end: When,
    pub(crate) fields: Map<String, Value>,
}
