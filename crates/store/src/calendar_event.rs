//! What we know of the calendar events we wrote or may have written.

use domain::calendar_event::EventOwner;
use domain::convergence::{EventRecord, EventState, event_id};
use domain::{BookingId, CalendarId, HostId, Interval, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::params;
use crate::tx::Tx;
use crate::value::Row;

/// A record with what the provider told us about the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// What convergence needs to know.
    pub record: EventRecord,
    /// The identifier that we chose.
    pub event_id: String,
    /// The provider's version of it, for `If-Match`.
    pub etag: Option<String>,
    /// Its page at the provider.
    pub html_link: Option<String>,
    /// What calendars everywhere know it by.
    pub ical_uid: Option<String>,
}

impl StoredEvent {
    /// Whether it is the event of this owner alone: an occurrence's stands for several bookings.
    pub fn is_of(&self, owner: impl Into<EventOwner>) -> bool {
        self.event_id == event_id(owner, self.record.generation)
    }
}

/// What the provider answered when it wrote an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenEvent {
    /// The provider's version of it.
    pub etag: Option<String>,
    /// Its page at the provider.
    pub html_link: Option<String>,
    /// What calendars everywhere know it by.
    pub ical_uid: Option<String>,
    /// The roster that it shows, where it is an occurrence's.
    pub roster: Option<i64>,
    /// The edition of its booking's title and place that it shows.
    pub edition: i64,
}

