//! Whatever is lost on the way and whatever people want meanwhile: in the end the calendars agree.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::booking::{Booking, Change};
use crate::sample::{CREATED, at, cancellation, slot};

/// How far a step came before the process died.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// To the end: the answer is stored.
    Stored,
    /// The provider did it, but nobody saw the answer.
    AnswerLost,
    /// The provider never heard of it.
    RequestLost,
}

#[derive(Debug, Clone)]
enum Op {
    Step(Fate),
    Move(Change),
    GiveUpMove,
    GiveUp,
    Cancel,
}

/// What our tables say, and what the calendars really hold.
struct World {
    booking: Booking,
    free_revision: Option<i64>,
    records: Vec<EventRecord>,
    live: BTreeMap<(CalendarId, u32), Interval>,
    tombstones: BTreeSet<(CalendarId, u32)>,
}

impl World {
    fn new() -> Self {
        Self {
            booking: booking(BookingState::Pending),
            free_revision: None,
            records: vec![],
            live: BTreeMap::new(),
            tombstones: BTreeSet::new(),
        }
    }

    fn apply(&mut self, op: &Op) {
        let now = at(CREATED);
        let changed = match op {
            Op::Step(fate) => return self.step(*fate),
            Op::Move(to) => self.booking.clone().ask_to_move(to.clone(), now),
            Op::GiveUpMove => Ok(self.booking.clone().drop_move(now)),
            Op::GiveUp => self.booking.clone().fail(now),
            Op::Cancel => self.booking.clone().cancel(cancellation(), now),
        };
        let Ok(changed) = changed else { return };
        let in_doubt = in_doubt(&self.booking, self.free(), &self.records);
        if changed.revision != self.booking.revision && in_doubt {
            for record in self.records.iter_mut().filter(|it| it.state == EventState::Written) {
                record.state = EventState::Intended;
            }
        }
        self.booking = changed;
    }

    fn free(&self) -> bool {
        self.free_revision == Some(self.booking.revision)
    }

    fn wanted(&self) -> (CalendarId, Interval) {
        let change = self.booking.change();
        let host = change.map_or(&self.booking.host, |change| &change.host);
        let slot = change.map_or(self.booking.slot, |change| change.slot);
        (calendar(&format!("{host}-work")), slot)
    }

    fn next(&self) -> Step {
        next_step(&self.booking, self.free(), &self.records, &self.wanted().0)
    }

    fn step(&mut self, fate: Fate) {
        match self.next() {
            Step::CheckFree(_) if matches!(fate, Fate::Stored) => {
                self.free_revision = Some(self.booking.revision);
            }
            Step::Insert { generation } => self.insert(generation, fate),
            Step::Patch { generation } => self.patch(generation, fate),
            Step::Delete { generation } => self.delete(generation, fate),
            Step::Settle if matches!(fate, Fate::Stored) => {
                let settled = self.booking.clone().settle_move(at(CREATED));
                self.booking = settled.confirm(at(CREATED)).unwrap();
            }
            Step::Look { generation } if matches!(fate, Fate::Stored) => {
                self.record(generation).state = EventState::Written;
            }
            Step::CheckFree(_) | Step::Look { .. } | Step::Settle | Step::Done => {}
        }
    }

    fn record(&mut self, generation: u32) -> &mut EventRecord {
        self.records.iter_mut().find(|record| record.generation == generation).unwrap()
    }

    /// The record is stored first. A provider refuses an identifier that it knows, and says what
    /// stands under it.
    fn insert(&mut self, generation: u32, fate: Fate) {
        let (calendar, slot) = self.wanted();
        if self.records.iter().all(|record| record.generation != generation) {
            let (calendar, state) = (calendar.clone(), EventState::Intended);
            self.records.push(EventRecord { generation, calendar, state, slot, edition: 0 });
        }
        if matches!(fate, Fate::RequestLost) {
            return;
        }
        let key = (calendar, generation);
        let burnt = self.tombstones.contains(&key);
        let stands = if burnt { slot } else { *self.live.entry(key).or_insert(slot) };
        if matches!(fate, Fate::Stored) {
            let record = self.record(generation);
            record.state = if burnt { EventState::Removed } else { EventState::Written };
            record.slot = stands;
        }
    }

    fn patch(&mut self, generation: u32, fate: Fate) {
        let (calendar, slot) = self.wanted();
        if matches!(fate, Fate::RequestLost) {
            return;
        }
        // A believed record stands for a live event; otherwise the step should have looked first.
        *self.live.get_mut(&(calendar, generation)).unwrap() = slot;
        if matches!(fate, Fate::Stored) {
            self.record(generation).slot = slot;
        }
    }

    fn delete(&mut self, generation: u32, fate: Fate) {
        if matches!(fate, Fate::RequestLost) {
            return;
        }
        let key = (self.record(generation).calendar.clone(), generation);
        if self.live.remove(&key).is_some() {
            self.tombstones.insert(key);
        }
        if matches!(fate, Fate::Stored) {
            self.record(generation).state = EventState::Removed;
        }
    }

    fn assert_one_event_per_calendar(&self) {
        let calendars: BTreeSet<&CalendarId> = self.live.keys().map(|(name, _)| name).collect();
        assert_eq!(calendars.len(), self.live.len(), "two events in one calendar");
    }
}

fn any_op() -> impl Strategy<Value = Op> {
    let fate = prop_oneof![
        3 => Just(Fate::Stored), 2 => Just(Fate::AnswerLost), 1 => Just(Fate::RequestLost)
    ];
    let change = (prop::sample::select(vec!["ada", "cy"]), 0..3_i64).prop_map(|(host, hour)| {
        let slot = slot(&format!("2026-12-03T1{hour}:00:00Z"));
        Change { host: host.parse().unwrap(), slot }
    });
    prop_oneof![
        12 => fate.prop_map(Op::Step),
        4 => change.prop_map(Op::Move),
        2 => Just(Op::GiveUpMove),
        1 => Just(Op::GiveUp),
        1 => Just(Op::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_lost_the_calendars_agree_in_the_end(
        ops in prop::collection::vec(any_op(), 0..40),
    ) {
        let mut world = World::new();
        for op in &ops {
            world.apply(op);
            world.assert_one_event_per_calendar();
        }

        let mut left = 24;
        while world.next() != Step::Done && left > 0 {
            world.step(Fate::Stored);
            left -= 1;
        }

        prop_assert_eq!(world.next(), Step::Done, "it never ends");
        let expected: Vec<_> = if world.booking.state.is_active() {
            let (calendar, slot) = world.wanted();
            vec![(calendar, slot)]
        } else {
            vec![]
        };
        let live: Vec<_> =
            world.live.into_iter().map(|((calendar, _), slot)| (calendar, slot)).collect();
        prop_assert_eq!(live, expected);
    }
}
