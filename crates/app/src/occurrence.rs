//! Occurrences of group services: their one event with its roster, and their page at the door.

mod converge;
mod door;

pub use door::{Door, Seated, WalkIn, WalkedIn};
