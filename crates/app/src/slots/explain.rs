//! Why a start is or is not offered, and what would change it, for people.

use domain::availability::{Claimant, Counted, Holder, Openings, Reason, Rule, Terms, Verdict};
use domain::availability::{Claimed, merged};
use domain::service::Assignment;
use domain::{HostId, Interval, Occurrence, Service, ServiceId, length};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::mirror::{BusyTime, HostMirror};
use store::occurrence::Starts;
use store::openings::LoadClaims;

use super::seats::{beside, seats_verdict};
use crate::setup::Setup;
use crate::{App, AppError};

/// What every rule says of a start with one host.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// When.
    pub start: Timestamp,
    /// The host.
    pub host: HostId,
    /// The host's zone.
    pub zone: TimeZone,
    /// Every rule in force, and what it says.
    pub verdicts: Vec<Verdict>,
    /// What stands in the host's calendars then, as they were last read.
    pub busy: Vec<BusyTime>,
}

impl Explanation {
    /// Every rule that speaks against the start.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.verdicts.iter().filter_map(|verdict| verdict.against)
    }

    /// Whether a start is offered, by what is known of each of the service's hosts: by one of them who
    /// can come, or by all where all have to.
    pub fn is_offered(service: &Service, hosts: &[Self]) -> bool {
        match service.assignment {
            Assignment::Any => hosts.iter().any(Self::is_free),
            Assignment::All => hosts.iter().all(Self::is_free),
        }
    }

    /// Whether the host can be booked then.
    pub fn is_free(&self) -> bool {
        self.reasons().next().is_none()
    }
}

impl App {
    /// Why a start is or is not offered for one of the service's lengths, host by host. `None` when
    /// there is no such service or length.
    pub async fn explain(
        &self,
        service: &ServiceId,
        duration: Option<SignedDuration>,
        at: Timestamp,
    ) -> Result<Option<Vec<Explanation>>, AppError> {
        let Some((setup, _)) = self.fresh_setup(service).await? else { return Ok(None) };
        let Some(service) = setup.setup.service(service) else { return Ok(None) };
        let Some(duration) = service.rules.length(duration) else { return Ok(None) };
        let Some(range) = Interval::starting(at, SignedDuration::from_secs(1)) else {
            return Ok(Some(Vec::new()));
        };
        let mut explained = Vec::new();
        for host in setup.setup.hosts_of(service) {
            let terms = Terms { service, host, duration };
            let facts = self.facts(&setup.setup, terms, range).await?;
            explained.push(facts.explain(at));
        }
        Ok(Some(explained))
    }

    /// Every start that the windows of a local date hold, and what speaks against it. `None` when
    /// there is no such service.
    pub async fn explain_day(
        &self,
        service: &ServiceId,
        date: Date,
    ) -> Result<Option<Vec<Explanation>>, AppError> {
        let Some((setup, _)) = self.fresh_setup(service).await? else { return Ok(None) };
        let Some(service) = setup.setup.service(service) else { return Ok(None) };
        let mut explained = Vec::new();
        for host in setup.setup.hosts_of(service) {
            let Some(day) = local_day(date, &host.timezone) else { continue };
            let facts = self.facts(&setup.setup, Terms::usual(service, host), day).await?;
            let starts = facts.openings().candidates(day);
            explained.extend(starts.into_iter().map(|slot| facts.explain(slot.start())));
        }
        explained.sort_by_key(|explained| explained.start);
        Ok(Some(explained))
    }

    /// What is known of one host, read anew: an explanation is about the database, not about what
    /// this process remembers of it.
    async fn facts<'a>(
        &self,
        setup: &Setup,
        terms: Terms<'a>,
        range: Interval,
    ) -> Result<Facts<'a>, AppError> {
        let (now, reach) = (self.clock().now(), terms.reach(range));
        let hosts = vec![(terms.host.id.clone(), reach)];
        let unit = LoadClaims { workspace: self.workspace(), hosts, now };
        let claims = self.store().read(unit).await?.pop().unwrap_or_default();
        let mirror = self.mirrored(setup, &terms.host.id, reach).await?;
        let unreadable = self.withheld(terms.service, &mirror.readings, now);
        let open = match &terms.service.group {
            Some(_) => self.starts(terms.service, range, now).await?,
            None => Starts::default(),
        };
        Ok(Facts { terms, now, claims, mirror, unreadable, open })
    }
}

/// What is known of one host over a stretch of time.
struct Facts<'a> {
    terms: Terms<'a>,
    now: Timestamp,
    claims: Vec<Claimed>,
    mirror: HostMirror,
    /// What speaks against every start, where the calendars cannot be read.
    unreadable: Option<Reason>,
    /// What is open of a group service.
    open: Starts,
}

