//! The door: who has come, and who comes without having booked.

use domain::booking::Edition;
use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::people::Name;
use domain::{
    Attendee, Booking, BookingId, BookingState, Occurrence, OccurrenceId, Service, WorkspaceId,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::row::{find_occurrence, lock_seats, update_occurrence};
use super::seat::{SHOWN_AFTER, add_people, insert_seats_of, without_lapsed};
use crate::booking::{insert_booking, lock_booking};
use crate::claim;
use crate::error::StoreError;
use crate::job::{self, NewJob, Task};
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Notes that a booking's people have come, or that they have not after all.
pub struct CheckIn {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// Which booking.
    pub booking: BookingId,
    /// When they came; `None` takes it back.
    pub arrived_at: Option<Timestamp>,
    /// What the timeline says.
    pub entry: TimelineEntry,
}

impl UnitOfWork for CheckIn {
    const NAME: &'static str = "occurrence.check_in";
    /// `false` when the booking has no seats here.
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        lock_booking(tx, self.workspace, self.booking).await?;
        let sql = "-- find_arrival
            select arrived_at from seats
             where workspace = $1 and occurrence = $2 and holder = $3 and expires_at is null";
        let seats = params![self.workspace.0, self.occurrence.uuid(), self.booking.uuid()];
        let Some(mut row) = tx.find(sql, seats).await? else { return Ok(false) };
        let before: Option<Timestamp> = row.take()?;
        if before.is_some() == self.arrived_at.is_some() {
            return Ok(true); // A second click is not an error, and the first one counts.
        }
        let sql = "-- note_arrival
            update seats set arrived_at = $4
             where workspace = $1 and occurrence = $2 and holder = $3";
        let (id, holder) = (self.occurrence.uuid(), self.booking.uuid());
        tx.execute(sql, params![self.workspace.0, id, holder, self.arrived_at]).await?;
        timeline::append(tx, self.workspace, self.booking, &self.entry).await?;
        Ok(true)
    }
}

/// Seats somebody who comes without having booked. No rule of the service speaks against it but its
/// seats: they are at the door.
pub struct WalkIn {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// Its service.
    pub service: Service,
    /// The host's zone.
    pub timezone: TimeZone,
    /// Whether a calendar outside shows it.
    pub outside: bool,
    /// Who.
    pub name: Name,
    /// How many.
    pub people: u32,
    /// The new booking's id.
    pub id: BookingId,
    /// Ids for the jobs.
    pub job_ids: [JobId; 2],
    /// What the timeline says.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum WalkedIn {
    /// They have seats.
    Seated(Box<Booking>),
    /// Not so many seats are left.
    Full {
        /// How many are.
        remaining: u32,
    },
    /// The event does not stand, or is over.
    NotOpen,
    /// There is no such occurrence.
    NotFound,
}

impl UnitOfWork for WalkIn {
    const NAME: &'static str = "occurrence.walk_in";
    type Outcome = WalkedIn;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        lock_seats(tx, workspace, &self.service.id).await?;
        let Some(found) = find_occurrence(tx, workspace, self.occurrence).await? else {
            return Ok(WalkedIn::NotFound);
        };
        if found.state != OccurrenceState::Standing || now >= found.slot.end() {
            return Ok(WalkedIn::NotOpen);
        }
        let found = without_lapsed(tx, workspace, found, now).await?;
        let capacity = self.service.group.as_ref().map_or(found.capacity, |group| group.capacity);
        if !add_people(tx, workspace, found.id, self.people, capacity).await? {
            let remaining = capacity.saturating_sub(found.taken);
            return Ok(WalkedIn::Full { remaining });
        }
        let booking = self.booking(&found);
        insert_booking(tx, workspace, &booking, None).await?;
        insert_seats_of(tx, workspace, found.id, self.id.uuid(), self.people, None).await?;
        let sql = "-- note_walk_in
            update seats set arrived_at = $4
             where workspace = $1 and occurrence = $2 and holder = $3";
        let (seats, holder) = (found.id.uuid(), self.id.uuid());
        tx.execute(sql, params![workspace.0, seats, holder, now]).await?;
        timeline::append(tx, workspace, self.id, &self.entry).await?;
        claim::bump_host(tx, workspace, &found.host).await?;
        let joined = Occurrence { roster: found.roster + 1, ..found };
        update_occurrence(tx, workspace, &joined, now).await?;
        self.leave_jobs(tx, &joined).await?;
        Ok(WalkedIn::Seated(Box::new(booking)))
    }
}

impl WalkIn {
    fn booking(&self, occurrence: &Occurrence) -> Booking {
        let lead = Attendee {
            name: Some(self.name.clone()),
            email: None,
            phone: None,
            timezone: None,
            locale: None,
        };
        Booking {
            id: self.id,
            service: self.service.id.clone(),
            host: occurrence.host.clone(),
            joined: Vec::new(),
            slot: occurrence.slot,
            title: self.service.title.clone(),
            location: self.service.location.clone(),
            edition: Edition::default(),
            timezone: self.timezone.clone(),
            party_size: self.people,
            attendees: vec![lead],
            notes: None,
            answers: [].into(),
            submission_id: None,
            source: None,
            state: BookingState::Confirmed { change: None },
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    async fn leave_jobs(
        &self,
        tx: &mut impl Tx,
        occurrence: &Occurrence,
    ) -> Result<(), StoreError> {
        let (workspace, now) = (self.workspace, self.now);
        let due_at = occurrence.slot.end();
        let timer = NewJob { id: self.job_ids[0], task: Task::Timer(self.id), due_at, lease: None };
        job::schedule(tx, workspace, &timer, now).await?;
        if self.outside {
            let (task, due_at) = (Task::Occurrence(occurrence.id), now + SHOWN_AFTER);
            let show = NewJob { id: self.job_ids[1], task, due_at, lease: None };
            job::enqueue(tx, workspace, &show, now).await?;
        }
        Ok(())
    }
}
