//! Free slots of 30 days: how much of a bare handler's speed is left when the answer is computed,
//! taken from the cache, or unchanged for a client that has it.

use std::fmt::Write;
use std::net::SocketAddr;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::bare_handler::{CannedAnswer, CannedAnswers, PATH};
use crate::load::{Client, Until, get, load, post};
use crate::process::{Server, Site};
use crate::report::{Aim, Line};
use crate::rounds::{Turns, in_turns, median};
use crate::seed::{midnight, seed, today};
use crate::{Effort, Failure};

/// Connections at once: enough that neither side waits for the other.
const CONNECTIONS: u64 = 8;
/// The days asked for.
const DAYS: i32 = 30;
/// First days asked for in turn, and services of the same host: together more questions than the
/// server's cache keeps, so that asking them in turn misses it every time.
const FIRST_DAYS: u64 = 10;
const SERVICES: u64 = 128;
/// The days over which future bookings are spread: all that is ever asked for.
const SPREAD_DAYS: i64 = 40;
/// The days over which history is spread.
const HISTORY_DAYS: i64 = 400;
/// A night between the windows asked about has that many one-minute bookings at most, so that the
/// answer has the same size however many there are. Each is followed by a free minute: bookings
/// that touch would be as cheap as one.
const NIGHT_CALLS: i64 = 420;

/// How many bookings a host has.
#[derive(Debug, Clone, Copy)]
struct Booked {
    /// In the 30 days asked for.
    ahead: i64,
    /// Before today.
    history: i64,
}

const CASES: [Booked; 4] = [
    Booked { ahead: 0, history: 0 },
    Booked { ahead: 1_000, history: 0 },
    Booked { ahead: 10_000, history: 0 },
    Booked { ahead: 0, history: 10_000 },
];

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for booked in CASES {
        lines.extend(Case::new(booked).await?.measure(effort).await?);
    }
    Ok(lines)
}

struct Case {
    name: String,
    today: Date,
    ours: Server,
    bare: Server,
    etag: String,
    _site: Site,
}

impl Case {
    async fn new(booked: Booked) -> Result<Self, Failure> {
        let (site, today) = (Site::new()?, today());
        let long_ago = midnight(today) - SignedDuration::from_hours(24 * 500);
        seed(&site, &setup(), "call", &starts(booked, today), long_ago).await?;
        let ours = site.serve().await?;
        settle(ours.address).await?;
        let mut client = Client::connect(ours.address).await?;
        let question = get(&path(today, 0), "");
        let full = answer(&mut client, &question, 200).await?;
        let etag = client.header("etag").ok_or("slots have no ETag")?.to_owned();
        let again = get(&path(today, 0), &format!("if-none-match: {etag}\r\n"));
        let unchanged = Some(answer(&mut client, &again, 304).await?);
        let bare = site.serve_bare(&CannedAnswers { full, unchanged })?;
        let name = format!("slots, {} ahead, {} past", booked.ahead, booked.history);
        Ok(Self { name, today, ours, bare, etag, _site: site })
    }

    async fn measure(&self, effort: Effort) -> Result<Vec<Line>, Failure> {
        let today = self.today;
        let known = format!("if-none-match: {}\r\n", self.etag);
        let computed = self.ratio(effort, 200, "", move |n| path(today, n)).await?;
        let cached = self.ratio(effort, 200, "", move |_| path(today, 0)).await?;
        let unchanged = self.ratio(effort, 304, &known, move |_| path(today, 0)).await?;
        let after = self.after_a_change(effort).await?;
        let line = |what: &str, turns: Turns, aim: f64| {
            let name = format!("{}: {what}", self.name);
            Line::ratio(name, turns.measured, turns.reference, "/s").aims(Aim::AtLeast(aim))
        };
        let name = format!("{}: after a booking", self.name);
        Ok(vec![
            line("computed", computed, 0.4),
            line("cached", cached, 0.8),
            line("ETag", unchanged, 0.8),
            Line::ratio(name, 1e6 / after.measured, 1e6 / after.reference, "/s"),
        ])
    }

    /// Answers a second, ours against the bare handler's.
    async fn ratio(
        &self,
        effort: Effort,
        status: u16,
        headers: &str,
        question: impl Fn(u64) -> String + Copy + Send + 'static,
    ) -> Result<Turns, Failure> {
        let until = Until::Over(effort.turn);
        let ours = || async {
            let headers = headers.to_owned();
            let ask = move |n| get(&question(n), &headers);
            let load = load(self.ours.address, CONNECTIONS, until, ask).await?.all(status)?;
            Ok(load.per_second())
        };
        let bare = || async {
            let headers = headers.to_owned();
            let ask = move |_| get(PATH, &headers);
            let load = load(self.bare.address, CONNECTIONS, until, ask).await?.all(status)?;
            Ok(load.per_second())
        };
        in_turns(effort.rounds, ours, bare).await
    }

