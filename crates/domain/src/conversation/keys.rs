//! What a caller's keys and phrases mean: it depends on what they were asked.

use jiff::civil::Date;

use super::{Heard, Question, When};

/// The key that has the last prompt said again.
pub const REPEAT: char = '9';
/// The key for further times.
pub const MORE: char = '4';
/// How many times a caller is read at once: more cannot be kept in mind.
pub const TIMES_AT_ONCE: usize = 3;

/// What a caller may say for a choice, in any of our languages: what they are asked in does not
/// bind them.
const CONFIRM: &[&str] =
    &["confirm", "confirmed", "coming", "confirmar", "confirmo", "bestätigen", "confirmer"];
const MOVE: &[&str] = &["move", "reschedule", "change", "cambiar", "verschieben", "déplacer"];
const CANCEL: &[&str] = &["cancel", "anular", "cancelar", "absagen", "annuler"];
const YES: &[&str] = &["yes", "sí", "ja", "oui"];
const NO: &[&str] = &["no", "not", "don't", "keep", "nein", "nicht", "behalten", "non", "pas"];
const MORE_WORDS: &[&str] = &[
    "more", "other", "others", "none", "another", "otras", "otra", "más", "andere", "weitere",
    "autres", "autre",
];
const REPEAT_WORDS: &[&str] =
    &["repeat", "again", "pardon", "repetir", "wiederholen", "nochmal", "répéter"];

/// What came from a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Nothing, for a while.
    Silence,
    /// Keys, in order.
    Keys(String),
    /// What they said, as far as it was recognised.
    Speech(String),
}

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Something to follow.
    Said(Heard),
    /// To hear it again.
    Repeat,
    /// Not one of the choices.
    Wrong,
    /// Nothing was said.
    Silence,
}

/// What a caller means who was asked `question`, or else was read the menu. `today` is the date
/// where they are.
pub fn choice(input: &Input, question: Option<&Question>, today: Date) -> Choice {
    match input {
        Input::Silence => Choice::Silence,
        Input::Keys(keys) => {
            let mut pressed = keys.chars().filter(|key| *key != '#');
            match (pressed.next(), pressed.next()) {
                (None, _) => Choice::Silence,
                (Some(REPEAT | '*'), None) => Choice::Repeat,
                (Some(key), None) => key_choice(key, question),
                (Some(_), Some(_)) => Choice::Wrong,
            }
        }
        Input::Speech(phrase) => spoken_choice(phrase, question, today),
    }
}

fn key_choice(key: char, question: Option<&Question>) -> Choice {
    let said = |heard| Choice::Said(heard);
    let digit = key.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    match (question, key) {
        (None, '1') => said(Heard::Confirm),
        (None, '2') => said(Heard::Move),
        (None, '3') => said(Heard::Cancel),
        (None, _) => Choice::Wrong,
        (Some(Question::Times { .. }), MORE) => said(Heard::More),
        (Some(question), _) => match digit {
            Some(digit) if (1..=choices(question)).contains(&usize::from(digit)) => {
                said(Heard::Pick(digit))
            }
            Some(_) | None => Choice::Wrong,
        },
    }
}

/// How many numbers answer a question.
fn choices(question: &Question) -> usize {
    match question {
        Question::Which { bookings, .. } => bookings.len(),
        Question::Times { offers, .. } => offers.len(),
        Question::Cancel { .. } => 2,
    }
}

fn spoken_choice(phrase: &str, question: Option<&Question>, today: Date) -> Choice {
    let lower = phrase.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    let says = |any: &[&str]| words.iter().any(|word| any.contains(word));
    if words.is_empty() {
        return Choice::Silence;
    }
    if says(REPEAT_WORDS) {
        return Choice::Repeat;
    }
    let heard = match question {
        Some(Question::Cancel { .. }) if says(NO) => Some(Heard::Pick(2)),
        Some(Question::Cancel { .. }) if (says(YES) || says(CANCEL) || says(&["sure"])) => {
            Some(Heard::Pick(1))
        }
        Some(Question::Times { .. }) if says(MORE_WORDS) => Some(Heard::More),
        // "Friday at 3" names a time, not a choice.
        Some(_) if named_day(phrase, today).is_some() => command(&says, phrase, today),
        Some(question) => number(&words)
            .filter(|number| usize::from(*number) <= choices(question))
            .map(Heard::Pick)
            .or_else(|| command(&says, phrase, today)),
        None => command(&says, phrase, today),
    };
    heard.map_or(Choice::Wrong, Choice::Said)
}

fn command(says: &impl Fn(&[&str]) -> bool, phrase: &str, today: Date) -> Option<Heard> {
    if says(CANCEL) {
        return Some(Heard::Cancel);
    }
    if let Some(when) = named_day(phrase, today) {
        return Some(Heard::When(when));
    }
    if says(MOVE) {
        return Some(Heard::Move);
    }
    (says(CONFIRM) || says(YES)).then_some(Heard::Confirm)
}

fn named_day(phrase: &str, today: Date) -> Option<When> {
    When::read(phrase, today).filter(|when| when.day.is_some())
}

