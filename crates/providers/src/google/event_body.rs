use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::fmt::strtime;
use serde_json::{Map, Value, json};

use crate::error::ProviderError;

const MAX_PROPERTY_KEY_CHARS: usize = 44;
const MAX_PROPERTY_VALUE_CHARS: usize = 1024;
const MAX_PROPERTIES: usize = 300;
const MAX_REMINDERS: usize = 5;
const MAX_REMINDER_MINUTES: u32 = 40_320;

/// A new event. Its id is ours, so that repeating the insert cannot make a second one.
#[derive(Debug, Clone)]
pub struct EventBody {
    /// See [`is_event_id`].
    pub id: String,
    /// The title.
    pub summary: String,
    /// Free text.
    pub location: Option<String>,
    /// Google shows HTML here: text from visitors must be escaped by the caller.
    pub description: Option<String>,
    /// Sent as local time with offset and IANA zone.
    pub start: Zoned,
    /// Exclusive; after `start`.
    pub end: Zoned,
    /// Whom Google invites.
    pub attendees: Vec<EventAttendee>,
    /// For the connected account only; replaces the calendar's defaults. At most five.
    pub reminders: Vec<Reminder>,
    /// Private extended properties: keys up to 44 characters, values are cut at 1,024.
    pub private: BTreeMap<String, String>,
    /// Whether attendees see one another.
    pub guests_can_see_other_guests: bool,
}

/// A change to an event: what is `None` stays as it is, an empty text clears, lists are replaced
/// whole, private properties are merged.
#[derive(Debug, Clone, Default)]
pub struct EventPatch {
    /// The title.
    pub summary: Option<String>,
    /// Free text.
    pub location: Option<String>,
    /// See [`EventBody::description`].
    pub description: Option<String>,
    /// Replaces an instant or a whole day.
    pub start: Option<Zoned>,
    /// Exclusive.
    pub end: Option<Zoned>,
    /// Replaces the whole list.
    pub attendees: Option<Vec<EventAttendee>>,
    /// Replaces the whole list.
    pub reminders: Option<Vec<Reminder>>,
    /// Added to or replacing those with the same keys.
    pub private: BTreeMap<String, String>,
}

/// Someone on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventAttendee {
    /// Where Google invites them.
    pub email: String,
    /// Shown instead of the address.
    pub display_name: Option<String>,
}

/// A reminder on the event itself, at most four weeks ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// How Google reminds.
    pub method: ReminderMethod,
    /// Before the start.
    pub minutes: u32,
}

/// How Google reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderMethod {
    /// By mail.
    Email,
    /// On screen.
    Popup,
}

/// Whom Google tells about a change. External attendees are reached reliably by `All` or
/// `ExternalOnly` only; left out, Google tells nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendUpdates {
    /// Every attendee.
    All,
    /// Attendees who do not use Google Calendar.
    ExternalOnly,
    /// Nobody.
    None,
}

impl SendUpdates {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ExternalOnly => "externalOnly",
            Self::None => "none",
        }
    }
}

/// Whether Google accepts this as an id chosen by us: 5 to 1,024 characters of base32hex in lower
/// case (`a`–`v`, `0`–`9`). Lower-case hexadecimal qualifies.
pub fn is_event_id(id: &str) -> bool {
    (5..=1024).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9'))
}

impl EventBody {
    pub(super) fn to_json(&self) -> Result<Value, ProviderError> {
        if !is_event_id(&self.id) {
            return Err(invalid("an event id is lower-case base32hex of 5 to 1024 characters"));
        }
        check_order(&self.start, &self.end)?;
        let mut body = json!({
            "id": self.id,
            "summary": self.summary,
            "start": time(&self.start),
            "end": time(&self.end),
            "attendees": attendees(&self.attendees),
            "reminders": reminders(&self.reminders)?,
            "extendedProperties": { "private": properties(&self.private)? },
            "guestsCanSeeOtherGuests": self.guests_can_see_other_guests,
        });
        let fields = body.as_object_mut().expect("the literal above is an object");
        set(fields, "location", self.location.as_deref());
        set(fields, "description", self.description.as_deref());
        Ok(body)
    }
}

impl EventPatch {
    pub(super) fn to_json(&self) -> Result<Value, ProviderError> {
        if let (Some(start), Some(end)) = (&self.start, &self.end) {
            check_order(start, end)?;
        }
        let mut fields = Map::new();
        set(&mut fields, "summary", self.summary.as_deref());
        set(&mut fields, "location", self.location.as_deref());
        set(&mut fields, "description", self.description.as_deref());
        set(&mut fields, "start", self.start.as_ref().map(replacing_time));
        set(&mut fields, "end", self.end.as_ref().map(replacing_time));
        set(&mut fields, "attendees", self.attendees.as_deref().map(attendees));
        if let Some(list) = &self.reminders {
            fields.insert("reminders".to_owned(), reminders(list)?);
        }
        if !self.private.is_empty() {
            let private = json!({ "private": properties(&self.private)? });
            fields.insert("extendedProperties".to_owned(), private);
        }
        Ok(Value::Object(fields))
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.into());
    }
}

fn check_order(start: &Zoned, end: &Zoned) -> Result<(), ProviderError> {
    if start < end { Ok(()) } else { Err(invalid("an event ends after it starts")) }
}

