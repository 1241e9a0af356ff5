#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use jiff::civil::{Weekday, date, time};

use super::*;
use crate::service::Day;

fn rules() -> Rules {
    Rules {
        duration: SignedDuration::from_mins(30),
        slot_every: SignedDuration::from_mins(30),
        buffer_before: SignedDuration::ZERO,
        buffer_after: SignedDuration::from_mins(15),
        notice: SignedDuration::from_hours(2),
        horizon: SignedDuration::from_hours(24 * 60),
        max_per_day: None,
        weekly: [Weekday::Monday, Weekday::Tuesday, Weekday::Sunday]
            .map(|day| (Day(day), vec![window(9, 12)]))
            .into(),
        overrides: BTreeMap::new(),
    }
}

fn window(from: i8, until: i8) -> Window {
    let until = (until < 24).then(|| time(until, 0, 0, 0));
    Window::new(time(from, 0, 0, 0), until).unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn between(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn starts(openings: &Openings<'_>, range: Interval) -> Vec<String> {
    openings.slots(range).iter().map(|slot| slot.start().to_string()).collect()
}

const EARLY: &str = "2026-03-01T00:00:00Z";

#[test]
fn a_window_is_cut_into_slots_that_lie_within_it() {
    let (rules, zone) = (rules(), zone("Europe/Berlin"));
    let openings = Openings::new(&rules, &zone, at(EARLY), vec![], vec![]);

    let slots = openings.slots(between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    assert_eq!(slots.len(), 6);
    assert_eq!(slots[0], between("2026-03-02T08:00:00Z", "2026-03-02T08:30:00Z"));
    assert_eq!(slots[5].end(), at("2026-03-02T11:00:00Z"));
}

#[test]
fn a_claim_takes_every_slot_whose_buffers_reach_it() {
    let (rules, zone) = (rules(), zone("Europe/Berlin"));
    // 10:00 to 10:30 local with its quarter of an hour behind.
    let claim = between("2026-03-02T09:00:00Z", "2026-03-02T09:45:00Z");
    let claims = vec![Claimed { interval: claim, counts_on: None }];
    let openings = Openings::new(&rules, &zone, at(EARLY), claims, vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    // 09:30 would need until 10:15, and 10:30 begins inside the buffer.
    assert_eq!(left, ["2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T10:30:00Z"]);
    assert_eq!(openings.reasons_against(at("2026-03-02T09:30:00Z")), [Reason::Claimed(claim)]);
}

#[test]
fn busy_time_and_limits_are_explained() {
    let mut rules = rules();
    rules.max_per_day = Some(1);
    let zone = zone("Europe/Berlin");
    let busy = between("2026-03-02T10:40:00Z", "2026-03-02T11:00:00Z");
    let booked = at("2026-03-02T08:00:00Z");
    let claims = vec![Claimed {
        interval: Interval::starting(booked, SignedDuration::from_mins(45)).unwrap(),
        counts_on: Some(booked),
    }];
    let openings = Openings::new(&rules, &zone, at(EARLY), claims, vec![busy]);

    let reasons = openings.reasons_against(at("2026-03-02T10:30:00Z"));

    let full = Reason::DayIsFull { date: date(2026, 3, 2), most: 1 };
    assert_eq!(reasons, [Reason::Busy(busy), full]);
}

#[test]
fn notice_horizon_grid_and_windows_each_have_their_reason() {
    let (rules, zone) = (rules(), zone("Europe/Berlin"));
    let now = at("2026-03-02T07:00:00Z");
    let openings = Openings::new(&rules, &zone, now, vec![], vec![]);

    for (start, expected) in [
        ("2026-03-02T08:30:00Z", vec![Reason::TooLittleNotice]),
        ("2026-03-02T09:10:00Z", vec![Reason::OffGrid]),
        ("2026-03-02T11:00:00Z", vec![Reason::OutsideWindows]),
        ("2026-03-04T09:00:00Z", vec![Reason::OutsideWindows]),
        ("2026-05-04T08:00:00Z", vec![Reason::BeyondHorizon]),
        ("2026-03-02T09:00:00Z", vec![]),
    ] {
        assert_eq!(openings.reasons_against(at(start)), expected, "{start}");
    }
}

#[test]
fn the_past_is_never_offered_even_without_notice() {
    let mut rules = rules();
    rules.notice = SignedDuration::ZERO;
    let zone = zone("Europe/Berlin");
    let now = at("2026-03-02T09:00:00Z");
    let openings = Openings::new(&rules, &zone, now, vec![], vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    assert_eq!(left[0], "2026-03-02T09:30:00Z");
}

#[test]
fn an_override_replaces_the_windows_of_its_date() {
    let mut rules = rules();
    rules.overrides.insert(date(2026, 3, 2), vec![]);
    rules.overrides.insert(date(2026, 3, 4), vec![window(23, 24)]);
    let zone = zone("Europe/Berlin");
    let openings = Openings::new(&rules, &zone, at(EARLY), vec![], vec![]);

    let left = starts(&openings, between("2026-03-01T23:00:00Z", "2026-03-05T00:00:00Z"));

    let tuesday: Vec<_> = left.iter().filter(|start| start.starts_with("2026-03-03")).collect();
    assert_eq!(tuesday.len(), 6);
    assert_eq!(&left[6..], ["2026-03-04T22:00:00Z", "2026-03-04T22:30:00Z"]);
    assert!(left.iter().all(|start| !start.starts_with("2026-03-02")));
}

#[test]
fn a_window_over_a_clock_change_is_as_long_as_it_really_is() {
    let mut rules = rules();
    rules.weekly.insert(Day(Weekday::Sunday), vec![window(1, 4)]);
    let zone = zone("Europe/Berlin");
    let count = |now: &str, range| {
        let openings = Openings::new(&rules, &zone, at(now), vec![], vec![]);
        openings.slots(range).len()
    };

    let spring = count(EARLY, between("2026-03-28T23:00:00Z", "2026-03-29T12:00:00Z"));
    let autumn =
        count("2026-10-01T00:00:00Z", between("2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z"));

    assert_eq!((spring, autumn), (4, 8));
}

#[test]
fn a_window_swallowed_by_the_gap_offers_nothing() {
    let mut rules = rules();
    rules.weekly.insert(
        Day(Weekday::Sunday),
        vec![Window::new(time(2, 0, 0, 0), Some(time(2, 59, 0, 0))).unwrap()],
    );
    rules.duration = SignedDuration::from_mins(60);
    let zone = zone("Europe/Berlin");
    let openings = Openings::new(&rules, &zone, at(EARLY), vec![], vec![]);

    assert!(openings.slots(between("2026-03-28T23:00:00Z", "2026-03-29T12:00:00Z")).is_empty());
}

#[test]
fn windows_that_overlap_offer_each_start_once_on_both_grids() {
    let mut rules = rules();
    rules.weekly.insert(
        Day(Weekday::Monday),
        vec![
            window(9, 11),
            Window::new(time(9, 15, 0, 0), Some(time(10, 30, 0, 0))).unwrap(),
            window(10, 11),
        ],
    );
    let zone = zone("UTC");
    let openings = Openings::new(&rules, &zone, at(EARLY), vec![], vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    let minutes: Vec<&str> = left.iter().map(|start| &start[11..16]).collect();
    assert_eq!(minutes, ["09:00", "09:15", "09:30", "09:45", "10:00", "10:30"]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    const ZONES: [&str; 5] =
        ["Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];

    prop_compose! {
        fn any_rules()(
            duration in 1_i64..180, step in 1_i64..120,
            before in 0_i64..60, after in 0_i64..60,
            windows in prop::collection::vec((0_i8..23, 1_i8..25), 1..4),
        ) -> Rules {
            let windows: Vec<Window> = windows
                .into_iter()
                .map(|(from, length)| window(from, (from + length).min(24)))
                .collect();
            Rules {
                duration: SignedDuration::from_mins(duration),
                slot_every: SignedDuration::from_mins(step),
                buffer_before: SignedDuration::from_mins(before),
                buffer_after: SignedDuration::from_mins(after),
                max_per_day: None,
                weekly: (0..7)
                    .map(|day| (Day(Weekday::Monday.wrapping_add(day)), windows.clone()))
                    .collect(),
                ..rules()
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Around every change of clocks of the year, what is offered is free, explained and ordered.
        #[test]
        fn an_offered_slot_is_free_and_nothing_speaks_against_it(
            rules in any_rules(),
            zone_index in 0..ZONES.len(),
            day in 0_i64..365,
            taken in prop::collection::vec((0_i64..4_320, 1_i64..300), 0..12),
        ) {
            let zone = zone(ZONES[zone_index]);
            let start = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(24 * day);
            let taken: Vec<Interval> = taken
                .into_iter()
                .map(|(offset, length)| {
                    let at = start + SignedDuration::from_mins(offset);
                    Interval::starting(at, SignedDuration::from_mins(length)).unwrap()
                })
                .collect();
            let openings = Openings::new(&rules, &zone, start, vec![], taken.clone());
            let range = Interval::starting(start, SignedDuration::from_hours(72)).unwrap();

            let slots = openings.slots(range);

            for slot in &slots {
                prop_assert!(taken.iter().all(|busy| !busy.overlaps(openings.claim_of(*slot))));
                prop_assert_eq!(openings.reasons_against(slot.start()), vec![]);
            }
            prop_assert!(slots.windows(2).all(|pair| pair[0].start() < pair[1].start()));
        }

        /// What is kept merged offers what the claims themselves offer, limits included.
        #[test]
        fn time_taken_offers_what_the_claims_it_was_made_of_offer(
            rules in any_rules(),
            most in prop::option::of(1_u32..4),
            gaps in prop::collection::vec((0_i64..200, 1_i64..120, any::<bool>()), 0..24),
        ) {
            let (rules, zone) = (Rules { max_per_day: most, ..rules }, zone("Europe/Berlin"));
            let start = at("2026-03-27T00:00:00Z");
            let mut until = start;
            let claims: Vec<Claimed> = gaps
                .into_iter()
                .map(|(gap, length, counts)| {
                    let begins = until + SignedDuration::from_mins(gap);
                    until = begins + SignedDuration::from_mins(length);
                    let interval = Interval::new(begins, until).unwrap();
                    Claimed { interval, counts_on: counts.then_some(begins) }
                })
                .collect();
            let range = Interval::starting(start, SignedDuration::from_hours(72)).unwrap();

            let taken = merged(claims.iter().map(|claim| claim.interval).collect());
            let kept = Openings::beside(&rules, &zone, start, &claims, taken.into());

            let asked = Openings::new(&rules, &zone, start, claims, vec![]);
            prop_assert_eq!(kept.slots(range), asked.slots(range));
        }

        /// Minute by minute, a start is either offered or has a reason, never both or neither.
        #[test]
        fn every_start_is_offered_or_explained(
            rules in any_rules(),
            zone_index in 0..ZONES.len(),
            day in prop::sample::select(vec![0_i64, 66, 87, 93, 276, 297, 304]),
        ) {
            let zone = zone(ZONES[zone_index]);
            let start = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(24 * day);
            let range = Interval::starting(start, SignedDuration::from_hours(30)).unwrap();
            let openings = Openings::new(&rules, &zone, start, vec![], vec![]);

            let offered: Vec<Timestamp> =
                openings.slots(range).iter().map(|slot| slot.start()).collect();
            let explained: Vec<Timestamp> = (0..30 * 60)
                .map(|minute| start + SignedDuration::from_mins(minute))
                .filter(|minute| openings.reasons_against(*minute).is_empty())
                .collect();

            prop_assert_eq!(offered, explained);
        }
    }
}
