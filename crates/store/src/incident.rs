//! What operators have to hear of, and what each channel was told of it.
//!
//! An incident is opened and closed in the transaction of whatever it is about. Both leave one job,
//! which tells every configured channel what it does not know yet.

use domain::id::JobId;
use domain::incident::{IncidentKind, Moment};
use domain::{IncidentId, WorkspaceId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Task};
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// An incident that may have to be opened.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// Its identifier, if none of this kind and subject is open; also that of the job that tells of
    /// it, so that closing it needs none.
    pub id: IncidentId,
    /// What is wrong.
    pub kind: IncidentKind,
    /// With what.
    pub subject: String,
    /// A sentence or two for operators: what happened and what to do. Without personal data.
    pub summary: String,
}

impl NewIncident {
    /// One that a unit of work notices by itself: its identifier follows from what it is and when.
    pub(crate) fn noticed(
        kind: IncidentKind,
        subject: String,
        summary: String,
        now: Timestamp,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind.as_str().as_bytes());
        hash.update([0]);
        hash.update(subject.as_bytes());
        let digest = hash.finalize();
        let random = digest.first_chunk().expect("a digest has 32 bytes");
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let id = Builder::from_unix_timestamp_millis(millis, random).into_uuid();
        Self { id: IncidentId::new(id), kind, subject, summary }
    }
}

/// Opens an incident, unless one of its kind and subject is open. `true` when it is news.
pub async fn open(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    incident: &NewIncident,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "-- open_incident
        insert into incidents (workspace, id, kind, subject, summary, opened_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing";
    let params = params![
        workspace.0,
        incident.id.uuid(),
        incident.kind.as_str(),
        incident.subject.as_str(),
        incident.summary.as_str(),
        now,
    ];
    let news = tx.execute(sql, params).await? == 1;
    if news {
        enqueue_alert(tx, workspace, incident.id, now).await?;
    }
    Ok(news)
}

/// Closes the open incident of that kind and subject. `true` when there was one.
pub async fn close(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    kind: IncidentKind,
    subject: &str,
    resolution: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "-- close_incident
        update incidents set
            closed_at = case when opened_at > $5 then opened_at else $5 end, resolution = $4
         where workspace = $1 and kind = $2 and subject = $3 and closed_at is null
        returning id";
    let params = params![workspace.0, kind.as_str(), subject, resolution, now];
    let Some(mut row) = tx.find(sql, params).await? else { return Ok(false) };
    enqueue_alert(tx, workspace, IncidentId::new(row.take()?), now).await?;
    Ok(true)
}

async fn enqueue_alert(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    incident: IncidentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = JobId::new(incident.uuid());
    let job = NewJob { id, task: Task::Alert(incident), due_at: now, lease: None };
    job::enqueue(tx, workspace, &job, now).await?;
    Ok(())
}

/// Opens an incident by itself.
pub struct OpenIncident {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What.
    pub incident: NewIncident,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for OpenIncident {
    const NAME: &'static str = "incident.open";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        open(tx, self.workspace, &self.incident, self.now).await
    }
}

/// Closes an incident by itself.
pub struct CloseIncident {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What was wrong.
    pub kind: IncidentKind,
    /// With what.
    pub subject: String,
    /// How it ended, for operators.
    pub resolution: String,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for CloseIncident {
    const NAME: &'static str = "incident.close";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        close(tx, self.workspace, self.kind, &self.subject, &self.resolution, self.now).await
    }
}

/// Whether an incident of that kind and subject is open.
pub struct IsOpen {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What would be wrong.
    pub kind: IncidentKind,
    /// With what.
    pub subject: String,
}

impl UnitOfWork for IsOpen {
    const NAME: &'static str = "incident.is_open";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- is_incident_open
            select 1 from incidents
             where workspace = $1 and kind = $2 and subject = $3 and closed_at is null";
        let which = params![self.workspace.0, self.kind.as_str(), self.subject.as_str()];
        Ok(tx.find(sql, which).await?.is_some())
    }
}

/// A stored incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its identifier.
    pub id: IncidentId,
    /// What is wrong.
    pub kind: IncidentKind,
    /// With what.
    pub subject: String,
    /// What happened and what to do.
    pub summary: String,
    /// How it ended.
    pub resolution: Option<String>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
}

