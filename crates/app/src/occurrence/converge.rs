//! The job that makes the host's calendar agree with an occurrence: one event, however many book.
//! Safe to run any number of times, as the one of a booking.

use domain::calendar_event::CalendarEvent;
use domain::convergence::Step;
use domain::occurrence::occurrence_event;
use domain::service::WhenUnreachable;
use domain::{Host, OccurrenceId, Service};
use providers::google::SendUpdates;
use serde_json::json;
use store::convergence::Advance;
use store::job::{Job, Postponement, Release};
use store::occurrence::{
    LoadOccurrence, OccurrenceFacts, OccurrenceProgress, OccurrenceProgressed, OccurrenceSetback,
};
use store::timeline::TimelineEntry;

use crate::calendar::destination;
use crate::calendar::{Asked, CalendarEditor, CalendarError, Destination, Freedom, Rewrite, Taken};
use crate::waiting::Verdict;
use crate::{App, AppError, CALL, SetupSnapshot};

/// More steps than any occurrence needs between two changes; beyond it something is wrong with us.
const STEPS: usize = 12;

/// One run of the job.
struct Run<'a> {
    app: &'a App,
    job: Job,
    id: OccurrenceId,
    setup: &'a SetupSnapshot,
}

/// Whom and what a step is for.
struct Place<'a> {
    service: Option<&'a Service>,
    host: &'a Host,
    there: Destination,
}

impl App {
    /// Makes the host's calendar agree with the occurrence.
    pub(crate) async fn converge_occurrence(
        &self,
        job: Job,
        id: OccurrenceId,
    ) -> Result<(), AppError> {
        let setup = self.reload_if_stale().await?;
        let unit = LoadOccurrence { workspace: job.workspace, occurrence: id };
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
        run.release(self.giving_up(), Some(error)).await
    }
}

