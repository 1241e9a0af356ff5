//! The agreement between an attendee and a host, and what may happen to it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::id::{BookingId, HostId, ServiceId, SourceId};
use crate::language::Language;
use crate::people::Attendee;
use crate::time::Interval;

/// How long before its start a booking that could not be confirmed is given up.
pub const GIVE_UP_BEFORE: SignedDuration = SignedDuration::from_mins(30);

/// One accepted request.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Its identifier.
    pub id: BookingId,
    /// What was booked.
    pub service: ServiceId,
    /// With whom.
    pub host: HostId,
    /// Who comes along of a service whose hosts all come.
    pub joined: Vec<HostId>,
    /// When.
    pub slot: Interval,
    /// The service's title when it was booked, unless it was changed since.
    pub title: String,
    /// The service's location when it was booked, unless it was changed since.
    pub location: Option<String>,
    /// In which edition title and location are.
    pub edition: Edition,
    /// The lead's zone, or else the host's.
    pub timezone: TimeZone,
    /// How many people.
    pub party_size: u32,
    /// The lead first, then the guests.
    pub attendees: Vec<Attendee>,
    /// Free text from the lead.
    pub notes: Option<String>,
    /// The form's further fields.
    pub answers: BTreeMap<String, String>,
    /// The id that makes a repeated submission recognisable.
    pub submission_id: Option<String>,
    /// The source it came from, if a form sent it.
    pub source: Option<SourceId>,
    /// What is true of it.
    pub state: BookingState,
    /// Rises with every change: a worker that decided on an older one changes nothing.
    pub revision: i64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Counts how often the details of a booking were changed: what an event shows and what somebody was
/// told is of an edition. Zero is the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edition {
    /// The edition in which the title last changed.
    pub title: i64,
    /// The edition in which the location last changed.
    pub location: i64,
}

impl Edition {
    /// The edition that is true now.
    pub fn number(self) -> i64 {
        self.title.max(self.location)
    }
}

/// Other details for a booking; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDetails {
    /// The title.
    pub title: Option<String>,
    /// Where it takes place.
    pub location: Option<String>,
}

/// What is true of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingState {
    /// Its slot is full: it waits in line for seats.
    Waitlisted {
        /// The seats that are kept for it, once it is its turn.
        offer: Option<SeatOffer>,
    },
    /// The slot is held; the calendar is not written yet.
    Pending,
    /// Its event is in the calendar.
    Confirmed {
        /// The time it is being moved to, while the calendar has not agreed.
        change: Option<Change>,
    },
    /// Called off.
    Cancelled(Cancellation),
    /// It took place.
    Completed,
    /// Nobody came.
    NoShow,
    /// The calendar turned out busy, or could not be asked while the caller waited.
    Declined,
    /// It could not be written before it was too late.
    Failed,
    /// It waited in line until its start came or its offer lapsed.
    Expired,
}

/// Seats that are kept for somebody who waited for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatOffer {
    /// Until when they may be taken.
    pub until: Timestamp,
}

/// A move that has been asked for and claimed, but not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// With whom.
    pub host: HostId,
    /// When.
    pub slot: Interval,
}

/// Who called a booking off, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// Who.
    pub by: Actor,
    /// In their words.
    pub reason: Option<String>,
}

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An attendee, by a manage link or an answer to a message.
    Attendee,
    /// The host, in the calendar or the dashboard.
    Host,
    /// A program with an API key, or the command line.
    Api,
    /// Doorstep itself, by a rule.
    System,
}

impl Actor {
    /// The actor's name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attendee => "attendee",
            Self::Host => "host",
            Self::Api => "api",
            Self::System => "system",
        }
    }

    /// The actor of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Attendee, Self::Host, Self::Api, Self::System];
        all.into_iter().find(|actor| actor.as_str() == name)
    }
}

/// Why a booking cannot be changed as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is cancelled, declined, failed, expired, completed or a no-show.
    #[error("the booking is already over")]
    AlreadyOver,
    /// A move is being written.
    #[error("a change of this booking is in progress")]
    ChangeInProgress,
    /// It waits in line, and no seats are kept for it, or no longer.
    #[error("no seats are kept for this booking")]
    NothingOffered,
    /// It has not begun, so nobody can have stayed away.
    #[error("the booking has not begun yet")]
    NotBegunYet,
}

