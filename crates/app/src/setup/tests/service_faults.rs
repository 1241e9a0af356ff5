//! Every fault of a service has its place and its code.

use serde_json::json;

use super::faults::refused;
use super::samples::{documents_with, told};
use crate::setup::{Kind, Places, Setup};

#[test]
fn a_service_is_refused_for_each_fault_of_its_texts_and_lists() {
    let hosts: Vec<String> = (0..201).map(|n| format!("h{n}")).collect();
    let many = documents_with(Kind::Service, &json!({ "hosts": hosts }));
    let faults = Setup::build_from(&many, &Places::whole(Kind::Service, "viewing"), None);
    assert!(told(&faults.map(drop).unwrap_err()).contains(&("/hosts", "too_many")));

    refused(
        Kind::Service,
        "viewing",
        &[
            (json!({ "title": "" }), &[("/title", "empty")]),
            (json!({ "title": "a\nb" }), &[("/title", "control_characters")]),
            (json!({ "title": "a".repeat(201) }), &[("/title", "too_long")]),
            (json!({ "location": "a".repeat(501) }), &[("/location", "too_long")]),
            (json!({ "description": "a".repeat(5_001) }), &[("/description", "too_long")]),
            (json!({ "hosts": [] }), &[("/hosts", "empty")]),
            (json!({ "hosts": ["jane", "jane"] }), &[("/hosts/1", "repeated")]),
            (json!({ "hosts": ["jane", "joe"] }), &[("/hosts/1", "unknown_host")]),
            (json!({ "messages": ["sms", "fax"] }), &[("/messages/1", "unknown_word")]),
            (json!({ "messages": ["sms", "sms"] }), &[("/messages/1", "repeated")]),
            (json!({ "messages": ["sms", "sms", "sms", "sms"] }), &[("/messages", "too_many")]),
            (json!({ "assignment": "some" }), &[("/assignment", "unknown_word")]),
            (json!({ "assignment": "all", "capacity": 2 }), &[("/assignment", "not_for_groups")]),
            (json!({ "weights": { "joe": 1 } }), &[("/weights/joe", "unknown_host")]),
            (json!({ "weights": { "jane": 0 } }), &[("/weights/jane", "out_of_range")]),
            (json!({ "visibility": "secret" }), &[("/visibility", "unknown_word")]),
            (json!({ "capacity": 0 }), &[("/capacity", "out_of_range")]),
            (json!({ "waitlist": true }), &[("/waitlist", "needs_capacity")]),
            (json!({ "capacity": 2, "roster": "all" }), &[("/roster", "unknown_word")]),
            (json!({ "waitlist_offer": "soon" }), &[("/waitlist_offer", "not_a_length")]),
            (json!({ "if_undeliverable": "" }), &[("/if_undeliverable", "unknown_word")]),
        ],
    );
}

