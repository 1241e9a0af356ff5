//! Whether the lead of a booking is reached at all, and what follows if not.

use domain::booking::{Actor, Cancellation};
use domain::id::JobId;
use domain::incident::IncidentKind;
use domain::service::Channel;
use domain::undeliverable::{IfUndeliverable, Reached, Verdict, verdict};
use domain::{Booking, BookingId, WorkspaceId};
use jiff::Timestamp;

use crate::booking::{expect_updated, find_booking, update_booking};
use crate::claim;
use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::job::{self, Job, JobIds, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::{Leaving, leave};
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Looks at what became of the messages to the lead, and draws the conclusion.
pub struct JudgeReach {
    /// Whose lease allows it.
    pub job: Job,
    /// Which booking.
    pub booking: BookingId,
    /// The channels of its service.
    pub channels: Vec<Channel>,
    /// What its service chose.
    pub choice: IfUndeliverable,
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// Id of the calendar's job.
    pub calendar_job_id: JobId,
    /// What the timeline says if nobody is reached; its summary is completed here.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for JudgeReach {
    const NAME: &'static str = "booking.judge_reach";
    type Outcome = Verdict;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        let Some(booking) = find_booking(tx, workspace, self.booking).await? else {
            job::finish(tx, &self.job).await?;
            return Ok(Verdict::Reachable);
        };
        let mut reached = Vec::new();
        for channel in ways(&self.channels) {
            if booking.lead().is_reachable_by(channel) {
                reached.push(self.reached(tx, channel).await?);
            }
        }
        let knew = self.knew(tx).await?;
        let verdict = verdict(&booking, self.choice, &reached, knew);
        match verdict {
            Verdict::Reachable => {}
            Verdict::Mark => self.mark(tx, &booking).await?,
            Verdict::Cancel => self.cancel(tx, booking).await?,
        }
        job::finish(tx, &self.job).await?;
        Ok(verdict)
    }
}

impl JudgeReach {
    async fn reached(&self, tx: &mut impl Tx, channel: Channel) -> Result<Reached, StoreError> {
        let workspace = self.job.workspace;
        let task = Task::Notify { booking: self.booking, position: 0, channel };
        let sql = "-- is_still_being_told
            select 1 from jobs
             where workspace = $1 and kind = 'notify' and subject = $2 and given_up_at is null
               and (attempt > 0 or due_at <= $3
                    -- Whoever counts as told only rests until the next reminder.
                    or not exists (
                        select 1 from tellings
                         where tellings.workspace = jobs.workspace and booking = $4
                           and position = 0 and channel = $5
                           and (told <> 'asked' or asked_starts_at is not null)))";
        let (subject, booking) = (task.subject(), self.booking.uuid());
        let params = params![workspace.0, subject, self.now, booking, channel.as_str()];
        if tx.find(sql, params).await?.is_some() {
            return Ok(Reached::Open);
        }
        let sql = "-- latest_message_to_lead
            select state from messages
             where workspace = $1 and booking = $2 and position = 0 and channel = $3
             order by id desc
             limit 1";
        let params = params![workspace.0, self.booking.uuid(), channel.as_str()];
        let Some(mut row) = tx.find(sql, params).await? else { return Ok(Reached::Open) };
        let state: String = row.take()?;
        Ok(match state.as_str() {
            "undelivered" | "failed" => Reached::No,
            "sent" | "delivered" => Reached::Yes,
            _ => Reached::Open,
        })
    }

    /// Whether the lead ever heard that the booking stands.
    async fn knew(&self, tx: &mut impl Tx) -> Result<bool, StoreError> {
        let sql = "-- lead_knew
            select 1 from messages
             where workspace = $1 and booking = $2 and position = 0
               and told = 'stands' and state in ('sent', 'delivered')
             limit 1";
        let params = params![self.job.workspace.0, self.booking.uuid()];
        Ok(tx.find(sql, params).await?.is_some())
    }