impl BookingState {
    /// Whether the booking occupies its host's time.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed { .. })
    }

    /// The status's name in the API and in stored rows.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Waitlisted { .. } => "waitlisted",
            Self::Pending => "pending",
            Self::Confirmed { .. } => "confirmed",
            Self::Cancelled(_) => "cancelled",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

impl Booking {
    /// Who booked.
    pub fn lead(&self) -> &Attendee {
        self.attendees.first().expect("a booking has a lead")
    }

    /// Everyone whose time it takes, first whoever has its event in their calendar.
    pub fn hosts(&self) -> impl Iterator<Item = &HostId> {
        std::iter::once(&self.host).chain(&self.joined)
    }

    /// The language in which one of its attendees is written to: theirs, else that of whoever
    /// booked.
    pub fn language_of(&self, attendee: &Attendee) -> Language {
        let locale = attendee.locale.as_ref().or(self.lead().locale.as_ref());
        Language::for_locale(locale.map(String::as_str))
    }

    /// The move that is being written.
    pub fn change(&self) -> Option<&Change> {
        match &self.state {
            BookingState::Confirmed { change } => change.as_ref(),
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => None,
        }
    }

    /// The seats that are kept for it while it waits in line.
    pub fn offer(&self) -> Option<SeatOffer> {
        match &self.state {
            BookingState::Waitlisted { offer } => *offer,
            BookingState::Pending
            | BookingState::Confirmed { .. }
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => None,
        }
    }

    /// When a booking or move that the calendar has not taken is given up: half an hour before its
    /// start, or at its start where the service's `notice` is shorter than that.
    pub fn given_up_at(&self, notice: SignedDuration) -> Timestamp {
        let start = self.change().map_or(self.slot.start(), |change| change.slot.start());
        if notice < GIVE_UP_BEFORE { start } else { start - GIVE_UP_BEFORE }
    }

