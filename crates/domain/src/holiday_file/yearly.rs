//! What comes once a year: on a date, or on a weekday of a month such as the fourth Thursday of
//! November.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};

use super::content_line::date;

/// A rule of repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Yearly {
    /// The last date on which it can be.
    until: Option<Date>,
    /// How many times.
    count: Option<u32>,
    month: Option<i8>,
    on: Option<On>,
}

/// Which day of its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Day(i8),
    /// Counted from the month's beginning, or if negative from its end.
    Weekday(i8, Weekday),
}

impl Yearly {
    /// The rule that a text has, if it is one of these.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut yearly = Self::default();
        let mut is_yearly = false;
        for part in text.trim().split(';') {
            let (name, value) = part.split_once('=')?;
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => is_yearly = value.eq_ignore_ascii_case("YEARLY"),
                "INTERVAL" if value == "1" => {}
                "WKST" => {}
                "COUNT" => yearly.count = Some(value.parse().ok()?),
                "UNTIL" => yearly.until = Some(date(value.split('T').next()?).ok()?),
                "BYMONTH" => yearly.month = Some(value.parse().ok()?),
                "BYMONTHDAY" if yearly.on.is_none() => {
                    yearly.on = Some(On::Day(value.parse().ok()?));
                }
                "BYDAY" if yearly.on.is_none() => yearly.on = Some(weekday(value)?),
                _ => return None,
            }
        }
        let names_its_month = yearly.on.is_none() || yearly.month.is_some();
        (is_yearly && names_its_month).then_some(yearly)
    }

    /// The days in these years on which it begins, if the first of all is `first`. `None` when
    /// `first` does not follow the rule, so that nobody can tell what is meant.
    pub(super) fn starts(self, first: Date, years: &RangeInclusive<i16>) -> Option<Vec<Date>> {
        if self.in_year(first.year(), first) != Some(first) {
            return None;
        }
        let all = (first.year()..=*years.end()).filter_map(|year| self.in_year(year, first));
        let most =
            self.count.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
        let all = all.take(most).take_while(|date| self.until.is_none_or(|until| *date <= until));
        // An event may reach from one year into the next.
        Some(all.filter(|date| date.year() + 1 >= *years.start()).collect())
    }

    /// `None` in a year without it, such as one without 29 February.
    fn in_year(self, year: i16, first: Date) -> Option<Date> {
        let month = self.month.unwrap_or(first.month());
        match self.on.unwrap_or(On::Day(first.day())) {
            On::Day(day) => Date::new(year, month, day).ok(),
            On::Weekday(nth, weekday) => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
        }
    }
}

/// The weekday of a month, such as `4TH` or `-1MO`.
fn weekday(text: &str) -> Option<On> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some(On::Weekday(number.parse().ok()?, weekday))
}
