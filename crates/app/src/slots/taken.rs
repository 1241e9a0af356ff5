//! What is taken of the hosts' time, kept as long as nobody changes it: a question about slots then
//! reads nothing.
//!
//! An entry is exact. It carries the host's version, which every change of a claim raises, and the
//! database's stamp at which the version was last looked at, which every commit changes. When the
//! version has risen, only the stretch in question is read anew: what an answer costs follows what
//! is asked, not what was asked before.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::availability::{Claimed, Terms, merged};
use domain::mirror::Reading;
use domain::{CalendarId, HostId, Interval};
use jiff::Timestamp;
use store::openings::{HostAsked, HostTaken, HostTime, LoadTaken};

use crate::mirror::read_busy_calendars;
use crate::setup::Setup;
use crate::{App, AppError};

/// How many hosts are kept.
const KEPT: usize = 1_024;

/// How many stretches are kept of one host: visitors look at different months, on different pages.
const STRETCHES: usize = 4;

/// What is taken of a stretch of one host's time.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) version: i64,
    /// The stretch that is known.
    within: Interval,
    /// The calendars that it takes into account.
    calendars: Vec<CalendarId>,
    /// In order.
    claims: Vec<Claimed>,
    /// Whether any of the claims lapses.
    lapses: bool,
    /// What the host's calendars hold: in order, with what touches made one.
    busy: Vec<Interval>,
    /// How the calendars were last read.
    pub(super) readings: Vec<Reading>,
}

/// The hosts that were asked about.
#[derive(Default)]
pub(crate) struct TakenCache(Mutex<State>);

#[derive(Default)]
struct State {
    /// The setup's version, and the stamp at which it was seen.
    setup: Option<(i64, i64)>,
    /// Of each host some stretches, the latest first, and the stamp at which each one's version was
    /// seen.
    hosts: HashMap<HostId, Vec<(i64, Arc<Taken>)>>,
}

impl Taken {
    fn new(asked: HostAsked, version: i64, time: HostTime) -> Self {
        let HostAsked { calendars, within, .. } = asked;
        let HostTime { claims, mirror } = time;
        let lapses = claims.iter().any(|claim| claim.holder.until().is_some());
        let busy = merged(mirror.busy.iter().map(|busy| busy.interval).collect());
        Self { version, within, calendars, claims, lapses, busy, readings: mirror.readings }
    }

    /// Whether it answers a question about these calendars in that stretch.
    fn knows(&self, calendars: &[CalendarId], within: Interval) -> bool {
        self.calendars == calendars && self.within.contains(within)
    }

    /// What is claimed in a stretch, in order.
    pub(super) fn claimed(&self, within: Interval, now: Timestamp) -> Cow<'_, [Claimed]> {
        // The ends are in order, but for the two claims of a booking that moves: those before the
        // first are looked at, too.
        let from = self.claims.partition_point(|claim| claim.interval.end() <= within.start());
        let until = self.claims.partition_point(|claim| claim.interval.start() < within.end());
        let from = from.saturating_sub(2).min(until);
        let claims = &self.claims[from..until];
        if !self.lapses {
            return claims.into();
        }
        let lasts = |claim: &&Claimed| claim.holder.until().is_none_or(|until| until > now);
        claims.iter().filter(lasts).cloned().collect()
    }

    /// What the calendars hold in a stretch, in order and merged.
    pub(super) fn busy(&self, within: Interval) -> &[Interval] {
        let from = self.busy.partition_point(|busy| busy.end() <= within.start());
        let until = self.busy.partition_point(|busy| busy.start() < within.end());
        &self.busy[from..until.max(from)]
    }

    /// When the next claim lapses.
    pub(super) fn next_lapse(&self, now: Timestamp) -> Option<Timestamp> {
        let claims = if self.lapses { self.claims.as_slice() } else { &[] };
        claims.iter().filter_map(|claim| claim.holder.until()).filter(|at| *at > now).min()
    }
}

impl State {
    fn of(&self, asked: &HostAsked) -> Option<&(i64, Arc<Taken>)> {
        let knows = |taken: &Taken| taken.knows(&asked.calendars, asked.within);
        self.hosts.get(&asked.host)?.iter().find(|(_, taken)| knows(taken))
    }

    /// The setup's version and all hosts, if all of it was seen at this stamp.
    fn find(&self, stamp: i64, asked: &[HostAsked]) -> Option<(i64, Vec<Arc<Taken>>)> {
        let (_, setup) = self.setup.filter(|(seen_at, _)| *seen_at == stamp)?;
        let taken = asked.iter().map(|asked| {
            let (seen_at, taken) = self.of(asked)?;
            (*seen_at == stamp).then(|| taken.clone())
        });
        Some((setup, taken.collect::<Option<_>>()?))
    }

    /// What to read of a host: what is known at the version that stands is not read again.
    fn ask(&self, asked: &HostAsked) -> HostAsked {
        HostAsked { known: self.of(asked).map(|(_, taken)| taken.version), ..asked.clone() }
    }

    /// Keeps what was read. `None` when what was known is no longer here.
    fn keep(&mut self, stamp: i64, asked: HostAsked, read: HostTaken) -> Option<Arc<Taken>> {
        let host = asked.host.clone();
        let taken = if let Some(time) = read.time {
            Arc::new(Taken::new(asked, read.version, time))
        } else {
            let (_, taken) = self.of(&asked)?;
            (taken.version == read.version).then(|| taken.clone())?
        };
        if self.hosts.len() >= KEPT {
            self.hosts.clear();
        }
        let stretches = self.hosts.entry(host).or_default();
        stretches.retain(|(_, known)| !taken.knows(&known.calendars, known.within));
        stretches.insert(0, (stamp, taken.clone()));
        stretches.truncate(STRETCHES);
        Some(taken)
    }
}

impl TakenCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The setup's version, and what is taken of each host's time as far as it bears on the slots of
    /// a range, of one moment.
    pub(super) async fn taken(
        &self,
        setup: &Setup,
        terms: &[Terms<'_>],
        range: Interval,
    ) -> Result<(i64, Vec<Arc<Taken>>), AppError> {
        let wanted = |terms: &Terms<'_>| HostAsked {
            host: terms.host.id.clone(),
            calendars: read_busy_calendars(setup, &terms.host.id),
            within: terms.reach(range),
            known: None,
        };
        let wanted: Vec<HostAsked> = terms.iter().map(wanted).collect();
        for _ in 0..3 {
            // Taken before anything is read: a commit in between makes the entry look old, not new.
            let stamp = self.store().stamp()?;
            let asked: Vec<HostAsked> = {
                let state = self.0.taken.state();
                if let Some(found) = state.find(stamp, &wanted) {
                    return Ok(found);
                }
                wanted.iter().map(|wanted| state.ask(wanted)).collect()
            };
            let unit = LoadTaken { workspace: self.workspace(), hosts: asked.clone() };
            let (setup, read) = self.store().read(unit).await?;
            let mut state = self.0.taken.state();
            state.setup = Some((stamp, setup));
            let kept =
                asked.into_iter().zip(read).map(|(asked, read)| state.keep(stamp, asked, read));
            if let Some(taken) = kept.collect::<Option<Vec<_>>>() {
                return Ok((setup, taken));
            }
        }
        Err(AppError::Overtaken)
    }
}