/// The one number among the words. An ordinal says more than a number: "the second one".
fn number(words: &[&str]) -> Option<u8> {
    let among = |named: fn(&str) -> Option<u8>| {
        let mut found = words.iter().filter_map(|word| named(word));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    };
    among(ordinal).or_else(|| among(cardinal))
}

fn ordinal(word: &str) -> Option<u8> {
    ["first", "second", "third", "fourth", "fifth"]
        .iter()
        .zip(1..)
        .find(|(name, _)| **name == word)
        .map(|(_, number)| number)
}

fn cardinal(word: &str) -> Option<u8> {
    let names = [
        ["one", "uno", "eins", "un"],
        ["two", "dos", "zwei", "deux"],
        ["three", "tres", "drei", "trois"],
        ["four", "cuatro", "vier", "quatre"],
        ["five", "cinco", "fünf", "cinq"],
    ];
    let named = names.iter().zip(1..).find(|(names, _)| names.contains(&word));
    named
        .map(|(_, number)| number)
        .or_else(|| word.parse().ok().filter(|number| (1..=9).contains(number)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::conversation::{Offer, Wish};
    use crate::id::BookingId;

    fn today() -> Date {
        "2026-11-30".parse().expect("a Monday")
    }

    fn booking() -> BookingId {
        BookingId::new(Uuid::from_u128(1))
    }

    fn times() -> Question {
        let offer = Offer {
            start: Timestamp::UNIX_EPOCH,
            host: "ada".parse().expect("a slug"),
            hold: Uuid::nil(),
        };
        Question::Times { booking: booking(), offers: vec![offer; TIMES_AT_ONCE] }
    }

    fn cancel() -> Question {
        Question::Cancel { booking: booking(), revision: 1 }
    }

    fn which() -> Question {
        Question::Which { wish: Wish::Confirm, bookings: vec![booking(); 2] }
    }

    #[test]
    fn a_key_means_what_was_asked_for() {
        let said = Choice::Said;
        let table = [
            ("1", None, said(Heard::Confirm)),
            ("2", None, said(Heard::Move)),
            ("3", None, said(Heard::Cancel)),
            ("7", None, Choice::Wrong),
            ("9", None, Choice::Repeat),
            ("*", Some(times()), Choice::Repeat),
            ("3", Some(times()), said(Heard::Pick(3))),
            ("4", Some(times()), said(Heard::More)),
            ("5", Some(times()), Choice::Wrong),
            ("0", Some(times()), Choice::Wrong),
            ("1", Some(cancel()), said(Heard::Pick(1))),
            ("3", Some(cancel()), Choice::Wrong),
            ("2", Some(which()), said(Heard::Pick(2))),
            ("3", Some(which()), Choice::Wrong),
            ("", None, Choice::Silence),
            ("#", None, Choice::Silence),
            ("12", None, Choice::Wrong),
        ];
        for (keys, question, expected) in table {
            let input = Input::Keys(keys.to_owned());
            assert_eq!(choice(&input, question.as_ref(), today()), expected, "{keys} {question:?}");
        }
        assert_eq!(choice(&Input::Silence, None, today()), Choice::Silence);
    }

    #[test]
    fn a_phrase_means_what_was_asked_for() {
        let said = Choice::Said;
        let table = [
            ("Confirm.", None, said(Heard::Confirm)),
            ("yes I am coming", None, said(Heard::Confirm)),
            ("I'd like to reschedule", None, said(Heard::Move)),
            ("cancel it please", None, said(Heard::Cancel)),
            ("say that again", None, Choice::Repeat),
            ("the weather is nice", None, Choice::Wrong),
            ("", None, Choice::Silence),
            ("the second one", Some(times()), said(Heard::Pick(2))),
            ("number two", Some(times()), said(Heard::Pick(2))),
            ("the third", Some(times()), said(Heard::Pick(3))),
            ("five", Some(times()), Choice::Wrong),
            ("something else, more times", Some(times()), said(Heard::More)),
            ("Yes, cancel it", Some(cancel()), said(Heard::Pick(1))),
            ("no, do not cancel", Some(cancel()), said(Heard::Pick(2))),
            ("one", Some(which()), said(Heard::Pick(1))),
            ("Bestätigen.", None, said(Heard::Confirm)),
            ("quiero cambiar la cita", None, said(Heard::Move)),
            ("annuler", None, said(Heard::Cancel)),
            ("ja, absagen", Some(cancel()), said(Heard::Pick(1))),
            ("no, no anular", Some(cancel()), said(Heard::Pick(2))),
            ("la dos", Some(times()), said(Heard::Pick(2))),
            ("autres horaires", Some(times()), said(Heard::More)),
        ];
        for (phrase, question, expected) in table {
            let input = Input::Speech(phrase.to_owned());
            assert_eq!(
                choice(&input, question.as_ref(), today()),
                expected,
                "{phrase} {question:?}"
            );
        }
        let friday = Input::Speech("Friday at 3 PM".to_owned());
        assert!(matches!(choice(&friday, None, today()), Choice::Said(Heard::When(_))));
        assert!(matches!(choice(&friday, Some(&times()), today()), Choice::Said(Heard::When(_))));
    }
}
