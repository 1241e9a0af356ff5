//! Which slots are free, and why others are not.

mod explain;
mod seats;
mod taken;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::availability::{Openings, Reason, Terms};
use domain::mirror::{Reading, Standing, standing};
use domain::service::Assignment;
use domain::{HostId, Interval, Service, ServiceId};
use jiff::{SignedDuration, Timestamp};
use store::booking::HostOffer;
use store::mirror::{HostMirror, LoadMirror};
use store::openings::LoadVersions;

use crate::booking::Alternative;
use crate::mirror::read_busy_calendars;
use crate::setup::Setup;
use crate::{App, AppError, SetupSnapshot};

pub use explain::{Explanation, remedy, words};
pub use store::mirror::BusyTime;
use taken::Taken;
pub(crate) use taken::TakenCache;

/// How far around a wanted time alternatives are looked for.
const NEAR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How many alternatives are named.
const ALTERNATIVES: usize = 5;
/// How many answers are kept.
const CACHED: usize = 1_024;

/// A free slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSlot {
    /// When.
    pub slot: Interval,
    /// A host who is free then: the first that the service names, or who has the most seats left.
    pub host: HostId,
    /// The largest party that can still book it; 1 unless several bookings share the slot.
    pub remaining: u32,
}

/// The free slots of a service in a range, as they were at one state of the database.
#[derive(Debug)]
pub struct FreeSlots {
    /// In order of their starts; each start once.
    pub slots: Vec<FreeSlot>,
    /// Changes when the answer may.
    pub version: String,
}

/// Answers that are still true: exact as long as the versions they were computed from stand and
/// time alone has not changed them.
#[derive(Default)]
pub(crate) struct SlotCache(Mutex<HashMap<CacheKey, Cached>>);

type CacheKey = (ServiceId, SignedDuration, Interval);

struct Cached {
    versions: (i64, Vec<i64>),
    valid_from: Timestamp,
    valid_until: Timestamp,
    answer: Arc<FreeSlots>,
}

impl SlotCache {
    fn find(
        &self,
        key: &CacheKey,
        versions: &(i64, Vec<i64>),
        now: Timestamp,
    ) -> Option<Arc<FreeSlots>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached
            .get(key)
            .filter(|found| found.versions == *versions)
            .filter(|found| found.valid_from <= now && now < found.valid_until)
            .map(|found| found.answer.clone())
    }

    fn keep(&self, key: CacheKey, cached: Cached) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CACHED {
            all.clear();
        }
        all.insert(key, cached);
    }
}

impl App {
    /// The free slots of the usual length that start inside `range`. `None` when there is no such
    /// service.
    ///
    /// Never to be trusted for a booking: its own transaction decides.
    pub async fn free_slots(
        &self,
        service: &ServiceId,
        range: Interval,
    ) -> Result<Option<Arc<FreeSlots>>, AppError> {
        self.free_slots_lasting(service, None, range).await
    }

    /// The same for one of the service's lengths. `None` also when it has no such length.
    pub async fn free_slots_lasting(
        &self,
        service: &ServiceId,
        duration: Option<SignedDuration>,
        range: Interval,
    ) -> Result<Option<Arc<FreeSlots>>, AppError> {
        for _ in 0..3 {
            let setup = self.setup();
            let Some(service) = setup.setup.service(service) else {
                match self.fresh_setup(service).await? {
                    Some(_) => continue,
                    None => return Ok(None),
                }
            };
            let Some(duration) = service.rules.length(duration) else { return Ok(None) };
            let hosts = setup.setup.hosts_of(service);
            let terms: Vec<Terms<'_>> =
                hosts.map(|host| Terms { service, host, duration }).collect();
            let (setup_version, taken) = self.taken(&setup.setup, &terms, range).await?;
            if setup_version == setup.version {
                let poll = self.settings().poll_interval;
                let asked = Asked { setup_version, service, terms, taken, poll };
                return self.answer_for(&asked, duration, range).await.map(Some);
            }
            self.reload_setup().await?;
        }
        Err(AppError::Overtaken)
    }

    async fn answer_for(
        &self,
        asked: &Asked<'_>,
        duration: SignedDuration,
        range: Interval,
    ) -> Result<Arc<FreeSlots>, AppError> {
        let now = self.clock().now();
        let key = (asked.service.id.clone(), duration, range);
        let of_hosts = asked.taken.iter().map(|taken| taken.version).collect();
        let versions = (asked.setup_version, of_hosts);
        if let Some(cached) = self.0.slots.find(&key, &versions, now) {
            return Ok(cached);
        }
        let slots = asked.offered(range, now);
        let (slots, next_lapse) = match &asked.service.group {
            Some(group) => self.with_seats(asked, group, slots, range, now).await?,
            None => (slots, None),
        };
        let valid_until = asked.valid_until(&slots, now);
        let valid_until = next_lapse.map_or(valid_until, |lapse| valid_until.min(lapse));
        let version = format!("{}.{:?}.{}", versions.0, versions.1, valid_until.as_microsecond());
        let answer = Arc::new(FreeSlots { slots, version });
        let cached = Cached { versions, valid_from: now, valid_until, answer: answer.clone() };
        self.0.slots.keep(key, cached);
        Ok(answer)
    }

