//! Random lists of what people, providers and machines do, from a seed that is printed. What this
//! finds becomes a named test.

use std::time::Duration;

use app::booking::{Booked, BookingFilter, Moved, Progress};
use domain::{BookingId, BookingState};
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Given, JANE, Scenario, Side, Wish, in_every_case};

const SEEDS: u64 = 24;
const OPERATIONS: usize = 14;
const STARTS: [&str; 6] = [
    "2026-12-01T18:00:00Z",
    "2026-12-01T18:15:00Z",
    "2026-12-01T18:45:00Z",
    "2026-12-01T19:30:00Z",
    "2026-12-01T20:00:00Z",
    "2026-12-02T18:00:00Z",
];
const PEOPLE: [&str; 3] = ["Ann First", "Bo Second", "Cy Third"];
const SUBJECTS: [&str; 12] = [
    "POST /token",
    "POST */freeBusy",
    "POST */events",
    "GET */events",
    "GET */events/*",
    "PATCH *",
    "DELETE *",
    "POST *Messages.json",
    "GET *Messages.json",
    "SMTP CONNECT",
    "SMTP RCPT",
    "SMTP DATA",
];

#[tokio::test]
async fn whatever_happens_every_promise_is_kept() {
    let first = std::option_env!("SIMULATION_SEED").and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds = (first..first + SEEDS).map(|seed| (format!("seed {seed}"), seed));
    in_every_case(seeds, Simulation::run).await;
}

struct Simulation {
    scenario: Scenario,
    dice: Dice,
    /// Bookings whose caller was told in the answer that nothing came of it.
    refused: usize,
    log: Vec<String>,
}

impl Simulation {
    async fn run(seed: u64) {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let policy = ["closed", "pending", "cached 15m"][dice.below(3)];
        let given = Given::usual().rule(&format!("when_unreachable = \"{policy}\""));
        let scenario = given.begins().await;
        let mut simulation = Self { scenario, dice, refused: 0, log: Vec::new() };
        for _ in 0..OPERATIONS {
            simulation.step().await;
        }
        simulation.comes_to_rest().await;
    }

    async fn step(&mut self) {
        match self.dice.below(10) {
            0..=2 => self.books().await,
            3 | 4 => self.moves().await,
            5 => self.cancels().await,
            6 | 7 => self.breaks(),
            8 => self.time_passes().await,
            _ => self.dies().await,
        }
    }

    fn wish(&mut self) -> Wish {
        let (start, name) = (STARTS[self.dice.below(6)], PEOPLE[self.dice.below(3)]);
        let patience =
            if self.dice.below(2) == 0 { Duration::ZERO } else { Duration::from_secs(2) };
        Wish { patience, ..Wish::at(start).by(name) }
    }

    async fn books(&mut self) {
        let wish = self.wish();
        self.log.push(format!("{wish:?}"));
        let call = self.scenario.begins_to_book(&wish);
        let booked = self.scenario.serves(call, SignedDuration::from_millis(1_500)).await;
        let booked = booked.expect("the database works");
        self.refused += usize::from(is_refused(&booked));
    }

    async fn some_booking(&mut self) -> Option<BookingId> {
        let all = self.scenario.app().list_bookings(BookingFilter::default(), None, 100).await;
        let all = all.expect("the database works");
        (!all.is_empty()).then(|| all[self.dice.below(all.len())].booking.id)
    }

    async fn moves(&mut self) {
        let (Some(id), wish) = (self.some_booking().await, self.wish()) else { return };
        self.log.push(format!("move {id} to {} {:?}", wish.start, wish.patience));
        let call = self.scenario.begins_to_move(id, &wish.start.to_string(), wish.patience);
        let moved = self.scenario.serves(call, SignedDuration::from_millis(1_500)).await;
        let moved = moved.expect("the database works");
        self.log.push(format!("moved: {moved:?}").chars().take(60).collect());
        // One that was still pending is declined with its move, and the mover has heard.
        let state = self.scenario.booking(id).await.booking.state;
        let heard = matches!(
            moved,
            Moved::Accepted(Progress::CalendarBusy | Progress::CalendarUnavailable)
        );
        self.refused += usize::from(heard && state == BookingState::Declined);
    }

    async fn cancels(&mut self) {
        let Some(id) = self.some_booking().await else { return };
        self.log.push(format!("cancel {id}"));
        let done = self.scenario.begins_to_cancel(id).await.expect("the process lives");
        drop(done.expect("the database works"));
    }

    fn breaks(&mut self) {
        let subject = SUBJECTS[self.dice.below(SUBJECTS.len())];
        let fault = match self.dice.below(8) {
            0 => Fault::once(subject, FaultKind::DropBefore),
            1 | 2 => Fault::once(subject, FaultKind::DropAfter),
            3 if !subject.starts_with("SMTP") => Fault::error(subject, 429),
            4 if !subject.starts_with("SMTP") => Fault::once(subject, FaultKind::Malformed),
            5 if !subject.starts_with("SMTP") => Fault::error(subject, 401),
            6 if !subject.starts_with("SMTP") => {
                Fault { applied: true, ..Fault::error(subject, 503) }
            }
            _ if subject.starts_with("SMTP") => Fault::error(subject, 451),
            _ => Fault::error(subject, 500),
        };
        let count = u32::try_from(1 + self.dice.below(3)).expect("a small number");
        self.log.push(format!("{count} times {:?} at {subject}", fault.kind));
        self.scenario.sandbox.faults().add(Fault { count: Some(count), ..fault });
    }

    async fn time_passes(&mut self) {
        let seconds = [1, 20, 90, 700, 3_700][self.dice.below(5)];
        self.log.push(format!("{seconds} seconds pass"));
        self.scenario.runs_for(SignedDuration::from_secs(seconds)).await;
    }

    /// The process dies at one of the next calls, or right now if there is none.
    async fn dies(&mut self) {
        let side = if self.dice.below(2) == 0 { Side::Before } else { Side::After };
        let (call, wish) = (self.dice.below(5), self.wish());
        self.log.push(format!("dies at call {call} {side:?} of {wish:?}"));
        let held = self.scenario.gates.hold("*", call, side);
        let mut refused = 0;
        let work = async {
            let booked = self.scenario.tries_to_book(&wish).await;
            refused = usize::from(is_refused(&booked));
            drop(self.scenario.begins_to_run_jobs().await);
        };
        tokio::select! {
            () = held.reached() => {}
            () = work => {}
        }
        self.refused += refused;
        self.scenario.gates.open();
        self.scenario.restart().await;
    }

    async fn comes_to_rest(self) {
        let Self { scenario, refused, log, .. } = self;
        scenario.sandbox.faults().clear();
        if scenario.connection_status(JANE).await == "revoked" {
            scenario.connect("jane", JANE).await;
        }
        scenario.runs_for(SignedDuration::from_hours(2)).await;
        let all = scenario.app().list_bookings(BookingFilter::default(), None, 100).await;
        let all = all.expect("the database works");
        let ended =
            |state: &BookingState| matches!(state, BookingState::Declined | BookingState::Failed);
        let over = all.iter().filter(|stored| ended(&stored.booking.state)).count();
        for channel in ["sms", "email"] {
            let told = scenario.news(channel).iter().filter(|news| *news == "not_possible").count();
            assert_eq!(told + refused, over, "by {channel}: {log:#?}");
        }
        scenario.ends().await;
    }
}

fn is_refused(booked: &Booked) -> bool {
    matches!(booked, Booked::Accepted(Progress::CalendarBusy | Progress::CalendarUnavailable))
}

/// The only source of chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}