    /// The time of one answer right after a booking of the same host, when everything that was
    /// computed is stale; in microseconds.
    async fn after_a_change(&self, effort: Effort) -> Result<Turns, Failure> {
        let mut ours = Client::connect(self.ours.address).await?;
        let mut bare = Client::connect(self.bare.address).await?;
        let (question, bare_question) = (get(&path(self.today, 0), ""), get(PATH, ""));
        let (mut measured, mut reference) = (Vec::new(), Vec::new());
        for number in 0..20 * i64::try_from(effort.rounds)? {
            let start = free_start(self.today, number);
            let body = format!(
                r#"{{"service":"call","start":"{start}","attendee":{{"name":"Bo","email":"bo@example.com"}}}}"#
            );
            expect(ours.ask(&post("/v1/bookings", &body)).await?, 201)?;
            measured.push(timed(&mut ours, &question).await?);
            reference.push(timed(&mut bare, &bare_question).await?);
        }
        Ok(Turns { measured: median(&measured), reference: median(&reference) })
    }
}

async fn timed(client: &mut Client, question: &[u8]) -> Result<f64, Failure> {
    let begun = std::time::Instant::now();
    expect(client.ask(question).await?, 200)?;
    Ok(begun.elapsed().as_secs_f64() * 1e6)
}

async fn answer(
    client: &mut Client,
    question: &[u8],
    status: u16,
) -> Result<CannedAnswer, Failure> {
    expect(client.ask(question).await?, status)?;
    Ok(CannedAnswer::of(status, client))
}

pub(crate) fn expect(status: u16, expected: u16) -> Result<(), Failure> {
    if status == expected {
        return Ok(());
    }
    Err(format!("expected {expected}, but got {status}").into())
}

/// Waits until no job is due: past bookings are completed when the server first sees them.
async fn settle(address: SocketAddr) -> Result<(), Failure> {
    let mut client = Client::connect(address).await?;
    loop {
        client.ask(&get("/health", "")).await?;
        let health: serde_json::Value = serde_json::from_slice(client.body())?;
        match health["jobs"]["due"].as_i64() {
            Some(0) => return Ok(()),
            Some(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            None => return Err("the health summary does not count jobs".into()),
        }
    }
}

/// The `n`th question.
fn path(today: Date, n: u64) -> String {
    let service = n / FIRST_DAYS % SERVICES;
    let ahead = i64::try_from(n % FIRST_DAYS).expect("a few days");
    let from = today + (ahead + 1).days();
    let to = from + (DAYS - 1).days();
    format!("/v1/services/viewing-{service}/slots?from={from}&to={to}")
}

/// Starts of one-minute bookings, spread evenly.
fn starts(booked: Booked, today: Date) -> Vec<Timestamp> {
    let ahead = booked.ahead * SPREAD_DAYS / i64::from(DAYS);
    let ahead = nights(today, 1, SPREAD_DAYS, ahead);
    ahead.chain(nights(today, -HISTORY_DAYS, HISTORY_DAYS, booked.history)).collect()
}

/// `count` calls in the nights of `days` days from `first` days after today on; the last ones of
/// each night stay free.
fn nights(today: Date, first: i64, days: i64, count: i64) -> impl Iterator<Item = Timestamp> {
    let per_night = count.div_euclid(days) + 1;
    assert!(per_night < NIGHT_CALLS - 10, "a night has not that many calls");
    (0..count).map(move |number| {
        call(midnight(today + (first + number / per_night).days()), number % per_night)
    })
}

/// A call that [`starts`] leaves free.
fn free_start(today: Date, number: i64) -> Timestamp {
    let day = midnight(today + (1 + number % SPREAD_DAYS).days());
    call(day, NIGHT_CALLS - 1 - number / SPREAD_DAYS)
}

/// The `number`th call of a night: from midnight to 8, then from 18 on.
fn call(midnight: Timestamp, number: i64) -> Timestamp {
    let evening = if number < 240 { 0 } else { 10 * 60 };
    midnight + SignedDuration::from_mins(evening + 2 * number)
}

/// One host whose days are asked about and whose nights are booked.
fn setup() -> String {
    let mut setup = r#"
[[hosts]]
id = "jane"
name = "Jane Agent"
email = "jane@agency.example"
timezone = "UTC"

[[services]]
id = "call"
title = "Night call"
hosts = ["jane"]
duration = "1m"
notice = "0m"
horizon = "730d"
messages = []
availability = [
    { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "08:00" },
    { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "18:00", to = "24:00" },
]
"#
    .to_owned();
    for number in 0..SERVICES {
        write!(
            setup,
            r#"
[[services]]
id = "viewing-{number}"
title = "Viewing {number}"
hosts = ["jane"]
duration = "30m"
buffer_after = "15m"
notice = "2h"
horizon = "90d"
messages = []
availability = [{{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }}]
"#
        )
        .expect("a string takes whatever is written");
    }
    setup
}
