//! Reading a table of the setup file into a document. Serde stops at the first fault; here a person
//! learns of all unknown and missing members at once.

use domain::{Faults, Pointer};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use toml::Value;
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Whoever has more unknown members than this has sent something else.
const MOST_UNKNOWN: usize = 50;

/// The document that a value holds, or what is wrong with its shape. The value stands `at` a place.
pub(super) fn read<Doc: DeserializeOwned + PartialSchema>(
    value: Value,
    at: &Pointer,
) -> Result<Doc, Faults> {
    let mut value = with_dates_as_text(value);
    let mut faults = missing_members(&value, &required_members::<Doc>(), at);
    for _ in 0..MOST_UNKNOWN {
        let error = match serde_path_to_error::deserialize::<_, Doc>(value.clone()) {
            Ok(document) => return faults.into_result().map(|()| document),
            Err(error) => error,
        };
        let message = error.inner().message();
        let place = pointer(error.path(), at);
        if message.starts_with("unknown field") && remove(&mut value, error.path()) {
            faults.add(place, "unknown_member", "is not a known member");
            continue;
        }
        match message.strip_prefix("missing field") {
            // Those of the document itself are known already.
            Some(_) if place == *at => {}
            Some(member) => {
                let member = member.trim_matches([' ', '`']);
                faults.add(place.at(member), "required", "must be given");
            }
            None => faults.add(place, "type", wrong_type(message)),
        }
        return Err(faults);
    }
    Err(faults)
}

/// TOML has dates and times of its own; documents write them as text.
fn with_dates_as_text(value: Value) -> Value {
    match value {
        Value::Datetime(date) => Value::String(date.to_string()),
        Value::Array(values) => Value::Array(values.into_iter().map(with_dates_as_text).collect()),
        Value::Table(table) => {
            let members = table.into_iter();
            Value::Table(members.map(|(key, value)| (key, with_dates_as_text(value))).collect())
        }
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => value,
    }
}

/// The members that a document's published schema requires.
fn required_members<Doc: PartialSchema>() -> Vec<String> {
    match Doc::schema() {
        RefOr::T(Schema::Object(object)) => object.required,
        RefOr::T(_) | RefOr::Ref(_) => Vec::new(),
    }
}

fn missing_members(value: &Value, required: &[String], at: &Pointer) -> Faults {
    let mut faults = Faults::new();
    let table = value.as_table();
    for member in required {
        if table.is_some_and(|table| !table.contains_key(member)) {
            faults.add(at.at(member), "required", "must be given");
        }
    }
    faults
}

fn pointer(path: &Path, at: &Pointer) -> Pointer {
    path.iter().fold(at.clone(), |place, segment| match segment {
        Segment::Seq { index } => place.at(index),
        Segment::Map { key } => place.at(key),
        Segment::Enum { .. } | Segment::Unknown => place,
    })
}

/// Removes the member at a path; `false` when there is none.
fn remove(value: &mut Value, path: &Path) -> bool {
    let mut segments: Vec<&Segment> = path.iter().collect();
    let Some(Segment::Map { key: last }) = segments.pop() else { return false };
    let parent = segments.into_iter().try_fold(value, |value, segment| match segment {
        Segment::Seq { index } => value.get_mut(index),
        Segment::Map { key } => value.get_mut(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let table = parent.and_then(Value::as_table_mut);
    table.is_some_and(|table| table.remove(last).is_some())
}

/// Serde's words for what it expected, without the value it found.
fn wrong_type(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if expected.starts_with("struct ") => "must be a table".to_owned(),
        Some((_, "u32")) => "must be a whole number, not below zero".to_owned(),
        Some((_, expected)) => format!("must be {expected}"),
        None => "must be a JSON pointer or a list of them".to_owned(),
    }
}
