//! `POST /callbacks/…`: what providers tell us by themselves.
//!
//! Each is verified, kept, and answered at once; what follows from it is a job.

pub(crate) mod calls;
pub(crate) mod google;
pub(crate) mod sendgrid;
pub(crate) mod texts;
mod twilio;
mod twiml;
