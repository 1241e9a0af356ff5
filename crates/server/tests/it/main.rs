//! The real binary, as its user starts it.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod browser;
mod commands;
mod demo;
mod disk;
mod failover;
mod instance;
mod instances;
mod moving_up;
mod postgres;
mod process;