    /// The setup with the versions of the service's hosts, all of one snapshot.
    async fn fresh_setup(
        &self,
        service: &ServiceId,
    ) -> Result<Option<(Arc<SetupSnapshot>, (i64, Vec<i64>))>, AppError> {
        let mut setup = self.setup();
        for _ in 0..3 {
            let hosts = match setup.setup.service(service) {
                Some(found) => found.hosts.clone(),
                None => Vec::new(),
            };
            let unit = LoadVersions { workspace: self.workspace(), hosts };
            let versions = self.store().read(unit).await?;
            if versions.0 == setup.version {
                let known = setup.setup.service(service).is_some();
                return Ok(known.then_some((setup, versions)));
            }
            setup = self.reload_setup().await?;
        }
        Err(AppError::Overtaken)
    }

    /// The free slots nearest to a wanted start.
    pub async fn alternatives(
        &self,
        service: &ServiceId,
        start: Timestamp,
    ) -> Result<Vec<Alternative>, AppError> {
        self.alternatives_lasting(service, None, start).await
    }

    /// The free slots of one of the service's lengths nearest to a wanted start.
    pub async fn alternatives_lasting(
        &self,
        service: &ServiceId,
        duration: Option<SignedDuration>,
        start: Timestamp,
    ) -> Result<Vec<Alternative>, AppError> {
        if service.is_ad_hoc() {
            return Ok(Vec::new()); // Any time may be asked for.
        }
        let from = start.checked_sub(NEAR).unwrap_or(Timestamp::MIN).max(self.clock().now());
        let until = start.checked_add(NEAR).unwrap_or(Timestamp::MAX);
        let Some(range) = Interval::new(from, until) else { return Ok(Vec::new()) };
        // A range on whole hours is asked for again by whoever wants something near.
        let range = whole_hours(range);
        let Some(free) = self.free_slots_lasting(service, duration, range).await? else {
            return Ok(Vec::new());
        };
        let distance = |slot: &FreeSlot| slot.slot.start().duration_since(start).abs();
        let near = free.slots.partition_point(|slot| slot.slot.start() < start);
        let window = &free.slots
            [near.saturating_sub(ALTERNATIVES)..(near + ALTERNATIVES).min(free.slots.len())];
        let mut nearest: Vec<&FreeSlot> =
            window.iter().filter(|slot| slot.slot.start() != start && slot.remaining > 0).collect();
        nearest.sort_by_key(|slot| distance(slot));
        nearest.truncate(ALTERNATIVES);
        nearest.sort_by_key(|slot| slot.slot.start());
        Ok(nearest
            .into_iter()
            .map(|free| Alternative { slot: free.slot, host: free.host.clone() })
            .collect())
    }
}

impl App {
    /// What is known of a host's calendars over a stretch of time.
    async fn mirrored(
        &self,
        setup: &Setup,
        host: &HostId,
        within: Interval,
    ) -> Result<HostMirror, AppError> {
        let calendars = read_busy_calendars(setup, host);
        if calendars.is_empty() {
            return Ok(HostMirror::default());
        }
        let unit = LoadMirror { workspace: self.workspace(), calendars, within };
        Ok(self.store().read(unit).await?)
    }

    /// Says of each host whether the calendars showed something then, or cannot be read: a service
    /// with several hosts asks others first.
    pub(crate) async fn weigh_hosts(
        &self,
        setup: &Setup,
        service: &Service,
        slot: Option<Interval>,
        mut hosts: Vec<HostOffer>,
    ) -> Result<Vec<HostOffer>, AppError> {
        let now = self.clock().now();
        let Some(slot) = slot else { return Ok(hosts) };
        for offer in &mut hosts {
            let terms = Terms { service, host: &offer.host, duration: slot.length() };
            let claim = terms.claim_of(slot);
            let mirror = self.mirrored(setup, &offer.host.id, claim).await?;
            let busy = mirror.busy.iter().any(|busy| busy.interval.overlaps(claim));
            offer.shows_busy = busy || self.withheld(service, &mirror.readings, now).is_some();
        }
        Ok(hosts)
    }

    fn withheld(&self, service: &Service, readings: &[Reading], now: Timestamp) -> Option<Reason> {
        match standing(service.when_unreachable, readings, self.settings().poll_interval, now) {
            Standing::Offered { .. } => None,
            Standing::Withheld => Some(Reason::CalendarUnavailable),
        }
    }
}

