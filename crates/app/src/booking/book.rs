//! Accepting a request, and waiting for the calendar as long as the caller does.

use std::time::Duration;

use domain::request::AdHoc;
use domain::{BookingId, BookingRequest, BookingState, HoldId, Interval, Service, SourceId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::booking::{BookSlot, Booked as Outcome, CallerHeard, StoredBooking};
use store::convergence::StopWaiting;
use store::job::{Job, Lease};

use super::{Alternative, Progress, RequestKey};
use crate::waiting::{Place, Verdict};
use crate::{App, AppError, LEASE, LONGEST_WAIT};

/// How much longer than the caller the database waits before a refusal becomes a message: time
/// for the answer to be sent.
pub(super) const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// A request to be accepted.
#[derive(Debug, Clone)]
pub struct Book {
    /// What somebody wants.
    pub request: BookingRequest,
    /// The hold to be turned into this booking.
    pub hold: Option<HoldId>,
    /// The key under which it may be repeated.
    pub key: Option<RequestKey>,
    /// The submission id as it came.
    pub submission_id: Option<String>,
    /// The form it came from. Its lead has left: a refusal is told by message, too.
    pub source: Option<SourceId>,
    /// What was received, for the timeline.
    pub payload: Value,
    /// How long the caller waits for the calendar.
    pub patience: Duration,
    /// Whether to wait in line where all seats are taken.
    pub wait: bool,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub enum Booked {
    /// It was accepted.
    Accepted(Progress),
    /// The same submission was here before.
    Replayed(Box<StoredBooking>),
    /// The key was used for another request.
    Mismatch,
    /// The time is not to be had.
    Refused {
        /// Whether somebody has it, as opposed to the rules not offering it.
        taken: bool,
        /// The nearest slots that are free.
        alternatives: Vec<Alternative>,
    },
    /// The hold is for something else.
    ForeignHold,
    /// There is no such service.
    UnknownService,
    /// The service has no such host.
    UnknownHost,
}

impl App {
    /// Accepts a request: durable when this returns, and confirmed if the calendar says so in time.
    pub async fn book(&self, book: Book) -> Result<Booked, AppError> {
        for _ in 0..3 {
            let setup = self.setup();
            // What is not known here may have been made a moment ago, at another instance.
            let Some(service) = setup.setup.service(&book.request.service) else {
                if self.is_current(&setup).await? {
                    return Ok(Booked::UnknownService);
                }
                continue;
            };
            let service = &named(service, &book.request);
            let hosts = crate::slots::offers(&setup.setup, service, book.request.host.as_ref());
            if hosts.is_empty() {
                if self.is_current(&setup).await? {
                    return Ok(Booked::UnknownHost);
                }
                continue;
            }
            let duration = book.request.duration.unwrap_or(service.rules.duration);
            let slot = Interval::starting(book.request.start, duration);
            let hosts = self.weigh_hosts(&setup.setup, service, slot, hosts).await?;
            let unit = self.book_slot(&book, service.clone(), hosts, setup.version);
            let id = unit.id;
            // The place is taken before the job can run: its verdict must not be missed.
            let place = self.0.waiting.for_booking(id);
            let outcome = self.store().write(unit).await?;
            if !matches!(outcome, Outcome::StaleSetup) {
                return self.answer(&book, service, outcome, place).await;
            }
            self.reload_setup().await?;
        }
        Err(AppError::Overtaken)
    }

    fn book_slot(
        &self,
        book: &Book,
        service: domain::Service,
        hosts: Vec<store::booking::HostOffer>,
        setup_version: i64,
    ) -> BookSlot {
        let now = self.clock().now();
        let service_waits =
            service.group.as_ref().is_some_and(|group| group.waiting_list.is_some());
        let patience = book.patience.min(LONGEST_WAIT);
        let lead_waits = book.source.is_none() && !patience.is_zero();
        let patience = SignedDuration::try_from(patience).unwrap_or(SignedDuration::ZERO);
        BookSlot {
            workspace: self.workspace(),
            setup_version,
            request: book.request.clone(),
            service,
            hosts,
            hold: book.hold.map(crate::hold::holder),
            submission: book.key.clone().map(|key| key.with(&book.request.canonical())),
            submission_id: book.submission_id.clone(),
            source: book.source.clone(),
            id: self.ids().booking(),
            now,
            awaited_until: lead_waits.then(|| now + patience + GRACE),
            lease: self.lease(),
            job_ids: [self.ids().job(), self.ids().job()],
            notify_ids: self.ids().job(),
            received: self.entry("request.received", "Received the request", &book.payload),
            decided: self.entry("booking.decided", "", &json!({})),
            keep_refused: book.source.is_some(),
            wait: book.wait && service_waits,
            occurrence_id: self.ids().occurrence(),
        }
    }

    /// A lease that nobody else has.
    pub(crate) fn lease(&self) -> Lease {
        Lease { owner: self.ids().uuid(), until: self.clock().now() + LEASE }
    }

    async fn answer(
        &self,
        book: &Book,
        service: &Service,
        outcome: Outcome,
        place: Place<'_>,
    ) -> Result<Booked, AppError> {
        Ok(match outcome {
            Outcome::Accepted { booking, event: Some(event), .. } => {
                tracing::info!(booking.id = %booking.id, "accepted booking {}", booking.id);
                // A wake-up that finds nothing to tell would cost as much as the booking itself.
                if !self.channels(&booking.service).is_empty() {
                    self.wake_runner();
                }
                let responses = vec![None; booking.attendees.len()];
                let stored = StoredBooking {
                    booking: *booking,
                    events: vec![*event],
                    attending: Vec::new(),
                    unreached_at: None,
                    conflict: None,
                    responses,
                };
                Booked::Accepted(progress_of(stored, None))
            }
            Outcome::Accepted { booking, job, .. } => {
                tracing::info!(booking.id = %booking.id, "accepted booking {}", booking.id);
                let is_lead = book.source.is_none();
                let waiting = Waiting { patience: book.patience, is_lead, moves_to: None };
                Booked::Accepted(self.see_through(booking.id, job, place, waiting).await?)
            }
            Outcome::Replayed(id) => match self.find_booking(id).await? {
                Some(stored) => Booked::Replayed(Box::new(stored)),
                None => return Err(AppError::Overtaken),
            },
            Outcome::Mismatch => Booked::Mismatch,
            Outcome::ForeignHold => Booked::ForeignHold,
            Outcome::Refused { reasons, .. } => {
                if book.source.is_some() {
                    self.wake_runner(); // A form's lead is told by message.
                }
                let taken = crate::slots::is_taken(service, &reasons);
                let BookingRequest { duration, start, .. } = book.request;
                let alternatives = self.alternatives_lasting(&service.id, duration, start).await?;
                Booked::Refused { taken, alternatives }
            }
            Outcome::StaleSetup => return Err(AppError::Overtaken),
        })
    }

    /// Runs the job of a booking or move at once and waits for the calendar's verdict as long as
    /// the caller does. The job goes on by itself when the caller leaves, and by any worker when
    /// this process dies.
    pub(super) async fn see_through(
        &self,
        id: BookingId,
        job: Option<Job>,
        mut place: Place<'_>,
        waiting: Waiting,
    ) -> Result<Progress, AppError> {
        match job {
            Some(job) if waiting.patience.is_zero() => {
                // Read before the job runs: a refusal is told by message, so the answer has none.
                let stored = self.load_booking(id).await?;
                self.run_at_once(job);
                return Ok(progress_of(stored, waiting.moves_to));
            }
            Some(job) => self.run_at_once(job),
            None => {
                self.wake_runner();
                let stored = self.load_booking(id).await?;
                // Pending without a job of its own: the event it waits for is being written already.
                let pending = stored.booking.state == BookingState::Pending;
                if waiting.patience.is_zero() || !pending {
                    return Ok(progress_of(stored, waiting.moves_to));
                }
            }
        }
        let patience = waiting.patience.min(LONGEST_WAIT);
        let verdict = tokio::time::timeout(patience, place.verdict()).await;
        drop(place);
        let progress = match verdict {
            Ok(Verdict::Busy) => Progress::CalendarBusy,
            Ok(Verdict::Unavailable) => Progress::CalendarUnavailable,
            Ok(Verdict::Settled) => progress_of(self.load_booking(id).await?, waiting.moves_to),
            Err(_out_of_patience) => progress_of(self.stop_waiting(id).await?, waiting.moves_to),
        };
        let refused = matches!(progress, Progress::CalendarBusy | Progress::CalendarUnavailable);
        if refused && waiting.is_lead {
            self.caller_heard(id).await?;
        }
        Ok(progress)
    }

    /// From here on a refusal is told by message, unless it has just come: the booking as it was at
    /// that very instant decides which.
    async fn stop_waiting(&self, id: BookingId) -> Result<StoredBooking, AppError> {
        let unit = StopWaiting { workspace: self.workspace(), booking: id };
        let facts = self.store().write(unit).await?.ok_or(AppError::Overtaken)?;
        Ok(StoredBooking { booking: facts.booking, ..self.load_booking(id).await? })
    }

    async fn caller_heard(&self, id: BookingId) -> Result<(), AppError> {
        let booking = self.load_booking(id).await?.booking;
        let unit = CallerHeard {
            workspace: self.workspace(),
            id,
            channels: self.channels(&booking.service),
            now: self.clock().now(),
        };
        Ok(self.store().write(unit).await?)
    }
}

/// The service as this request has it: one without a service brings words of its own.
fn named(service: &Service, request: &BookingRequest) -> Service {
    let mut service = service.clone();
    if let Some(AdHoc { title, location }) = &request.ad_hoc {
        service.title.clone_from(title);
        service.location.clone_from(location);
    }
    service
}

/// How a caller waits for the calendar.
pub(super) struct Waiting {
    /// For how long.
    pub(super) patience: Duration,
    /// Whether it is the lead, who then need not be told what the answer says.
    pub(super) is_lead: bool,
    /// The start that a move is to lead to.
    pub(super) moves_to: Option<Timestamp>,
}

fn progress_of(stored: StoredBooking, moves_to: Option<Timestamp>) -> Progress {
    match &stored.booking.state {
        BookingState::Pending | BookingState::Confirmed { change: Some(_) } => {
            Progress::Pending(Box::new(stored))
        }
        BookingState::Declined | BookingState::Failed | BookingState::Expired => {
            Progress::CalendarBusy
        }
        BookingState::Waitlisted { .. } => Progress::Waiting(Box::new(stored)),
        // It stands, but not where it was wished: the move was refused.
        BookingState::Confirmed { change: None }
            if moves_to.is_some_and(|start| start != stored.booking.slot.start()) =>
        {
            Progress::CalendarBusy
        }
        BookingState::Confirmed { change: None }
        | BookingState::Cancelled(_)
        | BookingState::Completed
        | BookingState::NoShow => Progress::Done(Box::new(stored)),
    }
}
