//! Use cases that could not be carried out, as their callers are told.

use std::time::Duration;

use app::booking::Alternative;
use app::{AppError, Outage, SetupError};
use domain::{Faults, Pointer, Refusal};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::times::written;
use crate::http::problem::{Code, Problem};

/// How long to wait for a calendar that cannot be read.
const CALENDAR_WAIT: Duration = Duration::from_secs(30);

/// How long to wait for a database that is away, which restarts or changes over meanwhile.
const DATABASE_WAIT: Duration = Duration::from_secs(5);

/// A use case that failed through no fault of its caller.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) AppError);

impl From<Failure> for Problem {
    fn from(Failure(error): Failure) -> Self {
        match error.outage() {
            // Others were faster again and again: nothing is broken, and a moment later it works.
            Some(Outage::Overtaken) => {
                Self::new(Code::Unavailable).retry_after(Duration::from_secs(1))
            }
            Some(Outage::Database) => {
                tracing::error!("{error}");
                Self::new(Code::Unavailable).retry_after(DATABASE_WAIT)
            }
            None => Self::internal(&error),
        }
    }
}

/// A change of the setup that was not made.
pub(super) fn of_setup(error: SetupError) -> Problem {
    match error {
        SetupError::Faults(faults) => Problem::invalid_request(faults),
        SetupError::NotFound => Problem::not_found(),
        SetupError::Exists => Problem::new(Code::AlreadyExists),
        SetupError::InUse(why) => {
            Problem::new(Code::InUse).detail(format!("{}.", capitalised(&why)))
        }
        SetupError::App(error) => Failure(error).into(),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Why a booking cannot be changed as asked.
pub(super) fn of_refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::AlreadyOver => Problem::new(Code::AlreadyOver),
        Refusal::ChangeInProgress => Problem::change_in_progress(),
        Refusal::NotBegunYet => Problem::new(Code::NotBegunYet),
        Refusal::NothingOffered => Problem::new(Code::NothingOffered),
    }
}

/// A free slot near the one that could not be had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alternative)]
pub(crate) struct AlternativeView {
    /// When it starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// The slug of the host who is free then.
    host: String,
}

/// A time that is not to be had, with what is free nearby in the same zone.
pub(crate) fn not_free(code: Code, nearby: &[Alternative], zone: &TimeZone) -> Problem {
    let alternatives = nearby.iter().map(|near| AlternativeView {
        start: written(near.slot.start(), zone),
        end: written(near.slot.end(), zone),
        host: near.host.to_string(),
    });
    Problem::new(code).with("alternatives", alternatives.collect::<Vec<_>>())
}

/// The code of a refused time.
pub(crate) fn taken_or_not_offered(taken: bool) -> Code {
    if taken { Code::SlotTaken } else { Code::SlotUnavailable }
}

/// A `closed` service whose calendar cannot be read.
pub(crate) fn calendar_unavailable() -> Problem {
    Problem::calendar_unavailable(CALENDAR_WAIT)
}

/// A key that came with another request before.
pub(crate) fn mismatch() -> Problem {
    Problem::new(Code::IdempotencyMismatch)
}

/// One fault of the body.
pub(super) fn fault(member: &str, code: &'static str, message: &str) -> Problem {
    Faults::one(Pointer::root().at(member), code, message).into()
}
