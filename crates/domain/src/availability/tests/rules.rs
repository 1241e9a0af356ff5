//! Each rule by itself.

use super::*;
use crate::host::LongestRun;
use crate::travel::Travel;

const MONDAY: &str = "2026-03-02";

/// A booking of that day, somewhere, without buffers.
fn stands(from: &str, to: &str, location: &str) -> Claimed {
    let slot = between(&format!("{MONDAY}T{from}:00Z"), &format!("{MONDAY}T{to}:00Z"));
    Claimed { place: Place::of(location), ..booked(slot, slot) }
}

/// All day long in UTC, every quarter of an hour, without buffers.
fn all_day() -> Given {
    let mut rules = rules();
    rules.buffer_after = SignedDuration::ZERO;
    rules.slot_every = SignedDuration::from_mins(15);
    rules.weekly.insert(Day(Weekday::Monday), vec![window(0, 24)]);
    Given::new(rules, "UTC")
}

fn reasons(given: &Given, claims: &[Claimed], time: &str) -> Vec<Reason> {
    let openings = given.openings(EARLY, claims.to_vec(), vec![]);
    openings.reasons_against(at(&format!("{MONDAY}T{time}:00Z")))
}

#[test]
fn the_way_to_and_from_another_place_is_kept_free() {
    let mut given = all_day();
    let mut travel = Travel::usually(SignedDuration::from_mins(30));
    let far = (Place::of("Hall").unwrap(), Place::of("Farm").unwrap());
    assert!(travel.add(far.0, far.1, SignedDuration::from_mins(60)));
    given.host.rules.travel = travel;
    let office = stands("10:00", "11:00", "Office");
    let farm = stands("15:00", "16:00", "Farm");
    let here = stands("12:30", "13:00", "hall ");
    let call = stands("18:00", "18:30", "");
    let claims = [office.clone(), here, farm.clone(), call];

    let needed = SignedDuration::from_mins;
    for (time, expected) in [
        ("09:00", None), // Until 09:30, and half an hour of way.
        ("09:15", Some((&office, needed(30)))),
        ("11:15", Some((&office, needed(30)))),
        ("11:30", None),
        ("12:00", None), // The next one is here.
        ("13:00", None),
        ("13:30", None),
        ("13:45", Some((&farm, needed(60)))),
        ("16:45", Some((&farm, needed(60)))),
        ("17:00", None),
        ("17:30", None), // A call has no place.
    ] {
        let expected: Vec<Reason> = expected
            .map(|(other, needed)| Reason::Travel { other: other.into(), needed })
            .into_iter()
            .collect();
        assert_eq!(reasons(&given, &claims, time), expected, "{time}");
    }
}

#[test]
fn a_call_between_two_places_does_not_shorten_the_way() {
    let mut given = all_day();
    given.host.rules.travel = Travel::usually(SignedDuration::from_mins(60));
    let office = stands("10:00", "10:30", "Office");
    let call = stands("10:30", "11:00", "");

    let needed = SignedDuration::from_mins(60);
    let expected = [Reason::Travel { other: (&office).into(), needed }];
    assert_eq!(reasons(&given, &[office.clone(), call], "11:00"), expected);
}

#[test]
fn a_run_without_a_break_has_an_end() {
    let mut given = all_day();
    given.host.rules.longest_run = Some(LongestRun {
        length: SignedDuration::from_mins(120),
        shortest_break: SignedDuration::from_mins(15),
    });
    let claims = [stands("10:00", "11:00", ""), stands("11:10", "11:30", "")];

    let run = |from: &str, to: &str| {
        let run = between(&format!("{MONDAY}T{from}:00Z"), &format!("{MONDAY}T{to}:00Z"));
        vec![Reason::RunTooLong { run, longest: SignedDuration::from_mins(120) }]
    };
    assert_eq!(reasons(&given, &claims, "11:30"), vec![], "two hours");
    assert_eq!(reasons(&given, &claims, "09:30"), vec![], "two hours");
    let three = [&claims[..], &[stands("11:30", "12:00", "")]].concat();
    assert_eq!(reasons(&given, &three, "12:00"), run("10:00", "12:30"));
    assert_eq!(reasons(&given, &three, "12:15"), vec![], "after a break");
    assert_eq!(reasons(&given, &three, "09:30"), run("09:30", "12:00"));
    assert_eq!(reasons(&given, &three, "09:15"), vec![], "before a break");
}

#[test]
fn a_booking_that_would_join_two_runs_counts_both() {
    let mut given = all_day();
    given.host.rules.longest_run = Some(LongestRun {
        length: SignedDuration::from_mins(90),
        shortest_break: SignedDuration::from_mins(20),
    });
    let claims = [stands("09:00", "10:00", ""), stands("10:40", "11:00", "")];

    assert_eq!(reasons(&given, &claims, "11:00"), vec![]);
    let run = between("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z");
    let joined = Reason::RunTooLong { run, longest: SignedDuration::from_mins(90) };
    assert_eq!(reasons(&given, &claims, "10:00"), [joined]);
}

