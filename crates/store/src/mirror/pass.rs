//! One pass over a calendar: begun, kept page by page, ended.

use std::collections::BTreeSet;

use domain::convergence::EventState;
use domain::id::JobId;
use domain::{BookingId, CalendarId, HostId, Interval, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::calendar_event::{self, StoredEvent, list_events};
use crate::claim::bump_host;
use crate::conflict::{self, Looked};
use crate::deletion;
use crate::error::StoreError;
use crate::job::{self, Job, NewJob, Task};
use crate::params;
use crate::timeline::TimelineEntry;
use crate::tx::{Tx, UnitOfWork};

/// Begins a pass. What was read of another account or calendar under the same slug is forgotten,
/// and so is a pass that lists everything and did not come to its end.
pub struct BeginPass {
    /// Whose lease allows it.
    pub job: Job,
    /// The calendar.
    pub calendar: CalendarId,
    /// Whose.
    pub host: HostId,
    /// The account and the provider's name of the calendar.
    pub source: String,
    /// Now.
    pub now: Timestamp,
}

/// What a pass has to go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The pass that counts.
    pub pass: i64,
    /// From which changes are listed.
    pub sync_token: Option<String>,
    /// Until when the pass that counts knows the calendar.
    pub covers_until: Option<Timestamp>,
    /// When everything was last listed.
    pub listed_at: Option<Timestamp>,
}

impl UnitOfWork for BeginPass {
    const NAME: &'static str = "mirror.begin_pass";
    type Outcome = Begun;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        let sql = "-- begin_pass
            insert into mirrors (workspace, calendar, host, source, pass) values ($1, $2, $3, $4, 0)
            on conflict (workspace, calendar) do update set host = excluded.host
            returning source, pass, sync_token, covers_until, listed_at";
        let (calendar, host) = (self.calendar.as_str(), self.host.as_str());
        let row = tx.find(sql, params![workspace.0, calendar, host, self.source.as_str()]).await?;
        let mut row = row.ok_or(StoreError::Unreadable("a mirror"))?;
        let source: String = row.take()?;
        if source != self.source {
            forget(tx, workspace, &self.calendar, self.now).await?;
            tx.find(sql, params![workspace.0, calendar, host, self.source.as_str()]).await?;
            bump_host(tx, workspace, &self.host).await?;
            return Ok(Begun { pass: 0, sync_token: None, covers_until: None, listed_at: None });
        }
        let pass: i64 = row.take()?;
        let unfinished = "-- forget_unfinished_pass
            delete from mirror_intervals where workspace = $1 and calendar = $2 and pass > $3";
        tx.execute(unfinished, params![workspace.0, calendar, pass]).await?;
        let (sync_token, covers_until, listed_at) = (row.take()?, row.take()?, row.take()?);
        Ok(Begun { pass, sync_token, covers_until, listed_at })
    }
}

async fn forget(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    now: Timestamp,
) -> Result<(), StoreError> {
    deletion::calendar_left(tx, workspace, calendar, now).await?;
    let intervals = "-- forget_busy
        delete from mirror_intervals where workspace = $1 and calendar = $2";
    tx.execute(intervals, params![workspace.0, calendar.as_str()]).await?;
    let mirror = "-- forget_mirror
        delete from mirrors where workspace = $1 and calendar = $2";
    tx.execute(mirror, params![workspace.0, calendar.as_str()]).await?;
    Ok(())
}

/// Forgets what was read of a calendar that is no longer in the setup, and ends the job.
pub struct ForgetMirror {
    /// Whose lease allows it.
    pub job: Job,
    /// The calendar.
    pub calendar: CalendarId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for ForgetMirror {
    const NAME: &'static str = "mirror.forget";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        forget(tx, self.job.workspace, &self.calendar, self.now).await?;
        job::finish(tx, &self.job).await
    }
}

/// What a page says of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorEntry {
    /// The provider's identifier.
    pub event_id: String,
    /// The time that it makes busy, in pieces; none when it does not.
    pub busy: Vec<Interval>,
    /// When it is; `None` for a whole day, or when it is gone.
    pub slot: Option<Interval>,
    /// The provider's version of it.
    pub etag: Option<String>,
    /// Whether it is gone.
    pub is_gone: bool,
    /// The booking and generation whose identifier it has.
    pub own: Option<(BookingId, u32)>,
}

/// Events of ours, by booking and generation.
pub type OwnEvents = BTreeSet<(BookingId, u32)>;