/// The events of a booking or an occurrence, removed ones included, oldest first.
pub async fn list_events(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
) -> Result<Vec<StoredEvent>, StoreError> {
    let owner = owner.into();
    let sql = "-- list_calendar_events
        select generation, calendar, state, starts_at, ends_at, edition,
               event_id, etag, html_link, ical_uid
          from calendar_events
         where workspace = $1 and booking = $2
         order by generation";
    tx.query(sql, params![workspace.0, owner.uuid()]).await?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<StoredEvent, StoreError> {
    let generation = row.take()?;
    let calendar = row.take_parsed("an event's calendar")?;
    let state = row.take_as("an event's state", |name: String| EventState::named(&name))?;
    let slot = Interval::new(row.take()?, row.take()?)
        .ok_or(StoreError::Unreadable("an event's interval"))?;
    Ok(StoredEvent {
        record: EventRecord { generation, calendar, state, slot, edition: row.take()? },
        event_id: row.take()?,
        etag: row.take()?,
        html_link: row.take()?,
        ical_uid: row.take()?,
    })
}

/// Notes that an event is about to be written, before the call that writes it.
pub async fn intend(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    generation: u32,
    calendar: &CalendarId,
    slot: Interval,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owner = owner.into();
    let sql = "-- intend_calendar_event: an intended one may take another time before it is written
        insert into calendar_events (
            workspace, booking, generation, calendar, event_id, state,
            starts_at, ends_at, updated_at
        )
        values ($1, $2, $3, $4, $5, 'intended', $6, $7, $8)
        on conflict (workspace, booking, generation) do update set
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, updated_at = excluded.updated_at
         where calendar_events.state = 'intended'";
    let params = params![
        workspace.0,
        owner.uuid(),
        generation,
        calendar.as_str(),
        event_id(owner, generation),
        slot.start(),
        slot.end(),
        now,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Notes a new booking's event in a calendar that we keep ourselves: it stands with this transaction.
pub(crate) async fn keep_here(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    calendar: &CalendarId,
    slot: Interval,
    now: Timestamp,
) -> Result<StoredEvent, StoreError> {
    let owner = owner.into();
    let sql = "-- keep_calendar_event
        insert into calendar_events (
            workspace, booking, generation, calendar, event_id, state,
            starts_at, ends_at, updated_at
        )
        values ($1, $2, $3, $4, $5, 'written', $6, $7, $8)";
    let (generation, event_id) = (0, event_id(owner, 0));
    let params = params![
        workspace.0,
        owner.uuid(),
        generation,
        calendar.as_str(),
        event_id.as_str(),
        slot.start(),
        slot.end(),
        now,
    ];
    tx.execute(sql, params).await?;
    let (calendar, state) = (calendar.clone(), EventState::Written);
    let record = EventRecord { generation, calendar, state, slot, edition: 0 };
    Ok(StoredEvent { record, event_id, etag: None, html_link: None, ical_uid: None })
}

/// Notes an event in a calendar that we keep ourselves, unless one stands there already.
pub(crate) async fn keep_again(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    calendar: &CalendarId,
    slot: Interval,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owner = owner.into();
    let events = list_events(tx, workspace, owner).await?;
    let records: Vec<_> = events.into_iter().map(|event| event.record).collect();
    let standing = domain::convergence::standing_event(&records, calendar);
    let generation = standing.unwrap_or_else(|| domain::convergence::next_generation(&records));
    intend(tx, workspace, owner, generation, calendar, slot, now).await?;
    written(tx, workspace, owner, generation, slot, &WrittenEvent::default(), now).await
}

/// The events that show a booking: its own, or those of the occurrence it has seats in.
pub(crate) async fn events_of_booking(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Vec<StoredEvent>, StoreError> {
    let own = list_events(tx, workspace, booking).await?;
    if !own.is_empty() {
        return Ok(own);
    }
    let sql = "-- events_of_occurrence
        select generation, calendar, state, calendar_events.starts_at, calendar_events.ends_at,
               calendar_events.edition, event_id, etag, html_link, ical_uid
          from seats
          join calendar_events on calendar_events.workspace = $1
           and calendar_events.booking = seats.occurrence
         where seats.workspace = $1 and seats.holder = $2
         order by calendar_events.booking, generation";
    tx.query(sql, params![workspace.0, booking.uuid()]).await?.into_iter().map(read).collect()
}

/// Notes that the event stands at `slot`, as the provider said.
pub async fn written(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    generation: u32,
    slot: Interval,
    answer: &WrittenEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owner = owner.into();
    let sql = "-- calendar_event_written
        update calendar_events set
            state = 'written', starts_at = $4, ends_at = $5, etag = $6,
            html_link = coalesce($7, html_link), ical_uid = coalesce($8, ical_uid), updated_at = $9,
            edition = case when $10 > edition then $10 else edition end
         where workspace = $1 and booking = $2 and generation = $3";
    let params = params![
        workspace.0,
        owner.uuid(),
        generation,
        slot.start(),
        slot.end(),
        answer.etag.clone(),
        answer.html_link.clone(),
        answer.ical_uid.clone(),
        now,
        answer.edition,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Notes that the event is gone, or was never there. Its generation is used up.
pub async fn removed(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    generation: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owner = owner.into();
    let sql = "-- calendar_event_removed
        update calendar_events set state = 'removed', updated_at = $4
         where workspace = $1 and booking = $2 and generation = $3";
    tx.execute(sql, params![workspace.0, owner.uuid(), generation, now]).await?;
    Ok(())
}

/// Notes that it is uncertain what stands of the events that were written.
pub async fn doubt(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    owner: impl Into<EventOwner>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owner = owner.into();
    let sql = "-- doubt_calendar_events
        update calendar_events set state = 'intended', updated_at = $3
         where workspace = $1 and booking = $2 and state in ('written', 'changed')";
    tx.execute(sql, params![workspace.0, owner.uuid(), now]).await?;
    Ok(())
}

/// Notes that somebody changed an event: it is looked at before it is believed.
pub(crate) async fn changed(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- calendar_event_changed
        update calendar_events set state = 'changed', updated_at = $4
         where workspace = $1 and booking = $2 and generation = $3 and state = 'written'";
    tx.execute(sql, params![workspace.0, booking.uuid(), generation, now]).await?;
    Ok(())
}

/// Notes that nobody has decided yet what it means that a changed event is gone.
pub(crate) async fn undecided(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- calendar_event_undecided
        update calendar_events set state = 'written', updated_at = $4
         where workspace = $1 and booking = $2 and generation = $3 and state = 'changed'";
    tx.execute(sql, params![workspace.0, booking.uuid(), generation, now]).await?;
    Ok(())
}

/// Notes what a look at a changed event showed. Where we last wrote it stays on record.
pub(crate) async fn looked_at(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
    answer: &WrittenEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- calendar_event_looked_at
        update calendar_events set
            state = 'written', etag = $4, html_link = coalesce($5, html_link),
            ical_uid = coalesce($6, ical_uid), updated_at = $7
         where workspace = $1 and booking = $2 and generation = $3 and state = 'changed'";
    let params = params![
        workspace.0,
        booking.uuid(),
        generation,
        answer.etag.clone(),
        answer.html_link.clone(),
        answer.ical_uid.clone(),
        now,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Notes that an event that was removed stands in the calendar.
pub(crate) async fn reappeared(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    generation: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- calendar_event_reappeared
        update calendar_events set state = 'intended', updated_at = $4
         where workspace = $1 and booking = $2 and generation = $3 and state = 'removed'";
    tx.execute(sql, params![workspace.0, booking.uuid(), generation, now]).await?;
    Ok(())
}

/// The identifiers of our own events that a calendar may show in a stretch: what a live check must
/// not take for somebody else's.
pub struct OwnEvents {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The calendar looked at.
    pub calendar: CalendarId,
    /// Whose it is: it shows the events of what they join, too, which invite them.
    pub joined: HostId,
    /// The stretch.
    pub within: Interval,
}

impl crate::tx::UnitOfWork for OwnEvents {
    const NAME: &'static str = "calendar_event.own";
    type Outcome = Vec<String>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let bound = self.within.end().checked_add(crate::claim::LONGEST).unwrap_or(Timestamp::MAX);
        let (start, end) = (self.within.start(), self.within.end());
        let sql = "-- own_events: the claim, not the calendar, keeps our own bookings apart
            select event_id from calendar_events
             where workspace = $1 and calendar = $2 and state <> 'removed'
               and ends_at > $3 and ends_at < $4 and starts_at < $5";
        let here = params![self.workspace.0, self.calendar.as_str(), start, bound, end];
        let mut rows = tx.query(sql, here).await?;
        let sql = "-- own_events_of_others
            select calendar_events.event_id from bookings
              join calendar_events on calendar_events.workspace = bookings.workspace
               and calendar_events.booking = bookings.id and calendar_events.state <> 'removed'
             where bookings.workspace = $1 and bookings.joined is not null
               and bookings.joined like '%,' || $2 || ',%'
               and calendar_events.ends_at > $3 and calendar_events.ends_at < $4
               and calendar_events.starts_at < $5";
        let there = params![self.workspace.0, self.joined.as_str(), start, bound, end];
        rows.extend(tx.query(sql, there).await?);
        rows.into_iter().map(|mut row| row.take()).collect()
    }
}
