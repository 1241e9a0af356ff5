//! Days and times of day in a free English sentence.

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};

/// A day, a time of day, or both. Never neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The day, if one is named.
    pub day: Option<Date>,
    /// What the time of day can mean, the likeliest first; nothing if none is named. "At 3" is
    /// more often in the afternoon.
    pub times: Vec<Time>,
}

/// The most words that are looked at.
const MOST_WORDS: usize = 60;

impl When {
    /// What a sentence names; `None` when it names neither a day nor a time of day. `today` is the
    /// date where its speaker is.
    pub fn read(text: &str, today: Date) -> Option<Self> {
        let words: Vec<String> = text
            .split([' ', ',', '\n', '\t', ';', '(', ')'])
            .filter_map(word)
            .take(MOST_WORDS)
            .collect();
        let mut sentence = Sentence { used: vec![false; words.len()], words, today };
        let day = sentence.day();
        let times = sentence.times(day.is_some());
        (day.is_some() || !times.is_empty()).then_some(Self { day, times })
    }
}

/// In lower case, without what stands around it.
fn word(raw: &str) -> Option<String> {
    let bare = raw.trim_matches(|c: char| !c.is_alphanumeric());
    (!bare.is_empty()).then(|| bare.to_lowercase())
}

/// A sentence of which some words have been understood.
struct Sentence {
    words: Vec<String>,
    used: Vec<bool>,
    today: Date,
}

