//! Talking with people by text or on the phone: what somebody said, what they were last asked, and
//! what follows. The same for both ways; only the ears differ ([`words`] for texts, [`keys`] for
//! calls).
//!
//! Invariants kept here:
//! - a word that carriers take as opt-out or opt-in changes no booking and is not answered;
//! - a booking is moved or cancelled only by a number that picks from an open question;
//! - a question is open until an instant, and answered at most once: whoever obeys an answer
//!   forgets the question in the same transaction.

pub mod keys;
pub mod offer;
pub mod when;
pub mod words;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::id::{BookingId, HostId};

pub use when::When;

/// How long a question stays open that keeps nobody else from a slot.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// They want no more messages, or allow them again. The carrier answers.
    Consent(Consent),
    /// Something else that the carrier answers.
    LeftToCarrier,
    /// They will come.
    Confirm,
    /// They want another time.
    Move,
    /// They want to call it off.
    Cancel,
    /// They want to know what they can say.
    Explain,
    /// They want to see further choices.
    More,
    /// They pick a number.
    Pick(u8),
    /// They name a day, a time of day, or both.
    When(When),
    /// Nothing that can be understood.
    Unclear,
}

/// Whether somebody wants messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// No more.
    Stop,
    /// Again.
    Start,
}

/// What somebody wants of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To say that they will come.
    Confirm,
    /// Another time, perhaps one near this.
    Move(Option<When>),
    /// To call it off.
    Cancel,
}

/// A time that is kept for somebody while they choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// When it starts.
    pub start: Timestamp,
    /// With whom.
    pub host: HostId,
    /// The hold that keeps it.
    pub hold: Uuid,
}

/// What somebody was asked, to be answered with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Which of their bookings it is about.
    Which {
        /// What they want.
        wish: Wish,
        /// In the order of the numbers.
        bookings: Vec<BookingId>,
    },
    /// Which time the booking moves to.
    Times {
        /// The booking.
        booking: BookingId,
        /// In the order of the numbers.
        offers: Vec<Offer>,
    },
    /// Whether to call the booking off: 1 does, 2 does not.
    Cancel {
        /// The booking.
        booking: BookingId,
        /// What they saw of it: one that changed since is not called off.
        revision: i64,
    },
}

/// A question, and until when it may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// From then on the answer is late.
    pub until: Timestamp,
}

/// One of somebody's coming bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub id: BookingId,
    /// As it is now.
    pub revision: i64,
    /// Whether they may move or cancel it.
    pub may_change: bool,
    /// Whether a move of it is being written.
    pub changing: bool,
}

/// What follows from what somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Note it, and say nothing.
    Consent(Consent),
    /// Say nothing.
    Silence,
    /// Say something, and leave open what is open.
    Say(Reply),
    /// Ask which booking it is about.
    AskWhich {
        /// What they want.
        wish: Wish,
        /// In the order of the numbers.
        bookings: Vec<BookingId>,
    },
    /// Note that they will come.
    Attend(BookingId),
    /// Offer times.
    Offer {
        /// For which booking.
        booking: BookingId,
        /// Near what they named.
        near: Option<When>,
        /// Why again, if they were offered some before.
        again: Option<Again>,
    },
    /// Ask whether to call it off.
    AskCancel(BookingId),
    /// Change it, and forget the question.
    Act(Act),
    /// Keep it, and forget the question.
    Keep(BookingId),
}

/// What is done with a booking because of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It moves.
    Move {
        /// The booking.
        booking: BookingId,
        /// Where to.
        to: Offer,
        /// What else was kept for whoever chose.
        others: Vec<Uuid>,
    },
    /// It is called off.
    Cancel {
        /// The booking.
        booking: BookingId,
        /// What was seen of it.
        revision: i64,
    },
}

impl Act {
    /// What it is done with.
    pub fn booking(&self) -> BookingId {
        match self {
            Self::Move { booking, .. } | Self::Cancel { booking, .. } => *booking,
        }
    }
}

/// Why somebody is offered times once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// What they picked from is no longer kept for them.
    Lapsed,
    /// They want to see others.
    More,
}

/// Something to say that needs no look at the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// What they can say.
    Help,
    /// No coming booking is known for them.
    Nobody,
    /// A number that answers nothing.
    NothingAsked,
    /// A number that is not among the choices.
    NotAChoice,
    /// Whoever booked keeps changes to themselves.
    MayNot,
    /// A move is being written.
    InProgress,
    /// It was not understood.
    NotUnderstood,
}

