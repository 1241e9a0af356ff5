//! Scenarios of the wired whole.

mod booking;
