//! A host's holidays out of iCalendar files.

use domain::holiday_file::{self, HolidayFileError};
use domain::{Faults, Pointer};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::outside_rules::OutsideRules;
use crate::setup::{HolidayDoc, Kind};
use crate::{App, SetupError};

/// What came of a file.
#[derive(Debug, Clone)]
pub struct ImportedHolidays {
    /// The days of the file, by date: all of them are holidays of the host now.
    pub holidays: Vec<HolidayDoc>,
    /// The bookings that stand although they are on one of them.
    pub outside: Vec<OutsideRules>,
}

/// The days of an iCalendar text, by date, from the beginning of this year to the end of the second
/// next: further ahead than any service is offered.
pub fn read_holidays(text: &str, now: Timestamp) -> Result<Vec<HolidayDoc>, HolidayFileError> {
    let this_year = now.to_zoned(TimeZone::UTC).year();
    let days = holiday_file::read(text, this_year..=this_year.saturating_add(2))?;
    let documents = days.into_iter().map(|(date, name)| HolidayDoc {
        date: date.to_string(),
        name: Some(name).filter(|name| !name.is_empty()),
    });
    Ok(documents.collect())
}

/// What is wrong with a file that stands `at` a place of the input.
pub(crate) fn fault(at: Pointer, error: &HolidayFileError) -> Faults {
    Faults::one(at, "not_a_holiday_file", error.to_string())
}

impl App {
    /// Adds the days of an iCalendar text to a host's holidays. Days that are holidays already stay
    /// as they are.
    pub async fn import_holidays(
        &self,
        host: &str,
        text: &str,
    ) -> Result<ImportedHolidays, SetupError> {
        let holidays = read_holidays(text, self.clock().now())
            .map_err(|error| SetupError::Faults(fault(Pointer::root(), &error)))?;
        let change = |documents: &mut crate::setup::Documents| {
            let host = documents.hosts.get_mut(host).ok_or(SetupError::NotFound)?;
            for holiday in &holidays {
                if host.holidays.iter().all(|known| known.date != holiday.date) {
                    host.holidays.push(holiday.clone());
                }
            }
            Ok(())
        };
        let applied = self.change_object(Kind::Host, host, change).await?;
        Ok(ImportedHolidays { holidays, outside: applied.outside })
    }
}
