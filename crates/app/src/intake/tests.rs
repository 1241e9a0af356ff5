#![expect(clippy::unwrap_used, reason = "a fixture that does not read fails the test")]

use jiff::tz::TimeZone;

use super::*;
use crate::setup::{Documents, SetupFile};

const SETUP: &str = r#"
[[hosts]]
id = "jane"
name = "Jane Agent"
phone = "+12135550100"
timezone = "America/New_York"

[[services]]
id = "viewing"
title = "Viewing"
hosts = ["jane"]
duration = "30m"
availability = [{ days = ["mon"], from = "09:00", to = "17:00" }]
"#;

fn setup() -> SetupSnapshot {
    let (documents, setup) = SetupFile::apply(SETUP, &Documents::default(), None).unwrap();
    SetupSnapshot { version: 1, documents, setup }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn written(text: &str, place: &str) -> Raw {
    Raw::new(Some(text.to_owned()), Pointer::of(place))
}

/// Dana wants a viewing, by a form.
fn form(start: &str) -> RawRequest {
    RawRequest {
        service: written("viewing", "/service"),
        start: written(start, "/start"),
        writing: Writing::Form { zone: None, format: None },
        lead: RawPerson {
            name: written("Dana", "/name"),
            email: written("dana@example.com", "/email"),
            ..RawPerson::default()
        },
        ..RawRequest::default()
    }
}

fn read(raw: &RawRequest) -> Result<Intake, Vec<(String, &'static str)>> {
    let (setup, link_key) = (setup(), LinkKey::new([7; 32]));
    let now = at("2026-10-01T00:00:00Z");
    let (region, faults) = (None, Faults::new());
    let mut reading = Reading { setup: &setup, raw, now, link_key: &link_key, region, faults };
    let intake = reading.read();
    let faults = reading.faults.as_slice().iter();
    let faults: Vec<_> = faults.map(|fault| (fault.pointer.to_string(), fault.code)).collect();
    if faults.is_empty() { Ok(intake.unwrap()) } else { Err(faults) }
}

fn start_of(raw: &RawRequest) -> Result<String, &'static str> {
    read(raw).map(|intake| intake.request.start.to_string()).map_err(|faults| faults[0].1)
}

#[test]
fn a_start_is_read_in_every_usual_form() {
    for text in [
        "2026-12-03T15:30:00-05:00",
        "2026-12-03T20:30:00Z",
        "2026-12-03 15:30",
        " 2026-12-03 15:30 ",
        "2026-12-03 03:30 pm",
        "2026-12-03 3:30 PM",
        "2026-12-03 03:30PM",
        "2026-12-03T15:30",
        "2026-12-03 15:30:00",
    ] {
        assert_eq!(start_of(&form(text)).as_deref(), Ok("2026-12-03T20:30:00Z"), "{text}");
    }
    for text in
        ["2026-12-03", "15:30", "03.12.2026 15:30", "12/03/2026 3:30 pm", "2026-12-03 25:00"]
    {
        assert_eq!(start_of(&form(text)), Err("invalid_time"), "{text}");
    }
}

#[test]
fn a_local_time_is_meant_in_the_forms_zone_or_the_leads_or_the_hosts() {
    let mut raw = form("2026-12-03 15:30");
    assert_eq!(start_of(&raw).as_deref(), Ok("2026-12-03T20:30:00Z"));

    raw.lead.timezone = written("Europe/Berlin", "/tz");
    assert_eq!(start_of(&raw).as_deref(), Ok("2026-12-03T14:30:00Z"));

    let zone = TimeZone::get("Asia/Tokyo").ok();
    raw.writing = Writing::Form { zone, format: None };
    assert_eq!(start_of(&raw).as_deref(), Ok("2026-12-03T06:30:00Z"));
}

#[test]
fn a_time_that_comes_twice_is_the_first_and_one_that_never_comes_a_fault() {
    assert_eq!(start_of(&form("2026-11-01 01:30")).as_deref(), Ok("2026-11-01T05:30:00Z"));
    assert_eq!(start_of(&form("2027-03-14 02:30")), Err("skipped_time"));
}

#[test]
fn a_format_of_the_sources_own_comes_first() {
    let with = |format: &str, start: &str| RawRequest {
        writing: Writing::Form { zone: None, format: Some(format.to_owned()) },
        ..form(start)
    };

    let german = with("%d.%m.%Y %H:%M", "03.12.2026 15:30");
    assert_eq!(start_of(&german).as_deref(), Ok("2026-12-03T20:30:00Z"));
    let with_offset = with("%Y%m%d %H:%M %z", "20261203 15:30 +0100");
    assert_eq!(start_of(&with_offset).as_deref(), Ok("2026-12-03T14:30:00Z"));
    let usual = with("%d.%m.%Y %H:%M", "2026-12-03T20:30:00Z");
    assert_eq!(start_of(&usual).as_deref(), Ok("2026-12-03T20:30:00Z"));
}

#[test]
fn a_number_without_country_code_is_of_the_first_hosts_country() {
    let mut raw = form("2026-12-03 15:30");
    raw.lead.phone = written("(512) 555-0142", "/phone");

    let lead = read(&raw).unwrap().request.lead;

    assert_eq!(lead.phone.unwrap().as_str(), "+15125550142");
}

#[test]
fn questions_that_differ_in_spaces_alone_are_one_too_many() {
    let answers = ["Budget", " Budget"];
    let answers = answers.map(|name| (name.to_owned(), written("x", &format!("/answers/{name}"))));
    let raw = RawRequest { answers: answers.to_vec(), ..form("2026-12-03 15:30") };

    assert_eq!(read(&raw).unwrap_err(), [("/answers/ Budget".to_owned(), "repeated")]);
}

#[test]
fn fifty_guests_may_come_along() {
    let guests =
        |count| vec![RawPerson { name: written("Gil", "/g"), ..RawPerson::default() }; count];
    let raw = |count| RawRequest { guests: guests(count), ..form("2026-12-03 15:30") };

    assert_eq!(read(&raw(50)).unwrap().request.party_size, 51);
    assert_eq!(read(&raw(51)).unwrap_err()[0].1, "too_many");
}
