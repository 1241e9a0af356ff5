//! The job that carries out an operation. It may die at any point: what was begun is stored with
//! what was done, and what is under way is looked at again.

use domain::booking::{Actor, Cancellation, NewDetails};
use domain::operation::{Outcome, Progress};
use domain::{Booking, BookingId, HostId, Interval, OperationId, Service};
use jiff::SignedDuration;
use serde_json::json;
use store::booking::{AskToMove, CancelBooking, RestateBooking, StoredBooking};
use store::calendar_event::StoredEvent;
use store::job::{Job, Lease, Postponement, Release, Task};
use store::operation::{
    BeginItem, Begun, Change, Item, Known, LoadOperation, NoteItems, Operation,
};

use super::Request;
use crate::booking::everyone;
use crate::calendar::{CalendarError, offer};
use crate::{App, AppError, CALL, SetupSnapshot};

/// How many bookings are under way at once.
const AT_ONCE: usize = 8;
/// For how many bookings the calendars are asked at once.
const CHUNK: usize = 50;
/// When what is under way is looked at again, should nobody have told of it.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// When a calendar that could not be read is asked again.
const READ_AGAIN: SignedDuration = SignedDuration::from_secs(15);

/// Whether more can be begun.
enum Next {
    /// Another item.
    Goes,
    /// Nothing before something that is under way has settled, or before then.
    Waits(SignedDuration),
}

struct Run<'a> {
    app: &'a App,
    job: Job,
    operation: Operation,
    setup: &'a SetupSnapshot,
}

impl App {
    /// Carries out an operation, as far as it can be now.
    pub(crate) async fn carry_out_operation(
        &self,
        job: Job,
        id: OperationId,
    ) -> Result<(), AppError> {
        let unit = LoadOperation { workspace: job.workspace, id };
        let setup = self.reload_if_stale().await?;
        let Some((operation, mut items)) = self.store().read(unit).await? else {
            return self.done_for_now(job).await;
        };
        let run = Run { app: self, job, operation, setup: &setup };
        run.settle(&mut items).await?;
        let open = items.iter().any(|item| item.outcome.is_none());
        if !open || run.operation.progress != Progress::Running {
            return self.done_for_now(run.job).await;
        }
        let wait = run.begin(&mut items).await?;
        let at = self.clock().now() + wait;
        let unit =
            Release { job: run.job, postponement: Some(Postponement::Paced(at)), error: None };
        self.store().write(unit).await?;
        self.wake_runner();
        Ok(())
    }

    async fn done_for_now(&self, job: Job) -> Result<(), AppError> {
        let unit = Release { job, postponement: None, error: None };
        Ok(self.store().write(unit).await?)
    }
}

