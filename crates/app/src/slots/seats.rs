//! The slots of a group service: those that nobody has opened, and those with seats left or none.

use std::collections::BTreeMap;

use domain::availability::{Claimed, Holder, Openings, Reason, Rule, Verdict};
use domain::group::Group;
use domain::{Interval, Occurrence, OccurrenceId, Service};
use jiff::Timestamp;
use store::occurrence::{SeatsOf, Starts};

use super::{Asked, FreeSlot};
use crate::{App, AppError};

impl App {
    /// The slots with the seats that are left. `free` are those of each host that nobody has opened;
    /// the open ones are added as far as the rules still offer them, the full ones with none left.
    pub(super) async fn with_seats(
        &self,
        asked: &Asked<'_>,
        group: &Group,
        free: Vec<FreeSlot>,
        range: Interval,
        now: Timestamp,
    ) -> Result<(Vec<FreeSlot>, Option<Timestamp>), AppError> {
        let starts = self.starts(asked.service, range, now).await?;
        let unopened = free.into_iter().map(|slot| FreeSlot { remaining: group.capacity, ..slot });
        let mut all: BTreeMap<Timestamp, FreeSlot> = BTreeMap::new();
        let open = starts.occurrences.into_values().filter(|open| asked.offers_open(open, now));
        let open = open.map(|occurrence| FreeSlot {
            slot: occurrence.slot,
            host: occurrence.host,
            remaining: group.capacity.saturating_sub(occurrence.taken),
        });
        for slot in open.chain(unopened) {
            let known = all.entry(slot.slot.start()).or_insert_with(|| slot.clone());
            if slot.remaining > known.remaining {
                *known = slot;
            }
        }
        Ok((all.into_values().collect(), starts.next_lapse))
    }

    /// What is open of a group service in a stretch.
    pub(super) async fn starts(
        &self,
        service: &Service,
        within: Interval,
        now: Timestamp,
    ) -> Result<Starts, AppError> {
        let (workspace, service) = (self.workspace(), service.id.clone());
        Ok(self.store().read(SeatsOf { workspace, service, within, now }).await?)
    }
}

impl Asked<'_> {
    /// Whether the rules still offer an occurrence that is open. Its calendar was asked when it was
    /// opened.
    fn offers_open(&self, open: &Occurrence, now: Timestamp) -> bool {
        let of_host =
            self.terms.iter().zip(&self.taken).find(|(terms, _)| terms.host.id == open.host);
        of_host.is_some_and(|(terms, taken)| {
            let claims = beside(open.id, taken.claimed(terms.reach(open.slot), now).into_owned());
            let nothing: &[Interval] = &[];
            let openings = Openings::new(*terms, now, claims.into(), nothing.into());
            openings.reasons_against(open.slot.start()).is_empty()
        })
    }
}

/// An occurrence's own claim does not speak against joining it: its seats do.
pub(super) fn beside(open: OccurrenceId, mut claims: Vec<Claimed>) -> Vec<Claimed> {
    claims.retain(|claim| !matches!(claim.holder, Holder::Occurrence { id, .. } if id == open));
    claims
}

/// What the seats of an open occurrence say of joining it.
pub(super) fn seats_verdict(group: &Group, taken: u32) -> Verdict {
    let is_full = taken >= group.capacity;
    Verdict { rule: Rule::Seats, against: is_full.then_some(Reason::Full { remaining: 0 }) }
}
