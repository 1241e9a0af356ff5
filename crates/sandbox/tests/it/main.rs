//! The sandbox over real sockets: what reaches a client is what the providers would send.
#![expect(clippy::unwrap_used, reason = "in a test an unmet expectation is a failure")]

mod alerts;
mod bench;
mod calls;
mod clients;
mod contract;
mod faults;
mod google_events;
mod google_oauth;
mod google_push;
mod google_sync;
mod mail;
mod pages;
mod persistence;
mod sendgrid;
mod twilio;
