//! What we answer by text, in the language of whoever texted and if possible in the alphabet of one
//! segment.

use domain::Language;
use domain::conversation::{Reply, Wish};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use providers::twilio::economical;

use super::phrases::{self, ByText};
use super::{Said, Spoken, Why};
use crate::notification::short_time;

/// The longest title that is repeated in a text.
const TITLE: usize = 40;

/// The answer; `None` where there is nothing to say, or a message of its own says it.
pub(super) fn text(said: &Said, language: Language, home: &str) -> Option<String> {
    let writer = Writer { phrases: &phrases::of(language).by_text, language };
    writer.text(said, home).map(economical)
}

/// Whoever writes in a language.
struct Writer {
    phrases: &'static ByText,
    language: Language,
}

impl Writer {
    fn text(&self, said: &Said, home: &str) -> Option<String> {
        let phrases = self.phrases;
        Some(match said {
            Said::Nothing => return None,
            // A message of its own tells it.
            Said::Moved(of) | Said::Cancelled(of) if of.told_anyway => return None,
            Said::Reply(reply, only) => self.plain(*reply, only.as_ref(), home),
            Said::Which(wish, bookings) => self.which(wish, bookings),
            Said::Attending(of) => self.about(phrases.attending, of),
            Said::Times(of, starts, why) => self.times(of, starts, *why),
            Said::NoTimes(of) => self.about(phrases.no_times, of),
            Said::AskCancel(of) => self.about(phrases.ask_cancel, of),
            Said::Kept(of) => self.about(phrases.kept, of),
            Said::Moved(of) => self.about(phrases.moved, of),
            Said::Moving(of, to) => (phrases.moving)(&self.when(*to, &of.zone)),
            Said::Cancelled(of) => self.about(phrases.cancelled, of),
            Said::Unavailable(of) => self.about(phrases.unavailable, of),
            Said::Over => phrases.over.to_owned(),
        })
    }

    /// A sentence about an appointment.
    fn about(&self, sentence: fn(&str, &str) -> String, of: &Spoken) -> String {
        sentence(&shortened(&of.title, TITLE), &self.when(of.start, &of.zone))
    }

    fn plain(&self, reply: Reply, only: Option<&Spoken>, home: &str) -> String {
        let phrases = self.phrases;
        let choices = phrases.choices;
        let yours = only.map(|of| self.about(phrases.yours, of));
        match (reply, yours) {
            (Reply::Help, Some(yours)) => format!("{yours} {choices}"),
            (Reply::Help, None) => choices.to_owned(),
            (Reply::Nobody, _) => (phrases.nobody)(home),
            (Reply::NothingAsked, Some(yours)) => {
                format!("{} {yours} {choices}", phrases.nothing_asked)
            }
            (Reply::NothingAsked, None) => format!("{} {choices}", phrases.nothing_asked),
            (Reply::NotAChoice, _) => phrases.not_a_choice.to_owned(),
            (Reply::MayNot, _) => phrases.may_not.to_owned(),
            (Reply::InProgress, _) => phrases.in_progress.to_owned(),
            (Reply::NotUnderstood, _) => format!("{} {choices}", phrases.not_understood),
        }
    }

    fn which(&self, wish: &Wish, bookings: &[Spoken]) -> String {
        let list: Vec<String> = bookings
            .iter()
            .zip(1..)
            .map(|(of, number)| {
                let (title, when) = (shortened(&of.title, 24), self.when(of.start, &of.zone));
                format!("{number}) {title}, {when}")
            })
            .collect();
        let asked = self.phrases.which.of(wish);
        format!("{asked} {}. {}", list.join("; "), self.phrases.its_number)
    }

    fn times(&self, of: &Spoken, starts: &[Timestamp], why: Why) -> String {
        let phrases = self.phrases;
        let (first, others) = starts.split_at(usize::from(why == Why::Exact).min(starts.len()));
        if let (Why::Exact, [exact]) = (why, first) {
            let is_free = (phrases.is_free)(&self.when(*exact, &of.zone));
            if others.is_empty() {
                return is_free;
            }
            return format!("{is_free} {}", (phrases.or_else)(&self.numbered(others, 2, &of.zone)));
        }
        let list = self.numbered(starts, 1, &of.zone);
        format!("{}: {list}. {}", phrases.free.of(why), phrases.pick)
    }