#[test]
fn limits_count_by_service_and_by_host_per_day_and_week() {
    let other = |claim: Claimed| Claimed { service: "talk".parse().unwrap(), ..claim };
    let sunday = {
        let slot = between("2026-03-08T22:00:00Z", "2026-03-08T22:30:00Z");
        booked(slot, slot)
    };
    let claims =
        [stands("08:00", "08:30", ""), other(stands("09:00", "09:30", "")), sunday.clone()];
    let full = |adapt: fn(&mut Given)| {
        let mut given = all_day();
        adapt(&mut given);
        reasons(&given, &claims, "12:00")
    };
    let (day, monday) = (date(2026, 3, 2), date(2026, 3, 2));
    let (service, host) = (Counted::Service, Counted::Host);

    assert_eq!(
        full(|given| given.service.rules.max_per_day = Some(1)),
        [Reason::DayIsFull { date: day, most: 1, counted: service }]
    );
    assert_eq!(full(|given| given.service.rules.max_per_day = Some(2)), []);
    assert_eq!(
        full(|given| given.service.rules.max_per_week = Some(2)),
        [Reason::WeekIsFull { monday, most: 2, counted: service }]
    );
    assert_eq!(
        full(|given| given.host.rules.max_per_day = Some(2)),
        [Reason::DayIsFull { date: day, most: 2, counted: host }]
    );
    assert_eq!(
        full(|given| given.host.rules.max_per_week = Some(3)),
        [Reason::WeekIsFull { monday, most: 3, counted: host }]
    );
    assert_eq!(full(|given| given.host.rules.max_per_week = Some(4)), []);
}

#[test]
fn a_holiday_closes_a_date_that_the_service_says_nothing_about() {
    let mut given = all_day();
    let (monday, next) = (date(2026, 3, 2), date(2026, 3, 9));
    for date in [monday, next] {
        given.host.rules.holidays.insert(date, "Fair".to_owned());
    }
    given.service.rules.overrides.insert(next, vec![window(10, 11)]);
    let openings = given.openings(EARLY, vec![], vec![]);

    let on = |date: &str| {
        starts(&openings, between(&format!("{date}T00:00:00Z"), &format!("{date}T23:59:00Z"))).len()
    };
    assert_eq!(on(MONDAY), 0);
    assert_eq!(on("2026-03-09"), 3);
    assert_eq!(reasons(&given, &[], "10:00"), [Reason::Holiday(monday)]);
}

#[test]
fn every_rule_in_force_speaks_for_or_against() {
    let mut given = all_day();
    given.service.rules.max_per_day = Some(1);
    given.host.rules.travel = Travel::usually(SignedDuration::from_mins(30));
    let openings = given.openings(EARLY, vec![stands("10:00", "10:30", "Hall")], vec![]);

    let verdicts = openings.verdicts(at("2026-03-02T12:00:00Z"));

    let told: Vec<(&str, bool)> =
        verdicts.iter().map(|verdict| (verdict.rule.name(), verdict.against.is_none())).collect();
    assert_eq!(
        told,
        [
            ("availability", true),
            ("slot_every", true),
            ("notice", true),
            ("horizon", true),
            ("bookings", true),
            ("calendars", true),
            ("travel_time", true),
            ("max_per_day", false),
        ]
    );
}

#[test]
fn another_length_needs_as_much_room() {
    let given = all_day();
    let claims = vec![stands("10:00", "10:30", "")];
    let terms = Terms { duration: SignedDuration::from_mins(60), ..given.terms() };
    let openings = Openings::new(terms, at(EARLY), claims.into(), vec![].into());

    let left = starts(&openings, between("2026-03-02T08:45:00Z", "2026-03-02T10:31:00Z"));

    assert_eq!(left, ["2026-03-02T08:45:00Z", "2026-03-02T09:00:00Z", "2026-03-02T10:30:00Z"]);
}

#[test]
fn at_any_time_nothing_counts_but_what_is_in_the_way() {
    let mut given = all_day();
    given.host.rules.holidays.insert(date(2026, 3, 2), "Founders' day".to_owned());
    given.host.rules.travel = Travel::usually(SignedDuration::from_mins(30));
    given.host.rules.max_per_day = Some(1);
    let day = given.service.rules.clone();
    assert_eq!(reasons(&given, &[], "23:45"), [Reason::Holiday(date(2026, 3, 2))]);

    given.service = given.service.at_any_time(SignedDuration::from_hours(2));

    let claims = [stands("10:00", "11:00", "Farm")];
    assert_eq!(reasons(&given, &claims, "23:45"), [], "past midnight");
    assert_eq!(reasons(&given, &claims, "08:00"), [], "without a way");
    assert_eq!(reasons(&given, &claims, "09:00").len(), 1);
    assert_eq!(given.service.rules.buffer_after, day.buffer_after);
}
