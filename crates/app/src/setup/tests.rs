//! Documents are read, refused, compared and written back.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod comparing;
mod faults;
mod file;
mod holiday_files;
mod reading;
mod reference;
mod samples;
mod service_faults;
mod writing;