/// Who could take a booking of a service, or who all come to it, and where its event would go.
/// Nobody, where one is named who does not belong to the service.
pub(crate) fn offers(setup: &Setup, service: &Service, host: Option<&HostId>) -> Vec<HostOffer> {
    let named = |offered: &HostId| host.is_none_or(|host| host == offered);
    let comes = |offered: &HostId| match service.assignment {
        Assignment::Any => named(offered),
        Assignment::All => service.hosts.iter().any(named),
    };
    let hosts = setup.hosts_of(service).filter(|offered| comes(&offered.id));
    let mut offers: Vec<_> = hosts.map(|host| crate::calendar::offer(setup, host)).collect();
    if service.assignment == Assignment::All {
        come_together(&mut offers);
    }
    offers
}

/// Where several hosts come, the calendars of all have to agree before anything stands.
pub(crate) fn come_together(offers: &mut [HostOffer]) {
    let outside = offers.iter().any(|offer| offer.outside);
    for offer in offers {
        offer.outside = outside;
    }
}

/// Whether a refusal means that somebody has the time, as opposed to the rules not offering it: of
/// one of the hosts where any would do, of everyone who cannot come where all have to.
pub(crate) fn is_taken(service: &Service, refused: &[(HostId, Vec<Reason>)]) -> bool {
    let taken = |why: &[Reason]| !why.is_empty() && why.iter().all(|reason| reason.is_taken());
    let mut hosts = refused.iter().map(|(_, why)| why.as_slice());
    match service.assignment {
        Assignment::Any => hosts.any(taken),
        Assignment::All => !refused.is_empty() && hosts.all(taken),
    }
}

pub(crate) fn whole_hours(range: Interval) -> Interval {
    let floor = |at: Timestamp| {
        Timestamp::from_second(at.as_second().div_euclid(3_600) * 3_600).unwrap_or(at)
    };
    Interval::new(floor(range.start()), floor(range.end())).unwrap_or(range)
}

/// A question about a service's slots, with what is known of its hosts.
struct Asked<'a> {
    setup_version: i64,
    service: &'a Service,
    /// For each host.
    terms: Vec<Terms<'a>>,
    /// Of each host.
    taken: Vec<Arc<Taken>>,
    /// How often calendars are read.
    poll: SignedDuration,
}

impl Asked<'_> {
    /// The free slots, each start once, with the first host that is free then.
    fn offered(&self, range: Interval, now: Timestamp) -> Vec<FreeSlot> {
        let mut all: Vec<FreeSlot> = Vec::new();
        for (terms, taken) in self.terms.iter().zip(&self.taken) {
            if self.standing(taken, now) == Standing::Withheld {
                continue;
            }
            let reach = terms.reach(range);
            let (claims, busy) = (taken.claimed(reach, now), taken.busy(reach));
            let openings = Openings::new(*terms, now, claims, busy.into());
            let slots = openings.slots(range).into_iter();
            all.extend(slots.map(|slot| FreeSlot {
                slot,
                host: terms.host.id.clone(),
                remaining: 1,
            }));
        }
        if self.terms.len() == 1 || self.service.group.is_some() {
            return all;
        }
        if self.service.assignment == Assignment::All {
            return self.free_for_everyone(all);
        }
        all.sort_by_key(|free| free.slot.start()); // Stable: the first host stays first.
        all.dedup_by_key(|free| free.slot.start());
        all
    }

    /// The slots that every host has, in the name of the first.
    fn free_for_everyone(&self, all: Vec<FreeSlot>) -> Vec<FreeSlot> {
        let mut hosts: HashMap<Interval, usize> = HashMap::new();
        for free in &all {
            *hosts.entry(free.slot).or_default() += 1;
        }
        let first = self.terms.first().map(|terms| terms.host.id.clone());
        let everyone = |free: &FreeSlot| hosts.get(&free.slot) == Some(&self.terms.len());
        all.into_iter()
            .filter(|free| Some(&free.host) == first.as_ref() && everyone(free))
            .collect()
    }

    /// Whether a host is offered at all, as far as the calendars can be read.
    fn standing(&self, taken: &Taken, now: Timestamp) -> Standing {
        standing(self.service.when_unreachable, &taken.readings, self.poll, now)
    }

    /// The next instant at which time alone changes the answer: the first slot comes too close, the
    /// horizon reaches another, a hold lapses, or a calendar was read too long ago.
    fn valid_until(&self, slots: &[FreeSlot], now: Timestamp) -> Timestamp {
        let lapses = self.taken.iter().filter_map(|taken| taken.next_lapse(now));
        let too_close = slots.first().map(|first| {
            let last_moment = first.slot.start() - self.service.rules.notice;
            last_moment + SignedDuration::from_micros(1)
        });
        // The horizon moves with the clock: an answer is good until the next whole minute.
        let minute = now.as_second().div_euclid(60) * 60 + 60;
        let next_minute = Timestamp::from_second(minute).unwrap_or(Timestamp::MAX);
        let too_old = self.taken.iter().filter_map(|taken| match self.standing(taken, now) {
            Standing::Offered { until } => Some(until),
            Standing::Withheld => None,
        });
        lapses.chain(too_close).chain(too_old).fold(next_minute, Timestamp::min)
    }
}
