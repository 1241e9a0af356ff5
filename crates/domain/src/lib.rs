//! What a booking is and what may happen to it.
//!
//! Pure: no I/O, no async, no clock, no randomness, no logging. Facts come in as values, decisions
//! go out as values; `store` makes them durable and `app` carries them out.
//!
//! Invariants kept here:
//! - an [`Interval`] is half-open and never empty;
//! - a [`Booking`] changes its status only through the methods of [`booking`], each of which names its refusals;
//! - what is offered and what is explained is one computation ([`availability`]).

pub mod availability;
pub mod booking;
pub mod calendar;
pub mod calendar_event;
pub mod conflict;
pub mod convergence;
pub mod conversation;
pub mod fault;
pub mod group;
pub mod holiday_file;
pub mod host;
pub mod host_news;
pub mod ics;
pub mod id;
pub mod incident;
pub mod language;
pub mod length;
pub mod mirror;
pub mod notification;
pub mod occurrence;
pub mod operation;
pub mod pacing;
pub mod people;
pub mod quiet_hours;
pub mod reminder;
pub mod request;
pub mod response;
#[cfg(test)]
mod sample;
pub mod service;
pub mod source;
pub mod telling;
pub mod template;
pub mod time;
pub mod timer;
pub mod travel;
pub mod undeliverable;
pub mod waiting_list;
pub mod watch;

pub use booking::{Booking, BookingState, Refusal};
pub use calendar::{Calendar, Provider, Role};
pub use fault::{Fault, Faults, Pointer};
pub use host::Host;
pub use id::{
    BookingId, CalendarId, ConnectionId, HoldId, HostId, IncidentId, KeyId, MessageId,
    OccurrenceId, OperationId, ServiceId, Slug, SourceId, TimelineEntryId, WorkspaceId,
};
pub use language::Language;
pub use occurrence::Occurrence;
pub use people::{Attendee, Email, Name, Phone};
pub use request::BookingRequest;
pub use service::Service;
pub use source::Source;
pub use time::Interval;