impl Sentence {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The word before, if there is one.
    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.word(at))
    }

    fn take(&mut self, words: std::ops::RangeInclusive<usize>) {
        for at in words {
            if let Some(used) = self.used.get_mut(at) {
                *used = true;
            }
        }
    }

    fn day(&mut self) -> Option<Date> {
        (0..self.words.len()).find_map(|at| {
            let (day, last) =
                self.relative(at).or_else(|| self.weekday(at)).or_else(|| self.dated(at))?;
            self.take(at..=last);
            Some(day)
        })
    }

    /// `today`, `tomorrow`, `in 3 days`, `in a week`: with the place of its last word.
    fn relative(&self, at: usize) -> Option<(Date, usize)> {
        let ahead = |days: i64| self.today.checked_add(days.days()).ok();
        match self.word(at) {
            "today" | "tonight" => Some((self.today, at)),
            "tomorrow" | "tmrw" | "tomorow" => {
                let after = at >= 2 && self.before(at) == "after" && self.word(at - 2) == "day";
                Some((ahead(if after { 2 } else { 1 })?, at))
            }
            "day" if self.word(at + 1) == "after" && self.word(at + 2) == "tomorrow" => {
                Some((ahead(2)?, at + 2))
            }
            "in" => {
                let count = match self.word(at + 1) {
                    "a" | "one" => 1,
                    "two" => 2,
                    number => number.parse().ok().filter(|count| (1..=60).contains(count))?,
                };
                let days = match self.word(at + 2) {
                    "day" | "days" => count,
                    "week" | "weeks" => count * 7,
                    _ => return None,
                };
                Some((ahead(days)?, at + 2))
            }
            _ => None,
        }
    }

    /// The first such day from today on; with `next`, that of the week after this one.
    fn weekday(&self, at: usize) -> Option<(Date, usize)> {
        let weekday = weekday_named(self.word(at))?;
        let ahead = self.today.weekday().until(weekday);
        let next_week = 7 - i64::from(self.today.weekday().to_monday_zero_offset())
            + i64::from(weekday.to_monday_zero_offset());
        let days = if self.before(at) == "next" { next_week } else { i64::from(ahead) };
        Some((self.today.checked_add(days.days()).ok()?, at))
    }

    /// `4 December`, `Dec 4th`, `the 4th`, `12/4`, `2026-12-04`.
    fn dated(&self, at: usize) -> Option<(Date, usize)> {
        let (this, next) = (self.word(at), self.word(at + 1));
        if let Ok(date) = this.parse::<Date>() {
            return Some((date, at));
        }
        if let Some(month) = month_named(this)
            && let Some(day) = day_of_month(next)
        {
            return Some((self.coming(month, day)?, at + 1));
        }
        let day = day_of_month(this);
        let after_of = if next == "of" { at + 2 } else { at + 1 };
        if let (Some(day), Some(month)) = (day, month_named(self.word(after_of))) {
            return Some((self.coming(month, day)?, after_of));
        }
        if let Some(day) = day.filter(|_| this.ends_with(|c: char| c.is_alphabetic())) {
            return Some((self.coming_day(day)?, at));
        }
        let (first, second) = this.split_once('/')?;
        let (first, second) = (first.parse::<i8>().ok()?, second.parse::<i8>().ok()?);
        // As they are written in America, unless that cannot be.
        let (month, day) = if first > 12 { (second, first) } else { (first, second) };
        Some((self.coming(month, day)?, at))
    }

    /// That date in this year, or in the next if it has passed.
    fn coming(&self, month: i8, day: i8) -> Option<Date> {
        let this_year =
            Date::new(self.today.year(), month, day).ok().filter(|date| *date >= self.today);
        this_year.or_else(|| Date::new(self.today.year() + 1, month, day).ok())
    }

    /// The next date with that number.
    fn coming_day(&self, day: i8) -> Option<Date> {
        (0..3).find_map(|months| {
            let month = self.today.first_of_month().checked_add(months.months()).ok()?;
            Date::new(month.year(), month.month(), day).ok().filter(|date| *date >= self.today)
        })
    }

    fn times(&self, with_day: bool) -> Vec<Time> {
        (0..self.words.len())
            .filter(|at| !self.used[*at])
            .find_map(|at| self.time(at, with_day))
            .unwrap_or_default()
    }

    fn time(&self, at: usize, with_day: bool) -> Option<Vec<Time>> {
        let this = self.word(at);
        match this {
            "noon" | "midday" => return Some(vec![Time::constant(12, 0, 0, 0)]),
            "midnight" => return Some(vec![Time::midnight()]),
            _ => {}
        }
        let glued = ["a.m", "p.m", "am", "pm"].into_iter().find_map(|half| {
            this.strip_suffix(half)
                .filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
                .map(|number| (number, half))
        });
        let half = match glued {
            Some((_, half)) => Some(half),
            None => Some(self.word(at + 1)),
        };
        let half = half.and_then(Half::named);
        let (hour, minute) = hour_and_minute(glued.map_or(this, |(number, _)| number))?;
        if let Some(half) = half {
            return half.time(hour, minute).map(|time| vec![time]);
        }
        let written_as_time = this.contains(':');
        let said_as_time = self.before(at) == "at"
            || matches!(self.word(at + 1), "o'clock" | "oclock" | "o’clock");
        // A number beside a day is a time; alone it can be anything.
        let beside_day = with_day && hour > 0;
        (written_as_time || said_as_time || beside_day).then(|| either_half(hour, minute)).flatten()
    }
}

