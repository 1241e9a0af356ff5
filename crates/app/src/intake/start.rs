//! When: an instant, however it was written.

use domain::Faults;
use domain::time::LocalMoment;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::Raw;

/// No form of a time is longer.
const MOST: usize = 100;

/// How a start may be written.
#[derive(Debug, Clone, Default)]
pub enum Writing {
    /// With its offset alone, as the API has it.
    #[default]
    Rfc3339,
    /// As forms write it: also as local time.
    Form {
        /// Where local times are meant; in the lead's zone if none, or else the first host's.
        zone: Option<TimeZone>,
        /// In `strptime` notation, where none of the usual forms fits.
        format: Option<String>,
    },
}

/// The usual forms of a local time.
const FORMS: [&str; 6] = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %I:%M%p",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
];

/// A time as written.
enum Written {
    Instant(Timestamp),
    Local(DateTime),
}

/// An instant as the API writes it, whenever it is.
pub(super) fn read_any(raw: &Raw, required: &str, faults: &mut Faults) -> Option<Timestamp> {
    let Some(text) = raw.text() else {
        faults.add(raw.at.clone(), "required", required);
        return None;
    };
    let instant = if text.len() > MOST { None } else { text.parse().ok() };
    if instant.is_none() {
        faults.add(raw.at.clone(), "invalid_time", expected(&Writing::Rfc3339));
    }
    instant
}

/// The instant, if it is still to come. `zone` is where a local time is meant unless the writing
/// itself says so.
pub(super) fn read(
    raw: &Raw,
    writing: &Writing,
    zone: Option<&TimeZone>,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Timestamp> {
    let mut fault = |code, message: &str| faults.add(raw.at.clone(), code, message);
    let Some(text) = raw.text() else {
        fault("required", "must say when it starts");
        return None;
    };
    let Some(written) = understand(text, writing) else {
        fault("invalid_time", expected(writing));
        return None;
    };
    let start = match (written, zone_of(writing).or(zone)) {
        (Written::Instant(at), _) => at,
        // The service is not known, which is a fault of its own.
        (Written::Local(_), None) => return None,
        (Written::Local(local), Some(zone)) => match LocalMoment::resolve(local, zone) {
            Some(LocalMoment::Once(at) | LocalMoment::Twice { first: at, .. }) => at,
            Some(LocalMoment::Skipped { .. }) => {
                fault("skipped_time", "the clocks are set forward over this time: it never comes");
                return None;
            }
            None => {
                fault("invalid_time", expected(writing));
                return None;
            }
        },
    };
    if start <= now {
        fault("start_in_past", "must be in the future");
        return None;
    }
    Some(start)
}

fn zone_of(writing: &Writing) -> Option<&TimeZone> {
    match writing {
        Writing::Rfc3339 => None,
        Writing::Form { zone, .. } => zone.as_ref(),
    }
}

fn expected(writing: &Writing) -> &'static str {
    match writing {
        Writing::Rfc3339 => "must be a time with its offset, such as 2026-12-01T09:30:00+01:00",
        Writing::Form { format: None, .. } => {
            "must be a time such as 2026-12-01 09:30, 2026-12-01 09:30 am or \
             2026-12-01T09:30:00+01:00"
        }
        Writing::Form { format: Some(_), .. } => {
            "must be written as the source's start_format says"
        }
    }
}

fn understand(text: &str, writing: &Writing) -> Option<Written> {
    if text.len() > MOST {
        return None;
    }
    let instant = || text.parse().ok().map(Written::Instant);
    match writing {
        Writing::Rfc3339 => instant(),
        Writing::Form { format, .. } => format
            .as_deref()
            .and_then(|format| formatted(text, format))
            .or_else(instant)
            .or_else(|| FORMS.iter().find_map(|form| local(text, form))),
    }
}

/// A format of the source's own may say the offset, too.
fn formatted(text: &str, format: &str) -> Option<Written> {
    let parts = BrokenDownTime::parse(format, text).ok()?;
    let instant = parts.offset().and_then(|_said| parts.to_timestamp().ok());
    instant.map(Written::Instant).or_else(|| parts.to_datetime().ok().map(Written::Local))
}

fn local(text: &str, form: &str) -> Option<Written> {
    DateTime::strptime(form, text).ok().map(Written::Local)
}
