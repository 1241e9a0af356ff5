//! `GET /b/{token}` and the forms on it: view, move, cancel, add to calendar.
//!
//! The forms carry the booking's revision, so that a page opened before a change cannot undo it.

use askama::Template;
use http::StatusCode;
use jiff::Timestamp;

use super::answer::{Framing, Page};
use super::booking::Refused;
use super::picker::{Cell, Picker, Slot};
use super::status::{Status, Tone};
use super::text::{Saying, Text};
use super::{Frame, ServiceView};

/// The manage page.
#[derive(Debug, Clone, Template)]
#[template(path = "manage.html")]
pub struct ManagePage {
    /// What surrounds it.
    pub frame: Frame,
    /// `/b/{token}`: the secret address this page was reached by.
    pub path: String,
    /// The booking.
    pub booking: BookingView,
    /// What may be done with it.
    pub allowed: Allowed,
    /// The picker of a new time, while it is open.
    pub picker: Option<Picker>,
    /// What came of the last form.
    pub notice: Option<Notice>,
}

/// A booking as its attendee sees it.
#[derive(Debug, Clone)]
pub struct BookingView {
    /// `bkg_…`
    pub id: String,
    /// Rises with every change; the forms give it back.
    pub revision: i64,
    /// Where it stands.
    pub status: Status,
    /// What was booked.
    pub service: ServiceView,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The start and end it is being moved to.
    pub moving_to: Option<(Timestamp, Timestamp)>,
    /// The lead's name.
    pub attendee: String,
    /// How many people are coming.
    pub party_size: u32,
    /// Its place on the waiting list.
    pub place: Option<u32>,
    /// Until when seats are kept for it, to be accepted.
    pub offered_until: Option<Timestamp>,
    /// How whoever has the link changes it by phone.
    pub phone: Option<ByPhone>,
}

/// How a booking is changed by phone.
#[derive(Debug, Clone)]
pub struct ByPhone {
    /// Whom to call.
    pub number: String,
    /// The digits that name the booking.
    pub code: String,
}

/// What the holder of a link may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Move and cancel.
    Change,
    /// A guest's link, where only the lead's may change it.
    Look,
    /// Nothing can be changed any more.
    Nothing,
}

/// What came of the last form.
#[derive(Debug, Clone)]
pub enum Notice {
    /// The booking was just made.
    Booked,
    /// It was moved.
    Moved,
    /// The move is waiting for the calendar.
    MoveRequested,
    /// It was cancelled.
    Cancelled,
    /// A move is being written at this moment.
    ChangeInProgress,
    /// It is over.
    AlreadyOver,
    /// The form was of an older revision.
    ChangedMeanwhile,
    /// The offered seats were accepted.
    Accepted,
    /// The offered seats are no longer kept.
    OfferLapsed,
    /// This link may only look.
    NotAllowed,
    /// The new time was refused.
    Refused(Refused),
}

impl Notice {
    /// The notice that a redirect announces. It only repeats what the booking itself shows, so one
    /// that does not agree with the booking's status is left out.
    pub fn announced(code: &str, status: Status) -> Option<Self> {
        match (code, status) {
            ("booked", Status::Confirmed | Status::Pending | Status::Waitlisted) => {
                Some(Self::Booked)
            }
            ("moved", Status::Confirmed) => Some(Self::Moved),
            ("moved", Status::Moving | Status::Pending) => Some(Self::MoveRequested),
            ("cancelled", Status::Cancelled) => Some(Self::Cancelled),
            ("accepted", Status::Confirmed | Status::Pending) => Some(Self::Accepted),
            _ => None,
        }
    }

    pub(super) fn saying(&self, text: &'static Text) -> Saying {
        let (manage, refused) = (&text.manage, &text.refused);
        match self {
            Self::Booked => manage.was_booked,
            Self::Accepted => manage.was_accepted,
            Self::OfferLapsed => manage.offer_lapsed,
            Self::Moved => manage.was_moved,
            Self::MoveRequested => manage.move_requested,
            Self::Cancelled => manage.was_cancelled,
            Self::ChangeInProgress => refused.in_progress,
            Self::AlreadyOver => refused.already_over,
            Self::ChangedMeanwhile => refused.changed_meanwhile,
            Self::NotAllowed => refused.not_allowed,
            Self::Refused(reason) => {
                let choose = reason.is_about_the_slot();
                let detail = if choose { manage.stands_choose } else { manage.stands_retry };
                Saying { title: reason.saying(text).title, detail }
            }
        }
    }

