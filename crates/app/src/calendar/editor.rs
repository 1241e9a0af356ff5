//! One step towards what a calendar should hold: what is asked or written, and what came of it. The
//! same for whoever wants an event, and safe to repeat.

use domain::calendar_event::{CalendarEvent, EventOwner, Restated};
use domain::convergence::event_id;
use domain::{Host, Interval};
use jiff::{SignedDuration, Timestamp};
use providers::ProviderError;
use providers::google::SendUpdates;
use store::calendar_event::{StoredEvent, WrittenEvent};
use store::convergence::Advance;
use store::job::{Job, Postponement};
use store::timeline::TimelineEntry;

use super::google;
use super::{Asked, CalendarError, Destination, EventAnswer, Keeper, reached};
use crate::setup::Setup;
use crate::{App, CALL};

/// How often a refusal that repeating cannot cure is tried before a person has to look.
const PERMANENT_TRIES: i64 = 5;
/// Used up for hours, not seconds.
const QUOTA_REST: SignedDuration = SignedDuration::from_hours(1);

/// What a step led to.
pub(crate) enum Taken {
    /// Something became known.
    Advance(Advance, Vec<TimelineEntry>),
    /// Nothing yet.
    Stuck(CalendarError, Vec<TimelineEntry>),
}

/// What a patch writes into an event beside its time.
pub(crate) enum Rewrite<'a> {
    /// Nothing.
    TimeAlone,
    /// The roster of an occurrence, as this event has it.
    Roster(&'a CalendarEvent),
    /// Another title or place.
    Details(Restated),
}

impl Rewrite<'_> {
    /// Whether an event that was read back has what was to be written.
    fn is_shown_by(&self, answer: &WrittenEvent) -> bool {
        match self {
            Self::TimeAlone => true,
            Self::Roster(event) => answer.roster == event.roster,
            Self::Details(new) => answer.edition >= new.edition,
        }
    }

    /// What an event shows that we keep ourselves.
    fn kept(&self) -> WrittenEvent {
        match self {
            Self::TimeAlone => WrittenEvent::default(),
            Self::Roster(event) => shown_by(event),
            Self::Details(new) => WrittenEvent { edition: new.edition, ..WrittenEvent::default() },
        }
    }
}

fn shown_by(event: &CalendarEvent) -> WrittenEvent {
    WrittenEvent { roster: event.roster, edition: event.edition, ..WrittenEvent::default() }
}

/// Edits the events of one owner, in the calendar where they belong.
pub(crate) struct CalendarEditor<'a> {
    pub(crate) app: &'a App,
    pub(crate) setup: &'a Setup,
    pub(crate) owner: EventOwner,
    /// The events we know of.
    pub(crate) events: &'a [StoredEvent],
    /// The time that is wanted.
    pub(crate) slot: Interval,
    /// Whose calendar it is.
    pub(crate) host: &'a Host,
    pub(crate) there: &'a Destination,
    /// Whether the provider tells the event's attendees.
    pub(crate) updates: SendUpdates,
    /// When others may take over.
    pub(crate) leased_until: Timestamp,
}

