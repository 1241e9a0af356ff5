//! The values that count, as `doorstep config` prints them: secrets are masked on the way in.

use std::{collections::BTreeMap, fmt};

use super::{KEYS, fault::Origin, settings::Setting};

/// Every key with the value that counts.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Effective {
    items: Vec<EffectiveSetting>,
}

/// One key with the value that counts.
#[derive(Debug, serde::Serialize)]
struct EffectiveSetting {
    key: &'static str,
    /// `None` when the key is not set and has no default.
    value: Option<String>,
    origin: Origin,
}

impl Effective {
    pub(super) fn of(given: &BTreeMap<&'static str, Setting>) -> Self {
        let items = KEYS.iter().map(|key| match given.get(key.name) {
            Some(setting) => EffectiveSetting {
                key: key.name,
                value: Some(key.masked(&setting.value)),
                origin: setting.origin,
            },
            None => EffectiveSetting { key: key.name, value: None, origin: Origin::Default },
        });
        Self { items: items.collect() }
    }
}

/// One line a key: name, value, origin.
impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name_width = self.items.iter().map(|item| item.key.len()).max().unwrap_or(0);
        for EffectiveSetting { key, value, origin } in &self.items {
            match value {
                Some(value) => writeln!(f, "{key:name_width$}  {value}  ({origin})")?,
                None => writeln!(f, "{key:name_width$}  (not set)")?,
            }
        }
        Ok(())
    }
}
