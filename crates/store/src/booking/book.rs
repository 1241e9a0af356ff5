//! Booking a slot, or seats of one.

use domain::availability::{Reason, Terms};
use domain::booking::{Booking, Edition};
use domain::convergence::EventState;
use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::people::Attendee;
use domain::service::Assignment;
use domain::timer::first_due_at;
use domain::{
    BookingId, BookingRequest, BookingState, CalendarId, Host, HostId, Interval, Occurrence,
    OccurrenceId, Service, SourceId, WorkspaceId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Seating, insert_booking};
use crate::calendar_event::{self, StoredEvent, list_events};
use crate::claim::{self, Refused};
use crate::error::StoreError;
use crate::fairness::in_turn;
use crate::hold;
use crate::job::{self, Job, JobIds, Lease, NewJob, Task};
use crate::message::enqueue_notifications;
use crate::occurrence::{Taker, seats_of, take_seats};
use crate::submission::{self, Remembered, Submission};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};
use crate::waiting_list;

/// A host who could take the booking.
#[derive(Debug, Clone)]
pub struct HostOffer {
    /// The host.
    pub host: Host,
    /// Where the event goes.
    pub calendar: CalendarId,
    /// Whether anything outside has to be asked or written before the booking stands.
    pub outside: bool,
    /// Whether the host's calendars showed something at that time when they were last read: then
    /// others are asked first. The calendars themselves decide.
    pub shows_busy: bool,
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
    /// Whether it waits in line where all seats are taken.
    pub wait: bool,
    /// The identifier of an occurrence that has to be opened.
    pub occurrence_id: OccurrenceId,
}

/// What a request or a move got.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A stretch of the host's time of its own.
    Slot(Interval),
    /// Seats in an occurrence.
    Seats(Occurrence),
}

impl Place {
    /// When it is.
    pub(super) fn slot(&self) -> Interval {
        match self {
            Self::Slot(slot) => *slot,
            Self::Seats(occurrence) => occurrence.slot,
        }
    }

