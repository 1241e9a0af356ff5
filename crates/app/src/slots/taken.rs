//! What is taken of the hosts' time, kept as long as nobody changes it: a question about slots then
//! reads nothing.
//!
//! An entry is exact. It carries the host's version, which every change of a claim raises, and the
//! database's stamp at which the version was last looked at, which every commit changes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::availability::merged;
use domain::mirror::Reading;
use domain::{CalendarId, Host, HostId, Interval};
use jiff::{SignedDuration, Timestamp};
use store::openings::{HostAsked, HostTaken, HostTime, LoadTaken};

use crate::{App, AppError};

/// How many hosts are kept.
const KEPT: usize = 1_024;

/// The longest stretch that is kept of one host: three times the longest range that may be asked for.
const LONGEST: SignedDuration = SignedDuration::from_hours(3 * 62 * 24);

/// What is taken of one host's time.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) version: i64,
    /// The stretch that is known.
    within: Interval,
    /// The calendars that it takes into account.
    calendars: Vec<CalendarId>,
    /// What bookings claim and what the host's calendars hold: in order, with what touches made one.
    bookings: Vec<Interval>,
    /// What holds claim, and when each lapses.
    holds: Vec<(Interval, Timestamp)>,
    /// How the calendars were last read.
    pub(super) readings: Vec<Reading>,
}

/// A host whose time is asked about, with the calendars outside that block it.
pub(super) struct HostAndCalendars<'a> {
    pub(super) host: &'a Host,
    pub(super) calendars: Vec<CalendarId>,
}

/// The hosts that were asked about.
#[derive(Default)]
pub(crate) struct TakenCache(Mutex<State>);

#[derive(Default)]
struct State {
    /// The setup's version, and the stamp at which it was seen.
    setup: Option<(i64, i64)>,
    /// The hosts, and the stamp at which each one's version was seen.
    hosts: HashMap<HostId, (i64, Arc<Taken>)>,
}

impl Taken {
    fn new(asked: HostAsked, version: i64, time: HostTime) -> Self {
        let HostTime { claims, mirror } = time;
        let bookings = claims.iter().filter(|(_, lapses)| lapses.is_none());
        let bookings = bookings.map(|(claim, _)| *claim);
        let bookings =
            merged(bookings.chain(mirror.busy.iter().map(|busy| busy.interval)).collect());
        let holds = claims.into_iter().filter_map(|(claim, lapses)| Some((claim, lapses?)));
        let HostAsked { calendars, within, .. } = asked;
        let (holds, readings) = (holds.collect(), mirror.readings);
        Self { version, within, calendars, bookings, holds, readings }
    }

    /// Whether it answers a question about these calendars in that stretch.
    fn knows(&self, calendars: &[CalendarId], within: Interval) -> bool {
        self.calendars == calendars && self.within.contains(within)
    }

    /// What is taken in a stretch, in order and merged.
    pub(super) fn during(&self, within: Interval, now: Timestamp) -> Cow<'_, [Interval]> {
        let from = self.bookings.partition_point(|taken| taken.end() <= within.start());
        let until = self.bookings.partition_point(|taken| taken.start() < within.end());
        let bookings = &self.bookings[from..until.max(from)];
        let mut holds = self.holds_after(now).map(|(claim, _)| claim).peekable();
        if holds.peek().is_none() {
            return bookings.into();
        }
        merged(bookings.iter().copied().chain(holds).collect()).into()
    }

    /// When the next hold lapses.
    pub(super) fn next_lapse(&self, now: Timestamp) -> Option<Timestamp> {
        self.holds_after(now).map(|(_, lapses)| lapses).min()
    }

    fn holds_after(&self, now: Timestamp) -> impl Iterator<Item = (Interval, Timestamp)> {
        self.holds.iter().copied().filter(move |(_, lapses)| *lapses > now)
    }
}

impl State {
    /// The setup's version and all hosts, if all of it was seen at this stamp.
    fn find(
        &self,
        stamp: i64,
        hosts: &[HostAndCalendars<'_>],
        within: Interval,
    ) -> Option<(i64, Vec<Arc<Taken>>)> {
        let (_, setup) = self.setup.filter(|(seen_at, _)| *seen_at == stamp)?;
        let taken = hosts.iter().map(|HostAndCalendars { host, calendars }| {
            let (seen_at, taken) = self.hosts.get(&host.id)?;
            let known = *seen_at == stamp && taken.knows(calendars, within);
            known.then(|| taken.clone())
        });
        Some((setup, taken.collect::<Option<_>>()?))
    }

    /// What to read of a host: a stretch that is known stays known.
    fn ask(&self, asked: &HostAndCalendars<'_>, within: Interval) -> HostAsked {
        let HostAndCalendars { host, calendars } = asked;
        let (within, known) = match self.hosts.get(&host.id) {
            Some((_, taken)) if taken.knows(calendars, within) => {
                (taken.within, Some(taken.version))
            }
            Some((_, taken)) => (joined(taken.within, within), None),
            None => (within, None),
        };
        HostAsked { host: host.id.clone(), calendars: calendars.clone(), within, known }
    }

    /// Keeps what was read. `None` when what was known is no longer here.
    fn keep(&mut self, stamp: i64, asked: HostAsked, read: HostTaken) -> Option<Arc<Taken>> {
        let host = asked.host.clone();
        let taken = if let Some(time) = read.time {
            Arc::new(Taken::new(asked, read.version, time))
        } else {
            let (_, taken) = self.hosts.get(&host)?;
            let same = taken.version == read.version && taken.knows(&asked.calendars, asked.within);
            same.then(|| taken.clone())?
        };
        if self.hosts.len() >= KEPT {
            self.hosts.clear();
        }
        self.hosts.insert(host, (stamp, taken.clone()));
        Some(taken)
    }
}

/// Both stretches, so that questions about overlapping ranges share an entry; but never so much
/// that old questions make new ones dear.
fn joined(known: Interval, wanted: Interval) -> Interval {
    let both = Interval::new(known.start().min(wanted.start()), known.end().max(wanted.end()));
    both.filter(|both| known.overlaps(wanted) && both.length() <= LONGEST).unwrap_or(wanted)
}

impl TakenCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The setup's version, and what is taken of the hosts' time in a stretch, of one moment.
    pub(super) async fn taken(
        &self,
        hosts: &[HostAndCalendars<'_>],
        within: Interval,
    ) -> Result<(i64, Vec<Arc<Taken>>), AppError> {
        for _ in 0..3 {
            // Taken before anything is read: a commit in between makes the entry look old, not new.
            let stamp = self.store().stamp()?;
            let asked: Vec<HostAsked> = {
                let state = self.0.taken.state();
                if let Some(found) = state.find(stamp, hosts, within) {
                    return Ok(found);
                }
                hosts.iter().map(|host| state.ask(host, within)).collect()
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
