//! The job that makes the host's calendar agree with a booking. Safe to run any number of times:
//! it asks `domain` for the next step, takes it, stores what came of it, and asks again.

mod check;

use domain::calendar_event::{CalendarEvent, calendar_event, restated};
use domain::convergence::Step;
use domain::response::IfDeclined;
use domain::{BookingId, Host, Interval};
use jiff::SignedDuration;
use providers::google::SendUpdates;
use serde_json::json;
use store::convergence::{Advance, Facts, LoadFacts, Progress, Progressed, Seen, Setback};
use store::job::{Job, Postponement, Release};
use store::timeline::TimelineEntry;

use crate::calendar::{
    CalendarEditor, CalendarError, Destination, EventSeen, Keeper, Rewrite, Taken,
};
use crate::calendar::{claim_of, destination, reached};
use crate::waiting::Verdict;
use crate::{App, AppError, CALL, SetupSnapshot};

/// More steps than any booking needs between two changes; beyond it something is wrong with us.
const STEPS: usize = 12;
/// How long a change rests that waits for somebody to decide about a mass deletion; the decision
/// itself wakes it.
const UNDECIDED_REST: SignedDuration = SignedDuration::from_mins(5);

/// One run of the job.
struct Run<'a> {
    app: &'a App,
    job: Job,
    id: BookingId,
    setup: &'a SetupSnapshot,
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
                    self.nudge_operation(id).await?;
                    self.wake_runner(); // People are to be told.
                    return Ok(());
                }
                Some(progressed) if progressed.is_undecided => {
                    let later = Postponement::Until(self.clock().now() + UNDECIDED_REST);
                    let error = Some("many events are missing: somebody has to decide".to_owned());
                    return run.release(later, error).await.map(drop);
                }
                Some(progressed) => facts = progressed.facts,
                None => return Ok(()),
            }
        }
        let error = "it did not come to an end".to_owned();
        let postponement = self.giving_up();
        let unit = Release { job: run.job, postponement: Some(postponement), error: Some(error) };
        Ok(self.store().write(unit).await?)
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
        let booking = &facts.booking;
        let slot = booking.change().map_or(booking.slot, |change| change.slot);
        let editor = CalendarEditor {
            app: self.app,
            setup: &self.setup.setup,
            owner: self.id.into(),
            events: &facts.events,
            slot,
            host,
            there,
            updates: SendUpdates::All,
            leased_until: self.job.lease.until,
        };
        Some(match step {
            Step::Done => return None,
            Step::Settle => Taken::Advance(Advance::Settle, Vec::new()),
            Step::CheckFree(slot) => self.check(facts, host, there, *slot).await,
            // The row comes before the call, also where no verdict led here.
            Step::Insert { generation } if facts.event(*generation).is_none() => {
                Taken::Advance(Advance::Free { intend: Some(*generation) }, Vec::new())
            }
            Step::Insert { generation } => {
                editor.insert(&self.event(facts, host, slot, *generation)).await
            }
            Step::Patch { generation } => {
                let record = facts.event(*generation).map(|event| &event.record);
                let details = restated(booking, record.map_or(0, |record| record.edition));
                let stays = record.is_some_and(|record| record.slot == slot);
                match details {
                    Some(new) if stays => editor.restate(*generation, &new).await,
                    Some(new) => editor.patch(*generation, &Rewrite::Details(new)).await,
                    None => editor.patch(*generation, &Rewrite::TimeAlone).await,
                }
            }
            Step::Look { generation } => self.look(facts, host, *generation).await,
            Step::Delete { generation } => editor.delete(*generation).await,
        })
    }

    /// Reads an event that somebody did something to: the only thing that is believed.
    async fn look(&self, facts: &Facts, host: &Host, generation: u32) -> Taken {
        let setup = &self.setup.setup;
        let event = facts.event(generation);
        let reached = event.and_then(|event| reached(setup, &event.record.calendar));
        let (Some(event), Some(Keeper::Google { account, calendar })) = (event, reached) else {
            let text = "the calendar of a changed event is no longer configured".to_owned();
            return Taken::Stuck(CalendarError::NotConfigured(text), Vec::new());
        };
        let (id, zone) = (&event.event_id, &host.timezone);
        let asked = self.app.google_see(&account, &calendar, id, zone).await;
        let (slot, stands_at, answer, responses) = match asked.outcome {
            Ok(EventSeen::Standing { slot, stands_at, written, responses }) => {
                (slot, stands_at, written, responses)
            }
            Ok(EventSeen::Deleted) => {
                return Taken::Advance(Advance::DeletedByHost { generation }, asked.entries);
            }
            Err(error) => return Taken::Stuck(error, asked.entries),
        };
        let service = &facts.booking.service;
        let claim = slot.map(|slot| claim_of(setup, service, slot));
        let if_declined = setup.service(service);
        let if_declined = if_declined.map_or(IfDeclined::Keep, |service| service.if_declined);
        let seen = Seen { generation, slot, stands_at, claim, answer, responses, if_declined };
        Taken::Advance(Advance::Seen(seen), asked.entries)
    }

    /// The event as it should be.
    fn event(&self, facts: &Facts, host: &Host, slot: Interval, generation: u32) -> CalendarEvent {
        let booking = &facts.booking;
        let reminders = self.setup.setup.service(&booking.service);
        let reminders = reminders.map_or(&[][..], |service| &service.calendar_reminders);
        let admin = self.app.settings().url(&format!("/admin/bookings/{}", booking.id));
        let joined: Vec<&Host> =
            booking.joined.iter().filter_map(|host| self.setup.setup.host(host)).collect();
        calendar_event(booking, slot, (host, &joined), reminders, generation, &admin)
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
        let deletes = !facts.booking.state.is_active();
        let postponement = self.app.after_setback(&self.job, &error, deletes);
        if let CalendarError::Wait(_) = error {
            tracing::debug!(booking.id = %self.id, "{error}");
        } else {
            tracing::warn!(booking.id = %self.id, job.attempt = self.job.attempt, "{error}");
        }
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
