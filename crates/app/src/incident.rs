//! Incidents: what operators have to hear of, opened and closed where it is noticed.

mod alert;

use domain::IncidentId;
use domain::incident::IncidentKind;
use providers::alert::{PagerDuty, Slack};
use store::incident::{CloseIncident, ListIncidents, OpenIncident};
use store::job::Postponement;

use crate::{App, AppError};

pub use store::incident::{Incident, NewIncident};

/// Where operators hear of incidents: any number of channels together.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// A Slack channel.
    pub slack: Option<Slack>,
    /// A PagerDuty service.
    pub pagerduty: Option<PagerDuty>,
    /// An address, written to through our mail relay.
    pub email: Option<String>,
}

impl App {
    /// The incidents, newest first, after those that were seen.
    pub async fn list_incidents(
        &self,
        before: Option<IncidentId>,
        limit: i64,
    ) -> Result<Vec<Incident>, AppError> {
        let unit = ListIncidents { workspace: self.workspace(), before, limit };
        Ok(self.store().read(unit).await?)
    }

    /// An incident for a unit of work that opens it together with what it is about.
    pub fn incident(
        &self,
        kind: IncidentKind,
        subject: impl Into<String>,
        summary: impl Into<String>,
    ) -> NewIncident {
        let id = self.ids().incident();
        NewIncident { id, kind, subject: subject.into(), summary: summary.into() }
    }

    /// Opens an incident by itself; of the same kind and subject one is open at most. `true` when
    /// it is news.
    pub async fn open_incident(
        &self,
        kind: IncidentKind,
        subject: impl Into<String>,
        summary: impl Into<String>,
    ) -> Result<bool, AppError> {
        let incident = self.incident(kind, subject, summary);
        let subject = incident.subject.clone();
        let now = self.clock().now();
        let unit = OpenIncident { workspace: self.workspace(), incident, now };
        let news = self.store().write(unit).await?;
        if news {
            tracing::error!(
                incident.kind = kind.as_str(),
                incident.subject = subject,
                "{}",
                kind.title()
            );
            self.wake_runner();
        }
        Ok(news)
    }

    /// Closes the incident of that kind and subject. `true` when one was open.
    pub async fn close_incident(
        &self,
        kind: IncidentKind,
        subject: &str,
        resolution: &str,
    ) -> Result<bool, AppError> {
        let unit = CloseIncident {
            workspace: self.workspace(),
            kind,
            subject: subject.to_owned(),
            resolution: resolution.to_owned(),
            now: self.clock().now(),
        };
        let was_open = self.store().write(unit).await?;
        if was_open {
            tracing::info!(
                incident.kind = kind.as_str(),
                incident.subject = subject,
                "over: {}",
                kind.title()
            );
            self.wake_runner();
        }
        Ok(was_open)
    }

    /// Gives up a job: a visible state with a button, of which operators hear.
    pub(crate) fn giving_up(&self) -> Postponement {
        Postponement::GivenUp { at: self.clock().now(), incident: self.ids().incident() }
    }
}
