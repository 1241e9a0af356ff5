//! Durable bookings a second, through HTTP, against a bare writer of the same rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jiff::civil::Date;
use tokio::task::JoinSet;

use crate::bare_writer::{BareWriter, Work};
use crate::load::{Until, load, post};
use crate::process::{Server, Site};
use crate::report::{Aim, Line};
use crate::rounds::in_turns;
use crate::rows::{Place, added, read_all};
use crate::seed::{SHORT_SLOT, many_hosts, midnight, seed, short_booking, short_slot, today};
use crate::{Effort, Failure};

const CLIENTS: [u64; 2] = [1, 64];

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for clients in CLIENTS {
        let (ours, bare) = (Ours::start().await?, Bare::start().await?);
        let turns = in_turns(
            effort.rounds,
            || ours.per_second(clients, effort),
            || bare.per_second(clients, effort),
        );
        let turns = turns.await?;
        let name = format!("bookings, {clients} at once");
        lines
            .push(Line::ratio(name, turns.measured, turns.reference, "/s").aims(Aim::AtLeast(0.5)));
    }
    Ok(lines)
}

/// Doorstep, and how many slots it has given.
struct Ours {
    server: Server,
    today: Date,
    given: Arc<AtomicU64>,
    _site: Site,
}

impl Ours {
    async fn start() -> Result<Self, Failure> {
        let (site, today) = (Site::new()?, today());
        seed(&site, &many_hosts(|_| String::new()), "short-0", &[], midnight(today)).await?;
        let server = site.serve().await?;
        Ok(Self { server, today, given: Arc::default(), _site: site })
    }

    async fn per_second(&self, clients: u64, effort: Effort) -> Result<f64, Failure> {
        let (today, given) = (self.today, self.given.clone());
        let request = move |_| {
            let number = given.fetch_add(1, Ordering::Relaxed);
            post("/v1/bookings", &short_booking(today, number))
        };
        let done = load(self.server.address, clients, Until::Over(effort.turn), request).await?;
        Ok(done.all(201)?.per_second())
    }
}

/// The bare writer, and how many slots it has given.
pub(crate) struct Bare {
    writer: BareWriter,
    today: Date,
    given: Arc<AtomicU64>,
    _site: Site,
}

impl Bare {
    /// A bare writer on a database with one booking, the template of all others.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let (site, today) = (Site::new()?, today());
        let setup = many_hosts(|_| String::new());
        seed(&site, &setup, "short-0", &[], midnight(today)).await?;
        let before = read_all(&site.database())?;
        let template = place(today, 0);
        seed(&site, &setup, "short-0", &[template.start], midnight(today)).await?;
        let rows = added(&before, read_all(&site.database())?);
        let writer = BareWriter::start(&site.database(), rows, template)?;
        Ok(Self { writer, today, given: Arc::new(AtomicU64::new(1)), _site: site })
    }

    async fn per_second(&self, clients: u64, effort: Effort) -> Result<f64, Failure> {
        let (begun, first) = (Instant::now(), self.given.load(Ordering::Relaxed));
        let mut tasks = JoinSet::new();
        for _ in 0..clients {
            let (writer, given, today) = (self.writer.clone(), self.given.clone(), self.today);
            tasks.spawn(async move {
                while begun.elapsed() < effort.turn {
                    let number = given.fetch_add(1, Ordering::Relaxed);
                    writer.run(Work::Book(place(today, number))).await?;
                }
                Ok::<(), Failure>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let booked = self.given.load(Ordering::Relaxed) - first;
        #[expect(clippy::cast_precision_loss, reason = "no run makes 2^52 bookings")]
        Ok(booked as f64 / begun.elapsed().as_secs_f64())
    }

    /// How long it takes to refuse the slot of the template that often, in seconds.
    pub(crate) async fn refuse(&self, clients: u64, attempts: u64) -> Result<f64, Failure> {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (writer, taken) = (self.writer.clone(), place(self.today, 0));
            tasks.spawn(async move {
                for number in (client..attempts).step_by(usize::try_from(clients)?) {
                    let place = Place { number: number + 1, ..taken };
                    if writer.run(Work::ClaimTaken(place)).await? {
                        return Err("a taken slot was given".into());
                    }
                }
                Ok::<(), Failure>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(begun.elapsed().as_secs_f64())
    }
}

fn place(today: Date, number: u64) -> Place {
    let (host, start) = short_slot(today, number);
    Place { number, host, start, end: start + SHORT_SLOT }
}
