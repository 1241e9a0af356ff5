//! Choosing a slot: a month of days, a day of slots. Shared by booking and moving.
//!
//! Every step is a plain link, so it works without JavaScript and the back button does what it says.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp, ToSpan as _};
use url::form_urlencoded::Serializer;

use super::Visitor;
use super::text::{Saying, Text};
use super::zones;

/// The picker and what it offers.
#[derive(Debug, Clone)]
pub struct Picker {
    /// Whose zone and calendar habits it follows.
    pub visitor: Visitor,
    /// The page's own path.
    pub path: String,
    /// Parameters that every link keeps, beside the ones that are the picker's own.
    pub keep: Vec<(&'static str, String)>,
    /// The visitor's today.
    pub today: Date,
    /// The last date on which anything is offered: the end of the service's horizon.
    pub last_on: Date,
    /// Any date of the month shown.
    pub month: Date,
    /// The day that was picked.
    pub day: Option<Date>,
    /// The start that was picked.
    pub start: Option<Timestamp>,
    /// What is offered in that month.
    pub offer: Offer,
    /// A group service: places left are shown.
    pub seats: bool,
    /// Full slots can be picked too, to wait for.
    pub waitlist: bool,
}

/// What a month offers.
#[derive(Debug, Clone)]
pub enum Offer {
    /// Read, perhaps empty.
    Slots {
        /// The slots of the month as the visitor's zone cuts it; in any order.
        slots: Vec<Slot>,
        /// The next date with a slot after this month, where the month has none.
        next_on: Option<Date>,
    },
    /// A calendar could not be read, and unknown is busy.
    CalendarUnavailable,
}

/// A bookable start and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How many people still fit; 0 is full.
    pub remaining: u32,
}

/// One cell of the month's table.
#[derive(Debug)]
pub(super) enum Cell {
    /// Belongs to another month.
    Outside,
    /// Nothing is offered.
    Closed { number: i8, today: bool },
    /// Everything offered is taken.
    Full { number: i8, label: String },
    /// Has free slots, or full ones that can be waited for.
    Free { number: i8, label: String, link: String, picked: bool, today: bool, full: bool },
}

/// The slots of a morning, an afternoon or an evening.
#[derive(Debug)]
pub(super) struct DayPart {
    pub(super) name: &'static str,
    pub(super) slots: Vec<SlotLink>,
}

/// One slot to pick; full ones have no link unless they can be waited for.
#[derive(Debug)]
pub(super) struct SlotLink {
    pub(super) time: String,
    pub(super) link: Option<String>,
    pub(super) note: Option<String>,
    pub(super) picked: bool,
}

