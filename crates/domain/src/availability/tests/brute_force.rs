//! Slots, computed a second time: minute by minute, every rule looked at on its own, without the
//! sweeps, the searches and the time arithmetic of the first.

use proptest::prelude::*;

use super::*;
use crate::host::LongestRun;
use crate::travel::Travel;

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "UTC",
];
const PLACES: [&str; 4] = ["Hall", "Office", "Farm", ""];

/// One question with all its facts.
#[derive(Debug, Clone)]
struct Question {
    service: Service,
    host: Host,
    now: Timestamp,
    claims: Vec<Claimed>,
    busy: Vec<Interval>,
    range: Interval,
}

prop_compose! {
    fn any_rules()(
        duration in 5_i64..150, step in 5_i64..90, before in 0_i64..40, after in 0_i64..40,
        notice in 0_i64..600, horizon in 1_000_i64..8_000,
        max_per_day in prop::option::of(1_u32..4), max_per_week in prop::option::of(1_u32..6),
        windows in prop::collection::vec((0_i8..23, 1_i8..25), 0..3),
        special in prop::collection::btree_map(0_i8..6, prop::option::of((0_i8..23, 1_i8..25)), 0..3),
    ) -> Rules {
        let read = |(from, length): (i8, i8)| window(from, (from + length).min(24));
        let windows: Vec<Window> = windows.into_iter().map(read).collect();
        let minutes = SignedDuration::from_mins;
        Rules {
            duration: minutes(duration),
            durations: vec![],
            slot_every: minutes(step),
            buffer_before: minutes(before),
            buffer_after: minutes(after),
            notice: minutes(notice),
            horizon: minutes(horizon),
            max_per_day,
            max_per_week,
            weekly: (0..7)
                .map(|day| (Day(Weekday::Monday.wrapping_add(day)), windows.clone()))
                .collect(),
            overrides: special
                .into_iter()
                .map(|(day, window)| (date(2026, 3, 27 + day.min(4)), window.map(read).into_iter().collect()))
                .collect(),
            any_time: false,
        }
    }
}

prop_compose! {
    fn any_host_rules()(
        max_per_day in prop::option::of(1_u32..5), max_per_week in prop::option::of(1_u32..8),
        run in prop::option::of((30_i64..300, 1_i64..60)),
        usual in 0_i64..90, far in prop::option::of(0_i64..150),
        holiday in prop::option::of(27_i8..32),
    ) -> HostRules {
        let minutes = SignedDuration::from_mins;
        let mut travel = Travel::usually(minutes(usual));
        if let Some(far) = far {
            travel.add(Place::of("Hall").unwrap(), Place::of("Farm").unwrap(), minutes(far));
        }
        HostRules {
            max_per_day,
            max_per_week,
            longest_run: run.map(|(length, rest)| LongestRun {
                length: minutes(length),
                shortest_break: minutes(rest),
            }),
            travel,
            holidays: holiday.map(|day| (date(2026, 3, day), String::new())).into_iter().collect(),
        }
    }
}

prop_compose! {
    /// Around the night when Europe changes its clocks, and America and Australia soon do or did.
    fn any_question()(
        rules in any_rules(), of_host in any_host_rules(), zone in 0..ZONES.len(),
        ahead in 0_i64..4_000,
        claims in prop::collection::vec(
            (0_i64..400, 1_i64..120, 0_i64..30, 0_i64..30, 0..PLACES.len(), any::<bool>()), 0..14),
        busy in prop::collection::vec((0_i64..6_000, 1_i64..200), 0..4),
    ) -> Question {
        let given = Given::new(rules, ZONES[zone]);
        let minutes = SignedDuration::from_mins;
        let begin = at("2026-03-27T00:00:00Z");
        let mut until = begin;
        let claims = claims
            .into_iter()
            .map(|(gap, length, before, after, place, ours)| {
                let start = until + minutes(gap + before);
                let slot = Interval::starting(start, minutes(length)).unwrap();
                let interval = slot.widened(minutes(before), minutes(after));
                until = interval.end();
                let claim = booked(interval, slot);
                let service = if ours { claim.service.clone() } else { "talk".parse().unwrap() };
                Claimed { service, place: Place::of(PLACES[place]), ..claim }
            })
            .collect();
        let busy = busy
            .into_iter()
            .map(|(offset, length)| {
                Interval::starting(begin + minutes(offset), minutes(length)).unwrap()
            })
            .collect();
        Question {
            service: given.service,
            host: Host { rules: of_host, ..given.host },
            now: begin - minutes(300) + minutes(ahead / 10),
            claims,
            busy,
            range: Interval::starting(begin, minutes(4_500)).unwrap(),
        }
    }
}

