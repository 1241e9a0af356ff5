//! Booking a slot.

use domain::availability::Reason;
use domain::booking::Booking;
use domain::id::JobId;
use domain::people::Attendee;
use domain::timer::first_due_at;
use domain::{
    BookingId, BookingRequest, BookingState, CalendarId, Host, HostId, Interval, Service, SourceId,
    WorkspaceId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::insert_booking;
use crate::calendar_event::{self, StoredEvent};
use crate::claim;
use crate::error::StoreError;
use crate::hold;
use crate::job::{self, Job, Lease, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::openings::count_claims;
use crate::submission::{self, Remembered, Submission};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// Over how much time before and after a slot hosts are compared for fairness.
const FAIRNESS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A host who could take the booking.
#[derive(Debug, Clone)]
pub struct HostOffer {
    /// The host.
    pub host: Host,
    /// Where the event goes.
    pub calendar: CalendarId,
    /// Whether anything outside has to be asked or written before the booking stands.
    pub outside: bool,
}

/// Books a slot: the claim, the booking, its jobs and its history, or nothing.
pub struct BookSlot {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The setup that service and hosts were taken from.
    pub setup_version: i64,
    /// What somebody wants.
    pub request: BookingRequest,
    /// The service it names.
    pub service: Service,
    /// Who could take it.
    pub hosts: Vec<HostOffer>,
    /// The hold to be turned into this booking.
    pub hold: Option<Uuid>,
    /// The key that makes a repeat recognisable.
    pub submission: Option<Submission>,
    /// The submission id as it came.
    pub submission_id: Option<String>,
    /// Where it came from.
    pub source: Option<SourceId>,
    /// The new booking's id.
    pub id: BookingId,
    /// Now.
    pub now: Timestamp,
    /// Until when the caller waits for the answer.
    pub awaited_until: Option<Timestamp>,
    /// The lease under which this process runs the first job at once.
    pub lease: Lease,
    /// Ids for the jobs.
    pub job_ids: [JobId; 2],
    /// First id of the notifications' jobs; the others follow it.
    pub notify_ids: JobId,
    /// What was received, for the timeline.
    pub received: TimelineEntry,
    /// What was decided; its summary is completed here.
    pub decided: TimelineEntry,
    /// Whether a refusal is kept as a declined booking, whose lead is told: forms do not wait.
    pub keep_refused: bool,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub enum Booked {
    /// It was accepted; the job is this process's to run now, if there is one.
    Accepted {
        /// The booking.
        booking: Box<Booking>,
        /// Its event, where nothing outside has to agree.
        event: Option<Box<StoredEvent>>,
        /// What still has to be done outside.
        job: Option<Job>,
    },
    /// The same submission was here before.
    Replayed(BookingId),
    /// The key was used for another request.
    Mismatch,
    /// No host can take it: why not, host by host.
    Refused {
        /// The reasons of each host.
        reasons: Vec<(HostId, Vec<Reason>)>,
        /// The declined booking that remembers it, if it is kept.
        kept: Option<BookingId>,
    },
    /// The hold is for something else.
    ForeignHold,
    /// The setup has changed meanwhile: load it and ask again.
    StaleSetup,
}

impl UnitOfWork for BookSlot {
    const NAME: &'static str = "booking.book";
    type Outcome = Booked;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        if let Some(submission) = &self.submission {
            match submission::look_up(tx, self.workspace, submission, self.now).await? {
                Remembered::Unknown => {}
                Remembered::Same(booking) => return Ok(Booked::Replayed(booking)),
                Remembered::Other => return Ok(Booked::Mismatch),
            }
        }
        if crate::setup::version(tx, self.workspace).await? != self.setup_version {
            return Ok(Booked::StaleSetup);
        }
        self.lock_hosts(tx).await?;
        let held = match self.held(tx).await? {
            Held::Foreign => return Ok(Booked::ForeignHold),
            Held::By(host) => Some(host),
            Held::No => None,
        };
        let mut refused = Vec::new();
        for offer in self.in_order_of_fairness(tx, held.as_ref()).await? {
            match self.claim(tx, offer, held.as_ref() == Some(&offer.host.id)).await? {
                Ok(slot) => return self.accept(tx, offer, slot).await,
                Err(reasons) => refused.push((offer.host.id.clone(), reasons)),
            }
        }
        self.refuse(tx, refused).await
    }
}

enum Held {
    No,
    By(HostId),
    Foreign,
}

impl BookSlot {
    /// For what is counted before the claim is made. One host without a limit needs none: there the
    /// claim itself decides.
    async fn lock_hosts(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        let counts = self.hosts.len() > 1 || self.service.rules.max_per_day.is_some();
        if counts || self.hold.is_some() {
            let hosts = self.hosts.iter().map(|offer| &offer.host.id);
            claim::lock_hosts(tx, self.workspace, hosts).await?;
        }
        Ok(())
    }

    async fn held(&self, tx: &mut impl Tx) -> Result<Held, StoreError> {
        let Some(holder) = self.hold else { return Ok(Held::No) };
        let Some(found) = hold::find(tx, self.workspace, holder).await? else {
            return Ok(Held::No);
        };
        let fits = found.service == self.service.id
            && found.slot.start() == self.request.start
            && self.request.host.as_ref().is_none_or(|host| *host == found.host);
        if !fits {
            return Ok(Held::Foreign);
        }
        Ok(if found.expires_at > self.now { Held::By(found.host) } else { Held::No })
    }

    /// The host of a hold first, then who is booked least around that time; ties as the service
    /// names them.
    async fn in_order_of_fairness(
        &self,
        tx: &mut impl Tx,
        held: Option<&HostId>,
    ) -> Result<Vec<&HostOffer>, StoreError> {
        if let [only] = self.hosts.as_slice() {
            return Ok(vec![only]);
        }
        let mut ranked = Vec::with_capacity(self.hosts.len());
        for offer in &self.hosts {
            let around = Interval::starting(self.request.start, SignedDuration::from_secs(1))
                .map(|start| start.widened(FAIRNESS, FAIRNESS));
            let load = match around {
                Some(around) => count_claims(tx, self.workspace, &offer.host.id, around).await?,
                None => 0,
            };
            ranked.push((held != Some(&offer.host.id), load, offer));
        }
        ranked.sort_by_key(|(not_held, load, _)| (*not_held, *load));
        Ok(ranked.into_iter().map(|(_, _, offer)| offer).collect())
    }

    /// Claims the host's time, or says what speaks against it.
    async fn claim(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        held: bool,
    ) -> Result<Result<Interval, Vec<Reason>>, StoreError> {
        let own = self.hold.filter(|_| held);
        if let Some(holder) = own {
            // The hold makes room for its booking; if something else is in the way, the whole
            // unit refuses and a lapsed promise is all that is lost.
            hold::remove(tx, self.workspace, holder).await?;
        }
        let wanted = claim::Wanted {
            holder: self.id.uuid(),
            service: &self.service,
            start: self.request.start,
            ignored: None,
            expires_at: None,
        };
        claim::claim_slot(tx, self.workspace, &offer.host, &wanted, self.now).await
    }

    async fn accept(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        slot: Interval,
    ) -> Result<Booked, StoreError> {
        let pending = self.booking(offer, slot, BookingState::Pending);
        let (booking, awaited) = if offer.outside {
            (pending, self.awaited_until)
        } else {
            (pending.confirm(self.now).expect("a pending booking can be confirmed"), None)
        };
        insert_booking(tx, self.workspace, &booking, awaited).await?;
        self.remember(tx).await?;
        timeline::append(tx, self.workspace, self.id, &self.received).await?;
        let summary =
            format!("Accepted: {} is free at that time by our own records", offer.host.name);
        self.note(tx, summary).await?;
        let (event, job) = if offer.outside {
            (None, self.leave_to_calendar(tx, &booking).await?)
        } else {
            (Some(Box::new(self.settle_here(tx, offer, &booking).await?)), None)
        };
        Ok(Booked::Accepted { booking: Box::new(booking), event, job })
    }

    /// The calendar has to agree first: that is a job, which this process runs at once.
    async fn leave_to_calendar(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
    ) -> Result<Option<Job>, StoreError> {
        let calendar = NewJob {
            id: self.job_ids[0],
            task: Task::Calendar(self.id),
            due_at: self.now,
            lease: Some(self.lease),
        };
        let job = job::enqueue(tx, self.workspace, &calendar, self.now).await?;
        self.set_timer(tx, first_due_at(booking, self.service.rules.notice)).await?;
        Ok(job)
    }

    /// Nothing outside is involved: the booking stands with this transaction.
    async fn settle_here(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        booking: &Booking,
    ) -> Result<StoredEvent, StoreError> {
        let (workspace, calendar, now) = (self.workspace, &offer.calendar, self.now);
        let event =
            calendar_event::keep_here(tx, workspace, self.id, calendar, booking.slot, now).await?;
        let (channels, ids) = (&self.service.messages, self.notify_ids);
        enqueue_notifications(tx, workspace, booking, channels, ids, now, now).await?;
        self.set_timer(tx, booking.slot.end()).await?;
        Ok(event)
    }

    async fn set_timer(&self, tx: &mut impl Tx, due_at: Timestamp) -> Result<(), StoreError> {
        let timer = NewJob { id: self.job_ids[1], task: Task::Timer(self.id), due_at, lease: None };
        job::schedule(tx, self.workspace, &timer, self.now).await
    }

    async fn refuse(
        &self,
        tx: &mut impl Tx,
        reasons: Vec<(HostId, Vec<Reason>)>,
    ) -> Result<Booked, StoreError> {
        let slot = Interval::starting(self.request.start, self.service.rules.duration);
        let kept = match (self.keep_refused, self.hosts.first(), slot) {
            (true, Some(offer), Some(slot)) => {
                let booking = self.booking(offer, slot, BookingState::Declined);
                insert_booking(tx, self.workspace, &booking, None).await?;
                self.remember(tx).await?;
                timeline::append(tx, self.workspace, self.id, &self.received).await?;
                self.note(tx, "Declined: that time is not free".to_owned()).await?;
                let channels = &self.service.messages;
                let ids = self.notify_ids;
                let now = self.now;
                enqueue_notifications(tx, self.workspace, &booking, channels, ids, now, now)
                    .await?;
                Some(self.id)
            }
            _ => None,
        };
        Ok(Booked::Refused { reasons, kept })
    }

    async fn remember(&self, tx: &mut impl Tx) -> Result<(), StoreError> {
        match &self.submission {
            Some(submission) => {
                let (workspace, kind) = (self.workspace, submission::BOOKING);
                submission::remember(tx, workspace, submission, self.id, kind, self.now).await
            }
            None => Ok(()),
        }
    }

    async fn note(&self, tx: &mut impl Tx, summary: String) -> Result<(), StoreError> {
        let entry = TimelineEntry { summary, ..self.decided.clone() };
        timeline::append(tx, self.workspace, self.id, &entry).await
    }

    fn booking(&self, offer: &HostOffer, slot: Interval, state: BookingState) -> Booking {
        let request = &self.request;
        let attendees: Vec<Attendee> = request.attendees().cloned().collect();
        Booking {
            id: self.id,
            service: self.service.id.clone(),
            host: offer.host.id.clone(),
            slot,
            title: self.service.title.clone(),
            location: self.service.location.clone(),
            timezone: request.timezone().unwrap_or(&offer.host.timezone).clone(),
            party_size: request.party_size,
            attendees,
            notes: request.notes.clone(),
            answers: request.answers.clone(),
            submission_id: self.submission_id.clone(),
            source: self.source.clone(),
            state,
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }
}
