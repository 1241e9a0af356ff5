//! `/admin/occurrences`: the starts of group services, and the door of each: who comes, who has come,
//! and who comes without having booked. Made for a phone in one hand.

use askama::Template;
use http::StatusCode;
use jiff::Timestamp;

use super::Dashboard;
use crate::pages::{Frame, Page};

/// The starts that somebody has booked.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/occurrences.html")]
pub struct OccurrencesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// By their starts.
    pub rows: Vec<OccurrenceRow>,
}

/// One start.
#[derive(Debug, Clone)]
pub struct OccurrenceRow {
    /// `occ_…`
    pub id: String,
    /// The service's title.
    pub service: String,
    /// The host's name.
    pub host: String,
    /// When it starts.
    pub start: Timestamp,
    /// How many people are booked.
    pub people: u32,
    /// How many fit in.
    pub capacity: u32,
}

/// The door of one start.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/door.html")]
pub struct DoorPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// Its address.
    pub path: String,
    /// The service's title.
    pub service: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How many people fit in.
    pub capacity: u32,
    /// It has begun: whoever is missing can be noted.
    pub begun: bool,
    /// Who comes.
    pub guests: Vec<GuestRow>,
    /// What was typed for a walk-in that could not be added.
    pub typed: Typed,
    /// What was wrong with the last form.
    pub fault: Option<Fault>,
}

/// One booking at the door.
#[derive(Debug, Clone)]
pub struct GuestRow {
    /// `bkg_…`
    pub booking: String,
    /// The lead's name.
    pub name: String,
    /// How many come.
    pub people: u32,
    /// Where they are.
    pub presence: Presence,
}

/// Whether somebody who booked is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not yet, as far as the door knows.
    Expected,
    /// They came.
    Arrived,
    /// They did not come.
    NoShow,
    /// Their booking does not stand yet.
    Pending,
}

/// What was typed for a walk-in.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Who.
    pub name: String,
    /// How many.
    pub people: String,
}

/// What was wrong with a form of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A walk-in needs a name.
    Name,
    /// And a number of people.
    People,
    /// Not so many places are left.
    Full(u32),
    /// It is over, or its event does not stand.
    NotOpen,
    /// Nobody can have stayed away before it began.
    NotBegun,
}

impl Page for OccurrencesPage {}

impl OccurrencesPage {
    fn moment(&self, at: &Timestamp) -> String {
        self.frame.visitor.moment(*at)
    }

    fn booked(&self, row: &OccurrenceRow) -> String {
        (self.frame.text().door.booked_of)(row.people, row.capacity)
    }
}

impl Page for DoorPage {
    fn status(&self) -> StatusCode {
        match self.fault {
            None => StatusCode::OK,
            Some(Fault::Name | Fault::People) => StatusCode::BAD_REQUEST,
            Some(Fault::Full(_) | Fault::NotOpen | Fault::NotBegun) => StatusCode::CONFLICT,
        }
    }
}

impl DoorPage {
    fn date(&self) -> String {
        self.frame.visitor.date(self.frame.visitor.date_of(self.start))
    }

    fn times(&self) -> String {
        self.frame.visitor.times(self.start, self.end)
    }

    fn people(&self) -> u32 {
        self.guests.iter().map(|guest| guest.people).sum()
    }

    fn booked(&self) -> String {
        (self.frame.text().door.booked_of)(self.people(), self.capacity)
    }

    fn arrived(&self) -> String {
        let arrived = self.guests.iter().filter(|guest| guest.presence == Presence::Arrived);
        (self.frame.text().door.arrived_of)(arrived.map(|guest| guest.people).sum(), self.people())
    }

    fn party(&self, guest: &GuestRow) -> String {
        (self.frame.text().common.people_counted)(guest.people)
    }

    fn fault_text(&self) -> Option<String> {
        let words = &self.frame.text().door;
        Some(match self.fault? {
            Fault::Name => words.name_missing.to_owned(),
            Fault::People => words.people_missing.to_owned(),
            Fault::Full(left) => (words.full)(left),
            Fault::NotOpen => words.not_open.to_owned(),
            Fault::NotBegun => words.not_begun.to_owned(),
        })
    }

    fn label(&self, verb: &str, guest: &GuestRow) -> String {
        let words = &self.frame.text().door;
        match verb {
            "check-in" => (words.check_in)(&guest.name),
            "undo" => (words.undo)(&guest.name),
            _ => (words.no_show)(&guest.name),
        }
    }
}
