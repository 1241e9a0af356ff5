//! Dates and counts as people read them.

use domain::Language;
use jiff::civil::date;

use super::{Style, Text};

#[test]
fn a_date_is_written_as_its_reader_writes_it() {
    let long = Text::of(Language::English).dates.long;

    let christmas = date(2026, 12, 25);

    assert_eq!(long(Style::International, christmas), "Friday 25 December 2026");
    assert_eq!(long(Style::American, christmas), "Friday, December 25, 2026");
}

#[test]
fn one_is_not_counted_like_many() {
    let text = Text::of(Language::English);

    assert_eq!((text.picker.places_left)(1), "1 place left");
    assert_eq!((text.picker.places_left)(2), "2 places left");
    assert_eq!((text.common.minutes)(45), "45 min");
    assert_eq!((text.common.minutes)(60), "1 h");
    assert_eq!((text.common.minutes)(90), "1 h 30 min");
}

#[test]
fn names_are_joined_as_in_a_sentence() {
    let joined = Text::of(Language::English).common.joined;
    let names = ["Ada", "Bo", "Cy"].map(str::to_owned);

    assert_eq!(joined(&names), "Ada, Bo and Cy");
    assert_eq!(joined(&names[..1]), "Ada");
    assert_eq!(joined(&[]), "");
}

/// What one language says in plain words, in the order of the catalogue. What is made by functions
/// is no part of it, and neither is the dashboard, which speaks English alone.
fn plain_words(text: &Text) -> Vec<String> {
    let Text {
        language: _, common, dates, picker, booking, manage, refused, home, messages, ..
    } = text;
    let all = format!(
        "{common:?}{dates:?}{picker:?}{booking:?}{manage:?}{refused:?}{home:?}{messages:?}"
    );
    all.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_language_has_every_text_in_words_of_its_own() {
    // Words that some languages share.
    const SHARED: [&str; 3] = ["Date", "Service", "Email"];
    let english = plain_words(Text::of(Language::English));
    assert!(english.len() > 150, "{}", english.len());
    for language in Language::ALL {
        let text = Text::of(language);
        let words = plain_words(text);

        assert_eq!(text.language, language.tag());
        assert_eq!(words.len(), english.len(), "{language:?}");
        for (word, english) in words.iter().zip(&english) {
            assert!(!word.trim().is_empty(), "{language:?}: {english}");
            let same = word == english && !SHARED.contains(&word.as_str());
            assert!(!same || language == Language::English, "{language:?}: {english}");
        }
    }
}

#[test]
fn no_language_loses_what_a_sentence_is_about() {
    let names = ["«Ada»", "«Bo»", "«Cy»"].map(str::to_owned);
    for language in Language::ALL {
        let Text { common, dates, picker, booking, manage, refused, messages, .. } =
            Text::of(language);
        let day = date(2026, 12, 25);
        let about_one: [fn(&str) -> String; 17] = [
            picker.previous_month,
            picker.next_month,
            picker.day_full,
            picker.day_waitlist,
            picker.nothing_this_month,
            picker.next_free_day,
            picker.times_in,
            booking.title,
            booking.hidden_characters,
            booking.too_long,
            booking.not_understood,
            refused.failed_reference,
            manage.title,
            manage.move_hint,
            manage.kept_until,
            messages.reference,
            messages.connected_detail,
        ];
        for (place, sentence) in about_one.iter().enumerate() {
            assert!(sentence("«it»").contains("«it»"), "{language:?}, {place}");
        }
        let counts: [fn(u32) -> String; 6] = [
            common.minutes,
            common.people_counted,
            picker.places_left,
            booking.party_hint,
            manage.place_in_line,
            messages.wait_seconds,
        ];
        for (place, sentence) in counts.iter().enumerate() {
            assert!(sentence(7).contains('7'), "{language:?}, {place}");
        }
        let free = (picker.day_free)("«it»", 7);
        assert!(free.contains("«it»") && free.contains('7'), "{free}");
        assert!((booking.faults)(7).contains('7'));
        let joined = (common.joined)(&names);
        assert!(names.iter().all(|name| joined.contains(name.as_str())), "{joined}");
        let long = (dates.long)(Style::International, day);
        assert!(long.contains("25") && long.contains("2026"), "{long}");
        assert!((dates.month)(day).contains("2026"));
        let other = (messages.wrong_account_detail)("«one»", "«two»");
        assert!(other.contains("«one»") && other.contains("«two»"), "{other}");
        assert!((messages.scopes_missing_detail)(&["«box»"]).contains("«box»"));
    }
}