impl Facts<'_> {
    fn explain(&self, start: Timestamp) -> Explanation {
        let host = self.terms.host;
        let open = self.open.occurrences.get(&(start, host.id.clone()));
        let joined = open.zip(self.terms.service.group.as_ref());
        let (verdicts, busy) = if let Some((open, group)) = joined {
            let mut verdicts = self.openings_beside(open).verdicts(start);
            verdicts.push(seats_verdict(group, open.taken));
            (verdicts, Vec::new())
        } else {
            let mut verdicts = self.openings().verdicts(start);
            if !self.mirror.readings.is_empty() {
                let (rule, against) = (Rule::WhenUnreachable, self.unreadable);
                verdicts.push(Verdict { rule, against });
            }
            (verdicts, self.busy_at(start))
        };
        Explanation { start, host: host.id.clone(), zone: host.timezone.clone(), verdicts, busy }
    }

    fn openings(&self) -> Openings<'_> {
        let busy = merged(self.mirror.busy.iter().map(|busy| busy.interval).collect());
        Openings::new(self.terms, self.now, self.claims.as_slice().into(), busy.into())
    }

    /// Whoever joins what is open finds its time taken by it, and its calendar asked.
    fn openings_beside(&self, open: &Occurrence) -> Openings<'_> {
        let claims = beside(open.id, self.claims.clone());
        Openings::new(self.terms, self.now, claims.into(), Vec::new().into())
    }

    fn busy_at(&self, start: Timestamp) -> Vec<BusyTime> {
        let Some(slot) = self.terms.slot_at(start) else { return Vec::new() };
        let claim = self.terms.claim_of(slot);
        let busy = self.mirror.busy.iter().filter(|busy| busy.interval.overlaps(claim));
        busy.cloned().collect()
    }
}

fn local_day(date: Date, zone: &TimeZone) -> Option<Interval> {
    let midnight = |date: Date| zone.to_timestamp(date.to_datetime(Time::midnight())).ok();
    Interval::new(midnight(date)?, midnight(date.tomorrow().ok()?)?)
}

/// A reason in a few words; times are told in `zone`.
pub fn words(reason: Reason, zone: &TimeZone) -> String {
    match reason {
        Reason::OutsideWindows => "outside the hours".to_owned(),
        Reason::Holiday(_) => "a holiday of the host".to_owned(),
        Reason::OffGrid => "not on the grid of starts".to_owned(),
        Reason::TooLittleNotice => "too little notice".to_owned(),
        Reason::BeyondHorizon => "beyond the horizon".to_owned(),
        Reason::Claimed(other) => {
            format!("{} has it, {}", claimant(other), told(other.interval, zone))
        }
        Reason::Buffer(other) => {
            format!("too close to {}, {}", claimant(other), told(other.interval, zone))
        }
        Reason::Busy(busy) => format!("busy in a calendar, {}", told(busy, zone)),
        Reason::Travel { other, needed } => {
            let needed = length::format(needed);
            format!(
                "{needed} of travel to or from {}, {}",
                claimant(other),
                told(other.interval, zone)
            )
        }
        Reason::RunTooLong { run, longest } => {
            let longest = length::format(longest);
            format!("no break within {longest}, {}", told(run, zone))
        }
        Reason::Full { remaining } => format!("{remaining} places are left"),
        Reason::CalendarUnavailable => "a calendar cannot be read".to_owned(),
        Reason::DayIsFull { most, counted, .. } => {
            format!("the day has its {most} bookings{}", of(counted))
        }
        Reason::WeekIsFull { most, counted, .. } => {
            format!("the week has its {most} bookings{}", of(counted))
        }
    }
}

/// What would change it.
pub fn remedy(reason: Reason) -> &'static str {
    match reason {
        Reason::OutsideWindows => "a window or an override of that date that holds the whole slot",
        Reason::Holiday(_) => "another day, or an override of that date",
        Reason::OffGrid => "a start on the grid, or another slot_every",
        Reason::TooLittleNotice => "a later start, or a shorter notice",
        Reason::BeyondHorizon => "an earlier start, or a longer horizon",
        Reason::Claimed(_) => {
            "moving or cancelling what has the time, or waiting until a hold lapses"
        }
        Reason::Buffer(_) => "a shorter buffer, or more room to what stands beside it",
        Reason::Busy(_) => "freeing that time in the calendar",
        Reason::Travel { .. } => "a start further from the other booking, or a shorter travel time",
        Reason::RunTooLong { .. } => "a break before or after it, or a longer longest_run",
        Reason::Full { .. } => "a smaller party, a cancellation, or a larger capacity",
        Reason::CalendarUnavailable => "reconnecting the calendar, or another when_unreachable",
        Reason::DayIsFull { .. } => "another day, a cancellation, or a higher max_per_day",
        Reason::WeekIsFull { .. } => "another week, a cancellation, or a higher max_per_week",
    }
}

fn claimant(other: Claimant) -> String {
    match other.holder {
        Holder::Booking(id) => format!("booking {id}"),
        Holder::Occurrence { id, .. } => format!("occurrence {id}"),
        Holder::Hold { .. } => "a hold".to_owned(),
        Holder::Unknown => "somebody faster".to_owned(),
    }
}

fn of(counted: Counted) -> &'static str {
    match counted {
        Counted::Service => "",
        Counted::Host => " of the host",
    }
}

fn told(stretch: Interval, zone: &TimeZone) -> String {
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    let (start, end) = (local(stretch.start()), local(stretch.end()));
    format!("{} to {}", start.strftime("%H:%M"), end.strftime("%H:%M %Z"))
}
