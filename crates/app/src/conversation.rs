//! Conversations with people, by text and in calls: the facts are gathered, `domain` says what
//! follows, and it is done by the same use cases that serve links and the API.
//!
//! Invariants kept here:
//! - a text or a caller's word is kept before it is answered, and a booking is changed because of
//!   it at most once: the decision is stored, with the end of the question, before it is carried out;
//! - times that are offered are held, so that they are there when somebody picks one.

mod call;
mod inbox;
pub(crate) mod phrases;
mod reply;
mod speech;
mod text;
mod wording;

use std::time::Duration;

use domain::booking::Actor;
use domain::conversation::{
    Act, Again, Asked, Heard, Known, Offer, PATIENCE, Question, Reply, Step, When, Wish, follow,
    offer,
};
use domain::service::Channel;
use domain::{Booking, BookingId, Interval, Language, Refusal, ServiceId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::conversation::{Attendance, LoadTalk, Next, Party, Talk, Turn, Whose};
use store::hold::{PlaceHold, PlaceHolds, ReleaseHold, Visitor};
use store::number::{Fact, NewFact};
use store::timeline::TimelineEntry;
use uuid::Uuid;

use crate::booking::{Cancel, CancelOutcome, Move, Moved, Progress, RequestKey};
use crate::{App, AppError};

pub use call::{AnsweredBy, CallAnswer, CallRequest, CallSays, Listen, PhoneLine};
pub use domain::conversation::keys::Input;
pub use store::inbound_text::InboundText;
pub use text::TextAnswer;

/// How far ahead of a booking, or of a named day, times are looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How many slots are tried to be kept, at most.
const CANDIDATES: usize = 40;
/// Since when answers to one number are counted.
const LATELY: SignedDuration = SignedDuration::from_mins(10);
/// A number that got this many answers lately is a machine that answers ours.
const MOST_ANSWERS: i64 = 15;

/// Who is spoken with.
struct Speaker {
    party: Party,
    /// The number, where there is one.
    phone: Option<String>,
    channel: Channel,
    /// How many times are offered at once.
    most_offers: usize,
    /// How long the calendar is waited for.
    patience: Duration,
}

/// What is to be said; the channel finds the words.
#[derive(Debug, Clone)]
enum Said {
    Nothing,
    Reply(Reply, Option<Spoken>),
    Which(Wish, Vec<Spoken>),
    Attending(Spoken),
    Times(Spoken, Vec<Timestamp>, Why),
    NoTimes(Spoken),
    AskCancel(Spoken),
    Kept(Spoken),
    Moved(Spoken),
    Moving(Spoken, Timestamp),
    Cancelled(Spoken),
    Unavailable(Spoken),
    Over,
}

/// Why times are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Asked,
    /// The first is what was named.
    Exact,
    /// What was named is not free.
    NotFree,
    Lapsed,
    More,
    /// Somebody was faster.
    Taken,
}

/// A booking as it is spoken of.
#[derive(Debug, Clone)]
struct Spoken {
    title: String,
    start: Timestamp,
    zone: TimeZone,
    /// Whether a message on this channel says what became of it, so that nothing needs to be added.
    told_anyway: bool,
}

/// One turn, decided but not stored.
struct Turned {
    said: Said,
    turn: Turn,
    /// What has to be done before anything is said.
    act: Option<Act>,
}

impl App {
    async fn load_talk(&self, speaker: &Speaker, whose: Whose) -> Result<Talk, AppError> {
        let now = self.clock().now();
        let unit = LoadTalk {
            workspace: self.workspace(),
            party: speaker.party.clone(),
            whose,
            lately: now - LATELY,
            now,
        };
        Ok(self.store().read(unit).await?)
    }

