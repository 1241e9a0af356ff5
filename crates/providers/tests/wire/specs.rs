//! The providers' specifications, and a check of values against their schemas. Both Google's
//! discovery document and OpenAPI write schemas closely enough alike for one check.

use serde_json::Value;

/// A file below `specs/`.
pub(crate) fn load(name: &str) -> Value {
    let path = format!("{}/../../specs/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

/// What in `value` the schema does not allow, each with its path. `schemas` holds what `$ref`
/// names; `null` is allowed, since in a patch it deletes.
pub(crate) fn faults(schemas: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = &schemas[name.rsplit('/').next().unwrap_or(name)];
        assert!(target.is_object(), "{name} is not in the specification");
        return faults(schemas, target, value, at);
    }
    match (schema["type"].as_str(), value) {
        (_, Value::Null) => Vec::new(),
        (Some("object"), Value::Object(fields)) => fields
            .iter()
            .flat_map(|(name, value)| {
                let at = format!("{at}/{name}");
                let named = &schema["properties"][name];
                let any = &schema["additionalProperties"];
                match (named.is_object(), any.is_object()) {
                    (true, _) => faults(schemas, named, value, &at),
                    (false, true) => faults(schemas, any, value, &at),
                    (false, false) => vec![format!("{at}: no such field")],
                }
            })
            .collect(),
        (Some("array"), Value::Array(items)) => {
            items.iter().flat_map(|item| faults(schemas, &schema["items"], item, at)).collect()
        }
        (Some("string"), Value::String(text)) => string_faults(schema, text, at),
        (Some("boolean"), Value::Bool(_)) | (Some("integer" | "number"), Value::Number(_)) => {
            Vec::new()
        }
        (kind, _) => vec![format!("{at}: not a {kind:?}: {value}")],
    }
}

/// What a parameter, which is text on the wire, may not be.
pub(crate) fn parameter_faults(schema: &Value, text: &str, at: &str) -> Vec<String> {
    match schema["type"].as_str() {
        Some("integer") if text.parse::<i64>().is_err() => vec![format!("{at}: not an integer")],
        Some("boolean") if text.parse::<bool>().is_err() => vec![format!("{at}: not a boolean")],
        _ => string_faults(schema, text, at),
    }
}

fn string_faults(schema: &Value, text: &str, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let allowed = schema["enum"].as_array();
    if allowed.is_some_and(|allowed| !allowed.iter().any(|value| value == text)) {
        found.push(format!("{at}: {text} is not among {allowed:?}"));
    }
    let length = text.chars().count() as u64;
    let shortest = schema["minLength"].as_u64().unwrap_or(0);
    let longest = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
    if !(shortest..=longest).contains(&length) {
        found.push(format!("{at}: a length of {length}"));
    }
    if matches!(schema["format"].as_str(), Some("date-time"))
        && text.parse::<jiff::Timestamp>().is_err()
    {
        found.push(format!("{at}: {text} is no instant"));
    }
    found
}

/// A request's path and query, decoded, apart.
pub(crate) fn target(line: &str) -> (String, String, Vec<(String, String)>) {
    let (method, target) = line.split_once(' ').expect("a request line");
    let url = url::Url::parse("http://server").and_then(|base| base.join(target)).expect("a URL");
    let query = url.query_pairs().into_owned().collect();
    (method.to_owned(), url.path().to_owned(), query)
}

/// Whether a path is an instance of a template such as `/calendars/{calendarId}/events`.
pub(crate) fn is_instance(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(expected, found)| {
            let open = expected.split_once('{').map(|(prefix, rest)| {
                (prefix, rest.split_once('}').map_or("", |(_, suffix)| suffix))
            });
            match open {
                Some((prefix, suffix)) => found.starts_with(prefix) && found.ends_with(suffix),
                None => expected == found,
            }
        })
}
