//! Writing a setup as a setup file.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::documents::{Documents, Kind};

/// The documents as a setup file: by kind and slug, each with its members in the order of the
/// reference. It reads back as the same documents. Secrets stand in it as the documents have them.
pub fn to_toml(documents: &Documents) -> String {
    let mut text = String::new();
    documents.hosts.values().for_each(|host| write(&mut text, Kind::Host, host));
    documents.calendars.values().for_each(|calendar| write(&mut text, Kind::Calendar, calendar));
    documents.services.values().for_each(|service| write(&mut text, Kind::Service, service));
    documents.sources.values().for_each(|source| write(&mut text, Kind::Source, source));
    text
}

fn write<Doc: Serialize>(text: &mut String, kind: Kind, document: &Doc) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.extend(["[[", kind.plural(), "]]\n"]);
    for (member, value) in members(document) {
        let value = inline(&value).expect("documents hold nothing that TOML cannot say");
        text.extend([&member, " = ", &value, "\n"]);
    }
}

/// Tables inside stay on one line, as people write them.
fn inline(value: &toml::Value) -> Result<String, toml::ser::Error> {
    let mut text = String::new();
    value.serialize(toml::ser::ValueSerializer::new(&mut text))?;
    Ok(text)
}

/// The members of a document in the order in which it declares them.
fn members<Doc: Serialize>(document: &Doc) -> Vec<(String, toml::Value)> {
    let json = serde_json::to_string(document).expect("documents have only text keys");
    let members: Members = serde_json::from_str(&json).expect("a document is an object");
    members.0
}

/// A JSON object whose order is kept.
struct Members(Vec<(String, toml::Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