/// `9`, `9:30`, `9.30`, `09:30`.
fn hour_and_minute(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "00"));
    let digits = |text: &str, most: usize| {
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<i8>().ok()).flatten()
    };
    let minute = (minute.len() == 2).then(|| digits(minute, 2)).flatten()?;
    let hour = digits(hour, 2)?;
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// What a time without `am` or `pm` can mean, the likelier first: people meet by day.
fn either_half(hour: i8, minute: i8) -> Option<Vec<Time>> {
    let at = |hour: i8| Time::new(hour, minute, 0, 0).ok();
    let hours: &[i8] = match hour {
        1..=6 => &[hour + 12, hour],
        7..=11 => &[hour, hour + 12],
        _ => &[hour],
    };
    hours.iter().map(|hour| at(*hour)).collect()
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

impl Half {
    fn named(word: &str) -> Option<Self> {
        match word {
            "am" | "a.m" => Some(Self::Morning),
            "pm" | "p.m" => Some(Self::Afternoon),
            _ => None,
        }
    }

    fn time(self, hour: i8, minute: i8) -> Option<Time> {
        let hour = match (self, hour) {
            (Self::Morning, 12) => 0,
            (Self::Afternoon, 1..=11) => hour + 12,
            (Self::Morning | Self::Afternoon, _) => hour,
        };
        Time::new(hour, minute, 0, 0).ok()
    }
}

fn weekday_named(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "weds" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn month_named(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let fits = |month: &&str| {
        word.len() >= 3 && (month.starts_with(word) || word == "sept" && month.starts_with("sep"))
    };
    MONTHS.iter().zip(1..).find(|(month, _)| fits(month)).map(|(_, number)| number)
}

/// `4`, `4th`, `21st`.
fn day_of_month(word: &str) -> Option<i8> {
    let bare = ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end));
    let digits = bare.unwrap_or(word);
    let written = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    written.then(|| digits.parse().ok()).flatten().filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read on Monday, 30 November 2026: the day and the likeliest time.
    fn read(text: &str) -> Option<(Option<String>, Option<String>)> {
        let today = "2026-11-30".parse().expect("a date");
        let when = When::read(text, today)?;
        let time = when.times.first().map(|time| time.strftime("%H:%M").to_string());
        Some((when.day.map(|day| day.to_string()), time))
    }

    #[test]
    fn days_and_times_are_understood_as_people_write_them() {
        let table = [
            ("Can we do Thursday at 3pm?", "2026-12-03", "15:00"),
            ("tomorrow at 10:30 would be great", "2026-12-01", "10:30"),
            ("today at noon", "2026-11-30", "12:00"),
            ("the day after tomorrow at 9", "2026-12-02", "09:00"),
            ("next tuesday at 9am", "2026-12-08", "09:00"),
            ("next monday 2 pm", "2026-12-07", "14:00"),
            ("Dec 4 at 14:00", "2026-12-04", "14:00"),
            ("4 December, 2 p.m.", "2026-12-04", "14:00"),
            ("the 4th of december at 11:15 am", "2026-12-04", "11:15"),
            ("on the 5th at 8", "2026-12-05", "08:00"),
            ("12/4 at 2:30 pm", "2026-12-04", "14:30"),
            ("31/12 at 9 o'clock", "2026-12-31", "09:00"),
            ("2026-12-04 16:30", "2026-12-04", "16:30"),
            ("jan 2 at 10", "2027-01-02", "10:00"),
            ("Friday 3", "2026-12-04", "15:00"),
            ("friday 12am", "2026-12-04", "00:00"),
            ("in 2 days at 4", "2026-12-02", "16:00"),
            ("in a week at 10am", "2026-12-07", "10:00"),
            ("May I come on Wed at 1:45?", "2026-12-02", "13:45"),
        ];
        for (text, day, time) in table {
            assert_eq!(read(text), Some((Some(day.to_owned()), Some(time.to_owned()))), "{text}");
        }
    }

    #[test]
    fn a_day_or_a_time_alone_is_something() {
        assert_eq!(read("Friday works better"), Some((Some("2026-12-04".to_owned()), None)));
        assert_eq!(read("any chance at 3?"), Some((None, Some("15:00".to_owned()))));
        assert_eq!(read("after 5pm"), Some((None, Some("17:00".to_owned()))));
    }

    #[test]
    fn a_sentence_without_either_names_nothing() {
        for text in [
            "",
            "thanks a lot",
            "we are 3 people",
            "may I bring 2 dogs",
            "123 Main St",
            "call 2135550142",
            "the 32nd",
            "25:00",
            "12:75",
            "mar",
            "2/30",
            "version 1.2.3",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_hour_without_its_half_can_mean_both() {
        let today = "2026-11-30".parse().expect("a date");

        let when = When::read("friday at 4", today).expect("a time");

        assert_eq!(when.times, ["16:00", "04:00"].map(|time| time.parse().expect("a time")));
    }
}
