//! What is stored of the way towards agreement between a booking and the host's calendar.
//!
//! Every unit proves the worker's lease first, writes what the provider said, and then asks
//! `domain` what follows. A decision about the booking is made only on the revision that the call
//! was made for; what the provider did is noted in any case.

mod heed;

use domain::booking::{Actor, Cancellation};
use domain::calendar_event::EventOwner;
use domain::convergence::{EventRecord, Step, Wanted, in_doubt, next_step, outdated};
use domain::id::JobId;
use domain::response::{IfDeclined, Response};
use domain::service::Channel;
use domain::{Booking, BookingId, BookingState, CalendarId, Interval, WorkspaceId};
use jiff::Timestamp;

use crate::booking::{find_booking, update_booking};
use crate::calendar_event::{self, StoredEvent, WrittenEvent, list_events};
use crate::claim;
use crate::conflict;
use crate::deletion::{self, Belief};
use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Task};
use crate::message::{enqueue_notifications, host_knows_nothing, lead_asked_for};
use crate::params;
use crate::submission;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// What convergence has to go by.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What is wanted.
    pub booking: Booking,
    /// Whether the calendars were found free for this revision.
    pub free: bool,
    /// The events we know of.
    pub events: Vec<StoredEvent>,
    /// Until when somebody waits for the answer.
    pub awaited_until: Option<Timestamp>,
    /// Whether it has seats in an occurrence, whose event stands for it: it has none of its own.
    pub seated: bool,
}

impl Facts {
    /// The records alone, as `domain` wants them.
    pub fn records(&self) -> Vec<EventRecord> {
        self.events.iter().map(|event| event.record.clone()).collect()
    }

    /// The event of that generation.
    pub fn event(&self, generation: u32) -> Option<&StoredEvent> {
        self.events.iter().find(|event| event.record.generation == generation)
    }

    /// What to do next; `calendar` is where an event of the wanted host belongs.
    pub fn next_step(&self, calendar: &CalendarId) -> Step {
        let records = self.records();
        let wanted = if self.seated { Wanted::Nothing } else { Wanted::from(&self.booking) };
        let step = next_step(wanted, self.free, &records, calendar);
        if step != Step::Done || self.seated {
            return step;
        }
        let behind = outdated(&self.booking, &records, calendar);
        behind.map_or(Step::Done, |generation| Step::Patch { generation })
    }

    /// Whether somebody still waits for the answer.
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        self.awaited_until.is_some_and(|until| until > now)
    }
}

/// Reads the facts; `None` when the booking is gone.
pub struct LoadFacts {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which booking.
    pub booking: BookingId,
}

impl UnitOfWork for LoadFacts {
    const NAME: &'static str = "convergence.load";
    type Outcome = Option<Facts>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        load(tx, self.workspace, self.booking).await
    }
}

async fn load(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: BookingId,
) -> Result<Option<Facts>, StoreError> {
    let Some(booking) = find_booking(tx, workspace, id).await? else { return Ok(None) };
    let events = list_events(tx, workspace, id).await?;
    let sql = "-- load_verdict
        select free_revision, awaited_until,
               (select count(*) from seats where workspace = $1 and holder = $2)
          from bookings where workspace = $1 and id = $2";
    let row = tx.find(sql, params![workspace.0, id.uuid()]).await?;
    let mut row = row.ok_or(StoreError::Unreadable("a booking's verdict"))?;
    let free_revision: Option<i64> = row.take()?;
    let free = free_revision == Some(booking.revision);
    let awaited_until = row.take()?;
    let seated = row.take::<i64>()? > 0;
    Ok(Some(Facts { booking, free, events, awaited_until, seated }))
}

/// Before what a booking wants is given up for something else: what the calendars hold may then be
/// uncertain, and is looked at again.
pub(crate) async fn give_up_wish(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let facts = load(tx, workspace, booking).await?;
    if facts.is_some_and(|facts| in_doubt(&facts.booking, facts.free, &facts.records())) {
        calendar_event::doubt(tx, workspace, booking, now).await?;
    }
    Ok(())
}

