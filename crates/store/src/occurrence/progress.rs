//! What is stored of the way towards agreement between an occurrence and the host's calendar, and
//! what follows for its bookings.

use domain::booking::{Actor, Cancellation};
use domain::convergence::{EventRecord, Step};
use domain::id::JobId;
use domain::occurrence::{OccurrenceState, RosterLine};
use domain::service::Channel;
use domain::{Booking, BookingId, BookingState, CalendarId, Occurrence, OccurrenceId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use super::list::{roster, seated};
use super::row::{find_occurrence, lock_occurrence, update_occurrence};
use super::seat::{Leaving, leave, leave_one, leave_others};
use crate::booking::{expect_updated, find_booking, update_booking};
use crate::calendar_event::{self, StoredEvent, list_events};
use crate::convergence::{Advance, Noted};
use crate::error::StoreError;
use crate::job::{self, Job, JobIds, NewJob, Postponement, Task};
use crate::message::{enqueue_notifications, lead_asked_for};
use crate::params;
use crate::submission;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// What an occurrence's convergence has to go by.
#[derive(Debug, Clone)]
pub struct OccurrenceFacts {
    /// What is wanted.
    pub occurrence: Occurrence,
    /// Who comes.
    pub roster: Vec<RosterLine>,
    /// The events we know of.
    pub events: Vec<StoredEvent>,
    /// The bookings that wait for its event.
    pub awaited: Vec<Awaited>,
}

/// A booking, or a move of one, that waits for the event of its occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Which.
    pub booking: BookingId,
    /// Until when somebody waits for the answer.
    pub until: Option<Timestamp>,
}

impl OccurrenceFacts {
    /// The records alone, as `domain` wants them.
    pub fn records(&self) -> Vec<EventRecord> {
        self.events.iter().map(|event| event.record.clone()).collect()
    }

    /// What to do next; `calendar` is where the event belongs.
    pub fn next_step(&self, calendar: &CalendarId) -> Step {
        self.occurrence.next_step(!self.awaited.is_empty(), &self.records(), calendar)
    }

    /// Whether everybody who waits for the event still waits for the answer: a caller who was told
    /// that the request is accepted is not refused for a calendar that cannot be read.
    pub fn all_wait(&self, now: Timestamp) -> bool {
        self.awaited.iter().all(|awaited| awaited.until.is_some_and(|until| until > now))
    }

    fn event(&self, generation: u32) -> Option<&StoredEvent> {
        self.events.iter().find(|event| event.record.generation == generation)
    }
}

/// Reads the facts; `None` when there is no such occurrence.
pub struct LoadOccurrence {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub occurrence: OccurrenceId,
}

impl UnitOfWork for LoadOccurrence {
    const NAME: &'static str = "occurrence.load";
    type Outcome = Option<OccurrenceFacts>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        load(tx, self.workspace, self.occurrence).await
    }
}

async fn load(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: OccurrenceId,
) -> Result<Option<OccurrenceFacts>, StoreError> {
    let Some(occurrence) = find_occurrence(tx, workspace, id).await? else { return Ok(None) };
    let roster = roster(&seated(tx, workspace, &occurrence).await?);
    let events = list_events(tx, workspace, id).await?;
    let awaited = awaited(tx, workspace, &occurrence).await?;
    Ok(Some(OccurrenceFacts { occurrence, roster, events, awaited }))
}

/// Those who are pending here, and those who are to be moved here.
async fn awaited(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    occurrence: &Occurrence,
) -> Result<Vec<Awaited>, StoreError> {
    let sql = "-- list_awaited
        select bookings.id, bookings.awaited_until
          from seats
          join bookings on bookings.workspace = $1 and bookings.id = seats.holder
         where seats.workspace = $1 and seats.occurrence = $2 and seats.expires_at is null
           and (bookings.status = 'pending'
                or bookings.status = 'confirmed' and bookings.change_starts_at = $3
                   and bookings.change_host = $4)
         order by bookings.id";
    let (id, start) = (occurrence.id.uuid(), occurrence.slot.start());
    let params = params![workspace.0, id, start, occurrence.host.as_str()];
    let rows = tx.query(sql, params).await?;
    rows.into_iter()
        .map(|mut row| Ok(Awaited { booking: BookingId::new(row.take()?), until: row.take()? }))
        .collect()
}