impl Question {
    fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        self.host.timezone.to_datetime(at)
    }

    /// The first instant at which the host's clock shows a time; for one it never shows, the
    /// instant it would have been had the clock not been set forward.
    fn instant_of(&self, local: jiff::civil::DateTime) -> Timestamp {
        let as_if_utc = TimeZone::UTC.to_timestamp(local).unwrap();
        let offset = |at: Timestamp| {
            let shown = TimeZone::UTC.to_timestamp(self.local(at)).unwrap();
            shown.duration_since(at)
        };
        let day = SignedDuration::from_hours(26);
        let before = as_if_utc - offset(as_if_utc - day);
        let after = as_if_utc - offset(as_if_utc + day);
        let shown = [before.min(after), before.max(after)];
        shown.into_iter().find(|at| self.local(*at) == local).unwrap_or(before)
    }

    /// Every window of the dates in question, in instants.
    fn windows(&self) -> Vec<(Timestamp, Timestamp)> {
        let rules = &self.service.rules;
        let mut all = Vec::new();
        for date in date(2026, 3, 25).series(1.day()).take(9) {
            let windows = match rules.overrides.get(&date) {
                Some(windows) => windows.clone(),
                None if self.host.rules.holidays.contains_key(&date) => vec![],
                None => rules.weekly[&Day(date.weekday())].clone(),
            };
            all.extend(windows.iter().map(|window| {
                let midnight = date.tomorrow().unwrap().at(0, 0, 0, 0);
                let close = window.until().map_or(midnight, |until| date.to_datetime(until));
                (self.instant_of(date.to_datetime(window.from())), self.instant_of(close))
            }));
        }
        all
    }

    fn on_the_grid(&self, windows: &[(Timestamp, Timestamp)], slot: Interval) -> bool {
        windows.iter().any(|(open, close)| {
            let inside = *open <= slot.start() && slot.end() <= *close;
            let offset = slot.start().duration_since(*open).as_secs();
            inside && offset % self.service.rules.slot_every.as_secs() == 0
        })
    }

    fn is_offered(&self, windows: &[(Timestamp, Timestamp)], start: Timestamp) -> bool {
        let rules = &self.service.rules;
        let slot = Interval::starting(start, rules.duration).unwrap();
        let wanted = Interval::new(start - rules.buffer_before, slot.end() + rules.buffer_after);
        let wanted = wanted.unwrap();
        let ahead = start.duration_since(self.now);
        self.on_the_grid(windows, slot)
            && ahead >= rules.notice
            && ahead > SignedDuration::ZERO
            && ahead <= rules.horizon
            && self.claims.iter().all(|claim| !claim.interval.overlaps(wanted))
            && self.busy.iter().all(|busy| !busy.overlaps(wanted))
            && self.can_travel(slot)
            && self.has_its_breaks(slot)
            && self.is_below_every_limit(start)
    }

    fn can_travel(&self, slot: Interval) -> bool {
        let travel = &self.host.rules.travel;
        self.claims.iter().all(|other| {
            let needed = travel.time(other.place.as_ref(), Place::of("Hall").as_ref());
            let gap = other.slot.start().duration_since(slot.end());
            let gap = gap.max(slot.start().duration_since(other.slot.end()));
            needed == SignedDuration::ZERO || gap >= needed
        })
    }

    /// All slots and the new one, minute by minute: a run goes on until nothing was there for as
    /// long as a break.
    fn has_its_breaks(&self, slot: Interval) -> bool {
        let Some(rule) = self.host.rules.longest_run else { return true };
        let mut slots: Vec<Interval> = self.claims.iter().map(|claim| claim.slot).collect();
        slots.push(slot);
        slots.sort_unstable();
        let mut runs: Vec<Vec<Interval>> = Vec::new();
        for next in slots {
            let end = runs.last().and_then(|run| run.iter().map(|slot| slot.end()).max());
            match end {
                Some(end) if next.start().duration_since(end) < rule.shortest_break => {
                    runs.last_mut().unwrap().push(next);
                }
                _ => runs.push(vec![next]),
            }
        }
        let run = runs.iter().find(|run| run.contains(&slot)).unwrap();
        let end = run.iter().map(|slot| slot.end()).max().unwrap();
        end.duration_since(run[0].start()) <= rule.length
    }

    fn is_below_every_limit(&self, start: Timestamp) -> bool {
        let date = self.local(start).date();
        let week = date.iso_week_date();
        let ours = |claim: &&Claimed| claim.service == self.service.id;
        let same_day = |claim: &&Claimed| self.local(claim.slot.start()).date() == date;
        let same_week = |claim: &&Claimed| {
            let other = self.local(claim.slot.start()).date().iso_week_date();
            (other.year(), other.week()) == (week.year(), week.week())
        };
        let (service, host) = (&self.service.rules, &self.host.rules);
        let all = || self.claims.iter();
        [
            (service.max_per_day, all().filter(ours).filter(same_day).count()),
            (service.max_per_week, all().filter(ours).filter(same_week).count()),
            (host.max_per_day, all().filter(same_day).count()),
            (host.max_per_week, all().filter(same_week).count()),
        ]
        .into_iter()
        .all(|(most, count)| most.is_none_or(|most| count < most as usize))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn slots_are_what_a_minute_by_minute_search_finds(question in any_question()) {
        let terms = Terms::usual(&question.service, &question.host);
        let busy = merged(question.busy.clone());
        let claims = question.claims.as_slice();
        let openings = Openings::new(terms, question.now, claims.into(), busy.into());

        let offered: Vec<Timestamp> =
            openings.slots(question.range).iter().map(|slot| slot.start()).collect();

        let (minutes, windows) = (question.range.length().as_mins(), question.windows());
        let found: Vec<Timestamp> = (0..minutes)
            .map(|minute| question.range.start() + SignedDuration::from_mins(minute))
            .filter(|start| question.is_offered(&windows, *start))
            .collect();
        prop_assert_eq!(&offered, &found);
        for start in (0..minutes).step_by(31) {
            let start = question.range.start() + SignedDuration::from_mins(start);
            let explained = !openings.reasons_against(start).is_empty();
            prop_assert_eq!(explained, !found.contains(&start), "offered or explained: {}", start);
        }
    }

    /// What lies beyond the reach of a range has no say in its slots.
    #[test]
    fn the_reach_of_a_range_is_all_that_matters(question in any_question(), day in 0_i64..3) {
        let terms = Terms::usual(&question.service, &question.host);
        let start = question.range.start() + SignedDuration::from_hours(24 * day);
        let range = Interval::starting(start, SignedDuration::from_hours(6)).unwrap();
        let reach = terms.reach(range);
        let near: Vec<Claimed> = question
            .claims
            .iter()
            .filter(|claim| claim.interval.overlaps(reach))
            .cloned()
            .collect();
        let slots = |claims: &[Claimed]| {
            Openings::new(terms, question.now, claims.into(), [].as_slice().into()).slots(range)
        };

        prop_assert_eq!(slots(&near), slots(&question.claims));
    }
}
