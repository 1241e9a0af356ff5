//! Our events that are missing in a calendar, and the breaker that keeps a mass deletion from
//! becoming as many cancellations.

use domain::id::JobId;
use domain::incident::IncidentKind;
use domain::{BookingId, CalendarId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::mirror::{OwnEvents, look_at};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Over how much time deletions are counted.
const COUNTED_OVER: SignedDuration = SignedDuration::from_mins(10);

/// What an administrator decides about events that are missing together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They were meant: what a direct read confirms is cancelled.
    Accept,
    /// They were not: the bookings stand, and their events are written anew.
    Restore,
}

impl Decision {
    /// The decision's name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Restore => "restore",
        }
    }

    /// The decision of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Accept, Self::Restore].into_iter().find(|decision| decision.as_str() == name)
    }
}

/// Whether a deletion that a direct read confirmed is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// It cancels the booking.
    Believed,
    /// The booking stands, and its event is written anew.
    Restored,
    /// Nobody has decided yet.
    Undecided,
}

/// A calendar in which too many of our events are missing at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The calendar.
    pub calendar: CalendarId,
    /// Since when nothing that is missing there is believed.
    pub since: Timestamp,
    /// How many events an administrator has to decide about.
    pub missing: i64,
}

/// Notes that events of ours are missing. Says which of them are to be looked at; none, as long as
/// there are so many that an administrator has to decide.
pub(crate) async fn notice(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    gone: &OwnEvents,
    most: u32,
    now: Timestamp,
) -> Result<OwnEvents, StoreError> {
    let mut missing = OwnEvents::new();
    for (booking, generation) in gone {
        if matters(tx, workspace, *booking, *generation, now).await? {
            missing.insert((*booking, *generation));
        }
    }
    forget_old(tx, workspace, calendar, now).await?;
    let sql = "-- notice_deletion
        insert into deletions (workspace, booking, generation, calendar, noticed_at)
        values ($1, $2, $3, $4, $5)
        on conflict do nothing";
    for (booking, generation) in &missing {
        let params = params![workspace.0, booking.uuid(), *generation, calendar.as_str(), now];
        tx.execute(sql, params).await?;
    }
    if count_undecided(tx, workspace, calendar, now).await? > i64::from(most) {
        hold(tx, workspace, calendar, most, now).await?;
    }
    let is_held = held_since(tx, workspace, calendar).await?.is_some();
    Ok(if is_held { OwnEvents::new() } else { missing })
}

/// Whether it would end anything that an event of ours is gone: one of a booking that is over, or
/// whose time has passed, may go.
async fn matters(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "-- deletion_matters
        select 1 from calendar_events
          join bookings on bookings.workspace = calendar_events.workspace
           and bookings.id = calendar_events.booking
         where calendar_events.workspace = $1 and calendar_events.booking = $2
           and calendar_events.generation = $3
           and calendar_events.state in ('written', 'changed') and calendar_events.ends_at > $4
           and bookings.status in ('pending', 'confirmed')";
    let found = tx.find(sql, params![workspace.0, booking.uuid(), generation, now]).await?;
    Ok(found.is_some())
}

async fn forget_old(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if held_since(tx, workspace, calendar).await?.is_some() {
        return Ok(());
    }
    let sql = "-- forget_old_deletions
        delete from deletions where workspace = $1 and calendar = $2 and noticed_at <= $3";
    tx.execute(sql, params![workspace.0, calendar.as_str(), now - COUNTED_OVER]).await?;
    Ok(())
}

async fn count_undecided(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "-- count_deletions
        select count(*) from deletions
         where workspace = $1 and calendar = $2 and noticed_at > $3 and decision is null";
    let row = tx.find(sql, params![workspace.0, calendar.as_str(), now - COUNTED_OVER]).await?;
    row.ok_or(StoreError::Unreadable("a count"))?.take()
}

async fn hold(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    most: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- hold_deletions
        update mirrors set held_since = $3
         where workspace = $1 and calendar = $2 and held_since is null";
    if tx.execute(sql, params![workspace.0, calendar.as_str(), now]).await? == 0 {
        return Ok(());
    }
    let summary = format!(
        "More than {most} events of bookings are missing in calendar '{calendar}'. Their bookings \
         stand until you decide, with POST /v1/calendars/{calendar}/deletions: \"accept\" cancels \
         them, \"restore\" writes their events again."
    );
    let subject = calendar.to_string();
    let incident = NewIncident::noticed(IncidentKind::MassDeletion, subject, summary, now);
    incident::open(tx, workspace, &incident, now).await?;
    Ok(())
}