/// Stores one advance, with the exchanges that led to it.
pub struct OccurrenceProgress {
    /// Whose lease allows it.
    pub job: Job,
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// The revision that the call was made for.
    pub seen: i64,
    /// Where its event belongs.
    pub calendar: CalendarId,
    /// What became known.
    pub advance: Advance,
    /// What its timeline says about it.
    pub entries: Vec<TimelineEntry>,
    /// A further entry, completed here, for the timeline of each booking that is decided.
    pub decided: TimelineEntry,
    /// The channels of the service.
    pub channels: Vec<Channel>,
    /// First id of the jobs this calls for.
    pub job_ids: JobId,
    /// Now.
    pub now: Timestamp,
}

/// What is true after an advance.
#[derive(Debug, Clone)]
pub struct OccurrenceProgressed {
    /// The facts.
    pub facts: OccurrenceFacts,
    /// Whether calendar and occurrence agree; then the job is finished.
    pub done: bool,
}

impl UnitOfWork for OccurrenceProgress {
    const NAME: &'static str = "occurrence.progress";
    type Outcome = OccurrenceProgressed;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let locked = lock_occurrence(tx, self.workspace(), self.occurrence).await?;
        job::fence(tx, &self.job).await?;
        for entry in &self.entries {
            timeline::append_to(tx, self.workspace(), self.occurrence.uuid(), entry).await?;
        }
        let facts = self.facts(tx).await?;
        let noted = Noted {
            workspace: self.workspace(),
            owner: self.occurrence.into(),
            calendar: &self.calendar,
            slot: facts.occurrence.slot,
            events: &facts.events,
            now: self.now,
        };
        noted.note(tx, &self.advance).await?;
        let facts = self.facts(tx).await?;
        if facts.occurrence.revision == self.seen {
            self.decide(tx, facts, &locked).await?;
        }
        let facts = self.intend_what_is_next(tx).await?;
        let done = facts.next_step(&self.calendar) == Step::Done;
        if done {
            job::finish(tx, &self.job).await?;
        }
        Ok(OccurrenceProgressed { facts, done })
    }
}

impl OccurrenceProgress {
    fn workspace(&self) -> WorkspaceId {
        self.job.workspace
    }

    async fn facts(&self, tx: &mut impl Tx) -> Result<OccurrenceFacts, StoreError> {
        let facts = load(tx, self.workspace(), self.occurrence).await?;
        facts.ok_or(StoreError::Unreadable("an occurrence with a job"))
    }

    /// What is true now. An event that is to be written next is on record before the call.
    async fn intend_what_is_next(&self, tx: &mut impl Tx) -> Result<OccurrenceFacts, StoreError> {
        let facts = self.facts(tx).await?;
        match facts.next_step(&self.calendar) {
            Step::Insert { generation } if facts.event(generation).is_none() => {
                self.intend(tx, &facts.occurrence, generation).await?;
                self.facts(tx).await
            }
            Step::Insert { .. }
            | Step::CheckFree(_)
            | Step::Patch { .. }
            | Step::Look { .. }
            | Step::Settle
            | Step::Delete { .. }
            | Step::Done => Ok(facts),
        }
    }

    async fn intend(
        &self,
        tx: &mut impl Tx,
        occurrence: &Occurrence,
        generation: u32,
    ) -> Result<(), StoreError> {
        let (workspace, calendar, slot) = (self.workspace(), &self.calendar, occurrence.slot);
        let id = occurrence.id;
        calendar_event::intend(tx, workspace, id, generation, calendar, slot, self.now).await
    }

