//! Every fault of a document has its place and its code.

use serde_json::{Value, json};

use super::samples::{documents, documents_with, reference, told};
use crate::setup::{Kind, Places, Setup};

/// Changes to the sample of a kind, and the faults that they cause.
pub(super) type Case = (Value, &'static [(&'static str, &'static str)]);

/// Each change is refused for exactly these faults.
pub(super) fn refused(kind: Kind, id: &str, cases: &[Case]) {
    for (changes, expected) in cases {
        let documents = documents_with(kind, changes);
        let outcome = Setup::build_from(&documents, &Places::whole(kind, id), None);

        let faults = outcome.map(drop).expect_err(&changes.to_string());
        assert_eq!(told(&faults), *expected, "{changes}");
        for (_, code) in *expected {
            assert!(reference().contains(&format!("`{code}`")), "{code} is not in the reference");
        }
    }
}

#[test]
fn the_samples_are_right() {
    assert_eq!(Setup::build(&documents(), None).map(drop), Ok(()));
}

#[test]
fn a_host_is_refused_for_each_fault() {
    refused(
        Kind::Host,
        "jane",
        &[
            (json!({ "notices": ["new", "birthday"] }), &[("/notices/1", "unknown_word")]),
            (json!({ "notices": ["new", "new"] }), &[("/notices/1", "repeated")]),
            (json!({ "daily_summary": "7:30" }), &[("/daily_summary", "not_a_time")]),
            (json!({ "language": "nl" }), &[("/language", "unknown_word")]),
            (json!({ "name": " " }), &[("/name", "empty")]),
            (json!({ "name": "a".repeat(201) }), &[("/name", "too_long")]),
            (json!({ "name": "Jane\u{7}" }), &[("/name", "control_characters")]),
            (json!({ "email": "jane" }), &[("/email", "invalid_email")]),
            (json!({ "phone": "213 555 0100" }), &[("/phone", "invalid_phone")]),
            (json!({ "timezone": "Mars/Olympus" }), &[("/timezone", "unknown_timezone")]),
            (json!({ "timezone": "Etc/Unknown" }), &[("/timezone", "unknown_timezone")]),
            (json!({ "timezone": "" }), &[("/timezone", "unknown_timezone")]),
            (json!({ "max_per_day": 0 }), &[("/max_per_day", "out_of_range")]),
            (json!({ "max_per_week": 1_001 }), &[("/max_per_week", "out_of_range")]),
            (json!({ "longest_run": "25h" }), &[("/longest_run", "out_of_range")]),
            (json!({ "shortest_break": "0m" }), &[("/shortest_break", "out_of_range")]),
            (json!({ "travel_time": "far" }), &[("/travel_time", "not_a_length")]),
            (
                json!({ "travel_times": [{ "between": ["A"], "time": "1h" }] }),
                &[("/travel_times/0/between", "out_of_range")],
            ),
            (
                json!({ "travel_times": [
                    { "between": ["A", "B"], "time": "1h" },
                    { "between": ["b", "a "], "time": "2h" },
                    { "between": ["C", " c"], "time": "2h" },
                ] }),
                &[("/travel_times/1/between", "repeated"), ("/travel_times/2/between", "repeated")],
            ),
            (
                json!({ "travel_times": [{ "between": ["A", ""], "time": "25h" }] }),
                &[("/travel_times/0/time", "out_of_range"), ("/travel_times/0/between/1", "empty")],
            ),
            (
                json!({ "holidays": [{ "date": "2026-12-25" }, { "date": "2026-12-25" }] }),
                &[("/holidays/1", "repeated")],
            ),
            (json!({ "holidays": [{ "date": "Easter" }] }), &[("/holidays/0/date", "not_a_date")]),
            (
                json!({ "name": "", "email": "@", "timezone": "PST8PDT7" }),
                &[
                    ("/name", "empty"),
                    ("/email", "invalid_email"),
                    ("/timezone", "unknown_timezone"),
                ],
            ),
        ],
    );
}

#[test]
fn a_calendar_is_refused_for_each_fault() {
    refused(
        Kind::Calendar,
        "jane-work",
        &[
            (json!({ "host": "Jane" }), &[("/host", "not_a_slug"), ("/host", "unknown_host")]),
            (json!({ "host": "joe" }), &[("/host", "unknown_host")]),
            (json!({ "provider": "gogle" }), &[("/provider", "unknown_word")]),
            (json!({ "provider": "microsoft" }), &[("/provider", "not_supported_yet")]),
            (json!({ "provider": "caldav" }), &[("/provider", "not_supported_yet")]),
            (json!({ "provider": "local" }), &[("/account", "not_allowed")]),
            (json!({ "account": null }), &[("/account", "required")]),
            (json!({ "account": "jane" }), &[("/account", "invalid_email")]),
            (json!({ "calendar": "" }), &[("/calendar", "empty")]),
            (json!({ "calendar": "c".repeat(301) }), &[("/calendar", "too_long")]),
            (json!({ "roles": [] }), &[("/roles", "empty")]),
            (json!({ "roles": ["write", "read"] }), &[("/roles/1", "unknown_word")]),
            (json!({ "roles": ["busy", "busy"] }), &[("/roles/1", "repeated")]),
            (json!({ "roles": ["busy", "write", "busy"] }), &[("/roles", "too_many")]),
        ],
    );
}

#[test]
fn a_source_is_refused_for_each_fault() {
    refused(
        Kind::Source,
        "website",
        &[
            (json!({ "kind": "fax" }), &[("/kind", "unknown_word")]),
            (json!({ "kind": "typeform" }), &[("/kind", "not_supported_yet")]),
            (json!({ "service": "gone" }), &[("/service", "unknown_service")]),
            (json!({ "service": null }), &[("/service", "required")]),
            (json!({ "timezone": "PST" }), &[("/timezone", "unknown_timezone")]),
            (
                json!({ "verify": { "header": "X Form", "secret": "" } }),
                &[("/verify/header", "invalid_header"), ("/verify/secret", "empty")],
            ),
            (
                json!({ "verify": { "header": "A", "hmac": "B", "secret": "s" } }),
                &[("/verify", "header_or_hmac")],
            ),
            (json!({ "verify": { "secret": "s" } }), &[("/verify", "header_or_hmac")]),
            (
                json!({ "verify": { "hmac": "A", "secret": "***" } }),
                &[("/verify/secret", "masked_secret")],
            ),
            (
                json!({ "map": {} }),
                &[
                    ("/map/start", "required"),
                    ("/map/name", "required"),
                    ("/map/email", "required"),
                ],
            ),
            (
                json!({ "map": { "name": ["/a", "b"], "phone": "/p~2", "start": [],
                                 "answers": { "a/b": "", " c": "/c" } } }),
                &[
                    ("/map/start", "empty"),
                    ("/map/name/1", "invalid_pointer"),
                    ("/map/phone", "invalid_pointer"),
                    ("/map/answers/ c", "surrounding_space"),
                    ("/map/answers/a~1b", "invalid_pointer"),
                ],
            ),
            (json!({ "start_format": "%Y-%m-%d" }), &[("/start_format", "invalid_format")]),
            (json!({ "start_format": "%Y-%m-%d %I:%M" }), &[("/start_format", "invalid_format")]),
            (json!({ "start_format": "%Q" }), &[("/start_format", "invalid_format")]),
        ],
    );
}

#[test]
fn only_one_calendar_of_a_host_is_written_to() {
    let mut documents = documents();
    let second = json!({ "id": "a-second", "host": "jane", "provider": "local" });
    documents.put_stored(Kind::Calendar, &second.to_string()).unwrap();

    let alone = Setup::build_from(&documents, &Places::whole(Kind::Calendar, "a-second"), None);
    assert_eq!(told(&alone.map(drop).unwrap_err()), [("/roles", "second_write_calendar")]);
    let stored = Setup::build(&documents, None).map(drop).unwrap_err();
    assert_eq!(told(&stored).len(), 2, "the input is innocent, so both are named");
}

#[test]
fn what_is_still_needed_cannot_go() {
    let mut documents = documents();
    documents.hosts.clear();
    documents.services.clear();

    let faults = Setup::build(&documents, None).map(drop).unwrap_err();

    let expected = [
        ("/calendars/jane-work/host", "unknown_host"),
        ("/sources/website/service", "unknown_service"),
    ];
    assert_eq!(told(&faults), expected);
}

#[test]
fn an_object_keeps_its_id() {
    let mut documents = documents();
    documents.hosts.get_mut("jane").unwrap().id = "joan".to_owned();

    let faults = Setup::build_from(&documents, &Places::whole(Kind::Host, "jane"), None);

    assert_eq!(told(&faults.map(drop).unwrap_err()), [("/id", "id_changed")]);
}

#[test]
fn no_fault_repeats_what_was_sent() {
    let secret = "s\u{7}ecret-in-disguise";
    let documents =
        documents_with(Kind::Source, &json!({ "verify": { "header": "A", "secret": secret } }));

    let faults = Setup::build(&documents, None).map(drop).unwrap_err();

    assert!(!faults.to_string().contains("disguise"));
}
