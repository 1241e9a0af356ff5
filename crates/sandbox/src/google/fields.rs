//! Which fields of an event a client may write, and Google's limits on them.
//!
//! Unknown and read-only fields are ignored, as Google ignores them. A field that holds its
//! default is not stored, so that answers leave it out the way Google's do.

use serde_json::{Map, Value, json};
use url::Url;

use super::errors::ApiError;
use super::recurrence;

const MOST_OVERRIDES: usize = 5;
const MOST_REMINDER_MINUTES: i64 = 40_320;
const LONGEST_PROPERTY_KEY: usize = 44;
const LONGEST_PROPERTY_VALUE: usize = 1_024;
const MOST_PROPERTIES: usize = 300;
const MOST_PROPERTY_BYTES: usize = 32 * 1024;

/// What a field has to look like.
enum Shape {
    Text,
    /// Text out of a closed set; the first is the default and is left out.
    OneOf(&'static [&'static str]),
    /// A flag and its default, which is left out.
    Flag(bool),
    /// A field with rules of its own.
    Ruled(fn(&Value) -> Result<Value, ApiError>),
}

const WRITABLE: &[(&str, Shape)] = &[
    ("anyoneCanAddSelf", Shape::Flag(false)),
    ("attendees", Shape::Ruled(attendees)),
    ("colorId", Shape::Text),
    ("description", Shape::Text),
    (
        "eventType",
        Shape::OneOf(&["default", "outOfOffice", "focusTime", "workingLocation", "birthday"]),
    ),
    ("extendedProperties", Shape::Ruled(extended_properties)),
    ("guestsCanInviteOthers", Shape::Flag(true)),
    ("guestsCanModify", Shape::Flag(false)),
    ("guestsCanSeeOtherGuests", Shape::Flag(true)),
    ("iCalUID", Shape::Text),
    ("location", Shape::Text),
    ("recurrence", Shape::Ruled(recurrence::check)),
    ("reminders", Shape::Ruled(reminders)),
    ("source", Shape::Ruled(source)),
    ("summary", Shape::Text),
    ("transparency", Shape::OneOf(&["opaque", "transparent"])),
    ("visibility", Shape::OneOf(&["default", "public", "private", "confidential"])),
];

/// The writable fields of `written`, checked and brought into the form they are stored in.
pub(super) fn read(written: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut fields = Map::new();
    for (name, shape) in WRITABLE {
        let Some(value) = written.get(*name).filter(|value| !value.is_null()) else { continue };
        if let Some(stored) = read_one(name, shape, value)? {
            fields.insert((*name).to_owned(), stored);
        }
    }
    Ok(fields)
}

/// `None` when the value is the default.
fn read_one(name: &str, shape: &Shape, value: &Value) -> Result<Option<Value>, ApiError> {
    let invalid = || ApiError::invalid(format!("Invalid value for: {name}"));
    match shape {
        Shape::Text => value.as_str().map(|_| Some(value.clone())).ok_or_else(invalid),
        Shape::Flag(default) => {
            let flag = value.as_bool().ok_or_else(invalid)?;
            Ok((flag != *default).then_some(Value::Bool(flag)))
        }
        Shape::OneOf(known) => {
            let word = value.as_str().filter(|word| known.contains(word)).ok_or_else(invalid)?;
            Ok((word != known[0]).then(|| value.clone()))
        }
        Shape::Ruled(rule) => rule(value).map(Some),
    }
}

