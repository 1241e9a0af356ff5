//! The clients over real sockets, against servers that follow a script, and every request they can
//! build against the providers' own specifications.

mod alert;
mod google;
mod google_spec;
mod http;
mod mail;
mod sendgrid;
mod specs;
mod support;
mod twilio;
mod twilio_signature;
mod twilio_spec;
