//! The job that makes the host's calendar agree with a booking. Safe to run any number of times:
//! it asks `domain` for the next step, takes it, stores what came of it, and asks again.

use domain::calendar_event::calendar_event;
use domain::convergence::{Step, event_id};
use domain::service::WhenUnreachable;
use domain::{BookingId, Host, Interval};
use jiff::SignedDuration;
use providers::ProviderError;
use serde_json::json;
use store::calendar_event::WrittenEvent;
use store::convergence::{Advance, Facts, LoadFacts, Progress, Progressed, Setback};
use store::job::{Job, Postponement, Release};
use store::timeline::TimelineEntry;

use crate::calendar::{Asked, CalendarError, Destination, EventAnswer, Freedom, Keeper};
use crate::calendar::{destination, reached};
use crate::waiting::Verdict;
use crate::{App, AppError, CALL, SetupSnapshot};

/// More steps than any booking needs between two changes; beyond it something is wrong with us.
const STEPS: usize = 12;
/// How often a refusal that repeating cannot cure is tried before a person has to look.
const PERMANENT_TRIES: i64 = 5;
/// Used up for hours, not seconds.
const QUOTA_REST: SignedDuration = SignedDuration::from_hours(1);

/// One run of the job.
struct Run<'a> {
    app: &'a App,
    job: Job,
    id: BookingId,
    setup: &'a SetupSnapshot,
}

/// What a step led to.
enum Taken {
    /// Something became known.
    Advance(Advance, Vec<TimelineEntry>),
    /// Nothing yet.
    Stuck(CalendarError, Vec<TimelineEntry>),
}

impl App {
    /// Makes the host's calendar agree with the booking.
    pub(crate) async fn converge(&self, job: Job, id: BookingId) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let unit = LoadFacts { workspace: job.workspace, booking: id };
        let Some(mut facts) = self.store().read(unit).await? else {
            let unit = Release { job, postponement: None, error: None };
            return Ok(self.store().write(unit).await?);
        };
        let run = Run { app: self, job, id, setup: &setup };
        for _ in 0..STEPS {
            match run.step(&facts).await? {
                Some(progressed) if progressed.done => {
                    self.wake_runner(); // People are to be told.
                    return Ok(());
                }
                Some(progressed) => facts = progressed.facts,
                None => return Ok(()),
            }
        }
        let error = "it did not come to an end".to_owned();
        let postponement = Postponement::GivenUp(self.clock().now());
        let unit = Release { job: run.job, postponement: Some(postponement), error: Some(error) };
        Ok(self.store().write(unit).await?)
    }

    pub(crate) async fn reload_if_stale(&self) -> Result<std::sync::Arc<SetupSnapshot>, AppError> {
        // One row when nothing has changed; a job that runs on an old setup would ask old calendars.
        let unit = store::openings::LoadVersions { workspace: self.workspace(), hosts: Vec::new() };
        let (version, _) = self.store().read(unit).await?;
        let setup = self.setup();
        if version == setup.version { Ok(setup) } else { self.reload_setup().await }
    }
}

