//! Short phrases of a service: `24h email` and `cached 15m`.

use std::ops::RangeInclusive;

use domain::Pointer;
use domain::reminder::Reminder;
use domain::service::{CalendarReminder, Channel, ReminderMethod, WhenUnreachable};
use jiff::SignedDuration;

use super::notation::{ChannelWord, MethodWord, Word};
use super::reading::Reading;

/// The most reminders of a calendar event, and the longest before its start: Google's limits
/// (Calendar API, `reminders.overrides`), the tightest of the providers.
pub(super) const MOST_CALENDAR_REMINDERS: usize = 5;
const LONGEST_BEFORE: SignedDuration = SignedDuration::from_mins(40_320);
/// The most reminders of ours.
pub(super) const MOST_REMINDERS: usize = 10;
/// An older mirror says little about what is free.
const CACHED: RangeInclusive<SignedDuration> =
    SignedDuration::from_mins(1)..=SignedDuration::from_hours(24);

/// Reads `calendar_reminders`.
pub(super) fn calendar_reminders(
    reading: &mut Reading<'_>,
    phrases: &[String],
) -> Vec<CalendarReminder> {
    let bounds = SignedDuration::ZERO..=LONGEST_BEFORE;
    each(reading, "calendar_reminders", phrases, MOST_CALENDAR_REMINDERS, |reading, at, phrase| {
        let (before, method) = reminder(reading, at.clone(), phrase, &bounds)?;
        let whole = before.as_secs() % 60 == 0;
        if !whole {
            reading.fault(at, "not_whole_minutes", "must be whole minutes before the start");
        }
        let minutes_before = u32::try_from(before.as_mins()).ok().filter(|_| whole)?;
        let method = match method {
            MethodWord::Email => ReminderMethod::Email,
            MethodWord::Popup => ReminderMethod::Popup,
        };
        Some(CalendarReminder { minutes_before, method })
    })
}

/// Reads `reminders`: messages of ours before the start.
pub(super) fn reminders(reading: &mut Reading<'_>, phrases: &[String]) -> Vec<Reminder> {
    let bounds = SignedDuration::from_mins(1)..=LONGEST_BEFORE;
    each(reading, "reminders", phrases, MOST_REMINDERS, |reading, at, phrase| {
        let (before, word) = reminder(reading, at, phrase, &bounds)?;
        let channel = match word {
            ChannelWord::Sms => Channel::Sms,
            ChannelWord::Email => Channel::Email,
            ChannelWord::Voice => Channel::Voice,
        };
        Some(Reminder { before, channel })
    })
}

/// Reads `when_unreachable`.
pub(super) fn when_unreachable(reading: &mut Reading<'_>, phrase: &str) -> Option<WhenUnreachable> {
    let place = reading.at("when_unreachable");
    match phrase.split_once(' ') {
        None if phrase == "closed" => Some(WhenUnreachable::Closed),
        None if phrase == "pending" => Some(WhenUnreachable::Pending),
        Some(("cached", age)) => reading.length(place, age, &CACHED).map(WhenUnreachable::Cached),
        None | Some(_) => {
            let message = "must be closed, pending, or cached with a length such as cached 15m";
            reading.fault(place, "unknown_word", message);
            None
        }
    }
}

/// A list of phrases: bounded, each once, each read where it stands.
fn each<T>(
    reading: &mut Reading<'_>,
    member: &str,
    phrases: &[String],
    most: usize,
    mut read: impl FnMut(&mut Reading<'_>, Pointer, &str) -> Option<T>,
) -> Vec<T> {
    if !reading.fits(member, phrases.len(), most) {
        return Vec::new();
    }
    reading.distinct(member, phrases.iter());
    let place = reading.at(member);
    let phrases = phrases.iter().enumerate();
    phrases.filter_map(|(index, phrase)| read(reading, place.at(index), phrase)).collect()
}

fn reminder<W: Word>(
    reading: &mut Reading<'_>,
    at: Pointer,
    phrase: &str,
    bounds: &RangeInclusive<SignedDuration>,
) -> Option<(SignedDuration, W)> {
    let Some((before, word)) = phrase.split_once(' ') else {
        let message = "must say how long before the start and how, such as 24h email";
        reading.fault(at, "not_a_reminder", message);
        return None;
    };
    let before = reading.length(at.clone(), before, bounds);
    let word = reading.word(at, word);
    before.zip(word)
}
