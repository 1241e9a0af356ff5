//! What a change of the setup does, told before it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::documents::{Documents, Kind};

/// What happens to one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What it is.
    pub kind: Kind,
    /// Its slug.
    pub id: String,
    /// What happens to it.
    pub change: Change,
}

/// What happens to an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// These members differ.
    Changed(Vec<FieldChange>),
}

/// One member of an object, before and after. A secret is shown as `***`, so a new secret shows the
/// same value twice.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The member's name.
    pub field: String,
    /// What it was; `None` when it was not given.
    pub old: Option<Value>,
    /// What it will be; `None` when it is not given.
    pub new: Option<Value>,
}

/// What differs between two setups, by kind and slug.
pub fn diff(before: &Documents, after: &Documents) -> Vec<Difference> {
    let (masked_before, masked_after) = (before.masked().values(), after.masked().values());
    let (before, after) = (before.values(), after.values());
    let objects: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differing = objects.into_iter().filter(|object| before.get(object) != after.get(object));
    differing
        .map(|object| {
            let change = match (before.get(object), after.get(object)) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (Some(old), Some(new)) => Change::Changed(
                    differing_members(old, new)
                        .into_iter()
                        .map(|field| FieldChange {
                            old: member(&masked_before, object, &field),
                            new: member(&masked_after, object, &field),
                            field,
                        })
                        .collect(),
                ),
            };
            Difference { kind: object.0, id: object.1.clone(), change }
        })
        .collect()
}

fn differing_members(old: &Value, new: &Value) -> Vec<String> {
    let empty = Map::new();
    let members = [old, new].map(|value| value.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = members.into_iter().flat_map(Map::keys).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

fn member(
    values: &BTreeMap<(Kind, String), Value>,
    object: &(Kind, String),
    field: &str,
) -> Option<Value> {
    values.get(object)?.get(field).cloned()
}

/// The differences for a person, one line each and one for every changed member. Empty when there
/// are none.
pub fn render(differences: &[Difference]) -> String {
    differences.iter().flat_map(|difference| [difference.to_string(), "\n".to_owned()]).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = (self.kind.as_str(), &self.id);
        match &self.change {
            Change::Added => write!(f, "+ {kind} {id}"),
            Change::Removed => write!(f, "- {kind} {id}"),
            Change::Changed(fields) => {
                write!(f, "~ {kind} {id}")?;
                fields.iter().try_for_each(|field| write!(f, "\n    {field}"))
            }
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "(none)".to_owned(), Value::to_string)
        };
        if self.old == self.new {
            return write!(f, "{}: the secret changes", self.field);
        }
        write!(f, "{}: {} → {}", self.field, shown(&self.old), shown(&self.new))
    }
}