/// What follows from what somebody said. `known` are their coming bookings, the nearest first.
pub fn follow(heard: &Heard, asked: Option<&Asked>, known: &[Known], now: Timestamp) -> Step {
    match heard {
        Heard::Consent(consent) => Step::Consent(*consent),
        Heard::LeftToCarrier => Step::Silence,
        _ if known.is_empty() => Step::Say(Reply::Nobody),
        Heard::Explain => Step::Say(Reply::Help),
        Heard::Unclear => Step::Say(Reply::NotUnderstood),
        Heard::Confirm => about(Wish::Confirm, known),
        Heard::Cancel => about(Wish::Cancel, known),
        // Whoever was offered times already wants to see others.
        Heard::Move | Heard::More => more(asked, known),
        Heard::When(when) => match offered_for(asked, known) {
            Some(booking) => Step::Offer { booking, near: Some(when.clone()), again: None },
            None => about(Wish::Move(Some(when.clone())), known),
        },
        Heard::Pick(number) => pick(*number, asked, known, now),
    }
}

/// The booking whose times they are choosing from.
fn offered_for(asked: Option<&Asked>, known: &[Known]) -> Option<BookingId> {
    match &asked?.question {
        Question::Times { booking, .. } => {
            known.iter().map(|known| known.id).find(|id| id == booking)
        }
        Question::Which { .. } | Question::Cancel { .. } => None,
    }
}

fn more(asked: Option<&Asked>, known: &[Known]) -> Step {
    match offered_for(asked, known) {
        Some(booking) => Step::Offer { booking, near: None, again: Some(Again::More) },
        None => about(Wish::Move(None), known),
    }
}

/// A wish is about the one booking that it can be about, or else they are asked.
fn about(wish: Wish, known: &[Known]) -> Step {
    let possible: Vec<&Known> =
        known.iter().filter(|known| wish == Wish::Confirm || known.may_change).collect();
    match possible.as_slice() {
        [] => Step::Say(Reply::MayNot),
        [one] => begin(wish, one),
        several => {
            Step::AskWhich { wish, bookings: several.iter().map(|known| known.id).collect() }
        }
    }
}

fn begin(wish: Wish, known: &Known) -> Step {
    match wish {
        Wish::Confirm => Step::Attend(known.id),
        Wish::Move(_) if known.changing => Step::Say(Reply::InProgress),
        Wish::Move(near) => Step::Offer { booking: known.id, near, again: None },
        Wish::Cancel => Step::AskCancel(known.id),
    }
}

fn pick(number: u8, asked: Option<&Asked>, known: &[Known], now: Timestamp) -> Step {
    let Some(asked) = asked else { return Step::Say(Reply::NothingAsked) };
    let late = now >= asked.until;
    let find = |id: BookingId| known.iter().find(|known| known.id == id);
    let place = usize::from(number).wrapping_sub(1);
    match &asked.question {
        Question::Which { wish, bookings } => match bookings.get(place).map(|id| find(*id)) {
            None => Step::Say(Reply::NotAChoice),
            Some(None) => Step::Say(Reply::NothingAsked),
            Some(Some(known)) => begin(wish.clone(), known),
        },
        Question::Times { booking, offers } => match (find(*booking), offers.get(place)) {
            (None, _) => Step::Say(Reply::NothingAsked),
            (Some(known), _) if known.changing => Step::Say(Reply::InProgress),
            (Some(_), _) if late => {
                Step::Offer { booking: *booking, near: None, again: Some(Again::Lapsed) }
            }
            (Some(_), None) => Step::Say(Reply::NotAChoice),
            (Some(_), Some(offer)) => Step::Act(Act::Move {
                booking: *booking,
                to: offer.clone(),
                others: offers
                    .iter()
                    .map(|other| other.hold)
                    .filter(|hold| *hold != offer.hold)
                    .collect(),
            }),
        },
        Question::Cancel { booking, revision } => match (find(*booking), number) {
            (None, _) => Step::Say(Reply::NothingAsked),
            // It is not what they saw, or they may not remember what they were asked.
            (Some(known), 1) if late || known.revision != *revision => Step::AskCancel(*booking),
            (Some(_), 1) => Step::Act(Act::Cancel { booking: *booking, revision: *revision }),
            (Some(_), 2) => Step::Keep(*booking),
            (Some(_), _) => Step::Say(Reply::NotAChoice),
        },
    }
}

#[cfg(test)]
mod tests;
