//! How many bookings a host has on each day and in each week.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Claimed, Counted, Reason, Terms};

/// How many bookings are counted, by local date and by the Monday of the week; filled only where a
/// limit asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    per_day: BTreeMap<Date, u32>,
    per_week: BTreeMap<Date, u32>,
}

impl Counts {
    pub(super) fn of(counted: Counted, terms: Terms<'_>, claims: &[Claimed]) -> Self {
        let (per_day, per_week) = terms.limits(counted);
        let mut counts = Self::default();
        if per_day.is_none() && per_week.is_none() {
            return counts;
        }
        for claim in claims {
            let counts_here = match counted {
                Counted::Service => claim.service == terms.service.id,
                Counted::Host => true,
            };
            if counts_here {
                let date = terms.host.timezone.to_datetime(claim.slot.start()).date();
                *counts.per_day.entry(date).or_insert(0) += 1;
                *counts.per_week.entry(monday_of(date)).or_insert(0) += 1;
            }
        }
        counts
    }

    pub(super) fn full_day(&self, date: Date, most: u32, counted: Counted) -> Option<Reason> {
        let booked = self.per_day.get(&date).copied().unwrap_or(0);
        (booked >= most).then_some(Reason::DayIsFull { date, most, counted })
    }

    pub(super) fn full_week(&self, date: Date, most: u32, counted: Counted) -> Option<Reason> {
        let monday = monday_of(date);
        let booked = self.per_week.get(&monday).copied().unwrap_or(0);
        (booked >= most).then_some(Reason::WeekIsFull { monday, most, counted })
    }
}

/// The Monday on or before a date.
pub(super) fn monday_of(date: Date) -> Date {
    let days = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(days.days()).unwrap_or(date)
}
