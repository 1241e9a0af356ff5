#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod brute_force;
mod properties;
mod rules;

use std::collections::BTreeMap;

use jiff::civil::{Weekday, date, time};

use super::*;
use crate::host::{Host, HostRules};
use crate::host_news::HostNews;
use crate::people::Name;
use crate::response::IfDeclined;
use crate::service::{Assignment, Day, Rules, Service, Visibility, WhenUnreachable};
use crate::telling::Telling;

fn rules() -> Rules {
    Rules {
        duration: SignedDuration::from_mins(30),
        durations: vec![],
        slot_every: SignedDuration::from_mins(30),
        buffer_before: SignedDuration::ZERO,
        buffer_after: SignedDuration::from_mins(15),
        notice: SignedDuration::from_hours(2),
        horizon: SignedDuration::from_hours(24 * 60),
        max_per_day: None,
        max_per_week: None,
        weekly: [Weekday::Monday, Weekday::Tuesday, Weekday::Sunday]
            .map(|day| (Day(day), vec![window(9, 12)]))
            .into(),
        overrides: BTreeMap::new(),
        any_time: false,
    }
}

/// A service at the hall and a host in some zone, to be adapted.
struct Given {
    service: Service,
    host: Host,
}

impl Given {
    fn new(rules: Rules, zone: &str) -> Self {
        let service = Service {
            id: "consultation".parse().unwrap(),
            title: "Consultation".to_owned(),
            location: Some("Hall".to_owned()),
            description: None,
            hosts: vec!["ada".parse().unwrap()],
            assignment: Assignment::Any,
            weights: BTreeMap::new(),
            rules,
            visibility: Visibility::Public,
            when_unreachable: WhenUnreachable::Closed,
            calendar_reminders: vec![],
            messages: vec![],
            guests_may_change: true,
            if_declined: IfDeclined::Keep,
            group: None,
            telling: Telling::default(),
        };
        let host = Host {
            id: "ada".parse().unwrap(),
            name: Name::parse("Ada").unwrap(),
            email: None,
            phone: None,
            timezone: TimeZone::get(zone).unwrap(),
            news: HostNews::default(),
            rules: HostRules::default(),
        };
        Self { service, host }
    }

    fn terms(&self) -> Terms<'_> {
        Terms::usual(&self.service, &self.host)
    }

    fn openings(&self, now: &str, claims: Vec<Claimed>, busy: Vec<Interval>) -> Openings<'_> {
        self.openings_at(at(now), claims, busy)
    }

    fn openings_at(
        &self,
        now: Timestamp,
        mut claims: Vec<Claimed>,
        busy: Vec<Interval>,
    ) -> Openings<'_> {
        claims.sort_by_key(|claim| claim.interval);
        Openings::new(self.terms(), now, claims.into(), merged(busy).into())
    }
}

/// What a booking of the consultation at the hall claims, and its slot.
fn booked(interval: Interval, slot: Interval) -> Claimed {
    Claimed {
        interval,
        slot,
        service: "consultation".parse().unwrap(),
        place: Place::of("Hall"),
        holder: Holder::Unknown,
    }
}

fn claimant(interval: Interval) -> Claimant {
    Claimant { interval, holder: Holder::Unknown }
}

fn window(from: i8, until: i8) -> Window {
    let until = (until < 24).then(|| time(until, 0, 0, 0));
    Window::new(time(from, 0, 0, 0), until).unwrap()
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
    let given = Given::new(rules(), "Europe/Berlin");
    let openings = given.openings(EARLY, vec![], vec![]);

    let slots = openings.slots(between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    assert_eq!(slots.len(), 6);
    assert_eq!(slots[0], between("2026-03-02T08:00:00Z", "2026-03-02T08:30:00Z"));
    assert_eq!(slots[5].end(), at("2026-03-02T11:00:00Z"));
}

#[test]
fn a_claim_takes_every_slot_whose_buffers_reach_it() {
    let given = Given::new(rules(), "Europe/Berlin");
    // 10:00 to 10:30 local with its quarter of an hour behind.
    let claim = between("2026-03-02T09:00:00Z", "2026-03-02T09:45:00Z");
    let slot = between("2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z");
    let claims = vec![booked(claim, slot)];
    let openings = given.openings(EARLY, claims, vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    // 09:30 would need until 10:15, and 10:30 begins inside the buffer.
    assert_eq!(left, ["2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T10:30:00Z"]);
    let reasons = |start| openings.reasons_against(at(start));
    assert_eq!(reasons("2026-03-02T09:00:00Z"), [Reason::Claimed(claimant(claim))]);
    assert_eq!(reasons("2026-03-02T09:30:00Z"), [Reason::Buffer(claimant(claim))]);
}

#[test]
fn busy_time_and_limits_are_explained() {
    let mut rules = rules();
    rules.max_per_day = Some(1);
    let given = Given::new(rules, "Europe/Berlin");
    let busy = between("2026-03-02T10:40:00Z", "2026-03-02T11:00:00Z");
    let claims = vec![booked(
        between("2026-03-02T08:00:00Z", "2026-03-02T08:45:00Z"),
        between("2026-03-02T08:00:00Z", "2026-03-02T08:30:00Z"),
    )];
    let openings = given.openings(EARLY, claims, vec![busy]);

    let reasons = openings.reasons_against(at("2026-03-02T10:30:00Z"));

    let full = Reason::DayIsFull { date: date(2026, 3, 2), most: 1, counted: Counted::Service };
    assert_eq!(reasons, [Reason::Busy(busy), full]);
}

#[test]
fn notice_horizon_grid_and_windows_each_have_their_reason() {
    let given = Given::new(rules(), "Europe/Berlin");
    let now = at("2026-03-02T07:00:00Z");
    let openings = given.openings_at(now, vec![], vec![]);

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
    let given = Given::new(rules, "Europe/Berlin");
    let now = at("2026-03-02T09:00:00Z");
    let openings = given.openings_at(now, vec![], vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    assert_eq!(left[0], "2026-03-02T09:30:00Z");
}

#[test]
fn an_override_replaces_the_windows_of_its_date() {
    let mut rules = rules();
    rules.overrides.insert(date(2026, 3, 2), vec![]);
    rules.overrides.insert(date(2026, 3, 4), vec![window(23, 24)]);
    let given = Given::new(rules, "Europe/Berlin");
    let openings = given.openings(EARLY, vec![], vec![]);

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
    let given = Given::new(rules, "Europe/Berlin");
    let count = |now: &str, range| {
        let openings = given.openings(now, vec![], vec![]);
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
    let given = Given::new(rules, "Europe/Berlin");
    let openings = given.openings(EARLY, vec![], vec![]);

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
    let given = Given::new(rules, "UTC");
    let openings = given.openings(EARLY, vec![], vec![]);

    let left = starts(&openings, between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));

    let minutes: Vec<&str> = left.iter().map(|start| &start[11..16]).collect();
    assert_eq!(minutes, ["09:00", "09:15", "09:30", "09:45", "10:00", "10:30"]);
}
