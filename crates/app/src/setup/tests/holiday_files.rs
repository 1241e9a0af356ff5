//! Holidays that stand in a file beside the setup file.

use crate::setup::{SetupFile, with_holiday_files};

const HOSTS: &str = r#"
[[hosts]]
id = "jane"
name = "Jane"
timezone = "Europe/Berlin"
holidays_file = "de.ics"
holidays = [{ date = 2026-12-25, name = "At home" }]

[[hosts]]
id = "kim"
name = "Kim"
timezone = "Europe/Berlin"
"#;

const GERMANY: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20201225\nRRULE:FREQ=YEARLY\n\
    SUMMARY:Weihnachten\nEND:VEVENT\nEND:VCALENDAR\n";

fn now() -> jiff::Timestamp {
    "2026-11-30T16:00:00Z".parse().unwrap()
}

/// The pointers and messages of what is wrong.
fn faults(file: &Result<String, String>) -> Vec<(String, String)> {
    let faults = with_holiday_files(HOSTS, now(), |_| file.clone()).unwrap_err();
    let told = |fault: &domain::Fault| (fault.pointer.to_string(), fault.message.clone());
    faults.as_slice().iter().map(told).collect()
}

#[test]
fn the_days_of_a_file_become_holidays_of_the_host() {
    let toml = with_holiday_files(HOSTS, now(), |name| {
        assert_eq!(name, "de.ics");
        Ok(GERMANY.to_owned())
    });

    let setup = SetupFile::from_toml(&toml.unwrap()).unwrap();

    let days: Vec<_> =
        setup.hosts[0].holidays.iter().map(|day| (&*day.date, day.name.as_deref())).collect();
    let christmas = Some("Weihnachten");
    let expected =
        [("2026-12-25", Some("At home")), ("2027-12-25", christmas), ("2028-12-25", christmas)];
    assert_eq!(days, expected, "what the host says itself stays");
    assert!(setup.hosts[1].holidays.is_empty());
}

#[test]
fn a_setup_file_without_one_is_left_as_it_is() {
    for toml in ["", "hosts = 5", "[[hosts]]\nid = \"x\"", "not toml ["] {
        let read = |_: &str| -> Result<String, String> { panic!("nothing names a file") };
        assert_eq!(with_holiday_files(toml, now(), read).unwrap(), toml);
    }
}

#[test]
fn a_file_that_does_not_read_is_refused_at_its_place() {
    let place = "/hosts/0/holidays_file".to_owned();

    let missing = faults(&Err("there is no such file".to_owned()));
    let junk = faults(&Ok(GERMANY.replace("YEARLY", "WEEKLY")));

    assert_eq!(missing, [(place.clone(), "there is no such file".to_owned())]);
    let message =
        "line 4: of repetitions only FREQ=YEARLY on one day of the year is understood".to_owned();
    assert_eq!(junk, [(place, message)]);
}