    async fn decide(
        &self,
        tx: &mut impl Tx,
        facts: OccurrenceFacts,
        locked: &[Uuid],
    ) -> Result<(), StoreError> {
        match &self.advance {
            Advance::Free { intend } => {
                let state = OccurrenceState::Free;
                let free = Occurrence { state, ..facts.occurrence };
                update_occurrence(tx, self.workspace(), &free, self.now).await?;
                match intend {
                    Some(generation) => self.intend(tx, &free, *generation).await,
                    None => Ok(()),
                }
            }
            Advance::Refused => {
                let mut ids = JobIds::from(self.job_ids);
                for booking in self.awaited_of(tx, &facts, locked).await? {
                    self.refuse(tx, booking, &facts, &mut ids).await?;
                }
                Ok(())
            }
            Advance::DeletedByHost { .. } => self.cancel_for_host(tx, &facts, locked).await,
            Advance::Written { answer, .. } => {
                let shown = answer.roster.unwrap_or(facts.occurrence.shown);
                let occurrence = Occurrence { shown, ..facts.occurrence };
                update_occurrence(tx, self.workspace(), &occurrence, self.now).await?;
                self.settle(tx, OccurrenceFacts { occurrence, ..facts }, locked).await
            }
            Advance::Settle => self.settle(tx, facts, locked).await,
            // What hosts do to an occurrence's event is looked at when it is written.
            Advance::Restated { .. }
            | Advance::Removed { .. }
            | Advance::Burnt { .. }
            | Advance::Undecided { .. }
            | Advance::Seen(_) => Ok(()),
        }
    }

    /// Those who wait and whose rows are ours. Whoever came since has asked for the job again.
    async fn awaited_of(
        &self,
        tx: &mut impl Tx,
        facts: &OccurrenceFacts,
        locked: &[Uuid],
    ) -> Result<Vec<Booking>, StoreError> {
        let mut bookings = Vec::new();
        for awaited in &facts.awaited {
            if locked.contains(&awaited.booking.uuid()) {
                bookings.extend(find_booking(tx, self.workspace(), awaited.booking).await?);
            }
        }
        Ok(bookings)
    }

    /// The event is there: the bookings that waited for it stand, and people are told.
    async fn settle(
        &self,
        tx: &mut impl Tx,
        facts: OccurrenceFacts,
        locked: &[Uuid],
    ) -> Result<(), StoreError> {
        if facts.next_step(&self.calendar) != Step::Settle {
            return Ok(());
        }
        let mut ids = JobIds::from(self.job_ids);
        let waiting = self.awaited_of(tx, &facts, locked).await?;
        if facts.occurrence.state != OccurrenceState::Standing {
            let (state, revision) = (OccurrenceState::Standing, facts.occurrence.revision + 1);
            let standing = Occurrence { state, revision, ..facts.occurrence };
            update_occurrence(tx, self.workspace(), &standing, self.now).await?;
        }
        for booking in waiting {
            self.settle_booking(tx, booking, &mut ids).await?;
        }
        Ok(())
    }

    async fn settle_booking(
        &self,
        tx: &mut impl Tx,
        booking: Booking,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let (seen, id, now) = (booking.revision, booking.id, self.now);
        let (kind, summary, settled) = if booking.change().is_some() {
            let leaving = Leaving { holder: id.uuid(), job_ids: ids.block(), lease: None, now };
            leave_others(tx, self.workspace(), &leaving, self.occurrence).await?;
            let summary = "Moved: the event of the new time is in the calendar";
            ("booking.moved", summary, booking.settle_move(now))
        } else {
            let Ok(confirmed) = booking.confirm(now) else { return Ok(()) };
            ("booking.confirmed", "Confirmed: the event is in the calendar", confirmed)
        };
        self.commit(tx, &settled, seen, (kind, summary), now, ids).await?;
        let (task, due_at) = (Task::Timer(id), settled.slot.end());
        let timer = NewJob { id: ids.block(), task, due_at, lease: None };
        job::schedule(tx, self.workspace(), &timer, now).await
    }