/// Keeps one page of a pass. Says which events of ours it found gone.
pub struct KeepPage {
    /// Whose lease allows it. It is renewed: a long pass goes on page by page.
    pub job: Job,
    /// Until when.
    pub leased_until: Timestamp,
    /// The calendar.
    pub calendar: CalendarId,
    /// Whose.
    pub host: HostId,
    /// The pass that is kept.
    pub pass: i64,
    /// Whether it counts already: changes do, a listing of everything only once it has ended.
    pub counts: bool,
    /// The page.
    pub entries: Vec<MirrorEntry>,
    /// First id of the jobs that look at what changed.
    pub first_id: JobId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for KeepPage {
    const NAME: &'static str = "mirror.keep_page";
    type Outcome = OwnEvents;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::renew(tx, &self.job, self.leased_until).await?;
        let mut gone = OwnEvents::new();
        let mut changed = OwnEvents::new();
        for entry in &self.entries {
            let own = self.own(tx, entry).await?;
            let is_ours = own.as_ref().is_some_and(|event| {
                event.record.state != EventState::Removed && Some(event.record.slot) == entry.slot
            });
            self.keep_busy(tx, entry, is_ours).await?;
            let (Some(event), Some((booking, generation))) = (own, entry.own) else { continue };
            if !is_booking(tx, self.job.workspace, booking).await? {
                continue; // An occurrence's event is seen to by its own job.
            }
            match self.follows(tx, entry, &event).await? {
                Follows::Nothing => {}
                Follows::Gone => drop(gone.insert((booking, generation))),
                Follows::Look => drop(changed.insert((booking, generation))),
            }
        }
        look_at(tx, self.job.workspace, &changed, self.first_id, self.now).await?;
        if self.counts && !self.entries.is_empty() {
            bump_host(tx, self.job.workspace, &self.host).await?;
        }
        Ok(gone)
    }
}

async fn is_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: BookingId,
) -> Result<bool, StoreError> {
    let sql = "-- is_booking
        select 1 from bookings where workspace = $1 and id = $2";
    Ok(tx.find(sql, params![workspace.0, id.uuid()]).await?.is_some())
}

/// What one entry means for an event of ours.
enum Follows {
    Nothing,
    /// Somebody changed it, or it should not be there: to be looked at by the booking's job.
    Look,
    Gone,
}

impl KeepPage {
    /// The record of an event that has an identifier of ours. An identifier proves nothing by
    /// itself: the booking may be of another installation that writes to the same calendar.
    async fn own(
        &self,
        tx: &mut impl Tx,
        entry: &MirrorEntry,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let Some((booking, generation)) = entry.own else { return Ok(None) };
        let events = list_events(tx, self.job.workspace, booking).await?;
        Ok(events.into_iter().find(|event| event.record.generation == generation))
    }

    async fn keep_busy(
        &self,
        tx: &mut impl Tx,
        entry: &MirrorEntry,
        is_ours: bool,
    ) -> Result<(), StoreError> {
        let workspace = self.job.workspace;
        let (calendar, event_id) = (self.calendar.as_str(), entry.event_id.as_str());
        let clear = "-- clear_busy
            delete from mirror_intervals
             where workspace = $1 and calendar = $2 and pass = $3 and event_id = $4";
        tx.execute(clear, params![workspace.0, calendar, self.pass, event_id]).await?;
        if entry.is_gone {
            // With a series go its instances, whose identifiers begin with its own.
            let instances = "-- clear_busy_series
                delete from mirror_intervals
                 where workspace = $1 and calendar = $2 and pass = $3
                   and event_id > $4 and event_id < $5";
            let (first, after) = (format!("{event_id}_"), format!("{event_id}`"));
            tx.execute(instances, params![workspace.0, calendar, self.pass, first, after]).await?;
        }
        if is_ours {
            return Ok(()); // Its claim stands for it.
        }
        let insert = "-- keep_busy
            insert into mirror_intervals (workspace, calendar, pass, event_id, starts_at, ends_at)
            values ($1, $2, $3, $4, $5, $6)";
        for piece in &entry.busy {
            let (start, end) = (piece.start(), piece.end());
            let params = params![workspace.0, calendar, self.pass, event_id, start, end];
            tx.execute(insert, params).await?;
        }
        Ok(())
    }

    async fn follows(
        &self,
        tx: &mut impl Tx,
        entry: &MirrorEntry,
        event: &StoredEvent,
    ) -> Result<Follows, StoreError> {
        if event.record.calendar != self.calendar {
            return Ok(Follows::Nothing); // A copy in the calendar of somebody who is invited.
        }
        match (event.record.state, entry.is_gone) {
            // Being written: the booking's own job finds out.
            (EventState::Intended, _) | (EventState::Removed, true) => Ok(Follows::Nothing),
            (EventState::Written | EventState::Changed, true) => Ok(Follows::Gone),
            (EventState::Written | EventState::Changed, false) => {
                let same = event.etag == entry.etag;
                Ok(if same { Follows::Nothing } else { Follows::Look })
            }
            // It should not be there: the booking's job removes what counts as intended.
            (EventState::Removed, false) => {
                let (generation, booking) = (event.record.generation, entry.own);
                if let Some((booking, _)) = booking {
                    let workspace = self.job.workspace;
                    calendar_event::reappeared(tx, workspace, booking, generation, self.now)
                        .await?;
                }
                Ok(Follows::Look)
            }
        }
    }
}

