use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::event::{Event, WireEvent};

/// Which events to list. A sum, because Google refuses most filters beside a sync token, and every
/// page and every later pass must repeat the parameters of the first.
#[derive(Debug, Clone, Copy)]
pub enum EventQuery<'a> {
    /// Live events that overlap the range, recurring ones as single instances. Also the first pass
    /// of a sync: the last page has the token from which [`Self::Changes`] goes on.
    Overlapping {
        /// Inclusive.
        start: Timestamp,
        /// Exclusive.
        end: Timestamp,
    },
    /// Events that carry this private property, tombstones too. One property only: Google's
    /// documents disagree on what several mean.
    WithPrivateProperty {
        /// The property's key.
        key: &'a str,
        /// Its whole value.
        value: &'a str,
    },
    /// What changed since the token was issued, deletions included.
    Changes {
        /// From the last page of the pass before.
        sync_token: &'a str,
    },
}

/// What we read of an event in listings: all but the description and the other attendees, so
/// that a page has a bounded size.
const LIST_FIELDS: &str = "nextPageToken,nextSyncToken,timeZone,accessRole,items(id,etag,status,\
    htmlLink,iCalUID,sequence,start,end,summary,location,transparency,\
    extendedProperties/private,attendees(self,responseStatus),updated,recurringEventId)";

/// Short pages cost calls, long ones cost memory; Google allows up to 2,500.
const PAGE_SIZE: &str = "100";

impl EventQuery<'_> {
    pub(super) fn parameters(&self, page_token: Option<&str>) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("maxResults", PAGE_SIZE.to_owned()),
            // Of the attendees, only the calendar's owner.
            ("maxAttendees", "1".to_owned()),
            ("fields", LIST_FIELDS.to_owned()),
        ];
        match self {
            Self::Overlapping { start, end } => {
                query.push(("singleEvents", "true".to_owned()));
                query.push(("timeMin", start.to_string()));
                query.push(("timeMax", end.to_string()));
            }
            Self::WithPrivateProperty { key, value } => {
                query.push(("showDeleted", "true".to_owned()));
                query.push(("privateExtendedProperty", format!("{key}={value}")));
            }
            Self::Changes { sync_token } => {
                query.push(("singleEvents", "true".to_owned()));
                query.push(("syncToken", (*sync_token).to_owned()));
            }
        }
        query.extend(page_token.map(|token| ("pageToken", token.to_owned())));
        query
    }
}

/// One page of events. It may be short or empty although more follow: go by `next_page_token`.
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    /// In no promised order.
    pub events: Vec<Event>,
    /// Ids of entries we could not make sense of (empty when even that is missing): their time
    /// must not be taken for free.
    pub unreadable: Vec<String>,
    /// Ask for the next page with the same query.
    pub next_page_token: Option<String>,
    /// On the last page only; missing there means to list the whole range again next time.
    pub next_sync_token: Option<String>,
    /// The calendar's IANA zone, in which whole days are meant.
    pub time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePage {
    #[serde(default)]
    items: Vec<Value>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
    time_zone: Option<String>,
}

impl From<WirePage> for EventPage {
    fn from(wire: WirePage) -> Self {
        let mut page = Self {
            next_page_token: wire.next_page_token,
            next_sync_token: wire.next_sync_token,
            time_zone: wire.time_zone,
            ..Self::default()
        };
        for item in wire.items {
            match WireEvent::deserialize(&item) {
                Ok(event) => page.events.push(event.into()),
                Err(_) => page.unreadable.push(id_of(&item)),
            }
        }
        page
    }
}

fn id_of(item: &Value) -> String {
    item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One page of the calendars an account can reach.
#[derive(Debug, Clone, Default)]
pub struct CalendarPage {
    /// In no promised order.
    pub calendars: Vec<CalendarEntry>,
    /// Ask for the next page with it.
    pub next_page_token: Option<String>,
}

/// A calendar in an account's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEntry {
    /// Stable, unlike the keyword `primary`, whose meaning changes with the account.
    pub id: String,
    /// Its name.
    pub summary: String,
    /// Its IANA zone.
    pub time_zone: Option<String>,
    /// What the account may do with it.
    pub access_role: AccessRole,
    /// Whether it is the account's own.
    pub primary: bool,
}

/// What an account may do with a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessRole {
    /// See busy times only.
    FreeBusyReader,
    /// See events.
    Reader,
    /// Write events.
    Writer,
    /// Write events and manage sharing.
    Owner,
    /// Something newer than this program.
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireCalendars {
    #[serde(default)]
    items: Vec<Value>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCalendarEntry {
    id: String,
    #[serde(default)]
    summary: String,
    time_zone: Option<String>,
    #[serde(default)]
    access_role: String,
    #[serde(default)]
    primary: bool,
}

impl From<WireCalendars> for CalendarPage {
    fn from(wire: WireCalendars) -> Self {
        // A calendar that cannot be read cannot be chosen either, so it is left out.
        let entries =
            wire.items.iter().filter_map(|item| WireCalendarEntry::deserialize(item).ok());
        Self {
            calendars: entries.map(CalendarEntry::from).collect(),
            next_page_token: wire.next_page_token,
        }
    }
}

impl From<WireCalendarEntry> for CalendarEntry {
    fn from(wire: WireCalendarEntry) -> Self {
        Self {
            id: wire.id,
            summary: wire.summary,
            time_zone: wire.time_zone,
            access_role: match wire.access_role.as_str() {
                "freeBusyReader" => AccessRole::FreeBusyReader,
                "reader" => AccessRole::Reader,
                "writer" => AccessRole::Writer,
                "owner" => AccessRole::Owner,
                _ => AccessRole::Other(wire.access_role),
            },
            primary: wire.primary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_strange_event_does_not_spoil_the_page() {
        let wire: WirePage = serde_json::from_str(
            r#"{"items":[{"id":"a"},{"id":"b","sequence":"x"},7],"nextPageToken":"p","nextSyncToken":"s"}"#,
        )
        .expect("a page");

        let page = EventPage::from(wire);

        assert_eq!(page.events.len(), 1);
        assert_eq!(page.unreadable, ["b", ""]);
        assert_eq!(page.next_page_token.as_deref(), Some("p"));
    }

    #[test]
    fn a_sync_token_goes_without_the_filters_google_refuses_beside_it() {
        let query = EventQuery::Changes { sync_token: "CPDA" };

        let names: Vec<_> =
            query.parameters(Some("page")).into_iter().map(|(name, _)| name).collect();

        assert_eq!(
            names,
            ["maxResults", "maxAttendees", "fields", "singleEvents", "syncToken", "pageToken"]
        );
    }

    #[test]
    fn calendars_with_unknown_roles_are_kept() {
        let wire: WireCalendars = serde_json::from_str(
            r#"{"items":[{"id":"a","accessRole":"curator","primary":true},{"summary":"no id"}]}"#,
        )
        .expect("a page");

        let page = CalendarPage::from(wire);

        assert_eq!(page.calendars.len(), 1);
        assert_eq!(page.calendars[0].access_role, AccessRole::Other("curator".to_owned()));
    }
}
