//! The list of a host's day, by mail, to those who asked for it.

use domain::booking::BookingState;
use domain::time::LocalMoment;
use domain::{Booking, Host, HostId, Interval};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use providers::ProviderError;
use providers::mail::{Mail, MailAddress};
use store::booking::{BookingFilter, ListBookings};
use store::daily_summary::{BeginSummary, EndSummary, ScheduleSummaries, SummaryOutcome};
use store::job::{Job, NewJob, Postponement, Release, Task};

use super::Content;
use crate::{App, AppError};

/// A list that comes later than this helps nobody through the day.
const LATE: SignedDuration = SignedDuration::from_hours(4);
/// More than anybody has on one day.
const MOST: i64 = 500;

impl App {
    /// Sees to it that every host who wants it gets the list of their day. `anew` when the setup
    /// changed, so that another time of day counts.
    pub(crate) async fn schedule_summaries(&self, anew: bool) -> Result<(), AppError> {
        let (setup, now) = (self.setup(), self.clock().now());
        let jobs: Vec<NewJob> = setup
            .setup
            .hosts()
            .filter_map(|host| {
                let due_at = next_at(host, host.news.daily_summary?, now)?;
                let task = Task::DailySummary(host.id.clone());
                Some(NewJob { id: self.ids().job(), task, due_at, lease: None })
            })
            .collect();
        if jobs.is_empty() {
            return Ok(());
        }
        let unit = ScheduleSummaries { workspace: self.workspace(), jobs, anew, now };
        Ok(self.store().write(unit).await?)
    }

    /// Sends one host the list of today, once.
    pub(crate) async fn send_summary(&self, job: Job, id: HostId) -> Result<(), AppError> {
        let (setup, now) = (self.setup(), self.clock().now());
        let wanted = setup.setup.host(&id).and_then(|host| {
            let at = host.news.daily_summary?;
            Some((host, at, host.email.clone()?, next_at(host, at, now)?))
        });
        let Some((host, at, address, next)) = wanted else {
            let unit = Release { job, postponement: None, error: None };
            return Ok(self.store().write(unit).await?);
        };
        let day = now.to_zoned(host.timezone.clone()).date();
        let due_at = moment(host, day, at);
        if due_at.is_none_or(|due_at| now < due_at) {
            let postponement = Some(Postponement::Resting(next));
            return Ok(self.store().write(Release { job, postponement, error: None }).await?);
        }
        let begin = BeginSummary { job: job.clone(), host: id.clone(), day, now };
        let begun = self.store().write(begin).await?;
        let late = due_at.is_some_and(|due_at| now.duration_since(due_at) > LATE);
        let (outcome, postponement, error) = if !begun {
            (None, Postponement::Resting(next), None)
        } else if late {
            (Some(SummaryOutcome::Skipped), Postponement::Resting(next), None)
        } else {
            self.hand_summary_over(&job, host, &address.to_string(), day, next).await?
        };
        let now = self.clock().now();
        let unit = EndSummary { job, host: id, day, outcome, postponement, error, now };
        Ok(self.store().write(unit).await?)
    }

    async fn hand_summary_over(
        &self,
        job: &Job,
        host: &Host,
        address: &str,
        day: Date,
        next: Timestamp,
    ) -> Result<(Option<SummaryOutcome>, Postponement, Option<String>), AppError> {
        let Some((relay, from)) = &self.providers().mail else {
            return Ok((Some(SummaryOutcome::Failed), Postponement::Resting(next), None));
        };
        let Some(today) = whole_day(host, day) else {
            return Ok((Some(SummaryOutcome::Skipped), Postponement::Resting(next), None));
        };
        let content = Content::of_day(host, today, &self.stands_on(&host.id, today).await?);
        let domain = from.address.rsplit_once('@').map_or("doorstep.invalid", |(_, domain)| domain);
        let mail = Mail {
            message_id: format!("<day.{}.{day}@{domain}>", host.id),
            reference: format!("day/{}/{day}", host.id),
            date: self.clock().now(),
            from: from.clone(),
            to: MailAddress { name: content.recipient_name.clone(), address: address.to_owned() },
            reply_to: None,
            subject: content.subject.clone(),
            text: content.plain(),
            html: content.html(),
            calendar: None,
            in_reply_to: None,
            unsubscribe: Some(format!("mailto:{}?subject=unsubscribe", from.address)),
        };
        let call = relay.send(&self.providers().http, &mail).await;
        Ok(match call.outcome {
            Ok(_) => (Some(SummaryOutcome::Sent), Postponement::Resting(next), None),
            Err(
                error @ (ProviderError::Undeliverable { .. }
                | ProviderError::Refused { .. }
                | ProviderError::Invalid { .. }),
            ) => {
                let said = error.to_string();
                tracing::warn!(host.id = %host.id, "a daily summary cannot be delivered: {said}");
                (Some(SummaryOutcome::Failed), Postponement::Resting(next), Some(said))
            }
            Err(error) => {
                let (_, postponement) = self.after_error(job, &error);
                let again = postponement.unwrap_or_else(|| self.later(job));
                (None, again, Some(error.to_string()))
            }
        })
    }

    async fn stands_on(&self, host: &HostId, day: Interval) -> Result<Vec<Booking>, AppError> {
        let filter = BookingFilter {
            status: Some(BookingState::Confirmed { change: None }.status().to_owned()),
            host: Some(host.clone()),
            from: Some(day.start()),
            to: Some(day.end()),
            ..BookingFilter::default()
        };
        let unit = ListBookings { workspace: self.workspace(), filter, after: None, limit: MOST };
        let found = self.store().read(unit).await?;
        Ok(found.into_iter().map(|stored| stored.booking).collect())
    }
}

fn moment(host: &Host, day: Date, at: Time) -> Option<Timestamp> {
    Some(LocalMoment::resolve(day.to_datetime(at), &host.timezone)?.by_calendar_rule())
}

/// The first time after now.
fn next_at(host: &Host, at: Time, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(host.timezone.clone()).date();
    let first = moment(host, today, at).filter(|moment| *moment > now);
    first.or_else(|| moment(host, today.tomorrow().ok()?, at))
}

fn whole_day(host: &Host, day: Date) -> Option<Interval> {
    let midnight = Time::midnight();
    Interval::new(moment(host, day, midnight)?, moment(host, day.tomorrow().ok()?, midnight)?)
}
