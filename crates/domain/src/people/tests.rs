use super::*;

fn country(code: &str) -> Option<Country> {
    let country = Country::parse(code);
    assert!(country.is_some(), "{code} has a numbering plan");
    country
}

#[test]
fn text_is_trimmed_bounded_and_free_of_control_characters() {
    let long = "ü".repeat(201);
    for (input, expected) in [
        ("  Bo Attendee ", Ok("Bo Attendee".to_owned())),
        ("", Err(PersonError::Empty)),
        (" \n\t", Err(PersonError::Empty)),
        (&long[..400], Ok("ü".repeat(200))), // Characters count, not bytes.
        (&long, Err(PersonError::TooLong(200))),
        ("Bo\r\nBcc: eve@example.com", Err(PersonError::ControlCharacters)),
        ("Bo\u{0}", Err(PersonError::ControlCharacters)),
    ] {
        assert_eq!(text(input, 200, false), expected, "{input:?}");
    }
    assert_eq!(text("first\r\n\tsecond", 200, true), Ok("first\r\n\tsecond".to_owned()));
    assert_eq!(text("bell\u{7}", 200, true), Err(PersonError::ControlCharacters));
}

#[test]
fn an_address_is_kept_with_its_domain_in_lower_case() {
    for (input, expected) in [
        ("bo@example.com", "bo@example.com"),
        (" Bo.A+forms@Example.COM ", "Bo.A+forms@example.com"),
        ("o'hara@mail.example.org", "o'hara@mail.example.org"),
        ("bo@bücher.example", "bo@bücher.example"),
    ] {
        let email = Email::parse(input).map(|email| email.to_string());
        assert_eq!(email.as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn what_mail_cannot_be_sent_to_is_no_address() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    for input in [
        "bo",
        "bo@",
        "@example.com",
        "bo@localhost",
        "bo@[192.0.2.1]",
        "Bo <bo@example.com>",
        "\"bo smith\"@example.com",
        "bo@example.com, eve@example.com",
        "bo smith@example.com",
        "bö@example.com",
        &long_local,
    ] {
        assert_eq!(Email::parse(input), Err(PersonError::NotAnEmail), "{input}");
    }
    let long = format!("bo@{}.example", "a.".repeat(200));
    assert_eq!(Email::parse(&long), Err(PersonError::TooLong(254)));
    assert_eq!(Email::parse("bo@example.com\nBcc: e"), Err(PersonError::ControlCharacters));
}

#[test]
fn a_number_is_read_as_dialled_in_its_region() {
    for (input, region, expected) in [
        ("+12135550142", None, "+12135550142"),
        ("+1 (213) 555-0142", None, "+12135550142"),
        ("(213) 555-0142", country("US"), "+12135550142"),
        ("030 12345678", country("DE"), "+493012345678"),
        ("+12135550142", country("DE"), "+12135550142"),
    ] {
        let phone = Phone::parse(input, region).map(|phone| phone.to_string());
        assert_eq!(phone.as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn what_cannot_be_dialled_is_no_number() {
    for (input, region) in [
        ("213 555 0142", None), // No country to read it in.
        ("call me", country("US")),
        ("+1213555014299999", None),
        ("555", country("US")),
        ("+1 213 555 0142 ext. 7", None),
    ] {
        assert_eq!(Phone::parse(input, region), Err(PersonError::NotAPhone), "{input}");
    }
    assert_eq!(Phone::parse("", None), Err(PersonError::Empty));
    assert_eq!(Phone::parse(&"1".repeat(65), None), Err(PersonError::TooLong(64)));
}

#[test]
fn a_number_knows_its_country() {
    let german = Phone::parse("+493012345678", None).expect("a German number");

    assert_eq!(german.country(), country("DE"));
    assert_eq!(Country::parse("XX"), None);
}

#[test]
fn an_attendee_is_called_by_the_best_that_is_known() {
    let nobody = Attendee { name: None, email: None, phone: None, timezone: None, locale: None };
    let phone = Attendee { phone: Phone::parse("+12135550142", None).ok(), ..nobody.clone() };
    let email = Attendee { email: Email::parse("bo@example.com").ok(), ..phone.clone() };
    let named = Attendee { name: Name::parse("Bo").ok(), ..email.clone() };

    let labels = [&named, &email, &phone, &nobody].map(Attendee::label);
    assert_eq!(labels, ["Bo", "bo@example.com", "+12135550142", "guest"]);
}
