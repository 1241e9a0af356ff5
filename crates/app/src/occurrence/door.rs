//! The door of an occurrence: its roster, who has come, and who comes without having booked.

use domain::people::Name;
use domain::{BookingId, Interval, Occurrence, OccurrenceId, ServiceId};
use jiff::tz::TimeZone;
use serde_json::json;
use store::occurrence::{CheckIn, ListSeats, SeatsOf, WalkIn as WalkInUnit};

use crate::{App, AppError};

pub use store::occurrence::{Seated, WalkedIn};

/// What the door sees of an occurrence.
#[derive(Debug, Clone)]
pub struct Door {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// What takes place: the service's title, or its slug if it is gone.
    pub title: String,
    /// The host's zone.
    pub timezone: TimeZone,
    /// Who comes.
    pub seated: Vec<Seated>,
}

/// Somebody who comes without having booked.
#[derive(Debug, Clone)]
pub struct WalkIn {
    /// To which occurrence.
    pub occurrence: OccurrenceId,
    /// Who.
    pub name: Name,
    /// How many.
    pub people: u32,
}

impl App {
    /// An occurrence with its roster. `None` when there is none.
    pub async fn door(&self, id: OccurrenceId) -> Result<Option<Door>, AppError> {
        let unit = ListSeats { workspace: self.workspace(), occurrence: id };
        let Some((occurrence, seated)) = self.store().read(unit).await? else { return Ok(None) };
        let setup = self.setup();
        let service = setup.setup.service(&occurrence.service);
        let title =
            service.map_or_else(|| occurrence.service.to_string(), |service| service.title.clone());
        let host = setup.setup.host(&occurrence.host);
        let timezone = host.map_or(TimeZone::UTC, |host| host.timezone.clone());
        Ok(Some(Door { occurrence, title, timezone, seated }))
    }

    /// The occurrences of a service that somebody sits in and that start in a range.
    pub async fn occurrences(
        &self,
        service: &ServiceId,
        within: Interval,
    ) -> Result<Vec<Occurrence>, AppError> {
        let (workspace, now) = (self.workspace(), self.clock().now());
        let unit = SeatsOf { workspace, service: service.clone(), within, now };
        Ok(self.store().read(unit).await?.occurrences.into_values().collect())
    }

    /// Notes that a booking's people have come, or takes it back. `false` when it has no seats here.
    pub async fn check_in(
        &self,
        occurrence: OccurrenceId,
        booking: BookingId,
        arrived: bool,
    ) -> Result<bool, AppError> {
        let summary = if arrived { "Checked in at the door" } else { "Check-in taken back" };
        let unit = CheckIn {
            workspace: self.workspace(),
            occurrence,
            booking,
            arrived_at: arrived.then(|| self.clock().now()),
            entry: self.entry("booking.checked_in", summary, &json!({ "arrived": arrived })),
        };
        Ok(self.store().write(unit).await?)
    }

    /// Seats somebody who comes without having booked, as far as there are seats.
    pub async fn walk_in(&self, walk_in: WalkIn) -> Result<WalkedIn, AppError> {
        let Some(door) = self.door(walk_in.occurrence).await? else {
            return Ok(WalkedIn::NotFound);
        };
        let setup = self.reload_if_stale().await?;
        let Some(service) = setup.setup.service(&door.occurrence.service) else {
            return Ok(WalkedIn::NotOpen);
        };
        let host = setup.setup.host(&door.occurrence.host);
        let outside = host.is_some_and(|host| crate::calendar::offer(&setup.setup, host).outside);
        let unit = WalkInUnit {
            workspace: self.workspace(),
            occurrence: walk_in.occurrence,
            service: service.clone(),
            timezone: door.timezone,
            outside,
            name: walk_in.name,
            people: walk_in.people,
            id: self.ids().booking(),
            job_ids: [self.ids().job(), self.ids().job()],
            entry: self.entry("booking.walked_in", "Came without having booked", &json!({})),
            now: self.clock().now(),
        };
        let walked_in = self.store().write(unit).await?;
        self.wake_runner();
        Ok(walked_in)
    }
}