async fn held_since(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "-- deletions_held_since
        select held_since from mirrors where workspace = $1 and calendar = $2";
    let row = tx.find(sql, params![workspace.0, calendar.as_str()]).await?;
    row.map_or(Ok(None), |mut row| row.take())
}

/// Whether it is believed that an event is gone, now that a direct read said so.
pub(crate) async fn belief(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    booking: BookingId,
    generation: u32,
) -> Result<Belief, StoreError> {
    let sql = "-- find_decision
        select decision from deletions
         where workspace = $1 and booking = $2 and generation = $3";
    let row = tx.find(sql, params![workspace.0, booking.uuid(), generation]).await?;
    let decision: Option<String> = row.map_or(Ok(None), |mut row| row.take())?;
    Ok(match decision.as_deref().and_then(Decision::named) {
        Some(Decision::Accept) => Belief::Believed,
        Some(Decision::Restore) => Belief::Restored,
        None if held_since(tx, workspace, calendar).await?.is_some() => Belief::Undecided,
        None => Belief::Believed,
    })
}

/// Notes that an event is there after all.
pub(crate) async fn disproved(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
) -> Result<(), StoreError> {
    let sql = "-- deletion_disproved
        delete from deletions where workspace = $1 and booking = $2 and generation = $3";
    tx.execute(sql, params![workspace.0, booking.uuid(), generation]).await?;
    Ok(())
}

/// A calendar is read no more, or another one has its slug now: there is nothing left to decide.
pub(crate) async fn calendar_left(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let resolution = "The calendar is not read any more.";
    let kind = IncidentKind::MassDeletion;
    incident::close(tx, workspace, kind, calendar.as_str(), resolution, now).await?;
    Ok(())
}

/// Decides about all events of ours that are missing in a calendar. Says how many; `None` when
/// nothing waits for a decision there.
pub struct DecideDeletions {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The calendar.
    pub calendar: CalendarId,
    /// What is decided.
    pub decision: Decision,
    /// First id of the jobs that carry it out.
    pub first_id: JobId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for DecideDeletions {
    const NAME: &'static str = "deletion.decide";
    type Outcome = Option<usize>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- release_deletions
            update mirrors set held_since = null
             where workspace = $1 and calendar = $2 and held_since is not null";
        let calendar = self.calendar.as_str();
        if tx.execute(sql, params![self.workspace.0, calendar]).await? == 0 {
            return Ok(None);
        }
        let resolution = match self.decision {
            Decision::Accept => "An admin accepted that the events are gone.",
            Decision::Restore => "An admin had the events written again.",
        };
        let kind = IncidentKind::MassDeletion;
        incident::close(tx, self.workspace, kind, calendar, resolution, self.now).await?;
        let sql = "-- decide_deletions
            update deletions set decision = $3
             where workspace = $1 and calendar = $2 and decision is null
            returning booking, generation";
        let decided = params![self.workspace.0, calendar, self.decision.as_str()];
        let mut events = OwnEvents::new();
        for mut row in tx.query(sql, decided).await? {
            events.insert((BookingId::new(row.take()?), row.take()?));
        }
        look_at(tx, self.workspace, &events, self.first_id, self.now).await?;
        Ok(Some(events.len()))
    }
}

/// The calendars in which something waits for a decision.
pub struct ListHeld {
    /// The tenant.
    pub workspace: WorkspaceId,
}

impl UnitOfWork for ListHeld {
    const NAME: &'static str = "deletion.list_held";
    type Outcome = Vec<Held>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_held
            select mirrors.calendar, mirrors.held_since, (
                    select count(*) from deletions
                     where deletions.workspace = mirrors.workspace
                       and deletions.calendar = mirrors.calendar and decision is null)
              from mirrors
             where mirrors.workspace = $1 and mirrors.held_since is not null
             order by mirrors.calendar";
        let rows = tx.query(sql, params![self.workspace.0]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Held {
                    calendar: row.take_parsed("a held calendar")?,
                    since: row.take()?,
                    missing: row.take()?,
                })
            })
            .collect()
    }
}
