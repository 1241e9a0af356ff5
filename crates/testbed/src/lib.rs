//! Servers that tests need beside them, started for a while and gone without a trace.
//!
//! `cargo xtask test` starts one of each for all tests; a test that is run by itself starts its own.
//! Not for what we ship. It builds on the standard library alone, as `xtask` does; the feature
//! `databases` adds a client, for tests that want a database each.

mod folder;
mod guard;
mod pgbouncer;
mod postgres;
#[cfg(feature = "databases")]
mod server;

pub use pgbouncer::{PGBOUNCER_PACKAGE, PGBOUNCER_PROGRAM, PGBOUNCER_URL, Pooler};
pub use postgres::{Cluster, POSTGRES_BIN, POSTGRES_PACKAGE, POSTGRES_URL, find_programs};
#[cfg(feature = "databases")]
pub use server::{ServerDatabase, programs};
