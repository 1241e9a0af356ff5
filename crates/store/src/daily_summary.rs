//! The list of a host's day: one mail a day, whatever restarts in between.

use domain::{HostId, WorkspaceId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Postponement};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Asks for summaries.
pub struct ScheduleSummaries {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// A job for each host.
    pub jobs: Vec<NewJob>,
    /// Whether their time replaces one that was set before: somebody chose another. At a start it
    /// does not, since what was missed is still due.
    pub anew: bool,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for ScheduleSummaries {
    const NAME: &'static str = "daily_summary.schedule";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        for job in &self.jobs {
            if self.anew {
                job::schedule(tx, self.workspace, job, self.now).await?;
            } else {
                job::enqueue(tx, self.workspace, job, self.now).await?;
            }
        }
        Ok(())
    }
}

/// Notes that a day's summary is about to be sent. `false` when it was sent, or dropped.
pub struct BeginSummary {
    /// Whose lease allows it.
    pub job: Job,
    /// For whom.
    pub host: HostId,
    /// Of which day.
    pub day: Date,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for BeginSummary {
    const NAME: &'static str = "daily_summary.begin";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let sql = "-- begin_summary: one whose answer was lost is sent again
            insert into daily_summaries (workspace, host, day, state, created_at, updated_at)
            values ($1, $2, $3, 'sending', $4, $4)
            on conflict (workspace, host, day) do update set updated_at = excluded.updated_at
             where daily_summaries.state = 'sending'
            returning 1";
        let (workspace, day) = (self.job.workspace.0, self.day.to_string());
        let params = params![workspace, self.host.as_str(), day, self.now];
        Ok(tx.find(sql, params).await?.is_some())
    }
}

/// Notes what came of a day's summary, together with what becomes of the job.
pub struct EndSummary {
    /// Whose lease allows it.
    pub job: Job,
    /// For whom.
    pub host: HostId,
    /// Of which day.
    pub day: Date,
    /// What came of it; `None` while it is to be tried again.
    pub outcome: Option<SummaryOutcome>,
    /// When the job goes on.
    pub postponement: Postponement,
    /// What the operator should read.
    pub error: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// What came of a day's summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryOutcome {
    /// The provider has it.
    Sent,
    /// It cannot be delivered.
    Failed,
    /// The day had gone on too long.
    Skipped,
}

impl SummaryOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl UnitOfWork for EndSummary {
    const NAME: &'static str = "daily_summary.end";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        if let Some(outcome) = self.outcome {
            let sql = "-- end_summary
                update daily_summaries set state = $4, updated_at = $5
                 where workspace = $1 and host = $2 and day = $3 and state = 'sending'";
            let (workspace, day) = (self.job.workspace.0, self.day.to_string());
            let params = params![workspace, self.host.as_str(), day, outcome.as_str(), self.now];
            tx.execute(sql, params).await?;
        }
        job::postpone(tx, &self.job, &self.postponement, self.error.as_deref()).await
    }
}