impl Run<'_> {
    /// Notes what came of those under way.
    async fn settle(&self, items: &mut [Item]) -> Result<(), AppError> {
        let mut known = Vec::new();
        for item in items.iter_mut().filter(|item| item.is_under_way()) {
            let found = self.app.find_booking(item.booking).await?;
            let outcome = match found {
                Some(stored) => match settled(&stored, item) {
                    None if self.is_given_up(item.booking).await? => Some(Outcome::Failed),
                    outcome => outcome,
                },
                None => Some(Outcome::AlreadyOver),
            };
            if let Some(outcome) = outcome {
                item.outcome = Some(outcome);
                known.push((item.position, Known::Outcome(outcome)));
            }
        }
        self.note(known).await
    }

    /// Whether the calendar will not follow before a person tries again what was given up.
    async fn is_given_up(&self, booking: BookingId) -> Result<bool, AppError> {
        let given_up = self.app.list_given_up(Some(booking), i64::MAX).await?;
        Ok(given_up.iter().any(|job| job.kind == Task::Calendar(booking).kind()))
    }

    async fn note(&self, items: Vec<(i64, Known)>) -> Result<(), AppError> {
        if items.is_empty() {
            return Ok(());
        }
        let now = self.app.clock().now();
        let unit = NoteItems { job: self.job.clone(), id: self.operation.id, items, now };
        Ok(self.app.store().write(unit).await?)
    }

    /// Begins as many as may be under way. Says how long to wait before the next look.
    async fn begin(&self, items: &mut [Item]) -> Result<SignedDuration, AppError> {
        for index in 0..items.len() {
            if items[index].outcome.is_some() || items[index].begun_at.is_some() {
                continue;
            }
            let under_way = items.iter().filter(|item| item.is_under_way()).count();
            let out_of_time = self.job.lease.until.duration_since(self.app.clock().now()) < CALL;
            if under_way >= AT_ONCE || out_of_time {
                break;
            }
            match self.begin_item(items, index).await? {
                Next::Goes => {}
                Next::Waits(wait) => return Ok(wait),
            }
        }
        let under_way = items.iter().any(Item::is_under_way);
        Ok(if under_way { LOOK_AGAIN } else { SignedDuration::ZERO })
    }

    async fn begin_item(&self, items: &mut [Item], index: usize) -> Result<Next, AppError> {
        let item = items[index].clone();
        let Some(stored) = self.app.find_booking(item.booking).await? else {
            return self.ends(items, index, Outcome::AlreadyOver).await;
        };
        let booking = stored.booking;
        if !booking.state.is_active() || booking.slot.start() <= self.app.clock().now() {
            return self.ends(items, index, Outcome::AlreadyOver).await;
        }
        let change = match self.change(&booking, &item) {
            Some(Change::Move(ask)) => match self.leave_free(items, index, &booking).await? {
                Ok(true) => Change::Move(ask),
                Ok(false) => return self.ends(items, index, Outcome::Conflict).await,
                Err(wait) => return Ok(Next::Waits(wait)),
            },
            Some(change) => change,
            None => return self.ends(items, index, Outcome::Failed).await,
        };
        let hosts: Vec<HostId> = booking.hosts().cloned().collect();
        self.store_begun(items, index, change, &hosts).await
    }

    async fn store_begun(
        &self,
        items: &mut [Item],
        index: usize,
        change: Change,
        hosts: &[HostId],
    ) -> Result<Next, AppError> {
        let (app, booking) = (self.app, items[index].booking);
        let unit = BeginItem {
            job: self.job.clone(),
            id: self.operation.id,
            position: items[index].position,
            change,
            now: app.clock().now(),
        };
        app.0.under_way.add(booking, self.operation.id);
        let begun = app.store().write(unit).await?;
        if begun != Begun::UnderWay {
            app.0.under_way.take(booking);
        }
        Ok(match begun {
            Begun::UnderWay => {
                items[index].begun_at = Some(app.clock().now());
                app.wake_runner();
                Next::Goes
            }
            Begun::Settled(outcome) => {
                items[index].outcome = Some(outcome);
                app.wake_runner();
                Next::Goes
            }
            // The one before it may only be about to leave.
            Begun::Taken if self.others_leave(items, index, hosts).await? => {
                Next::Waits(LOOK_AGAIN)
            }
            Begun::Taken => return self.ends(items, index, Outcome::Conflict).await,
            Begun::Busy | Begun::Paused => Next::Waits(LOOK_AGAIN),
            Begun::StaleSetup => Next::Waits(SignedDuration::ZERO),
        })
    }

    /// Whether a booking of one of the same hosts is on its way to another time.
    async fn others_leave(
        &self,
        items: &[Item],
        index: usize,
        hosts: &[HostId],
    ) -> Result<bool, AppError> {
        for item in items.iter().filter(|item| item.is_under_way()) {
            let found = self.app.find_booking(item.booking).await?;
            let same = found.is_some_and(|stored| {
                let wanted = &items[index].wanted_host;
                stored.booking.hosts().any(|one| hosts.contains(one) || one.as_str() == wanted)
            });
            if same {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn ends(
        &self,
        items: &mut [Item],
        index: usize,
        outcome: Outcome,
    ) -> Result<Next, AppError> {
        items[index].outcome = Some(outcome);
        self.note(vec![(items[index].position, Known::Outcome(outcome))]).await?;
        Ok(Next::Goes)
    }

    /// Whether the calendars of everyone who comes leave the item's new time free.
    async fn leave_free(
        &self,
        items: &mut [Item],
        index: usize,
        booking: &Booking,
    ) -> Result<Result<bool, SignedDuration>, AppError> {
        let first = self.leaves_free(items, index).await?;
        let Some(stretch) = self.stretch(&items[index]).await? else { return Ok(first) };
        if !matches!(first, Ok(true)) {
            return Ok(first);
        }
        for host in &booking.joined {
            match self.others_busy(host, stretch).await? {
                Ok(busy) if busy.iter().any(|busy| busy.overlaps(stretch)) => return Ok(Ok(false)),
                Ok(_) => {}
                Err(wait) => return Ok(Err(wait)),
            }
        }
        Ok(Ok(true))
    }

    /// What others have in a host's calendars; `Err` says how long to wait before asking again.
    async fn others_busy(
        &self,
        host: &HostId,
        within: Interval,
    ) -> Result<Result<Vec<Interval>, SignedDuration>, AppError> {
        match self.app.foreign_busy(&self.setup.setup, host, within).await {
            Ok(busy) => Ok(Ok(busy)),
            Err(CalendarError::App(error)) => Err(error),
            Err(CalendarError::Wait(at)) => {
                let wait = at.duration_since(self.app.clock().now());
                Ok(Err(wait.max(SignedDuration::ZERO)))
            }
            Err(error) => {
                tracing::warn!(operation.id = %self.operation.id, "a calendar cannot be read: {error}");
                Ok(Err(READ_AGAIN))
            }
        }
    }

    /// Whether the host's calendars leave the item's new time free. They are asked for many items
    /// at once; `Err` says how long to wait before asking again.
    async fn leaves_free(
        &self,
        items: &mut [Item],
        index: usize,
    ) -> Result<Result<bool, SignedDuration>, AppError> {
        if let Some(free) = items[index].free {
            return Ok(Ok(free));
        }
        let host = items[index].wanted_host.clone();
        let mut stretches = Vec::new();
        for (at, item) in items.iter().enumerate().skip(index) {
            if stretches.len() == CHUNK {
                break;
            }
            if item.free.is_some() || item.outcome.is_some() || item.wanted_host != host {
                continue;
            }
            if let Some(stretch) = self.stretch(item).await? {
                stretches.push((at, stretch));
            }
        }
        let (Some(first), Some(last)) = (
            stretches.iter().map(|(_, stretch)| stretch.start()).min(),
            stretches.iter().map(|(_, stretch)| stretch.end()).max(),
        ) else {
            return Ok(Ok(false));
        };
        let (Some(within), Ok(host)) = (Interval::new(first, last), host.parse::<HostId>()) else {
            return Ok(Ok(false));
        };
        let busy = match self.others_busy(&host, within).await? {
            Ok(busy) => busy,
            Err(wait) => return Ok(Err(wait)),
        };
        let mut known = Vec::new();
        for (at, stretch) in stretches {
            let free = !busy.iter().any(|busy| busy.overlaps(stretch));
            items[at].free = Some(free);
            known.push((items[at].position, Known::Free(free)));
        }
        self.note(known).await?;
        Ok(Ok(items[index].free.unwrap_or(false)))
    }

    /// The stretch that an item would claim, buffers included.
    async fn stretch(&self, item: &Item) -> Result<Option<Interval>, AppError> {
        let Some(stored) = self.app.find_booking(item.booking).await? else { return Ok(None) };
        let booking = stored.booking;
        let start = item.wanted_start;
        let slot = start.and_then(|start| Interval::starting(start, booking.slot.length()));
        let service = self.setup.setup.service(&booking.service);
        Ok(slot.zip(service).map(|(slot, service)| {
            slot.widened(service.rules.buffer_before, service.rules.buffer_after)
        }))
    }

    fn restate(&self, booking: &Booking, new: NewDetails) -> Change {
        let (app, id) = (self.app, self.operation.id);
        let data = json!({
            "operation": id.to_string(), "title": new.title, "location": new.location,
        });
        Change::Restate(Box::new(RestateBooking {
            workspace: self.job.workspace,
            id: booking.id,
            new,
            channels: app.channels(&booking.service),
            job_id: app.ids().job(),
            notify_ids: app.ids().job(),
            entry: app.entry("booking.restated", format!("Changed by operation {id}"), &data),
            now: app.clock().now(),
        }))
    }

    /// What is asked for one booking; `None` where its service or host is gone.
    fn change(&self, booking: &Booking, item: &Item) -> Option<Change> {
        let app = self.app;
        let now = app.clock().now();
        // A lease that has run out already is no lease: the job is the runner's, paced as all.
        let lease = Lease { until: now, ..app.lease() };
        let id = self.operation.id;
        let Some(start) = item.wanted_start else {
            if let Some(new) = new_details(&self.operation) {
                return Some(self.restate(booking, new));
            }
            let reason = reason(&self.operation);
            let data = json!({ "by": "api", "operation": id.to_string(), "reason": reason });
            return Some(Change::Cancel(Box::new(CancelBooking {
                workspace: self.job.workspace,
                id: booking.id,
                cancellation: Cancellation { by: Actor::Api, reason },
                seen: None,
                submission: None,
                channels: app.channels(&booking.service),
                lease,
                job_id: app.ids().job(),
                notify_ids: app.ids().job(),
                entry: app.entry(
                    "booking.cancelled",
                    format!("Cancelled by operation {id}"),
                    &data,
                ),
                now,
            })));
        };
        let setup = &self.setup.setup;
        // The bookings of an occurrence share one claim and one event: none moves alone.
        let service = setup.service(&booking.service).filter(|service| service.group.is_none())?;
        let host = setup.host(&item.wanted_host.parse().ok()?)?;
        let hosts = if booking.joined.is_empty() {
            vec![offer(setup, host)]
        } else {
            everyone(booking, setup).filter(|_| host.id == booking.host)?
        };
        let data = json!({
            "operation": id.to_string(), "from": booking.slot.start().to_string(),
            "to": start.to_string(), "host": host.id.as_str(),
        });
        Some(Change::Move(Box::new(AskToMove {
            workspace: self.job.workspace,
            setup_version: self.setup.version,
            id: booking.id,
            start,
            service: Service {
                location: booking.location.clone(),
                ..service.at_any_time(booking.slot.length())
            },
            hosts,
            kept: Vec::new(),
            seen: None,
            submission: None,
            awaited_until: None,
            lease,
            job_ids: [app.ids().job(), app.ids().job()],
            notify_ids: app.ids().job(),
            occurrence_id: app.ids().occurrence(),
            entry: app.entry("booking.move_asked", format!("Moved by operation {id}"), &data),
            now,
        })))
    }
}

/// What came of a booking that was begun; `None` while its calendar still has to follow.
fn settled(stored: &StoredBooking, item: &Item) -> Option<Outcome> {
    let booking = &stored.booking;
    if !booking.state.is_active() {
        return Some(Outcome::AlreadyOver);
    }
    if booking.change().is_some() {
        return None;
    }
    if item.wanted_start.is_none() {
        let shows = |event: &StoredEvent| event.record.edition == booking.edition.number();
        return stored.standing_event().is_some_and(shows).then_some(Outcome::Done);
    }
    let there = item.wanted_start == Some(booking.slot.start())
        && booking.host.as_str() == item.wanted_host;
    Some(if there { Outcome::Done } else { Outcome::Conflict })
}

/// Why an operation cancels.
fn reason(operation: &Operation) -> Option<String> {
    Request::read(operation)?.reason
}

/// The title and place that an operation gives; `None` where it does something else.
fn new_details(operation: &Operation) -> Option<NewDetails> {
    let Request { title, location, .. } = Request::read(operation)?;
    (operation.action == "update").then_some(NewDetails { title, location })
}
