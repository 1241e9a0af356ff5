//! Plain lists of the dashboard: services, sources, mass changes and alerts.

use askama::Template;

use super::Dashboard;
use crate::pages::text::{Saying, Text};
use crate::pages::{Frame, Page};

/// A table of words. What is in the columns is for whoever fills it in; the look is the same.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/listing.html")]
pub struct ListingPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<CellView>>,
    /// The address of the next page.
    pub more: Option<String>,
}

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// A service.
    Service,
    /// Its hosts.
    Hosts,
    /// How long it takes.
    Length,
    /// Its booking page.
    Page,
    /// A source.
    Source,
    /// The product that sends.
    Kind,
    /// Where it sends to.
    Hook,
    /// A mass change.
    Change,
    /// How it stands.
    Status,
    /// An incident.
    Incident,
    /// What it is about.
    About,
    /// When it began.
    Began,
    /// When and how it ended.
    Ended,
}

/// One cell.
#[derive(Debug, Clone)]
pub struct CellView {
    /// What it says.
    pub text: String,
    /// Where it leads: a path of ours.
    pub path: Option<String>,
}

impl Page for ListingPage {}

impl ListingPage {
    fn nothing(&self) -> Saying {
        self.frame.text().admin.nothing_here
    }

    /// Each cell with its column's title: on a phone a row is a card, and its cells need theirs.
    fn titled<'a>(&self, row: &'a [CellView]) -> Vec<(&'static str, &'a CellView)> {
        self.titles().into_iter().zip(row).collect()
    }

    fn titles(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.title(self.frame.text())).collect()
    }
}

impl Column {
    fn title(self, text: &'static Text) -> &'static str {
        let words = &text.admin;
        match self {
            Self::Service => words.service,
            Self::Hosts => text.common.with,
            Self::Length => text.common.length,
            Self::Page => words.booking_page,
            Self::Source => words.source_name,
            Self::Kind => words.kind,
            Self::Hook => words.hook,
            Self::Change => text.operations.change,
            Self::Status => text.common.status,
            Self::Incident => words.incident,
            Self::About => words.about,
            Self::Began => words.began,
            Self::Ended => words.ended,
        }
    }
}
