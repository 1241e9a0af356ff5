//! The setup file: TOML with the lists `hosts`, `calendars`, `services` and `sources`.

use std::collections::BTreeSet;

use domain::people::Country;
use domain::{Faults, Pointer};
use serde::de::DeserializeOwned;
use toml::Value;
use utoipa::PartialSchema;

use super::documents::{Documents, Kind, Places};
use super::{CalendarDoc, HostDoc, ServiceDoc, Setup, SourceDoc, shape};

const MOST_BYTES: usize = 4 * 1024 * 1024;
const MOST_OBJECTS: usize = 10_000;

/// What a setup file holds: well-formed documents, each slug once, that may still be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetupFile {
    /// The hosts.
    pub hosts: Vec<HostDoc>,
    /// The calendars.
    pub calendars: Vec<CalendarDoc>,
    /// The services.
    pub services: Vec<ServiceDoc>,
    /// The sources.
    pub sources: Vec<SourceDoc>,
}

impl SetupFile {
    /// Reads a file of at most 4 MiB.
    ///
    /// # Errors
    /// What is not TOML has one fault, with line and column. Else every unknown, missing or
    /// mistyped member has its own.
    pub fn from_toml(text: &str) -> Result<Self, Faults> {
        let shaped = Shaped::read(text)?;
        shaped.faults.into_result()?;
        let found = shaped.found;
        Ok(Self {
            hosts: found.hosts.into_iter().map(|(_, host)| host).collect(),
            calendars: found.calendars.into_iter().map(|(_, calendar)| calendar).collect(),
            services: found.services.into_iter().map(|(_, service)| service).collect(),
            sources: found.sources.into_iter().map(|(_, source)| source).collect(),
        })
    }

    /// Applies the text of a file: its objects are created or replaced, all others are left alone.
    /// A secret `***` stays what it was. The new documents, and the setup they make.
    ///
    /// # Errors
    /// Every fault of the file, and of the setup that would come of it.
    pub fn apply(
        text: &str,
        before: &Documents,
        region: Option<Country>,
    ) -> Result<(Documents, Setup), Faults> {
        let Shaped { found, mut faults } = Shaped::read(text)?;
        let (documents, places) = found.onto(before);
        if faults.is_empty() {
            let setup = Setup::build_from(&documents, &places, region)?;
            return Ok((documents, setup));
        }
        // What could not be read at all would be missed by all that refer to it.
        faults.extend(Setup::read(&documents, &places, region).1);
        Err(faults)
    }
}

/// The documents of a file that could be read, with their places.
#[derive(Default)]
struct Found {
    hosts: Vec<(Pointer, HostDoc)>,
    calendars: Vec<(Pointer, CalendarDoc)>,
    services: Vec<(Pointer, ServiceDoc)>,
    sources: Vec<(Pointer, SourceDoc)>,
}

impl Found {
    fn onto(self, before: &Documents) -> (Documents, Places) {
        let mut places = Places::default();
        let mut after = before.clone();
        for (at, host) in self.hosts {
            places.put(Kind::Host, &host.id, at);
            after.hosts.insert(host.id.clone(), host);
        }
        for (at, calendar) in self.calendars {
            places.put(Kind::Calendar, &calendar.id, at);
            after.calendars.insert(calendar.id.clone(), calendar);
        }
        for (at, service) in self.services {
            places.put(Kind::Service, &service.id, at);
            after.services.insert(service.id.clone(), service);
        }
        for (at, source) in self.sources {
            places.put(Kind::Source, &source.id, at);
            after.sources.insert(source.id.clone(), source);
        }
        (after.with_kept_secrets(before), places)
    }
}

/// A file as far as its shape allows.
struct Shaped {
    found: Found,
    faults: Faults,
}

impl Shaped {
    fn read(text: &str) -> Result<Self, Faults> {
        let mut table = table(text)?;
        let mut faults = Faults::new();
        let found = Found {
            hosts: documents(&mut table, Kind::Host, &mut faults, |host: &HostDoc| &host.id),
            calendars: documents(&mut table, Kind::Calendar, &mut faults, |doc: &CalendarDoc| {
                &doc.id
            }),
            services: documents(&mut table, Kind::Service, &mut faults, |doc: &ServiceDoc| &doc.id),
            sources: documents(&mut table, Kind::Source, &mut faults, |doc: &SourceDoc| &doc.id),
        };
        for member in table.keys() {
            let message = "a setup file has hosts, calendars, services and sources";
            faults.add(Pointer::root().at(member), "unknown_member", message);
        }
        Ok(Self { found, faults })
    }
}

fn table(text: &str) -> Result<toml::Table, Faults> {
    if text.len() > MOST_BYTES {
        return Err(Faults::one(Pointer::root(), "too_large", "must have at most 4 MiB"));
    }
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let message = format!("line {line}, column {column}: {}", error.message());
        Faults::one(Pointer::root(), "toml_syntax", message)
    })
}

/// Takes the list of a kind out of the file.
fn documents<Doc: DeserializeOwned + PartialSchema>(
    table: &mut toml::Table,
    kind: Kind,
    faults: &mut Faults,
    id: impl Fn(&Doc) -> &String,
) -> Vec<(Pointer, Doc)> {
    let place = Pointer::root().at(kind.plural());
    let Value::Array(values) = table.remove(kind.plural()).unwrap_or(Value::Array(Vec::new()))
    else {
        faults.add(place, "type", format!("must be a list, written as [[{}]]", kind.plural()));
        return Vec::new();
    };
    if values.len() > MOST_OBJECTS {
        faults.add(place, "too_many", format!("must have at most {MOST_OBJECTS} entries"));
        return Vec::new();
    }
    let mut found: Vec<(Pointer, Doc)> = Vec::new();
    let mut ids = BTreeSet::new();
    for (index, value) in values.into_iter().enumerate() {
        let at = place.at(index);
        match shape::read::<Doc>(value, &at) {
            Ok(document) if !ids.insert(id(&document).clone()) => {
                let message = format!("another {} has this id", kind.as_str());
                faults.add(at.at("id"), "repeated", message);
            }
            Ok(document) => found.push((at, document)),
            Err(wrong) => faults.extend(wrong),
        }
    }
    found
}
