//! How an event comes to be, changes and goes, whoever asks: a client over the wire, or a host
//! at the page of their calendar.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::calendar::{Calendar, Revision, StoredEvent, Write};
use super::errors::ApiError;
use super::fields;
use super::when::{Edge, When, missing_zone};
use crate::chance::Ids;

/// Who writes, when, and whom Google is asked to tell.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) email: String,
    pub(crate) now: Timestamp,
    pub(crate) send_updates: Option<String>,
}

/// A change to an event that exists.
pub(crate) enum Change<'a> {
    /// Merges: null deletes, arrays are replaced whole, objects merge field by field.
    Patch(&'a Map<String, Value>),
    /// Replaces: what is omitted is reset.
    Replace(&'a Map<String, Value>),
}

/// What a written event says, checked.
struct Draft {
    cancelled: bool,
    tentative: bool,
    sequence: Option<i64>,
    start: When,
    end: When,
    fields: Map<String, Value>,
}

impl Draft {
    fn read(written: &Map<String, Value>, calendar: &Calendar) -> Result<Self, ApiError> {
        let start = When::read(written.get("start"), Edge::Start)?;
        let end = When::read(written.get("end"), Edge::End)?;
        let zone = calendar.time_zone();
        if start.is_day() != end.is_day() || end.instant(&zone) < start.instant(&zone) {
            return Err(ApiError::empty_range());
        }
        let fields = fields::read(written)?;
        let zoned = !matches!(start, When::Moment { zone: None, .. });
        if fields.contains_key("recurrence") && !zoned {
            return Err(missing_zone(Edge::Start));
        }
        let (cancelled, tentative) = match written.get("status").and_then(Value::as_str) {
            None | Some("confirmed") => (false, false),
            Some("tentative") => (false, true),
            Some("cancelled") => (true, false),
            Some(_) => return Err(ApiError::invalid("Invalid value for: status")),
        };
        let sequence = written.get("sequence").and_then(Value::as_i64);
        Ok(Self { cancelled, tentative, sequence, start, end, fields })
    }

    fn into_write(mut self, author: &Author, sequence: i64) -> Write {
        if self.tentative {
            self.fields.insert("status".to_owned(), "tentative".into());
        }
        Write {
            now: author.now,
            author: author.email.clone(),
            send_updates: author.send_updates.clone(),
            cancelled: self.cancelled,
            sequence,
            start: self.start,
            end: self.end,
            fields: self.fields,
        }
    }
}

/// Creates an event and answers its id: the client's own, or a new one. An id is taken for ever,
/// also by what was deleted.
pub(crate) fn insert(
    calendar: &mut Calendar,
    written: &Map<String, Value>,
    author: &Author,
    ids: &mut Ids,
) -> Result<String, ApiError> {
    let id = match written.get("id").filter(|id| !id.is_null()) {
        None => ids.short(26),
        Some(id) => id
            .as_str()
            .filter(|id| is_event_id(id))
            .map(str::to_owned)
            .ok_or_else(|| ApiError::invalid("Invalid resource id value."))?,
    };
    let draft = Draft::read(written, calendar)?;
    if calendar.events.contains_key(&id) {
        return Err(ApiError::duplicate());
    }
    let sequence = draft.sequence.unwrap_or(0).max(0);
    calendar.store(&id, draft.into_write(author, sequence));
    Ok(id)
}

/// Creates or replaces the private copy of an event from elsewhere, found by its `iCalUID`.
pub(crate) fn import(
    calendar: &mut Calendar,
    written: &Map<String, Value>,
    author: &Author,
    ids: &mut Ids,
) -> Result<String, ApiError> {
    let uid = written.get("iCalUID").and_then(Value::as_str);
    let uid = uid.ok_or_else(|| ApiError::required("Missing iCalUID."))?.to_owned();
    let known = calendar.events.iter().find(|(id, event)| ical_uid(id, &event.current) == uid);
    let id = known.map_or_else(|| format!("_{}", ids.short(26)), |(id, _)| id.clone());
    let draft = Draft::read(written, calendar)?;
    let sequence = draft.sequence.unwrap_or(0).max(0);
    calendar.store(&id, draft.into_write(author, sequence));
    Ok(id)
}

/// Changes a live event. A tombstone cannot be written to: Google answers 403 there for many,
/// and nothing dependable for the rest.
pub(crate) fn change(
    calendar: &mut Calendar,
    id: &str,
    change: &Change<'_>,
    if_match: Option<&str>,
    author: &Author,
) -> Result<(), ApiError> {
    let event = calendar.events.get(id).ok_or_else(ApiError::not_found)?;
    check_etag(event, if_match)?;
    if event.current.cancelled {
        return Err(ApiError::forbidden());
    }
    let mut draft = match change {
        Change::Replace(written) => Draft::read(written, calendar)?,
        Change::Patch(patch) => {
            let mut whole = writable(&event.current, calendar);
            merge(&mut whole, patch);
            Draft::read(&whole, calendar)?
        }
    };
    keep_uid(&mut draft.fields, &event.current);
    let sequence = next_sequence(&event.current, &draft)?;
    calendar.store(id, draft.into_write(author, sequence));
    Ok(())
}

/// Deletes a live event, leaving its tombstone.
pub(crate) fn delete(
    calendar: &mut Calendar,
    id: &str,
    if_match: Option<&str>,
    author: &Author,
) -> Result<(), ApiError> {
    let event = calendar.events.get(id).ok_or_else(ApiError::not_found)?;
    check_etag(event, if_match)?;
    if event.current.cancelled {
        return Err(ApiError::deleted());
    }
    let Revision { sequence, start, end, fields, .. } = event.current.clone();
    let (Author { email, now, send_updates }, cancelled) = (author.clone(), true);
    let write = Write { now, author: email, send_updates, cancelled, sequence, start, end, fields };
    calendar.store(id, write);
    Ok(())
}

fn check_etag(event: &StoredEvent, if_match: Option<&str>) -> Result<(), ApiError> {
    match if_match {
        None | Some("*") => Ok(()),
        Some(etag) if etag == event.current.etag() => Ok(()),
        Some(_) => Err(ApiError::condition_not_met()),
    }
}

/// An event's UID is chosen once.
fn keep_uid(fields: &mut Map<String, Value>, current: &Revision) {
    match current.fields.get("iCalUID") {
        Some(uid) => fields.insert("iCalUID".to_owned(), uid.clone()),
        None => fields.remove("iCalUID"),
    };
}

/// A lower sequence than the stored one is refused; a change of time raises it.
fn next_sequence(current: &Revision, draft: &Draft) -> Result<i64, ApiError> {
    let asked = draft.sequence.unwrap_or(current.sequence);
    if asked < current.sequence {
        return Err(ApiError::invalid(
            "Invalid sequence value. The specified sequence number is below the current \
             sequence number of the resource.",
        ));
    }
    let moved = draft.start != current.start
        || draft.end != current.end
        || draft.fields.get("recurrence") != current.fields.get("recurrence");
    Ok(if moved && asked == current.sequence { asked + 1 } else { asked })
}

/// The event as a client would write it whole; what a patch is merged into.
pub(crate) fn writable(current: &Revision, calendar: &Calendar) -> Map<String, Value> {
    let zone = calendar.time_zone();
    let mut whole = current.fields.clone();
    whole.insert("start".to_owned(), current.start.show(&zone));
    whole.insert("end".to_owned(), current.end.show(&zone));
    whole
}

/// RFC 7396, which is what Google's patch semantics amount to.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(inner) => {
                let slot = target.entry(name.clone()).or_insert_with(|| Map::new().into());
                if !slot.is_object() {
                    *slot = Map::new().into();
                }
                merge(slot.as_object_mut().expect("made an object above"), inner);
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The base32hex alphabet in lower case, 5 to 1024 characters.
fn is_event_id(id: &str) -> bool {
    (5..=1024).contains(&id.len())
        && id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9'))
}

/// The client's own UID, or the one Google derives from the id.
pub(crate) fn ical_uid(id: &str, revision: &Revision) -> String {
    revision.text("iCalUID").map_or_else(|| format!("{id}@google.com"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_deletes_by_null_merges_objects_and_replaces_arrays() {
        let mut event = json!({ "a": 1, "b": { "x": 1, "y": 2 }, "c": [1, 2] });
        let patch = json!({ "a": null, "b": { "y": null, "z": 3 }, "c": [9] });

        merge(event.as_object_mut().expect("an object"), patch.as_object().expect("an object"));

        assert_eq!(event, json!({ "b": { "x": 1, "z": 3 }, "c": [9] }));
    }

    #[test]
    fn an_event_id_is_base32hex() {
        assert!(is_event_id("5f0c9b7e2d1a4c3f8b6e0d9c7a5b3e1f"));
        assert!(!is_event_id("abcd"));
        assert!(!is_event_id("abcdw"));
        assert!(!is_event_id("5F0C9B7E"));
        assert!(!is_event_id("5f0c9b7e-2d1a"));
    }
}
