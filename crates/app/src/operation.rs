//! Mass changes: asked for once, carried out booking by booking, under the quota of the accounts
//! and in an order in which each finds its new time free.

mod carry_out;
mod request;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::operation::{Action, Outcome, Progress, shifted};
use domain::{Booking, BookingId, HostId, Interval, OperationId};
use jiff::Timestamp;
use store::booking::{BookingFilter, StoredBooking};
use store::operation::{
    CreateOperation, HoldersWithin, ListOperations, LoadOperation, NudgeOperation, SetProgress,
};

use crate::setup::Setup;
use crate::{App, AppError};

pub use request::{Filter, Request};
pub use store::operation::{Item, Operation};

/// The most bookings of one operation.
pub const MOST_BOOKINGS: usize = 2_000;

/// What an operator asks for.
#[derive(Debug, Clone)]
pub struct MassChange {
    /// What is done to each booking.
    pub action: Action,
    /// Which bookings; of those the active ones that are still to come.
    pub filter: BookingFilter,
    /// Says what would happen, and changes nothing.
    pub dry_run: bool,
}

/// How many bookings of an operation came to which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub total: usize,
    /// Those that are as was asked.
    pub done: usize,
    /// Those that could not be.
    pub failed: usize,
}

impl Tally {
    /// Counts the items of an operation.
    pub fn of(items: &[Item]) -> Self {
        let done = items.iter().filter(|item| item.outcome == Some(Outcome::Done)).count();
        let ended = items.iter().filter(|item| item.outcome.is_some()).count();
        Self { total: items.len(), done, failed: ended - done }
    }

    /// Those that came to an end, whichever.
    pub fn ended(self) -> usize {
        self.done + self.failed
    }
}

/// Why an operation was not begun.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// More bookings match than one operation takes.
    #[error("more than {MOST_BOOKINGS} bookings match; narrow the filter")]
    TooMany,
    /// We could not do it.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Which operation each booking that this process has begun belongs to: so that the next one's turn
/// comes at once, not with the next look.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<HashMap<BookingId, OperationId>>);

impl UnderWay {
    fn add(&self, booking: BookingId, operation: OperationId) {
        self.map().insert(booking, operation);
    }