    async fn mark(&self, tx: &mut impl Tx, booking: &Booking) -> Result<(), StoreError> {
        let sql = "-- mark_unreached
            update bookings set unreached_at = $3
             where workspace = $1 and id = $2 and unreached_at is null";
        let params = params![self.job.workspace.0, booking.id.uuid(), self.now];
        if tx.execute(sql, params).await? == 0 {
            return Ok(()); // The host knows.
        }
        self.note(tx, "No message reaches the lead; the booking is kept and the host told").await?;
        let summary = format!(
            "No message reaches the lead of booking {}, on any channel that the service uses. The \
             booking is kept and its host told; its timeline says what was tried.",
            booking.id
        );
        let (kind, subject) = (IncidentKind::Undeliverable, booking.id.to_string());
        let incident = NewIncident::noticed(kind, subject, summary, self.now);
        incident::open(tx, self.job.workspace, &incident, self.now).await?;
        let task = Task::NotifyHost(booking.id);
        let job = NewJob { id: self.notify_ids, task, due_at: self.now, lease: None };
        job::enqueue(tx, self.job.workspace, &job, self.now).await?;
        Ok(())
    }

    /// As if somebody had called it off: the claim is free, the event's deletion is a job.
    async fn cancel(&self, tx: &mut impl Tx, booking: Booking) -> Result<(), StoreError> {
        let (workspace, now, seen) = (self.job.workspace, self.now, booking.revision);
        let by_rule = Cancellation { by: Actor::System, reason: None };
        let Ok(cancelled) = booking.cancel(by_rule, now) else { return Ok(()) };
        expect_updated(update_booking(tx, workspace, &cancelled, seen).await?)?;
        claim::delete_claims(tx, workspace, self.booking.uuid()).await?;
        self.note(tx, "Cancelled: no message reached the lead, and the service asks for that")
            .await?;
        let mut ids = JobIds::from(self.notify_ids);
        let channels = &self.channels;
        enqueue_notifications(tx, workspace, &cancelled, channels, ids.block(), now, now).await?;
        let holder = self.booking.uuid();
        let leaving = Leaving { holder, job_ids: ids.block(), lease: None, now };
        if leave(tx, workspace, &leaving).await? > 0 {
            return Ok(()); // The event is the occurrence's.
        }
        let task = Task::Calendar(self.booking);
        let job = NewJob { id: self.calendar_job_id, task, due_at: now, lease: None };
        job::enqueue(tx, workspace, &job, now).await?;
        Ok(())
    }

    async fn note(&self, tx: &mut impl Tx, summary: &str) -> Result<(), StoreError> {
        let entry = TimelineEntry { summary: summary.to_owned(), ..self.entry.clone() };
        timeline::append(tx, self.job.workspace, self.booking, &entry).await
    }
}

/// The channels of a service, and those that take over when one of them fails.
fn ways(channels: &[Channel]) -> Vec<Channel> {
    let mut ways = Vec::new();
    for channel in channels {
        for way in std::iter::successors(Some(*channel), |way| way.fallback()) {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    ways
}

/// Asks for a look at whether the lead is reached, since a message to them did not arrive. The
/// job's identifier is the message's: no other job has it.
pub(crate) async fn doubt_reach(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    message: domain::MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (id, task) = (JobId::new(message.uuid()), Task::Reach(booking));
    job::enqueue(tx, workspace, &NewJob { id, task, due_at: now, lease: None }, now).await?;
    Ok(())
}

/// A message arrived: whoever was out of reach no longer is.
pub(crate) async fn reached_again(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- reached_again
        update bookings set unreached_at = null
         where workspace = $1 and id = $2 and unreached_at is not null";
    if tx.execute(sql, params![workspace.0, booking.uuid()]).await? > 0 {
        let (kind, subject) = (IncidentKind::Undeliverable, booking.to_string());
        let resolution = "A message reached the lead.";
        incident::close(tx, workspace, kind, &subject, resolution, now).await?;
    }
    Ok(())
}

/// Since when no message is known to reach a booking's lead.
pub(crate) async fn unreached_at(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "-- find_unreached
        select unreached_at from bookings where workspace = $1 and id = $2";
    let row = tx.find(sql, params![workspace.0, booking.uuid()]).await?;
    Ok(row.map(|mut row| row.take()).transpose()?.flatten())
}
