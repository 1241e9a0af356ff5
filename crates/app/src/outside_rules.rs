//! Bookings that the rules would not offer any more. A change of the setup never touches them: it
//! names them, and a person decides.

use std::collections::BTreeSet;

use domain::availability::{Claimed, Holder, Openings, Reason, Terms};
use domain::{BookingId, HostId, Interval, ServiceId};
use jiff::Timestamp;
use store::booking::{Ahead, ListAhead};
use store::openings::LoadClaims;
use uuid::Uuid;

use crate::setup::{Difference, Kind, Setup};
use crate::{App, AppError};

/// How many are looked at in one read: it must not stand in anybody's way.
const AT_ONCE: i64 = 200;

/// A booking that stands although the rules would not offer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideRules {
    /// Which.
    pub booking: BookingId,
    /// Of which service.
    pub service: ServiceId,
    /// With whom.
    pub host: HostId,
    /// When it starts.
    pub start: Timestamp,
    /// The codes of what speaks against it.
    pub reasons: Vec<&'static str>,
}

impl App {
    /// The bookings to come that a change is about, as far as `after` would not offer them. How near
    /// or far they are does not count: that was asked when they were booked.
    pub(crate) async fn outside_rules(
        &self,
        after: &Setup,
        changes: &[Difference],
    ) -> Result<Vec<OutsideRules>, AppError> {
        let changed = |kind: Kind| -> BTreeSet<&str> {
            let of_kind = changes.iter().filter(|change| change.kind == kind);
            of_kind.map(|change| change.id.as_str()).collect()
        };
        let (hosts, services) = (changed(Kind::Host), changed(Kind::Service));
        let mut outside = Vec::new();
        if hosts.is_empty() && services.is_empty() {
            return Ok(outside);
        }
        let now = self.clock().now();
        let mut behind = (now, BookingId::new(Uuid::nil()));
        loop {
            let unit = ListAhead { workspace: self.workspace(), after: behind, most: AT_ONCE };
            let mut ahead = self.store().read(unit).await?;
            let Some(last) = ahead.last() else { return Ok(outside) };
            behind = (last.slot.start(), last.id);
            ahead.retain(|booking| {
                each_host(booking).any(|host| hosts.contains(host.as_str()))
                    || services.contains(booking.service.as_str())
            });
            outside.extend(self.outside_of(after, &ahead, now).await?);
        }
    }

    async fn outside_of(
        &self,
        setup: &Setup,
        bookings: &[Ahead],
        now: Timestamp,
    ) -> Result<Vec<OutsideRules>, AppError> {
        let asked: Vec<(&Ahead, &HostId)> = bookings
            .iter()
            .flat_map(|booking| each_host(booking).map(move |host| (booking, host)))
            .collect();
        let reach = |(booking, host): &(&Ahead, &HostId)| {
            let terms = terms(setup, booking, host);
            ((*host).clone(), terms.map_or(booking.slot, |terms| terms.reach(booking.slot)))
        };
        let hosts = asked.iter().map(reach).collect();
        let unit = LoadClaims { workspace: self.workspace(), hosts, now };
        let claims = self.store().read(unit).await?;
        let mut outside: Vec<OutsideRules> = Vec::new();
        for ((booking, host), claims) in asked.into_iter().zip(claims) {
            let against = reasons(setup, booking, host, claims, now);
            match outside.last_mut().filter(|known| known.booking == booking.id) {
                Some(known) => {
                    known.reasons.extend(against);
                    known.reasons.sort_unstable();
                    known.reasons.dedup();
                }
                None if against.is_empty() => {}
                None => outside.push(OutsideRules {
                    booking: booking.id,
                    service: booking.service.clone(),
                    host: booking.host.clone(),
                    start: booking.slot.start(),
                    reasons: against,
                }),
            }
        }
        Ok(outside)
    }
}

/// Everyone who comes.
fn each_host(booking: &Ahead) -> impl Iterator<Item = &HostId> {
    std::iter::once(&booking.host).chain(&booking.joined)
}

/// `None` when the service or host is gone: that is refused while it has bookings.
fn terms<'a>(setup: &'a Setup, booking: &Ahead, host: &HostId) -> Option<Terms<'a>> {
    let service = setup.service(&booking.service)?;
    let host = setup.host(host)?;
    Some(Terms { service, host, duration: booking.slot.length() })
}

fn reasons(
    setup: &Setup,
    booking: &Ahead,
    host: &HostId,
    mut claims: Vec<Claimed>,
    now: Timestamp,
) -> Vec<&'static str> {
    let Some(terms) = terms(setup, booking, host) else { return Vec::new() };
    let mut reasons = Vec::new();
    if !terms.service.hosts.contains(host) {
        reasons.push("host_removed");
    }
    if terms.service.rules.length(Some(terms.duration)).is_none() {
        reasons.push("unknown_duration");
    }
    claims.retain(|claim| !is_own(claim, booking));
    let nothing: &[Interval] = &[];
    let openings = Openings::new(terms, now, claims.into(), nothing.into());
    let against = openings.reasons_against(booking.slot.start()).into_iter();
    reasons.extend(against.filter(|reason| !is_about_the_clock(*reason)).map(Reason::code));
    reasons
}

/// A booking is not in its own way, nor is the occurrence that it has seats in.
fn is_own(claim: &Claimed, booking: &Ahead) -> bool {
    match claim.holder {
        Holder::Booking(id) => id == booking.id,
        Holder::Occurrence { .. } => claim.slot == booking.slot && claim.service == booking.service,
        Holder::Hold { .. } | Holder::Unknown => false,
    }
}

fn is_about_the_clock(reason: Reason) -> bool {
    matches!(reason, Reason::TooLittleNotice | Reason::BeyondHorizon)
}