    pub(super) fn tone(&self) -> &'static str {
        let tone = match self {
            Self::Booked | Self::Moved | Self::MoveRequested | Self::Cancelled | Self::Accepted => {
                Tone::Good
            }
            Self::ChangeInProgress
            | Self::AlreadyOver
            | Self::ChangedMeanwhile
            | Self::OfferLapsed
            | Self::NotAllowed
            | Self::Refused(_) => Tone::Bad,
        };
        tone.class()
    }

    fn reference(&self, text: &'static Text) -> Option<String> {
        self.refused().and_then(|refused| refused.reference(text))
    }

    fn refused(&self) -> Option<&Refused> {
        if let Self::Refused(refused) = self { Some(refused) } else { None }
    }
}

impl Page for ManagePage {
    fn status(&self) -> StatusCode {
        match &self.notice {
            Some(Notice::Refused(refused)) => refused.status(),
            Some(
                Notice::ChangeInProgress
                | Notice::AlreadyOver
                | Notice::ChangedMeanwhile
                | Notice::OfferLapsed,
            ) => StatusCode::CONFLICT,
            Some(Notice::NotAllowed) => StatusCode::FORBIDDEN,
            Some(
                Notice::Booked
                | Notice::Moved
                | Notice::MoveRequested
                | Notice::Cancelled
                | Notice::Accepted,
            )
            | None => StatusCode::OK,
        }
    }

    fn retry_after(&self) -> Option<u32> {
        matches!(self.notice, Some(Notice::ChangeInProgress)).then_some(3)
    }

    /// Embedded, the page only shows: its forms are left out, so nobody can be tricked into them.
    fn framing(&self) -> Framing {
        if self.frame.embedded { Framing::Anybody } else { Framing::Nobody }
    }
}

impl ManagePage {
    fn title(&self) -> String {
        (self.frame.text().manage.title)(&self.booking.service.title)
    }

    fn saying(&self) -> Saying {
        match self.booking.offered_until {
            Some(_) => self.frame.text().manage.offered,
            None => self.booking.status.saying(self.frame.text()),
        }
    }

    fn place_in_line(&self) -> Option<String> {
        let place = self.booking.place.filter(|_| self.booking.offered_until.is_none())?;
        Some((self.frame.text().manage.place_in_line)(place))
    }

    fn kept_until(&self, until: &Timestamp) -> String {
        (self.frame.text().manage.kept_until)(&self.moment_of(until))
    }

    fn may_change(&self) -> bool {
        self.allowed == Allowed::Change && !self.frame.embedded
    }

    /// Only where someone is waiting for an answer and has nothing typed that a reload would lose.
    fn watches(&self) -> bool {
        self.booking.status.is_settling() && self.picker.is_none()
    }

    fn date_of(&self, at: &Timestamp) -> String {
        self.frame.visitor.date(self.frame.visitor.date_of(*at))
    }

    fn times_of(&self, start: &Timestamp, end: &Timestamp) -> String {
        self.frame.visitor.times(*start, *end)
    }

    fn zone_of(&self, at: &Timestamp) -> String {
        self.frame.visitor.zone_label(*at)
    }

    fn moment_of(&self, at: &Timestamp) -> String {
        self.frame.visitor.moment(*at)
    }

    fn people(&self) -> String {
        (self.frame.text().common.people_counted)(self.booking.party_size)
    }

    fn move_hint(&self) -> String {
        (self.frame.text().manage.move_hint)(&self.moment_of(&self.booking.start))
    }

    fn alternatives(&self) -> &[Slot] {
        let refused = self.notice.as_ref().and_then(Notice::refused);
        refused.map_or(&[], Refused::alternatives)
    }

    /// The new time that was picked; none after it was refused.
    fn picked(&self) -> Option<Slot> {
        let refused = self.notice.as_ref().is_some_and(|notice| notice.refused().is_some());
        self.picker.as_ref().filter(|_| !refused).and_then(Picker::picked)
    }

    fn move_path(&self) -> String {
        let lang = self.frame.visitor.language_chosen();
        let lang = lang.map(|tag| format!("&lang={tag}")).unwrap_or_default();
        format!("{}?move=1{lang}#days", self.path)
    }

    /// A cancelled or refused booking leads back to the service.
    fn offers_another(&self) -> bool {
        let over = self.booking.status.is_void() || self.booking.status == Status::NoShow;
        over && !self.booking.service.page.is_empty()
    }

    fn is_upcoming(&self) -> bool {
        match self.booking.status {
            Status::Pending | Status::Confirmed | Status::Moving => true,
            Status::Waitlisted
            | Status::Cancelled
            | Status::Declined
            | Status::Failed
            | Status::Expired
            | Status::Completed
            | Status::Past
            | Status::NoShow => false,
        }
    }
}
