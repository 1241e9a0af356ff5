//! The slots of a group service: those that nobody has opened, and those with seats left or none.

use std::collections::BTreeMap;

use domain::availability::{Openings, Reason};
use domain::group::Group;
use domain::{HostId, Interval, Service};
use jiff::{SignedDuration, Timestamp};
use store::occurrence::{SeatsOf, Starts};

use super::{Explanation, FreeSlot};
use crate::{App, AppError};

impl App {
    /// The slots with the seats that are left. `free` are those of each host that nobody has opened;
    /// the open ones are added as far as the rules still offer them, the full ones with none left.
    pub(super) async fn with_seats(
        &self,
        service: &Service,
        group: &Group,
        free: Vec<FreeSlot>,
        range: Interval,
        now: Timestamp,
    ) -> Result<(Vec<FreeSlot>, Option<Timestamp>), AppError> {
        let starts = self.starts(service, range, now).await?;
        let setup = self.setup();
        let unopened = free.into_iter().map(|slot| FreeSlot { remaining: group.capacity, ..slot });
        let mut all: BTreeMap<Timestamp, FreeSlot> = BTreeMap::new();
        let open = starts.occurrences.into_values().filter_map(|occurrence| {
            let host = setup.setup.hosts_of(service).find(|host| host.id == occurrence.host)?;
            let (rules, zone) = (&service.rules, &host.timezone);
            let openings = Openings::new(rules, zone, now, Vec::new(), Vec::new());
            let start = occurrence.slot.start();
            let offered = openings.reasons_against(start).is_empty();
            let remaining = group.capacity.saturating_sub(occurrence.taken);
            let slot = FreeSlot { slot: occurrence.slot, host: occurrence.host, remaining };
            offered.then_some(slot)
        });
        for slot in open.chain(unopened) {
            let known = all.entry(slot.slot.start()).or_insert_with(|| slot.clone());
            if slot.remaining > known.remaining {
                *known = slot;
            }
        }
        Ok((all.into_values().collect(), starts.next_lapse))
    }

    /// An occurrence's own claim does not speak against joining it: its seats do.
    pub(super) async fn explain_seats(
        &self,
        service: &Service,
        group: &Group,
        at: Timestamp,
        explained: Vec<Explanation>,
    ) -> Result<Vec<Explanation>, AppError> {
        let Some(range) = Interval::starting(at, SignedDuration::from_secs(1)) else {
            return Ok(explained);
        };
        let starts = self.starts(service, range, self.clock().now()).await?;
        let taken = |host: &HostId| {
            starts.occurrences.get(&(at, host.clone())).map(|occurrence| occurrence.taken)
        };
        let explained = explained.into_iter().map(|Explanation { host, mut reasons, busy }| {
            if let Some(taken) = taken(&host) {
                reasons.retain(|reason| !matches!(reason, Reason::Claimed(_)));
                if taken >= group.capacity {
                    reasons.push(Reason::Full { remaining: 0 });
                }
            }
            Explanation { host, reasons, busy }
        });
        Ok(explained.collect())
    }

    async fn starts(
        &self,
        service: &Service,
        within: Interval,
        now: Timestamp,
    ) -> Result<Starts, AppError> {
        let (workspace, service) = (self.workspace(), service.id.clone());
        Ok(self.store().read(SeatsOf { workspace, service, within, now }).await?)
    }
}
