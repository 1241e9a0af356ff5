//! `/admin/jobs`: work that was given up, and may be tried again.

use askama::Template;
use jiff::Timestamp;

use super::Dashboard;
use crate::pages::text::Text;
use crate::pages::{Frame, Page};

/// The jobs that were given up.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/jobs.html")]
pub struct JobsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// The jobs, oldest first.
    pub rows: Vec<JobRow>,
}

/// A job that was given up.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// `job_…`
    pub id: String,
    /// `calendar`, `timer` or `notify`.
    pub kind: String,
    /// `bkg_…`
    pub booking: Option<String>,
    /// When it was given up.
    pub given_up_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it could not be done.
    pub error: Option<String>,
}

impl Page for JobsPage {}

impl JobsPage {
    fn moment(&self, at: &Timestamp) -> String {
        self.frame.visitor.moment(*at)
    }

    fn purpose(&self, job: &JobRow) -> String {
        purpose(&job.kind, self.frame.text())
    }
}

/// What a kind of job is for; the kind itself where we have no words for it.
pub(super) fn purpose(kind: &str, text: &'static Text) -> String {
    let words = &text.admin;
    match kind {
        "calendar" | "occurrence" => words.job_calendar.to_owned(),
        "notify" => words.job_notify.to_owned(),
        "timer" => words.job_timer.to_owned(),
        other => other.to_owned(),
    }
}
