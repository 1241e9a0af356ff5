//! The runner: takes due jobs, runs them beside each other, and waits for the next.

use std::sync::Arc;
use std::time::Duration;

use domain::host_news::HOST;
use domain::service::Channel;
use jiff::{SignedDuration, Timestamp};
use store::StoreError;
use store::job::{ClaimJobs, Job, NextDue, Postponement, Release, ReleaseLeases, Task};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{App, AppError};

/// How many jobs one process runs beside each other.
const AT_ONCE: usize = 32;
/// How long the runner waits at most before it looks again: other processes enqueue, too.
const SCAN: SignedDuration = SignedDuration::from_millis(500);
/// How often the setup's version is looked at. Together with [`SCAN`] that is less than a second.
const SETUP_LOOK: SignedDuration = SignedDuration::from_millis(400);
/// How often the clock is compared with the database's.
const CLOCK_LOOK: Duration = Duration::from_secs(30);
/// From this many tries on, the longest step of the backoff is no longer a minute.
const PATIENT_TRIES: i64 = 12;
/// It is this instead: when a provider comes back after hours, whoever waits for a confirmation,
/// and a booking that is about to be given up, notice within minutes.
const PATIENT_STEP: SignedDuration = SignedDuration::from_mins(5);

/// Runs an app's jobs until it is told to stop.
pub struct Runner {
    app: App,
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

impl Runner {
    /// A runner for an app.
    pub fn new(app: App) -> Self {
        Self { app, tasks: TaskTracker::new(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Takes over what a process before this one had begun. Where other processes may serve the same
    /// database, their leases stand, and those of a dead one run out.
    pub async fn take_over(&self) -> Result<(), AppError> {
        self.app.schedule_summaries(false).await?;
        if !self.app.store().is_alone() {
            return Ok(());
        }
        let released = self.app.store().write(ReleaseLeases).await?;
        if released > 0 {
            tracing::info!("{released} jobs were interrupted and go on");
        }
        Ok(())
    }

    /// Runs jobs until `stop`, then lets what has begun come to its end.
    pub async fn run(&self, stop: CancellationToken) {
        let time = tokio::spawn(keep_time(self.app.clone()));
        let others = self.app.store().listen();
        let mut setup_seen = Timestamp::MIN;
        if let Err(error) = self.app.ensure_calendar_jobs().await {
            tracing::error!("calendars are not read until the setup changes: {error}");
        }
        while !stop.is_cancelled() {
            // Somebody else's `apply` is noticed within a second, also while nothing is due.
            if self.app.clock().now().duration_since(setup_seen) >= SETUP_LOOK {
                setup_seen = self.app.clock().now();
                if let Err(error) = self.app.reload_if_stale().await {
                    tracing::error!("the setup could not be looked at: {error}");
                }
            }
            let next = match self.start_due().await {
                Ok(0) => self.next_look().await,
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!("jobs could not be taken: {error}");
                    self.app.clock().now() + SCAN
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.0.wake.notified() => {}
                () = others.heard() => {}
                () = self.app.clock().sleep_until(next) => {}
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
        self.app.idle().await;
        time.abort();
    }

    /// Starts what is due, as far as there are places. Says how many.
    async fn start_due(&self) -> Result<usize, StoreError> {
        let free = self.places.available_permits();
        if free == 0 {
            let _place = self.places.acquire().await;
            return Ok(1);
        }
        let jobs = self.app.claim_jobs(i64::try_from(free).unwrap_or(1)).await?;
        let started = jobs.len();
        for job in jobs {
            let place = self.places.clone().acquire_owned().await;
            let app = self.app.clone();
            self.tasks.spawn(async move {
                app.run_job(job).await;
                drop(place);
                app.wake_runner();
            });
        }
        Ok(started)
    }

    async fn next_look(&self) -> Timestamp {
        let scan = self.app.clock().now() + SCAN;
        match self.app.store().read(NextDue).await {
            Ok(Some(due)) => due.min(scan),
            Ok(None) | Err(_) => scan,
        }
    }
}

/// Without the database nothing happens anyway: a comparison that fails can wait for the next.
async fn keep_time(app: App) {
    loop {
        tokio::time::sleep(CLOCK_LOOK).await;
        if let Err(error) = app.clock().correct(app.store()).await {
            tracing::debug!("the database's clock could not be read: {error}");
        }
    }
}

impl App {
    async fn claim_jobs(&self, limit: i64) -> Result<Vec<Job>, StoreError> {
        let unit = ClaimJobs { now: self.clock().now(), lease: self.lease(), limit };
        self.store().write(unit).await
    }

    /// Runs every job that is due now, and those that they leave behind, until none is. For tests
    /// and for commands: the server has a [`Runner`].
    pub async fn run_due_jobs(&self) -> Result<usize, AppError> {
        let mut ran = 0;
        loop {
            let jobs = self.claim_jobs(100).await?;
            if jobs.is_empty() {
                return Ok(ran);
            }
            for job in jobs {
                self.run_job(job).await;
                ran += 1;
            }
        }
    }

    /// Runs a job whose lease this process took with the change that called for it. It lives on
    /// when whoever asked for the change goes away.
    pub(crate) fn run_at_once(&self, job: Job) {
        let app = self.clone();
        self.0.at_once.spawn(async move {
            app.run_job(job).await;
            app.wake_runner();
        });
    }

    /// Waits until no job runs at once for a caller any more.
    pub async fn idle(&self) {
        self.0.at_once.close();
        self.0.at_once.wait().await;
    }

    /// When the next job is due.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, AppError> {
        Ok(self.store().read(NextDue).await?)
    }

    pub(crate) async fn run_job(&self, job: Job) {
        let task = job.task.clone();
        let begun = self.clock().now();
        let outcome = match &task {
            Task::Calendar(booking) => self.converge(job.clone(), *booking).await,
            Task::Timer(booking) => self.run_timer(job.clone(), *booking).await,
            Task::Notify { booking, position, channel } => {
                self.notify(job.clone(), *booking, *position, *channel).await
            }
            Task::Answer(sid) => self.answer_text(job.clone(), sid.clone()).await,
            Task::TextInbox => self.look_into_text_inbox(job.clone()).await,
            Task::Occurrence(occurrence) => {
                self.converge_occurrence(job.clone(), *occurrence).await
            }
            Task::Line { service, start } => {
                self.serve_line(job.clone(), service.clone(), *start).await
            }
            Task::Reach(booking) => self.judge_reach(job.clone(), *booking).await,
            Task::DailySummary(host) => self.send_summary(job.clone(), host.clone()).await,
            Task::NotifyHost(booking) => {
                self.notify(job.clone(), *booking, HOST, Channel::Email).await
            }
            Task::Sync(calendar) => self.sync(job.clone(), calendar).await,
            Task::Watch(calendar) => self.watch(job.clone(), calendar).await,
            Task::Operation(operation) => self.carry_out_operation(job.clone(), *operation).await,
            Task::Alert(incident) => self.tell_operators(job.clone(), *incident).await,
        };
        let (kind, subject) = (task.kind(), task.subject());
        let duration_ms = self.clock().now().duration_since(begun).as_millis();
        match outcome {
            Ok(()) => {
                tracing::debug!(
                    job.kind = kind,
                    job.subject = subject,
                    job.attempt = job.attempt,
                    duration_ms,
                    "ran {task:?}"
                );
            }
            // Somebody else has it now, and what we did is theirs to find.
            Err(AppError::Store(StoreError::LeaseLost)) => {
                tracing::info!(
                    job.kind = kind,
                    job.subject = subject,
                    "lost the lease of {task:?}"
                );
            }
            Err(error) => {
                tracing::error!(job.kind = kind, job.subject = subject, "{task:?} failed: {error}");
                let postponement = Some(self.later(&job));
                let unit = Release { job, postponement, error: Some(error.to_string()) };
                if let Err(error) = self.store().write(unit).await {
                    tracing::error!("its lease will run out: {error}");
                }
            }
        }
    }

    /// When a job that could not be done is tried again: twice as late each time, up to a minute,
    /// and after many tries up to five; jittered, so that many do not come back together.
    pub(crate) fn later(&self, job: &Job) -> Postponement {
        let longest =
            if job.attempt < PATIENT_TRIES { SignedDuration::from_mins(1) } else { PATIENT_STEP };
        let doublings = u32::try_from(job.attempt.clamp(1, 20) - 1).unwrap_or(0);
        let base = self.settings().retry_base;
        let step = base.checked_mul(1 << doublings).unwrap_or(longest).min(longest);
        let jittered = step.mul_f64(0.5 + self.ids().fraction() / 2.0);
        Postponement::Until(self.clock().now() + jittered)
    }
}
