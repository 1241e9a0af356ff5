//! Times as the API writes them.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

static PRINTER: DateTimePrinter = DateTimePrinter::new();

/// RFC 3339 with the offset that the zone has then.
pub(crate) fn written(at: Timestamp, zone: &TimeZone) -> String {
    PRINTER.timestamp_with_offset_to_string(&at, zone.to_offset(at))
}

/// The same at the end of a text that is being built.
pub(super) fn write(text: &mut String, at: Timestamp, zone: &TimeZone) {
    PRINTER
        .print_timestamp_with_offset(&at, zone.to_offset(at), text)
        .expect("writing to a text does not fail");
}

/// The zone's IANA name. One that has none came from an offset, and is told as UTC.
pub(crate) fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
