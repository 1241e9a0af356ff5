//! From what somebody wrote to a [`BookingRequest`]: one reading for the API, the forms' hooks and
//! the pages.
//!
//! A caller hands over raw texts with the places where they stand in its own input, and gets a
//! request that needs no further check, or every fault at those places. Nothing here books.
//!
//! Invariants kept here:
//! - a blank text counts as not given: forms send one for every field left empty;
//! - all faults of one input are found at once;
//! - no message repeats what was written.

mod ad_hoc;
mod answers;
mod people;
mod start;

use std::sync::Arc;

use domain::people::{self as text, Country};
use domain::request::{LARGEST_PARTY, MOST_NOTES, MOST_SUBMISSION_ID};
use domain::{BookingRequest, Faults, Host, HostId, Pointer, Service, ServiceId, length};
use jiff::{SignedDuration, Timestamp};

use crate::service_link::Pass;
use crate::{App, AppError, LinkKey, SetupSnapshot};

pub use ad_hoc::RawAdHoc;
pub use people::RawPerson;
pub use start::Writing;

/// A text as it came, with the place where it stands or would have stood.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// What was written, if anything was.
    pub value: Option<String>,
    /// Where.
    pub at: Pointer,
}

impl Raw {
    /// A text at its place.
    pub fn new(value: Option<String>, at: Pointer) -> Self {
        Self { value, at }
    }

    /// Nothing was written at this place.
    pub fn missing(at: Pointer) -> Self {
        Self { value: None, at }
    }

    /// What was written, unless it is blank.
    pub(crate) fn text(&self) -> Option<&str> {
        self.value.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A booking request as somebody wrote it.
#[derive(Debug, Clone, Default)]
pub struct RawRequest {
    /// The service's slug.
    pub service: Raw,
    /// The slug of the host who is wanted; anybody of the service if none.
    pub host: Raw,
    /// The start.
    pub start: Raw,
    /// How long it takes, such as `60m`; the service's usual length if none.
    pub duration: Raw,
    /// What is said in a service's stead, where it is of none.
    pub ad_hoc: Option<RawAdHoc>,
    /// How the start is written.
    pub writing: Writing,
    /// Who books.
    pub lead: RawPerson,
    /// Who comes along.
    pub guests: Vec<RawPerson>,
    /// Where the guests stand.
    pub guests_at: Pointer,
    /// How many come, as a number in digits.
    pub party_size: Raw,
    /// Free text.
    pub notes: Raw,
    /// Further fields, by name.
    pub answers: Vec<(String, Raw)>,
    /// Where the answers stand.
    pub answers_at: Pointer,
    /// What makes a repeated submission recognisable.
    pub submission_id: Raw,
    /// By what right they ask for the service.
    pub pass: Pass,
}

/// A request that can be booked.
#[derive(Debug, Clone)]
pub struct Intake {
    /// What somebody wants.
    pub request: BookingRequest,
    /// What makes a repeated submission recognisable.
    pub submission_id: Option<String>,
}

impl App {
    /// Reads a request against the setup as it is now; the outer error is ours.
    pub async fn intake(&self, raw: &RawRequest) -> Result<Result<Intake, Faults>, AppError> {
        let mut setup = self.setup();
        let named = raw.service.text().and_then(|slug| slug.parse::<ServiceId>().ok());
        if named.is_some_and(|id| setup.setup.service(&id).is_none()) {
            setup = self.reload_setup().await?; // It may have been made a moment ago.
        }
        let region = self.settings().default_region;
        let mut reading = Reading {
            setup: &setup,
            raw,
            now: self.clock().now(),
            link_key: self.link_key(),
            region,
            faults: Faults::new(),
        };
        let intake = reading.read();
        Ok(reading.faults.into_result().map(|()| intake.expect("what cannot be read has a fault")))
    }

    /// A start as the API writes it, still to come; or what is wrong with it.
    pub fn read_start(&self, start: &Raw) -> Result<Timestamp, Faults> {
        let mut faults = Faults::new();
        let read = start::read(start, &Writing::Rfc3339, None, self.clock().now(), &mut faults);
        faults.into_result()?;
        Ok(read.expect("what cannot be read has a fault"))
    }

    /// The service of that slug and the setup that has it; `None` when there is none for whoever
    /// has that right.
    pub async fn find_service(
        &self,
        slug: &str,
        pass: &Pass,
    ) -> Result<Option<(Arc<SetupSnapshot>, ServiceId)>, AppError> {
        let Ok(id) = slug.parse::<ServiceId>() else { return Ok(None) };
        let mut setup = self.setup();
        if setup.setup.service(&id).is_none() {
            setup = self.reload_setup().await?;
        }
        let found = setup.setup.service(&id);
        let now = self.clock().now();
        let is_there = found.is_some_and(|found| pass.opens(found, self.link_key(), now));
        Ok(is_there.then_some((setup, id)))
    }
}

/// One request being read. It goes on after a fault, so that all are found.
struct Reading<'a> {
    setup: &'a SetupSnapshot,
    raw: &'a RawRequest,
    now: Timestamp,
    link_key: &'a LinkKey,
    /// The country of numbers that name none.
    region: Option<Country>,
    faults: Faults,
}

impl<'a> Reading<'a> {
    fn read(&mut self) -> Option<Intake> {
        let raw = self.raw;
        let (service, host, first_host) = self.what();
        self.region = first_host.and_then(|host| host.phone.as_ref()?.country()).or(self.region);
        let lead = self.lead(&raw.lead);
        let start = self.start(lead.as_ref().and_then(|lead| lead.timezone.as_ref()), first_host);
        let (duration, ad_hoc) = match &raw.ad_hoc {
            Some(raw) => self.ad_hoc(raw, start).unzip(),
            None => (self.duration(service), None),
        };
        let guests = self.guests();
        let party_size = self.party_size(guests.len(), service);
        let notes = self.lines(&raw.notes, MOST_NOTES);
        let answers = self.answers();
        let submission_id = self.line(&raw.submission_id, MOST_SUBMISSION_ID);
        let request = BookingRequest {
            service: service?.id.clone(),
            host,
            start: start?,
            duration,
            lead: lead?,
            guests,
            party_size: party_size?,
            notes,
            answers,
            ad_hoc,
        };
        Some(Intake { request, submission_id })
    }

