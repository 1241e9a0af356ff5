#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use jiff::civil::{date, time};

use super::*;

fn window(from: i8, until: i8) -> Window {
    Window::new(time(from, 0, 0, 0), Some(time(until, 0, 0, 0))).unwrap()
}

fn rules() -> Rules {
    Rules {
        duration: SignedDuration::from_mins(30),
        durations: vec![SignedDuration::from_mins(60)],
        slot_every: SignedDuration::from_mins(30),
        buffer_before: SignedDuration::ZERO,
        buffer_after: SignedDuration::ZERO,
        notice: SignedDuration::ZERO,
        horizon: SignedDuration::from_hours(24 * 60),
        max_per_day: None,
        max_per_week: None,
        weekly: [(Day(Weekday::Thursday), vec![window(9, 12), window(14, 17)])].into(),
        overrides: [
            (date(2026, 12, 24), vec![window(9, 10)]),
            (date(2026, 12, 25), vec![window(9, 10)]),
            (date(2026, 12, 31), vec![]),
        ]
        .into(),
        any_time: false,
    }
}

#[test]
fn a_window_is_a_positive_stretch_of_one_day() {
    let nine = time(9, 0, 0, 0);

    assert!(Window::new(nine, Some(time(9, 0, 1, 0))).is_some());
    assert!(Window::new(nine, None).is_some(), "until 24:00");
    assert!(Window::new(nine, Some(nine)).is_none(), "empty");
    assert!(Window::new(nine, Some(time(8, 0, 0, 0))).is_none(), "past midnight");
    assert!(Window::new(nine, Some(time(0, 0, 0, 0))).is_none(), "midnight is not 24:00");
}

#[test]
fn an_override_replaces_the_weekly_windows_of_its_date() {
    let rules = rules();
    for (date, expected) in [
        (date(2026, 12, 3), vec![window(9, 12), window(14, 17)]), // A Thursday.
        (date(2026, 12, 4), vec![]),                              // A Friday.
        (date(2026, 12, 24), vec![window(9, 10)]),                // A Thursday, shortened.
        (date(2026, 12, 25), vec![window(9, 10)]),                // A Friday, opened.
        (date(2026, 12, 31), vec![]),                             // A Thursday, closed.
    ] {
        assert_eq!(rules.windows_on(date), expected, "{date}");
    }
}

#[test]
fn a_length_is_the_usual_one_or_one_to_choose_from() {
    let (rules, minutes) = (rules(), SignedDuration::from_mins);
    for (asked, length) in [
        (None, Some(minutes(30))),
        (Some(minutes(30)), Some(minutes(30))),
        (Some(minutes(60)), Some(minutes(60))),
        (Some(minutes(45)), None),
    ] {
        assert_eq!(rules.length(asked), length, "{asked:?}");
    }
}

#[test]
fn the_week_begins_on_monday() {
    let mut days = [Weekday::Sunday, Weekday::Wednesday, Weekday::Monday].map(Day);

    days.sort_unstable();

    assert_eq!(days.map(|day| day.0), [Weekday::Monday, Weekday::Wednesday, Weekday::Sunday]);
}

#[test]
fn a_channel_is_read_back_by_its_name() {
    for channel in [Channel::Sms, Channel::Email, Channel::Voice] {
        assert_eq!(Channel::named(channel.as_str()), Some(channel));
    }
    assert_eq!(Channel::named("pigeon"), None);
}
