//! What all documents have in common when they are read: every fault is kept, with its place.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::str::FromStr;

use domain::id::IdError;
use domain::people::{self, PersonError};
use domain::time::zone_named;
use domain::{Faults, Pointer, length};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::notation::Word;

/// One document, or one part of it, being read. It goes on after a fault, so that all are found.
pub(super) struct Reading<'a> {
    at: &'a Pointer,
    faults: Faults,
}

impl<'a> Reading<'a> {
    pub(super) fn new(at: &'a Pointer) -> Self {
        Self { at, faults: Faults::new() }
    }

    /// The place of a member of this document.
    pub(super) fn at(&self, member: &str) -> Pointer {
        self.at.at(member)
    }

    pub(super) fn fault(&mut self, place: Pointer, code: &'static str, message: impl Into<String>) {
        self.faults.add(place, code, message);
    }

    /// A thing that the contract names and this version cannot do: better refused than ignored.
    pub(super) fn not_yet(&mut self, place: Pointer, what: &str) {
        self.fault(place, "not_supported_yet", format!("{what} is not supported by this version"));
    }

    /// The value of a part that was read on its own.
    pub(super) fn part<T>(&mut self, part: Result<T, Faults>) -> Option<T> {
        part.map_err(|faults| self.faults.extend(faults)).ok()
    }

    /// The document's value. `value` is `None` only where a fault was kept.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Faults> {
        self.faults.into_result()?;
        Ok(value.expect("what has no value has a fault"))
    }

    pub(super) fn slug<T: FromStr<Err = IdError>>(
        &mut self,
        place: Pointer,
        text: &str,
    ) -> Option<T> {
        self.faults.keep(place, "not_a_slug", text.parse())
    }

    /// A person's name, address or number.
    pub(super) fn person<T>(
        &mut self,
        place: Pointer,
        result: Result<T, PersonError>,
    ) -> Option<T> {
        let code = result.as_ref().err().map_or("", |error| error.code());
        self.faults.keep(place, code, result)
    }

    /// One line of text.
    pub(super) fn line(&mut self, place: Pointer, text: &str, most: usize) -> Option<String> {
        self.person(place, people::text(text, most, false))
    }

    /// Text that may have several lines.
    pub(super) fn lines(&mut self, place: Pointer, text: &str, most: usize) -> Option<String> {
        self.person(place, people::text(text, most, true))
    }

    pub(super) fn timezone(&mut self, place: Pointer, name: &str) -> Option<TimeZone> {
        let zone = zone_named(name);
        if zone.is_none() {
            self.fault(place, "unknown_timezone", "must be an IANA zone such as America/New_York");
        }
        zone
    }

    /// A length of time within `bounds`.
    pub(super) fn length(
        &mut self,
        place: Pointer,
        text: &str,
        bounds: &RangeInclusive<SignedDuration>,
    ) -> Option<SignedDuration> {
        let length = self.faults.keep(place.clone(), "not_a_length", length::parse(text))?;
        if bounds.contains(&length) {
            return Some(length);
        }
        let (least, most) = (length::format(*bounds.start()), length::format(*bounds.end()));
        self.fault(place, "out_of_range", format!("must be from {least} to {most}"));
        None
    }

    pub(super) fn number(
        &mut self,
        place: Pointer,
        number: u32,
        bounds: &RangeInclusive<u32>,
    ) -> Option<u32> {
        if bounds.contains(&number) {
            return Some(number);
        }
        let (least, most) = (bounds.start(), bounds.end());
        self.fault(place, "out_of_range", format!("must be from {least} to {most}"));
        None
    }

    /// A word of a closed set.
    pub(super) fn word<W: Word>(&mut self, place: Pointer, text: &str) -> Option<W> {
        let found = W::ALL.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
            self.fault(place, "unknown_word", format!("must be one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// Whether a list has as many entries as it may have. Longer ones are not looked into.
    pub(super) fn fits(&mut self, member: &str, count: usize, most: usize) -> bool {
        if count > most {
            self.fault(self.at(member), "too_many", format!("must have at most {most} entries"));
        }
        count <= most
    }

    /// Notes every entry of a list that stands there already.
    pub(super) fn distinct<T: Ord>(&mut self, member: &str, entries: impl Iterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for (index, entry) in entries.enumerate() {
            if !seen.insert(entry) {
                let place = self.at(member).at(index);
                self.fault(place, "repeated", "stands in this list twice");
            }
        }
    }
}
