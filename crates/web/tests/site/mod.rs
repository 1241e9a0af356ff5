//! The pages at work, as a browser without JavaScript sees them.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod admin;
mod booking;
mod browser;
mod changes;
mod explain;
mod given;
mod groups;
mod hostile;
mod languages;
mod linked;
mod operations;
mod picker;
mod reading;
