use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{ProviderError, reason_code};

/// How many calendars one query may name (`calendarExpansionMax`).
pub const MAX_BUSY_CALENDARS: usize = 50;

/// What is known about one calendar's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarBusy {
    /// Half-open, in no promised order, perhaps touching or overlapping.
    Busy(Vec<(Timestamp, Timestamp)>),
    /// It could not be read and must count as busy throughout.
    Unknown {
        /// Google's reason, `missing` when it did not mention the calendar, `malformed`.
        reason: String,
    },
}

pub(super) fn query(
    calendar_ids: &[&str],
    start: Timestamp,
    end: Timestamp,
) -> Result<Value, ProviderError> {
    if calendar_ids.len() > MAX_BUSY_CALENDARS {
        return Err(ProviderError::Invalid { reason: "one query names at most 50 calendars" });
    }
    if start >= end {
        return Err(ProviderError::Invalid { reason: "a query ends after it starts" });
    }
    let items: Value = calendar_ids.iter().map(|id| json!({ "id": id })).collect();
    Ok(json!({ "timeMin": start.to_string(), "timeMax": end.to_string(), "items": items }))
}

#[derive(Deserialize)]
pub(super) struct WireFreeBusy {
    calendars: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct WireCalendar {
    busy: Option<Vec<WireBusy>>,
    #[serde(default)]
    errors: Vec<WireFault>,
}

#[derive(Deserialize)]
struct WireBusy {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct WireFault {
    #[serde(default)]
    reason: String,
}

/// One entry for each calendar asked for. Failures of single calendars come inside a 200, with a
/// `busy` list that looks like a free day, so that anything short of a clean list is unknown.
pub(super) fn read(wire: &WireFreeBusy, asked: &[&str]) -> BTreeMap<String, CalendarBusy> {
    asked.iter().map(|id| ((*id).to_owned(), read_one(wire.calendars.get(*id)))).collect()
}

fn read_one(found: Option<&Value>) -> CalendarBusy {
    let Some(value) = found else { return unknown("missing") };
    let Ok(calendar) = WireCalendar::deserialize(value) else { return unknown("malformed") };
    if let Some(fault) = calendar.errors.first() {
        return unknown(&fault.reason);
    }
    match calendar.busy {
        Some(busy) if busy.iter().all(|b| b.start <= b.end) => {
            CalendarBusy::Busy(busy.into_iter().map(|b| (b.start, b.end)).collect())
        }
        Some(_) => unknown("malformed"),
        None => unknown("missing"),
    }
}

fn unknown(reason: &str) -> CalendarBusy {
    CalendarBusy::Unknown { reason: reason_code(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn busy_of(id: &str, body: &str) -> CalendarBusy {
        let wire: WireFreeBusy = serde_json::from_str(body).expect("a free/busy answer");
        read(&wire, &[id]).remove(id).expect("an entry for each calendar asked for")
    }

    #[test]
    fn busy_intervals_are_read_in_any_offset() {
        let body = r#"{"calendars":{"a":{"busy":[{"start":"2026-12-01T10:00:00+01:00","end":"2026-12-01T09:30:00Z"}]}}}"#;

        let expected = (instant("2026-12-01T09:00:00Z"), instant("2026-12-01T09:30:00Z"));
        assert_eq!(busy_of("a", body), CalendarBusy::Busy(vec![expected]));
    }

    #[test]
    fn an_empty_list_without_errors_is_free() {
        let body = r#"{"calendars":{"a":{"busy":[]}}}"#;

        assert_eq!(busy_of("a", body), CalendarBusy::Busy(Vec::new()));
    }

    #[test]
    fn anything_short_of_a_clean_list_is_unknown() {
        let table = [
            (r#"{"calendars":{}}"#, "missing"),
            (r#"{"calendars":{"a":{}}}"#, "missing"),
            (r#"{"calendars":{"a":{"errors":[{"reason":"notFound"}],"busy":[]}}}"#, "notFound"),
            (r#"{"calendars":{"a":{"errors":[{}],"busy":[]}}}"#, ""),
            (r#"{"calendars":{"a":{"busy":[{"start":"x","end":"y"}]}}}"#, "malformed"),
            (r#"{"calendars":{"a":{"busy":null}}}"#, "missing"),
            (r#"{"calendars":{"a":null}}"#, "malformed"),
            (
                r#"{"calendars":{"a":{"busy":[{"start":"2026-12-01T10:00:00Z","end":"2026-12-01T09:00:00Z"}]}}}"#,
                "malformed",
            ),
        ];
        for (body, reason) in table {
            assert_eq!(busy_of("a", body), unknown(reason), "{body}");
        }
    }

    #[test]
    fn too_many_calendars_or_an_empty_range_are_not_asked_for() {
        let (start, end) = (instant("2026-12-01T09:00:00Z"), instant("2026-12-01T10:00:00Z"));

        assert!(query(&["c"; 50], start, end).is_ok());
        assert!(matches!(query(&["c"; 51], start, end), Err(ProviderError::Invalid { .. })));
        assert!(matches!(query(&["c"], end, start), Err(ProviderError::Invalid { .. })));
    }
}