#[test]
fn a_service_is_refused_for_each_fault_of_its_lengths() {
    refused(
        Kind::Service,
        "viewing",
        &[
            (json!({ "duration": "half an hour" }), &[("/duration", "not_a_length")]),
            (json!({ "duration": "0m" }), &[("/duration", "out_of_range")]),
            (json!({ "duration": "25h" }), &[("/duration", "out_of_range")]),
            (json!({ "duration": "8h1m" }), &[("/duration", "never_offered")]),
            (json!({ "slot_every": "0m" }), &[("/slot_every", "out_of_range")]),
            (json!({ "slot_every": "-5m" }), &[("/slot_every", "not_a_length")]),
            (json!({ "buffer_before": "25h" }), &[("/buffer_before", "out_of_range")]),
            (json!({ "buffer_after": "" }), &[("/buffer_after", "not_a_length")]),
            (json!({ "notice": "366d" }), &[("/notice", "out_of_range")]),
            (json!({ "notice": "60d" }), &[("/notice", "never_offered")]),
            (json!({ "horizon": "0m" }), &[("/horizon", "out_of_range")]),
            (json!({ "horizon": "731d" }), &[("/horizon", "out_of_range")]),
            (json!({ "max_per_day": 0 }), &[("/max_per_day", "out_of_range")]),
            (json!({ "max_per_week": 0 }), &[("/max_per_week", "out_of_range")]),
            (json!({ "slot_every": "9h" }), &[("/slot_every", "never_offered")]),
            (json!({ "durations": ["soon"] }), &[("/durations/0", "not_a_length")]),
            (json!({ "durations": ["1h", "9h"] }), &[("/durations/1", "never_offered")]),
            (json!({ "durations": ["1h", "1h"] }), &[("/durations/1", "repeated")]),
            (json!({ "durations": ["1h"], "capacity": 2 }), &[("/durations", "not_for_groups")]),
            (json!({ "max_per_day": 1_001 }), &[("/max_per_day", "out_of_range")]),
            (json!({ "when_unreachable": "open" }), &[("/when_unreachable", "unknown_word")]),
            (json!({ "when_unreachable": "cached" }), &[("/when_unreachable", "unknown_word")]),
            (json!({ "when_unreachable": "cached ?" }), &[("/when_unreachable", "not_a_length")]),
            (json!({ "when_unreachable": "cached 0m" }), &[("/when_unreachable", "out_of_range")]),
        ],
    );
}

#[test]
fn a_service_is_refused_for_each_fault_of_its_reminders() {
    refused(
        Kind::Service,
        "viewing",
        &[
            (
                json!({ "calendar_reminders": ["24h"] }),
                &[("/calendar_reminders/0", "not_a_reminder")],
            ),
            (
                json!({ "calendar_reminders": ["1h sms"] }),
                &[("/calendar_reminders/0", "unknown_word")],
            ),
            (
                json!({ "calendar_reminders": ["x email"] }),
                &[("/calendar_reminders/0", "not_a_length")],
            ),
            (
                json!({ "calendar_reminders": ["90s email"] }),
                &[("/calendar_reminders/0", "not_whole_minutes")],
            ),
            (
                json!({ "calendar_reminders": ["40321m popup"] }),
                &[("/calendar_reminders/0", "out_of_range")],
            ),
            (
                json!({ "calendar_reminders": ["1h email", "1h email"] }),
                &[("/calendar_reminders/1", "repeated")],
            ),
            (
                json!({ "calendar_reminders": ["1m email", "2m email", "3m email", "4m email",
                                               "5m email", "6m email"] }),
                &[("/calendar_reminders", "too_many")],
            ),
            (json!({ "reminders": ["1h popup"] }), &[("/reminders/0", "unknown_word")]),
            (json!({ "reminders": ["0m sms"] }), &[("/reminders/0", "out_of_range")]),
        ],
    );
}

#[test]
fn a_service_is_refused_for_each_fault_of_its_own_words() {
    let own = |more: serde_json::Value| {
        let mut text = json!({ "news": "confirmed", "body": "Welcome, {name}!" });
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "texts": [text] })
    };
    let twice = json!({ "news": "moved", "sms": "Moved to {start}" });
    refused(
        Kind::Service,
        "viewing",
        &[
            (own(json!({ "news": "birthday" })), &[("/texts/0/news", "unknown_word")]),
            (own(json!({ "language": "nl" })), &[("/texts/0/language", "unknown_word")]),
            (own(json!({ "body": "Hi {nmae}" })), &[("/texts/0/body", "unknown_variable")]),
            (own(json!({ "subject": "{title" })), &[("/texts/0/subject", "lone_brace")]),
            (own(json!({ "subject": "a\nb" })), &[("/texts/0/subject", "control_characters")]),
            (own(json!({ "sms": "a".repeat(641) })), &[("/texts/0/sms", "too_long")]),
            (json!({ "texts": [{ "news": "moved" }] }), &[("/texts/0", "empty")]),
            (json!({ "texts": [twice, twice] }), &[("/texts/1", "repeated")]),
            (json!({ "quiet_hours": "21:00" }), &[("/quiet_hours", "not_quiet_hours")]),
            (json!({ "quiet_hours": "21:00-21:00" }), &[("/quiet_hours", "not_quiet_hours")]),
            (json!({ "quiet_hours": "9-17" }), &[("/quiet_hours", "not_quiet_hours")]),
        ],
    );
}

