//! Accepting seats that are kept for a booking on the waiting list.

use std::time::Duration;

use domain::{BookingId, Refusal};
use jiff::SignedDuration;
use serde_json::json;
use store::waiting_list::{AcceptOffer, OfferAccepted};

use super::Progress;
use super::book::{GRACE, Waiting};
use crate::{App, AppError, LONGEST_WAIT};

/// What came of accepting an offer.
#[derive(Debug, Clone)]
pub enum Accepted {
    /// It has its seats.
    Done(Progress),
    /// It cannot be.
    Refused(Refusal),
    /// There is no such booking, or its service is gone.
    NotFound,
}

impl App {
    /// Accepts the seats that are kept for a booking.
    pub async fn accept_offer(
        &self,
        id: BookingId,
        patience: Duration,
    ) -> Result<Accepted, AppError> {
        let Some(stored) = self.find_booking(id).await? else { return Ok(Accepted::NotFound) };
        let setup = self.reload_if_stale().await?;
        let Some(service) = setup.setup.service(&stored.booking.service) else {
            return Ok(Accepted::NotFound);
        };
        let patience = patience.min(LONGEST_WAIT);
        let waits = SignedDuration::try_from(patience).unwrap_or(SignedDuration::ZERO);
        let now = self.clock().now();
        let unit = AcceptOffer {
            workspace: self.workspace(),
            id,
            service: service.clone(),
            hosts: crate::slots::offers(&setup.setup, service, None),
            awaited_until: (!waits.is_zero()).then(|| now + waits + GRACE),
            lease: self.lease(),
            job_ids: [self.ids().job(), self.ids().job()],
            notify_ids: self.ids().job(),
            entry: self.entry("booking.offer_accepted", "Accepted the offered seats", &json!({})),
            now,
        };
        let place = self.0.waiting.for_booking(id);
        let waiting = Waiting { patience, is_lead: true, moves_to: None };
        Ok(match self.store().write(unit).await? {
            OfferAccepted::Done { job, .. } => {
                Accepted::Done(self.see_through(id, job, place, waiting).await?)
            }
            OfferAccepted::Refused(refusal) => Accepted::Refused(refusal),
            OfferAccepted::NotFound => Accepted::NotFound,
        })
    }
}
