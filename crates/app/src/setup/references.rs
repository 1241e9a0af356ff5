//! Whether the documents of a setup fit together.

use std::collections::BTreeMap;

use domain::Faults;

use super::documents::{Documents, Kind, Places};

/// Every fault between documents. They are compared by their slugs as written, so that one fault
/// inside a document is not told again by all that refer to it.
pub(super) fn check(documents: &Documents, places: &Places) -> Faults {
    let mut faults = Faults::new();
    check_calendars(documents, places, &mut faults);
    check_services(documents, places, &mut faults);
    check_sources(documents, places, &mut faults);
    faults
}

fn check_calendars(documents: &Documents, places: &Places, faults: &mut Faults) {
    let mut written: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, calendar) in &documents.calendars {
        if !documents.hosts.contains_key(&calendar.host) {
            let place = places.of(Kind::Calendar, id).at("host");
            faults.add(place, "unknown_host", "no host has this id");
        }
        if calendar.roles.iter().any(|role| role == "write") {
            written.entry(&calendar.host).or_default().push(id);
        }
    }
    for calendars in written.into_values().filter(|calendars| calendars.len() > 1) {
        let in_input: Vec<&str> =
            calendars.iter().copied().filter(|id| places.holds(Kind::Calendar, id)).collect();
        for id in if in_input.is_empty() { calendars } else { in_input } {
            let place = places.of(Kind::Calendar, id).at("roles");
            let message = "a host has at most one calendar with the role `write`";
            faults.add(place, "second_write_calendar", message);
        }
    }
}

fn check_services(documents: &Documents, places: &Places, faults: &mut Faults) {
    for (id, service) in &documents.services {
        for (index, host) in service.hosts.iter().enumerate() {
            if !documents.hosts.contains_key(host) {
                let place = places.of(Kind::Service, id).at("hosts").at(index);
                faults.add(place, "unknown_host", "no host has this id");
            }
        }
    }
}

fn check_sources(documents: &Documents, places: &Places, faults: &mut Faults) {
    for (id, source) in &documents.sources {
        let known = |service| documents.services.contains_key(service);
        if source.service.as_ref().is_some_and(|service| !known(service)) {
            let place = places.of(Kind::Source, id).at("service");
            faults.add(place, "unknown_service", "no service has this id");
        }
    }
}
