//! Carries out a plan, and knows what the answers were.

use std::collections::BTreeMap;
use std::time::Duration;

use app::booking::{Book, Booked, BookingFilter, Moved, Progress};
use app::hold::{Held, HoldWish};
use domain::{BookingId, BookingState, HoldId};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use serde_json::json;
use store::booking::StoredBooking;

use super::op::{Op, Trouble, Wanted};
use super::plan::{Night, Plan};
use super::setting::{self, HOSTS};
use crate::records;
use crate::{Given, Instance, Scenario, Side, Wish};

/// How long a caller waits who waits, and how far the clock goes meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);
const SERVED: SignedDuration = SignedDuration::from_millis(1_500);
/// Longer than a lease.
const PAUSE: SignedDuration = SignedDuration::from_secs(61);

pub(crate) struct World {
    scenario: Scenario,
    night: Night,
    /// What was answered with success: it must be there at the end.
    accepted: Vec<BookingId>,
    /// Bookings whose caller was told in the answer that nothing came of it.
    refused: usize,
    /// What a key was used for, and what it made.
    keys: BTreeMap<&'static str, (Wanted, BookingId)>,
    holds: Vec<(HoldId, Wanted)>,
}

impl World {
    pub(crate) async fn begin(plan: &Plan) -> Self {
        let given = Given::on(plan.database)
            .set_up(setting::setup(plan.policy), &HOSTS)
            .at(setting::beginning(plan.night))
            .instances(plan.instances);
        Self {
            scenario: given.begins().await,
            night: plan.night,
            accepted: Vec::new(),
            refused: 0,
            keys: BTreeMap::new(),
            holds: Vec::new(),
        }
    }

    pub(crate) async fn does(&mut self, op: &Op) {
        match op {
            Op::Book { at, wish, waits } => self.books(*at, *wish, *waits).await,
            Op::Submit { at, key, wish } => self.submits(*at, key, *wish).await,
            Op::Rush(wishes) => self.rushes(wishes).await,
            Op::Hold { at, wish } => self.holds(*at, *wish).await,
            Op::BookHeld { at, hold } => self.books_held(*at, *hold).await,
            Op::Move { at, booking, quarter, waits } => {
                self.moves(*at, *booking, *quarter, *waits).await;
            }
            Op::Cancel { at, booking } => self.cancels(*at, *booking).await,
            Op::Block { host, quarter } => self.blocks(*host, *quarter),
            Op::Edit { host, event } => self.edits(*host, *event),
            Op::Fault { subject, trouble, times } => {
                let fault = Fault { count: Some(*times), ..fault(subject, *trouble) };
                self.scenario.sandbox.faults().add(fault);
            }
            Op::Revoke { host } => self.scenario.sandbox.google().revoke_access(HOSTS[*host].1),
            Op::Pause { at, subject, side, wish } => {
                self.pauses(*at, subject, *side, *wish).await;
            }
            Op::Kill { at, call, side, wish } => self.kills(*at, *call, *side, *wish).await,
            Op::Pass { seconds } => {
                self.scenario.runs_for(SignedDuration::from_secs(*seconds)).await;
            }
        }
    }

    fn number(&self, at: usize) -> usize {
        at % self.scenario.instances()
    }

    fn instance(&self, at: usize) -> &Instance {
        self.scenario.instance(self.number(at))
    }

    fn wish(&self, wanted: Wanted, waits: bool) -> Wish {
        let start = setting::quarter(self.night, wanted.quarter).to_string();
        let patience = if waits { PATIENCE } else { Duration::ZERO };
        Wish { patience, ..Wish::at(&start).of(wanted.service).by(wanted.name) }
    }

    async fn books(&mut self, at: usize, wanted: Wanted, waits: bool) {
        let call = self.instance(at).begins_to_book(&self.wish(wanted, waits));
        let booked = self.scenario.serves(call, SERVED).await.expect("the database works");
        self.notes(&booked);
    }

    async fn submits(&mut self, at: usize, key: &'static str, wanted: Wanted) {
        let call = self.instance(at).begins_to_book(&self.wish(wanted, false).under(key));
        let booked = call.await.expect("the process lives").expect("the database works");
        let id = accepted(&booked).or(match &booked {
            Booked::Replayed(stored) => Some(stored.booking.id),
            Booked::Accepted(_)
            | Booked::Mismatch
            | Booked::Refused { .. }
            | Booked::ForeignHold
            | Booked::UnknownService
            | Booked::UnknownHost => None,
        });
        match self.keys.get(key) {
            Some((before, made)) if *before == wanted => {
                assert_eq!(id, Some(*made), "{key} was repeated, and the answer was {booked:?}");
            }
            Some((before, _)) => {
                let mismatch = matches!(booked, Booked::Mismatch);
                assert!(mismatch, "{key} was used for {before:?}, and for {wanted:?}: {booked:?}");
            }
            None => {
                if let Some(id) = id {
                    self.keys.insert(key, (wanted, id));
                }
            }
        }
        self.notes(&booked);
    }

