//! What we say in a conversation, once per language. What depends on a value is a function, because
//! word order differs between languages; a missing phrase does not compile.
//!
//! Words that carriers take as opt-out or opt-in are never asked for.

mod de;
mod en;
mod es;
mod fr;

use domain::Language;
use domain::conversation::Wish;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Why;

/// One language's phrases.
pub(crate) struct Phrases {
    pub(super) by_text: ByText,
    pub(super) in_call: InCall,
    pub(crate) news: SpokenNews,
    spoken: SpokenDates,
}

/// Answers to texts. `what` is a title, `when` a time.
pub(crate) struct ByText {
    pub(super) choices: &'static str,
    pub(super) attending: fn(what: &str, when: &str) -> String,
    pub(super) no_times: fn(what: &str, when: &str) -> String,
    pub(super) ask_cancel: fn(what: &str, when: &str) -> String,
    pub(super) kept: fn(what: &str, when: &str) -> String,
    pub(super) moved: fn(what: &str, when: &str) -> String,
    pub(super) moving: fn(when: &str) -> String,
    pub(super) cancelled: fn(what: &str, when: &str) -> String,
    pub(super) unavailable: fn(what: &str, when: &str) -> String,
    pub(super) over: &'static str,
    pub(super) nobody: fn(home: &str) -> String,
    pub(super) nothing_asked: &'static str,
    pub(super) yours: fn(what: &str, when: &str) -> String,
    pub(super) not_a_choice: &'static str,
    pub(super) may_not: &'static str,
    pub(super) in_progress: &'static str,
    pub(super) not_understood: &'static str,
    pub(super) which: Which,
    pub(super) its_number: &'static str,
    pub(super) is_free: fn(when: &str) -> String,
    pub(super) or_else: fn(list: &str) -> String,
    pub(super) free: Free,
    pub(super) pick: &'static str,
}

/// The question which appointment somebody means.
pub(super) struct Which {
    pub(super) confirm: &'static str,
    pub(super) reschedule: &'static str,
    pub(super) cancel: &'static str,
}

/// What stands before free times.
pub(super) struct Free {
    pub(super) asked: &'static str,
    pub(super) occupied: &'static str,
    pub(super) lapsed: &'static str,
    pub(super) more: &'static str,
    pub(super) taken: &'static str,
}

/// What a caller hears. Every prompt names its choices after what they do.
pub(crate) struct InCall {
    pub(super) menu: &'static str,
    pub(super) goodbye: &'static str,
    pub(super) greeting: fn(what: &str, when: &str) -> String,
    /// With several appointments, of which this is the next.
    pub(super) greeting_of: fn(count: usize, what: &str, when: &str) -> String,
    pub(super) stranger: &'static str,
    /// Nothing personal, and no choices.
    pub(super) for_machine: &'static str,
    pub(super) given_up: &'static str,
    pub(super) silence: &'static str,
    pub(super) wrong: &'static str,
    pub(super) attending: fn(when: &str) -> String,
    pub(super) no_times: fn(when: &str) -> String,
    pub(super) ask_cancel: fn(what: &str, when: &str) -> String,
    pub(super) kept: fn(when: &str) -> String,
    pub(super) moved: fn(when: &str) -> String,
    pub(super) moving: fn(when: &str) -> String,
    pub(super) cancelled: fn(when: &str) -> String,
    pub(super) unavailable: fn(when: &str) -> String,
    pub(super) over: &'static str,
    pub(super) may_not: &'static str,
    pub(super) in_progress: &'static str,
    pub(super) which: Which,
    pub(super) choice: fn(what: &str, number: usize) -> String,
    pub(super) free: Free,
    pub(super) others: &'static str,
}

/// What a call of ours begins with. `of` is an appointment with its time.
pub(crate) struct SpokenNews {
    pub(crate) hello: &'static str,
    pub(crate) received: fn(of: &str) -> String,
    pub(crate) confirmed: fn(of: &str) -> String,
    pub(crate) reminder: fn(of: &str) -> String,
    pub(crate) moved: fn(of: &str) -> String,
    pub(crate) updated: fn(of: &str) -> String,
    pub(crate) move_not_possible: fn(of: &str) -> String,
    pub(crate) cancelled: fn(of: &str) -> String,
    pub(crate) not_possible: fn(of: &str) -> String,
    pub(crate) waitlisted: fn(of: &str) -> String,
    pub(crate) seats_offered: fn(of: &str, until: &str) -> String,
    pub(crate) waited_in_vain: fn(of: &str) -> String,
}

/// How times are said aloud.
struct SpokenDates {
    /// Monday first.
    weekdays: [&'static str; 7],
    /// January first.
    months: [&'static str; 12],
    /// A pattern of the time of day, as `strftime` takes it.
    clock: &'static str,
    moment: fn(weekday: &str, day: i8, month: &str, time: &str) -> String,
    zone_of: fn(place: &str) -> String,
    universal: &'static str,
}

/// The phrases of a language.
pub(crate) fn of(language: Language) -> &'static Phrases {
    match language {
        Language::English => &en::PHRASES,
        Language::Spanish => &es::PHRASES,
        Language::German => &de::PHRASES,
        Language::French => &fr::PHRASES,
    }
}

impl Which {
    pub(super) fn of(&self, wish: &Wish) -> &'static str {
        match wish {
            Wish::Confirm => self.confirm,
            Wish::Move(_) => self.reschedule,
            Wish::Cancel => self.cancel,
        }
    }
}

impl Free {
    pub(super) fn of(&self, why: Why) -> &'static str {
        match why {
            Why::Asked | Why::Exact => self.asked,
            Why::NotFree => self.occupied,
            Why::Lapsed => self.lapsed,
            Why::More => self.more,
            Why::Taken => self.taken,
        }
    }
}

impl Phrases {
    /// `Tuesday, December 1, at 10:00 AM, Los Angeles time`.
    pub(crate) fn spoken(&self, at: Timestamp, zone: &TimeZone) -> String {
        let dates = &self.spoken;
        let local = at.to_zoned(zone.clone());
        let weekday = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        let month = usize::from(local.month().unsigned_abs()) - 1;
        let time = local.strftime(dates.clock).to_string();
        let said = (dates.moment)(dates.weekdays[weekday], local.day(), dates.months[month], &time);
        match zone.iana_name().and_then(|name| name.rsplit_once('/')) {
            Some((_, place)) => format!("{said}, {}", (dates.zone_of)(&place.replace('_', " "))),
            None => format!("{said}, {}", dates.universal),
        }
    }
}
