//! All documents of a setup, and where each of them stands in an input.

use std::collections::BTreeMap;

use domain::Pointer;
use serde::Serialize;
use serde_json::Value;

use super::{CalendarDoc, HostDoc, SecretText, ServiceDoc, SourceDoc};

/// What a document is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A [`HostDoc`].
    Host,
    /// A [`CalendarDoc`].
    Calendar,
    /// A [`ServiceDoc`].
    Service,
    /// A [`SourceDoc`].
    Source,
}

impl Kind {
    /// Every kind, in the order of the setup file: what is referred to comes first.
    pub const ALL: [Self; 4] = [Self::Host, Self::Calendar, Self::Service, Self::Source];

    /// The kind's name, as stored and as shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Calendar => "calendar",
            Self::Service => "service",
            Self::Source => "source",
        }
    }

    /// The name of its list in the setup file and in the API's paths.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Host => "hosts",
            Self::Calendar => "calendars",
            Self::Service => "services",
            Self::Source => "sources",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The documents of a setup by their slugs. They may be wrong: [`Setup::build`](super::Setup::build)
/// tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documents {
    /// The hosts.
    pub hosts: BTreeMap<String, HostDoc>,
    /// The calendars.
    pub calendars: BTreeMap<String, CalendarDoc>,
    /// The services.
    pub services: BTreeMap<String, ServiceDoc>,
    /// The sources.
    pub sources: BTreeMap<String, SourceDoc>,
}

impl Documents {
    /// Adds a document that was stored as JSON.
    pub fn put_stored(&mut self, kind: Kind, json: &str) -> Result<(), serde_json::Error> {
        match kind {
            Kind::Host => {
                let host: HostDoc = serde_json::from_str(json)?;
                self.hosts.insert(host.id.clone(), host);
            }
            Kind::Calendar => {
                let calendar: CalendarDoc = serde_json::from_str(json)?;
                self.calendars.insert(calendar.id.clone(), calendar);
            }
            Kind::Service => {
                let service: ServiceDoc = serde_json::from_str(json)?;
                self.services.insert(service.id.clone(), service);
            }
            Kind::Source => {
                let source: SourceDoc = serde_json::from_str(json)?;
                self.sources.insert(source.id.clone(), source);
            }
        }
        Ok(())
    }

    /// Every document as JSON to be stored, with its kind and slug, secrets included.
    pub fn to_stored(&self) -> Vec<(Kind, String, String)> {
        let values = self.values().into_iter();
        values.map(|((kind, id), value)| (kind, id, value.to_string())).collect()
    }

    /// Every document as a JSON value.
    pub(super) fn values(&self) -> BTreeMap<(Kind, String), Value> {
        let mut values = BTreeMap::new();
        add(&mut values, Kind::Host, &self.hosts);
        add(&mut values, Kind::Calendar, &self.calendars);
        add(&mut values, Kind::Service, &self.services);
        add(&mut values, Kind::Source, &self.sources);
        values
    }

    /// The same documents with `***` in the place of every secret.
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for source in masked.sources.values_mut() {
            *source = source.masked();
        }
        masked
    }

    /// The same documents, with the secrets of `previous` where these have `***`.
    pub fn with_kept_secrets(mut self, previous: &Self) -> Self {
        for (id, source) in &mut self.sources {
            if let Some(before) = previous.sources.get(id) {
                source.keep_secret_of(before);
            }
        }
        self
    }
}

impl SourceDoc {
    /// The same source with `***` in the place of its secret.
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        if let Some(verify) = &mut masked.verify {
            verify.secret = SecretText::masked();
        }
        masked
    }

    /// Takes the secret of `before`, if this one has `***` and the other has one.
    fn keep_secret_of(&mut self, before: &Self) {
        if let (Some(verify), Some(before)) = (&mut self.verify, &before.verify)
            && verify.secret.is_masked()
        {
            verify.secret = before.secret.clone();
        }
    }
}

fn add<T: Serialize>(
    values: &mut BTreeMap<(Kind, String), Value>,
    kind: Kind,
    documents: &BTreeMap<String, T>,
) {
    for (id, document) in documents {
        let value = serde_json::to_value(document).expect("documents have only text keys");
        values.insert((kind, id.clone()), value);
    }
}

/// Where documents stand in an input, so that a fault points into what was sent. A document that is
/// not part of the input is named by its list and slug, as in `/services/viewing`.
#[derive(Debug, Clone, Default)]
pub struct Places(BTreeMap<(Kind, String), Pointer>);

impl Places {
    /// A single document is the whole input.
    pub fn whole(kind: Kind, id: &str) -> Self {
        let mut places = Self::default();
        places.put(kind, id, Pointer::root());
        places
    }

    /// Notes where a document stands.
    pub fn put(&mut self, kind: Kind, id: &str, at: Pointer) {
        self.0.insert((kind, id.to_owned()), at);
    }

    /// Whether a document is part of the input.
    pub fn holds(&self, kind: Kind, id: &str) -> bool {
        self.0.contains_key(&(kind, id.to_owned()))
    }

    /// Where a document stands.
    pub fn of(&self, kind: Kind, id: &str) -> Pointer {
        let elsewhere = || Pointer::root().at(kind.plural()).at(id);
        self.0.get(&(kind, id.to_owned())).cloned().unwrap_or_else(elsewhere)
    }
}
