//! The wired whole for tests: the app against the sandbox over real HTTP and SMTP, on a clock that
//! the test moves.
//!
//! A [`Scenario`] builds everything a test does not care about, speaks in the words of the domain,
//! and checks what is always true when it [`ends`](Scenario::ends). [`Gates`] hold a call to a
//! provider before it is applied or its answer before it is seen, so that a process can be killed
//! between any two of its steps.
//!
//! A scenario runs on SQLite or on PostgreSQL, there with as many instances as it asks for, each with
//! its own view of what time it is: [`on_each_database!`] makes both tests of one function.

mod always;
mod attendee;
mod database;
mod delegation;
mod gate;
mod given;
mod heard;
mod instance;
mod mail_gate;
mod process;
pub mod processes;
mod receiver;
mod records;
mod scenario;
pub mod simulation;
mod table;
mod texting;

pub use attendee::{Wish, phone_of, request};
pub use database::Database;
pub use gate::{Gates, Held, Side};
pub use given::{BOB, BOBS, Given, JANE, SETUP, TOUR};
pub use heard::Heard;
pub use instance::Instance;
pub use scenario::Scenario;
pub use table::{in_every_case, said};