impl CalendarEditor<'_> {
    /// Writes a new event.
    pub(crate) async fn insert(&self, event: &CalendarEvent) -> Taken {
        let generation = event.generation;
        let Keeper::Google { account, calendar } = &self.there.at else {
            return self.kept_here(generation, shown_by(event));
        };
        let id = event_id(self.owner, generation);
        let asked = self.app.google_insert(account, calendar, event, &id, self.updates).await;
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

    /// Gives the event of this generation the wanted time, and whatever else is to be written.
    pub(crate) async fn patch(&self, generation: u32, rewrite: &Rewrite<'_>) -> Taken {
        let Keeper::Google { account, calendar } = &self.there.at else {
            return self.kept_here(generation, rewrite.kept());
        };
        let Some(event) = self.event(generation) else {
            let text = "the event to be changed is not known".to_owned();
            return Taken::Stuck(CalendarError::NotConfigured(text), Vec::new());
        };
        let (app, slot) = (self.app, self.slot);
        let id = event.event_id.as_str();
        let first = self.write_over(account, calendar, id, rewrite, event.etag.as_deref()).await;
        let mut entries = first.entries;
        let Some(refusal) = needs_a_look(&first.outcome) else {
            return settled(generation, slot, first.outcome, entries);
        };
        tracing::debug!(event.owner = %self.owner, "reading the event back after {refusal}");
        let look = app.google_look(account, calendar, id, self.owner).await;
        entries.extend(look.entries);
        match look.outcome {
            Ok(EventAnswer::Ours { slot: Some(there), written: answer })
                if there == slot && rewrite.is_shown_by(&answer) =>
            {
                written(generation, slot, answer, entries)
            }
            // Whoever took over meanwhile may have given it that time for good reason.
            Ok(EventAnswer::Ours { .. }) if self.is_late() => {
                settled(generation, slot, first.outcome, entries)
            }
            // It stands elsewhere: the change was not applied, or the host edited something else.
            // What they edited stays: only what is ours is written, on the version just read.
            Ok(EventAnswer::Ours { written: answer, .. }) => {
                let etag = answer.etag.as_deref();
                let again = self.write_over(account, calendar, id, rewrite, etag).await;
                entries.extend(again.entries);
                settled(generation, slot, again.outcome, entries)
            }
            Ok(EventAnswer::Deleted | EventAnswer::Foreign) => {
                Taken::Advance(Advance::DeletedByHost { generation }, entries)
            }
            Err(error) => Taken::Stuck(error, entries),
        }
    }

    /// Lets the event of this generation show another title or place. Its time is left alone: what the
    /// host did to that is looked at, not undone.
    pub(crate) async fn restate(&self, generation: u32, new: &Restated) -> Taken {
        let Keeper::Google { account, calendar } = &self.there.at else {
            let answer = WrittenEvent { edition: new.edition, ..WrittenEvent::default() };
            let advance = Advance::Restated { generation, answer, moved: false };
            return Taken::Advance(advance, Vec::new());
        };
        let Some(event) = self.event(generation) else {
            let text = "the event to be changed is not known".to_owned();
            return Taken::Stuck(CalendarError::NotConfigured(text), Vec::new());
        };
        let id = event.event_id.as_str();
        let etag = event.etag.as_deref();
        let at = google::At { account, calendar, event_id: id, etag };
        let first = self.app.google_restate(at, new).await;
        let mut entries = first.entries;
        if needs_a_look(&first.outcome).is_none() {
            return self.restated(generation, first.outcome, entries);
        }
        let look = self.app.google_look(account, calendar, id, self.owner).await;
        entries.extend(look.entries);
        match look.outcome {
            Ok(EventAnswer::Ours { written, .. }) if written.edition < new.edition => {
                let at = google::At { etag: written.etag.as_deref(), ..at };
                let again = self.app.google_restate(at, new).await;
                entries.extend(again.entries);
                self.restated(generation, again.outcome, entries)
            }
            outcome => self.restated(generation, outcome, entries),
        }
    }

    fn restated(
        &self,
        generation: u32,
        outcome: Result<EventAnswer, CalendarError>,
        entries: Vec<TimelineEntry>,
    ) -> Taken {
        match outcome {
            Ok(EventAnswer::Ours { slot, written: answer }) => {
                let moved = slot != Some(self.slot);
                Taken::Advance(Advance::Restated { generation, answer, moved }, entries)
            }
            Ok(EventAnswer::Deleted | EventAnswer::Foreign) => {
                Taken::Advance(Advance::DeletedByHost { generation }, entries)
            }
            Err(error) => Taken::Stuck(error, entries),
        }
    }

    /// Whether the lease may end before another call does. What others change after the event was
    /// read is kept from us by its version, what they changed before only by this.
    fn is_late(&self) -> bool {
        self.leased_until.duration_since(self.app.clock().now()) < CALL
    }

    async fn write_over(
        &self,
        account: &str,
        calendar: &str,
        event_id: &str,
        rewrite: &Rewrite<'_>,
        etag: Option<&str>,
    ) -> Asked<EventAnswer> {
        let at = google::At { account, calendar, event_id, etag };
        let (slot, zone) = (self.slot, &self.host.timezone);
        match rewrite {
            Rewrite::TimeAlone => self.app.google_move(at, slot, zone, None).await,
            Rewrite::Details(new) => self.app.google_move(at, slot, zone, Some(new)).await,
            Rewrite::Roster(event) => self.app.google_show(at, event).await,
        }
    }

    /// Removes the event of this generation, from wherever it is.
    pub(crate) async fn delete(&self, generation: u32) -> Taken {
        let Some(event) = self.event(generation) else {
            return Taken::Advance(Advance::Removed { generation }, Vec::new());
        };
        match reached(self.setup, &event.record.calendar) {
            Some(Keeper::Ourselves) => Taken::Advance(Advance::Removed { generation }, Vec::new()),
            Some(Keeper::Google { account, calendar }) => {
                let (id, updates) = (&event.event_id, self.updates);
                let asked = self.app.google_delete(&account, &calendar, id, updates).await;
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

    fn event(&self, generation: u32) -> Option<&StoredEvent> {
        self.events.iter().find(|event| event.record.generation == generation)
    }

    fn kept_here(&self, generation: u32, answer: WrittenEvent) -> Taken {
        written(generation, self.slot, answer, Vec::new())
    }
}

impl App {
    /// When a step that led nowhere is tried again. What deletes is never given up.
    pub(crate) fn after_setback(
        &self,
        job: &Job,
        error: &CalendarError,
        deletes: bool,
    ) -> Postponement {
        match error {
            CalendarError::Wait(at) => Postponement::Paced(*at),
            CalendarError::Disconnected(connection) => Postponement::Parked(*connection),
            CalendarError::App(_) => self.later(job),
            CalendarError::NotConfigured(_) => self.give_up_in_the_end(job, deletes),
            CalendarError::Provider(error) => self.after_refusal(job, error, deletes),
        }
    }

    fn after_refusal(&self, job: &Job, error: &ProviderError, deletes: bool) -> Postponement {
        let now = self.clock().now();
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
            | ProviderError::Conflict { .. } => self.later(job),
            ProviderError::Invalid { .. }
            | ProviderError::Refused { .. }
            | ProviderError::NotFound
            | ProviderError::Gone { .. }
            | ProviderError::Misconfigured { .. }
            | ProviderError::Undeliverable { .. } => self.give_up_in_the_end(job, deletes),
        }
    }

    fn give_up_in_the_end(&self, job: &Job, deletes: bool) -> Postponement {
        if job.attempt < PERMANENT_TRIES || deletes { self.later(job) } else { self.giving_up() }
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
