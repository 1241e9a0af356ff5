//! What holds whatever the rules.

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
            weekly: (0..7)
                .map(|day| (Day(Weekday::Monday.wrapping_add(day)), windows.clone()))
                .collect(),
            ..rules()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Around every change of clocks of the year, what is offered is free, explained and ordered.
    #[test]
    fn an_offered_slot_is_free_and_nothing_speaks_against_it(
        rules in any_rules(),
        zone in 0..ZONES.len(),
        day in 0_i64..365,
        taken in prop::collection::vec((0_i64..4_320, 1_i64..300), 0..12),
    ) {
        let given = Given::new(rules, ZONES[zone]);
        let start = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(24 * day);
        let taken: Vec<Interval> = taken
            .into_iter()
            .map(|(offset, length)| {
                let at = start + SignedDuration::from_mins(offset);
                Interval::starting(at, SignedDuration::from_mins(length)).unwrap()
            })
            .collect();
        let openings = given.openings_at(start, vec![], taken.clone());
        let range = Interval::starting(start, SignedDuration::from_hours(72)).unwrap();

        let slots = openings.slots(range);

        for slot in &slots {
            let claim = given.terms().claim_of(*slot);
            prop_assert!(taken.iter().all(|busy| !busy.overlaps(claim)));
            prop_assert_eq!(openings.reasons_against(slot.start()), vec![]);
        }
        prop_assert!(slots.windows(2).all(|pair| pair[0].start() < pair[1].start()));
    }

    /// Minute by minute, a start is either offered or has a reason, never both or neither.
    #[test]
    fn every_start_is_offered_or_explained(
        rules in any_rules(),
        zone in 0..ZONES.len(),
        day in prop::sample::select(vec![0_i64, 66, 87, 93, 276, 297, 304]),
    ) {
        let given = Given::new(rules, ZONES[zone]);
        let start = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(24 * day);
        let range = Interval::starting(start, SignedDuration::from_hours(30)).unwrap();
        let openings = given.openings_at(start, vec![], vec![]);

        let offered: Vec<Timestamp> =
            openings.slots(range).iter().map(|slot| slot.start()).collect();
        let explained: Vec<Timestamp> = (0..30 * 60)
            .map(|minute| start + SignedDuration::from_mins(minute))
            .filter(|minute| openings.reasons_against(*minute).is_empty())
            .collect();

        prop_assert_eq!(offered, explained);
    }
}
