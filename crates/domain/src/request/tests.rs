#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use super::*;
use crate::people::{Email, Name, Phone};
use crate::sample::{at, attendee};

fn request() -> BookingRequest {
    BookingRequest {
        service: "consultation".parse().unwrap(),
        host: None,
        start: at("2026-12-03T10:00:00Z"),
        duration: None,
        lead: attendee("Bo Attendee"),
        guests: vec![],
        party_size: 1,
        notes: None,
        answers: BTreeMap::new(),
        ad_hoc: None,
    }
}

#[test]
fn equal_requests_have_one_canonical_form() {
    let mut elsewhere = request();
    // The same instant, and how times are told changes nothing about what is booked.
    elsewhere.start = "2026-12-03T11:00:00+01:00".parse().unwrap();
    elsewhere.lead.timezone = TimeZone::get("Europe/Berlin").ok();
    elsewhere.lead.locale = Some("de".to_owned());

    assert_eq!(elsewhere.canonical(), request().canonical());
}

#[test]
fn every_part_of_a_request_counts() {
    type Edit = fn(&mut BookingRequest);
    let edits: [Edit; 11] = [
        |request| request.service = "viewing".parse().unwrap(),
        |request| request.host = Some("ada".parse().unwrap()),
        |request| request.start = at("2026-12-03T10:00:01Z"),
        |request| request.party_size = 2,
        |request| request.notes = Some("ring twice".to_owned()),
        |request| request.lead.name = Name::parse("Bo").ok(),
        |request| request.lead.email = Email::parse("bo@example.org").ok(),
        |request| request.lead.phone = Phone::parse("+12135550143", None).ok(),
        |request| request.guests.push(attendee("Cy Guest")),
        |request| drop(request.answers.insert("Pets".to_owned(), "two".to_owned())),
        |request| drop(request.answers.insert("Pets".to_owned(), "three".to_owned())),
    ];
    let mut seen = vec![request().canonical()];
    for (index, edit) in edits.iter().enumerate() {
        let mut edited = request();
        edit(&mut edited);

        let canonical = edited.canonical();

        assert!(!seen.contains(&canonical), "edit {index}");
        seen.push(canonical);
    }
}

#[test]
fn guests_cannot_be_mistaken_for_answers() {
    let nobody = Attendee { name: None, email: None, phone: None, timezone: None, locale: None };
    let mut with_guests = request();
    with_guests.guests = vec![
        Attendee {
            name: Name::parse("!").ok(),
            phone: Phone::parse("+12135550143", None).ok(),
            ..nobody.clone()
        },
        Attendee { email: Email::parse("cy@example.com").ok(), ..nobody },
    ];
    let mut with_answers = request();
    for question in ["!", "+12135550143", "cy@example.com"] {
        with_answers.answers.insert(question.to_owned(), String::new());
    }

    assert_ne!(with_guests.canonical(), with_answers.canonical());
}

#[test]
fn the_lead_comes_first() {
    let mut request = request();
    request.guests.push(attendee("Cy Guest"));

    let labels: Vec<&str> = request.attendees().map(Attendee::label).collect();
    assert_eq!(labels, ["Bo Attendee", "Cy Guest"]);
}

#[test]
fn a_language_that_somebody_named_themselves_is_kept() {
    let mut named = request();
    named.lead.locale = Some("es-MX".to_owned());

    assert_eq!(named.liking(Some(Language::German)).lead.locale.as_deref(), Some("es-MX"));
    assert_eq!(request().liking(Some(Language::German)).lead.locale.as_deref(), Some("de"));
    assert_eq!(request().liking(None).lead.locale, None);
}
