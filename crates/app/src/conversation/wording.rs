//! What we answer by text, in English and in the alphabet of one segment. Words that carriers take
//! as opt-out or opt-in are never asked for.

use domain::conversation::{Reply, Wish};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Said, Spoken, Why};

/// The longest title that is repeated in a text.
const TITLE: usize = 40;

/// The answer; `None` where there is nothing to say, or a message of its own says it.
pub(super) fn text(said: &Said, home: &str) -> Option<String> {
    Some(match said {
        Said::Nothing => return None,
        // A message of its own tells it.
        Said::Moved(of) | Said::Cancelled(of) if of.told_anyway => return None,
        Said::Reply(reply, only) => plain(*reply, only.as_ref(), home),
        Said::Which(wish, bookings) => which(wish, bookings),
        Said::Attending(of) => {
            format!("Thank you for confirming: {}, {}.", title(of), when(of.start, &of.zone))
        }
        Said::Times(of, starts, why) => times(of, starts, *why),
        Said::NoTimes(of) => format!(
            "There is no other free time at the moment. Your appointment stays: {}, {}.",
            title(of),
            when(of.start, &of.zone)
        ),
        Said::AskCancel(of) => format!(
            "Call off {}, {}? Reply 1 to call it off, 2 to keep it.",
            title(of),
            when(of.start, &of.zone)
        ),
        Said::Kept(of) => format!("It stays: {}, {}.", title(of), when(of.start, &of.zone)),
        Said::Moved(of) => format!("Moved: {}, {}.", title(of), when(of.start, &of.zone)),
        Said::Moving(of, to) => {
            format!("We are moving it to {}. You will hear when it is done.", when(*to, &of.zone))
        }
        Said::Cancelled(of) => {
            format!("Called off: {}, {}.", title(of), when(of.start, &of.zone))
        }
        Said::Unavailable(of) => format!(
            "The calendar cannot be reached now; please try again later. It stays: {}, {}.",
            title(of),
            when(of.start, &of.zone)
        ),
        Said::Over => "That appointment is over or was called off. Nothing was changed.".to_owned(),
    })
}

const CHOICES: &str = "Reply C to confirm, R for another time, X to call it off.";

fn plain(reply: Reply, only: Option<&Spoken>, home: &str) -> String {
    match reply {
        Reply::Help => match only {
            Some(of) => format!("{}, {}. {CHOICES}", title(of), when(of.start, &of.zone)),
            None => CHOICES.to_owned(),
        },
        Reply::Nobody => {
            format!("We know of no coming appointment for this number. Book one: {home}")
        }
        Reply::NothingAsked => match only {
            Some(of) => format!(
                "No question is open. Your appointment: {}, {}. {CHOICES}",
                title(of),
                when(of.start, &of.zone)
            ),
            None => format!("No question is open. {CHOICES}"),
        },
        Reply::NotAChoice => {
            "Please reply with one of the numbers above, or ? for help.".to_owned()
        }
        Reply::MayNot => {
            "Only whoever booked this appointment can change it. Reply C to confirm that you come."
                .to_owned()
        }
        Reply::InProgress => {
            "A change of this appointment is under way. You will hear when it is done.".to_owned()
        }
        Reply::NotUnderstood => format!("Sorry, we did not understand that. {CHOICES}"),
    }
}

fn which(wish: &Wish, bookings: &[Spoken]) -> String {
    let what = match wish {
        Wish::Confirm => "confirm",
        Wish::Move(_) => "move",
        Wish::Cancel => "call off",
    };
    let list: Vec<String> = bookings
        .iter()
        .zip(1..)
        .map(|(of, number)| {
            format!("{number}) {}, {}", shortened(&of.title, 24), when(of.start, &of.zone))
        })
        .collect();
    format!("Which one do you want to {what}? {}. Reply with its number.", list.join("; "))
}

fn times(of: &Spoken, starts: &[Timestamp], why: Why) -> String {
    let (first, others) = starts.split_at(usize::from(why == Why::Exact).min(starts.len()));
    if let (Why::Exact, [exact]) = (why, first) {
        let others = numbered(others, 2, &of.zone);
        let others = if others.is_empty() { others } else { format!(" Or: {others}.") };
        return format!("{} is free. Reply 1 to move there.{others}", when(*exact, &of.zone));
    }
    let lead = match why {
        Why::Asked | Why::Exact => "Free times",
        Why::NotFree => "That time is not free, but these are",
        Why::Lapsed => "Those times are no longer kept for you. Free now",
        Why::More => "Other free times",
        Why::Taken => "That time has just been taken. Still free",
    };
    let list = numbered(starts, 1, &of.zone);
    format!("{lead}: {list}. Reply with a number within a few minutes, or R for others.")
}

fn numbered(starts: &[Timestamp], from: usize, zone: &TimeZone) -> String {
    let list: Vec<String> = starts
        .iter()
        .zip(from..)
        .map(|(start, number)| format!("{number}) {}", when(*start, zone)))
        .collect();
    list.join("; ")
}

/// `Tue 1 Dec 10:00 AM PST`.
fn when(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %-I:%M %p %Z").to_string()
}

fn title(of: &Spoken) -> String {
    shortened(&of.title, TITLE)
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

    #[test]
    fn an_answer_takes_one_or_two_segments_and_names_the_zone() {
        for said in everything() {
            let text = text(&said, "https://book.agency.example/").expect("something is said");

            let counted = segments(&text);
            assert_eq!(counted.encoding, Encoding::Gsm7, "{text}");
            assert!(counted.segments <= 2, "{} units: {text}", counted.units);
            assert_eq!(text.contains("AM"), text.contains("PST"), "{text}");
        }
    }

    #[test]
    fn no_answer_asks_for_a_word_that_carriers_take() {
        for said in everything() {
            let text = text(&said, "https://book.agency.example/").expect("something is said");
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

        assert_eq!(text(&Said::Moved(told.clone()), ""), None);
        assert_eq!(text(&Said::Cancelled(told), ""), None);
        assert_eq!(text(&Said::Nothing, ""), None);
    }
}