    /// What follows from what somebody said. `words` are theirs, for the timeline.
    async fn turn(
        &self,
        speaker: &Speaker,
        talk: &Talk,
        heard: &Heard,
        words: &str,
    ) -> Result<Turned, AppError> {
        let now = self.clock().now();
        let known: Vec<Known> = talk
            .bookings
            .iter()
            .map(|(booking, position)| self.known(booking, *position))
            .collect();
        let spoken = |id: BookingId| self.spoken(speaker, talk, id);
        let nothing = unchanged(speaker, talk);
        let ask = |question| Next::Ask(Asked { question, until: now + PATIENCE });
        match follow(heard, talk.asked.as_ref(), &known, now) {
            Step::Consent(consent) => Ok(self.consent(speaker, talk, consent, words)),
            Step::Silence => Ok(Turned { said: Said::Nothing, turn: nothing, act: None }),
            Step::Say(reply) => {
                let only = match known.as_slice() {
                    [only] => spoken(only.id),
                    _ => None,
                };
                Ok(Turned { said: Said::Reply(reply, only), turn: nothing, act: None })
            }
            Step::AskWhich { wish, bookings } => {
                let said = Said::Which(
                    wish.clone(),
                    bookings.iter().filter_map(|id| spoken(*id)).collect(),
                );
                let next = ask(Question::Which { wish, bookings });
                let turn = Turn { next, released: kept_for(talk), ..nothing };
                Ok(Turned { said, turn, act: None })
            }
            Step::Attend(id) => {
                let said = spoken(id).map_or(Said::Over, Said::Attending);
                let entry = self.heard_entry(
                    speaker,
                    "booking.attendance",
                    "Says that they will come",
                    words,
                );
                let turn = Turn {
                    attendance: attendance(speaker, talk, id),
                    entries: vec![(id, entry)],
                    ..nothing
                };
                Ok(Turned { said, turn, act: None })
            }
            Step::Offer { booking, near, again } => {
                let again = again.map(|again| match again {
                    Again::Lapsed => Why::Lapsed,
                    Again::More => Why::More,
                });
                self.offer(speaker, talk, booking, near.as_ref(), again, words).await
            }
            Step::AskCancel(id) => {
                let revision =
                    known.iter().find(|known| known.id == id).map_or(0, |known| known.revision);
                let next = ask(Question::Cancel { booking: id, revision });
                let entry = self.heard_entry(
                    speaker,
                    "conversation.heard",
                    "Wants to cancel; asked to confirm",
                    words,
                );
                let turn =
                    Turn { next, released: kept_for(talk), entries: vec![(id, entry)], ..nothing };
                let said = spoken(id).map_or(Said::Over, Said::AskCancel);
                Ok(Turned { said, turn, act: None })
            }
            Step::Keep(id) => {
                let entry =
                    self.heard_entry(speaker, "conversation.heard", "Keeps it after all", words);
                let turn = Turn { next: Next::Forget, entries: vec![(id, entry)], ..nothing };
                Ok(Turned { said: spoken(id).map_or(Said::Over, Said::Kept), turn, act: None })
            }
            Step::Act(act) => {
                let summary = match &act {
                    Act::Move { .. } => "Picked another time",
                    Act::Cancel { .. } => "Confirmed that it is to be cancelled",
                };
                let entry = self.heard_entry(speaker, "conversation.heard", summary, words);
                let turn =
                    Turn { next: Next::Forget, entries: vec![(act.booking(), entry)], ..nothing };
                Ok(Turned { said: Said::Nothing, turn, act: Some(act) })
            }
        }
    }

    fn consent(
        &self,
        speaker: &Speaker,
        talk: &Talk,
        consent: domain::conversation::Consent,
        words: &str,
    ) -> Turned {
        let (fact, summary) = match consent {
            domain::conversation::Consent::Stop => (Fact::Stopped, "Wants no more texts"),
            domain::conversation::Consent::Start => (Fact::Allowed, "Allows texts again"),
        };
        let because = words.chars().take(20).collect();
        let fact = speaker.phone.clone().map(|phone| NewFact {
            id: self.ids().uuid(),
            phone,
            fact,
            because,
        });
        let entry = |(booking, _): &(Booking, u32)| {
            (booking.id, self.heard_entry(speaker, "number.consent", summary, words))
        };
        let entries = talk.bookings.iter().map(entry).collect();
        let turn = Turn { fact, entries, ..unchanged(speaker, talk) };
        Turned { said: Said::Nothing, turn, act: None }
    }

