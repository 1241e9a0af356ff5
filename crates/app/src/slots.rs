//! Which slots are free, and why others are not.

mod seats;
mod taken;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::availability::{Claimed, Openings, Reason};
use domain::mirror::{Standing, standing};
use domain::{Host, HostId, Interval, Service, ServiceId};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::booking::HostOffer;
use store::mirror::{HostMirror, LoadMirror};
use store::openings::{LoadClaims, LoadVersions};

use crate::booking::Alternative;
use crate::mirror::read_busy_calendars;
use crate::setup::Setup;
use crate::{App, AppError, SetupSnapshot};

pub use store::mirror::BusyTime;
pub(crate) use taken::TakenCache;
use taken::{HostAndCalendars, Taken};

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

/// Why a start is or is not offered, host by host.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The host.
    pub host: HostId,
    /// What speaks against it; nothing when it is offered.
    pub reasons: Vec<Reason>,
    /// What stands in the host's calendars then, as they were last read.
    pub busy: Vec<BusyTime>,
}

/// One start of a day, and what speaks against it.
#[derive(Debug, Clone)]
pub struct ExplainedStart {
    /// When.
    pub start: Timestamp,
    /// With whom.
    pub host: HostId,
    /// The host's zone.
    pub zone: TimeZone,
    /// What speaks against it; nothing when it is offered.
    pub reasons: Vec<Reason>,
    /// What stands in the host's calendars then, as they were last read.
    pub busy: Vec<BusyTime>,
}

/// Answers that are still true: exact as long as the versions they were computed from stand and
/// time alone has not changed them.
#[derive(Default)]
pub(crate) struct SlotCache(Mutex<HashMap<CacheKey, Cached>>);

