//! Dates and counts as people read them.

use jiff::civil::date;

use super::{Style, Text};

#[test]
fn a_date_is_written_as_its_reader_writes_it() {
    let long = Text::for_languages("en").dates.long;

    let christmas = date(2026, 12, 25);

    assert_eq!(long(Style::International, christmas), "Friday 25 December 2026");
    assert_eq!(long(Style::American, christmas), "Friday, December 25, 2026");
}

#[test]
fn one_is_not_counted_like_many() {
    let text = Text::for_languages("en");

    assert_eq!((text.picker.places_left)(1), "1 place left");
    assert_eq!((text.picker.places_left)(2), "2 places left");
    assert_eq!((text.common.minutes)(45), "45 min");
    assert_eq!((text.common.minutes)(60), "1 h");
    assert_eq!((text.common.minutes)(90), "1 h 30 min");
}

#[test]
fn names_are_joined_as_in_a_sentence() {
    let joined = Text::for_languages("en").common.joined;
    let names = ["Ada", "Bo", "Cy"].map(str::to_owned);

    assert_eq!(joined(&names), "Ada, Bo and Cy");
    assert_eq!(joined(&names[..1]), "Ada");
    assert_eq!(joined(&[]), "");
}
