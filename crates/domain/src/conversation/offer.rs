//! Which free slots somebody is offered first.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::When;
use crate::time::Interval;

/// How many times of one day are offered before those of others, unless a day was named.
const PER_DAY: usize = 2;

/// The free slots in the order in which they are offered: first what was named exactly, then its
/// day, then its time on other days, then whatever is near, a few of each day. `around` is where
/// the booking is now, in `zone` people speak of times.
pub fn in_order(
    free: &[Interval],
    around: Timestamp,
    near: Option<&When>,
    zone: &TimeZone,
) -> Vec<Interval> {
    let mut ranked: Vec<(Rank, Interval)> =
        free.iter().map(|slot| (rank(*slot, around, near, zone), *slot)).collect();
    ranked.sort_by_key(|(rank, slot)| (*rank, slot.start()));
    let mut of_day: BTreeMap<Date, usize> = BTreeMap::new();
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for (rank, slot) in ranked {
        let count = of_day.entry(slot.start().to_zoned(zone.clone()).date()).or_default();
        *count += 1;
        let named = rank.class < Class::Other;
        if named || *count <= PER_DAY { first.push(slot) } else { then.push(slot) }
    }
    first.extend(then);
    first
}

/// Whether a slot is exactly what was named.
pub fn is_exactly(slot: Interval, when: &When, zone: &TimeZone) -> bool {
    let local = slot.start().to_zoned(zone.clone());
    when.day == Some(local.date()) && when.times.contains(&local.time())
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    class: Class,
    distance: SignedDuration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Exact,
    SameDay,
    SameTime,
    Other,
}

fn rank(slot: Interval, around: Timestamp, near: Option<&When>, zone: &TimeZone) -> Rank {
    let start = slot.start();
    let from = |at: Timestamp| start.duration_since(at).abs();
    let Some(when) = near else { return Rank { class: Class::Other, distance: from(around) } };
    let local = start.to_zoned(zone.clone());
    let same_time = when.times.contains(&local.time());
    let class = match when.day {
        Some(day) if day == local.date() && same_time => Class::Exact,
        Some(day) if day == local.date() => Class::SameDay,
        Some(_) => Class::Other,
        None if same_time => Class::SameTime,
        None => Class::Other,
    };
    // Where on the named day; without one, wherever the booking is.
    let day = when.day.unwrap_or_else(|| around.to_zoned(zone.clone()).date());
    let time = when.times.first().copied().unwrap_or_else(|| around.to_zoned(zone.clone()).time());
    let wanted = zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().unwrap_or(around);
    Rank { class, distance: from(wanted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("America/Los_Angeles").expect("the zone is bundled")
    }

    /// Half-hours from nine to five on four days from Tuesday, 1 December.
    fn free() -> Vec<Interval> {
        let days = ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"];
        let starts = days.iter().flat_map(|day| {
            (0..16).map(move |half| {
                let start: Timestamp = format!("{day}T17:00:00Z").parse().expect("an instant");
                start + SignedDuration::from_mins(30 * half)
            })
        });
        starts
            .filter_map(|start| Interval::starting(start, SignedDuration::from_mins(30)))
            .collect()
    }

    fn first(count: usize, near: Option<&str>) -> Vec<String> {
        let today = "2026-11-30".parse().expect("a date");
        let near = near.map(|text| When::read(text, today).expect("a day or time"));
        let around = "2026-12-02T18:00:00Z".parse().expect("an instant");
        let ordered = in_order(&free(), around, near.as_ref(), &zone());
        assert_eq!(ordered.len(), free().len(), "nothing is lost");
        let local =
            |slot: &Interval| slot.start().to_zoned(zone()).strftime("%a %H:%M").to_string();
        ordered.iter().take(count).map(local).collect()
    }

    #[test]
    fn without_a_wish_several_days_are_offered() {
        assert_eq!(first(4, None), ["Wed 10:00", "Wed 09:30", "Tue 16:30", "Tue 16:00"]);
    }

    #[test]
    fn what_was_named_comes_first_and_then_its_day() {
        assert_eq!(first(3, Some("Thursday at 3pm")), ["Thu 15:00", "Thu 14:30", "Thu 15:30"]);
        assert_eq!(first(2, Some("friday")), ["Fri 10:00", "Fri 09:30"]);
    }

    #[test]
    fn a_time_alone_is_looked_for_on_every_day() {
        assert_eq!(first(3, Some("at 3pm")), ["Wed 15:00", "Tue 15:00", "Thu 15:00"]);
    }
}
