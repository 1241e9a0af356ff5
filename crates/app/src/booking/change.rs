//! Cancelling and moving.

use std::time::Duration;

use domain::booking::{Actor, Cancellation};
use domain::service::Assignment;
use domain::{Booking, BookingId, HostId, Interval, Refusal, Service};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::booking::{
    AskToMove, AskedToMove, CancelBooking, Cancelled, HostOffer, MarkNoShow, StoredBooking,
};
use store::job::Lease;
use store::submission::Submission;
use uuid::Uuid;

use super::book::{GRACE, Waiting};
use super::{Alternative, Progress, RequestKey};
use crate::calendar::offer;
use crate::setup::Setup;
use crate::slots::come_together;
use crate::{App, AppError, LONGEST_WAIT, SetupSnapshot};

/// A wish to call a booking off.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Which.
    pub id: BookingId,
    /// Who.
    pub by: Actor,
    /// In their words.
    pub reason: Option<String>,
    /// The revision they saw, where an old page must not cancel what has moved since.
    pub seen: Option<i64>,
    /// The key under which it may be repeated.
    pub key: Option<RequestKey>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum CancelOutcome {
    /// It is cancelled.
    Done(Box<StoredBooking>),
    /// The same request was here before: the booking as it is now.
    Replayed(Box<StoredBooking>),
    /// It cannot be.
    Refused(Refusal),
    /// It has changed since they looked.
    Outdated,
    /// The key was used for another request.
    Mismatch,
    /// There is no such booking.
    NotFound,
}

/// A wish for another time.
#[derive(Debug, Clone)]
pub struct Move {
    /// Which.
    pub id: BookingId,
    /// The new start.
    pub start: Timestamp,
    /// With whom; the same host if possible, when nobody is named.
    pub host: Option<HostId>,
    /// Who wants it.
    pub by: Actor,
    /// The revision they saw, where that matters.
    pub seen: Option<i64>,
    /// The key under which it may be repeated.
    pub key: Option<RequestKey>,
    /// How long the caller waits for the calendar.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Moved {
    /// It was accepted.
    Accepted(Progress),
    /// The same request was here before: the booking as it is now.
    Replayed(Box<StoredBooking>),
    /// It cannot be moved now.
    Refused(Refusal),
    /// The time is not to be had.
    NotOffered {
        /// Whether somebody has it, as opposed to the rules not offering it.
        taken: bool,
        /// The nearest slots that are free.
        alternatives: Vec<Alternative>,
    },
    /// It has changed since they looked.
    Outdated,
    /// The key was used for another request.
    Mismatch,
    /// There is no such booking.
    NotFound,
    /// Its service is gone, or has no such host.
    UnknownHost,
}

impl App {
    /// Calls a booking off: at once for the slot and the people; the event goes by a job, which
    /// this process begins at once.
    pub async fn cancel(&self, cancel: Cancel) -> Result<CancelOutcome, AppError> {
        self.cancel_under(cancel, self.lease()).await
    }

    /// Calls a booking off from a process that ends right after: the job is the server's.
    pub async fn cancel_from_command(&self, cancel: Cancel) -> Result<CancelOutcome, AppError> {
        // A lease that has run out already is no lease.
        let lapsed = Lease { until: self.clock().now(), ..self.lease() };
        self.cancel_under(cancel, lapsed).await
    }

