//! Who comes.

use domain::people::{Attendee, Email, Name, Phone};
use domain::request::MOST_GUESTS;
use domain::time::zone_named;
use jiff::tz::TimeZone;

use super::{Raw, Reading};

/// The longest language tag that RFC 5646 (4.4.1) asks everybody to take.
const LONGEST_LOCALE: usize = 35;

/// A person as somebody wrote them.
#[derive(Debug, Clone, Default)]
pub struct RawPerson {
    /// The name.
    pub name: Raw,
    /// The mail address.
    pub email: Raw,
    /// The phone number.
    pub phone: Raw,
    /// The IANA zone in which times are told.
    pub timezone: Raw,
    /// The language tag.
    pub locale: Raw,
}

impl Reading<'_> {
    /// The lead: somebody with a name who can be reached.
    pub(super) fn lead(&mut self, raw: &RawPerson) -> Option<Attendee> {
        let before = self.faults.as_slice().len();
        if raw.name.text().is_none() {
            self.faults.add(raw.name.at.clone(), "required", "must not be empty");
        }
        if raw.email.text().is_none() && raw.phone.text().is_none() {
            let message = "must be given unless there is a phone number";
            self.faults.add(raw.email.at.clone(), "required", message);
        }
        let lead = self.person(raw);
        (self.faults.as_slice().len() == before).then_some(lead)
    }

    /// The guests, of whom at least one thing is known each.
    pub(super) fn guests(&mut self) -> Vec<Attendee> {
        let raw = self.raw;
        if raw.guests.len() > MOST_GUESTS {
            self.too_many(&raw.guests_at, MOST_GUESTS);
            return Vec::new();
        }
        raw.guests.iter().map(|guest| self.guest(guest)).collect()
    }

    fn guest(&mut self, raw: &RawPerson) -> Attendee {
        let nothing = [&raw.name, &raw.email, &raw.phone].iter().all(|raw| raw.text().is_none());
        if nothing {
            let message = "must be given unless there is an e-mail address or a phone number";
            self.faults.add(raw.name.at.clone(), "required", message);
        }
        self.person(raw)
    }

    fn person(&mut self, raw: &RawPerson) -> Attendee {
        let region = self.region;
        Attendee {
            name: self.kept(&raw.name, Name::parse),
            email: self.kept(&raw.email, Email::parse),
            phone: self.kept(&raw.phone, |written| Phone::parse(written, region)),
            timezone: self.zone(&raw.timezone),
            locale: self.locale(&raw.locale),
        }
    }

    fn zone(&mut self, raw: &Raw) -> Option<TimeZone> {
        let zone = zone_named(raw.text()?);
        if zone.is_none() {
            let message = "must be an IANA zone such as America/New_York";
            self.faults.add(raw.at.clone(), "unknown_timezone", message);
        }
        zone
    }

    fn locale(&mut self, raw: &Raw) -> Option<String> {
        let written = raw.text()?;
        if is_language_tag(written) {
            return Some(written.to_owned());
        }
        let message = "must be a language tag such as en or es-MX";
        self.faults.add(raw.at.clone(), "invalid_locale", message);
        None
    }
}

/// The shape of RFC 5646: a language of letters, then subtags of letters and digits. Whether such a
/// language exists is not asked: an unknown one is answered in ours.
fn is_language_tag(tag: &str) -> bool {
    let fits = |part: &str| (1..=8).contains(&part.len());
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    tag.len() <= LONGEST_LOCALE
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| fits(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
