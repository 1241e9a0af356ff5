//! Ten thousand attempts for one slot: one wins, the others are refused cleanly, and that takes no
//! longer than three times what database and HTTP need for as many refusals.

use std::time::Instant;

use crate::Effort;
use crate::Failure;
use crate::bare_handler::{CannedAnswer, CannedAnswers, PATH};
use crate::bookings::Bare;
use crate::load::{Client, Until, load, post};
use crate::process::{Server, Site};
use crate::report::{Aim, Line};
use crate::rounds::in_turns;
use crate::seed::{many_hosts, midnight, seed, short_booking, today};

const CONNECTIONS: u64 = 64;
/// The most that Doorstep may take, as a multiple of the bare database and the bare handler.
const MOST: f64 = 3.0;
/// The first attempts of a round are for this slot; each round has a slot of its own.
const FIRST: u64 = 1_000;

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let (site, today) = (Site::new()?, today());
    seed(&site, &many_hosts(|_| String::new()), "short-0", &[], midnight(today)).await?;
    let ours = site.serve().await?;
    let database = Bare::start().await?;
    let handler = site.serve_bare(&refusal(&ours, &short_booking(today, 0)).await?)?;

    let mut round = FIRST;
    let next_contest = || {
        round += 1;
        contest(&ours, short_booking(today, round), effort.attempts)
    };
    let body = short_booking(today, 0);
    let bare = || async {
        let refused = database.refuse(CONNECTIONS, effort.attempts).await?;
        Ok(refused + posts(&handler, &body, effort.attempts).await?)
    };
    let turns = in_turns(effort.rounds, next_contest, bare).await?;
    let name = format!("{} attempts for one slot", effort.attempts);
    Ok(vec![Line::ratio(name, turns.measured, turns.reference, "s").aims(Aim::Below(MOST))])
}

/// What Doorstep answers whoever comes second.
async fn refusal(ours: &Server, body: &str) -> Result<CannedAnswers, Failure> {
    let mut client = Client::connect(ours.address).await?;
    let request = post("/v1/bookings", body);
    let (first, second) = (client.ask(&request).await?, client.ask(&request).await?);
    if (first, second) != (201, 409) {
        return Err(format!("expected 201 and 409, but got {first} and {second}").into());
    }
    Ok(CannedAnswers { full: CannedAnswer::of(second, &client), unchanged: None })
}

/// The seconds until all have their answer: one 201, and 409 for the others.
async fn contest(ours: &Server, body: String, attempts: u64) -> Result<f64, Failure> {
    let request = post("/v1/bookings", &body);
    let begun = Instant::now();
    let ask = move |_| request.clone();
    let done = load(ours.address, CONNECTIONS, Until::Asked(attempts), ask).await?;
    if done.count(201) != 1 || done.count(409) != attempts - 1 {
        return Err(format!("expected one winner, but got {:?}", done.statuses).into());
    }
    Ok(begun.elapsed().as_secs_f64())
}

async fn posts(handler: &Server, body: &str, attempts: u64) -> Result<f64, Failure> {
    let request = post(PATH, body);
    let ask = move |_| request.clone();
    let done = load(handler.address, CONNECTIONS, Until::Asked(attempts), ask).await?;
    Ok(done.all(409)?.took.as_secs_f64())
}
