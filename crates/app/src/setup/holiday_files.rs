//! `holidays_file` of a host in a setup file: an iCalendar file beside it, whose days become
//! `holidays` when the setup is applied.

use std::borrow::Cow;

use domain::{Faults, Pointer};
use jiff::Timestamp;
use toml::{Table, Value};

use super::HolidayDoc;
use crate::holidays::{fault, read_holidays};

/// A setup file with the days of each host's `holidays_file` among its `holidays`. `read` has the
/// text of a file, or says why not. What else is wrong with the setup is left to whoever applies it.
///
/// # Errors
/// What cannot be read, and what is no holiday file, at its place.
pub fn with_holiday_files(
    toml: &str,
    now: Timestamp,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<Cow<'_, str>, Faults> {
    let Ok(mut setup) = toml.parse::<Table>() else { return Ok(Cow::Borrowed(toml)) };
    let Some(Value::Array(hosts)) = setup.get_mut("hosts") else { return Ok(Cow::Borrowed(toml)) };
    let (mut faults, mut found) = (Faults::new(), false);
    for (index, host) in hosts.iter_mut().enumerate() {
        let Some(host) = host.as_table_mut() else { continue };
        // What is no text has its fault as a member that nobody knows.
        let Some(Value::String(file)) = host.get("holidays_file") else { continue };
        let at = Pointer::root().at("hosts").at(index).at("holidays_file");
        match read(file) {
            Ok(text) => match read_holidays(&text, now) {
                Ok(holidays) => add(host, &holidays),
                Err(error) => faults.extend(fault(at, &error)),
            },
            Err(why) => faults.add(at, "unreadable_file", why),
        }
        host.remove("holidays_file");
        found = true;
    }
    faults.into_result()?;
    Ok(if found { Cow::Owned(setup.to_string()) } else { Cow::Borrowed(toml) })
}

/// Adds the days that the host does not name itself.
fn add(host: &mut Table, holidays: &[HolidayDoc]) {
    let named = host.entry("holidays").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(named) = named else { return };
    let date = |day: &Value| match day.get("date") {
        Some(Value::String(date)) => Some(date.clone()),
        Some(Value::Datetime(date)) => Some(date.to_string()),
        Some(_) | None => None,
    };
    let known: Vec<String> = named.iter().filter_map(date).collect();
    for holiday in holidays.iter().filter(|holiday| !known.contains(&holiday.date)) {
        let mut day = Table::new();
        day.insert("date".to_owned(), Value::String(holiday.date.clone()));
        if let Some(name) = &holiday.name {
            day.insert("name".to_owned(), Value::String(name.clone()));
        }
        named.push(Value::Table(day));
    }
}