    /// What is booked, with whom if somebody is named, and who stands for its hosts.
    fn what(&mut self) -> (Option<&'a Service>, Option<HostId>, Option<&'a Host>) {
        let setup = &self.setup.setup;
        if self.raw.ad_hoc.is_some() {
            let host = self.named_host();
            return (setup.service(&ServiceId::ad_hoc()), host.map(|host| host.id.clone()), host);
        }
        let service = self.service();
        let first = service.and_then(|service| setup.hosts_of(service).next());
        (service, self.host(service), first)
    }

    fn service(&mut self) -> Option<&'a Service> {
        let place = &self.raw.service.at;
        let Some(slug) = self.raw.service.text() else {
            self.faults.add(place.clone(), "required", "must name the service");
            return None;
        };
        let found = slug.parse().ok().and_then(|id| self.setup.setup.service(&id));
        let found = found.filter(|found| self.raw.pass.opens(found, self.link_key, self.now));
        if found.is_none() {
            self.faults.add(place.clone(), "unknown_service", "no service has this id");
        }
        found
    }

    fn host(&mut self, service: Option<&Service>) -> Option<HostId> {
        let slug = self.raw.host.text()?;
        let host = slug.parse::<HostId>().ok();
        let host = host.filter(|id| service.is_none_or(|service| service.hosts.contains(id)));
        if host.is_none() {
            let message = "the service has no host of this id";
            self.faults.add(self.raw.host.at.clone(), "unknown_host", message);
        }
        host
    }

    fn start(
        &mut self,
        lead_zone: Option<&jiff::tz::TimeZone>,
        first_host: Option<&Host>,
    ) -> Option<Timestamp> {
        let raw = self.raw;
        let zone = lead_zone.or(first_host.map(|host| &host.timezone));
        start::read(&raw.start, &raw.writing, zone, self.now, &mut self.faults)
    }

    /// One of the service's lengths.
    fn duration(&mut self, service: Option<&Service>) -> Option<SignedDuration> {
        let text = self.raw.duration.text()?;
        let at = self.raw.duration.at.clone();
        let asked = self.faults.keep(at.clone(), "not_a_length", length::parse(text))?;
        if service.is_some_and(|service| service.rules.length(Some(asked)).is_none()) {
            self.faults.add(at, "unknown_duration", "the service has no such length");
        }
        Some(asked)
    }

    /// How many come: at least the lead and the guests, who are counted when nobody says.
    fn party_size(&mut self, guests: usize, service: Option<&Service>) -> Option<u32> {
        let people = u32::try_from(guests).unwrap_or(u32::MAX).saturating_add(1);
        let size = self.people(people)?;
        let capacity = service.and_then(|service| service.group.as_ref()).map(|it| it.capacity);
        match capacity {
            Some(capacity) if size > capacity => {
                let at = self.raw.party_size.at.clone();
                let message = format!("must fit in: there are {capacity} places");
                self.faults.add(at, "exceeds_capacity", message);
                None
            }
            Some(_) | None => Some(size),
        }
    }

    fn people(&mut self, people: u32) -> Option<u32> {
        let Some(written) = self.raw.party_size.text() else { return Some(people) };
        let given = written.parse::<u32>().ok().filter(|size| *size <= LARGEST_PARTY);
        let message = match given {
            Some(0) | None => format!("must be a whole number from 1 to {LARGEST_PARTY}"),
            Some(size) if size < people => {
                format!("must count the lead and the guests, so at least {people}")
            }
            Some(size) => return Some(size),
        };
        self.faults.add(self.raw.party_size.at.clone(), "out_of_range", message);
        None
    }

    fn line(&mut self, raw: &Raw, most: usize) -> Option<String> {
        self.kept(raw, |written| text::text(written, most, false))
    }

    fn lines(&mut self, raw: &Raw, most: usize) -> Option<String> {
        self.kept(raw, |written| text::text(written, most, true))
    }

    /// Reads what was written, if anything was; a fault stands at its place.
    fn kept<T>(
        &mut self,
        raw: &Raw,
        read: impl FnOnce(&str) -> Result<T, text::PersonError>,
    ) -> Option<T> {
        let result = read(raw.text()?);
        let code = result.as_ref().err().map_or("", |error| error.code());
        self.faults.keep(raw.at.clone(), code, result)
    }

    fn too_many(&mut self, at: &Pointer, most: usize) {
        self.faults.add(at.clone(), "too_many", format!("must have at most {most} entries"));
    }
}

#[cfg(test)]
mod tests;
