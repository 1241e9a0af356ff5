//! What a caller hears, in their language. Every prompt can be interrupted by a key and says how to
//! hear it again.

use domain::Language;
use domain::conversation::keys::Choice;
use domain::conversation::{Reply, Wish};
use jiff::Timestamp;

use super::call::{CallSays, Listen};
use super::phrases::{self, InCall, Phrases};
use super::{Said, Spoken, Why};

/// Whoever speaks a language.
pub(super) struct Voice {
    language: Language,
    phrases: &'static Phrases,
}

impl Voice {
    pub(super) fn of(language: Language) -> Self {
        Self { language, phrases: phrases::of(language) }
    }

    fn words(&self) -> &'static InCall {
        &self.phrases.in_call
    }

    /// The first words to a caller whom we know, about their next appointment.
    pub(super) fn greeting(&self, of: &Spoken, count: usize) -> CallSays {
        let (words, when) = (self.words(), self.when(of));
        let which = if count > 1 {
            (words.greeting_of)(count, &of.title, &when)
        } else {
            (words.greeting)(&of.title, &when)
        };
        self.news(&which)
    }

    /// The first words of a call of ours, about an appointment that stands.
    pub(super) fn news(&self, text: &str) -> CallSays {
        self.choose(format!("{text} {}", self.words().menu))
    }

    /// The first words to a caller whom we do not know.
    pub(super) fn stranger(&self) -> CallSays {
        CallSays { listen: Some(Listen::Code), ..self.only(self.words().stranger.to_owned()) }
    }

    /// What an answering machine is left.
    pub(super) fn for_machine(&self) -> CallSays {
        self.only(self.words().for_machine.to_owned())
    }

    /// The last words.
    pub(super) fn goodbye(&self) -> CallSays {
        self.only(self.words().goodbye.to_owned())
    }

    /// Nothing but this: there is nothing to choose.
    pub(super) fn only(&self, prompt: String) -> CallSays {
        CallSays { language: self.language, lead: None, prompt, listen: None }
    }

    /// What is said to somebody who was not understood.
    pub(super) fn missed(&self, last: CallSays, how: &Choice, enough: bool) -> CallSays {
        if enough {
            return self.only(self.words().given_up.to_owned());
        }
        let lead = match how {
            Choice::Silence => self.words().silence,
            Choice::Wrong | Choice::Said(_) | Choice::Repeat => self.words().wrong,
        };
        CallSays { lead: Some(lead.to_owned()), ..last }
    }

    /// What follows a caller's choice.
    pub(super) fn says(&self, said: &Said) -> CallSays {
        let words = self.words();
        match said {
            Said::Nothing => self.goodbye(),
            Said::Reply(reply, only) => self.plain(*reply, only.as_ref()),
            Said::Which(wish, bookings) => self.which(wish, bookings),
            Said::Attending(of) => self.ends(&(words.attending)(&self.when(of))),
            Said::Times(of, starts, why) => self.times(of, starts, *why),
            Said::NoTimes(of) => self.ends(&(words.no_times)(&self.when(of))),
            Said::AskCancel(of) => self.choose((words.ask_cancel)(&of.title, &self.when(of))),
            Said::Kept(of) => self.ends(&(words.kept)(&self.when(of))),
            Said::Moved(of) => self.ends(&(words.moved)(&self.when(of))),
            Said::Moving(of, to) => self.ends(&(words.moving)(&self.phrases.spoken(*to, &of.zone))),
            Said::Cancelled(of) => self.ends(&(words.cancelled)(&self.when(of))),
            Said::Unavailable(of) => self.ends(&(words.unavailable)(&self.when(of))),
            Said::Over => self.ends(words.over),
        }
    }

    fn plain(&self, reply: Reply, only: Option<&Spoken>) -> CallSays {
        match reply {
            Reply::Nobody => self.stranger(),
            Reply::MayNot => self.ends(self.words().may_not),
            Reply::InProgress => self.ends(self.words().in_progress),
            Reply::Help | Reply::NothingAsked | Reply::NotAChoice | Reply::NotUnderstood => {
                match only {
                    Some(of) => self.greeting(of, 1),
                    None => self.choose(self.words().menu.to_owned()),
                }
            }
        }
    }

    fn which(&self, wish: &Wish, bookings: &[Spoken]) -> CallSays {
        let words = self.words();
        let list: Vec<String> = bookings
            .iter()
            .zip(1..)
            .map(|(of, number)| (words.choice)(&format!("{}, {}", of.title, self.when(of)), number))
            .collect();
        self.choose(format!("{} {}", words.which.of(wish), list.join(" ")))
    }

    fn times(&self, of: &Spoken, starts: &[Timestamp], why: Why) -> CallSays {
        let words = self.words();
        let list: Vec<String> = starts
            .iter()
            .zip(1..)
            .map(|(start, number)| (words.choice)(&self.phrases.spoken(*start, &of.zone), number))
            .collect();
        self.choose(format!("{} {} {}", words.free.of(why), list.join(" "), words.others))
    }

    fn choose(&self, prompt: String) -> CallSays {
        CallSays { listen: Some(Listen::Choice), ..self.only(prompt) }
    }

    /// Says it, and goodbye.
    fn ends(&self, said: &str) -> CallSays {
        self.only(format!("{said} {}", self.words().goodbye))
    }

    fn when(&self, of: &Spoken) -> String {
        self.phrases.spoken(of.start, &of.zone)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn of() -> Spoken {
        Spoken {
            title: "Viewing".to_owned(),
            start: "2026-12-01T18:00:00Z".parse().expect("an instant"),
            zone: TimeZone::get("America/Los_Angeles").expect("the zone is bundled"),
            told_anyway: false,
        }
    }

    #[test]
    fn a_caller_hears_the_time_in_their_language() {
        let table = [
            (Language::English, "Viewing, Tuesday, December 1, at 10:00 AM, Los Angeles time."),
            (
                Language::Spanish,
                "Viewing, martes 1 de diciembre, a las 10:00, hora de Los Angeles.",
            ),
            (
                Language::German,
                "Viewing, Dienstag, 1. Dezember, um 10:00 Uhr, Zeit in Los Angeles.",
            ),
            (Language::French, "Viewing, mardi 1er décembre, à 10:00, heure de Los Angeles."),
        ];
        for (language, heard) in table {
            let says = Voice::of(language).greeting(&of(), 1);

            assert!(says.prompt.contains(heard), "{}", says.prompt);
            assert_eq!(says.language, language);
        }
    }

    #[test]
    fn every_language_names_the_same_keys() {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let spoken = [
            Said::AskCancel(of()),
            Said::Which(Wish::Cancel, vec![of(), of()]),
            Said::Times(of(), vec![of().start], Why::More),
            Said::Reply(Reply::Help, Some(of())),
        ];
        for said in spoken {
            let english = digits(&Voice::of(Language::English).says(&said).prompt);
            for language in Language::ALL {
                let says = Voice::of(language).says(&said);
                assert_eq!(digits(&says.prompt), english, "{}", says.prompt);
            }
        }
    }
}
