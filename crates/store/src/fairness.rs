//! Whose turn it is, of several hosts.

use std::collections::BTreeSet;

use domain::service::Assignment;
use domain::{HostId, Interval, Service, WorkspaceId};
use jiff::{SignedDuration, Timestamp};

use crate::booking::HostOffer;
use crate::error::StoreError;
use crate::occurrence::open_with;
use crate::openings::count_claims;
use crate::tx::Tx;

/// Over how much time before and after a slot hosts are compared.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Who is asked in which order: everyone together, where all have to come; otherwise each alone. First
/// the host of `first`, then one whose occurrence is open already, then those whose calendars showed
/// nothing, then whoever is booked least around that time for their weight; ties as the service names
/// them. Whoever books holds the locks of all of them.
pub(crate) async fn in_turn<'a>(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    service: &Service,
    hosts: &'a [HostOffer],
    start: Timestamp,
    first: Option<&HostId>,
    now: Timestamp,
) -> Result<Vec<Vec<&'a HostOffer>>, StoreError> {
    if hosts.len() == 1 || service.assignment == Assignment::All {
        return Ok(vec![hosts.iter().collect()]);
    }
    let open = match &service.group {
        Some(_) => open_with(tx, workspace, &service.id, start).await?,
        None => BTreeSet::new(),
    };
    let around = Interval::starting(start, SignedDuration::from_secs(1))
        .map(|start| start.widened(WINDOW, WINDOW));
    let mut ranked = Vec::with_capacity(hosts.len());
    for offer in hosts {
        let host = &offer.host.id;
        let load = match around {
            Some(around) => count_claims(tx, workspace, host, around, now).await?,
            None => 0,
        };
        let rank = (first != Some(host), !open.contains(host), offer.shows_busy);
        ranked.push((rank, load, i64::from(service.weight(host)), offer));
    }
    // `load / weight` without fractions; stable, so that ties keep the service's order.
    ranked.sort_by(|(rank, load, weight, _), (other, other_load, other_weight, _)| {
        rank.cmp(other).then((load * other_weight).cmp(&(other_load * weight)))
    });
    Ok(ranked.into_iter().map(|(_, _, _, offer)| vec![offer]).collect())
}