    /// Of those who meet, each is booked or refused; which of them, nobody can say.
    async fn rushes(&mut self, wishes: &[Wanted]) {
        let begun = wishes.iter().enumerate().map(|(at, wanted)| {
            let wish = self.wish(*wanted, false);
            self.instance(at).begins_to_book(&wish)
        });
        for call in begun.collect::<Vec<_>>() {
            let booked = call.await.expect("the process lives").expect("the database works");
            self.notes(&booked);
        }
    }

    async fn holds(&mut self, at: usize, wanted: Wanted) {
        let service = wanted.service.parse().expect("a slug");
        let start = setting::quarter(self.night, wanted.quarter);
        let (duration, visitor, address) = (None, None, None);
        let wish = HoldWish { service, start, duration, people: 1, visitor, address };
        let asked = self.instance(at).does(|app| async move { app.hold(wish).await });
        match asked.await.expect("the database works") {
            Held::Kept { id, .. } => self.holds.push((id, wanted)),
            Held::Refused { .. } => {}
            Held::TooMany { .. } => panic!("{wanted:?} comes from no address"),
            Held::UnknownService => panic!("{wanted:?} has no service"),
        }
    }

    async fn books_held(&mut self, at: usize, hold: usize) {
        if self.holds.is_empty() {
            return;
        }
        let (id, wanted) = self.holds.remove(hold % self.holds.len());
        let book = Book { hold: Some(id), ..self.wish(wanted, false).book() };
        let booked = self.instance(at).does(|app| async move { app.book(book).await }).await;
        self.notes(&booked.expect("the database works"));
    }

    async fn all(&self) -> Vec<StoredBooking> {
        let listed = self.scenario.app().list_bookings(BookingFilter::default(), None, 1_000).await;
        let mut all = listed.expect("the database works");
        all.sort_unstable_by_key(|stored| stored.booking.id);
        all
    }

    async fn booking(&self, which: usize) -> Option<BookingId> {
        let all = self.all().await;
        (!all.is_empty()).then(|| all[which % all.len()].booking.id)
    }

    async fn moves(&mut self, at: usize, booking: usize, quarter: i64, waits: bool) {
        let Some(id) = self.booking(booking).await else { return };
        let start = setting::quarter(self.night, quarter).to_string();
        let before = self.scenario.booking(id).await.booking.state;
        let patience =
            if waits && before != BookingState::Pending { PATIENCE } else { Duration::ZERO };
        let call = self.instance(at).begins_to_move(id, &start, patience);
        let moved = self.scenario.serves(call, SERVED).await.expect("the database works");
        assert!(!matches!(moved, Moved::NotFound | Moved::UnknownHost), "{moved:?}");
    }

    async fn cancels(&mut self, at: usize, booking: usize) {
        let Some(id) = self.booking(booking).await else { return };
        let done = self.instance(at).begins_to_cancel(id).await.expect("the process lives");
        drop(done.expect("the database works"));
    }

    fn blocks(&self, host: usize, quarter: i64) {
        let start = setting::quarter(self.night, quarter);
        let end = start + SignedDuration::from_mins(15);
        let blocked = self.scenario.sandbox.google().block(HOSTS[host].1, start, end, "Dentist");
        blocked.expect("the calendar is there");
    }

    fn edits(&self, host: usize, event: usize) {
        let google = self.scenario.sandbox.google();
        let ours =
            |event: &sandbox::google::Event| event.private_property("doorstep_booking").is_some();
        let events: Vec<_> = google.events(HOSTS[host].1).into_iter().filter(ours).collect();
        if let Some(event) = events.get(event % events.len().max(1)) {
            let edit = json!({ "summary": "Bring the keys" });
            google.patch_event(HOSTS[host].1, &event.id, &edit).expect("it is there");
        }
    }

