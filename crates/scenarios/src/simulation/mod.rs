//! Random lists of what people, providers and machines do, and whether the promises are kept.
//!
//! A seed makes a [`Plan`]. A plan that breaks a promise is shrunk to the operations that matter and
//! shown as a test, which is what becomes of it: it is pasted, named and mended. A [`Campaign`] goes
//! through seeds for a while.

mod campaign;
mod dice;
mod op;
mod plan;
mod setting;
mod shrink;
mod world;

use std::time::Duration;

pub(crate) use dice::Dice;
pub(crate) use setting::{HOSTS, PEOPLE, SERVICES, setup};

pub use campaign::{Campaign, Found, Outcome};
pub use op::{Op, Trouble, Wanted};
pub use plan::{Night, Plan, Policy};

use crate::table;
use world::World;

/// A plan that takes longer than this hangs.
const LONGEST: Duration = Duration::from_mins(2);
/// How many shorter plans are tried.
const TRIES: usize = 60;

impl Plan {
    /// Carries it out. `Err` says which promise was broken.
    pub async fn is_kept(&self) -> Result<(), String> {
        let plan = self.clone();
        let run = async move {
            let mut world = World::begin(&plan).await;
            for op in &plan.ops {
                world.does(op).await;
            }
            world.comes_to_rest().await;
        };
        match tokio::spawn(tokio::time::timeout(LONGEST, run)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_late)) => Err("it does not come to its end".to_owned()),
            Err(panic) => Err(table::said(panic)),
        }
    }

    /// The part of a plan that breaks a promise which matters.
    pub async fn shrunk(&self) -> Self {
        let ops = shrink::shrink(self.ops.clone(), TRIES, async |ops| {
            Self { ops: ops.to_vec(), ..self.clone() }.is_kept().await.is_err()
        });
        let shorter = Self { ops: ops.await, ..self.clone() };
        for instances in 1..self.instances {
            let smaller = Self { instances, ..shorter.clone() };
            if smaller.is_kept().await.is_err() {
                return smaller;
            }
        }
        shorter
    }
}