impl Run<'_> {
    /// Takes one step. `None` when the job was released, to go on later or never.
    async fn step(&self, facts: &Facts) -> Result<Option<Progressed>, AppError> {
        let booking = &facts.booking;
        let wanted = booking.change().map_or(&booking.host, |change| &change.host);
        let Some(host) = self.setup.setup.host(wanted) else {
            let text = format!("the host '{wanted}' is no longer configured");
            return self.stuck(facts, CalendarError::NotConfigured(text), Vec::new()).await;
        };
        let there = destination(&self.setup.setup, host);
        let step = facts.next_step(&there.id);
        let calls = !matches!(step, Step::Done | Step::Settle);
        if calls && self.job.lease.until.duration_since(self.app.clock().now()) < CALL {
            return self.release(Postponement::Until(self.app.clock().now()), None).await;
        }
        match self.take(&step, facts, host, &there).await {
            Some(Taken::Advance(advance, entries)) => {
                self.store(facts, &there, advance, entries).await.map(Some)
            }
            Some(Taken::Stuck(error, entries)) => self.stuck(facts, error, entries).await,
            None => {
                self.app.0.waiting.tell(self.id, Verdict::Settled);
                let unit = Release { job: self.job.clone(), postponement: None, error: None };
                self.app.store().write(unit).await?;
                Ok(None)
            }
        }
    }

    async fn take(
        &self,
        step: &Step,
        facts: &Facts,
        host: &Host,
        there: &Destination,
    ) -> Option<Taken> {
        Some(match step {
            Step::Done => return None,
            Step::Settle => Taken::Advance(Advance::Settle, Vec::new()),
            Step::CheckFree(slot) => self.check(facts, host, there, *slot).await,
            // The row comes before the call, also where no verdict led here.
            Step::Insert { generation } if facts.event(*generation).is_none() => {
                Taken::Advance(Advance::Free { intend: Some(*generation) }, Vec::new())
            }
            Step::Insert { generation } => self.insert(facts, host, there, *generation).await,
            Step::Patch { generation } => self.patch(facts, host, there, *generation).await,
            Step::Delete { generation } => self.delete(facts, *generation).await,
        })
    }

    async fn check(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        slot: Interval,
    ) -> Taken {
        let setup = &self.setup.setup;
        let Asked { outcome, entries } =
            self.app.check_free(setup, &facts.booking, &host.id, slot).await;
        match outcome {
            Ok(Freedom::Free) => {
                let asked = Facts { free: true, ..facts.clone() };
                let intend = match asked.next_step(&there.id) {
                    Step::Insert { generation } => Some(generation),
                    Step::CheckFree(_)
                    | Step::Patch { .. }
                    | Step::Settle
                    | Step::Delete { .. }
                    | Step::Done => None,
                };
                Taken::Advance(Advance::Free { intend }, entries)
            }
            Ok(Freedom::Busy) => {
                self.app.0.waiting.note(self.id, Verdict::Busy);
                Taken::Advance(Advance::Refused, entries)
            }
            Err(error) if self.refuses_unread(facts) => {
                tracing::warn!(booking.id = %self.id, "a calendar cannot be read: {error}");
                self.app.0.waiting.note(self.id, Verdict::Unavailable);
                Taken::Advance(Advance::Refused, entries)
            }
            Err(error) => Taken::Stuck(error, entries),
        }
    }

    /// Whether an unreadable calendar is a refusal: only while somebody waits, and only for a
    /// service that does not accept on trust. Without a mirror, `cached` has nothing to go by.
    fn refuses_unread(&self, facts: &Facts) -> bool {
        let service = self.setup.setup.service(&facts.booking.service);
        let policy = service.map_or(WhenUnreachable::Closed, |service| service.when_unreachable);
        facts.is_awaited(self.app.clock().now())
            && matches!(policy, WhenUnreachable::Closed | WhenUnreachable::Cached(_))
    }

    async fn insert(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        generation: u32,
    ) -> Taken {
        let booking = &facts.booking;
        let slot = booking.change().map_or(booking.slot, |change| change.slot);
        let Keeper::Google { account, calendar } = &there.at else {
            return written(generation, slot, WrittenEvent::default(), Vec::new());
        };
        let reminders = self.setup.setup.service(&booking.service);
        let reminders = reminders.map_or(&[][..], |service| &service.calendar_reminders);
        let admin = self.app.settings().url(&format!("/admin/bookings/{}", booking.id));
        let event = calendar_event(booking, slot, host, reminders, generation, &admin);
        let id = event_id(booking.id, generation);
        let asked = self.app.google_insert(account, calendar, &event, &id).await;
        match asked.outcome {
            Ok(EventAnswer::Ours { slot: Some(slot), written: answer }) => {
                written(generation, slot, answer, asked.entries)
            }
            // The identifier is used up: by an event that was deleted, by one whose time nobody
            // can tell, or by something else altogether.
            Ok(
                EventAnswer::Ours { slot: None, .. } | EventAnswer::Deleted | EventAnswer::Foreign,
            ) => Taken::Advance(Advance::Burnt { generation }, asked.entries),
            Err(error) => Taken::Stuck(error, asked.entries),
        }
    }

    async fn patch(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        generation: u32,
    ) -> Taken {
        let booking = &facts.booking;
        let slot = booking.change().map_or(booking.slot, |change| change.slot);
        let Keeper::Google { account, calendar } = &there.at else {
            return written(generation, slot, WrittenEvent::default(), Vec::new());
        };
        let Some(event) = facts.event(generation) else {
            let text = "the event to be changed is not known".to_owned();
            return Taken::Stuck(CalendarError::NotConfigured(text), Vec::new());
        };
        let (app, id) = (self.app, event.event_id.as_str());
        let zone = &host.timezone;
        let etag = event.etag.as_deref();
        let first = app.google_move(account, calendar, id, slot, zone, etag).await;
        let mut entries = first.entries;
        let Some(refusal) = needs_a_look(&first.outcome) else {
            return settled(generation, slot, first.outcome, entries);
        };
        tracing::debug!(booking.id = %self.id, "reading the event back after {refusal}");
        let look = app.google_look(account, calendar, id, booking.id).await;
        entries.extend(look.entries);
        match look.outcome {
            Ok(EventAnswer::Ours { slot: Some(there), written: answer }) if there == slot => {
                written(generation, slot, answer, entries)
            }
            // It stands elsewhere: the change was not applied, or the host edited something else.
            // What they edited stays: only the time is written, on the version just read.
            Ok(EventAnswer::Ours { written: answer, .. }) => {
                let etag = answer.etag.as_deref();
                let again = app.google_move(account, calendar, id, slot, zone, etag).await;
                entries.extend(again.entries);
                settled(generation, slot, again.outcome, entries)
            }
            Ok(EventAnswer::Deleted | EventAnswer::Foreign) => {
                Taken::Advance(Advance::DeletedByHost { generation }, entries)
            }
            Err(error) => Taken::Stuck(error, entries),
        }
    }

    async fn delete(&self, facts: &Facts, generation: u32) -> Taken {
        let Some(event) = facts.event(generation) else {
            return Taken::Advance(Advance::Removed { generation }, Vec::new());
        };
        match reached(&self.setup.setup, &event.record.calendar) {
            Some(Keeper::Ourselves) => Taken::Advance(Advance::Removed { generation }, Vec::new()),
            Some(Keeper::Google { account, calendar }) => {
                let asked = self.app.google_delete(&account, &calendar, &event.event_id).await;
                match asked.outcome {
                    Ok(()) => Taken::Advance(Advance::Removed { generation }, asked.entries),
                    Err(error) => Taken::Stuck(error, asked.entries),
                }
            }
            None => {
                let gone = &event.record.calendar;
                let text = format!("the calendar '{gone}' is no longer configured");
                Taken::Stuck(CalendarError::NotConfigured(text), Vec::new())
            }
        }
    }

    async fn store(
        &self,
        facts: &Facts,
        there: &Destination,
        advance: Advance,
        entries: Vec<TimelineEntry>,
    ) -> Result<Progressed, AppError> {
        let unit = Progress {
            job: self.job.clone(),
            booking: self.id,
            seen: facts.booking.revision,
            calendar: there.id.clone(),
            advance,
            entries,
            decided: self.app.entry("booking.decided", "", &json!({})),
            channels: self.app.channels(&facts.booking.service),
            notify_ids: self.app.ids().job(),
            timer_id: self.app.ids().job(),
            now: self.app.clock().now(),
        };
        let progressed = self.app.store().write(unit).await?;
        self.tell_whoever_waits(&progressed);
        Ok(progressed)
    }

    /// A settled booking or move, a refusal: the caller has been waiting for this.
    fn tell_whoever_waits(&self, progressed: &Progressed) {
        let booking = &progressed.facts.booking;
        let open = booking.state == domain::BookingState::Pending || booking.change().is_some();
        if !open {
            tracing::info!(booking.id = %self.id, "booking {} is {}", self.id, booking.state.status());
            self.app.0.waiting.tell_noted(self.id);
        }
    }

    /// Decides when it is worth trying again, and says so in the timeline.
    async fn stuck(
        &self,
        facts: &Facts,
        error: CalendarError,
        entries: Vec<TimelineEntry>,
    ) -> Result<Option<Progressed>, AppError> {
        let postponement = match &error {
            CalendarError::Disconnected(connection) => Postponement::Parked(*connection),
            CalendarError::App(_) => self.app.later(&self.job),
            CalendarError::NotConfigured(_) => self.give_up_in_the_end(facts),
            CalendarError::Provider(error) => self.after(error, facts),
        };
        tracing::warn!(booking.id = %self.id, job.attempt = self.job.attempt, "{error}");
        let unit = Setback {
            job: self.job.clone(),
            booking: self.id,
            entries,
            postponement,
            error: error.to_string(),
        };
        self.app.store().write(unit).await?;
        Ok(None)
    }

    fn after(&self, error: &ProviderError, facts: &Facts) -> Postponement {
        let now = self.app.clock().now();
        match error {
            ProviderError::Throttled { retry_after: Some(wait) } => {
                let asked = SignedDuration::try_from(*wait).unwrap_or(QUOTA_REST);
                Postponement::Until(now + asked.min(QUOTA_REST))
            }
            ProviderError::QuotaExceeded => Postponement::Until(now + QUOTA_REST),
            ProviderError::Unauthorized
            | ProviderError::InsufficientScope
            | ProviderError::ConnectionRevoked { .. }
            | ProviderError::ClientCredentials { .. }
            | ProviderError::Throttled { retry_after: None }
            | ProviderError::TryLater { .. }
            | ProviderError::NotSent(_)
            | ProviderError::OutcomeUnknown(_)
            | ProviderError::PreconditionFailed
            | ProviderError::Conflict { .. } => self.app.later(&self.job),
            ProviderError::Invalid { .. }
            | ProviderError::Refused { .. }
            | ProviderError::NotFound
            | ProviderError::Gone { .. }
            | ProviderError::Misconfigured { .. }
            | ProviderError::Undeliverable { .. } => self.give_up_in_the_end(facts),
        }
    }

    fn give_up_in_the_end(&self, facts: &Facts) -> Postponement {
        let deletes = !facts.booking.state.is_active();
        if self.job.attempt < PERMANENT_TRIES || deletes {
            self.app.later(&self.job)
        } else {
            Postponement::GivenUp(self.app.clock().now())
        }
    }

    async fn release(
        &self,
        postponement: Postponement,
        error: Option<String>,
    ) -> Result<Option<Progressed>, AppError> {
        let unit = Release { job: self.job.clone(), postponement: Some(postponement), error };
        self.app.store().write(unit).await?;
        self.app.wake_runner();
        Ok(None)
    }
}

