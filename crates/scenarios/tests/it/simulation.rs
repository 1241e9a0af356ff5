//! Random lists of operations, from a few fixed seeds. `cargo xtask torture` goes through more. What
//! it finds becomes a named test here.

use scenarios::simulation::Plan;
use scenarios::{Database, in_every_case};

scenarios::on_each_database! {
    whatever_happens_every_promise_is_kept,
}

async fn whatever_happens_every_promise_is_kept(database: Database) {
    let seeds = (1..=12).map(|seed| (format!("seed {seed}"), seed));
    in_every_case(seeds, move |seed| async move {
        Plan::from_seed(seed, database).is_kept().await.unwrap_or_else(|broken| panic!("{broken}"));
    })
    .await;
}
