//! Heeding what somebody did to our event in the calendar: moved it, or answered its invitation.

use domain::booking::{Actor, Cancellation};
use domain::conflict::{Conflict, ConflictKind};
use domain::response::{IfDeclined, Response};
use domain::{Booking, Interval, TimelineEntryId};
use uuid::Uuid;

use super::{Facts, Progress, Seen};
use crate::booking::set_response;
use crate::calendar_event;
use crate::claim::{self, LONGEST, NewClaim};
use crate::conflict;
use crate::error::StoreError;
use crate::job::{self, NewJob, Task};
use crate::mirror;
use crate::timeline::{self, TimelineEntry};
use crate::tx::Tx;

impl Progress {
    /// The booking follows its event if it may. If not, the event stays as the host put it, the
    /// booking keeps its time and shows the conflict; the attendees are not told.
    pub(super) async fn heed(
        &self,
        tx: &mut impl Tx,
        facts: Facts,
        seen: &Seen,
    ) -> Result<(), StoreError> {
        if self.heed_responses(tx, &facts.booking, seen).await? {
            return Ok(()); // It is cancelled: where its event stood no longer matters.
        }
        let Some(stands_at) = seen.stands_at else { return Ok(()) };
        if stands_at == facts.booking.slot {
            return self.agree_again(tx, &facts.booking).await;
        }
        if let (Some(slot), Some(claim)) = (seen.slot, seen.claim)
            && self.follow(tx, &facts, seen, slot, claim).await?
        {
            return Ok(());
        }
        self.disagree(tx, &facts, seen, stands_at).await
    }

    async fn follow(
        &self,
        tx: &mut impl Tx,
        facts: &Facts,
        seen: &Seen,
        slot: Interval,
        claim: Interval,
    ) -> Result<bool, StoreError> {
        let before = &facts.booking;
        let Ok(moved) = before.clone().follow_event(slot, self.now) else { return Ok(false) };
        if claim.length() > LONGEST {
            return Ok(false);
        }
        let (workspace, holder) = (self.workspace(), self.booking.uuid());
        let mut wanted = Vec::new();
        // Everybody in one order, so that nobody waits in a circle.
        let mut hosts: Vec<_> = before.hosts().collect();
        hosts.sort_unstable();
        for host in hosts {
            claim::clear_lapsed(tx, workspace, host, claim, self.now).await?;
            wanted.push(NewClaim {
                host,
                holder,
                service: &before.service,
                location: before.location.as_deref(),
                slot,
                interval: claim,
                expires_at: None,
            });
        }
        if !claim::replace_claims(tx, workspace, holder, &wanted).await? {
            return Ok(false);
        }
        let (generation, answer) = (seen.generation, &seen.answer);
        calendar_event::written(tx, workspace, self.booking, generation, slot, answer, self.now)
            .await?;
        if let Some(event) = facts.event(generation) {
            mirror::forget_event(tx, workspace, &self.calendar, &event.event_id).await?;
        }
        conflict::close(tx, workspace, self.booking, self.now).await?;
        let summary = "Moved: the host moved the event in the calendar";
        self.commit(tx, &moved, before.revision, "booking.moved", summary, self.now).await?;
        let task = Task::Timer(self.booking);
        let timer = NewJob { id: self.timer_id, task, due_at: slot.end(), lease: None };
        job::schedule(tx, workspace, &timer, self.now).await?;
        Ok(true)
    }

    async fn agree_again(&self, tx: &mut impl Tx, booking: &Booking) -> Result<(), StoreError> {
        let known = conflict::find(tx, self.workspace(), booking.id).await?;
        if known.is_some_and(|known| known.kind == ConflictKind::EventMoved) {
            conflict::close(tx, self.workspace(), booking.id, self.now).await?;
            let summary = "The event is where the booking is again";
            self.remark(tx, 0, "booking.conflict_over", summary).await?;
        }
        Ok(())
    }

    async fn disagree(
        &self,
        tx: &mut impl Tx,
        facts: &Facts,
        seen: &Seen,
        at: Interval,
    ) -> Result<(), StoreError> {
        let event_id = facts.event(seen.generation).map(|event| event.event_id.clone());
        let conflict = Conflict {
            kind: ConflictKind::EventMoved,
            calendar: self.calendar.clone(),
            event_id: event_id.unwrap_or_default(),
            at,
            since: self.now,
        };
        conflict::open(tx, self.workspace(), self.booking, &conflict).await?;
        let summary = "Conflict: the host moved the event to a time that the booking cannot have; \
                       the booking keeps its time";
        self.remark(tx, 0, "booking.conflict", summary).await
    }

    /// Notes what those who are invited answered. `true` when the booking is cancelled by that.
    async fn heed_responses(
        &self,
        tx: &mut impl Tx,
        booking: &Booking,
        seen: &Seen,
    ) -> Result<bool, StoreError> {
        let mut lead_declined = false;
        for (position, attendee) in (0_u32..).zip(&booking.attendees) {
            let Some(email) = &attendee.email else { continue };
            let answered = seen
                .responses
                .iter()
                .find(|(address, _)| address.eq_ignore_ascii_case(email.as_str()))
                .map(|(_, response)| *response);
            let workspace = self.workspace();
            if !set_response(tx, workspace, booking.id, position, answered).await? {
                continue;
            }
            if answered == Some(Response::Declined) {
                lead_declined |= position == 0;
                let who = if position == 0 { "The attendee" } else { "A guest" };
                let summary = format!("{who} declined the calendar's invitation");
                self.remark(tx, 1 + position, "attendee.declined", &summary).await?;
            }
        }
        if !lead_declined || seen.if_declined == IfDeclined::Keep {
            return Ok(false);
        }
        let reason = Some("declined the calendar's invitation".to_owned());
        let by_attendee = Cancellation { by: Actor::Attendee, reason };
        let Ok(cancelled) = booking.clone().cancel(by_attendee, self.now) else {
            return Ok(false);
        };
        claim::delete_claims(tx, self.workspace(), self.booking.uuid()).await?;
        let summary = "Cancelled: the attendee declined the calendar's invitation";
        let revision = booking.revision;
        self.commit(tx, &cancelled, revision, "booking.cancelled", summary, self.now).await?;
        Ok(true)
    }

    /// Remarks on something beside the decision; `place` keeps several apart.
    async fn remark(
        &self,
        tx: &mut impl Tx,
        place: u32,
        kind: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        let id = self.decided.id.uuid().as_u128().wrapping_add(1 + u128::from(place));
        let entry = TimelineEntry {
            id: TimelineEntryId::new(Uuid::from_u128(id)),
            kind: kind.to_owned(),
            summary: summary.to_owned(),
            ..self.decided.clone()
        };
        timeline::append(tx, self.workspace(), self.booking, &entry).await
    }
}
