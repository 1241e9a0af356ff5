#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use domain::booking::Edition;
use domain::telling;
use domain::{BookingId, BookingState, Email, Name};
use jiff::SignedDuration;
use uuid::Uuid;

use super::*;

fn slot(start: &str) -> Interval {
    Interval::starting(start.parse::<Timestamp>().unwrap(), SignedDuration::from_mins(30)).unwrap()
}

fn dana(locale: &str) -> Attendee {
    Attendee {
        name: Name::parse("Dana <b>Whitfield</b>").ok(),
        email: Email::parse("dana@example.com").ok(),
        phone: None,
        timezone: TimeZone::get("Europe/Berlin").ok(),
        locale: Some(locale.to_owned()),
    }
}

fn viewing(attendee: &Attendee) -> Booking {
    Booking {
        id: BookingId::new(Uuid::from_u128(7)),
        service: "viewing".parse().unwrap(),
        host: "jane".parse().unwrap(),
        joined: Vec::new(),
        slot: slot("2026-12-03T21:30:00Z"),
        title: "Viewing {name}".to_owned(),
        location: Some("123 Main St".to_owned()),
        edition: Edition::default(),
        timezone: TimeZone::get("America/Los_Angeles").unwrap(),
        party_size: 2,
        attendees: vec![attendee.clone()],
        notes: None,
        answers: [].into(),
        submission_id: None,
        source: None,
        state: BookingState::Confirmed { change: None },
        revision: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn every_news() -> Vec<News> {
    let earlier = slot("2026-12-02T21:30:00Z");
    let by = [Actor::Host, Actor::Attendee, Actor::Api, Actor::System];
    let mut news = vec![
        News::Received,
        News::Confirmed,
        News::Reminder { before: SignedDuration::from_hours(1) },
        News::Unreached,
        News::Moved { from: earlier },
        News::MoveNotPossible { wanted: earlier },
        News::NotPossible,
        News::Waitlisted,
        News::SeatsOffered { until: earlier.start() },
        News::WaitedInVain,
    ];
    news.extend(by.map(|by| News::Cancelled { by }));
    news
}

fn told(locale: &str, news: &News, wording: Option<&Wording>) -> Content {
    told_with(locale, news, wording, Replies::Change)
}

fn told_with(locale: &str, news: &News, wording: Option<&Wording>, replies: Replies) -> Content {
    let attendee = dana(locale);
    let booking = viewing(&attendee);
    let free = [Alternative { slot: slot("2026-12-04T21:30:00Z"), host: "jane".parse().unwrap() }];
    Content::new(&Telling {
        booking: &booking,
        host: Some("Jane Agent"),
        attendee: &attendee,
        language: Language::for_locale(Some(locale)),
        news,
        manage: "https://book.example/b/t".to_owned(),
        book: Some("https://book.example/book/viewing".to_owned()),
        alternatives: &free,
        wording,
        replies,
        phone: Some(PhoneLine { number: "+12135550100".to_owned(), code: "01234567".to_owned() }),
    })
}

/// With an address as long as they are outside of tests.
fn with_a_long_link(content: Content) -> Content {
    let link = format!("https://book.agency.example/b/{}", "x".repeat(43));
    Content { action: content.action.map(|(label, _)| (label, link)), ..content }
}

#[test]
fn every_language_says_everything_with_its_variables_filled_in() {
    for language in Language::ALL {
        let host = Host {
            id: "jane".parse().unwrap(),
            name: Name::parse("Jane Agent").unwrap(),
            email: None,
            phone: None,
            timezone: TimeZone::get("America/Los_Angeles").unwrap(),
            news: domain::host_news::HostNews { language, ..Default::default() },
            rules: domain::host::HostRules::default(),
        };
        for news in every_news() {
            let booking = viewing(&dana("en"));
            let to_host = Content::for_host(&booking, &host, &news, "https://book.example/a");
            for content in [told(language.tag(), &news, None), to_host] {
                let all = format!("{}\n{}\n{}", content.subject, content.plain(), content.sms());
                // The title's own braces are text; no other may be left.
                let rest = all.replace("Viewing {name}", "");
                assert!(!rest.contains(['{', '}']), "{language:?} {news:?}: {all}");
            }
        }
    }
}

#[test]
fn times_are_in_the_recipients_language_and_zone() {
    let table = [
        ("en", "Thu, 3 Dec 2026, 10:30 PM to 11:00 PM CET (Berlin time)"),
        ("es", "jue, 3 dic 2026, 22:30 a 23:00 CET (hora de Berlin)"),
        ("de", "Do, 3. Dez. 2026, 22:30 bis 23:00 CET (Zeit in Berlin)"),
        ("fr", "jeu. 3 déc. 2026, 22:30 à 23:00 CET (heure de Berlin)"),
    ];
    for (locale, when) in table {
        let mail = told(locale, &News::Confirmed, None);

        assert!(mail.plain().contains(when), "{}", mail.plain());
        assert!(mail.html().contains(&format!("<html lang=\"{locale}\">")));
    }
}

#[test]
fn markup_in_a_name_is_shown_and_never_obeyed() {
    let html = told("en", &News::Confirmed, None).html();

    assert!(html.contains("Dana &#60;b&#62;Whitfield&#60;/b&#62;"), "{html}");
    assert!(!html.contains("<b>Whitfield"));
}

#[test]
fn a_services_own_words_stand_in_place_of_ours() {
    let own = |text: &str| Template::parse(text).ok();
    let wording = Wording {
        news: "confirmed",
        language: None,
        subject: own("{host} expects you"),
        body: own("Ring <twice>, {name}."),
        sms: own("See you {start}: {link}"),
    };
    let telling = telling::Telling { wordings: vec![wording], ..telling::Telling::default() };

    let said = told("de", &News::Confirmed, telling.wording(&News::Confirmed, Language::German));

    assert_eq!(said.subject, "Jane Agent expects you");
    assert_eq!(said.sms(), "See you Do, 3. Dez., 22:30 CET: https://book.example/b/t");
    assert!(said.html().contains("Ring &#60;twice&#62;, Dana &#60;b&#62;"));
    assert_eq!(telling.wording(&News::NotPossible, Language::German), None);
}

#[test]
fn a_mail_loads_nothing_from_outside() {
    for news in every_news() {
        let html = told("en", &news, None).html();

        assert!(
            !html.contains("<img") && !html.contains("src=") && !html.contains("url("),
            "{html}"
        );
    }
}

#[test]
fn who_lost_a_slot_reads_what_is_still_free() {
    let lost = told("en", &News::NotPossible, None);

    assert!(lost.plain().contains("Still free: Fri, 4 Dec, 10:30 PM CET"), "{}", lost.plain());
    assert!(lost.sms().contains("Still free: Fri, 4 Dec, 10:30 PM CET"));
    assert!(lost.plain().contains("https://book.example/book/viewing"));
}

#[test]
fn what_a_text_can_be_replied_is_named_in_at_most_two_segments() {
    let reminder = News::Reminder { before: SignedDuration::from_hours(24) };
    let moved = News::Moved { from: slot("2026-12-02T21:30:00Z") };
    for language in Language::ALL {
        for news in [&News::Confirmed, &reminder, &moved] {
            let said = with_a_long_link(told(language.tag(), news, None)).sms();

            let counted = segments(&said);
            assert!(counted.segments <= 2, "{counted:?}: {said}");
            let replies: Vec<&str> =
                said.split(' ').filter(|word| ["C", "R", "X"].contains(word)).collect();
            assert_eq!(replies, ["C", "R", "X"], "{said}");
            for word in ["STOP", "CANCEL", "END", "QUIT", "YES", "START", "HELP", "INFO"] {
                let mut words = said.split(|c: char| !c.is_alphanumeric());
                assert!(!words.any(|said| said.eq_ignore_ascii_case(word)), "{word}: {said}");
            }
        }
    }
}

#[test]
fn a_text_names_only_replies_that_do_something() {
    let said = |news: &News, replies| told_with("en", news, None, replies).sms();

    let guest = said(&News::Confirmed, Replies::Confirm);
    assert!(guest.contains("Reply C to confirm. Details: https://"), "{guest}");
    let unheard = said(&News::Confirmed, Replies::Nothing);
    assert!(unheard.contains("Change or cancel: https://") && !unheard.contains("Reply"));
    for news in [News::Waitlisted, News::Received, News::Cancelled { by: Actor::Host }] {
        assert!(!said(&news, Replies::Change).contains("Reply"), "{news:?}");
    }
}

#[test]
fn the_place_gives_way_to_what_can_be_replied_and_that_to_a_title_that_leaves_no_room() {
    let mut content = with_a_long_link(told("en", &News::Confirmed, None));
    let place = content.facts.iter_mut().find(|fact| fact.kind == FactKind::Place).unwrap();
    place.value =
        "The old brewery, second courtyard, third floor, the door on the left side".to_owned();
    assert!(content.sms().contains("Reply C") && !content.sms().contains("brewery"));

    content.facts[0].value = "Просмотр квартиры с большим садом".to_owned();
    assert!(!content.sms().contains("Reply C"), "{}", content.sms());
    assert!(content.sms().contains("Change or cancel: https://"));
}

#[test]
fn a_mail_about_what_stands_tells_how_to_change_it_by_phone() {
    let said = told("de", &News::Confirmed, None);
    assert!(said.plain().contains("Telefonisch: +12135550100, Buchungscode 01234567"));
    assert!(!said.sms().contains("01234567"));

    let over = told("de", &News::Cancelled { by: Actor::Host }, None);
    assert!(!over.plain().contains("01234567"));
}