#[test]
fn a_service_is_refused_for_each_fault_of_its_windows() {
    let window =
        |days: &[&str], from: &str, to: &str| json!({ "days": days, "from": from, "to": to });
    refused(
        Kind::Service,
        "viewing",
        &[
            (json!({ "availability": [] }), &[("/availability", "never_offered")]),
            (
                json!({ "availability": [window(&["mon"], "17:00", "09:00")] }),
                &[("/availability/0/to", "window_order")],
            ),
            (
                json!({ "availability": [window(&["mon"], "9:00", "24:01")] }),
                &[("/availability/0/from", "not_a_time"), ("/availability/0/to", "not_a_time")],
            ),
            (
                json!({ "availability": [window(&["mon"], "24:00", "24:00")] }),
                &[("/availability/0/from", "not_a_time")],
            ),
            (
                json!({ "availability": [window(&["monday", "tue", "tue"], "09:00", "10:00")] }),
                &[
                    ("/availability/0/days/2", "repeated"),
                    ("/availability/0/days/0", "unknown_word"),
                ],
            ),
            (
                json!({ "availability": [window(&[], "09:00", "10:00")] }),
                &[("/availability/0/days", "empty")],
            ),
            (
                json!({ "availability": [
                    window(&["mon", "tue"], "09:00", "12:00"),
                    window(&["wed"], "11:00", "24:00"),
                    window(&["tue"], "11:59", "13:00"),
                    window(&["wed"], "08:00", "11:01"),
                ] }),
                &[("/availability/2", "windows_overlap"), ("/availability/3", "windows_overlap")],
            ),
            (
                json!({ "availability": vec![window(&["mon"], "09:00", "10:00"); 101] }),
                &[("/availability", "too_many")],
            ),
        ],
    );
}

#[test]
fn a_service_is_refused_for_each_fault_of_its_overrides() {
    let closed = json!({ "date": "2026-12-25", "closed": true });
    let open = |from: &str, to: &str| json!({ "date": "2026-12-25", "from": from, "to": to });
    refused(
        Kind::Service,
        "viewing",
        &[
            (
                json!({ "overrides": [{ "date": "25.12.2026", "closed": true }] }),
                &[("/overrides/0/date", "not_a_date")],
            ),
            (
                json!({ "overrides": [{ "date": "2026-02-29", "closed": true }] }),
                &[("/overrides/0/date", "not_a_date")],
            ),
            (
                json!({ "overrides": [{ "date": "2026-12-25", "closed": true, "from": "09:00" }] }),
                &[("/overrides/0", "closed_with_times")],
            ),
            (
                json!({ "overrides": [{ "date": "2026-12-25" }] }),
                &[("/overrides/0/from", "required"), ("/overrides/0/to", "required")],
            ),
            (
                json!({ "overrides": [closed, open("09:00", "10:00")] }),
                &[("/overrides/1", "closed_with_times")],
            ),
            (
                json!({ "overrides": [open("09:00", "10:00"), closed] }),
                &[("/overrides/1", "closed_with_times")],
            ),
            (
                json!({ "overrides": [open("09:00", "10:00"), open("09:30", "11:00")] }),
                &[("/overrides/1", "windows_overlap")],
            ),
            (
                json!({ "overrides": [open("10:00", "10:00")] }),
                &[("/overrides/0/to", "window_order")],
            ),
            (json!({ "overrides": vec![closed; 1_001] }), &[("/overrides", "too_many")]),
        ],
    );
}
