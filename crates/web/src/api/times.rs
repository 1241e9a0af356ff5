//! Times as the API writes them.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{Offset, TimeZone};

static PRINTER: DateTimePrinter = DateTimePrinter::new();

/// RFC 3339 with the offset that the zone has then.
pub(crate) fn written(at: Timestamp, zone: &TimeZone) -> String {
    PRINTER.timestamp_with_offset_to_string(&at, zone.to_offset(at))
}

/// Writes many times of one zone one after the other: what two times of a day have in common is
/// made once.
pub(super) struct Writer<'a> {
    zone: &'a TimeZone,
    /// The local day, counted from 1970, and the offset that the parts are of.
    of: Option<(i64, Offset)>,
    /// `2026-12-01T`
    date: String,
    /// `-08:00`
    offset: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

impl<'a> Writer<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self { zone, of: None, date: String::new(), offset: String::new() }
    }

    /// Writes a time at the end of a text.
    pub(super) fn write(&mut self, text: &mut String, at: Timestamp) {
        let offset = self.zone.to_offset(at);
        if at.subsec_nanosecond() != 0 {
            text.push_str(&PRINTER.timestamp_with_offset_to_string(&at, offset));
            return;
        }
        let local = at.as_second() + i64::from(offset.seconds());
        let day = local.div_euclid(DAY);
        if self.of != Some((day, offset)) {
            self.turn_to(at, day, offset);
        }
        let second = local.rem_euclid(DAY);
        text.push_str(&self.date);
        two_digits(text, second / HOUR);
        text.push(':');
        two_digits(text, second % HOUR / MINUTE);
        text.push(':');
        two_digits(text, second % MINUTE);
        text.push_str(&self.offset);
    }

    fn turn_to(&mut self, at: Timestamp, day: i64, offset: Offset) {
        let whole = PRINTER.timestamp_with_offset_to_string(&at, offset);
        let (date, rest) = whole.split_once('T').expect("RFC 3339 has a T before the time");
        self.date = format!("{date}T");
        rest[TIME..].clone_into(&mut self.offset);
        self.of = Some((day, offset));
    }
}

/// The length of `09:30:00`.
const TIME: usize = 8;

/// A number below 100.
fn two_digits(text: &mut String, number: i64) {
    const ZERO: u8 = b'0';
    let digit = |number: i64| char::from(ZERO + u8::try_from(number % 10).unwrap_or(0));
    text.push(digit(number / 10));
    text.push(digit(number));
}

/// The zone's IANA name. One that has none came from an offset, and is told as UTC.
pub(crate) fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use super::*;

    #[test]
    fn many_times_are_written_as_each_one_is() {
        let zone = TimeZone::get("America/New_York").unwrap();
        // Over midnights and over both changes of the clocks, by steps that hit no round time.
        let first: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let times = (0..9_000).map(|n| first + jiff::SignedDuration::from_secs(n * 2_477));
        let split = Timestamp::from_millisecond(1_788_000_000_250).unwrap();
        let ancient = "-000044-03-15T12:00:00Z".parse().unwrap();
        let mut writer = Writer::new(&zone);

        for at in times.chain([split, ancient]) {
            let mut text = String::new();
            writer.write(&mut text, at);
            assert_eq!(text, written(at, &zone));
        }
    }
}