fn attendees(value: &Value) -> Result<Value, ApiError> {
    let list = value.as_array().ok_or_else(|| ApiError::invalid("Invalid value for: attendees"))?;
    list.iter().map(attendee).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn attendee(value: &Value) -> Result<Value, ApiError> {
    let invalid = || ApiError::invalid("Invalid attendee email.");
    let email = value.get("email").ok_or_else(|| ApiError::required("Missing attendee email."))?;
    let email = email.as_str().filter(|email| is_address(email)).ok_or_else(invalid)?;
    let mut kept = Map::from_iter([("email".to_owned(), json!(email))]);
    for name in ["displayName", "comment"] {
        if let Some(text) = value.get(name).and_then(Value::as_str) {
            kept.insert(name.to_owned(), text.into());
        }
    }
    for name in ["optional", "resource"] {
        if value.get(name).and_then(Value::as_bool) == Some(true) {
            kept.insert(name.to_owned(), true.into());
        }
    }
    if let Some(guests) = value.get("additionalGuests").and_then(Value::as_i64).filter(|n| *n > 0) {
        kept.insert("additionalGuests".to_owned(), guests.into());
    }
    if let Some(status) = value.get("responseStatus") {
        let known = ["needsAction", "declined", "tentative", "accepted"];
        let status = status.as_str().filter(|word| known.contains(word));
        let status = status.ok_or_else(|| ApiError::invalid("Invalid response status."))?;
        kept.insert("responseStatus".to_owned(), status.into());
    }
    Ok(Value::Object(kept))
}

/// Whether `text` could be an e-mail address: enough to keep nonsense out.
pub(crate) fn is_address(text: &str) -> bool {
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;".contains(c));
    plain
        && text.len() <= 254
        && text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
}

fn reminders(value: &Value) -> Result<Value, ApiError> {
    let use_default = value.get("useDefault").and_then(Value::as_bool).unwrap_or(false);
    let none = Vec::new();
    let overrides = value.get("overrides").and_then(Value::as_array).unwrap_or(&none);
    if use_default && !overrides.is_empty() {
        let message = "Cannot specify both default reminders and overrides at the same time.";
        return Err(ApiError::bad_request("cannotUseDefaultRemindersAndSpecifyOverride", message));
    }
    if overrides.len() > MOST_OVERRIDES {
        return Err(ApiError::invalid("The maximum number of override reminders is 5."));
    }
    let overrides = overrides.iter().map(reminder).collect::<Result<Vec<_>, _>>()?;
    let mut kept = json!({ "useDefault": use_default });
    if !overrides.is_empty() {
        kept["overrides"] = overrides.into();
    }
    Ok(kept)
}

fn reminder(value: &Value) -> Result<Value, ApiError> {
    let method = value.get("method").and_then(Value::as_str);
    let method = method.filter(|method| ["email", "popup"].contains(method));
    let method = method.ok_or_else(|| ApiError::invalid("Invalid reminder method."))?;
    let minutes = value.get("minutes").and_then(Value::as_i64);
    let minutes = minutes.filter(|minutes| (0..=MOST_REMINDER_MINUTES).contains(minutes));
    let minutes = minutes.ok_or_else(|| ApiError::invalid("Invalid reminder minutes."))?;
    Ok(json!({ "method": method, "minutes": minutes }))
}

fn source(value: &Value) -> Result<Value, ApiError> {
    let invalid = || ApiError::invalid("Invalid source url.");
    let url = value.get("url").and_then(Value::as_str).ok_or_else(invalid)?;
    let parsed = Url::parse(url).map_err(|_| invalid())?;
    if !["http", "https"].contains(&parsed.scheme()) {
        return Err(invalid());
    }
    let title = value.get("title").and_then(Value::as_str).unwrap_or_default();
    Ok(json!({ "url": url, "title": title }))
}

/// A key that is too long is dropped and a value that is too long is cut, both in silence; too
/// many of them are refused.
fn extended_properties(value: &Value) -> Result<Value, ApiError> {
    let mut kept = Map::new();
    let (mut count, mut bytes) = (0, 0);
    for visibility in ["private", "shared"] {
        let Some(written) = value.get(visibility).and_then(Value::as_object) else { continue };
        let mut properties = Map::new();
        for (key, value) in written.iter().filter(|(_, value)| !value.is_null()) {
            let text = value.as_str();
            let text = text.ok_or_else(|| ApiError::invalid("Invalid extended property value."))?;
            if key.chars().count() > LONGEST_PROPERTY_KEY {
                continue;
            }
            let text: String = text.chars().take(LONGEST_PROPERTY_VALUE).collect();
            count += 1;
            bytes += key.len() + text.len();
            properties.insert(key.clone(), text.into());
        }
        kept.insert(visibility.to_owned(), Value::Object(properties));
    }
    if count > MOST_PROPERTIES || bytes > MOST_PROPERTY_BYTES {
        return Err(ApiError::invalid("The extended properties of the event are too large."));
    }
    Ok(Value::Object(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(written: &Value) -> Result<Value, String> {
        let written = written.as_object().expect("an event is an object");
        read(written).map(Value::Object).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn defaults_and_unknown_fields_are_left_out() {
        let written = json!({
            "summary": "Viewing", "transparency": "opaque", "guestsCanInviteOthers": true,
            "guestsCanSeeOtherGuests": false, "etag": "\"1\"", "nonsense": 4,
        });

        let kept = json!({ "summary": "Viewing", "guestsCanSeeOtherGuests": false });
        assert_eq!(stored(&written), Ok(kept));
    }

    #[test]
    fn long_property_keys_are_dropped_and_long_values_cut() {
        let written = json!({ "extendedProperties": { "private": {
            "k".repeat(45): "lost", "k".repeat(44): "v".repeat(2_000),
        }}});

        let kept = stored(&written).expect("silently accepted");

        let private = kept["extendedProperties"]["private"].as_object().expect("an object");
        assert_eq!(private.len(), 1);
        assert_eq!(private["k".repeat(44).as_str()].as_str().map(str::len), Some(1_024));
    }

    #[test]
    fn reminders_have_limits() {
        let reminders = |overrides: Value| {
            stored(&json!({ "reminders": { "useDefault": false, "overrides": overrides } })).is_ok()
        };
        let popup = |minutes: i64| json!({ "method": "popup", "minutes": minutes });

        assert!(reminders(json!([popup(0), popup(40_320)])));
        assert!(!reminders(json!([popup(40_321)])));
        assert!(!reminders(json!([{ "method": "sms", "minutes": 5 }])));
        assert!(!reminders(json!((0..6).map(popup).collect::<Vec<_>>())));
    }
}
