//! Days, weeks and links as the visitor’s zone and habits make them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;

fn slot(start: &str, remaining: u32) -> Slot {
    let start: Timestamp = start.parse().unwrap();
    Slot { start, end: start + SignedDuration::from_mins(30), remaining }
}

fn picker(languages: &str, slots: Vec<Slot>) -> Picker {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    Picker {
        visitor: Visitor::new(languages, TimeZone::UTC).choosing(zone),
        path: "/book/viewing".to_owned(),
        keep: vec![],
        today: date(2026, 11, 20),
        last_on: date(2027, 1, 19),
        month: date(2026, 12, 1),
        day: None,
        start: None,
        offer: Offer::Slots { slots, next_on: None },
        seats: false,
        waitlist: false,
    }
}

fn free_days(picker: &Picker) -> Vec<i8> {
    let free = |cell: &Cell| match cell {
        Cell::Free { number, .. } => Some(*number),
        Cell::Outside | Cell::Closed { .. } | Cell::Full { .. } => None,
    };
    picker.weeks().iter().flatten().filter_map(free).collect()
}

#[test]
fn a_slot_belongs_to_the_day_it_has_in_the_visitors_zone() {
    let late = slot("2026-12-04T03:00:00Z", 1);

    assert_eq!(free_days(&picker("en", vec![late])), [3]);
}

#[test]
fn a_week_begins_where_the_visitor_begins_it() {
    // The first of December 2026 is a Tuesday.
    let blanks = |picker: Picker| {
        picker.weeks()[0].iter().filter(|cell| matches!(cell, Cell::Outside)).count()
    };

    assert_eq!(blanks(picker("en-GB", vec![])), 1);
    assert_eq!(blanks(picker("en-US", vec![])), 2);
    assert_eq!(picker("en-US", vec![]).weekdays()[0].1, "Sunday");
    assert!(picker("en-US", vec![]).weeks().iter().all(|week| week.len() == 7));
}

#[test]
fn a_full_day_opens_only_when_it_can_be_waited_for() {
    let full = vec![slot("2026-12-03T18:00:00Z", 0)];
    let waitable = Picker { waitlist: true, ..picker("en", full.clone()) };

    assert!(free_days(&picker("en", full)).is_empty());
    assert_eq!(free_days(&waitable), [3]);
}

#[test]
fn months_end_at_today_and_at_the_horizon() {
    let december = picker("en", vec![]);
    let november = Picker { month: date(2026, 11, 30), ..picker("en", vec![]) };
    let january = Picker { month: date(2027, 1, 31), ..picker("en", vec![]) };

    assert!(december.previous().is_some() && december.next().is_some());
    assert!(november.previous().is_none());
    assert!(january.next().is_none());
}

#[test]
fn a_link_carries_the_zone_and_encodes_the_rest() {
    let keep = vec![("move", "1&x=<y>".to_owned())];
    let picker = Picker { keep, ..picker("en", vec![]) };

    let link = picker.start_link("2026-12-03T18:00:00Z".parse().unwrap());

    assert_eq!(
        link,
        "/book/viewing?move=1%26x%3D%3Cy%3E&month=2026-12&day=2026-12-03\
         &start=2026-12-03T18%3A00%3A00Z&tz=America%2FLos_Angeles#details"
    );
}

#[test]
fn the_parts_of_a_day_are_in_order_and_never_empty() {
    let slots = vec![slot("2026-12-03T22:00:00Z", 1), slot("2026-12-03T17:00:00Z", 1)];
    let picker = Picker { day: Some(date(2026, 12, 3)), ..picker("en", slots) };

    let names: Vec<_> = picker.parts().iter().map(|part| part.name).collect();

    assert_eq!(names, ["Morning", "Afternoon"]);
}
