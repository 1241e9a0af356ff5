//! Real processes of `doorstep serve`, real HTTP, and `kill -9` at random instants.
//!
//! What a simulation cannot show, this does: that the promises hold for the binary on the machine's
//! clock. Everything is judged from the outside: by what was answered, by what the API says when all
//! is quiet, and by what is in the sandbox's calendars.

mod doorstep;
mod place;
mod proxy;
mod verdict;
mod visitor;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Database;
use crate::simulation::Dice;

use doorstep::Site;
use visitor::{Answers, Visitor};

/// How many people book beside each other.
const VISITORS: u64 = 6;
/// The shortest and the longest time between two deaths, in milliseconds.
const BETWEEN: (usize, usize) = (150, 1_200);

/// Processes that are killed for a while.
#[derive(Debug, Clone, Copy)]
pub struct Ordeal {
    /// Where the rows are. On PostgreSQL there are three instances, behind a proxy that cuts them off.
    pub database: Database,
    /// What makes the deaths and the visitors.
    pub seed: u64,
    /// For how long.
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Survived {
    /// How often a process was killed.
    pub kills: usize,
    /// How often the database was cut off.
    pub cuts: usize,
    /// How many requests were answered with success.
    pub accepted: usize,
    /// How many were refused, as a conflict is.
    pub refused: usize,
    /// How many got no answer, or one that says to come again.
    pub unanswered: usize,
    /// How many bookings there are.
    pub bookings: usize,
    /// Every promise that was broken.
    pub broken: Vec<String>,
}

impl Ordeal {
    /// Kills, lets everything come to rest, and judges.
    pub async fn run(&self) -> Survived {
        let mut site = Site::begin(self.database).await;
        let stop = CancellationToken::new();
        let mut visitors = JoinSet::new();
        for number in 0..VISITORS {
            let visitor = Visitor::new(number, self.seed, site.entrances(), site.key());
            visitors.spawn(visitor.comes_until(stop.clone()));
        }
        let mut survived = Survived::default();
        let mut dice = Dice::new(self.seed);
        let begun = Instant::now();
        while begun.elapsed() < self.time {
            let pause = BETWEEN.0 + dice.below(BETWEEN.1 - BETWEEN.0);
            let pause = Duration::from_millis(u64::try_from(pause).expect("a short time"));
            let next = Instant::now() + pause;
            tokio::time::sleep_until(next).await;
            if dice.below(5) == 0 && site.cuts_off(next + 2 * pause).await {
                survived.cuts += 1;
                continue;
            }
            site.kills(dice.below(3)).await;
            survived.kills += 1;
        }
        stop.cancel();
        let mut answers = Answers::default();
        while let Some(visitor) = visitors.join_next().await {
            answers.add(visitor.expect("a visitor does not panic"));
        }
        site.comes_to_rest().await;
        survived.accepted = answers.accepted;
        survived.refused = answers.refused;
        survived.unanswered = answers.unanswered;
        verdict::judge(&site, answers, &mut survived).await;
        survived
    }
}
