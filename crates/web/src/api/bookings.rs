//! `/v1/bookings`: accept, read, cancel, move, and what happened.

mod change;
mod create;
mod key;
mod list;
mod outcome;
mod timeline;
mod view;
mod wish;

pub(crate) use change::*;
pub(crate) use create::*;
pub(crate) use list::*;
pub(crate) use timeline::*;

pub(crate) use outcome::{Asked, Sight};
pub(crate) use view::PublicBookingView;