/// Local time with offset, which fixes the instant, and the zone it is shown in.
fn time(at: &Zoned) -> Value {
    let local = strtime::format("%Y-%m-%dT%H:%M:%S%:z", at)
        .expect("the format names only what a zoned time has");
    match at.time_zone().iana_name() {
        Some(zone) => json!({ "dateTime": local, "timeZone": zone }),
        None => json!({ "dateTime": local }),
    }
}

/// In a patch, a whole day must be taken away explicitly, or the event would have both.
fn replacing_time(at: &Zoned) -> Value {
    let mut time = time(at);
    time["date"] = Value::Null;
    time
}

fn attendees(list: &[EventAttendee]) -> Value {
    let items = list.iter().map(|attendee| match &attendee.display_name {
        Some(name) => json!({ "email": attendee.email, "displayName": name }),
        None => json!({ "email": attendee.email }),
    });
    items.collect()
}

fn reminders(list: &[Reminder]) -> Result<Value, ProviderError> {
    if list.len() > MAX_REMINDERS || list.iter().any(|r| r.minutes > MAX_REMINDER_MINUTES) {
        return Err(invalid("an event has at most 5 reminders, at most 4 weeks ahead"));
    }
    let overrides: Value = list
        .iter()
        .map(|reminder| {
            let method = match reminder.method {
                ReminderMethod::Email => "email",
                ReminderMethod::Popup => "popup",
            };
            json!({ "method": method, "minutes": reminder.minutes })
        })
        .collect();
    Ok(json!({ "useDefault": false, "overrides": overrides }))
}

/// Google drops a long key and cuts a long value without a word, so a key is refused here and a
/// value cut where we know of it.
fn properties(private: &BTreeMap<String, String>) -> Result<Value, ProviderError> {
    if private.len() > MAX_PROPERTIES
        || private.keys().any(|key| key.chars().count() > MAX_PROPERTY_KEY_CHARS)
    {
        return Err(invalid("an event has at most 300 properties with keys of 44 characters"));
    }
    let cut = |value: &String| value.chars().take(MAX_PROPERTY_VALUE_CHARS).collect::<String>();
    Ok(private.iter().map(|(key, value)| (key.clone(), Value::from(cut(value)))).collect())
}

fn invalid(reason: &'static str) -> ProviderError {
    ProviderError::Invalid { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> EventBody {
        let zoned = |text: &str| text.parse::<Zoned>().expect("a zoned time");
        EventBody {
            id: "5f0c9b7e".to_owned(),
            summary: "Viewing – Dana".to_owned(),
            location: None,
            description: Some("Call 555-0100".to_owned()),
            start: zoned("2026-11-01T01:30:00-08:00[America/Los_Angeles]"),
            end: zoned("2026-11-01T02:00:00-08:00[America/Los_Angeles]"),
            attendees: vec![EventAttendee {
                email: "dana@example.com".to_owned(),
                display_name: Some("Dana".to_owned()),
            }],
            reminders: vec![Reminder { method: ReminderMethod::Popup, minutes: 60 }],
            private: [("doorstep_booking".to_owned(), "ü".repeat(2000))].into(),
            guests_can_see_other_guests: false,
        }
    }

    #[test]
    fn times_carry_the_right_offset_and_the_zone_even_when_the_hour_repeats() {
        let json = body().to_json().expect("a body");

        assert_eq!(
            json["start"],
            json!({"dateTime": "2026-11-01T01:30:00-08:00", "timeZone": "America/Los_Angeles"})
        );
        assert_eq!(
            json["reminders"],
            json!({"useDefault": false, "overrides": [{"method": "popup", "minutes": 60}]})
        );
        assert!(json.get("location").is_none());
    }

    #[test]
    fn property_values_are_cut_at_characters_and_long_keys_refused() {
        let mut body = body();

        let json = body.to_json().expect("a body");
        let value = &json["extendedProperties"]["private"]["doorstep_booking"];
        assert_eq!(value.as_str().map(|text| text.chars().count()), Some(1024));

        body.private.insert("k".repeat(45), String::new());
        assert!(matches!(body.to_json(), Err(ProviderError::Invalid { .. })));
    }

    #[test]
    fn what_google_would_refuse_or_drop_is_refused_here() {
        let cases: [fn(&mut EventBody); 4] = [
            |body| body.id = "has-dash-and-Upper".to_owned(),
            |body| body.end = body.start.clone(),
            |body| body.reminders = vec![body.reminders[0]; 6],
            |body| body.reminders[0].minutes = 40_321,
        ];
        for spoil in cases {
            let mut body = body();
            spoil(&mut body);
            assert!(matches!(body.to_json(), Err(ProviderError::Invalid { .. })), "{body:?}");
        }
    }

    #[test]
    fn a_patch_holds_only_what_changes_and_takes_a_whole_day_away() {
        let patch = EventPatch { start: Some(body().start), ..EventPatch::default() };

        assert_eq!(
            patch.to_json().expect("a patch"),
            json!({"start": {
                "dateTime": "2026-11-01T01:30:00-08:00",
                "timeZone": "America/Los_Angeles",
                "date": null
            }})
        );
    }

    #[test]
    fn the_id_alphabet_is_base32hex_in_lower_case() {
        assert!(is_event_id("0123456789abcdefghijklmnopqrstuv"));
        for bad in ["abcd", "abcdw", "ABCDE", "ab-de", "", &"a".repeat(1025)] {
            assert!(!is_event_id(bad), "{bad}");
        }
    }
}
