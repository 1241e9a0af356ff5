//! The time zones a visitor can choose from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

/// The zones of one part of the world.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) zones: Vec<Choice>,
}

/// One zone as the list shows it.
#[derive(Debug)]
pub(super) struct Choice {
    /// The IANA name.
    pub(super) id: String,
    /// The name without its region.
    pub(super) label: String,
}

/// The zone of that IANA name. `None` for anything that is not a place or UTC: the list of the
/// database also has POSIX leftovers (`EST5EDT`) and aliases by country that nobody should be shown.
pub fn find_zone(name: &str) -> Option<TimeZone> {
    let plausible = name.len() <= 64 && name.is_ascii() && (name.contains('/') || name == "UTC");
    plausible.then(|| TimeZone::get(name).ok()).flatten()
}

/// Every zone of the world, by region.
pub(super) fn regions() -> &'static [Region] {
    static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(read_regions);
    &REGIONS
}

fn read_regions() -> Vec<Region> {
    const SHOWN: [&str; 9] = [
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let mut by_region: BTreeMap<&'static str, Vec<Choice>> = BTreeMap::new();
    for name in jiff::tz::db().available() {
        let Some((region, place)) = name.as_str().split_once('/') else { continue };
        let Some(region) = SHOWN.into_iter().find(|shown| *shown == region) else { continue };
        let label = place.replace('_', " ").replace('/', ", ");
        by_region.entry(region).or_default().push(Choice { id: name.to_string(), label });
    }
    by_region.into_iter().map(|(name, zones)| Region { name, zones }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_places_and_no_leftovers() {
        let all: Vec<&str> = regions()
            .iter()
            .flat_map(|region| &region.zones)
            .map(|zone| zone.id.as_str())
            .collect();

        assert!(all.contains(&"Europe/Berlin"));
        assert!(all.contains(&"America/Argentina/Buenos_Aires"));
        assert!(!all.iter().any(|id| id.starts_with("Etc/") || id.starts_with("US/")));
    }

    #[test]
    fn only_zones_of_the_database_are_found() {
        assert!(find_zone("Europe/Berlin").is_some());
        assert!(find_zone("UTC").is_some());
        assert!(find_zone("Europe/Atlantis").is_none());
        assert!(find_zone("../../etc/passwd").is_none());
        assert!(find_zone("").is_none());
        assert!(find_zone(&"A/".repeat(1000)).is_none());
    }
}