    fn take(&self, booking: BookingId) -> Option<OperationId> {
        self.map().remove(&booking)
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<BookingId, OperationId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Begins a mass change, or says what it would do.
    pub async fn begin_operation(
        &self,
        wish: MassChange,
    ) -> Result<(Operation, Vec<Item>), OperationError> {
        let bookings = self.bookings_to_change(&wish).await?;
        let snapshot = self.setup();
        let mut items: Vec<Item> = (0_i64..)
            .zip(&bookings)
            .map(|(position, stored)| item(position, stored, &wish.action, &snapshot.setup))
            .collect();
        if wish.dry_run {
            self.foresee(&bookings, &mut items, &snapshot.setup).await?;
        }
        let is_done = wish.dry_run || items.is_empty();
        let operation = Operation {
            id: self.ids().operation(),
            action: wish.action.as_str().to_owned(),
            request: Request::of(&wish).text(),
            progress: if is_done { Progress::Done } else { Progress::Running },
            dry_run: wish.dry_run,
            created_at: self.clock().now(),
        };
        let unit = CreateOperation {
            workspace: self.workspace(),
            operation: operation.clone(),
            items: items.clone(),
            job_id: self.ids().job(),
        };
        self.store().write(unit).await.map_err(AppError::from)?;
        let (id, total) = (operation.id, items.len());
        tracing::info!(operation.id = %id, total, "operation {id} of {total} bookings");
        self.wake_runner();
        Ok((operation, items))
    }

    /// The bookings that match, in the order in which they are taken.
    async fn bookings_to_change(
        &self,
        wish: &MassChange,
    ) -> Result<Vec<StoredBooking>, OperationError> {
        let now = self.clock().now();
        let from = wish.filter.from.map_or(now, |from| from.max(now));
        let filter = BookingFilter { from: Some(from), ..wish.filter.clone() };
        let limit = i64::try_from(MOST_BOOKINGS + 1).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        for status in ["pending", "confirmed"] {
            if wish.filter.status.as_deref().is_none_or(|wanted| wanted == status) {
                let status = Some(status.to_owned());
                let filter = BookingFilter { status, ..filter.clone() };
                found.extend(self.list_bookings(filter, None, limit).await?);
            }
        }
        if found.len() > MOST_BOOKINGS {
            return Err(OperationError::TooMany);
        }
        wish.action.order(&mut found, |stored| stored.booking.slot.start());
        Ok(found)
    }

    /// What would come of each, by our own records; what the calendars hold is not asked.
    async fn foresee(
        &self,
        bookings: &[StoredBooking],
        items: &mut [Item],
        setup: &Setup,
    ) -> Result<(), AppError> {
        let holders: Vec<uuid::Uuid> = bookings.iter().map(|it| it.booking.id.uuid()).collect();
        for (stored, item) in bookings.iter().zip(items) {
            item.outcome = Some(self.foreseen(&stored.booking, item, &holders, setup).await?);
        }
        Ok(())
    }

    async fn foreseen(
        &self,
        booking: &Booking,
        item: &Item,
        holders: &[uuid::Uuid],
        setup: &Setup,
    ) -> Result<Outcome, AppError> {
        // What is called off or only described anew, nothing hinders.
        let Some(start) = item.wanted_start else { return Ok(Outcome::Done) };
        let host: Option<HostId> = item.wanted_host.parse().ok();
        let host = host.filter(|host| setup.host(host).is_some());
        let slot = Interval::starting(start, booking.slot.length());
        let (Some(host), Some(service), Some(slot)) = (host, setup.service(&booking.service), slot)
        else {
            return Ok(Outcome::Failed);
        };
        if !booking.joined.is_empty() && host != booking.host {
            return Ok(Outcome::Failed); // What several hosts come to is given to nobody else.
        }
        let within = slot.widened(service.rules.buffer_before, service.rules.buffer_after);
        let (workspace, now) = (self.workspace(), self.clock().now());
        for host in std::iter::once(&host).chain(&booking.joined).cloned() {
            let unit = HoldersWithin { workspace, host, within, now };
            let others = self.store().read(unit).await?;
            // Those that are changed too make room for each other.
            if !others.iter().all(|holder| holders.contains(holder)) {
                return Ok(Outcome::Conflict);
            }
        }
        Ok(Outcome::Done)
    }

    /// An operation with its items.
    pub async fn find_operation(
        &self,
        id: OperationId,
    ) -> Result<Option<(Operation, Vec<Item>)>, AppError> {
        Ok(self.store().read(LoadOperation { workspace: self.workspace(), id }).await?)
    }

    /// The operations, newest first.
    pub async fn list_operations(&self, limit: i64) -> Result<Vec<Operation>, AppError> {
        Ok(self.store().read(ListOperations { workspace: self.workspace(), limit }).await?)
    }

    /// Pauses an operation: what is under way comes to its end, and nothing more is begun.
    pub async fn pause_operation(&self, id: OperationId) -> Result<bool, AppError> {
        self.set_progress(id, Progress::Paused).await
    }

    /// Lets a paused operation go on.
    pub async fn resume_operation(&self, id: OperationId) -> Result<bool, AppError> {
        self.set_progress(id, Progress::Running).await
    }

    async fn set_progress(&self, id: OperationId, progress: Progress) -> Result<bool, AppError> {
        let (workspace, job_id, now) = (self.workspace(), self.ids().job(), self.clock().now());
        let unit = SetProgress { workspace, id, progress, job_id, now };
        let known = self.store().write(unit).await?;
        self.wake_runner();
        Ok(known)
    }

    /// A booking's calendar agrees: if an operation waits for that, it goes on.
    pub(crate) async fn nudge_operation(&self, booking: BookingId) -> Result<(), AppError> {
        let Some(id) = self.0.under_way.take(booking) else { return Ok(()) };
        let (workspace, job_id, now) = (self.workspace(), self.ids().job(), self.clock().now());
        Ok(self.store().write(NudgeOperation { workspace, id, job_id, now }).await?)
    }
}

fn item(position: i64, stored: &StoredBooking, action: &Action, setup: &Setup) -> Item {
    let booking = &stored.booking;
    let start = booking.slot.start();
    let (wanted_start, wanted_host) = match action {
        Action::Move { by } => {
            let zone = setup.host(&booking.host).map(|host| host.timezone.clone());
            let zone = zone.unwrap_or_else(|| booking.timezone.clone());
            (shifted(start, *by, &zone).or(Some(Timestamp::MAX)), booking.host.to_string())
        }
        Action::Rehost { to } => (Some(start), to.to_string()),
        Action::Cancel { .. } | Action::Update(_) => (None, booking.host.to_string()),
    };
    Item {
        position,
        booking: booking.id,
        wanted_start,
        wanted_host,
        free: None,
        begun_at: None,
        outcome: None,
    }
}