fn written(
    generation: u32,
    slot: Interval,
    answer: WrittenEvent,
    entries: Vec<TimelineEntry>,
) -> Taken {
    Taken::Advance(Advance::Written { generation, slot, answer }, entries)
}

/// Whether the answer to a change leaves open what now stands in the calendar.
fn needs_a_look(outcome: &Result<EventAnswer, CalendarError>) -> Option<&ProviderError> {
    match outcome {
        Err(CalendarError::Provider(
            error @ (ProviderError::PreconditionFailed
            | ProviderError::OutcomeUnknown(_)
            | ProviderError::NotFound
            | ProviderError::Gone { .. }),
        )) => Some(error),
        Ok(_) | Err(_) => None,
    }
}

fn settled(
    generation: u32,
    wanted: Interval,
    outcome: Result<EventAnswer, CalendarError>,
    entries: Vec<TimelineEntry>,
) -> Taken {
    match outcome {
        Ok(EventAnswer::Ours { slot, written: answer }) => {
            written(generation, slot.unwrap_or(wanted), answer, entries)
        }
        Ok(EventAnswer::Deleted | EventAnswer::Foreign) => {
            Taken::Advance(Advance::DeletedByHost { generation }, entries)
        }
        Err(error) => Taken::Stuck(error, entries),
    }
}
