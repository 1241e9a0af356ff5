//! Servers that tests need beside them, started for a while and gone without a trace.
//!
//! `cargo xtask test` starts one for all tests; a test that is run by itself starts its own. Not for
//! what we ship. It builds on the standard library alone, as `xtask` does.

mod postgres;

pub use postgres::{Cluster, POSTGRES_BIN, POSTGRES_PACKAGE, POSTGRES_URL, find_programs};