    /// Whether its event is in the calendar already.
    pub(super) fn stands(&self) -> bool {
        match self {
            Self::Slot(_) => false,
            Self::Seats(occurrence) => occurrence.state == OccurrenceState::Standing,
        }
    }
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
        let (hosts, service) = (&self.hosts, &self.service);
        let (first, start, now) = (held.as_ref(), self.request.start, self.now);
        for hosts in in_turn(tx, self.workspace, service, hosts, start, first, now).await? {
            let Some((offer, joined)) = hosts.split_first() else { continue };
            match self.claim(tx, &hosts, held.as_ref() == Some(&offer.host.id)).await? {
                Ok(place) => return self.accept(tx, offer, joined, &place).await,
                Err(reasons) => refused.extend(reasons),
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
        let looks_around =
            |offer: &HostOffer| Terms::usual(&self.service, &offer.host).looks_around();
        let counts = self.hosts.len() > 1 || self.hosts.iter().any(looks_around);
        if counts || self.hold.is_some() {
            let hosts = self.hosts.iter().map(|offer| &offer.host.id);
            claim::lock_hosts(tx, self.workspace, hosts).await?;
        }
        Ok(())
    }

    /// A length that the service does not have was refused when the request was read.
    fn duration(&self) -> SignedDuration {
        self.request.duration.unwrap_or(self.service.rules.duration)
    }

    async fn held(&self, tx: &mut impl Tx) -> Result<Held, StoreError> {
        let Some(holder) = self.hold else { return Ok(Held::No) };
        let Some(found) = hold::find(tx, self.workspace, holder).await? else {
            return Ok(Held::No);
        };
        let fits = found.service == self.service.id
            && found.slot.start() == self.request.start
            && found.slot.length() == self.duration()
            && (self.service.assignment == Assignment::All
                || self.request.host.as_ref().is_none_or(|host| *host == found.host));
        if !fits {
            return Ok(Held::Foreign);
        }
        Ok(if found.expires_at > self.now { Held::By(found.host) } else { Held::No })
    }

    /// Claims the time of these hosts, or says what speaks against it.
    async fn claim(
        &self,
        tx: &mut impl Tx,
        hosts: &[&HostOffer],
        held: bool,
    ) -> Result<Result<Place, Refused>, StoreError> {
        let own = self.hold.filter(|_| held);
        let mut owed = 0;
        if let Some(holder) = own {
            // The hold makes room for its booking; if something else is in the way, the whole
            // unit refuses and a lapsed promise is all that is lost.
            let seats = seats_of(tx, self.workspace, holder).await?;
            owed = seats.iter().map(|seats| seats.people).sum();
            hold::remove(tx, self.workspace, holder, self.now).await?;
        }
        if let (Some(_), [offer, ..]) = (&self.service.group, hosts) {
            let taker = Taker {
                holder: self.id.uuid(),
                service: &self.service,
                start: self.request.start,
                people: self.request.party_size,
                expires_at: None,
                owed,
                id: self.occurrence_id,
            };
            let taken = take_seats(tx, self.workspace, offer, &taker, self.now).await?;
            return Ok(taken.map(Place::Seats).map_err(|why| vec![(offer.host.id.clone(), why)]));
        }
        let wanted = claim::Wanted {
            holder: self.id.uuid(),
            service: &self.service,
            start: self.request.start,
            duration: self.duration(),
            ignored: None,
            expires_at: None,
        };
        let claimed = claim::claim_slots(tx, self.workspace, hosts, &wanted, self.now).await?;
        Ok(claimed.map(Place::Slot))
    }

    async fn accept(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        joined: &[&HostOffer],
        place: &Place,
    ) -> Result<Booked, StoreError> {
        let mut pending = self.booking(offer, place.slot(), BookingState::Pending);
        pending.joined = joined.iter().map(|offer| offer.host.id.clone()).collect();
        let (booking, awaited) = match place {
            Place::Seats(_) => (pending, self.awaited_until.filter(|_| !place.stands())),
            Place::Slot(_) if offer.outside => (pending, self.awaited_until),
            Place::Slot(_) => {
                (pending.confirm(self.now).expect("a pending booking can be confirmed"), None)
            }
        };
        insert_booking(tx, self.workspace, &booking, awaited).await?;
        self.remember(tx).await?;
        timeline::append(tx, self.workspace, self.id, &self.received).await?;
        let names: Vec<&str> =
            std::iter::once(&offer).chain(joined).map(|offer| offer.host.name.as_str()).collect();
        let are = if joined.is_empty() { "is" } else { "are" };
        let names = names.join(", ");
        let summary = format!("Accepted: {names} {are} free at that time by our own records");
        self.note(tx, summary).await?;
        if let Place::Seats(occurrence) = place {
            return self.sit_down(tx, offer, occurrence, booking).await;
        }
        let (event, job) = if offer.outside {
            (None, self.leave_to_calendar(tx, &booking).await?)
        } else {
            (Some(Box::new(self.settle_here(tx, offer, &booking).await?)), None)
        };
        Ok(Booked::Accepted { booking: Box::new(booking), event, job })
    }

    /// With seats in an occurrence the booking stands if its event does.
    async fn sit_down(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        occurrence: &Occurrence,
        booking: Booking,
    ) -> Result<Booked, StoreError> {
        let seating = Seating {
            workspace: self.workspace,
            booking,
            occurrence,
            outside: offer.outside,
            service: &self.service,
            lease: Some(self.lease),
            job_ids: self.job_ids,
            notify_ids: self.notify_ids,
            now: self.now,
        };
        let (booking, job) = seating.seat(tx).await?;
        let event = if booking.state == BookingState::Pending {
            None
        } else {
            let events = list_events(tx, self.workspace, occurrence.id).await?;
            let written = |event: &StoredEvent| event.record.state == EventState::Written;
            events.into_iter().rev().find(written).map(Box::new)
        };
        Ok(Booked::Accepted { booking: Box::new(booking), event, job })
    }

    /// All seats are taken, and the lead wants to wait for some.
    async fn stand_in_line(
        &self,
        tx: &mut impl Tx,
        offer: &HostOffer,
        slot: Interval,
    ) -> Result<Booked, StoreError> {
        let booking = self.booking(offer, slot, BookingState::Waitlisted { offer: None });
        insert_booking(tx, self.workspace, &booking, None).await?;
        self.remember(tx).await?;
        timeline::append(tx, self.workspace, self.id, &self.received).await?;
        self.note(tx, "On the waiting list: all places are taken".to_owned()).await?;
        let mut ids = JobIds::from(self.notify_ids);
        let (workspace, channels, now) = (self.workspace, &self.service.channels(), self.now);
        enqueue_notifications(tx, workspace, &booking, channels, ids.block(), now, now).await?;
        waiting_list::stand_in_line(tx, workspace, &booking, ids.block(), now).await?;
        Ok(Booked::Accepted { booking: Box::new(booking), event: None, job: None })
    }

    /// The host whose seats are all that is missing.
    fn full_host(&self, reasons: &[(HostId, Vec<Reason>)]) -> Option<&HostOffer> {
        let full = |why: &[Reason]| matches!(why, [Reason::Full { .. }]);
        let host = reasons.iter().find(|(_, why)| full(why)).map(|(host, _)| host)?;
        self.hosts.iter().find(|offer| offer.host.id == *host)
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
        let (channels, ids) = (&self.service.channels(), self.notify_ids);
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
        let slot = Interval::starting(self.request.start, self.duration());
        if let (true, Some(offer), Some(slot)) = (self.wait, self.full_host(&reasons), slot) {
            return self.stand_in_line(tx, offer, slot).await;
        }
        let kept = match (self.keep_refused, self.hosts.first(), slot) {
            (true, Some(offer), Some(slot)) => {
                let booking = self.booking(offer, slot, BookingState::Declined);
                insert_booking(tx, self.workspace, &booking, None).await?;
                self.remember(tx).await?;
                timeline::append(tx, self.workspace, self.id, &self.received).await?;
                self.note(tx, "Declined: that time is not free".to_owned()).await?;
                let channels = &self.service.channels();
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
            joined: Vec::new(),
            slot,
            title: self.service.title.clone(),
            location: self.service.location.clone(),
            edition: Edition::default(),
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
