//! Plain lists of the dashboard: services, sources, messages, alerts.

use askama::Template;

use super::Dashboard;
use crate::pages::text::Saying;
use crate::pages::{Frame, Page};

/// A table of words. What is in the columns is for whoever fills it in; the look is the same.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/listing.html")]
pub struct ListingPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// The columns' titles.
    pub columns: Vec<String>,
    /// The rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<CellView>>,
    /// The address of the next page.
    pub more: Option<String>,
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
    fn titled<'a>(&'a self, row: &'a [CellView]) -> Vec<(&'a str, &'a CellView)> {
        self.columns.iter().map(String::as_str).zip(row).collect()
    }
}