    /// Offers free times, and keeps them for a few minutes.
    async fn offer(
        &self,
        speaker: &Speaker,
        talk: &Talk,
        id: BookingId,
        near: Option<&When>,
        again: Option<Why>,
        words: &str,
    ) -> Result<Turned, AppError> {
        let nothing = unchanged(speaker, talk);
        let Some((booking, _)) = talk.bookings.iter().find(|(booking, _)| booking.id == id) else {
            return Ok(Turned { said: Said::Over, turn: nothing, act: None });
        };
        let Some(of) = self.spoken(speaker, talk, id) else {
            return Ok(Turned { said: Said::Over, turn: nothing, act: None });
        };
        // What was kept for them before would stand in their own way.
        for hold in kept_for(talk) {
            let (workspace, now) = (self.workspace(), self.clock().now());
            let unit = ReleaseHold { workspace, holder: hold, now };
            self.store().write(unit).await?;
        }
        let seen = if again == Some(Why::More) { offered(talk) } else { Vec::new() };
        let offers = self.keep_times(speaker, booking, &of.zone, near, &seen).await?;
        let Some(until) = offers.iter().map(|(_, expires)| *expires).min() else {
            let turn = Turn { next: Next::Forget, ..nothing };
            return Ok(Turned { said: Said::NoTimes(of), turn, act: None });
        };
        let exact = near.is_some_and(|when| {
            offers.first().is_some_and(|((slot, _), _)| offer::is_exactly(*slot, when, &of.zone))
        });
        let names_time = near.is_some_and(|when| when.day.is_some() && !when.times.is_empty());
        let why = match again {
            Some(why) => why,
            None if exact => Why::Exact,
            None if names_time => Why::NotFree,
            None => Why::Asked,
        };
        let mut offers: Vec<Offer> = offers.into_iter().map(|((_, offer), _)| offer).collect();
        // What was named exactly stays first; the others are read in the order of time.
        let first = usize::from(exact);
        offers[first..].sort_by_key(|offer| offer.start);
        let starts = offers.iter().map(|offer| offer.start).collect();
        let entry = self.heard_entry(
            speaker,
            "conversation.heard",
            "Wants another time; was offered some",
            words,
        );
        let question = Question::Times { booking: id, offers };
        let turn = Turn {
            next: Next::Ask(Asked { question, until }),
            entries: vec![(id, entry)],
            ..nothing
        };
        Ok(Turned { said: Said::Times(of, starts, why), turn, act: None })
    }

    /// Holds the best free times: each with its slot and when it lapses.
    async fn keep_times(
        &self,
        speaker: &Speaker,
        booking: &Booking,
        zone: &TimeZone,
        near: Option<&When>,
        seen: &[Timestamp],
    ) -> Result<Vec<((Interval, Offer), Timestamp)>, AppError> {
        let now = self.clock().now();
        let named = near
            .and_then(|when| when.day)
            .and_then(|day| day.to_zoned(zone.clone()).ok().map(|midnight| midnight.timestamp()));
        let around = named.unwrap_or(booking.slot.start()).max(booking.slot.start());
        let until = around.checked_add(AHEAD).unwrap_or(around);
        let Some(range) = Interval::new(now, until) else { return Ok(Vec::new()) };
        let range = crate::slots::whole_hours(range);
        let setup = self.setup();
        let Some(service) = setup.setup.service(&booking.service) else { return Ok(Vec::new()) };
        let length = Some(booking.slot.length());
        let Some(free) = self.free_slots_lasting(&booking.service, length, range).await? else {
            return Ok(Vec::new());
        };
        let free: Vec<Interval> = free
            .slots
            .iter()
            .filter(|free| service.group.is_none() || free.remaining >= booking.party_size)
            .map(|free| free.slot)
            .filter(|slot| slot.start() != booking.slot.start() && !seen.contains(&slot.start()))
            .collect();
        let hosts = crate::slots::offers(&setup.setup, service, None);
        let expires_at = now + self.settings().hold_ttl;
        let best = offer::in_order(&free, booking.slot.start(), near, zone);
        let holds = best
            .iter()
            .take(CANDIDATES)
            .map(|slot| PlaceHold {
                workspace: self.workspace(),
                holder: Uuid::from_bytes(self.ids().secret()),
                service: service.clone(),
                hosts: hosts.clone(),
                first: Some(booking.host.clone()),
                start: slot.start(),
                duration: slot.length(),
                people: booking.party_size,
                occurrence_id: self.ids().occurrence(),
                expires_at,
                visitor: Visitor::default(),
                now,
            })
            .collect();
        let kept = self.store().write(PlaceHolds { holds, most: speaker.most_offers }).await?;
        let offer = |(hold, kept): (Uuid, store::hold::Hold)| {
            let offer = Offer { start: kept.slot.start(), host: kept.host, hold };
            ((kept.slot, offer), kept.expires_at)
        };
        Ok(kept.into_iter().map(offer).collect())
    }