    /// The calendar is not free: a pending booking is declined, a move dropped. While somebody
    /// waits, the answer tells them, and the message is only due when that time is over.
    async fn refuse(
        &self,
        tx: &mut impl Tx,
        booking: Booking,
        facts: &OccurrenceFacts,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let (workspace, id, seen, now) = (self.workspace(), booking.id, booking.revision, self.now);
        let until = facts.awaited.iter().find(|awaited| awaited.booking == id);
        let until = until.and_then(|awaited| awaited.until).filter(|until| *until > now);
        let tell_at = until.unwrap_or(now);
        if let Some(wanted) = booking.change().map(|change| change.slot) {
            lead_asked_for(tx, workspace, id, &self.channels, wanted, now).await?;
            if until.is_some() {
                submission::release_change(tx, workspace, id, booking.updated_at).await?;
            }
            self.leave_here(tx, id, ids).await?;
            let summary = "The new time is not free in the calendar; the booking stays where it is";
            let kept = booking.drop_move(now);
            return self
                .commit(tx, &kept, seen, ("booking.move_refused", summary), tell_at, ids)
                .await;
        }
        let Ok(declined) = booking.decline(now) else { return Ok(()) };
        self.leave_here(tx, id, ids).await?;
        if until.is_some() {
            submission::release(tx, workspace, id).await?;
        }
        let summary = "Declined: the calendar is not free at that time, or could not be read";
        self.commit(tx, &declined, seen, ("booking.declined", summary), tell_at, ids).await
    }

    /// The seats in this occurrence alone: whoever was to be moved here keeps the others.
    async fn leave_here(
        &self,
        tx: &mut impl Tx,
        booking: BookingId,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let (holder, now) = (booking.uuid(), self.now);
        let leaving = Leaving { holder, job_ids: ids.block(), lease: None, now };
        leave_one(tx, self.workspace(), &leaving, self.occurrence).await?;
        Ok(())
    }

    async fn cancel_for_host(
        &self,
        tx: &mut impl Tx,
        facts: &OccurrenceFacts,
        locked: &[Uuid],
    ) -> Result<(), StoreError> {
        let mut ids = JobIds::from(self.job_ids);
        let (workspace, now) = (self.workspace(), self.now);
        for id in locked {
            let Some(booking) = find_booking(tx, workspace, BookingId::new(*id)).await? else {
                continue;
            };
            if matches!(booking.state, BookingState::Waitlisted { .. }) {
                continue; // Its seats lapse; the host may be free all the same.
            }
            if booking.change().is_some() && booking.slot != facts.occurrence.slot {
                self.refuse(tx, booking, facts, &mut ids).await?;
                continue;
            }
            let seen = booking.revision;
            let by_host = Cancellation { by: Actor::Host, reason: None };
            let Ok(cancelled) = booking.cancel(by_host, now) else { continue };
            let holder = cancelled.id.uuid();
            let leaving = Leaving { holder, job_ids: ids.block(), lease: None, now };
            leave(tx, workspace, &leaving).await?;
            let summary = "Cancelled: the host deleted the event from the calendar";
            let said = ("booking.cancelled", summary);
            self.commit(tx, &cancelled, seen, said, now, &mut ids).await?;
        }
        Ok(())
    }

    async fn commit(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
        (kind, summary): (&str, &str),
        tell_at: Timestamp,
        ids: &mut JobIds,
    ) -> Result<(), StoreError> {
        let workspace = self.workspace();
        expect_updated(update_booking(tx, workspace, booking, seen).await?)?;
        let (kind, summary) = (kind.to_owned(), summary.to_owned());
        let entry = TimelineEntry { kind, summary, ..self.decided.clone() };
        timeline::append(tx, workspace, booking.id, &entry).await?;
        let (channels, first) = (&self.channels, ids.block());
        enqueue_notifications(tx, workspace, booking, channels, first, tell_at, self.now).await
    }
}

/// Notes calls that led nowhere yet, and releases the job until it is worth trying again.
pub struct OccurrenceSetback {
    /// Whose lease allows it.
    pub job: Job,
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// What its timeline says.
    pub entries: Vec<TimelineEntry>,
    /// What becomes of the job.
    pub postponement: Postponement,
    /// What the operator should read.
    pub error: String,
}

impl UnitOfWork for OccurrenceSetback {
    const NAME: &'static str = "occurrence.setback";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        for entry in &self.entries {
            timeline::append_to(tx, self.job.workspace, self.occurrence.uuid(), entry).await?;
        }
        job::postpone(tx, &self.job, &self.postponement, Some(&self.error)).await
    }
}
