//! Reading the holidays of an iCalendar file (RFC 5545), such as governments and calendars publish.
//!
//! What counts is each event that takes whole days, on each day it takes. What could mean other days
//! than we would read, such as an event at a time of day or a rule of repetition that we do not
//! know, is refused with its line: a day that is missing would be booked.

mod content_line;
mod yearly;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::ToSpan as _;
use jiff::civil::Date;

use self::content_line::ContentLine;
use self::yearly::Yearly;

/// The largest file that is read, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most dates of one file.
pub const MOST_DATES: usize = 1_000;
/// The longest event, in days.
const MOST_DAYS: i32 = 366;
/// The most characters of a name that are kept.
const MOST_NAME: usize = 200;
/// The years in which an event can begin.
const YEARS: RangeInclusive<i16> = 1900..=2200;
/// How deep components may stand in each other.
const DEEPEST: usize = 8;

/// Why a file is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct HolidayFileError {
    /// The line, counted from 1; of a folded one, the first.
    pub line: usize,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The file is too large to be read.
    #[error("the file has more than 1 MiB")]
    TooLarge,
    /// The file begins with something else.
    #[error("an iCalendar file begins with BEGIN:VCALENDAR")]
    NotACalendar,
    /// It is no content line.
    #[error("this is not a line of iCalendar, such as SUMMARY:New Year's Day")]
    NotALine,
    /// A component ends that did not begin, or does not end.
    #[error("BEGIN and END do not match")]
    Unbalanced,
    /// A property stands twice in an event.
    #[error("the event has this twice")]
    Repeated,
    /// An event does not say when it is.
    #[error("the event has no DTSTART")]
    NoStart,
    /// An event is at a time of day.
    #[error("the event does not take whole days: a holiday is a date such as 20261225")]
    NotWholeDays,
    /// It is no date.
    #[error("this is not a date such as 20261225")]
    NotADate,
    /// An event is too long, or ends before it begins.
    #[error("the event must take 1 to 366 days")]
    Length,
    /// An event repeats in a way that we do not know.
    #[error("of repetitions only FREQ=YEARLY on one day of the year is understood")]
    Repetition,
    /// There are too many.
    #[error("the file has more than 1,000 dates in these years")]
    TooMany,
}

impl Why {
    fn at(self, line: usize) -> HolidayFileError {
        HolidayFileError { line, why: self }
    }
}

/// The days of a file that lie in these years, with their names. Of several events on one day the
/// first in the file gives the name.
pub fn read(
    text: &str,
    years: RangeInclusive<i16>,
) -> Result<BTreeMap<Date, String>, HolidayFileError> {
    if text.len() > MOST_BYTES {
        return Err(Why::TooLarge.at(1));
    }
    let mut reading = Reading { years, open: Vec::new(), event: None, dates: BTreeMap::new() };
    let mut last = 1;
    for unfolded in content_line::unfold(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        last = unfolded.number;
        reading.line(&unfolded.text, last)?;
    }
    match reading.open.as_slice() {
        [] if last == 1 => Err(Why::NotACalendar.at(1)),
        [] => Ok(reading.dates),
        [_, ..] => Err(Why::Unbalanced.at(last)),
    }
}

struct Reading {
    years: RangeInclusive<i16>,
    /// The components that have begun and not ended.
    open: Vec<String>,
    event: Option<Event>,
    dates: BTreeMap<Date, String>,
}

/// A property of the event at hand that was read, with its line.
type Found<T> = Option<(usize, T)>;

#[derive(Default)]
struct Event {
    begun_on: usize,
    start: Found<Date>,
    /// The day after its last one.
    end: Found<Date>,
    /// How many days, where it says so instead of its end.
    days: Found<i32>,
    yearly: Found<Yearly>,
    name: Found<String>,
    except: Vec<Date>,
    is_cancelled: bool,
}

