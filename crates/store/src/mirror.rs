//! What we know of a calendar by reading it: busy time that is not ours, and how fresh that is.
//!
//! A pass that lists everything is built beside the one that counts, and takes its place in the
//! transaction that ends it: at no moment does busy time look free. A pass over changes is applied
//! page by page, and its token is stored when all of them are.

mod pass;

use domain::mirror::Reading;
use domain::{CalendarId, HostId, Interval, WorkspaceId};
use jiff::Timestamp;

use crate::claim::{LONGEST, bump_host};
use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

pub(crate) use pass::look_at;
pub use pass::{BeginPass, Begun, EndPass, ForgetMirror, KeepPage, Listed, MirrorEntry, OwnEvents};

/// Where something stands that makes a host's time busy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusyTime {
    /// The calendar that it stands in.
    pub calendar: CalendarId,
    /// When.
    pub interval: Interval,
}

/// What is known of a host's calendars over a stretch of time.
#[derive(Debug, Clone, Default)]
pub struct HostMirror {
    /// What makes the host busy, what touches the stretch alone.
    pub busy: Vec<BusyTime>,
    /// How each calendar was last read, in the order asked for.
    pub readings: Vec<Reading>,
}

/// What is known of some calendars over a stretch of time. Beyond what a pass has seen is busy.
pub(crate) async fn load_mirror(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendars: &[CalendarId],
    within: Interval,
) -> Result<HostMirror, StoreError> {
    let mut known = HostMirror::default();
    for calendar in calendars {
        let Some(Kept { pass, reading }) = find(tx, workspace, calendar).await? else {
            known.readings.push(Reading::default());
            continue;
        };
        known.readings.push(reading);
        let unseen = reading.covers_until.filter(|_| reading.synced_at.is_some());
        let unseen =
            unseen.and_then(|until| Interval::new(until.max(within.start()), within.end()));
        let busy = list_busy(tx, workspace, calendar, pass, within).await?;
        known.busy.extend(
            busy.into_iter()
                .chain(unseen)
                .map(|interval| BusyTime { calendar: calendar.clone(), interval }),
        );
    }
    Ok(known)
}

struct Kept {
    pass: i64,
    reading: Reading,
}

async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
) -> Result<Option<Kept>, StoreError> {
    let sql = "-- find_mirror
        select pass, synced_at, read_at, unread_since, covers_until from mirrors
         where workspace = $1 and calendar = $2";
    let row = tx.find(sql, params![workspace.0, calendar.as_str()]).await?;
    row.map(|mut row| {
        let (pass, synced_at, read_at) = (row.take()?, row.take()?, row.take()?);
        let unread_since: Option<Timestamp> = row.take()?;
        let is_failing = unread_since.is_some();
        let reading = Reading { synced_at, read_at, is_failing, covers_until: row.take()? };
        Ok(Kept { pass, reading })
    })
    .transpose()
}

async fn list_busy(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    pass: i64,
    within: Interval,
) -> Result<Vec<Interval>, StoreError> {
    let sql = "-- list_busy: bounded by the longest piece, so what is far away costs nothing
        select starts_at, ends_at from mirror_intervals
         where workspace = $1 and calendar = $2 and pass = $3
           and ends_at > $4 and ends_at < $5 and starts_at < $6
         order by ends_at";
    let bound = within.end().checked_add(LONGEST).unwrap_or(Timestamp::MAX);
    let (from, until) = (within.start(), within.end());
    let params = params![workspace.0, calendar.as_str(), pass, from, bound, until];
    tx.query(sql, params).await?.into_iter().map(interval).collect()
}

fn interval(mut row: Row) -> Result<Interval, StoreError> {
    Interval::new(row.take()?, row.take()?).ok_or(StoreError::Unreadable("a busy interval"))
}

/// Forgets that an event makes time busy.
pub(crate) async fn forget_event(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    calendar: &CalendarId,
    event_id: &str,
) -> Result<(), StoreError> {
    let sql = "-- forget_busy_event
        delete from mirror_intervals where workspace = $1 and calendar = $2 and event_id = $3";
    tx.execute(sql, params![workspace.0, calendar.as_str(), event_id]).await?;
    Ok(())
}

/// What is known of some calendars over a stretch of time.
pub struct LoadMirror {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub calendars: Vec<CalendarId>,
    /// The stretch.
    pub within: Interval,
}

impl UnitOfWork for LoadMirror {
    const NAME: &'static str = "mirror.load";
    type Outcome = HostMirror;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        load_mirror(tx, self.workspace, &self.calendars, self.within).await
    }
}

/// Notes whether some calendars of a host answered when they were asked.
pub struct NoteReading {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub host: HostId,
    /// Which, with what each is at its provider.
    pub calendars: Vec<(CalendarId, String)>,
    /// Whether they answered.
    pub answered: bool,
    /// When they were asked.
    pub at: Timestamp,
}

impl UnitOfWork for NoteReading {
    const NAME: &'static str = "mirror.note_reading";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        for (calendar, source) in &self.calendars {
            let sql = "-- note_reading
                insert into mirrors (workspace, calendar, host, source, pass, read_at, unread_since)
                values ($1, $2, $3, $4, 0, $5, $6)
                on conflict (workspace, calendar) do update set
                    read_at = coalesce(excluded.read_at, mirrors.read_at),
                    unread_since = case when excluded.unread_since is null then null
                        else coalesce(mirrors.unread_since, excluded.unread_since) end";
            let (read_at, unread_since) =
                if self.answered { (Some(self.at), None) } else { (None, Some(self.at)) };
            let params = params![
                self.workspace.0,
                calendar.as_str(),
                self.host.as_str(),
                source.as_str(),
                read_at,
                unread_since,
            ];
            tx.execute(sql, params).await?;
        }
        bump_host(tx, self.workspace, &self.host).await
    }
}
