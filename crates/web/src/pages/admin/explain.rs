//! `/admin/explain`: why a start of a service is or is not offered, rule by rule.

use askama::Template;

use super::Dashboard;
use super::bookings::Named;
use crate::pages::status::{Badge, Tone};
use crate::pages::text::Saying;
use crate::pages::{Frame, Page};

/// What was asked, and the answer.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/explain.html")]
pub struct ExplainPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// The services to choose from.
    pub services: Vec<Named>,
    /// What was asked, as it was typed.
    pub typed: Typed,
    /// What there is to say.
    pub answer: Answer,
}

/// The form's fields.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The service's slug.
    pub service: String,
    /// The date, where the service is.
    pub date: String,
    /// The time of day there; every start of the date without it.
    pub time: String,
}

/// What there is to say.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Nothing was asked yet.
    Nothing,
    /// What was typed is no service, date or time.
    NotUnderstood,
    /// Every start that the windows of the date hold.
    Day(Vec<StartRow>),
    /// One start, host by host.
    Start(Vec<HostView>),
}

/// A start of a day.
#[derive(Debug, Clone)]
pub struct StartRow {
    /// When, with its zone.
    pub at: String,
    /// Where it is explained rule by rule.
    pub path: String,
    /// The host's name.
    pub host: String,
    /// What speaks against it.
    pub against: Vec<String>,
}

/// What the rules say of a start with one host.
#[derive(Debug, Clone)]
pub struct HostView {
    /// The host's name.
    pub host: String,
    /// When it starts, where the host is.
    pub at: String,
    /// Every rule in force.
    pub rules: Vec<RuleView>,
}

/// What one rule says.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// The member of the setup file that it stands in, or `bookings` or `calendars`.
    pub rule: &'static str,
    /// What speaks against the start; nothing when the rule speaks for it.
    pub against: Vec<Against>,
}

/// What speaks against a start.
#[derive(Debug, Clone)]
pub struct Against {
    /// In words.
    pub why: String,
    /// What would change it.
    pub remedy: &'static str,
}

impl Page for ExplainPage {}

impl ExplainPage {
    fn nothing(&self) -> Option<Saying> {
        let words = &self.frame.text().explain;
        match &self.answer {
            Answer::NotUnderstood => Some(words.not_understood),
            Answer::Day(starts) if starts.is_empty() => Some(words.no_start),
            Answer::Start(hosts) if hosts.is_empty() => Some(words.no_start),
            Answer::Nothing | Answer::Day(_) | Answer::Start(_) => None,
        }
    }

    fn days(&self) -> &[StartRow] {
        match &self.answer {
            Answer::Day(starts) => starts,
            Answer::Nothing | Answer::NotUnderstood | Answer::Start(_) => &[],
        }
    }

    fn hosts(&self) -> &[HostView] {
        match &self.answer {
            Answer::Start(hosts) => hosts,
            Answer::Nothing | Answer::NotUnderstood | Answer::Day(_) => &[],
        }
    }

    fn badge(&self, is_offered: bool) -> Badge {
        let words = &self.frame.text().explain;
        if is_offered {
            Badge { tone: Tone::Good, word: words.offered }
        } else {
            Badge { tone: Tone::Bad, word: words.not_offered }
        }
    }

    fn verdict(&self, rule: &RuleView) -> Badge {
        let words = &self.frame.text().explain;
        if rule.against.is_empty() {
            Badge { tone: Tone::Quiet, word: words.speaks_for }
        } else {
            Badge { tone: Tone::Bad, word: words.speaks_against }
        }
    }
}

impl HostView {
    fn is_offered(&self) -> bool {
        self.rules.iter().all(|rule| rule.against.is_empty())
    }
}
