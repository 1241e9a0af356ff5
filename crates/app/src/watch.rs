//! Push: one open subscription to each calendar's changes, and what its notifications lead to.
//!
//! Without push polling alone reaches the same end, later. Notifications may come twice, late or
//! never, and anybody can send one: each only asks for a calendar to be read.

use std::time::Duration;

use domain::CalendarId;
use domain::watch::{Channel, ChannelState, Step, next_step};
use jiff::{SignedDuration, Timestamp};
use providers::google::{self, GoogleCalendar, NewChannel};
use providers::{Call, ProviderError};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use store::job::{Job, NewJob, Postponement, Release, Task};
use store::watch::{
    AskForChannel, EndWatch, ForgetChannel, ListChannels, ListChannelsOf, OpenChannel,
    TakeNotification,
};
use url::Url;

use crate::calendar::{CalendarError, GoogleRequest};
use crate::mirror::{is_read, source};
use crate::{App, AppError, CALL};

pub use store::watch::Notified;

/// How long a subscription is asked for. The provider may grant less.
const LIFE: Duration = Duration::from_hours(7 * 24);
/// Notifications that come within this time are read together.
const COALESCED: SignedDuration = SignedDuration::from_millis(750);
/// When a subscription is tried again that the provider will not have as asked for.
const REFUSED_REST: SignedDuration = SignedDuration::from_hours(1);
/// More steps than any calendar needs.
const STEPS: usize = 64;

/// A notification as it came.
#[derive(Debug, Clone)]
pub struct CalendarNotification {
    /// The subscription that it names.
    pub channel: String,
    /// The secret that came with it.
    pub token: SecretString,
    /// The provider's name of what is watched.
    pub resource_id: String,
    /// Whether it only says that notifications begin.
    pub is_beginning: bool,
}

impl App {
    /// Takes a notification that a calendar changed.
    pub async fn calendar_notified(
        &self,
        notification: CalendarNotification,
    ) -> Result<Notified, AppError> {
        let now = self.clock().now();
        let unit = TakeNotification {
            workspace: self.workspace(),
            channel: notification.channel,
            token_hash: hash(&notification.token),
            resource_id: notification.resource_id,
            is_beginning: notification.is_beginning,
            job_id: self.ids().job(),
            due_at: now + COALESCED,
            now,
        };
        let notified = self.store().write(unit).await?;
        if let Notified::Taken(calendar) = &notified {
            tracing::debug!(calendar.id = %calendar, "something changed in {calendar}");
            self.wake_runner();
        }
        Ok(notified)
    }

    /// Asks for a calendar's subscriptions to be looked after.
    pub(crate) fn watch_job(&self, calendar: CalendarId, due_at: Timestamp) -> NewJob {
        NewJob { id: self.ids().job(), task: Task::Watch(calendar), due_at, lease: None }
    }

    /// Sees to it that a calendar has the one subscription that it should have.
    pub(crate) async fn watch(&self, job: Job, id: &CalendarId) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let calendar = setup.setup.calendar(id).filter(|calendar| is_read(calendar));
        let calendar = calendar.filter(|_| self.settings().push);
        let wanted = calendar.map(source);
        for _ in 0..STEPS {
            let now = self.clock().now();
            let unit = ListChannels { workspace: job.workspace, calendar: id.clone() };
            let channels = self.store().read(unit).await?;
            let step = next_step(&channels, wanted.as_deref(), now);
            if job.lease.until.duration_since(now) < CALL && !matches!(step, Step::Done(_)) {
                return self.watch_later(job, Postponement::Until(now), None).await;
            }
            let taken = match (step, calendar) {
                (Step::Done(next_due_at), _) => {
                    let next_id = self.ids().job();
                    let unit = EndWatch { job, next_id, next_due_at, now };
                    return Ok(self.store().write(unit).await?);
                }
                (Step::Forget(channel), _) => self.forget_channel(&channel).await,
                (Step::Stop(channel), _) => self.stop_channel(&channel).await,
                (Step::Open, Some(calendar)) => self.open_channel(&job, calendar).await,
                (Step::Open, None) => Ok(()),
            };
            match taken {
                Ok(()) => {}
                Err(CalendarError::App(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(calendar.id = %id, "the changes of {id} are not pushed: {error}");
                    let postponement = self.after_unwatched(&job, &error);
                    return self.watch_later(job, postponement, Some(error.to_string())).await;
                }
            }
        }
        Err(AppError::Overtaken)
    }

    async fn watch_later(
        &self,
        job: Job,
        postponement: Postponement,
        error: Option<String>,
    ) -> Result<(), AppError> {
        let unit = Release { job, postponement: Some(postponement), error };
        Ok(self.store().write(unit).await?)
    }