type CacheKey = (ServiceId, Interval);

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
    /// The free slots that start inside `range`. `None` when there is no such service.
    ///
    /// Never to be trusted for a booking: its own transaction decides.
    pub async fn free_slots(
        &self,
        service: &ServiceId,
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
            let hosts: Vec<&Host> = setup.setup.hosts_of(service).collect();
            let reach = reach(service, range);
            let asked: Vec<HostAndCalendars<'_>> = hosts
                .iter()
                .map(|host| {
                    let calendars = read_busy_calendars(&setup.setup, &host.id);
                    HostAndCalendars { host, calendars }
                })
                .collect();
            let (setup_version, taken) = self.taken(&asked, reach).await?;
            if setup_version == setup.version {
                let poll = self.settings().poll_interval;
                let asked = Asked { setup_version, service, hosts, taken, reach, poll };
                return self.answer_for(asked, range).await.map(Some);
            }
            self.reload_setup().await?;
        }
        Err(AppError::Overtaken)
    }

    async fn answer_for(
        &self,
        asked: Asked<'_>,
        range: Interval,
    ) -> Result<Arc<FreeSlots>, AppError> {
        let now = self.clock().now();
        let key = (asked.service.id.clone(), range);
        let of_hosts = asked.taken.iter().map(|taken| taken.version).collect();
        let versions = (asked.setup_version, of_hosts);
        if let Some(cached) = self.0.slots.find(&key, &versions, now) {
            return Ok(cached);
        }
        let limited = asked.service.rules.max_per_day.is_some();
        let claims = if limited {
            self.claims(asked.service, &asked.hosts, range, now).await?
        } else {
            vec![Vec::new(); asked.hosts.len()]
        };
        let slots = asked.offered(&claims, range, now);
        let (slots, next_lapse) = match &asked.service.group {
            Some(group) => self.with_seats(asked.service, group, slots, range, now).await?,
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

    async fn claims(
        &self,
        service: &Service,
        hosts: &[&Host],
        range: Interval,
        now: Timestamp,
    ) -> Result<Vec<Vec<Claimed>>, AppError> {
        let unit = LoadClaims {
            workspace: self.workspace(),
            hosts: hosts.iter().map(|host| host.id.clone()).collect(),
            service: service.id.clone(),
            within: reach(service, range),
            now,
        };
        Ok(self.store().read(unit).await?)
    }

    /// The free slots nearest to a wanted start.
    pub async fn alternatives(
        &self,
        service: &ServiceId,
        start: Timestamp,
    ) -> Result<Vec<Alternative>, AppError> {
        let from = start.checked_sub(NEAR).unwrap_or(Timestamp::MIN).max(self.clock().now());
        let until = start.checked_add(NEAR).unwrap_or(Timestamp::MAX);
        let Some(range) = Interval::new(from, until) else { return Ok(Vec::new()) };
        // A range on whole hours is asked for again by whoever wants something near.
        let range = whole_hours(range);
        let Some(free) = self.free_slots(service, range).await? else { return Ok(Vec::new()) };
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

    /// Why a start is or is not offered. `None` when there is no such service.
    pub async fn explain(
        &self,
        service: &ServiceId,
        at: Timestamp,
    ) -> Result<Option<Vec<Explanation>>, AppError> {
        let Some((setup, _)) = self.fresh_setup(service).await? else { return Ok(None) };
        let Some(service) = setup.setup.service(service) else { return Ok(None) };
        let now = self.clock().now();
        let hosts: Vec<&Host> = setup.setup.hosts_of(service).collect();
        let Some(range) = Interval::starting(at, SignedDuration::from_secs(1)) else {
            return Ok(Some(Vec::new()));
        };
        let claims = self.claims(service, &hosts, range, now).await?;
        let mut explained = Vec::with_capacity(hosts.len());
        for (host, claims) in hosts.into_iter().zip(claims) {
            let mirror = self.mirrored(&setup.setup, &host.id, reach(service, range)).await?;
            let openings = openings(service, host, claims, &mirror, now);
            let mut reasons = openings.reasons_against(at);
            reasons.extend(self.withheld(service, &mirror, now));
            let claim = openings.slot_at(at).map(|slot| openings.claim_of(slot));
            let mut busy = mirror.busy;
            busy.retain(|busy| claim.is_some_and(|claim| busy.interval.overlaps(claim)));
            explained.push(Explanation { host: host.id.clone(), reasons, busy });
        }
        match &service.group {
            Some(group) => self.explain_seats(service, group, at, explained).await.map(Some),
            None => Ok(Some(explained)),
        }
    }

    /// Every start that the windows of a local date hold, and what speaks against it. `None` when
    /// there is no such service.
    pub async fn explain_day(
        &self,
        service: &ServiceId,
        date: Date,
    ) -> Result<Option<Vec<ExplainedStart>>, AppError> {
        let Some((setup, _)) = self.fresh_setup(service).await? else { return Ok(None) };
        let Some(service) = setup.setup.service(service) else { return Ok(None) };
        let now = self.clock().now();
        let mut explained = Vec::new();
        for host in setup.setup.hosts_of(service) {
            let Some(day) = local_day(date, &host.timezone) else { continue };
            let claims = self.claims(service, &[host], day, now).await?.pop().unwrap_or_default();
            let mirror = self.mirrored(&setup.setup, &host.id, reach(service, day)).await?;
            let openings = openings(service, host, claims, &mirror, now);
            let withheld = self.withheld(service, &mirror, now);
            explained.extend(openings.candidates(day).into_iter().map(|slot| {
                let (start, claim) = (slot.start(), openings.claim_of(slot));
                let busy = mirror.busy.iter().filter(|busy| busy.interval.overlaps(claim));
                let reasons = openings.reasons_against(start).into_iter().chain(withheld);
                ExplainedStart {
                    start,
                    host: host.id.clone(),
                    zone: host.timezone.clone(),
                    reasons: reasons.collect(),
                    busy: busy.cloned().collect(),
                }
            }));
        }
        explained.sort_by_key(|start| start.start);
        Ok(Some(explained))
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
        mut hosts: Vec<HostOffer>,
        start: Timestamp,
    ) -> Result<Vec<HostOffer>, AppError> {
        let (rules, now) = (&service.rules, self.clock().now());
        let Some(slot) = Interval::starting(start, rules.duration) else { return Ok(hosts) };
        let claim = slot.widened(rules.buffer_before, rules.buffer_after);
        for offer in &mut hosts {
            let mirror = self.mirrored(setup, &offer.host.id, claim).await?;
            let busy = mirror.busy.iter().any(|busy| busy.interval.overlaps(claim));
            offer.shows_busy = busy || self.withheld(service, &mirror, now).is_some();
        }
        Ok(hosts)
    }

    fn withheld(&self, service: &Service, mirror: &HostMirror, now: Timestamp) -> Option<Reason> {
        let poll = self.settings().poll_interval;
        match standing(service.when_unreachable, &mirror.readings, poll, now) {
            Standing::Offered { .. } => None,
            Standing::Withheld => Some(Reason::CalendarUnavailable),
        }
    }
}

/// Who could take a booking of a service, and where its event would go.
pub(crate) fn offers(
    setup: &Setup,
    service: &Service,
    host: Option<&HostId>,
) -> Vec<store::booking::HostOffer> {
    setup
        .hosts_of(service)
        .filter(|offered| host.is_none_or(|host| *host == offered.id))
        .map(|offered| crate::calendar::offer(setup, offered))
        .collect()
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The stretch whose claims bear on the slots of a range: buffers, and whole days for their limits.
fn reach(service: &Service, range: Interval) -> Interval {
    let rules = &service.rules;
    let claims = range.widened(rules.buffer_before, rules.duration + rules.buffer_after);
    claims.widened(DAY, DAY)
}

fn local_day(date: Date, zone: &TimeZone) -> Option<Interval> {
    let midnight = |date: Date| zone.to_timestamp(date.to_datetime(Time::midnight())).ok();
    Interval::new(midnight(date)?, midnight(date.tomorrow().ok()?)?)
}

pub(crate) fn whole_hours(range: Interval) -> Interval {
    let floor = |at: Timestamp| {
        Timestamp::from_second(at.as_second().div_euclid(3_600) * 3_600).unwrap_or(at)
    };
    Interval::new(floor(range.start()), floor(range.end())).unwrap_or(range)
}

fn openings<'a>(
    service: &'a Service,
    host: &'a Host,
    claims: Vec<Claimed>,
    mirror: &HostMirror,
    now: Timestamp,
) -> Openings<'a> {
    let busy = mirror.busy.iter().map(|busy| busy.interval).collect();
    Openings::new(&service.rules, &host.timezone, now, claims, busy)
}

/// A question about a service's slots, with what is known of its hosts.
struct Asked<'a> {
    setup_version: i64,
    service: &'a Service,
    hosts: Vec<&'a Host>,
    /// Of each host.
    taken: Vec<Arc<Taken>>,
    reach: Interval,
    /// How often calendars are read.
    poll: SignedDuration,
}

impl Asked<'_> {
    /// The free slots of all hosts, each start once, with the first host that is free then.
    fn offered(&self, claims: &[Vec<Claimed>], range: Interval, now: Timestamp) -> Vec<FreeSlot> {
        let mut all: Vec<FreeSlot> = Vec::new();
        for ((host, taken), claims) in self.hosts.iter().zip(&self.taken).zip(claims) {
            if self.standing(taken, now) == Standing::Withheld {
                continue;
            }
            let taken = taken.during(self.reach, now);
            let rules = &self.service.rules;
            let openings = Openings::beside(rules, &host.timezone, now, claims, taken);
            let slots = openings.slots(range).into_iter();
            all.extend(slots.map(|slot| FreeSlot { slot, host: host.id.clone(), remaining: 1 }));
        }
        if self.hosts.len() > 1 && self.service.group.is_none() {
            all.sort_by_key(|free| free.slot.start()); // Stable: the first host stays first.
            all.dedup_by_key(|free| free.slot.start());
        }
        all
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
