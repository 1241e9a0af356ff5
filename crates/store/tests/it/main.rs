//! What every database must do for us. The tests are written against [`database::Database`]; the
//! macro `on_each_database!` names the databases that they run on.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

// As every other crate of the workspace calls it.
extern crate doorstep_store as store;

#[macro_use]
mod database;
mod given;

mod book;
mod calendar_events;
mod cancel;
mod claims;
mod connections;
mod convergence;
mod file;
mod groups;
mod holds;
mod inbound_texts;
mod incidents;
mod jobs;
mod keys;
mod listing;
mod messages;
mod mirror;
mod moves;
mod outage;
mod postgres;
mod restore;
mod rules;
mod sealed;
mod senders;
mod setup;
mod statements;
mod submissions;
mod timer;
mod transfer;
mod units;
mod waiting_list;