    async fn open_channel(
        &self,
        job: &Job,
        calendar: &domain::Calendar,
    ) -> Result<(), CalendarError> {
        let address = Url::parse(&self.settings().url("/callbacks/google"));
        let Ok(address) = address else {
            let text = "our public address cannot be called".to_owned();
            return Err(CalendarError::NotConfigured(text));
        };
        let token = u128::from_be_bytes(self.ids().secret());
        let token = SecretString::from(format!("{token:032x}"));
        let (id, now) = (self.ids().uuid().to_string(), self.clock().now());
        let life = SignedDuration::try_from(LIFE).unwrap_or(REFUSED_REST);
        let unit = AskForChannel {
            job: job.clone(),
            calendar: calendar.id.clone(),
            channel: Channel {
                id: id.clone(),
                account: calendar.account.clone(),
                source: source(calendar),
                state: ChannelState::Asked,
                resource_id: None,
                created_at: now,
                expires_at: now + life,
            },
            token_hash: hash(&token),
        };
        self.store().write(unit).await?;
        let channel = NewChannel { id: id.clone(), address, token, lifetime: LIFE };
        let request = Watch { calendar: &calendar.calendar, channel: &channel };
        match self.google(&calendar.account, &request).await.outcome {
            Ok(open) => {
                let (job, resource_id) = (job.clone(), open.resource_id);
                let unit = OpenChannel { job, id, resource_id, expires_at: open.expires_at };
                Ok(self.store().write(unit).await?)
            }
            // The provider may have it: it is known by its row, and ends by itself.
            Err(error @ CalendarError::Provider(ProviderError::OutcomeUnknown(_))) => Err(error),
            Err(error) => {
                let unit = ForgetChannel { workspace: job.workspace, id };
                self.store().write(unit).await?;
                Err(error)
            }
        }
    }

    async fn stop_channel(&self, channel: &Channel) -> Result<(), CalendarError> {
        let Some(resource_id) = channel.resource_id.clone() else { return Ok(()) };
        let channel_there =
            google::Channel { id: channel.id.clone(), resource_id, expires_at: None };
        let stopped = self.google(&channel.account, &Stop(&channel_there)).await.outcome;
        match stopped {
            Err(error @ (CalendarError::App(_) | CalendarError::Wait(_))) => Err(error),
            Err(CalendarError::Provider(
                error @ (ProviderError::OutcomeUnknown(_)
                | ProviderError::Throttled { .. }
                | ProviderError::QuotaExceeded
                | ProviderError::TryLater { .. }
                | ProviderError::NotSent(_)),
            )) => Err(CalendarError::Provider(error)),
            // It is not there, or nobody of ours may stop it any more: it ends by itself, and what
            // it still says is unknown to us.
            Ok(())
            | Err(
                CalendarError::Provider(_)
                | CalendarError::Disconnected(_)
                | CalendarError::NotConfigured(_),
            ) => self.forget_channel(channel).await,
        }
    }

    async fn forget_channel(&self, channel: &Channel) -> Result<(), CalendarError> {
        let unit = ForgetChannel { workspace: self.workspace(), id: channel.id.clone() };
        Ok(self.store().write(unit).await?)
    }

    /// Stops everything that an account watches, while it can still do so. What cannot be stopped
    /// ends by itself.
    pub(crate) async fn stop_watching(&self, account: &str) -> Result<(), AppError> {
        let unit = ListChannelsOf { workspace: self.workspace(), account: account.to_owned() };
        for channel in self.store().read(unit).await? {
            match self.stop_channel(&channel).await {
                Ok(()) => {}
                Err(CalendarError::App(error)) => return Err(error),
                Err(error) => tracing::warn!("a subscription was not stopped: {error}"),
            }
        }
        Ok(())
    }

    fn after_unwatched(&self, job: &Job, error: &CalendarError) -> Postponement {
        let now = self.clock().now();
        match error {
            CalendarError::Wait(at) => Postponement::Paced(*at),
            CalendarError::Disconnected(connection) => Postponement::Parked(*connection),
            CalendarError::Provider(
                ProviderError::Refused { .. }
                | ProviderError::NotFound
                | ProviderError::Gone { .. }
                | ProviderError::Invalid { .. }
                | ProviderError::Misconfigured { .. }
                | ProviderError::QuotaExceeded,
            ) => Postponement::Until(now + REFUSED_REST),
            CalendarError::Provider(_)
            | CalendarError::NotConfigured(_)
            | CalendarError::App(_) => self.later(job),
        }
    }
}

fn hash(token: &SecretString) -> Vec<u8> {
    use secrecy::ExposeSecret;
    Sha256::digest(token.expose_secret().as_bytes()).to_vec()
}

struct Watch<'a> {
    calendar: &'a str,
    channel: &'a NewChannel,
}

impl GoogleRequest for Watch<'_> {
    const KIND: &'static str = "calendar.watch";
    type Answer = google::Channel;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<google::Channel> {
        google.watch_events(self.calendar, self.channel).await
    }
}

struct Stop<'a>(&'a google::Channel);

impl GoogleRequest for Stop<'_> {
    const KIND: &'static str = "calendar.stop_watching";
    type Answer = ();

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<()> {
        google.stop_channel(self.0).await
    }
}