    async fn cancel_under(&self, cancel: Cancel, lease: Lease) -> Result<CancelOutcome, AppError> {
        let Some(stored) = self.find_booking(cancel.id).await? else {
            return Ok(CancelOutcome::NotFound);
        };
        let by = cancel.by.as_str();
        let data = json!({ "by": by, "reason": cancel.reason });
        let submission = submission(cancel.key, "cancel", cancel.id, &data.to_string());
        let unit = CancelBooking {
            workspace: self.workspace(),
            id: cancel.id,
            cancellation: Cancellation { by: cancel.by, reason: cancel.reason },
            seen: cancel.seen,
            submission,
            channels: self.channels(&stored.booking.service),
            lease,
            job_id: self.ids().job(),
            notify_ids: self.ids().job(),
            entry: self.entry("booking.cancelled", format!("Cancelled by the {by}"), &data),
            now: self.clock().now(),
        };
        Ok(match self.store().write(unit).await? {
            Cancelled::Done { job, .. } => {
                if let Some(job) = job.filter(|job| job.lease.until > self.clock().now()) {
                    self.run_at_once(job);
                }
                self.wake_runner();
                CancelOutcome::Done(Box::new(self.load_booking(cancel.id).await?))
            }
            Cancelled::Replayed => CancelOutcome::Replayed(Box::new(stored)),
            Cancelled::Refused(refusal) => CancelOutcome::Refused(refusal),
            Cancelled::Outdated(_) => CancelOutcome::Outdated,
            Cancelled::Mismatch => CancelOutcome::Mismatch,
            Cancelled::NotFound => CancelOutcome::NotFound,
        })
    }

    /// Moves a booking: it keeps its old time until the calendar has the new one.
    pub async fn reschedule(&self, wish: Move) -> Result<Moved, AppError> {
        self.reschedule_kept(wish, &[]).await
    }

    /// Moves a booking to a time that one of these holds keeps for whoever moves it.
    pub(crate) async fn reschedule_kept(
        &self,
        wish: Move,
        kept: &[Uuid],
    ) -> Result<Moved, AppError> {
        let Some(stored) = self.find_booking(wish.id).await? else { return Ok(Moved::NotFound) };
        if stored.booking.service.is_ad_hoc() && wish.by == Actor::Attendee {
            // No times are offered of what is of no service.
            return Ok(Moved::NotOffered { taken: false, alternatives: Vec::new() });
        }
        for _ in 0..3 {
            let setup = self.setup();
            let Some(mut unit) = self.ask_to_move(&wish, &stored, &setup).await? else {
                // The host may have been made a moment ago, at another instance.
                if self.is_current(&setup).await? {
                    return Ok(Moved::UnknownHost);
                }
                continue;
            };
            unit.kept = kept.to_vec();
            let place = self.0.waiting.for_booking(wish.id);
            return Ok(match self.store().write(unit).await? {
                AskedToMove::StaleSetup => {
                    self.reload_setup().await?;
                    continue;
                }
                AskedToMove::Accepted { job, .. } => {
                    let moves_to = Some(wish.start);
                    let waiting = Waiting { patience: wish.patience, is_lead: true, moves_to };
                    moved(self.see_through(wish.id, job, place, waiting).await?, wish.start)
                }
                AskedToMove::NotOffered(reasons) => {
                    let service = &stored.booking.service;
                    let found = setup.setup.service(service);
                    let taken =
                        found.is_some_and(|service| crate::slots::is_taken(service, &reasons));
                    let length = Some(stored.booking.slot.length());
                    let alternatives =
                        self.alternatives_lasting(service, length, wish.start).await?;
                    Moved::NotOffered { taken, alternatives }
                }
                AskedToMove::Replayed => {
                    Moved::Replayed(Box::new(self.load_booking(wish.id).await?))
                }
                AskedToMove::Refused(refusal) => Moved::Refused(refusal),
                AskedToMove::Outdated(_) => Moved::Outdated,
                AskedToMove::Mismatch => Moved::Mismatch,
                AskedToMove::NotFound => Moved::NotFound,
            });
        }
        Err(AppError::Overtaken)
    }

    async fn ask_to_move(
        &self,
        wish: &Move,
        stored: &StoredBooking,
        setup: &SetupSnapshot,
    ) -> Result<Option<AskToMove>, AppError> {
        let booking = &stored.booking;
        let Some(service) = setup.setup.service(&booking.service) else { return Ok(None) };
        let Some(hosts) = self.who_may_take(wish, booking, service, setup).await? else {
            return Ok(None);
        };
        let data = json!({ "by": wish.by.as_str(), "from": booking.slot.start().to_string(), "to": wish.start.to_string() });
        let canonical = format!("{} {:?}", wish.start, wish.host);
        let now = self.clock().now();
        let patience = wish.patience.min(LONGEST_WAIT);
        let waits = SignedDuration::try_from(patience).unwrap_or(SignedDuration::ZERO);
        Ok(Some(AskToMove {
            workspace: self.workspace(),
            setup_version: setup.version,
            id: wish.id,
            start: wish.start,
            service: Service { location: booking.location.clone(), ..service.clone() },
            hosts,
            kept: Vec::new(),
            seen: wish.seen,
            submission: submission(wish.key.clone(), "reschedule", wish.id, &canonical),
            awaited_until: (!waits.is_zero()).then(|| now + waits + GRACE),
            lease: self.lease(),
            job_ids: [self.ids().job(), self.ids().job()],
            notify_ids: self.ids().job(),
            occurrence_id: self.ids().occurrence(),
            entry: self.entry("booking.move_asked", "Asked for another time", &data),
            now,
        }))
    }

