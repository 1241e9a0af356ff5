//! Whether the calendars leave the wanted time free, and what stands in for one that cannot be read.

use domain::convergence::Step;
use domain::service::WhenUnreachable;
use domain::{Host, HostId, Interval};
use serde_json::json;
use store::convergence::{Advance, Facts};
use store::timeline::TimelineEntry;

use super::Run;
use crate::CALL;
use crate::calendar::{CalendarError, Destination, Freedom, Taken, claim_of};
use crate::waiting::Verdict;

impl Run<'_> {
    pub(super) async fn check(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        slot: Interval,
    ) -> Taken {
        let (setup, service) = (&self.setup.setup, &facts.booking.service);
        let mut entries = Vec::new();
        for host in std::iter::once(&host.id).chain(&facts.booking.joined) {
            if setup.host(host).is_none() {
                let text = format!("the host '{host}' is no longer configured");
                return Taken::Stuck(CalendarError::NotConfigured(text), entries);
            }
            let now = self.app.clock().now();
            if self.job.lease.until.duration_since(now) < CALL {
                return Taken::Stuck(CalendarError::Wait(now), entries); // With a new lease.
            }
            let asked = self.app.check_free(setup, service, host, slot).await;
            entries.extend(asked.entries);
            let freedom = match asked.outcome {
                Ok(freedom) => Ok(freedom),
                Err(error) => self.unread(facts, host, slot, error, &mut entries).await,
            };
            match freedom {
                Ok(Freedom::Free) => {}
                Ok(Freedom::Busy) => {
                    self.app.0.waiting.note(self.id, Verdict::Busy);
                    return Taken::Advance(Advance::Refused, entries);
                }
                Err(Unread::Refuses) => {
                    self.app.0.waiting.note(self.id, Verdict::Unavailable);
                    return Taken::Advance(Advance::Refused, entries);
                }
                Err(Unread::Later(error)) => return Taken::Stuck(error, entries),
            }
        }
        Taken::Advance(all_free(facts, there), entries)
    }

    /// A calendar cannot be read. The mirror may stand in for it; else it is a refusal while
    /// somebody waits for a service that does not accept on trust, and otherwise tried again.
    async fn unread(
        &self,
        facts: &Facts,
        host: &HostId,
        slot: Interval,
        error: CalendarError,
        entries: &mut Vec<TimelineEntry>,
    ) -> Result<Freedom, Unread> {
        // A turn that comes while the caller still waits is worth waiting for.
        if matches!(error, CalendarError::Wait(at) if facts.is_awaited(at)) {
            return Err(Unread::Later(error));
        }
        let service = self.setup.setup.service(&facts.booking.service);
        let policy = service.map_or(WhenUnreachable::Closed, |service| service.when_unreachable);
        let refuses = match policy {
            WhenUnreachable::Cached(age) => {
                let within = claim_of(&self.setup.setup, &facts.booking.service, slot);
                let mirror = self.app.mirror_says(&self.setup.setup, host, within, age).await;
                match mirror {
                    Ok(Some(freedom)) => {
                        entries.push(self.app.entry(
                            "calendar.cached",
                            "The calendar cannot be read: what it last said counts",
                            &json!({ "error": error.to_string() }),
                        ));
                        return Ok(freedom);
                    }
                    Ok(None) => true,
                    Err(error) => return Err(Unread::Later(error.into())),
                }
            }
            WhenUnreachable::Closed => true,
            WhenUnreachable::Pending => false,
        };
        if refuses && facts.is_awaited(self.app.clock().now()) {
            tracing::warn!(booking.id = %self.id, "a calendar cannot be read: {error}");
            return Err(Unread::Refuses);
        }
        Err(Unread::Later(error))
    }
}

/// From now on the event is intended.
fn all_free(facts: &Facts, there: &Destination) -> Advance {
    let asked = Facts { free: true, ..facts.clone() };
    let intend = match asked.next_step(&there.id) {
        Step::Insert { generation } => Some(generation),
        Step::CheckFree(_)
        | Step::Patch { .. }
        | Step::Look { .. }
        | Step::Settle
        | Step::Delete { .. }
        | Step::Done => None,
    };
    Advance::Free { intend }
}

/// What follows where a calendar cannot be read and nothing stands in for it.
enum Unread {
    /// The booking is refused, since somebody waits.
    Refuses,
    /// It is tried again.
    Later(CalendarError),
}
