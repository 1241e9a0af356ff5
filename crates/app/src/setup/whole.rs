//! A whole setup, read.

use std::collections::BTreeMap;

use domain::people::Country;
use domain::{
    Calendar, CalendarId, Faults, Host, HostId, Pointer, Service, ServiceId, Source, SourceId,
};

use super::documents::{Documents, Kind, Places};
use super::references;

/// Hosts, calendars, services and sources that are right by themselves and fit together: every host
/// and service that one of them names exists, and a host has at most one calendar to write to.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    hosts: BTreeMap<HostId, Host>,
    calendars: BTreeMap<CalendarId, Calendar>,
    services: BTreeMap<ServiceId, Service>,
    sources: BTreeMap<SourceId, Source>,
}

impl Setup {
    /// Reads documents that are no input, such as stored ones. A host's number without country code
    /// is read as dialled in `region`.
    pub fn build(documents: &Documents, region: Option<Country>) -> Result<Self, Faults> {
        Self::build_from(documents, &Places::default(), region)
    }

    /// Reads documents of which some stand in an input; their faults point into it. For one changed
    /// object, pass the whole documents as they would become, and [`Places::whole`].
    pub fn build_from(
        documents: &Documents,
        places: &Places,
        region: Option<Country>,
    ) -> Result<Self, Faults> {
        let (setup, mut faults) = Self::read(documents, places, region);
        faults.extend(references::check(documents, places));
        faults.into_result()?;
        Ok(setup)
    }

    /// Reads each document by itself. What has a fault is left out.
    pub(super) fn read(
        documents: &Documents,
        places: &Places,
        region: Option<Country>,
    ) -> (Self, Faults) {
        let mut faults = Faults::new();
        let mut each = Each { places, faults: &mut faults };
        let mut setup = Self {
            hosts: each.read(Kind::Host, &documents.hosts, |host, at| {
                let host = host.parse(at, region)?;
                Ok((host.id.clone(), host))
            }),
            calendars: each.read(Kind::Calendar, &documents.calendars, |calendar, at| {
                let calendar = calendar.parse(at)?;
                Ok((calendar.id.clone(), calendar))
            }),
            services: each.read(Kind::Service, &documents.services, |service, at| {
                let service = service.parse(at)?;
                Ok((service.id.clone(), service))
            }),
            sources: each.read(Kind::Source, &documents.sources, |source, at| {
                let source = source.parse(at)?;
                Ok((source.id.clone(), source))
            }),
        };
        let ad_hoc = Service::ad_hoc(setup.hosts.keys().cloned().collect());
        setup.services.insert(ad_hoc.id.clone(), ad_hoc);
        (setup, faults)
    }

    /// All hosts, by slug.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }

    /// All calendars, by slug.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// All services that were set up, by slug.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values().filter(|service| !service.id.is_ad_hoc())
    }

    /// All sources, by slug.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// The host of that slug.
    pub fn host(&self, id: &HostId) -> Option<&Host> {
        self.hosts.get(id)
    }

    /// The calendar of that slug.
    pub fn calendar(&self, id: &CalendarId) -> Option<&Calendar> {
        self.calendars.get(id)
    }

    /// The service of that slug, or what bookings without one go by.
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.get(id)
    }

    /// The source of that slug.
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.get(id)
    }

    /// The hosts of a service, in the order in which it names them.
    pub fn hosts_of(&self, service: &Service) -> impl Iterator<Item = &Host> {
        service.hosts.iter().filter_map(|id| self.host(id))
    }

    /// The services that a host gives.
    pub fn services_of(&self, host: &HostId) -> impl Iterator<Item = &Service> {
        self.services().filter(move |service| service.hosts.contains(host))
    }

    /// The calendars of a host.
    pub fn calendars_of(&self, host: &HostId) -> impl Iterator<Item = &Calendar> {
        self.calendars().filter(move |calendar| calendar.host == *host)
    }

    /// The calendar to which the events of a host's bookings go.
    pub fn write_calendar(&self, host: &HostId) -> Option<&Calendar> {
        self.calendars_of(host).find(|calendar| calendar.is_written())
    }

    /// The calendars that block a host's time.
    pub fn busy_calendars(&self, host: &HostId) -> impl Iterator<Item = &Calendar> {
        self.calendars_of(host).filter(|calendar| calendar.is_busy())
    }
}

/// Reading one kind of documents after the other.
struct Each<'a> {
    places: &'a Places,
    faults: &'a mut Faults,
}

impl Each<'_> {
    fn read<Doc, Id: Ord + std::fmt::Display, Value>(
        &mut self,
        kind: Kind,
        documents: &BTreeMap<String, Doc>,
        parse: impl Fn(&Doc, &Pointer) -> Result<(Id, Value), Faults>,
    ) -> BTreeMap<Id, Value> {
        let mut values = BTreeMap::new();
        for (key, document) in documents {
            let at = self.places.of(kind, key);
            match parse(document, &at) {
                Ok((id, value)) if id.to_string() == *key => drop(values.insert(id, value)),
                Ok(_) => {
                    let message = "an object keeps the id under which it is known";
                    self.faults.add(at.at("id"), "id_changed", message);
                }
                Err(faults) => self.faults.extend(faults),
            }
        }
        values
    }
}