    fn numbered(&self, starts: &[Timestamp], from: usize, zone: &TimeZone) -> String {
        let list: Vec<String> = starts
            .iter()
            .zip(from..)
            .map(|(start, number)| format!("{number}) {}", self.when(*start, zone)))
            .collect();
        list.join("; ")
    }

    fn when(&self, at: Timestamp, zone: &TimeZone) -> String {
        short_time(self.language, at, zone)
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 3).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use providers::twilio::{Encoding, segments};

    use super::*;

    fn of() -> Spoken {
        Spoken {
            title: "Open house viewing: 123 Main St, with a garden".to_owned(),
            start: "2026-12-01T18:00:00Z".parse().expect("an instant"),
            zone: TimeZone::get("America/Los_Angeles").expect("the zone is bundled"),
            told_anyway: false,
        }
    }

    fn starts(count: i64) -> Vec<Timestamp> {
        (0..count).map(|hour| of().start + SignedDuration::from_hours(hour)).collect()
    }

    fn everything() -> Vec<Said> {
        use Reply::{Help, InProgress, MayNot, Nobody, NotAChoice, NotUnderstood, NothingAsked};
        let replies = [Help, Nobody, NothingAsked, NotAChoice, MayNot, InProgress, NotUnderstood];
        let whys = [Why::Asked, Why::Exact, Why::NotFree, Why::Lapsed, Why::More, Why::Taken];
        let mut said: Vec<Said> = replies
            .iter()
            .flat_map(|reply| [Said::Reply(*reply, None), Said::Reply(*reply, Some(of()))])
            .collect();
        said.extend(whys.iter().map(|why| Said::Times(of(), starts(4), *why)));
        said.extend([
            Said::Which(Wish::Move(None), vec![of(), of(), of()]),
            Said::Attending(of()),
            Said::NoTimes(of()),
            Said::AskCancel(of()),
            Said::Kept(of()),
            Said::Moved(of()),
            Said::Moving(of(), of().start),
            Said::Cancelled(of()),
            Said::Unavailable(of()),
            Said::Over,
        ]);
        said
    }

    fn in_every_language() -> Vec<(Language, Said)> {
        let languages = Language::ALL.into_iter();
        languages.flat_map(|of| everything().into_iter().map(move |said| (of, said))).collect()
    }

    fn written(said: &Said, language: Language) -> String {
        text(said, language, "https://book.agency.example/").expect("something is said")
    }

    #[test]
    fn an_answer_is_in_the_language_of_whoever_texted() {
        let table = [
            (Language::English, "Tue 1 Dec 10:00 AM PST"),
            (Language::Spanish, "mar 1 dic 10:00 PST"),
            (Language::German, "Di 1. Dez. 10:00 PST"),
            (Language::French, "mar. 1 déc. 10:00 PST"),
        ];
        for (language, when) in table {
            let kept = written(&Said::Kept(of()), language);
            assert!(kept.contains(&economical(when.to_owned())), "{kept}");
        }
        for said in everything() {
            let all: std::collections::BTreeSet<String> =
                Language::ALL.into_iter().map(|language| written(&said, language)).collect();
            assert_eq!(all.len(), Language::ALL.len(), "{all:?}");
        }
    }

    #[test]
    fn an_answer_takes_one_or_two_segments_and_names_the_zone() {
        for (language, said) in in_every_language() {
            let text = written(&said, language);

            let counted = segments(&text);
            assert_eq!(counted.encoding, Encoding::Gsm7, "{text}");
            assert!(counted.segments <= 2, "{} units: {text}", counted.units);
            assert_eq!(text.contains(":00"), text.contains("PST"), "{text}");
        }
    }

    #[test]
    fn no_answer_asks_for_a_word_that_carriers_take() {
        for (language, said) in in_every_language() {
            let text = written(&said, language);
            for word in ["STOP", "CANCEL", "END", "QUIT", "YES", "START", "HELP", "INFO"] {
                let asked =
                    text.to_uppercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == word);
                assert!(!asked || word == "HELP" && text.contains("? for help"), "{word}: {text}");
            }
        }
    }

    #[test]
    fn what_a_message_of_its_own_says_is_not_said_twice() {
        let told = Spoken { told_anyway: true, ..of() };

        assert_eq!(text(&Said::Moved(told.clone()), Language::English, ""), None);
        assert_eq!(text(&Said::Cancelled(told), Language::English, ""), None);
        assert_eq!(text(&Said::Nothing, Language::English, ""), None);
    }
}
