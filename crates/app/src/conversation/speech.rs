//! What a caller hears, in English. Every prompt can be interrupted by a key, names its choices
//! after what they do, and says how to hear it again.

use domain::conversation::keys::Choice;
use domain::conversation::{Reply, Wish};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::call::{CallSays, Listen};
use super::{Said, Spoken, Why};

const MENU: &str = "To confirm that you are coming, press 1, or say confirm. \
    To move it to another time, press 2, or say move. \
    To call it off, press 3, or say cancel. To hear this again, press 9.";
const GOODBYE: &str = "Goodbye.";

/// The first words to a caller whom we know, about their next appointment.
pub(super) fn greeting(of: &Spoken, count: usize) -> CallSays {
    let which = if count > 1 {
        format!("Hello. You have {count} appointments. The next is {}, {}.", of.title, when(of))
    } else {
        format!("Hello. Your appointment is {}, {}.", of.title, when(of))
    };
    choose(format!("{which} {MENU}"))
}

/// The first words of a call of ours, about an appointment that stands.
pub(super) fn news(text: &str) -> CallSays {
    choose(format!("{text} {MENU}"))
}

/// The first words to a caller whom we do not know.
pub(super) fn stranger() -> CallSays {
    let prompt = "Hello. We know of no coming appointment for this number. If you have a booking \
        code, enter its eight digits now. Otherwise, please book on our website, or answer the \
        message that we sent you. Goodbye.";
    CallSays { lead: None, prompt: prompt.to_owned(), listen: Some(Listen::Code) }
}

/// What an answering machine is left: nothing personal, and no choices.
pub(super) fn for_machine() -> &'static str {
    "Hello. This is a message about your appointment. Please look at the text or the mail that we \
     sent you, or call this number back. Goodbye."
}

/// The last words.
pub(super) fn goodbye() -> CallSays {
    ends(GOODBYE.to_owned())
}

/// What is said to somebody who was not understood.
pub(super) fn missed(last: CallSays, how: &Choice, enough: bool) -> CallSays {
    if enough {
        return ends("Sorry, that did not work. Nothing was changed. Goodbye.".to_owned());
    }
    let lead = match how {
        Choice::Silence => "Sorry, I did not hear anything.",
        Choice::Wrong | Choice::Said(_) | Choice::Repeat => {
            "Sorry, that is not one of the choices."
        }
    };
    CallSays { lead: Some(lead.to_owned()), ..last }
}

/// What follows a caller's choice.
pub(super) fn says(said: &Said) -> CallSays {
    match said {
        Said::Nothing => goodbye(),
        Said::Reply(reply, only) => plain(*reply, only.as_ref()),
        Said::Which(wish, bookings) => which(wish, bookings),
        Said::Attending(of) => {
            ends(format!("Thank you. We look forward to seeing you, {}. {GOODBYE}", when(of)))
        }
        Said::Times(of, starts, why) => times(of, starts, *why),
        Said::NoTimes(of) => ends(format!(
            "There is no other free time at the moment. Your appointment stays as it is, {}. {GOODBYE}",
            when(of)
        )),
        Said::AskCancel(of) => choose(format!(
            "Do you want to call off {}, {}? To call it off, press 1. To keep it, press 2.",
            of.title,
            when(of)
        )),
        Said::Kept(of) => ends(format!("Your appointment stays as it is, {}. {GOODBYE}", when(of))),
        Said::Moved(of) => ends(format!("Done. Your appointment is now {}. {GOODBYE}", when(of))),
        Said::Moving(of, to) => ends(format!(
            "Thank you. We are moving it to {}. You will get a message when it is done. {GOODBYE}",
            time(*to, &of.zone)
        )),
        Said::Cancelled(of) => {
            ends(format!("Your appointment, {}, is called off. {GOODBYE}", when(of)))
        }
        Said::Unavailable(of) => ends(format!(
            "Sorry, the calendar cannot be reached. Please try again later. Your appointment stays \
             as it is, {}. {GOODBYE}",
            when(of)
        )),
        Said::Over => ends(format!("That appointment is over, or was called off. {GOODBYE}")),
    }
}

fn plain(reply: Reply, only: Option<&Spoken>) -> CallSays {
    match reply {
        Reply::Nobody => stranger(),
        Reply::MayNot => {
            ends(format!("Only whoever booked this appointment can change it. {GOODBYE}"))
        }
        Reply::InProgress => ends(format!(
            "A change of this appointment is under way. You will get a message when it is done. {GOODBYE}"
        )),
        Reply::Help | Reply::NothingAsked | Reply::NotAChoice | Reply::NotUnderstood => {
            match only {
                Some(of) => greeting(of, 1),
                None => choose(MENU.to_owned()),
            }
        }
    }
}

fn which(wish: &Wish, bookings: &[Spoken]) -> CallSays {
    let what = match wish {
        Wish::Confirm => "confirm",
        Wish::Move(_) => "move",
        Wish::Cancel => "call off",
    };
    let list: Vec<String> = bookings
        .iter()
        .zip(1..)
        .map(|(of, number)| format!("For {}, {}, press {number}.", of.title, when(of)))
        .collect();
    choose(format!("Which one do you want to {what}? {}", list.join(" ")))
}

fn times(of: &Spoken, starts: &[Timestamp], why: Why) -> CallSays {
    let lead = match why {
        Why::Asked | Why::Exact => "These times are free.",
        Why::NotFree => "That time is not free, but these are.",
        Why::Lapsed => "Those times are no longer kept for you. These are free now.",
        Why::More => "These times are free as well.",
        Why::Taken => "Sorry, that time has just been taken. These are still free.",
    };
    let list: Vec<String> = starts
        .iter()
        .zip(1..)
        .map(|(start, number)| format!("For {}, press {number}.", time(*start, &of.zone)))
        .collect();
    choose(format!(
        "{lead} {} For other times, press 4. To hear this again, press 9.",
        list.join(" ")
    ))
}

fn choose(prompt: String) -> CallSays {
    CallSays { lead: None, prompt, listen: Some(Listen::Choice) }
}

fn ends(prompt: String) -> CallSays {
    CallSays { lead: None, prompt, listen: None }
}

fn when(of: &Spoken) -> String {
    time(of.start, &of.zone)
}

/// `Tuesday, December 1, at 10:00 AM, Los Angeles time`.
pub(crate) fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone()).strftime("%A, %B %-d, at %-I:%M %p").to_string();
    match zone.iana_name().and_then(|name| name.rsplit_once('/')) {
        Some((_, place)) => format!("{local}, {} time", place.replace('_', " ")),
        None => format!("{local}, universal time"),
    }
}
