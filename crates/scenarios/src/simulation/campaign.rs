//! Seed after seed, for a while.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::plan::Plan;
use crate::Database;

/// Simulations wait for the disk and for each other, so a few run beside each other.
const AT_ONCE: usize = 4;

/// Seeds to go through.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Where the rows are.
    pub database: Database,
    /// These first, however long they take.
    pub seeds: Vec<u64>,
    /// Then from here on.
    pub next: u64,
    /// For how long new ones are begun.
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// How many seeds were carried out.
    pub seeds: usize,
    /// And how many operations.
    pub operations: usize,
    /// The seeds that break a promise, in the order in which they were found.
    pub found: Vec<Found>,
}

/// A seed that breaks a promise.
#[derive(Debug, Clone)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// Which promise, in a test's words.
    pub promise: String,
}

impl Campaign {
    /// Goes through the seeds, until the time is over or a promise is broken.
    pub async fn run(&self) -> Outcome {
        let begun = Instant::now();
        let mut seeds = self.seeds.iter().copied().chain(self.next..);
        let mut first = self.seeds.len().max(1);
        let (mut outcome, mut running) = (Outcome::default(), JoinSet::new());
        loop {
            let more = outcome.found.is_empty() && (first > 0 || begun.elapsed() < self.time);
            if more
                && running.len() < AT_ONCE
                && let Some(seed) = seeds.next()
            {
                first = first.saturating_sub(1);
                let plan = Plan::from_seed(seed, self.database);
                running.spawn(async move { (seed, plan.ops.len(), plan.is_kept().await) });
                continue;
            }
            let Some(ended) = running.join_next().await else { return outcome };
            let (seed, operations, kept) = ended.expect("a plan's panic is caught");
            outcome.seeds += 1;
            outcome.operations += operations;
            outcome.found.extend(kept.err().map(|promise| Found { seed, promise }));
        }
    }
}