fn read(mut row: Row) -> Result<Incident, StoreError> {
    Ok(Incident {
        id: IncidentId::new(row.take()?),
        kind: row.take_as("an incident", |name: String| IncidentKind::named(&name))?,
        subject: row.take()?,
        summary: row.take()?,
        resolution: row.take()?,
        opened_at: row.take()?,
        closed_at: row.take()?,
    })
}

/// The incidents, newest first.
pub struct ListIncidents {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Those older than this one.
    pub before: Option<IncidentId>,
    /// The most.
    pub limit: i64,
}

impl UnitOfWork for ListIncidents {
    const NAME: &'static str = "incident.list";
    type Outcome = Vec<Incident>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_incidents
            select id, kind, subject, summary, resolution, opened_at, closed_at from incidents
             where workspace = $1 and id < $2
             order by id desc
             limit $3";
        let before = self.before.map_or(uuid::Uuid::max(), IncidentId::uuid);
        let rows = tx.query(sql, params![self.workspace.0, before, self.limit]).await?;
        rows.into_iter().map(read).collect()
    }
}

/// One way in which operators are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertChannel {
    /// A Slack webhook.
    Slack,
    /// PagerDuty's events.
    PagerDuty,
    /// A mail.
    Email,
}

impl AlertChannel {
    /// Its name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::PagerDuty => "pagerduty",
            Self::Email => "email",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Slack, Self::PagerDuty, Self::Email].into_iter().find(|it| it.as_str() == name)
    }
}

/// How far telling a channel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// It was begun; without more, nobody knows whether it arrived.
    Sending,
    /// The channel has it.
    Sent,
    /// The channel did not take it and will be asked again.
    NotSent,
    /// The channel refused it for good.
    Failed,
}

impl AlertState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Failed => "failed",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [Self::Sending, Self::Sent, Self::NotSent, Self::Failed];
        all.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether nothing more is to be done.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Failed)
    }
}

/// What a channel was told of a moment of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The channel.
    pub channel: AlertChannel,
    /// The moment.
    pub moment: Moment,
    /// How far it has come.
    pub state: AlertState,
    /// How often it was begun.
    pub tries: i64,
}

/// An incident with all that was told of it.
pub struct LoadAlerts {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub incident: IncidentId,
}

impl UnitOfWork for LoadAlerts {
    const NAME: &'static str = "incident.load_alerts";
    type Outcome = Option<(Incident, Vec<Alert>)>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let which = params![self.workspace.0, self.incident.uuid()];
        let sql = "-- find_incident
            select id, kind, subject, summary, resolution, opened_at, closed_at from incidents
             where workspace = $1 and id = $2";
        let Some(incident) = tx.find(sql, which).await?.map(read).transpose()? else {
            return Ok(None);
        };
        let sql = "-- list_alerts
            select channel, moment, state, tries from alerts
             where workspace = $1 and incident = $2";
        let alerts: Result<Vec<Alert>, StoreError> =
            tx.query(sql, which).await?.into_iter().map(read_alert).collect();
        Ok(Some((incident, alerts?)))
    }
}

fn read_alert(mut row: Row) -> Result<Alert, StoreError> {
    Ok(Alert {
        channel: row.take_as("an alert", |name: String| AlertChannel::named(&name))?,
        moment: row.take_as("an alert", |name: String| Moment::named(&name))?,
        state: row.take_as("an alert", |name: String| AlertState::named(&name))?,
        tries: row.take()?,
    })
}

/// Notes how far telling a channel has come: that it begins, before the call, and what came of it.
pub struct NoteAlert {
    /// Whose lease allows it.
    pub job: Job,
    /// Of which incident.
    pub incident: IncidentId,
    /// Which channel.
    pub channel: AlertChannel,
    /// Of which moment.
    pub moment: Moment,
    /// How far it has come.
    pub state: AlertState,
    /// Why it has not come further.
    pub error: Option<String>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for NoteAlert {
    const NAME: &'static str = "incident.note_alert";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let sql = "-- note_alert: a try is counted when it begins
            insert into alerts (
                workspace, incident, channel, moment, state, tries, error, created_at, updated_at
            )
            values ($1, $2, $3, $4, $5, 1, $6, $7, $7)
            on conflict (workspace, incident, channel, moment) do update set
                state = excluded.state, error = excluded.error, updated_at = excluded.updated_at,
                tries = alerts.tries + case when excluded.state = 'sending' then 1 else 0 end";
        let params = params![
            self.job.workspace.0,
            self.incident.uuid(),
            self.channel.as_str(),
            self.moment.as_str(),
            self.state.as_str(),
            self.error.clone(),
            self.now,
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}
