//! Reading calendars ahead: what somebody asks about is answered from what was read, and what hosts
//! do in their calendars is noticed.
//!
//! A calendar's job is always there: it reads what is new, and is due again at the next poll, or
//! when the provider says that something changed.

mod read;

use std::sync::Arc;

use domain::mirror::{Pass, next_pass};
use domain::{Calendar, CalendarId, Host, HostId, Interval, Provider};
use jiff::{SignedDuration, Timestamp};
use providers::ProviderError;
use serde_json::json;
use store::job::{Job, NewJob, Postponement, Release, Task};
use store::mirror::{BeginPass, Begun, EndPass, ForgetMirror, Listed, LoadMirror, NoteReading};

use crate::calendar::{CalendarError, Freedom};
use crate::setup::Setup;
use crate::{App, AppError, SetupSnapshot};

use read::Listing;

/// How far ahead a calendar is read whose host gives no service yet.
const USUAL_HORIZON: SignedDuration = SignedDuration::from_hours(60 * 24);
/// Used up for hours, not seconds.
const QUOTA_REST: SignedDuration = SignedDuration::from_hours(1);

/// One run of a calendar's job.
struct Run<'a> {
    app: &'a App,
    job: Job,
    setup: Arc<SetupSnapshot>,
    calendar: &'a Calendar,
    host: &'a Host,
}

/// How a pass came out.
enum Passed {
    Done,
    /// What changed cannot be told from what is known: everything has to be listed.
    StartOver,
}

impl App {
    /// Asks for a calendar to be read.
    pub(crate) fn sync_job(&self, calendar: CalendarId, due_at: Timestamp) -> NewJob {
        NewJob { id: self.ids().job(), task: Task::Sync(calendar), due_at, lease: None }
    }

    /// Sees to it that every calendar is read and watched, also where an older version left none to
    /// do so, or watching was off.
    pub(crate) async fn ensure_calendar_jobs(&self) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let now = self.clock().now();
        let read = setup.setup.calendars().filter(|calendar| is_read(calendar));
        let jobs = read.flat_map(|calendar| {
            let id = || calendar.id.clone();
            [self.sync_job(id(), now), self.watch_job(id(), now)]
        });
        let jobs = jobs.collect();
        let unit = store::job::EnsureJobs { workspace: self.workspace(), jobs, now };
        Ok(self.store().write(unit).await?)
    }

    /// Reads what is new in a calendar.
    pub(crate) async fn sync(&self, job: Job, id: &CalendarId) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let found = setup.setup.calendar(id).filter(|calendar| is_read(calendar));
        let found = found.and_then(|found| Some((found, setup.setup.host(&found.host)?)));
        let Some((calendar, host)) = found else {
            let unit = ForgetMirror { job, calendar: id.clone(), now: self.clock().now() };
            return Ok(self.store().write(unit).await?);
        };
        let run = Run { app: self, job, setup: setup.clone(), calendar, host };
        let began_at = self.clock().now();
        match run.pass(began_at).await {
            Ok(()) => {
                self.wake_runner();
                Ok(())
            }
            // The lease is somebody else's now, and so is the calendar.
            Err(CalendarError::App(error)) => Err(error),
            Err(error) => run.rest(&error, began_at).await,
        }
    }

    /// What the mirror says of a stretch of a host's time, as long as every calendar's word is
    /// younger than `age`.
    pub(crate) async fn mirror_says(
        &self,
        setup: &Setup,
        host: &HostId,
        within: Interval,
        age: SignedDuration,
    ) -> Result<Option<Freedom>, AppError> {
        let calendars = read_busy_calendars(setup, host);
        let unit = LoadMirror { workspace: self.workspace(), calendars, within };
        let known = self.store().read(unit).await?;
        let now = self.clock().now();
        if known.readings.iter().any(|reading| reading.cached_until(age, now).is_none()) {
            return Ok(None);
        }
        let busy = known.busy.iter().any(|busy| busy.interval.overlaps(within));
        Ok(Some(if busy { Freedom::Busy } else { Freedom::Free }))
    }

    /// Notes whether some calendars of one host answered a live check, when that is news or what was
    /// noted grows old.
    pub(crate) async fn note_reading(
        &self,
        setup: &Setup,
        calendars: &[(CalendarId, String)],
        answered: bool,
        at: Timestamp,
    ) -> Result<(), AppError> {
        let ids: Vec<CalendarId> = calendars.iter().map(|(id, _)| id.clone()).collect();
        let Some(within) = Interval::starting(at, SignedDuration::from_secs(1)) else {
            return Ok(());
        };
        let unit = LoadMirror { workspace: self.workspace(), calendars: ids, within };
        let known = self.store().read(unit).await?.readings;
        let fresh_since = at - self.settings().poll_interval / 2;
        let is_known = known.iter().all(|reading| {
            let is_fresh = reading.read_at.is_some_and(|read_at| read_at > fresh_since);
            if answered { !reading.is_failing && is_fresh } else { reading.is_failing }
        });
        let first = calendars.first().and_then(|(id, _)| setup.calendar(id));
        let (false, Some(first)) = (is_known, first) else { return Ok(()) };
        let sources = calendars.iter().filter_map(|(id, _)| setup.calendar(id));
        let unit = NoteReading {
            workspace: self.workspace(),
            host: first.host.clone(),
            calendars: sources.map(|found| (found.id.clone(), source(found))).collect(),
            answered,
            at,
        };
        Ok(self.store().write(unit).await?)
    }
}

