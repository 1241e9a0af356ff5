//! What a text says: keywords, numbers, and free sentences that name a day or a time.

use jiff::civil::Date;

use super::{Consent, Heard, When};

/// Words with which carriers stop all messages, where they are all that a text says.
const STOP: &[&str] =
    &["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"];
/// Those of them that mean nothing else, so that they are understood among other words, too.
const STOP_ANYWHERE: &[&str] = &["STOP", "STOPALL", "UNSUBSCRIBE", "QUIT", "REVOKE", "OPTOUT"];
/// Words with which carriers allow messages again.
const START: &[&str] = &["START", "YES", "UNSTOP"];
/// Words that carriers answer by themselves.
const CARRIER: &[&str] = &["HELP", "INFO"];
/// How many words a text has at most that says a keyword.
const MOST_WORDS: usize = 3;

/// What a text says. `today` is the date where its sender is.
pub fn read(text: &str, today: Date) -> Heard {
    let words: Vec<String> = text.split_whitespace().filter_map(word).collect();
    if let [only] = words.as_slice()
        && let Some(heard) = carriers_own(only)
    {
        return heard;
    }
    let when = When::read(text, today);
    let names_day = when.as_ref().is_some_and(|when| when.day.is_some());
    match keyword(&words) {
        // "Tuesday 2" names a time, not a choice.
        Some(Heard::Pick(_)) if names_day => {}
        Some(heard) => return heard,
        None => {}
    }
    when.map_or(Heard::Unclear, Heard::When)
}

/// A word in capitals, without what stands around it; a lone question mark stays.
fn word(raw: &str) -> Option<String> {
    if !raw.is_empty() && raw.chars().all(|c| c == '?') {
        return Some("?".to_owned());
    }
    let bare = raw.trim_matches(|c: char| !c.is_alphanumeric());
    (!bare.is_empty()).then(|| bare.to_uppercase())
}

fn carriers_own(word: &str) -> Option<Heard> {
    if STOP.contains(&word) {
        Some(Heard::Consent(Consent::Stop))
    } else if START.contains(&word) {
        Some(Heard::Consent(Consent::Start))
    } else {
        CARRIER.contains(&word).then_some(Heard::LeftToCarrier)
    }
}

/// A keyword counts in a text of at most three words, exactly one of which is one.
fn keyword(words: &[String]) -> Option<Heard> {
    if words.len() > MOST_WORDS {
        return None;
    }
    let mut found = words.iter().enumerate().filter_map(|(at, word)| {
        // "at 2" is a time of day.
        let after_at = at > 0 && words[at - 1] == "AT";
        meaning(word).filter(|heard| !(after_at && matches!(heard, Heard::Pick(_))))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn meaning(word: &str) -> Option<Heard> {
    if STOP_ANYWHERE.contains(&word) {
        return Some(Heard::Consent(Consent::Stop));
    }
    match word {
        "C" => Some(Heard::Confirm),
        "R" | "MOVE" | "RESCHEDULE" => Some(Heard::Move),
        "X" => Some(Heard::Cancel),
        "?" => Some(Heard::Explain),
        _ => match word.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(Heard::Pick(digit - b'0')),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        "2026-11-30".parse().expect("a Monday")
    }

    #[test]
    fn a_text_says_one_keyword_in_any_case_among_at_most_three_words() {
        let table = [
            ("C", Heard::Confirm),
            (" c ", Heard::Confirm),
            ("C!", Heard::Confirm),
            ("c 👍", Heard::Confirm),
            ("ok C thanks", Heard::Confirm),
            ("R", Heard::Move),
            ("please move", Heard::Move),
            ("Reschedule?", Heard::Move),
            ("x", Heard::Cancel),
            ("X please.", Heard::Cancel),
            ("?", Heard::Explain),
            ("???", Heard::Explain),
            ("2", Heard::Pick(2)),
            ("number 3, please", Heard::Pick(3)),
            ("(1)", Heard::Pick(1)),
            ("C or X", Heard::Unclear),
            ("1 or 2", Heard::Unclear),
            ("I think C is fine", Heard::Unclear),
            ("we will move house soon", Heard::Unclear),
            ("12", Heard::Unclear),
            ("", Heard::Unclear),
            ("🎉", Heard::Unclear),
            ("ccc", Heard::Unclear),
        ];
        for (text, expected) in table {
            assert_eq!(read(text, today()), expected, "{text:?}");
        }
    }

    #[test]
    fn the_words_of_carriers_are_about_consent_alone() {
        for text in [
            "STOP",
            "stop",
            "Stop.",
            "CANCEL",
            "cancel!",
            "END",
            "QUIT",
            "unsubscribe",
            "Stop texting me",
        ] {
            assert_eq!(read(text, today()), Heard::Consent(Consent::Stop), "{text:?}");
        }
        for text in ["START", "yes", "Yes!", "UNSTOP"] {
            assert_eq!(read(text, today()), Heard::Consent(Consent::Start), "{text:?}");
        }
        for text in ["HELP", "info"] {
            assert_eq!(read(text, today()), Heard::LeftToCarrier, "{text:?}");
        }
        // The carrier takes only the bare word; what else it may mean is asked, never done.
        for text in ["please cancel", "Yes please", "cancel my appointment", "the end"] {
            assert_eq!(read(text, today()), Heard::Unclear, "{text:?}");
        }
    }

    #[test]
    fn a_day_makes_a_number_a_time_and_not_a_choice() {
        let heard = read("Tuesday 2", today());

        assert!(matches!(heard, Heard::When(when) if when.day.is_some()));
        assert!(matches!(read("at 2", today()), Heard::When(_)));
        assert!(matches!(read("tomorrow at 10:30 would be great", today()), Heard::When(_)));
    }

    #[test]
    fn whatever_is_sent_is_read_without_a_panic() {
        let long = "word ".repeat(2_000);
        for text in [
            long.as_str(),
            "\u{202e}C\u{202c}",
            "\0\u{1}x",
            "١",
            "ＣＣ",
            "99:99 at 31/31",
            "İ",
            "ﬀ",
        ] {
            let _heard = read(text, today());
        }
        // Right-to-left marks around a word are no part of it.
        assert_eq!(read("\u{202e}C\u{202c}", today()), Heard::Confirm);
    }
}
