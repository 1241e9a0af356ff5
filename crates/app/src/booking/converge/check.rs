//! Whether the calendars leave the wanted time free, and what stands in for one that cannot be read.

use domain::convergence::Step;
use domain::service::WhenUnreachable;
use domain::{Host, Interval};
use serde_json::json;
use store::convergence::{Advance, Facts};
use store::timeline::TimelineEntry;

use super::Run;
use crate::calendar::{Asked, CalendarError, Destination, Freedom, Taken, claim_of};
use crate::waiting::Verdict;

impl Run<'_> {
    pub(super) async fn check(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        slot: Interval,
    ) -> Taken {
        let setup = &self.setup.setup;
        let Asked { outcome, entries } =
            self.app.check_free(setup, &facts.booking.service, &host.id, slot).await;
        match outcome {
            Ok(freedom) => self.decided(facts, there, freedom, entries),
            Err(error) => self.unread(facts, host, there, slot, error, entries).await,
        }
    }

    fn decided(
        &self,
        facts: &Facts,
        there: &Destination,
        freedom: Freedom,
        entries: Vec<TimelineEntry>,
    ) -> Taken {
        match freedom {
            Freedom::Free => {
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
                Taken::Advance(Advance::Free { intend }, entries)
            }
            Freedom::Busy => {
                self.app.0.waiting.note(self.id, Verdict::Busy);
                Taken::Advance(Advance::Refused, entries)
            }
        }
    }

    /// A calendar cannot be read. The mirror may stand in for it; else it is a refusal while
    /// somebody waits for a service that does not accept on trust, and otherwise tried again.
    async fn unread(
        &self,
        facts: &Facts,
        host: &Host,
        there: &Destination,
        slot: Interval,
        error: CalendarError,
        mut entries: Vec<TimelineEntry>,
    ) -> Taken {
        // A turn that comes while the caller still waits is worth waiting for.
        if matches!(error, CalendarError::Wait(at) if facts.is_awaited(at)) {
            return Taken::Stuck(error, entries);
        }
        let service = self.setup.setup.service(&facts.booking.service);
        let policy = service.map_or(WhenUnreachable::Closed, |service| service.when_unreachable);
        let refuses = match policy {
            WhenUnreachable::Cached(age) => {
                let within = claim_of(&self.setup.setup, &facts.booking.service, slot);
                let mirror = self.app.mirror_says(&self.setup.setup, &host.id, within, age).await;
                match mirror {
                    Ok(Some(freedom)) => {
                        entries.push(self.app.entry(
                            "calendar.cached",
                            "The calendar cannot be read: what it last said counts",
                            &json!({ "error": error.to_string() }),
                        ));
                        return self.decided(facts, there, freedom, entries);
                    }
                    Ok(None) => true,
                    Err(error) => return Taken::Stuck(error.into(), entries),
                }
            }
            WhenUnreachable::Closed => true,
            WhenUnreachable::Pending => false,
        };
        if refuses && facts.is_awaited(self.app.clock().now()) {
            tracing::warn!(booking.id = %self.id, "a calendar cannot be read: {error}");
            self.app.0.waiting.note(self.id, Verdict::Unavailable);
            return Taken::Advance(Advance::Refused, entries);
        }
        Taken::Stuck(error, entries)
    }
}