/// Something that became known, or a decision that follows from it.
#[derive(Debug, Clone)]
pub enum Advance {
    /// The calendars are free: from now on the event is intended, and they are not asked again.
    Free {
        /// The generation of the event to be written, unless one is there to be patched.
        intend: Option<u32>,
    },
    /// The calendars are busy, or cannot be read while somebody waits: the booking is declined, or
    /// its move dropped.
    Refused,
    /// The provider has the event at this time.
    Written {
        /// Which event.
        generation: u32,
        /// The time it has.
        slot: Interval,
        /// What the provider said of it.
        answer: WrittenEvent,
    },
    /// The provider's event shows the booking's title and place.
    Restated {
        /// Which event.
        generation: u32,
        /// What the provider said of it.
        answer: WrittenEvent,
        /// Whether it stands at another time than we wrote: then it is looked at.
        moved: bool,
    },
    /// The event is gone.
    Removed {
        /// Which event.
        generation: u32,
    },
    /// The identifier is used up by something else: write under the next one.
    Burnt {
        /// Which event.
        generation: u32,
    },
    /// The host deleted the event: a direct read said so.
    DeletedByHost {
        /// Which event.
        generation: u32,
    },
    /// The host deleted the event, as a direct read said, together with so many others that an
    /// administrator has to decide.
    Undecided {
        /// Which event.
        generation: u32,
    },
    /// The event was looked at: what somebody did to it is known now.
    Seen(Seen),
    /// What is wanted is already there.
    Settle,
}

/// What a look at our event showed.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which event.
    pub generation: u32,
    /// The time it has, if a booking can have one like it.
    pub slot: Option<Interval>,
    /// The time it takes in the calendar, whole days too; `None` when nobody can tell.
    pub stands_at: Option<Interval>,
    /// What a booking at `slot` would claim.
    pub claim: Option<Interval>,
    /// What the provider said of it.
    pub answer: WrittenEvent,
    /// What those who are invited answered, by address.
    pub responses: Vec<(String, Response)>,
    /// What follows when the lead declined.
    pub if_declined: IfDeclined,
}

/// Stores one advance, with the exchanges that led to it.
pub struct Progress {
    /// Whose lease allows it.
    pub job: Job,
    /// Which booking.
    pub booking: BookingId,
    /// The revision that the call was made for.
    pub seen: i64,
    /// Where an event of the wanted host belongs.
    pub calendar: CalendarId,
    /// What became known.
    pub advance: Advance,
    /// What the timeline says about it.
    pub entries: Vec<TimelineEntry>,
    /// A further entry, completed here, for the decision that follows.
    pub decided: TimelineEntry,
    /// The channels of the service.
    pub channels: Vec<Channel>,
    /// First id of the notifications' jobs.
    pub notify_ids: JobId,
    /// Id of the timer's job.
    pub timer_id: JobId,
    /// Now.
    pub now: Timestamp,
}

/// What is true after an advance.
#[derive(Debug, Clone)]
pub struct Progressed {
    /// The facts.
    pub facts: Facts,
    /// Whether calendar and booking agree; then the job is finished.
    pub done: bool,
    /// Whether an administrator has to decide before anything more can be done.
    pub is_undecided: bool,
}

impl UnitOfWork for Progress {
    const NAME: &'static str = "convergence.progress";
    type Outcome = Progressed;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        for entry in &self.entries {
            timeline::append(tx, self.workspace(), self.booking, entry).await?;
        }
        let facts = self.facts(tx).await?;
        let advance = self.as_far_as_believed(tx, &facts).await?;
        self.note_what_was_seen(tx, &advance).await?;
        let noted = Noted {
            workspace: self.workspace(),
            owner: self.booking.into(),
            calendar: &self.calendar,
            slot: facts.booking.change().map_or(facts.booking.slot, |change| change.slot),
            events: &facts.events,
            now: self.now,
        };
        noted.note(tx, &advance).await?;
        let facts = self.facts(tx).await?;
        if facts.booking.revision == self.seen {
            self.decide(tx, facts, &advance).await?;
        }
        let facts = self.intend_what_is_next(tx).await?;
        let done = facts.next_step(&self.calendar) == Step::Done;
        if done {
            job::finish(tx, &self.job).await?;
        }
        let is_undecided = matches!(advance, Advance::Undecided { .. });
        Ok(Progressed { facts, done, is_undecided })
    }
}

