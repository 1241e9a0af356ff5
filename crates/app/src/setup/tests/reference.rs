//! The published schema and the reference page say the same as the code.

use serde_json::Value;
use utoipa::PartialSchema;

use super::samples::reference;
use crate::setup::{CalendarDoc, FieldMapDoc, HostDoc, ServiceDoc, SourceDoc, TextDoc, VerifyDoc};

fn schema<Doc: PartialSchema>() -> Value {
    serde_json::to_value(Doc::schema()).unwrap()
}

fn schemas() -> [Value; 7] {
    [
        schema::<HostDoc>(),
        schema::<CalendarDoc>(),
        schema::<ServiceDoc>(),
        schema::<TextDoc>(),
        schema::<SourceDoc>(),
        schema::<FieldMapDoc>(),
        schema::<VerifyDoc>(),
    ]
}

#[test]
fn every_member_is_in_the_reference() {
    for schema in schemas() {
        for member in schema["properties"].as_object().unwrap().keys() {
            assert!(reference().contains(&format!("`{member}`")), "{member}");
        }
    }
}

#[test]
fn unknown_members_are_refused_by_the_schema_too() {
    for schema in schemas() {
        assert_eq!(schema["additionalProperties"], false, "{schema}");
    }
}

#[test]
fn the_schema_requires_what_has_no_default() {
    let required = |schema: Value| -> Vec<String> {
        let names = schema["required"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(required(schema::<HostDoc>()), ["id", "name", "timezone"]);
    assert_eq!(required(schema::<CalendarDoc>()), ["id", "host", "provider"]);
    assert_eq!(required(schema::<ServiceDoc>()), ["id", "title", "hosts", "duration"]);
    assert_eq!(required(schema::<SourceDoc>()), ["id", "kind", "map"]);
}

#[test]
fn the_schema_shows_the_defaults_and_limits() {
    let service = schema::<ServiceDoc>();

    assert_eq!(service["properties"]["title"]["maxLength"], 200);
    assert_eq!(service["properties"]["hosts"]["maxItems"], 200);
    assert_eq!(service["properties"]["max_per_day"]["maximum"], 1_000);
    assert_eq!(service["properties"]["guests_may_change"]["default"], true);
}