impl Picker {
    pub(super) fn text(&self) -> &'static Text {
        self.visitor.text
    }

    fn first(&self) -> Date {
        self.month.first_of_month()
    }

    pub(super) fn month_name(&self) -> String {
        self.name_of(self.first())
    }

    fn name_of(&self, month: Date) -> String {
        (self.text().dates.month)(month)
    }

    /// The address and label of the month before, unless it is over.
    pub(super) fn previous(&self) -> Option<(String, String)> {
        let month =
            self.month_by(-1.months()).filter(|month| *month >= self.today.first_of_month())?;
        Some((self.month_link(month), (self.text().picker.previous_month)(&self.name_of(month))))
    }

    /// The address and label of the month after, unless it is beyond the horizon.
    pub(super) fn next(&self) -> Option<(String, String)> {
        let month = self.month_by(1.months()).filter(|month| *month <= self.last_on)?;
        Some((self.month_link(month), (self.text().picker.next_month)(&self.name_of(month))))
    }

    fn month_by(&self, months: Span) -> Option<Date> {
        self.first().checked_add(months).ok()
    }

    /// The short and the full names of a week's days, in the visitor's order.
    pub(super) fn weekdays(&self) -> Vec<(&'static str, &'static str)> {
        let dates = &self.text().dates;
        let first = self.visitor.first_weekday().to_monday_zero_offset().unsigned_abs();
        let in_order = (0..7).map(|day| usize::from(first + day) % 7);
        in_order.map(|day| (dates.weekdays_short[day], dates.weekdays[day])).collect()
    }

    /// The month's table, week by week.
    pub(super) fn weeks(&self) -> Vec<Vec<Cell>> {
        let by_day = self.slots_by_day();
        let first = self.first();
        let leading = first.weekday().since(self.visitor.first_weekday()).unsigned_abs();
        let days = (1..=first.days_in_month())
            .filter_map(|day| Date::new(first.year(), first.month(), day).ok())
            .map(|date| self.cell(date, by_day.get(&date)));
        let mut cells: Vec<Cell> = (0..leading).map(|_| Cell::Outside).chain(days).collect();
        cells.resize_with(cells.len().next_multiple_of(7), || Cell::Outside);

        let mut weeks = Vec::new();
        while !cells.is_empty() {
            let later = cells.split_off(7);
            weeks.push(std::mem::replace(&mut cells, later));
        }
        weeks
    }

    fn cell(&self, date: Date, slots: Option<&Vec<Slot>>) -> Cell {
        let (number, today) = (date.day(), date == self.today);
        let Some(slots) = slots else { return Cell::Closed { number, today } };
        let day = self.visitor.date(date);
        let words = &self.text().picker;
        let free = slots.iter().filter(|slot| slot.remaining > 0).count();
        let label = match (free, self.waitlist) {
            (0, false) => return Cell::Full { number, label: (words.day_full)(&day) },
            (0, true) => (words.day_waitlist)(&day),
            (free, _) => (words.day_free)(&day, free),
        };
        let (link, picked) = (self.day_link(date), self.day == Some(date));
        Cell::Free { number, label, link, picked, today, full: free == 0 }
    }

    fn slots_by_day(&self) -> BTreeMap<Date, Vec<Slot>> {
        let mut by_day: BTreeMap<Date, Vec<Slot>> = BTreeMap::new();
        if let Offer::Slots { slots, .. } = &self.offer {
            for slot in slots {
                by_day.entry(self.visitor.date_of(slot.start)).or_default().push(*slot);
            }
        }
        for slots in by_day.values_mut() {
            slots.sort_by_key(|slot| slot.start);
        }
        by_day
    }

    pub(super) fn is_unavailable(&self) -> bool {
        matches!(self.offer, Offer::CalendarUnavailable)
    }

    /// Nothing can be picked in this month.
    pub(super) fn is_empty(&self) -> bool {
        match &self.offer {
            Offer::Slots { slots, .. } => {
                !slots.iter().any(|slot| slot.remaining > 0 || self.waitlist)
            }
            Offer::CalendarUnavailable => false,
        }
    }

    /// What to say about a month in which nothing can be picked.
    pub(super) fn nothing(&self) -> Saying {
        self.text().picker.nothing_ahead
    }

    pub(super) fn nothing_this_month(&self) -> String {
        (self.text().picker.nothing_this_month)(&self.month_name())
    }

    /// The address and label of the next day with a free slot, after a month without one.
    pub(super) fn next_free_day(&self) -> Option<(String, String)> {
        let Offer::Slots { next_on: Some(date), .. } = &self.offer else { return None };
        let label = (self.text().picker.next_free_day)(&self.visitor.date(*date));
        Some((self.day_link(*date), label))
    }

    /// There is, or will be with the next click, a time to choose.
    pub(super) fn has_times(&self) -> bool {
        !self.is_unavailable() && !self.is_empty()
    }

    pub(super) fn day_name(&self) -> Option<String> {
        self.day.map(|day| self.visitor.date(day))
    }

    /// The slots of the day that was picked.
    pub(super) fn parts(&self) -> Vec<DayPart> {
        let slots = self.day.and_then(|day| self.slots_by_day().remove(&day)).unwrap_or_default();
        let dates = &self.text().dates;
        let names = [(dates.morning, 0..12), (dates.afternoon, 12..17), (dates.evening, 17..24)];
        let part = |(name, hours): (_, std::ops::Range<i8>)| {
            let within = |slot: &&Slot| hours.contains(&self.visitor.hour_of(slot.start));
            let slots = slots.iter().filter(within).map(|slot| self.slot_link(slot)).collect();
            DayPart { name, slots }
        };
        names.into_iter().map(part).filter(|part| !part.slots.is_empty()).collect()
    }

    fn slot_link(&self, slot: &Slot) -> SlotLink {
        let words = &self.text().picker;
        let full = slot.remaining == 0;
        let note = match (full, self.waitlist, self.seats) {
            (true, true, _) => Some(words.slot_waitlist.to_owned()),
            (true, false, _) => Some(words.slot_full.to_owned()),
            (false, _, true) => Some((words.places_left)(slot.remaining)),
            (false, _, false) => None,
        };
        SlotLink {
            time: self.visitor.unmistakable_time(slot.start),
            link: (!full || self.waitlist).then(|| self.start_link(slot.start)),
            note,
            picked: self.start == Some(slot.start),
        }
    }

    /// The slot that was picked, if it is offered.
    pub fn picked(&self) -> Option<Slot> {
        let Offer::Slots { slots, .. } = &self.offer else { return None };
        slots.iter().find(|slot| Some(slot.start) == self.start).copied()
    }

    /// The sentence that names the zone, and in it the offset at the time shown.
    pub(super) fn times_in(&self) -> String {
        let noon = self.day.unwrap_or(self.month).at(12, 0, 0, 0);
        let at = self.visitor.zone().to_timestamp(noon);
        let label = at
            .map_or_else(|_| self.visitor.zone_name().to_owned(), |at| self.visitor.zone_label(at));
        (self.text().picker.times_in)(&label)
    }

    /// The zone in use has to be in the list, whatever the list has.
    pub(super) fn zone_is_unlisted(&self) -> bool {
        let name = self.visitor.zone_name();
        !zones::regions().iter().flat_map(|region| &region.zones).any(|zone| zone.id == name)
    }

    /// What the form that changes the zone has to keep.
    pub(super) fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = self.keep.clone();
        kept.extend(self.visitor.language_chosen().map(|tag| ("lang", tag.to_owned())));
        kept.push(("month", year_and_month(self.month)));
        kept.extend(self.day.map(|day| ("day", day.to_string())));
        kept
    }

    /// This month, without a day.
    pub(super) fn this_month(&self) -> String {
        self.month_link(self.first())
    }

    /// The day that was picked, without a slot; this month where there is none.
    pub(super) fn this_day(&self) -> String {
        self.day.map_or_else(|| self.this_month(), |day| self.day_link(day))
    }

    fn month_link(&self, month: Date) -> String {
        self.link(&[("month", year_and_month(month))], "days")
    }

    fn day_link(&self, day: Date) -> String {
        self.link(&[("month", year_and_month(day)), ("day", day.to_string())], "times")
    }

    pub(super) fn start_link(&self, start: Timestamp) -> String {
        let day = self.visitor.date_of(start);
        let steps = [
            ("month", year_and_month(day)),
            ("day", day.to_string()),
            ("start", start.to_string()),
        ];
        self.link(&steps, "details")
    }

    fn link(&self, steps: &[(&'static str, String)], anchor: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.keep).extend_pairs(steps);
        if self.visitor.zone_chosen() {
            query.append_pair("tz", self.visitor.zone_name());
        }
        if let Some(tag) = self.visitor.language_chosen() {
            query.append_pair("lang", tag);
        }
        format!("{}?{}#{anchor}", self.path, query.finish())
    }
}

fn year_and_month(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}