impl Progress {
    fn workspace(&self) -> WorkspaceId {
        self.job.workspace
    }

    async fn facts(&self, tx: &mut impl Tx) -> Result<Facts, StoreError> {
        let facts = load(tx, self.workspace(), self.booking).await?;
        facts.ok_or(StoreError::Unreadable("a booking with a job"))
    }

    /// What is true now. An event that is to be written next is on record before the call, also
    /// where no verdict of the calendars was needed.
    async fn intend_what_is_next(&self, tx: &mut impl Tx) -> Result<Facts, StoreError> {
        let facts = self.facts(tx).await?;
        match facts.next_step(&self.calendar) {
            Step::Insert { generation } if facts.event(generation).is_none() => {
                self.intend(tx, &facts.booking, generation).await?;
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

    /// What became known, except that a deletion among many is an administrator's to believe.
    async fn as_far_as_believed(
        &self,
        tx: &mut impl Tx,
        facts: &Facts,
    ) -> Result<Advance, StoreError> {
        let Advance::DeletedByHost { generation } = self.advance else {
            return Ok(self.advance.clone());
        };
        let Some(event) = facts.event(generation) else { return Ok(self.advance.clone()) };
        let (workspace, calendar) = (self.workspace(), &event.record.calendar);
        let belief = deletion::belief(tx, workspace, calendar, self.booking, generation).await?;
        Ok(match belief {
            Belief::Believed => Advance::DeletedByHost { generation },
            Belief::Restored => Advance::Removed { generation },
            Belief::Undecided => Advance::Undecided { generation },
        })
    }

    /// Notes what became known of an event that somebody changed.
    async fn note_what_was_seen(
        &self,
        tx: &mut impl Tx,
        advance: &Advance,
    ) -> Result<(), StoreError> {
        let (workspace, booking, now) = (self.workspace(), self.booking, self.now);
        match advance {
            Advance::Undecided { generation } => {
                calendar_event::undecided(tx, workspace, booking, *generation, now).await
            }
            Advance::Seen(seen) => {
                deletion::disproved(tx, workspace, booking, seen.generation).await?;
                let (generation, answer) = (seen.generation, &seen.answer);
                calendar_event::looked_at(tx, workspace, booking, generation, answer, now).await
            }
            Advance::Free { .. }
            | Advance::Refused
            | Advance::Written { .. }
            | Advance::Restated { .. }
            | Advance::Removed { .. }
            | Advance::Burnt { .. }
            | Advance::DeletedByHost { .. }
            | Advance::Settle => Ok(()),
        }
    }

    async fn intend(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        generation: u32,
    ) -> Result<(), StoreError> {
        let slot = booking.change().map_or(booking.slot, |change| change.slot);
        let (workspace, calendar) = (self.workspace(), &self.calendar);
        calendar_event::intend(tx, workspace, booking.id, generation, calendar, slot, self.now)
            .await
    }

    /// Decides what follows for the booking itself.
    async fn decide(
        &self,
        tx: &mut impl Tx,
        facts: Facts,
        advance: &Advance,
    ) -> Result<(), StoreError> {
        match advance {
            Advance::Free { intend } => {
                self.remember_free(tx, &facts.booking).await?;
                match intend {
                    Some(generation) => self.intend(tx, &facts.booking, *generation).await,
                    None => Ok(()),
                }
            }
            Advance::Refused => self.refuse(tx, facts).await,
            Advance::DeletedByHost { .. } => self.cancel_for_host(tx, facts.booking).await,
            Advance::Written { .. } | Advance::Settle => self.settle(tx, facts).await,
            Advance::Seen(seen) => self.heed(tx, facts, seen).await,
            Advance::Restated { .. }
            | Advance::Removed { .. }
            | Advance::Burnt { .. }
            | Advance::Undecided { .. } => Ok(()),
        }
    }

    async fn remember_free(&self, tx: &mut impl Tx, booking: &Booking) -> Result<(), StoreError> {
        let sql = "-- remember_free
            update bookings set free_revision = revision where workspace = $1 and id = $2";
        tx.execute(sql, params![self.workspace().0, booking.id.uuid()]).await?;
        Ok(())
    }

    /// The wanted event is there: the booking says so, and people are told.
    async fn settle(&self, tx: &mut impl Tx, facts: Facts) -> Result<(), StoreError> {
        if facts.next_step(&self.calendar) != Step::Settle {
            return Ok(());
        }
        let booking = facts.booking;
        let (seen, host) = (booking.revision, booking.host.clone());
        let (kind, summary, settled) = match &booking.state {
            BookingState::Confirmed { change: Some(_) } => (
                "booking.moved",
                "Moved: the event is at its new time",
                booking.settle_move(self.now),
            ),
            BookingState::Pending => {
                let confirmed = booking.confirm(self.now).expect("it is pending");
                ("booking.confirmed", "Confirmed: the event is in the calendar", confirmed)
            }
            BookingState::Confirmed { change: None }
            | BookingState::Waitlisted { .. }
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => return Ok(()),
        };
        claim::delete_other_claims(tx, self.workspace(), &settled).await?;
        if settled.host != host {
            host_knows_nothing(tx, self.workspace(), self.booking).await?;
        }
        conflict::close(tx, self.workspace(), self.booking, self.now).await?;
        self.commit(tx, &settled, seen, kind, summary, self.now).await?;
        let timer = NewJob {
            id: self.timer_id,
            task: Task::Timer(self.booking),
            due_at: settled.slot.end(),
            lease: None,
        };
        job::schedule(tx, self.workspace(), &timer, self.now).await
    }

    /// A pending booking is declined, a move dropped. While somebody waits, the answer tells them:
    /// the message is only due when that time is over, and is withdrawn once they have heard.
    async fn refuse(&self, tx: &mut impl Tx, facts: Facts) -> Result<(), StoreError> {
        let awaited = facts.is_awaited(self.now);
        let tell_at = facts.awaited_until.filter(|_| awaited).unwrap_or(self.now);
        let booking = facts.booking;
        let seen = booking.revision;
        let holder = self.booking.uuid();
        if let Some(wanted) = booking.change().map(|change| change.slot) {
            // Also while somebody waits: they may be gone before they have heard.
            let (workspace, id, channels) = (self.workspace(), self.booking, &self.channels);
            lead_asked_for(tx, workspace, id, channels, wanted, self.now).await?;
            give_up_wish(tx, self.workspace(), self.booking, self.now).await?;
            if awaited {
                let asked_at = booking.updated_at;
                submission::release_change(tx, self.workspace(), self.booking, asked_at).await?;
            }
            let kept = booking.drop_move(self.now);
            claim::delete_other_claims(tx, self.workspace(), &kept).await?;
            let summary = "The new time is not free in the calendar; the booking stays where it is";
            return self.commit(tx, &kept, seen, "booking.move_refused", summary, tell_at).await;
        }
        let Ok(declined) = booking.decline(self.now) else { return Ok(()) };
        claim::delete_claims(tx, self.workspace(), holder).await?;
        if awaited {
            submission::release(tx, self.workspace(), self.booking).await?;
        }
        let summary = "Declined: the calendar is not free at that time, or could not be read";
        self.commit(tx, &declined, seen, "booking.declined", summary, tell_at).await
    }

    async fn cancel_for_host(&self, tx: &mut impl Tx, booking: Booking) -> Result<(), StoreError> {
        let seen = booking.revision;
        let by_host = Cancellation { by: Actor::Host, reason: None };
        let Ok(cancelled) = booking.cancel(by_host, self.now) else { return Ok(()) };
        claim::delete_claims(tx, self.workspace(), self.booking.uuid()).await?;
        let summary = "Cancelled: the host deleted the event from the calendar";
        self.commit(tx, &cancelled, seen, "booking.cancelled", summary, self.now).await
    }

    async fn commit(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: i64,
        kind: &str,
        summary: &str,
        tell_at: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = update_booking(tx, self.workspace(), booking, seen).await?;
        crate::booking::expect_updated(updated)?;
        let entry = TimelineEntry {
            kind: kind.to_owned(),
            summary: summary.to_owned(),
            ..self.decided.clone()
        };
        timeline::append(tx, self.workspace(), self.booking, &entry).await?;
        let (channels, ids) = (&self.channels, self.notify_ids);
        let workspace = self.workspace();
        enqueue_notifications(tx, workspace, booking, channels, ids, tell_at, self.now).await
    }
}

/// What an advance says of the events of an owner.
pub(crate) struct Noted<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) owner: EventOwner,
    /// Where its event belongs.
    pub(crate) calendar: &'a CalendarId,
    /// The time that is wanted.
    pub(crate) slot: Interval,
    /// What we know so far.
    pub(crate) events: &'a [StoredEvent],
    pub(crate) now: Timestamp,
}

impl Noted<'_> {
    /// Writes down what the provider did, whatever has become of the owner meanwhile.
    pub(crate) async fn note(&self, tx: &mut impl Tx, advance: &Advance) -> Result<(), StoreError> {
        let (workspace, owner, now) = (self.workspace, self.owner, self.now);
        match advance {
            Advance::Written { generation, slot, answer } => {
                if self.events.iter().all(|event| event.record.generation != *generation) {
                    self.intend(tx, *generation).await?;
                }
                calendar_event::written(tx, workspace, owner, *generation, *slot, answer, now).await
            }
            Advance::Restated { generation, answer, moved } => {
                let known = self.events.iter().find(|event| event.record.generation == *generation);
                let Some(known) = known else { return Ok(()) };
                let slot = known.record.slot;
                calendar_event::written(tx, workspace, owner, *generation, slot, answer, now)
                    .await?;
                match owner {
                    EventOwner::Booking(booking) if *moved => {
                        calendar_event::changed(tx, workspace, booking, *generation, now).await
                    }
                    EventOwner::Booking(_) | EventOwner::Occurrence(_) => Ok(()),
                }
            }
            Advance::Removed { generation } | Advance::DeletedByHost { generation } => {
                calendar_event::removed(tx, workspace, owner, *generation, now).await
            }
            Advance::Burnt { generation } => {
                calendar_event::removed(tx, workspace, owner, *generation, now).await?;
                let next = self.events.iter().map(|event| event.record.generation + 1).max();
                self.intend(tx, next.unwrap_or(0)).await
            }
            Advance::Free { .. }
            | Advance::Refused
            | Advance::Settle
            | Advance::Undecided { .. }
            | Advance::Seen(_) => Ok(()),
        }
    }

