//! The setup: hosts, calendars, services and sources, as people write them.
//!
//! The setup file and the API hold the same objects. Here are their documents ([`HostDoc`] and the
//! others: what is written, stored and shown), how they are read into the domain's types, and how
//! whole setups are checked, compared and written.
//!
//! Invariants kept here:
//! - a [`Setup`] exists only when all documents are right by themselves and fit together;
//! - a document is refused whole, with every fault and its place, and nothing in it is ignored;
//! - secrets leave only in what is stored: [`Documents::masked`] is for everything else.
//!
//! Nothing here reads a file, a database or the clock.

mod calendar;
mod difference;
mod documents;
mod export;
mod field_map;
mod file;
mod holiday_files;
mod host;
mod hours;
mod notation;
mod public;
mod reading;
mod references;
mod reminders;
mod rules;
mod service;
mod shape;
mod source;
mod telling;
mod verify;
mod whole;
mod workload;

pub use calendar::CalendarDoc;
pub use difference::{Change, Difference, FieldChange, diff, render};
pub use documents::{Documents, Kind, Places};
pub use export::to_toml;
pub use field_map::{FieldMapDoc, PointersDoc};
pub use file::SetupFile;
pub use holiday_files::with_holiday_files;
pub use host::HostDoc;
pub use hours::{OverrideDoc, WindowDoc};
pub use public::{PublicHost, PublicService};
pub use service::{MOST_LOCATION, MOST_TITLE, ServiceDoc};
pub use source::SourceDoc;
pub use telling::TextDoc;
pub use verify::{SecretText, VerifyDoc};
pub use whole::Setup;
pub use workload::{HolidayDoc, TravelTimeDoc};

#[cfg(test)]
mod tests;
