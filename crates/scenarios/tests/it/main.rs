//! Scenarios of the wired whole.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects, and shows whatever else came"
)]

mod ad_hoc;
mod booking;
mod calendar_speaks;
mod connections;
mod conversation;
mod deadlines;
mod delegation;
mod deliveries;
mod doctor;
mod faults;
mod groups;
mod host_edits;
mod host_notices;
mod incidents;
mod invitations;
mod leases;
mod mass_deletion;
mod mirror;
mod once;
mod operations;
mod push;
mod races;
mod reminders;
mod restarts;
mod rules;
mod simulation;
mod together;
mod undeliverable;
