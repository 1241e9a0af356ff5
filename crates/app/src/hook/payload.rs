//! A body as a JSON value, however it is encoded.

use domain::{Faults, Pointer};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{Delivery, ReadJson};

/// No form has more fields.
const MOST_FIELDS: usize = 2_000;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Encoding {
    /// What a content type means; `None` for one that we do not read.
    pub fn of(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" | "text/json" => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            other if other.starts_with("application/") && other.ends_with("+json") => {
                Some(Self::Json)
            }
            _ => None,
        }
    }
}

pub(super) fn read(delivery: &Delivery, read_json: ReadJson) -> Result<Value, Faults> {
    match delivery.encoding {
        Encoding::Json => read_json(&delivery.body),
        Encoding::Form => form(&delivery.body),
    }
}

/// A flat object of texts; a field that comes several times, as ticked boxes do, is a list.
fn form(body: &[u8]) -> Result<Value, Faults> {
    let root = Pointer::root;
    let mut members = Map::new();
    let mut faults = Faults::new();
    for (count, (name, value)) in form_urlencoded::parse(body).enumerate() {
        if count >= MOST_FIELDS {
            return Err(Faults::one(root(), "too_many", "must have at most 2,000 fields"));
        }
        // What is not UTF-8 was replaced when the percent signs were resolved.
        if [&name, &value].iter().any(|text| text.contains(['\u{fffd}', '\0'])) {
            let message = "must be UTF-8 text without NUL characters";
            faults.add(root().at(&name), "encoding", message);
        }
        add(&mut members, name.into_owned(), Value::String(value.into_owned()));
    }
    faults.into_result()?;
    Ok(Value::Object(members))
}

fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        None => drop(members.insert(name, value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// A value as text: numbers and true or false as they are written, lists of them with commas.
/// `Ok(None)` for nothing; `Err` for what has no text.
pub(super) fn text(value: &Value) -> Result<Option<String>, NotText> {
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(said) => Some(said.to_string()),
        Value::Array(values) => {
            let scalar = |value: &Value| if value.is_array() { Err(NotText) } else { text(value) };
            let texts = values.iter().map(scalar).collect::<Result<Vec<_>, _>>()?;
            Some(texts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        Value::Object(_) => return Err(NotText),
    })
}

/// An object stands where a text is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotText;
