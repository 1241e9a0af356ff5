//! A line of iCalendar: a name, parameters, a value.

use jiff::civil::Date;

use super::{Why, YEARS};

/// A line with what was folded into others, and the number of its first.
pub(super) struct Unfolded {
    pub(super) number: usize,
    pub(super) text: String,
}

/// The lines of a text. Blank ones mean nothing and are left out.
pub(super) fn unfold(text: &str) -> Vec<Unfolded> {
    let mut lines: Vec<Unfolded> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(before)) => before.text.push_str(rest),
            _ if line.is_empty() => {}
            (Some(_) | None, _) => {
                lines.push(Unfolded { number: index + 1, text: line.to_owned() });
            }
        }
    }
    lines
}

/// A line taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContentLine<'a> {
    name: &'a str,
    parameters: &'a str,
    pub(super) value: &'a str,
}

impl<'a> ContentLine<'a> {
    /// `None` for what is not one.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let (name, rest) = line.split_at(line.find(|c| !is_of_name(c))?);
        let mut is_quoted = false;
        let colon = rest.find(|c| {
            is_quoted ^= c == '"';
            c == ':' && !is_quoted
        })?;
        let (parameters, value) = (&rest[..colon], &rest[colon + 1..]);
        let is_fit = !name.is_empty() && (parameters.is_empty() || parameters.starts_with(';'));
        is_fit.then_some(Self { name, parameters, value })
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.is_named(name) && self.value.trim().eq_ignore_ascii_case(value)
    }

    /// The one date it has.
    pub(super) fn date(&self) -> Result<Date, Why> {
        self.refuse_times()?;
        date(self.value)
    }

    /// The dates it lists.
    pub(super) fn dates(&self) -> Result<Vec<Date>, Why> {
        self.refuse_times()?;
        self.value.split(',').map(date).collect()
    }

    fn refuse_times(&self) -> Result<(), Why> {
        let of_type = self.parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("VALUE").then_some(value)
        });
        let is_time = match of_type {
            Some(value) => !value.eq_ignore_ascii_case("DATE"),
            None => self.value.contains('T'),
        };
        if is_time { Err(Why::NotWholeDays) } else { Ok(()) }
    }

    /// A length of whole days or weeks, such as `P2D`.
    pub(super) fn days(&self) -> Option<i32> {
        let length = self.value.trim().strip_prefix('P')?;
        let number = |unit| length.strip_suffix(unit).filter(|text| text.len() <= 3)?.parse().ok();
        number('D').or_else(|| number('W').map(|weeks: i32| weeks * 7))
    }

    /// Its value as a line of text, cut to so many characters.
    pub(super) fn text(&self, most: usize) -> String {
        let mut text = String::new();
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            let letter = match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') | None => ' ',
                    Some(escaped) => escaped,
                },
                plain => plain,
            };
            text.push(if letter.is_control() { ' ' } else { letter });
        }
        text.trim().chars().take(most).collect::<String>().trim_end().to_owned()
    }
}

/// A date such as `20261225`.
pub(super) fn date(text: &str) -> Result<Date, Why> {
    let text = text.trim();
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Why::NotADate);
    }
    let number = |range: std::ops::Range<usize>| text[range].parse().map_err(|_| Why::NotADate);
    let (year, month, day) =
        (text[..4].parse().map_err(|_| Why::NotADate)?, number(4..6)?, number(6..8)?);
    let date = Date::new(year, month, day).ok().filter(|date| YEARS.contains(&date.year()));
    date.ok_or(Why::NotADate)
}