    /// Carries out what was decided. `key` makes a repeat after a crash recognisable.
    async fn carry_out(
        &self,
        speaker: &Speaker,
        whose: Whose,
        act: &Act,
        key: String,
    ) -> Result<Turned, AppError> {
        let id = act.booking();
        let before = self.load_talk(speaker, whose.clone()).await?;
        let key = Some(RequestKey { scope: "conversation".to_owned(), key, expires_at: None });
        match act {
            Act::Move { to, others, .. } => {
                let wish = Move {
                    id,
                    start: to.start,
                    host: Some(to.host.clone()),
                    by: Actor::Attendee,
                    seen: None,
                    key,
                    patience: speaker.patience,
                };
                let kept: Vec<Uuid> =
                    std::iter::once(to.hold).chain(others.iter().copied()).collect();
                let moved = self.reschedule_kept(wish, &kept).await?;
                let talk = self.load_talk(speaker, whose).await?;
                self.after_move(speaker, &talk, id, to.start, moved).await
            }
            Act::Cancel { revision, .. } => {
                let seen = Some(*revision);
                let cancel = Cancel { id, by: Actor::Attendee, reason: None, seen, key };
                let outcome = self.cancel(cancel).await?;
                let talk = self.load_talk(speaker, whose).await?;
                // It is not among the coming ones any more.
                let of =
                    self.spoken(speaker, &before, id).or_else(|| self.spoken(speaker, &talk, id));
                let said = match (outcome, of) {
                    (CancelOutcome::Done(_) | CancelOutcome::Replayed(_), Some(of)) => {
                        Said::Cancelled(of)
                    }
                    (CancelOutcome::Outdated, Some(of)) => {
                        Said::Reply(Reply::NothingAsked, Some(of))
                    }
                    _ => Said::Over,
                };
                Ok(Turned { said, turn: unchanged(speaker, &talk), act: None })
            }
        }
    }

    async fn after_move(
        &self,
        speaker: &Speaker,
        talk: &Talk,
        id: BookingId,
        to: Timestamp,
        moved: Moved,
    ) -> Result<Turned, AppError> {
        let of = self.spoken(speaker, talk, id);
        let said = match (moved, of) {
            (_, None) => Said::Over,
            (Moved::Accepted(Progress::Done(_)) | Moved::Replayed(_), Some(of))
                if of.start == to =>
            {
                Said::Moved(of)
            }
            (
                Moved::Accepted(Progress::Done(_) | Progress::Pending(_)) | Moved::Replayed(_),
                Some(of),
            ) => Said::Moving(of, to),
            (Moved::Accepted(Progress::CalendarBusy) | Moved::NotOffered { .. }, Some(_)) => {
                return self.offer(speaker, talk, id, None, Some(Why::Taken), "").await;
            }
            (Moved::Accepted(Progress::CalendarUnavailable), Some(of)) => Said::Unavailable(of),
            (Moved::Refused(Refusal::ChangeInProgress), of) => Said::Reply(Reply::InProgress, of),
            // A booking that waits in line is not spoken of as one that could move.
            (
                Moved::Accepted(Progress::Waiting(_))
                | Moved::Refused(
                    Refusal::AlreadyOver | Refusal::NotBegunYet | Refusal::NothingOffered,
                ),
                _,
            ) => Said::Over,
            (Moved::Outdated | Moved::Mismatch | Moved::NotFound | Moved::UnknownHost, of) => {
                Said::Reply(Reply::NothingAsked, of)
            }
        };
        Ok(Turned { said, turn: unchanged(speaker, talk), act: None })
    }