    /// Its event is in the calendar: the only way to become confirmed.
    pub fn confirm(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Pending => {
                Ok(self.becoming(BookingState::Confirmed { change: None }, now))
            }
            BookingState::Confirmed { .. } => Ok(self), // Asking twice is not an error.
            BookingState::Waitlisted { .. } => Err(Refusal::NothingOffered),
            BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// The calendar is busy, or could not be asked while the caller waited.
    pub fn decline(self, now: Timestamp) -> Result<Self, Refusal> {
        self.while_pending(BookingState::Declined, now)
    }

    /// It is too late to write the calendar.
    pub fn fail(self, now: Timestamp) -> Result<Self, Refusal> {
        self.while_pending(BookingState::Failed, now)
    }

    /// Calls it off. A second time changes nothing.
    pub fn cancel(self, cancellation: Cancellation, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Confirmed { .. } => {
                Ok(self.becoming(BookingState::Cancelled(cancellation), now))
            }
            BookingState::Cancelled(_) => Ok(self),
            BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// Asks for another time. One that is pending simply takes the new time, since nobody has been
    /// told of the old one; one that is confirmed keeps its time until the calendar has the new one.
    pub fn ask_to_move(self, to: Change, now: Timestamp) -> Result<Self, Refusal> {
        match &self.state {
            BookingState::Pending => {
                let revision = self.revision + 1;
                Ok(Self { host: to.host, slot: to.slot, revision, updated_at: now, ..self })
            }
            BookingState::Confirmed { change: Some(change) } if *change == to => Ok(self),
            BookingState::Confirmed { change: Some(_) } => Err(Refusal::ChangeInProgress),
            BookingState::Confirmed { change: None } => {
                Ok(self.becoming(BookingState::Confirmed { change: Some(to) }, now))
            }
            BookingState::Waitlisted { .. } => Err(Refusal::NothingOffered),
            BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// The calendar has the new time.
    #[must_use]
    pub fn settle_move(self, now: Timestamp) -> Self {
        match self.change().cloned() {
            Some(Change { host, slot }) => {
                Self { host, slot, ..self }.becoming(BookingState::Confirmed { change: None }, now)
            }
            None => self,
        }
    }

    /// Gives it another title or place. What has them already is not changed.
    pub fn restate(self, new: &NewDetails, now: Timestamp) -> Result<Self, Refusal> {
        if !self.state.is_active() {
            return Err(Refusal::AlreadyOver);
        }
        let next = self.edition.number() + 1;
        let mut restated = self.clone();
        if let Some(title) = new.title.as_ref().filter(|title| **title != self.title) {
            restated.title.clone_from(title);
            restated.edition.title = next;
        }
        if new.location.is_some() && new.location != self.location {
            restated.location.clone_from(&new.location);
            restated.edition.location = next;
        }
        if restated.edition == self.edition {
            return Ok(self);
        }
        Ok(Self { revision: self.revision + 1, updated_at: now, ..restated })
    }

    /// The host gave its event another time: the booking follows at once, since the calendar has it
    /// already. One that is being moved goes where it was asked to.
    pub fn follow_event(self, slot: Interval, now: Timestamp) -> Result<Self, Refusal> {
        let to = Change { host: self.host.clone(), slot };
        match self.state {
            BookingState::Confirmed { change: None } if slot.start() <= now => {
                Err(Refusal::AlreadyOver)
            }
            BookingState::Confirmed { change: None } => {
                Ok(self.ask_to_move(to, now)?.settle_move(now))
            }
            BookingState::Confirmed { change: Some(_) } => Err(Refusal::ChangeInProgress),
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// The calendar will not have the new time: the booking stays where it is.
    #[must_use]
    pub fn drop_move(self, now: Timestamp) -> Self {
        match self.change() {
            Some(_) => self.becoming(BookingState::Confirmed { change: None }, now),
            None => self,
        }
    }

    /// Its end has come.
    pub fn complete(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Confirmed { .. } => Ok(self.becoming(BookingState::Completed, now)),
            BookingState::Completed | BookingState::NoShow => Ok(self),
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// Nobody came. Possible from the start on, also when it was taken for completed.
    pub fn mark_no_show(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Confirmed { .. } if now < self.slot.start() => Err(Refusal::NotBegunYet),
            BookingState::Confirmed { .. } | BookingState::Completed => {
                Ok(self.becoming(BookingState::NoShow, now))
            }
            BookingState::NoShow => Ok(self),
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// It is its turn: these seats are kept for it.
    pub fn offer_seats(
        self,
        host: HostId,
        offer: SeatOffer,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let state = BookingState::Waitlisted { offer: Some(offer) };
        self.while_waiting(state, now).map(|offered| Self { host, ..offered })
    }

    /// It has its seats: from now on it is a booking like any other. Without an offer that still
    /// stands it cannot be.
    pub fn take_offer(self, now: Timestamp) -> Result<Self, Refusal> {
        match &self.state {
            BookingState::Waitlisted { offer: Some(offer) } if now < offer.until => {
                Ok(self.becoming(BookingState::Pending, now))
            }
            BookingState::Waitlisted { .. } => Err(Refusal::NothingOffered),
            BookingState::Pending | BookingState::Confirmed { .. } => Ok(self),
            BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    /// It is its turn, and it takes the seats without being asked.
    pub fn promote(self, host: HostId, now: Timestamp) -> Result<Self, Refusal> {
        let promoted = self.while_waiting(BookingState::Pending, now);
        promoted.map(|promoted| Self { host, ..promoted })
    }

    /// It waited in vain.
    pub fn expire(self, now: Timestamp) -> Result<Self, Refusal> {
        self.while_waiting(BookingState::Expired, now)
    }

    fn while_waiting(self, state: BookingState, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Waitlisted { .. } => Ok(self.becoming(state, now)),
            BookingState::Pending | BookingState::Confirmed { .. } => Err(Refusal::NothingOffered),
            BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    fn while_pending(self, state: BookingState, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            BookingState::Pending => Ok(self.becoming(state, now)),
            BookingState::Waitlisted { .. }
            | BookingState::Confirmed { .. }
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => Err(Refusal::AlreadyOver),
        }
    }

    fn becoming(self, state: BookingState, now: Timestamp) -> Self {
        Self { state, revision: self.revision + 1, updated_at: now, ..self }
    }
}

#[cfg(test)]
mod tests;