/// Whether a calendar is one that has to be asked for what it holds.
pub(crate) fn is_read(calendar: &Calendar) -> bool {
    match calendar.provider {
        Provider::Google => true,
        Provider::Local => false,
    }
}

/// The calendars outside that block a host's time.
pub(crate) fn read_busy_calendars(setup: &Setup, host: &HostId) -> Vec<CalendarId> {
    let busy = setup.busy_calendars(host).filter(|calendar| is_read(calendar));
    busy.map(|calendar| calendar.id.clone()).collect()
}

/// What a calendar is at its provider: what was read of something else counts for nothing.
pub(crate) fn source(calendar: &Calendar) -> String {
    format!("{}/{}/{}", calendar.provider.as_str(), calendar.account, calendar.calendar)
}

impl Run<'_> {
    async fn pass(&self, began_at: Timestamp) -> Result<(), CalendarError> {
        let begin = BeginPass {
            job: self.job.clone(),
            calendar: self.calendar.id.clone(),
            host: self.host.id.clone(),
            source: source(self.calendar),
            now: self.app.clock().now(),
        };
        let begun = self.app.store().write(begin).await?;
        let (token, now) = (begun.sync_token.as_deref(), began_at);
        let due =
            next_pass(token.is_some(), begun.listed_at, begun.covers_until, self.horizon(), now);
        if let (Some(Pass::Changes), Some(token)) = (due, token) {
            match self.changes(&begun, token, began_at).await? {
                Passed::Done => return Ok(()),
                Passed::StartOver => tracing::info!(
                    calendar.id = %self.calendar.id, "listing all of {} anew", self.calendar.id
                ),
            }
        }
        match next_pass(false, None, None, self.horizon(), now) {
            Some(Pass::Everything(within)) => self.everything(&begun, within, began_at).await,
            Some(Pass::Changes) | None => Ok(()),
        }
    }

    /// How far ahead services of the host are offered.
    fn horizon(&self) -> SignedDuration {
        let services = self.setup.setup.services_of(&self.host.id);
        services.map(|service| service.rules.horizon).max().unwrap_or(USUAL_HORIZON)
    }

    /// Applies what changed, page by page.
    async fn changes(
        &self,
        begun: &Begun,
        token: &str,
        began_at: Timestamp,
    ) -> Result<Passed, CalendarError> {
        let Some(within) = begun.covers_until.and_then(|until| Interval::new(began_at, until))
        else {
            return Ok(Passed::StartOver);
        };
        let mut listing = Listing::of_changes(begun.pass, token, within);
        loop {
            match self.page(&mut listing).await {
                Ok(page) if page.has_series => return Ok(Passed::StartOver),
                Ok(page) if page.is_last => break,
                Ok(_) => {}
                // The token is no longer valid, or what we built with it is not what it was for.
                Err(CalendarError::Provider(
                    ProviderError::Gone { .. } | ProviderError::Refused { .. },
                )) => return Ok(Passed::StartOver),
                Err(error) => return Err(error),
            }
        }
        self.end(listing, None, began_at).await?;
        Ok(Passed::Done)
    }

    /// Lists everything beside what counts, which it replaces at its end.
    async fn everything(
        &self,
        begun: &Begun,
        within: Interval,
        began_at: Timestamp,
    ) -> Result<(), CalendarError> {
        let mut listing = Listing::of_everything(begun.pass + 1, within);
        while !self.page(&mut listing).await?.is_last {}
        self.end(listing, Some(within), began_at).await
    }

    async fn end(
        &self,
        listing: Listing,
        listed: Option<Interval>,
        began_at: Timestamp,
    ) -> Result<(), CalendarError> {
        let now = self.app.clock().now();
        let (pass, gone, found, sync_token) = listing.into_parts();
        let unit = EndPass {
            job: self.job.clone(),
            calendar: self.calendar.id.clone(),
            host: self.host.id.clone(),
            pass,
            sync_token,
            listed: listed.map(|within| Listed { within, found }),
            gone,
            blocks: self.calendar.is_busy(),
            note: self.app.entry(
                "booking.conflict",
                "",
                &json!({ "calendar": self.calendar.id.as_str() }),
            ),
            began_at,
            next_id: self.app.ids().job(),
            next_due_at: self.app.next_poll(now),
            look_ids: self.app.ids().job(),
            most_gone: self.app.settings().max_deletions_per_sync,
            now,
        };
        self.app.store().write(unit).await?;
        Ok(())
    }

    /// The calendar does not answer: that is noted, and it is asked again.
    async fn rest(&self, error: &CalendarError, at: Timestamp) -> Result<(), AppError> {
        tracing::warn!(
            calendar.id = %self.calendar.id,
            job.attempt = self.job.attempt,
            "{} cannot be read: {error}",
            self.calendar.id
        );
        let calendars = [(self.calendar.id.clone(), self.calendar.calendar.clone())];
        self.app.note_reading(&self.setup.setup, &calendars, false, at).await?;
        let unit = Release {
            job: self.job.clone(),
            postponement: Some(self.app.after_unread(&self.job, error)),
            error: Some(error.to_string()),
        };
        Ok(self.app.store().write(unit).await?)
    }
}

impl App {
    /// When a calendar is read next, if nobody says before that it changed: spread out, so that not
    /// all are read together, and never later than one poll.
    fn next_poll(&self, now: Timestamp) -> Timestamp {
        now + self.settings().poll_interval.mul_f64(0.75 + self.ids().fraction() / 4.0)
    }

    /// When a calendar that could not be read is asked again. It is never given up.
    fn after_unread(&self, job: &Job, error: &CalendarError) -> Postponement {
        let now = self.clock().now();
        match error {
            CalendarError::Wait(at) => Postponement::Paced(*at),
            CalendarError::Disconnected(connection) => Postponement::Parked(*connection),
            CalendarError::Provider(ProviderError::QuotaExceeded) => {
                Postponement::Until(now + QUOTA_REST)
            }
            CalendarError::Provider(ProviderError::Throttled { retry_after: Some(wait) }) => {
                let wait = SignedDuration::try_from(*wait).unwrap_or(QUOTA_REST);
                Postponement::Until(now + wait.min(QUOTA_REST))
            }
            CalendarError::Provider(_)
            | CalendarError::NotConfigured(_)
            | CalendarError::App(_) => self.later(job),
        }
    }
}