impl Run<'_> {
    /// Takes one step. `None` when the job was released, to go on later or never.
    async fn step(
        &self,
        facts: &OccurrenceFacts,
    ) -> Result<Option<OccurrenceProgressed>, AppError> {
        let occurrence = &facts.occurrence;
        let setup = &self.setup.setup;
        let Some(host) = setup.host(&occurrence.host) else {
            let text = format!("the host '{}' is no longer configured", occurrence.host);
            return self.stuck(facts, CalendarError::NotConfigured(text), Vec::new()).await;
        };
        let there = destination(setup, host);
        let place = Place { service: setup.service(&occurrence.service), host, there };
        let step = facts.next_step(&place.there.id);
        let calls = !matches!(step, Step::Done | Step::Settle);
        let now = self.app.clock().now();
        if calls && self.job.lease.until.duration_since(now) < CALL {
            self.release(Postponement::Until(now), None).await?;
            self.app.wake_runner();
            return Ok(None);
        }
        match self.take(&step, facts, &place).await {
            Some(Taken::Advance(advance, entries)) => {
                self.store(facts, &place.there, advance, entries).await.map(Some)
            }
            Some(Taken::Stuck(error, entries)) => self.stuck(facts, error, entries).await,
            None => {
                let unit = Release { job: self.job.clone(), postponement: None, error: None };
                self.app.store().write(unit).await?;
                Ok(None)
            }
        }
    }

    async fn take(&self, step: &Step, facts: &OccurrenceFacts, place: &Place<'_>) -> Option<Taken> {
        let editor = CalendarEditor {
            app: self.app,
            setup: &self.setup.setup,
            owner: self.id.into(),
            events: &facts.events,
            slot: facts.occurrence.slot,
            host: place.host,
            there: &place.there,
            // Nobody but the host is on it: its bookings' people have invitations of their own.
            updates: SendUpdates::None,
            leased_until: self.job.lease.until,
        };
        let known = |generation: u32| {
            facts.events.iter().any(|event| event.record.generation == generation)
        };
        Some(match step {
            Step::Done => return None,
            Step::Settle => Taken::Advance(Advance::Settle, Vec::new()),
            Step::CheckFree(_) => self.check(facts, place).await,
            // The row comes before the call, also where no verdict led here.
            Step::Insert { generation } if !known(*generation) => {
                Taken::Advance(Advance::Free { intend: Some(*generation) }, Vec::new())
            }
            Step::Insert { generation } => match self.event(facts, place, *generation) {
                Ok(event) => editor.insert(&event).await,
                Err(error) => Taken::Stuck(error, Vec::new()),
            },
            Step::Patch { generation } | Step::Look { generation } => {
                match self.event(facts, place, *generation) {
                    Ok(event) => editor.patch(*generation, &Rewrite::Roster(&event)).await,
                    Err(error) => Taken::Stuck(error, Vec::new()),
                }
            }
            Step::Delete { generation } => editor.delete(*generation).await,
        })
    }

    /// The event as it should be.
    fn event(
        &self,
        facts: &OccurrenceFacts,
        place: &Place<'_>,
        generation: u32,
    ) -> Result<CalendarEvent, CalendarError> {
        let Some(service) = place.service else {
            let gone = &facts.occurrence.service;
            let text = format!("the service '{gone}' is no longer configured");
            return Err(CalendarError::NotConfigured(text));
        };
        let door = self.app.settings().url(&format!("/admin/occurrences/{}", self.id));
        let (occurrence, roster) = (&facts.occurrence, &facts.roster);
        Ok(occurrence_event(occurrence, roster, service, place.host, generation, &door))
    }

    async fn check(&self, facts: &OccurrenceFacts, place: &Place<'_>) -> Taken {
        let occurrence = &facts.occurrence;
        let (setup, service) = (&self.setup.setup, &occurrence.service);
        let Asked { outcome, entries } =
            self.app.check_free(setup, service, &place.host.id, occurrence.slot).await;
        match outcome {
            Ok(Freedom::Free) => Taken::Advance(Advance::Free { intend: None }, entries),
            Ok(Freedom::Busy) => {
                self.note(facts, Verdict::Busy);
                Taken::Advance(Advance::Refused, entries)
            }
            Err(error) if self.refuses_unread(facts, place) => {
                tracing::warn!(occurrence.id = %self.id, "a calendar cannot be read: {error}");
                self.note(facts, Verdict::Unavailable);
                Taken::Advance(Advance::Refused, entries)
            }
            Err(error) => Taken::Stuck(error, entries),
        }
    }

    /// Whether an unreadable calendar is a refusal: only while everybody waits, and only for a
    /// service that does not accept on trust.
    fn refuses_unread(&self, facts: &OccurrenceFacts, place: &Place<'_>) -> bool {
        let policy =
            place.service.map_or(WhenUnreachable::Closed, |service| service.when_unreachable);
        facts.all_wait(self.app.clock().now())
            && matches!(policy, WhenUnreachable::Closed | WhenUnreachable::Cached(_))
    }

    /// Why those who wait are about to be refused; told once that is stored.
    fn note(&self, facts: &OccurrenceFacts, verdict: Verdict) {
        for awaited in &facts.awaited {
            self.app.0.waiting.note(awaited.booking, verdict);
        }
    }

    async fn store(
        &self,
        facts: &OccurrenceFacts,
        there: &Destination,
        advance: Advance,
        entries: Vec<TimelineEntry>,
    ) -> Result<OccurrenceProgressed, AppError> {
        let unit = OccurrenceProgress {
            job: self.job.clone(),
            occurrence: self.id,
            seen: facts.occurrence.revision,
            calendar: there.id.clone(),
            advance,
            entries,
            decided: self.app.entry(
                "booking.decided",
                "",
                &json!({ "occurrence": self.id.to_string() }),
            ),
            channels: self.app.channels(&facts.occurrence.service),
            job_ids: self.app.ids().job(),
            now: self.app.clock().now(),
        };
        let progressed = self.app.store().write(unit).await?;
        for awaited in &facts.awaited {
            if !progressed.facts.awaited.iter().any(|left| left.booking == awaited.booking) {
                self.app.0.waiting.tell_noted(awaited.booking);
            }
        }
        Ok(progressed)
    }

    /// Decides when it is worth trying again, and says so in the timeline.
    async fn stuck(
        &self,
        facts: &OccurrenceFacts,
        error: CalendarError,
        entries: Vec<TimelineEntry>,
    ) -> Result<Option<OccurrenceProgressed>, AppError> {
        let deletes = facts.occurrence.state == domain::occurrence::OccurrenceState::Empty;
        let postponement = self.app.after_setback(&self.job, &error, deletes);
        tracing::warn!(occurrence.id = %self.id, job.attempt = self.job.attempt, "{error}");
        let unit = OccurrenceSetback {
            job: self.job.clone(),
            occurrence: self.id,
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
    ) -> Result<(), AppError> {
        let unit = Release { job: self.job.clone(), postponement: Some(postponement), error };
        Ok(self.app.store().write(unit).await?)
    }
}
