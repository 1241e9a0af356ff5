//! Setup files: their shape, and what applying one changes.

use super::samples::{documents, example, told};
use crate::setup::{Documents, SetupFile, to_toml};

const HOST: &str = "[[hosts]]\nid = 'jane'\nname = 'Jane'\ntimezone = 'Europe/Berlin'\n";

#[test]
fn what_is_not_toml_is_told_with_line_and_column() {
    let faults = SetupFile::from_toml("[[hosts]]\nid = \n").unwrap_err();

    assert_eq!(told(&faults), [("", "toml_syntax")]);
    assert!(faults.to_string().contains("line 2, column 6"), "{faults}");
}

#[test]
fn hostile_text_is_refused_and_does_not_crash() {
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(told(&SetupFile::from_toml(&deep).unwrap_err()), [("", "toml_syntax")]);
    let large = "#".repeat(4 * 1024 * 1024 + 1);
    assert_eq!(told(&SetupFile::from_toml(&large).unwrap_err()), [("", "too_large")]);
    let many = "[[hosts]]\n".repeat(10_001);
    assert_eq!(told(&SetupFile::from_toml(&many).unwrap_err()), [("/hosts", "too_many")]);
    let members: Vec<String> = (0..500).map(|n| format!("k{n} = 1")).collect();
    let faults = SetupFile::from_toml(&format!("{HOST}{}", members.join("\n"))).unwrap_err();
    assert_eq!(faults.as_slice().len(), 50);
}

#[test]
fn unknown_missing_and_mistyped_members_are_told_together() {
    let text = "
        host = 1
        hosts = 3
        [[calendars]]
        id = 'c'
        colour = 'red'
        rolls = []
        [[services]]
        id = 's'
        title = 'T'
        hosts = ['jane']
        duration = 30
        [[services]]
        title = 'U'
        availability = [{ days = ['mon'], from = '09:00', until = '10:00' }]
        [[sources]]
        id = 'w'
        kind = 'json'
        map = { start = 4 }
    ";

    let faults = SetupFile::from_toml(text).unwrap_err();

    let expected = [
        ("/hosts", "type"),
        ("/calendars/0/host", "required"),
        ("/calendars/0/provider", "required"),
        ("/calendars/0/colour", "unknown_member"),
        ("/calendars/0/rolls", "unknown_member"),
        ("/services/0/duration", "type"),
        ("/services/1/id", "required"),
        ("/services/1/hosts", "required"),
        ("/services/1/duration", "required"),
        ("/services/1/availability/0/until", "unknown_member"),
        ("/services/1/availability/0/to", "required"),
        ("/sources/0/map/start", "type"),
        ("/host", "unknown_member"),
    ];
    let mut told = told(&faults);
    told.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn a_mistyped_value_is_not_repeated() {
    let service = "[[services]]\nid = 's'\ntitle = 'T'\nhosts = ['jane']\nduration = '1h'\n";
    let text = format!("{HOST}phone = 2135550100\n{service}capacity = -1\n");

    let faults = SetupFile::from_toml(&text).unwrap_err();

    assert_eq!(told(&faults), [("/hosts/0/phone", "type"), ("/services/0/capacity", "type")]);
    let messages: Vec<&str> = faults.as_slice().iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages, ["must be a string", "must be a whole number, not below zero"]);
}

#[test]
fn an_id_stands_in_a_file_once() {
    let faults = SetupFile::from_toml(&format!("{HOST}{HOST}")).unwrap_err();

    assert_eq!(told(&faults), [("/hosts/1/id", "repeated")]);
}

#[test]
fn faults_of_shape_and_of_sense_are_told_together() {
    let text = format!("{HOST}email = 'nobody'\n[[calendars]]\nid = 'c'\nhost = 'jane'\n");

    let faults = SetupFile::apply(&text, &Documents::default(), None).map(drop).unwrap_err();

    let expected = [("/calendars/0/provider", "required"), ("/hosts/0/email", "invalid_email")];
    assert_eq!(told(&faults), expected);
}

#[test]
fn faults_between_objects_point_into_the_file() {
    let text = "[[calendars]]\nid = 'c'\nhost = 'joe'\nprovider = 'local'\n
                [[calendars]]\nid = 'b'\nhost = 'jane'\nprovider = 'local'\n";

    let faults = SetupFile::apply(text, &documents(), None).map(drop).unwrap_err();

    let expected =
        [("/calendars/0/host", "unknown_host"), ("/calendars/1/roles", "second_write_calendar")];
    assert_eq!(told(&faults), expected);
}

#[test]
fn dates_and_times_need_no_quotes() {
    let quoted = example();
    let bare = quoted.replace("\"2026-12-25\"", "2026-12-25").replace("\"09:00\"", "09:00");

    assert_ne!(bare, quoted);
    assert_eq!(SetupFile::from_toml(&bare), SetupFile::from_toml(quoted));
}

#[test]
fn what_is_not_in_the_file_is_left_alone_and_what_is_there_is_replaced_whole() {
    let before = documents();
    let text = "[[hosts]]\nid = 'jane'\nname = 'Jane Doe'\ntimezone = 'Europe/Berlin'\n
                [[hosts]]\nid = 'joe'\nname = 'Joe'\ntimezone = 'Europe/Berlin'\n";

    let (after, setup) = SetupFile::apply(text, &before, None).unwrap();

    assert_eq!(after.services, before.services);
    assert_eq!(setup.hosts().count(), 2);
    assert_eq!(after.hosts["jane"].name, "Jane Doe");
}

#[test]
fn an_exported_file_changes_nothing_and_keeps_the_secrets() {
    let before = documents();
    let exported = to_toml(&before.masked());

    let (after, _) = SetupFile::apply(&exported, &before, None).unwrap();

    assert!(exported.contains("***") && !exported.contains("open sesame"));
    assert_eq!(after, before);
}

#[test]
fn a_masked_secret_of_a_new_source_is_refused() {
    let exported = to_toml(&documents().masked());

    let faults = SetupFile::apply(&exported, &Documents::default(), None).map(drop).unwrap_err();

    assert_eq!(told(&faults), [("/sources/0/verify/secret", "masked_secret")]);
}