    /// Whether an attendee may move or cancel a booking of theirs.
    pub(crate) fn may_change(&self, service: &ServiceId, position: u32) -> bool {
        let setup = self.setup();
        let service = setup.setup.service(service);
        position == 0 || service.is_none_or(|service| service.guests_may_change)
    }

    fn known(&self, booking: &Booking, position: u32) -> Known {
        Known {
            id: booking.id,
            revision: booking.revision,
            may_change: self.may_change(&booking.service, position),
            changing: booking.change().is_some(),
        }
    }

    fn spoken(&self, speaker: &Speaker, talk: &Talk, id: BookingId) -> Option<Spoken> {
        let (booking, position) = talk.bookings.iter().find(|(booking, _)| booking.id == id)?;
        let zone = zone_of(booking, *position);
        let told_anyway = speaker.channel == Channel::Sms
            && self.channels(&booking.service).contains(&Channel::Sms);
        Some(Spoken {
            title: booking.title.clone(),
            start: booking.slot.start(),
            zone,
            told_anyway,
        })
    }

    fn heard_entry(
        &self,
        speaker: &Speaker,
        kind: &str,
        summary: &str,
        words: &str,
    ) -> TimelineEntry {
        let by = match speaker.channel {
            Channel::Sms => "by text",
            Channel::Voice => "in a call",
            Channel::Email => "by mail",
        };
        let data =
            json!({ "from": speaker.phone, "channel": speaker.channel.as_str(), "said": words });
        self.entry(kind, format!("{summary} ({by})"), &data)
    }
}

/// A turn that changes nothing.
fn unchanged(speaker: &Speaker, talk: &Talk) -> Turn {
    Turn {
        party: speaker.party.clone(),
        revision: talk.revision,
        next: Next::Keep,
        fact: None,
        attendance: None,
        released: Vec::new(),
        entries: Vec::new(),
    }
}

fn attendance(speaker: &Speaker, talk: &Talk, id: BookingId) -> Option<Attendance> {
    let (booking, position) = talk.bookings.iter().find(|(booking, _)| booking.id == id)?;
    Some(Attendance {
        booking: id,
        position: *position,
        starts_at: booking.slot.start(),
        channel: speaker.channel,
    })
}

/// The language of whoever is spoken with, as far as their bookings tell.
fn language_of(talk: &Talk) -> Option<Language> {
    let (booking, position) = talk.bookings.first()?;
    let index = usize::try_from(*position).ok()?;
    booking.attendees.get(index).map(|attendee| booking.language_of(attendee))
}

/// The zone in which times are told to an attendee.
fn zone_of(booking: &Booking, position: u32) -> TimeZone {
    let index = usize::try_from(position).unwrap_or(usize::MAX);
    let own = booking.attendees.get(index).and_then(|attendee| attendee.timezone.clone());
    own.unwrap_or_else(|| booking.timezone.clone())
}

/// The date where somebody is.
fn today(talk: &Talk, now: Timestamp) -> jiff::civil::Date {
    let zone = talk
        .bookings
        .first()
        .map_or(TimeZone::UTC, |(booking, position)| zone_of(booking, *position));
    now.to_zoned(zone).date()
}

/// The holds of what somebody was offered.
fn kept_for(talk: &Talk) -> Vec<Uuid> {
    open_offers(talk).iter().map(|offer| offer.hold).collect()
}

fn offered(talk: &Talk) -> Vec<Timestamp> {
    open_offers(talk).iter().map(|offer| offer.start).collect()
}

fn open_offers(talk: &Talk) -> &[Offer] {
    match talk.asked.as_ref().map(|asked| &asked.question) {
        Some(Question::Times { offers, .. }) => offers,
        Some(Question::Which { .. } | Question::Cancel { .. }) | None => &[],
    }
}