/// Has the bookings' jobs look at events that somebody changed.
pub(crate) async fn look_at(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    events: &OwnEvents,
    first_id: JobId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut id = first_id.uuid().as_u128();
    for (booking, generation) in events {
        calendar_event::changed(tx, workspace, *booking, *generation, now).await?;
        let task = Task::Calendar(*booking);
        let job = NewJob { id: JobId::new(Uuid::from_u128(id)), task, due_at: now, lease: None };
        job::enqueue(tx, workspace, &job, now).await?;
        id = id.wrapping_add(1);
    }
    Ok(())
}

/// What a listing of everything looked through.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The stretch.
    pub within: Interval,
    /// Our events that were there: what should be and was not is missing.
    pub found: OwnEvents,
}

/// Ends a pass: what it found counts, and the next one is due.
pub struct EndPass {
    /// Whose lease allows it.
    pub job: Job,
    /// The calendar.
    pub calendar: CalendarId,
    /// Whose.
    pub host: HostId,
    /// The pass that counts from now on.
    pub pass: i64,
    /// From which changes are listed next time; without it everything is.
    pub sync_token: Option<String>,
    /// What a listing of everything found; `None` after a pass over changes.
    pub listed: Option<Listed>,
    /// Our events that are gone, as far as the pass can say.
    pub gone: OwnEvents,
    /// First id of the jobs that look at them.
    pub look_ids: JobId,
    /// How many may be gone at once before an administrator has to decide.
    pub most_gone: u32,
    /// Whether what stands in the calendar blocks the host's time.
    pub blocks: bool,
    /// What the timelines of bookings say that something else has come over.
    pub note: TimelineEntry,
    /// When the pass began: what it found is as old as that.
    pub began_at: Timestamp,
    /// The row of the next pass, if there is none yet.
    pub next_id: JobId,
    /// When it is due.
    pub next_due_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EndPass {
    const NAME: &'static str = "mirror.end_pass";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        job::fence(tx, &self.job).await?;
        let workspace = self.job.workspace;
        let sql = "-- end_pass
            update mirrors set
                pass = $3, sync_token = $4, covers_until = coalesce($5, covers_until),
                listed_at = coalesce($6, listed_at), synced_at = $7, read_at = $7,
                unread_since = null
             where workspace = $1 and calendar = $2";
        let params = params![
            workspace.0,
            self.calendar.as_str(),
            self.pass,
            self.sync_token.clone(),
            self.listed.as_ref().map(|listed| listed.within.end()),
            self.listed.as_ref().map(|_| self.began_at),
            self.began_at,
        ];
        tx.execute(sql, params).await?;
        let others = "-- forget_other_passes
            delete from mirror_intervals where workspace = $1 and calendar = $2 and pass < $3";
        tx.execute(others, params![workspace.0, self.calendar.as_str(), self.pass]).await?;
        job::finish(tx, &self.job).await?;
        let task = Task::Sync(self.calendar.clone());
        let next = NewJob { id: self.next_id, task, due_at: self.next_due_at, lease: None };
        job::enqueue(tx, workspace, &next, self.now).await?;
        let mut gone = self.gone.clone();
        if let Some(listed) = &self.listed {
            gone.extend(self.missing(tx, listed).await?);
        }
        let (calendar, most) = (&self.calendar, self.most_gone);
        let gone = deletion::notice(tx, workspace, calendar, &gone, most, self.now).await?;
        look_at(tx, workspace, &gone, self.look_ids, self.now).await?;
        if self.blocks {
            let looked = Looked {
                workspace,
                calendar: &self.calendar,
                host: &self.host,
                pass: self.pass,
                note: &self.note,
                now: self.now,
            };
            conflict::compare(tx, &looked).await?;
        }
        bump_host(tx, workspace, &self.host).await
    }
}

impl EndPass {
    /// Our events that should be in the calendar and were not in its listing. What was written
    /// while it was listed may be missing in it rightly.
    async fn missing(&self, tx: &mut impl Tx, listed: &Listed) -> Result<OwnEvents, StoreError> {
        let sql = "-- missing_events
            select calendar_events.booking, calendar_events.generation from calendar_events
              join bookings on bookings.workspace = calendar_events.workspace
               and bookings.id = calendar_events.booking
             where calendar_events.workspace = $1 and calendar_events.calendar = $2
               and calendar_events.state in ('written', 'changed')
               and calendar_events.ends_at > $3 and calendar_events.starts_at < $4
               and calendar_events.updated_at < $5
               and bookings.status in ('pending', 'confirmed')";
        let params = params![
            self.job.workspace.0,
            self.calendar.as_str(),
            self.now,
            listed.within.end(),
            self.began_at,
        ];
        let mut missing = OwnEvents::new();
        for mut row in tx.query(sql, params).await? {
            let event = (BookingId::new(row.take()?), row.take()?);
            if !listed.found.contains(&event) {
                missing.insert(event);
            }
        }
        Ok(missing)
    }
}
