//! `/admin/operations/{id}`: a mass change, how far it has come, and what came of each booking.

use askama::Template;
use domain::operation::{Outcome, Progress};
use jiff::Timestamp;

use super::Dashboard;
use crate::pages::status::{Badge, Tone};
use crate::pages::{Frame, Page};

/// One mass change.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/operation.html")]
pub struct OperationPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where in the dashboard it is.
    pub dashboard: Dashboard,
    /// `opr_…`
    pub id: String,
    /// What is done to each booking.
    pub change: Change,
    /// Which bookings.
    pub narrowed: Vec<(Narrowing, String)>,
    /// How far it has come.
    pub progress: Progress,
    /// It only says what would happen.
    pub dry_run: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// How many bookings it is about.
    pub total: usize,
    /// How many are as was asked.
    pub done: usize,
    /// How many could not be.
    pub failed: usize,
    /// A piece of its bookings, in the order in which they are taken.
    pub items: Vec<ItemRow>,
    /// The address of the next piece.
    pub more: Option<String>,
    /// Whether the page may load itself again: people can stop it.
    pub updates: bool,
}

/// What is done to each booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It gets another time.
    Move {
        /// How far away, such as `1h`.
        length: String,
        /// Before its time, not after it.
        earlier: bool,
    },
    /// Another host gets it.
    Rehost {
        /// Who.
        host: String,
    },
    /// It is called off.
    Cancel,
    /// It is described anew.
    Update {
        /// The new title.
        title: Option<String>,
        /// The new place.
        location: Option<String>,
    },
    /// Something that this version does not know.
    Other(String),
}

/// What narrows down which bookings a mass change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrowing {
    /// Their host.
    Host,
    /// Their service.
    Service,
    /// The first start.
    From,
    /// Before which start.
    To,
    /// Their status.
    Status,
    /// Why: it narrows nothing, and stands with the rest.
    Reason,
}

/// One booking of it.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// `bkg_…`
    pub booking: String,
    /// When it is to start.
    pub wanted: Option<Timestamp>,
    /// With whom.
    pub host: String,
    /// It was begun.
    pub begun: bool,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

impl Page for OperationPage {}

impl Change {
    /// In a few words.
    pub(crate) fn words(&self, frame: &Frame) -> String {
        let words = &frame.text().operations;
        match self {
            Self::Move { length, earlier: false } => (words.later)(length),
            Self::Move { length, earlier: true } => (words.earlier)(length),
            Self::Rehost { host } => (words.rehost)(host),
            Self::Cancel => words.cancel.to_owned(),
            Self::Update { title, location } => {
                let title = title.as_deref().map(words.retitle);
                let place = location.as_deref().map(words.relocate);
                title.into_iter().chain(place).collect::<Vec<_>>().join("; ")
            }
            Self::Other(action) => action.clone(),
        }
    }
}

/// The word for how far an operation has come, which a dry run does at once.
pub(crate) fn progress_word(progress: Progress, dry_run: bool, frame: &Frame) -> &'static str {
    let words = &frame.text().operations;
    match progress {
        Progress::Done if dry_run => words.tried,
        Progress::Running => words.running,
        Progress::Paused => words.paused,
        Progress::Done => words.done,
    }
}

impl OperationPage {
    fn title(&self) -> String {
        self.change.words(&self.frame)
    }

    fn badge(&self) -> Badge {
        let tone = match self.progress {
            Progress::Running => Tone::Waiting,
            Progress::Paused => Tone::Quiet,
            Progress::Done => Tone::Good,
        };
        Badge { tone, word: progress_word(self.progress, self.dry_run, &self.frame) }
    }

    fn is_running(&self) -> bool {
        self.progress == Progress::Running
    }

    fn is_paused(&self) -> bool {
        self.progress == Progress::Paused
    }

    fn ended(&self) -> usize {
        self.done + self.failed
    }

    fn counted(&self) -> String {
        (self.frame.text().operations.ended_of)(self.ended(), self.total)
    }

    fn not_as_asked(&self) -> Option<String> {
        (self.failed > 0).then(|| (self.frame.text().operations.failed_of)(self.failed))
    }

    fn moment(&self, at: &Timestamp) -> String {
        self.frame.visitor.moment(*at)
    }

    fn labelled(&self) -> Vec<(&'static str, &str)> {
        let text = self.frame.text();
        let labelled = self.narrowed.iter().map(|(narrowing, value)| {
            let label = match narrowing {
                Narrowing::Host => text.admin.host,
                Narrowing::Service => text.admin.service,
                Narrowing::From => text.admin.filter_from,
                Narrowing::To => text.admin.filter_to,
                Narrowing::Status => text.common.status,
                Narrowing::Reason => text.operations.reason,
            };
            (label, value.as_str())
        });
        labelled.collect()
    }

    fn outcome(&self, item: &ItemRow) -> Badge {
        let words = &self.frame.text().operations;
        let (tone, word) = match item.outcome {
            Some(Outcome::Done) => (Tone::Good, words.as_asked),
            Some(Outcome::Conflict) => (Tone::Bad, words.conflict),
            Some(Outcome::AlreadyOver) => (Tone::Quiet, words.already_over),
            Some(Outcome::Failed) => (Tone::Bad, words.failed),
            None if item.begun => (Tone::Waiting, words.under_way),
            None => (Tone::Quiet, words.waits),
        };
        Badge { tone, word }
    }
}
