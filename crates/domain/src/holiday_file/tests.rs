//! Holiday files as they are published, and as they should not be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::civil::date;

use super::*;

/// A calendar with these lines in its one event, the first of which is line 4.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

fn dates(lines: &str) -> Vec<Date> {
    read(&event(lines), 2026..=2028).unwrap().into_keys().collect()
}

#[track_caller]
fn refused(text: &str, line: usize, why: Why) {
    assert_eq!(read(text, 2026..=2028), Err(HolidayFileError { line, why }), "{text}");
}

#[test]
fn a_published_calendar_is_read() {
    let text = "\u{feff}BEGIN:VCALENDAR\r\nPRODID:-//Somebody//EN\r\n\
        BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n\
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
        SUMMARY;LANGUAGE=\"de:AT\":Weihnachten\\, zwei \r\n Tage\r\n\
        BEGIN:VALARM\r\nSUMMARY:Wake up\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART:20261226\r\nSUMMARY:Boxing Day\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART:20261231\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    let read = read(text, 2026..=2028).unwrap();

    let christmas = "Weihnachten, zwei Tage".to_owned();
    let expected = [(date(2026, 12, 25), christmas.clone()), (date(2026, 12, 26), christmas)];
    assert_eq!(read, expected.into());
}

#[test]
fn events_take_the_days_they_say() {
    assert_eq!(dates("DTSTART:20261231"), [date(2026, 12, 31)]);
    assert_eq!(dates("DTSTART:20261231\nDURATION:P2D").len(), 2);
    assert_eq!(dates("DTSTART:20261231\nDURATION:P1W").len(), 7);
    assert_eq!(dates("DTSTART:20251224\nDTEND:20260103"), [date(2026, 1, 1), date(2026, 1, 2)]);
    assert_eq!(dates("DTSTART:20250101"), []);
}

#[test]
fn what_comes_every_year_is_there_in_each_of_the_years() {
    let third =
        |month, day| [date(2026, month, day), date(2027, month, day), date(2028, month, day)];
    assert_eq!(dates("DTSTART:20000101\nRRULE:FREQ=YEARLY"), third(1, 1));
    assert_eq!(
        dates("DTSTART:20101225\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;INTERVAL=1"),
        third(12, 25)
    );
    assert_eq!(
        dates("DTSTART:20241128\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
        [date(2026, 11, 26), date(2027, 11, 25), date(2028, 11, 23)]
    );
    assert_eq!(
        dates("DTSTART:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20270601"),
        [date(2026, 5, 25), date(2027, 5, 31)]
    );
    assert_eq!(dates("DTSTART:20200229\nRRULE:FREQ=YEARLY"), [date(2028, 2, 29)]);
    assert_eq!(dates("DTSTART:20240101\nRRULE:FREQ=YEARLY;COUNT=3"), [date(2026, 1, 1)]);
    assert_eq!(
        dates("DTSTART:20240101\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270101,20280101"),
        [date(2026, 1, 1)]
    );
    let over_new_year = "DTSTART:20201231\nDTEND:20210102\nRRULE:FREQ=YEARLY;UNTIL=20260101";
    assert_eq!(dates(over_new_year), [date(2026, 1, 1)]);
}

#[test]
fn what_could_mean_other_days_is_refused_with_its_line() {
    let why = |lines: &str, line: usize, why: Why| refused(&event(lines), line, why);
    why("DTSTART:20261225T100000Z", 4, Why::NotWholeDays);
    why("SUMMARY:Fair\nDTSTART;TZID=Europe/Berlin:20261225T100000", 5, Why::NotWholeDays);
    why("DTSTART;VALUE=DATE-TIME:20261225", 4, Why::NotWholeDays);
    why("DTSTART:20261225\nDURATION:PT8H", 5, Why::NotWholeDays);
    why("DTSTART:20260230", 4, Why::NotADate);
    why("DTSTART:2026-12-25", 4, Why::NotADate);
    why("DTSTART:٢٠٢٦١٢٢٥", 4, Why::NotADate);
    why("DTSTART:00010101", 4, Why::NotADate);
    why("DTSTART:20261225\nDTEND:20261225", 5, Why::Length);
    why("DTSTART:20261225\nDTEND:20281225", 5, Why::Length);
    why("DTSTART:20261225\nDTSTART:20261226", 5, Why::Repeated);
    why("SUMMARY:Someday", 3, Why::NoStart);
    for rule in [
        "FREQ=WEEKLY",
        "FREQ=YEARLY;INTERVAL=2",
        "FREQ=YEARLY;BYDAY=4TH",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=TH",
        "FREQ=YEARLY;BYMONTH=1,2",
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=99",
        "FREQ=YEARLY;COUNT=-1",
        "BYMONTH=12",
        "",
    ] {
        why(&format!("DTSTART:20261225\nRRULE:{rule}"), 5, Why::Repetition);
    }
    why("DTSTART:20261225\nRDATE:20261226", 5, Why::Repetition);
    why("DTSTART:20261225\nRECURRENCE-ID:20261225", 5, Why::Repetition);
}

#[test]
fn junk_is_refused() {
    refused("", 1, Why::NotACalendar);
    refused("\n\n<html>", 3, Why::NotACalendar);
    refused("BEGIN:VEVENT", 1, Why::NotACalendar);
    refused("BEGIN:VCALENDAR", 1, Why::Unbalanced);
    refused("BEGIN:VCALENDAR\nEND:VEVENT", 2, Why::Unbalanced);
    refused("BEGIN:VCALENDAR\nEND:VCALENDAR\nDTSTART:20261225", 3, Why::NotACalendar);
    refused(&event("DTSTART 20261225"), 4, Why::NotALine);
    refused(&event("X-A;B=\"unfinished:value"), 4, Why::NotALine);
    refused(&"BEGIN:VCALENDAR\n".repeat(100), DEEPEST + 1, Why::Unbalanced);
    refused(&" ".repeat(MOST_BYTES + 1), 1, Why::TooLarge);
    let years = event("DTSTART:20260101\nDTEND:20270102");
    assert_eq!(read(&years, 2026..=2028).unwrap().len(), 366);
    let year =
        |year: i16| format!("BEGIN:VEVENT\nDTSTART:{year}0101\nDURATION:P365D\nEND:VEVENT\n");
    let many = [year(2026), year(2027), year(2028)].concat();
    refused(&format!("BEGIN:VCALENDAR\n{many}END:VCALENDAR"), 11, Why::TooMany);
}

#[test]
fn a_name_is_one_line_of_at_most_200_characters() {
    let named = |name: &str| {
        let text = event(&format!("DTSTART:20261225\nSUMMARY:{name}"));
        read(&text, 2026..=2028).unwrap().remove(&date(2026, 12, 25)).unwrap()
    };
    assert_eq!(named("Bank\\nholiday \\; all\u{7}day\\"), "Bank holiday ; all day");
    assert_eq!(named(&"ä".repeat(300)), "ä".repeat(200));
    assert_eq!(named(""), "");
}
