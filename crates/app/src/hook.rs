//! A form's webhook: verified on its raw bytes, kept as received, read as its source says, booked.
//!
//! Invariants kept here:
//! - nothing of an unverified request is stored or looked into;
//! - a verified one is in the inbox before it is read, so that a malformed one can be replayed;
//! - a repeated submission leads to what the first one led to.

mod payload;
mod proof;
mod request;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::InboxId;
use domain::{BookingId, BookingRequest, BookingState, Faults, Source, SourceId};
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::inbox::{CloseInboxEntry, KeepInInbox};

use crate::booking::{Book, Booked, Progress, RequestKey};
use crate::intake::Intake;
use crate::{App, AppError};

pub use payload::Encoding;
pub use proof::Proof;

/// How long a form waits for the calendar.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a submission without an id is known by its contents.
const KNOWN_BY_CONTENTS: SignedDuration = SignedDuration::from_hours(24);

/// How JSON is read: strictly, with every fault and its place.
pub type ReadJson = fn(&[u8]) -> Result<Value, Faults>;

/// A verified request of a form.
#[derive(Debug)]
pub struct Delivery {
    /// Its content type, as it came.
    pub content_type: String,
    /// What that means.
    pub encoding: Encoding,
    /// The body, as it came.
    pub body: Vec<u8>,
}

/// What came of it.
#[derive(Debug)]
pub enum Delivered {
    /// It cannot be read. It stays in the inbox.
    Malformed(Faults),
    /// It was read, and this came of it.
    Booked(Box<BookingRequest>, Booked),
}

impl App {
    /// The source of that slug.
    pub async fn find_source(&self, slug: &str) -> Result<Option<Source>, AppError> {
        let Ok(id) = slug.parse::<SourceId>() else { return Ok(None) };
        let known = self.setup().setup.source(&id).cloned();
        Ok(match known {
            Some(source) => Some(source),
            None => self.reload_setup().await?.setup.source(&id).cloned(),
        })
    }

    /// Takes what a form sent. The caller has checked its [`Proof`].
    pub async fn deliver(
        &self,
        source: &Source,
        delivery: Delivery,
        read_json: ReadJson,
    ) -> Result<Delivered, AppError> {
        let entry = self.keep(source, &delivery).await?;
        let read = match payload::read(&delivery, read_json) {
            Ok(payload) => {
                let raw = request::raw(source, &payload);
                self.intake(&raw).await?.map(|intake| (intake, payload))
            }
            Err(faults) => Err(faults),
        };
        let delivered = match read {
            Ok((intake, payload)) => {
                let request = Box::new(intake.request.clone());
                let booked = self.book(self.wish(source, intake, payload)).await?;
                Delivered::Booked(request, booked)
            }
            Err(faults) => Delivered::Malformed(faults),
        };
        self.close(source, entry, &delivered).await?;
        Ok(delivered)
    }

    async fn keep(&self, source: &Source, delivery: &Delivery) -> Result<InboxId, AppError> {
        let id = self.ids().inbox();
        let unit = KeepInInbox {
            workspace: self.workspace(),
            id,
            source: source.id.clone(),
            content_type: delivery.content_type.clone(),
            body: delivery.body.clone(),
            now: self.clock().now(),
        };
        self.store().write(unit).await?;
        Ok(id)
    }

    fn wish(&self, source: &Source, intake: Intake, payload: Value) -> Book {
        let Intake { request, submission_id } = intake;
        let scope = format!("source/{}", source.id);
        let key = match submission_id.clone() {
            Some(key) => RequestKey { scope, key, expires_at: None },
            None => self.known_by_contents(scope, &request),
        };
        Book {
            request,
            hold: None,
            key: Some(key),
            submission_id,
            source: Some(source.id.clone()),
            payload,
            patience: PATIENCE,
            wait: false,
        }
    }

    /// The key of a submission without an id.
    fn known_by_contents(&self, scope: String, request: &BookingRequest) -> RequestKey {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(request.canonical().as_bytes()));
        let expires_at = Some(self.clock().now() + KNOWN_BY_CONTENTS);
        RequestKey { scope, key: format!("sha256:{digest}"), expires_at }
    }

    async fn close(
        &self,
        source: &Source,
        entry: InboxId,
        delivered: &Delivered,
    ) -> Result<(), AppError> {
        let (outcome, detail) = verdict(delivered);
        let booking = booking_of(delivered);
        tracing::info!(
            inbox.entry = %entry, source.id = %source.id, outcome, "a form's request was {outcome}"
        );
        let unit =
            CloseInboxEntry { workspace: self.workspace(), id: entry, outcome, detail, booking };
        Ok(self.store().write(unit).await?)
    }
}

/// The booking that a request led to, or had led to before.
fn booking_of(delivered: &Delivered) -> Option<BookingId> {
    let Delivered::Booked(_, booked) = delivered else { return None };
    match booked {
        Booked::Accepted(
            Progress::Done(stored) | Progress::Pending(stored) | Progress::Waiting(stored),
        )
        | Booked::Replayed(stored) => Some(stored.booking.id),
        Booked::Accepted(Progress::CalendarBusy | Progress::CalendarUnavailable)
        | Booked::Mismatch
        | Booked::Refused { .. }
        | Booked::ForeignHold
        | Booked::UnknownService
        | Booked::UnknownHost => None,
    }
}

/// The inbox's word for what happened, and what was wrong if anything was.
fn verdict(delivered: &Delivered) -> (&'static str, Option<String>) {
    let refused = |why: &str| ("refused", Some(why.to_owned()));
    match delivered {
        Delivered::Malformed(faults) => ("malformed", Some(faults.to_string())),
        Delivered::Booked(_, booked) => match booked {
            Booked::Accepted(Progress::Done(_) | Progress::Pending(_) | Progress::Waiting(_)) => {
                ("booked", None)
            }
            Booked::Accepted(Progress::CalendarBusy) => refused("the calendar is busy then"),
            Booked::Accepted(Progress::CalendarUnavailable) => {
                refused("the calendar cannot be read")
            }
            Booked::Replayed(stored) if stored.booking.state == BookingState::Declined => {
                ("replayed", Some("it was refused the first time".to_owned()))
            }
            Booked::Replayed(_) => ("replayed", None),
            Booked::Mismatch => refused("its submission id came with another request before"),
            Booked::Refused { taken: true, .. } => refused("that time is taken"),
            Booked::Refused { taken: false, .. } => refused("that time is not offered"),
            Booked::ForeignHold | Booked::UnknownService | Booked::UnknownHost => {
                refused("what it names has changed meanwhile")
            }
        },
    }
}

#[cfg(test)]
mod tests;
