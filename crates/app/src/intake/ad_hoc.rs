//! A booking of no service: any range of a host's time, under a title of its own.

use domain::request::{AdHoc, LONGEST_AD_HOC};
use domain::{Host, HostId, length};
use jiff::{SignedDuration, Timestamp};

use super::{Raw, Reading, start};
use crate::setup::{MOST_LOCATION, MOST_TITLE};

/// What somebody wrote in a service's stead.
#[derive(Debug, Clone, Default)]
pub struct RawAdHoc {
    /// What it is called.
    pub title: Raw,
    /// Where it takes place.
    pub location: Raw,
    /// When it ends.
    pub end: Raw,
}

impl<'a> Reading<'a> {
    /// Whose time it is: one host has to be named.
    pub(super) fn named_host(&mut self) -> Option<&'a Host> {
        let raw = &self.raw.host;
        let Some(slug) = raw.text() else {
            let message = "must name the host, or else a service";
            self.faults.add(raw.at.clone(), "required", message);
            return None;
        };
        let host = slug.parse::<HostId>().ok().and_then(|id| self.setup.setup.host(&id));
        if host.is_none() {
            self.faults.add(raw.at.clone(), "unknown_host", "no host has this id");
        }
        host
    }

    /// How long it takes, and what it is called.
    pub(super) fn ad_hoc(
        &mut self,
        raw: &RawAdHoc,
        start: Option<Timestamp>,
    ) -> Option<(SignedDuration, AdHoc)> {
        if raw.title.text().is_none() {
            self.faults.add(raw.title.at.clone(), "required", "must say what it is");
        }
        let title = self.line(&raw.title, MOST_TITLE);
        let location = self.line(&raw.location, MOST_LOCATION);
        let duration = self.until(&raw.end, start);
        Some((duration?, AdHoc { title: title?, location }))
    }

    fn until(&mut self, end: &Raw, start: Option<Timestamp>) -> Option<SignedDuration> {
        let end_at = start::read_any(end, "must say when it ends", &mut self.faults)?;
        let duration = end_at.duration_since(start?);
        if duration <= SignedDuration::ZERO {
            self.faults.add(end.at.clone(), "end_before_start", "must be after the start");
            return None;
        }
        if duration > LONGEST_AD_HOC {
            let message =
                format!("must be at most {} after the start", length::format(LONGEST_AD_HOC));
            self.faults.add(end.at.clone(), "out_of_range", message);
            return None;
        }
        Some(duration)
    }
}