impl Reading {
    fn line(&mut self, text: &str, number: usize) -> Result<(), HolidayFileError> {
        let line = ContentLine::parse(text);
        if self.open.is_empty() && !line.is_some_and(|line| line.is("BEGIN", "VCALENDAR")) {
            return Err(Why::NotACalendar.at(number));
        }
        let line = line.ok_or_else(|| Why::NotALine.at(number))?;
        if line.is_named("BEGIN") {
            return self.begin(&line, number);
        }
        if line.is_named("END") {
            return self.end(&line, number);
        }
        // What stands in an alarm of an event is not the event's own.
        match &mut self.event {
            Some(event) if self.open.len() == 2 => {
                event.property(&line, number).map_err(|why| why.at(number))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn begin(&mut self, line: &ContentLine<'_>, number: usize) -> Result<(), HolidayFileError> {
        if self.open.len() == DEEPEST {
            return Err(Why::Unbalanced.at(number));
        }
        self.open.push(line.value.to_ascii_uppercase());
        if matches!(self.open.as_slice(), [_, event] if event == "VEVENT") {
            self.event = Some(Event { begun_on: number, ..Event::default() });
        }
        Ok(())
    }

    fn end(&mut self, line: &ContentLine<'_>, number: usize) -> Result<(), HolidayFileError> {
        if !self.open.pop().is_some_and(|open| line.value.eq_ignore_ascii_case(&open)) {
            return Err(Why::Unbalanced.at(number));
        }
        match self.event.take() {
            Some(event) if self.open.len() == 1 => self.keep(event),
            within => {
                self.event = within;
                Ok(())
            }
        }
    }

    fn keep(&mut self, event: Event) -> Result<(), HolidayFileError> {
        let (line, start) = event.start.ok_or_else(|| Why::NoStart.at(event.begun_on))?;
        if event.is_cancelled {
            return Ok(());
        }
        let days = event.days(start)?;
        let starts = match event.yearly {
            Some((line, yearly)) => {
                yearly.starts(start, &self.years).ok_or_else(|| Why::Repetition.at(line))?
            }
            None => vec![start],
        };
        let name = event.name.map_or_else(String::new, |(_, name)| name);
        for start in starts.into_iter().filter(|start| !event.except.contains(start)) {
            for day in 0..days {
                let Ok(date) = start.checked_add(day.days()) else { break };
                if self.years.contains(&date.year()) {
                    self.dates.entry(date).or_insert_with(|| name.clone());
                }
            }
            if self.dates.len() > MOST_DATES {
                return Err(Why::TooMany.at(line));
            }
        }
        Ok(())
    }
}

impl Event {
    fn property(&mut self, line: &ContentLine<'_>, number: usize) -> Result<(), Why> {
        if line.is_named("DTSTART") {
            once(&mut self.start, number, line.date()?)
        } else if line.is_named("DTEND") {
            once(&mut self.end, number, line.date()?)
        } else if line.is_named("DURATION") {
            once(&mut self.days, number, line.days().ok_or(Why::NotWholeDays)?)
        } else if line.is_named("RRULE") {
            once(&mut self.yearly, number, Yearly::parse(line.value).ok_or(Why::Repetition)?)
        } else if line.is_named("SUMMARY") {
            once(&mut self.name, number, line.text(MOST_NAME))
        } else if line.is_named("EXDATE") {
            self.except.extend(line.dates()?);
            Ok(())
        } else if line.is_named("RDATE") || line.is_named("RECURRENCE-ID") {
            Err(Why::Repetition)
        } else {
            self.is_cancelled |= line.is("STATUS", "CANCELLED");
            Ok(())
        }
    }

    /// How many days it takes from its start on.
    fn days(&self, start: Date) -> Result<i32, HolidayFileError> {
        let (line, days) = match (self.end, self.days) {
            (None, None) => return Ok(1),
            (Some((line, _)), Some(_)) => return Err(Why::Repeated.at(line)),
            (Some((line, end)), None) => (line, start.until(end).map_or(0, |span| span.get_days())),
            (None, Some(days)) => days,
        };
        if (1..=MOST_DAYS).contains(&days) { Ok(days) } else { Err(Why::Length.at(line)) }
    }
}

fn once<T>(found: &mut Found<T>, number: usize, value: T) -> Result<(), Why> {
    if found.is_some() {
        return Err(Why::Repeated);
    }
    *found = Some((number, value));
    Ok(())
}

#[cfg(test)]
mod tests;