    /// Who is asked for the new time, in which order; all together, where several come to it. `None`
    /// when there is nobody.
    async fn who_may_take(
        &self,
        wish: &Move,
        booking: &Booking,
        service: &Service,
        setup: &SetupSnapshot,
    ) -> Result<Option<Vec<HostOffer>>, AppError> {
        if !booking.joined.is_empty() {
            let comes = |host: &HostId| booking.hosts().any(|one| one == host);
            let everyone = everyone(booking, &setup.setup);
            return Ok(everyone.filter(|_| wish.host.as_ref().is_none_or(comes)));
        }
        // What is of no service stays with its host unless another is named.
        let named = wish.host.as_ref().or(service.id.is_ad_hoc().then_some(&booking.host));
        let hosts = match service.assignment {
            Assignment::Any => crate::slots::offers(&setup.setup, service, named),
            // It stays what it was when its service becomes one that all hosts come to.
            Assignment::All => setup
                .setup
                .host(&booking.host)
                .map(|host| offer(&setup.setup, host))
                .into_iter()
                .collect(),
        };
        if hosts.is_empty() {
            return Ok(None);
        }
        let slot = Interval::starting(wish.start, booking.slot.length());
        let mut hosts = self.weigh_hosts(&setup.setup, service, slot, hosts).await?;
        // Stable: others keep their order.
        hosts.sort_by_key(|offer| (offer.shows_busy, offer.host.id != booking.host));
        Ok(Some(hosts))
    }

    /// Notes that nobody came. `None` when there is no such booking.
    pub async fn mark_no_show(
        &self,
        id: BookingId,
    ) -> Result<Option<Result<StoredBooking, Refusal>>, AppError> {
        let unit = MarkNoShow {
            workspace: self.workspace(),
            id,
            entry: self.entry("booking.no_show", "Nobody came", &json!({})),
            now: self.clock().now(),
        };
        Ok(match self.store().write(unit).await? {
            None => None,
            Some(Err(refusal)) => Some(Err(refusal)),
            Some(Ok(_)) => Some(Ok(self.load_booking(id).await?)),
        })
    }
}

/// Everyone who comes to a booking of several hosts; `None` when one of them is gone.
pub(crate) fn everyone(booking: &Booking, setup: &Setup) -> Option<Vec<HostOffer>> {
    let hosts = booking.hosts().map(|host| Some(offer(setup, setup.host(host)?)));
    let mut hosts: Vec<HostOffer> = hosts.collect::<Option<_>>()?;
    come_together(&mut hosts);
    Some(hosts)
}

/// A booking that came to its end meanwhile has not moved: its host deleted the event, say.
fn moved(progress: Progress, start: Timestamp) -> Moved {
    match &progress {
        Progress::Done(stored)
            if !stored.booking.state.is_active() && stored.booking.slot.start() != start =>
        {
            Moved::Refused(Refusal::AlreadyOver)
        }
        Progress::Done(_)
        | Progress::Pending(_)
        | Progress::Waiting(_)
        | Progress::CalendarBusy
        | Progress::CalendarUnavailable => Moved::Accepted(progress),
    }
}

fn submission(
    key: Option<RequestKey>,
    what: &str,
    id: BookingId,
    canonical: &str,
) -> Option<Submission> {
    let key = key?;
    // What was asked is part of the fingerprint: a key used for one call is refused for another.
    Some(key.with(&format!("{what} {id} {canonical}")))
}
