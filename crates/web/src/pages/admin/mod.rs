//! The dashboard: what is booked, what happened to it, and whether the calendars answer.
//!
//! Not for configuration: that is the setup file's. A page here shows personal data, so every one
//! but the login belongs behind a session.

pub mod booking;
pub mod bookings;
pub mod connections;
pub mod door;
pub mod explain;
pub mod jobs;
pub mod listing;
pub mod login;
pub mod operations;

use super::text::Text;

/// What its pages have in common.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Where in the dashboard this is.
    pub section: Section,
    /// Whoever is signed in: the identifier of their key.
    pub signed_in: String,
}

/// The parts of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Today's bookings.
    Today,
    /// All bookings.
    Bookings,
    /// The starts of group services, with their doors.
    Door,
    /// Mass changes.
    Operations,
    /// Accounts at the providers.
    Connections,
    /// What can be booked.
    Services,
    /// Where requests come from.
    Sources,
    /// Why a start is or is not offered.
    Explain,
    /// Work that was given up.
    Jobs,
    /// What operators have to hear of.
    Alerts,
}

/// One link of the dashboard's navigation.
struct SectionLink {
    path: &'static str,
    title: &'static str,
    here: bool,
}

impl Section {
    const ALL: [Self; 10] = [
        Self::Today,
        Self::Bookings,
        Self::Door,
        Self::Operations,
        Self::Connections,
        Self::Services,
        Self::Sources,
        Self::Explain,
        Self::Jobs,
        Self::Alerts,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Today => "/admin",
            Self::Bookings => "/admin/bookings",
            Self::Door => "/admin/occurrences",
            Self::Operations => "/admin/operations",
            Self::Connections => "/admin/connections",
            Self::Services => "/admin/services",
            Self::Sources => "/admin/sources",
            Self::Explain => "/admin/explain",
            Self::Jobs => "/admin/jobs",
            Self::Alerts => "/admin/alerts",
        }
    }

    fn title(self, text: &'static Text) -> &'static str {
        let words = &text.admin;
        match self {
            Self::Today => words.today,
            Self::Bookings => words.bookings,
            Self::Door => text.door.starts,
            Self::Operations => text.operations.title,
            Self::Connections => words.connections,
            Self::Services => words.services,
            Self::Sources => words.sources,
            Self::Explain => text.explain.title,
            Self::Jobs => words.jobs,
            Self::Alerts => words.alerts,
        }
    }
}

impl Dashboard {
    fn links(&self, text: &'static Text) -> [SectionLink; 10] {
        Section::ALL.map(|section| SectionLink {
            path: section.path(),
            title: section.title(text),
            here: section == self.section,
        })
    }

    fn title(&self, text: &'static Text) -> &'static str {
        self.section.title(text)
    }
}
