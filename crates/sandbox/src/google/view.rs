//! Events and calendars as the API shows them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::calendar::{Calendar, Role, Seen, etag};
use super::edit;
use super::recurrence::Instance;
use super::when::rfc3339_millis;

/// What every event of one answer is shown with.
pub(crate) struct View<'a> {
    pub(crate) calendar: &'a Calendar,
    /// The zone local times are given in: the one asked for, or the calendar's.
    pub(crate) zone: TimeZone,
    pub(crate) public_base: &'a str,
}

impl View<'_> {
    pub(crate) fn event(&self, seen: Seen<'_>) -> Value {
        let mut shown = self.common(seen, seen.id);
        shown.extend(seen.revision.fields.clone());
        shown.insert("start".to_owned(), seen.revision.start.show(&self.zone));
        shown.insert("end".to_owned(), seen.revision.end.show(&self.zone));
        self.complete(seen, shown)
    }

    /// One instance of a series: the series' fields with its own id, start and end.
    pub(crate) fn instance(&self, seen: Seen<'_>, instance: &Instance) -> Value {
        let id = format!("{}{}", seen.id, instance.suffix);
        let mut shown = self.common(seen, &id);
        shown.extend(seen.revision.fields.clone());
        shown.remove("recurrence");
        shown.insert("recurringEventId".to_owned(), seen.id.into());
        shown.insert("originalStartTime".to_owned(), instance.start.show(&self.zone));
        shown.insert("start".to_owned(), instance.start.show(&self.zone));
        shown.insert("end".to_owned(), instance.end.show(&self.zone));
        self.complete(seen, shown)
    }

    fn common(&self, seen: Seen<'_>, id: &str) -> Map<String, Value> {
        let calendar = &self.calendar.id;
        let status = if seen.revision.cancelled { "cancelled" } else { "confirmed" };
        let opaque_id = URL_SAFE_NO_PAD.encode(format!("{id} {calendar}"));
        let page =
            format!("{}/_sandbox/calendars?account={}", self.public_base, self.calendar.owner);
        let common = json!({
            "kind": "calendar#event",
            "etag": seen.revision.etag(),
            "id": id,
            "status": status,
            "htmlLink": format!("{page}&eid={opaque_id}"),
            "created": rfc3339_millis(seen.event.created),
            "updated": rfc3339_millis(seen.revision.updated),
            "creator": self.person(&seen.event.creator),
            "organizer": self.person(calendar),
            "iCalUID": edit::ical_uid(seen.id, seen.revision),
            "sequence": seen.revision.sequence,
            "reminders": { "useDefault": true },
            "eventType": "default",
        });
        into_map(common)
    }

    /// Marks which attendees are the calendar itself, and gives a tombstone its status back.
    fn complete(&self, seen: Seen<'_>, mut shown: Map<String, Value>) -> Value {
        if seen.revision.cancelled {
            shown.insert("status".to_owned(), "cancelled".into());
        }
        let attendees = shown.get_mut("attendees").and_then(Value::as_array_mut);
        for attendee in attendees.into_iter().flatten() {
            let is_self = attendee["email"] == json!(self.calendar.id);
            let answer = if is_self { "accepted" } else { "needsAction" };
            if is_self {
                attendee["self"] = true.into();
                attendee["organizer"] = true.into();
            }
            if attendee.get("responseStatus").is_none() {
                attendee["responseStatus"] = answer.into();
            }
        }
        Value::Object(shown)
    }

    fn person(&self, email: &str) -> Value {
        if email == self.calendar.id {
            json!({ "email": email, "self": true })
        } else {
            json!({ "email": email })
        }
    }
}

/// An entry of someone's calendar list.
pub(crate) fn calendar_list_entry(calendar: &Calendar, role: Role) -> Value {
    let mut entry = json!({
        "kind": "calendar#calendarListEntry",
        "etag": etag(calendar.version),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone,
        "accessRole": role.name(),
        "selected": true,
        "defaultReminders": [],
    });
    if role == Role::Owner && calendar.id == calendar.owner {
        entry["primary"] = true.into();
    }
    entry
}

/// The calendar itself.
pub(crate) fn calendar(calendar: &Calendar) -> Value {
    json!({
        "kind": "calendar#calendar",
        "etag": etag(calendar.version),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone,
    })
}

fn into_map(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("only objects are shown")
        }
    }
}
