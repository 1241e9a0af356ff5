//! The given values, waiting for the concerns to ask for theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Effective, Key,
    fault::{ConfigError, ConfigFault, Expected, Origin},
    key::Fallback,
    sources::Sources,
};

/// A value as text, and who gave it. No `Debug`: it may be a secret.
pub(super) struct Setting {
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// All given values and all faults found so far.
pub(super) struct Settings {
    given: BTreeMap<&'static str, Setting>,
    faults: Vec<ConfigFault>,
}

/// Our prefix: a key that begins with it is ours, or a mistake.
const PREFIX: &str = "DOORSTEP_";

const LONGEST_VALUE: usize = 16 * 1024;

impl Settings {
    /// Merges the sources; the environment wins over the file.
    pub(super) fn gather(sources: Sources) -> Self {
        let mut settings = Self { given: BTreeMap::new(), faults: sources.faults };
        let mut in_file = BTreeSet::new();
        for entry in sources.file {
            let Some(key) = settings.known(&entry.name, Origin::File) else { continue };
            if !in_file.insert(key.name) {
                settings.fault(ConfigFault::Repeated { key: key.name, line: entry.line });
            }
            settings.give(key, entry.value, Origin::File);
        }
        for (name, value) in sources.environment {
            let Some(key) = settings.known(&name, Origin::Environment) else { continue };
            settings.give(key, value, Origin::Environment);
        }
        settings
    }

    fn known(&mut self, name: &str, origin: Origin) -> Option<&'static Key> {
        let key = Key::find(name);
        if key.is_none() && name.starts_with(PREFIX) {
            let name = name.chars().take(100).flat_map(char::escape_default).collect();
            self.fault(ConfigFault::Unknown { name, origin });
        }
        key
    }

    /// An empty value is none, so that a container can unset what its image sets.
    fn give(&mut self, key: &Key, value: String, origin: Origin) {
        if value.is_empty() {
            return;
        }
        // The replacement character is what `main` makes of bytes that are not UTF-8.
        let unreadable = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
        if value.len() > LONGEST_VALUE || value.chars().any(unreadable) {
            let expected = "a text of at most 16 KiB without control characters, in UTF-8";
            self.fault(ConfigFault::Malformed { key: key.name, origin, expected });
            return;
        }
        self.given.insert(key.name, Setting { value, origin });
    }

    pub(super) fn fault(&mut self, fault: ConfigFault) {
        self.faults.push(fault);
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.given.contains_key(key.name)
    }

    /// Who gave the key's value.
    pub(super) fn origin(&self, key: &Key) -> Origin {
        self.given.get(key.name).map_or(Origin::Default, |setting| setting.origin)
    }

    /// The value of a key that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &Key,
        parse: impl Fn(&str) -> Result<T, Expected>,
    ) -> Option<T> {
        let setting = self.given.get(key.name)?;
        match parse(&setting.value) {
            Ok(value) => Some(value),
            Err(Expected(expected)) => {
                let origin = setting.origin;
                self.fault(ConfigFault::Malformed { key: key.name, origin, expected });
                None
            }
        }
    }

    /// The value of a key whose default stands in the table.
    pub(super) fn value<T>(&mut self, key: &Key, parse: impl Fn(&str) -> Result<T, Expected>) -> T {
        match key.fallback {
            Fallback::Value(text) => self.value_or(key, text, parse),
            Fallback::Nothing | Fallback::Computed(_) => {
                unreachable!("{} has no default in the table", key.name)
            }
        }
    }

    /// The value of a key whose default follows from other settings.
    pub(super) fn value_or<T>(
        &mut self,
        key: &Key,
        fallback: &str,
        parse: impl Fn(&str) -> Result<T, Expected>,
    ) -> T {
        let given = self.optional(key, &parse);
        self.given
            .entry(key.name)
            .or_insert_with(|| Setting { value: fallback.to_owned(), origin: Origin::Default });
        given.unwrap_or_else(|| {
            parse(fallback).unwrap_or_else(|Expected(expected)| {
                unreachable!("the default of {} is not {expected}", key.name)
            })
        })
    }

    /// Whether all of `keys` are set; where only some are, each missing one is a fault.
    pub(super) fn complete(&mut self, keys: &[&Key]) -> bool {
        let Some(set) = keys.iter().find(|key| self.has(key)) else {
            return false;
        };
        let missing: Vec<_> = keys.iter().filter(|key| !self.has(key)).collect();
        for key in &missing {
            self.faults.push(ConfigFault::missing(key, set));
        }
        missing.is_empty()
    }

    /// What `doorstep config` prints, unless there are faults.
    pub(super) fn finish(self) -> Result<Effective, ConfigError> {
        if self.faults.is_empty() {
            Ok(Effective::of(&self.given))
        } else {
            Err(ConfigError { faults: self.faults })
        }
    }
}
