//! `/admin` and `/admin/bookings`: today, and every booking behind a filter.

use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Dashboard, Section};
use crate::pages::status::Status;
use crate::pages::text::Saying;
use crate::pages::{Frame, Page};

/// A list of bookings.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/bookings.html")]
pub struct BookingsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// [`Section::Today`] or [`Section::Bookings`].
    pub dashboard: Dashboard,
    /// The date in the viewer's zone.
    pub today: Date,
    /// The filter as it was given.
    pub filter: Filter,
    /// What can be chosen as a host and as a service.
    pub hosts: Vec<Named>,
    /// The services.
    pub services: Vec<Named>,
    /// The bookings, in order of their start.
    pub rows: Vec<Row>,
    /// The address of the next page.
    pub more: Option<String>,
}

/// The filter, as typed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The name of one of the stored statuses; empty for all.
    pub status: String,
    /// A host's slug.
    pub host: String,
    /// A service's slug.
    pub service: String,
    /// First date.
    pub from: String,
    /// Last date.
    pub to: String,
    /// An address or a number.
    pub attendee: String,
}

/// Something with a slug and a title.
#[derive(Debug, Clone)]
pub struct Named {
    /// The slug.
    pub slug: String,
    /// The title.
    pub title: String,
}

/// One booking of the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// `bkg_…`
    pub id: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The lead's name.
    pub attendee: String,
    /// How many people are coming.
    pub party_size: u32,
    /// The service's title.
    pub service: String,
    /// The host's name.
    pub host: String,
    /// Where it stands.
    pub status: Status,
}

impl Page for BookingsPage {}

impl BookingsPage {
    fn heading(&self) -> String {
        let frame = &self.frame;
        match self.dashboard.section {
            Section::Today => (frame.text().admin.today_on)(&frame.visitor.date(self.today)),
            Section::Bookings
            | Section::Door
            | Section::Operations
            | Section::Connections
            | Section::Services
            | Section::Sources
            | Section::Explain
            | Section::Jobs
            | Section::Alerts => self.dashboard.title(frame.text()).to_owned(),
        }
    }

    fn is_today(&self) -> bool {
        self.dashboard.section == Section::Today
    }

    fn counted(&self) -> String {
        (self.frame.text().admin.counted)(self.rows.len())
    }

    fn nothing(&self) -> Saying {
        let words = &self.frame.text().admin;
        if self.is_today() { words.nothing_today } else { words.nothing_found }
    }

    fn date_of(&self, row: &Row) -> String {
        let visitor = &self.frame.visitor;
        visitor.date(visitor.date_of(row.start))
    }

    fn times_of(&self, row: &Row) -> String {
        self.frame.visitor.times(row.start, row.end)
    }

    fn zone(&self) -> String {
        let visitor = &self.frame.visitor;
        let now = visitor.zone().to_timestamp(self.today.at(12, 0, 0, 0));
        now.map_or_else(|_| visitor.zone_name().to_owned(), |noon| visitor.zone_label(noon))
    }
}