    async fn intend(&self, tx: &mut impl Tx, generation: u32) -> Result<(), StoreError> {
        let (workspace, owner, now) = (self.workspace, self.owner, self.now);
        let (calendar, slot) = (self.calendar, self.slot);
        calendar_event::intend(tx, workspace, owner, generation, calendar, slot, now).await
    }
}

/// Notes calls that led nowhere yet, and releases the job until it is worth trying again.
pub struct Setback {
    /// Whose lease allows it.
    pub job: Job,
    /// Which booking.
    pub booking: BookingId,
    /// What the timeline says.
    pub entries: Vec<TimelineEntry>,
    /// What becomes of the job.
    pub postponement: job::Postponement,
    /// What the operator should read.
    pub error: String,
}

impl UnitOfWork for Setback {
    const NAME: &'static str = "convergence.setback";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        for entry in &self.entries {
            timeline::append(tx, self.job.workspace, self.booking, entry).await?;
        }
        job::postpone(tx, &self.job, &self.postponement, Some(&self.error)).await
    }
}

/// The caller no longer waits: from now on a refusal is told by message. Says what is true, since
/// the refusal may have come first.
pub struct StopWaiting {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// For which booking.
    pub booking: BookingId,
}

impl UnitOfWork for StopWaiting {
    const NAME: &'static str = "booking.stop_waiting";
    type Outcome = Option<Facts>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- stop_waiting
            update bookings set awaited_until = null where workspace = $1 and id = $2";
        tx.execute(sql, params![self.workspace.0, self.booking.uuid()]).await?;
        load(tx, self.workspace, self.booking).await
    }
}
