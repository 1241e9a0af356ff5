//! A seed makes a plan: a world, and a list of operations in it.

use std::fmt::Write as _;

use super::dice::Dice;
use super::op::{Op, Trouble, Wanted};
use super::setting;
use crate::{Database, Side};

/// How many operations a seed makes.
const OPERATIONS: usize = 40;

/// When the hosts' clocks change: the hour that is booked lies around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Night {
    /// They do not.
    Usual,
    /// They are put back.
    Autumn,
    /// They are put forward.
    Spring,
}

/// What a calendar that cannot be read means to every service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is accepted.
    Closed,
    /// What was last seen counts.
    Cached,
    /// It is accepted, and confirmed later.
    Pending,
}

/// All of a simulation: the same plan does the same things in the same order.
///
/// What is not in it is how the tasks of a process interleave: which of several requests at one
/// moment comes first, and what a call that dies or is held finds beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where the rows are.
    pub database: Database,
    /// How many instances serve them.
    pub instances: usize,
    /// When it happens.
    pub night: Night,
    /// What every service does without its calendar.
    pub policy: Policy,
    /// What happens.
    pub ops: Vec<Op>,
}

impl Plan {
    /// The plan of a seed.
    pub fn from_seed(seed: u64, database: Database) -> Self {
        let mut dice = Dice::new(seed);
        let instances = match database {
            Database::Sqlite => 1,
            Database::Postgres => 1 + dice.below(3),
        };
        let night = dice.one_of(&[Night::Usual, Night::Usual, Night::Autumn, Night::Spring]);
        let policy = dice.one_of(&[Policy::Closed, Policy::Cached, Policy::Pending]);
        let ops = (0..OPERATIONS).map(|_| op(&mut dice)).collect();
        Self { database, instances, night, policy, ops }
    }

    /// This plan as a test that can be pasted into `tests/it/simulation.rs`.
    pub fn as_test(&self, name: &str) -> String {
        let mut text = format!(
            "#[tokio::test]\nasync fn {name}() {{\n    let plan = Plan {{\n        \
             database: Database::{:?},\n        instances: {},\n        night: Night::{:?},\n        \
             policy: Policy::{:?},\n        ops: vec![\n",
            self.database, self.instances, self.night, self.policy
        );
        for op in &self.ops {
            let _ = writeln!(text, "            {},", as_code(op));
        }
        text.push_str("        ],\n    };\n\n    plan.is_kept().await.unwrap();\n}\n");
        text
    }
}

/// What `Debug` shows, with the paths that it leaves out.
fn as_code(op: &Op) -> String {
    let shown = format!("Op::{op:?}");
    let shown = shown.replace("Rush([", "Rush(vec![");
    let shown = shown.replace("side: ", "side: Side::");
    shown.replace("trouble: ", "trouble: Trouble::")
}

fn op(dice: &mut Dice) -> Op {
    let at = dice.below(3);
    match dice.below(32) {
        0..=6 => Op::Book { at, wish: wish(dice), waits: dice.flips() },
        7 | 8 => Op::Submit { at, key: dice.one_of(&setting::KEYS), wish: wish(dice) },
        9 | 10 => Op::Rush(rush(dice)),
        11 => Op::Hold { at, wish: wish(dice) },
        12 => Op::BookHeld { at, hold: dice.below(4) },
        13..=16 => {
            let (booking, quarter) = (dice.below(40), quarter(dice));
            Op::Move { at, booking, quarter, waits: dice.flips() }
        }
        17 | 18 => Op::Cancel { at, booking: dice.below(40) },
        19 if dice.flips() => Op::Edit { host: dice.below(2), event: dice.below(6) },
        19 => Op::Block { host: dice.below(2), quarter: quarter(dice) },
        20 if dice.below(4) == 0 => Op::Revoke { host: dice.below(2) },
        20..=23 => fault(dice),
        24..=26 => {
            let (subject, side) = pause(dice);
            Op::Pause { at, subject, side, wish: wish(dice) }
        }
        27 | 28 => Op::Kill { at, call: dice.below(5), side: side(dice), wish: wish(dice) },
        _ => Op::Pass { seconds: dice.one_of(&[1, 20, 90, 400, 700, 1_900]) },
    }
}

fn wish(dice: &mut Dice) -> Wanted {
    let (service, name) = (dice.one_of(&setting::SERVICES), dice.one_of(&setting::PEOPLE));
    Wanted { service, quarter: quarter(dice), name }
}

/// Wishes that cannot all be granted.
fn rush(dice: &mut Dice) -> Vec<Wanted> {
    let around = quarter(dice);
    let near = |dice: &mut Dice| Wanted { quarter: around + number(dice, 3), ..wish(dice) };
    (0..3 + dice.below(6)).map(|_| near(dice)).collect()
}

/// Few enough that wishes meet, many enough that some are granted until the end.
fn quarter(dice: &mut Dice) -> i64 {
    number(dice, 30)
}

fn number(dice: &mut Dice, below: usize) -> i64 {
    i64::try_from(dice.below(below)).expect("a small number")
}

fn side(dice: &mut Dice) -> Side {
    if dice.flips() { Side::Before } else { Side::After }
}

fn fault(dice: &mut Dice) -> Op {
    let subject = dice.one_of(&setting::CALLS);
    let all: &[Trouble] =
        if subject.starts_with("SMTP") { &Trouble::OF_ALL } else { &Trouble::OVER_HTTP };
    let times = u32::try_from(1 + dice.below(3)).expect("a small number");
    Op::Fault { subject, trouble: dice.one_of(all), times }
}

/// A message that leaves after its lease ran out is sent twice, whatever anybody does: it carries no
/// identity. That is why a call ends long before its lease; so messages are paused after they left.
fn pause(dice: &mut Dice) -> (&'static str, Side) {
    let subject = dice.one_of(&setting::PAUSED);
    let leaves = subject.contains("Messages") || subject.starts_with("SMTP");
    (subject, if leaves { Side::After } else { side(dice) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan_and_another_seed_another() {
        let plan = |seed| Plan::from_seed(seed, Database::Postgres);

        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7).ops, plan(8).ops);
    }

    #[test]
    fn a_plan_is_shown_as_code() {
        let wish = Wanted { service: "call", quarter: 3, name: "Bo Second" };
        let ops = vec![
            Op::Rush(vec![wish]),
            Op::Kill { at: 1, call: 2, side: Side::After, wish },
            Op::Fault { subject: "DELETE *", trouble: Trouble::Garbled, times: 1 },
        ];
        let plan = Plan {
            database: Database::Sqlite,
            instances: 1,
            night: Night::Spring,
            policy: Policy::Closed,
            ops,
        };

        let test = plan.as_test("seed_7");

        for line in [
            "async fn seed_7() {",
            "database: Database::Sqlite,",
            "Op::Rush(vec![Wanted { service: \"call\", quarter: 3, name: \"Bo Second\" }]),",
            "side: Side::After",
            "trouble: Trouble::Garbled",
        ] {
            assert!(test.contains(line), "{line} is not in {test}");
        }
    }
}