    /// What is held is let go only after others had all the time they need. From then on the worker
    /// may change nothing any more.
    async fn pauses(&mut self, at: usize, subject: &str, side: Side, wanted: Wanted) {
        let at = self.number(at);
        self.scenario.runs_jobs().await;
        let held = self.scenario.gates.hold(subject, 0, side);
        let paused = self.scenario.instance(at);
        let call = paused.begins_to_book(&self.wish(wanted, false));
        let mut work = paused.begins_to_run_jobs();
        let reached = tokio::select! {
            () = held.reached() => true,
            ended = &mut work => {
                ended.expect("the process lives");
                false
            }
        };
        let mut before = None;
        if reached {
            self.scenario.calls_have_arrived().await;
            self.scenario.advances(PAUSE);
            for other in (0..self.scenario.instances()).filter(|other| *other != at).chain([at]) {
                let other = self.scenario.instance(other);
                let ran = other.does(|app| async move { app.run_due_jobs().await }).await;
                ran.expect("the database works");
            }
            before = Some(records::written(&self.scenario));
        }
        self.scenario.gates.open();
        if let Some(before) = before {
            work.await.expect("the process lives");
            let after = records::written(&self.scenario);
            assert_eq!(after, before, "a worker that had lost its lease wrote something");
        }
        let booked = call.await.expect("the process lives").expect("the database works");
        self.notes(&booked);
    }

    /// The process dies at one of the next calls, or right now if there is none.
    async fn kills(&mut self, at: usize, call: usize, side: Side, wanted: Wanted) {
        let at = self.number(at);
        let held = self.scenario.gates.hold("*", call, side);
        let dying = self.scenario.instance(at);
        let booking = dying.begins_to_book(&self.wish(wanted, false));
        let work = async {
            let booked = booking.await.expect("the process lives").expect("the database works");
            let id = accepted(&booked);
            drop(dying.begins_to_run_jobs().await);
            id
        };
        let id = tokio::select! {
            () = held.reached() => None,
            id = work => id,
        };
        self.accepted.extend(id);
        self.scenario.dies(at).await;
        self.scenario.gates.open();
        self.scenario.starts(at).await;
        self.scenario.calls_have_arrived().await;
    }

    fn notes(&mut self, booked: &Booked) {
        self.accepted.extend(accepted(booked));
        self.refused += usize::from(matches!(
            booked,
            Booked::Accepted(Progress::CalendarBusy | Progress::CalendarUnavailable)
        ));
        let sane = !matches!(booked, Booked::UnknownService | Booked::UnknownHost);
        assert!(sane && !matches!(booked, Booked::ForeignHold), "{booked:?}");
    }

    /// Nothing is broken any more, and everything comes to its end: now the promises are true.
    pub(crate) async fn comes_to_rest(self) {
        self.scenario.sandbox.faults().clear();
        // With the next poll at the latest it shows who has withdrawn consent.
        self.scenario.runs_for(SignedDuration::from_mins(10)).await;
        for (host, account) in HOSTS {
            if self.scenario.connection_status(account).await == "revoked" {
                self.scenario.connect(host, account).await;
            }
        }
        self.scenario.runs_for(SignedDuration::from_hours(2)).await;
        let all = self.all().await;
        for id in &self.accepted {
            let there = all.iter().any(|stored| stored.booking.id == *id);
            assert!(there, "{id} was accepted and is lost");
        }
        let ended =
            |state: &BookingState| matches!(state, BookingState::Declined | BookingState::Failed);
        let over = all.iter().filter(|stored| ended(&stored.booking.state)).count();
        for channel in ["sms", "email"] {
            let news = self.scenario.news(channel);
            let told = news.iter().filter(|news| *news == "not_possible").count();
            assert_eq!(told + self.refused, over, "refusals told by {channel} or in the answer");
        }
        assert_eq!(self.scenario.deadlocks().await, 0, "deadlocks on the server");
        self.scenario.ends().await;
    }
}

fn accepted(booked: &Booked) -> Option<BookingId> {
    match booked {
        Booked::Accepted(Progress::Done(stored) | Progress::Pending(stored)) => {
            Some(stored.booking.id)
        }
        Booked::Accepted(
            Progress::Waiting(_) | Progress::CalendarBusy | Progress::CalendarUnavailable,
        )
        | Booked::Replayed(_)
        | Booked::Mismatch
        | Booked::Refused { .. }
        | Booked::ForeignHold
        | Booked::UnknownService
        | Booked::UnknownHost => None,
    }
}

fn fault(subject: &str, trouble: Trouble) -> Fault {
    let mail = subject.starts_with("SMTP");
    match trouble {
        Trouble::RequestLost => Fault::once(subject, FaultKind::DropBefore),
        Trouble::AnswerLost => Fault::once(subject, FaultKind::DropAfter),
        Trouble::Throttled | Trouble::ServerError if mail => Fault::error(subject, 451),
        Trouble::Throttled => Fault::error(subject, 429),
        Trouble::ServerError => Fault::error(subject, 500),
        Trouble::UnavailableButApplied => Fault { applied: true, ..Fault::error(subject, 503) },
        Trouble::Garbled => Fault::once(subject, FaultKind::Malformed),
        Trouble::Unauthorized => Fault::error(subject, 401),
    }
}
