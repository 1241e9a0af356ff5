//! Scenarios of the wired whole.

mod booking;
mod connections;
mod deadlines;
mod faults;
mod host_edits;
mod once;
mod races;
mod restarts;
mod simulation;
