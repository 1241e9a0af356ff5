//! Ten years of clock changes, compared with a second implementation: Python's `zoneinfo`.

use std::path::{Path, PathBuf};
use std::process::Command;

use doorstep_domain::time::{LocalMoment, zone_named};
use jiff::Timestamp;
use jiff::civil::DateTime;

/// Zones of every kind: changes of an hour, of half an hour and of a whole day, north and south of
/// the equator, and such that have stopped changing.
const ZONES: [&str; 27] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Chicago",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
];

#[test]
fn ten_years_of_clock_changes_are_what_another_implementation_finds() {
    let told = told_by_another();

    let mut changes = 0;
    for line in told.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let [zone, local, kind, first, second] = parts[..] else { panic!("{line}") };
        let at = |seconds: &str| {
            let seconds = seconds.parse().expect("a number of seconds");
            Timestamp::from_second(seconds).expect("in range")
        };
        let expected = match kind {
            "once" => LocalMoment::Once(at(first)),
            "twice" => LocalMoment::Twice { first: at(first), second: at(second) },
            "skipped" => LocalMoment::Skipped { instead: at(first) },
            other => panic!("{other}"),
        };
        changes += usize::from(kind != "once");

        let local: DateTime = local.parse().expect("a civil time");
        let found = LocalMoment::resolve(local, &zone_named(zone).expect("a zone of both"));
        assert_eq!(found, Some(expected), "{line}");
    }
    assert!(changes > 1_000, "only {changes} times that are told twice or never");
}

/// Local times around the changes, and what each means: zone, time, kind, instants.
fn told_by_another() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testbed/readers/clock_changes.py");
    let output = Command::new(python()).arg("-I").arg(script).args(ZONES).output();
    let output = output.expect("`cargo xtask test` installs Python");
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{fault}");
    String::from_utf8(output.stdout).expect("it writes ASCII")
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says where its Python is")]
fn python() -> PathBuf {
    std::env::var_os("DOORSTEP_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from)
}
