//! What came of a request, as its caller is told.

use app::App;
use app::booking::{Booked, Moved, Progress, StoredBooking};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{BookingRequest, ServiceId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::view::{BookingView, PublicBookingView};
use crate::api::failure::{
    Failure, calendar_unavailable, fault, mismatch, not_free, of_refusal, taken_or_not_offered,
};
use crate::http::problem::{Code, Problem};

/// How much of a booking its caller may see.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight {
    /// All of it.
    Whole,
    /// Its time and status.
    Public,
}

/// The answer's header for a repeated request.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A time that was asked for, and in which zone its asker lives.
pub(crate) struct Asked<'a> {
    app: &'a App,
    service: &'a ServiceId,
    start: Timestamp,
    zone: TimeZone,
}

impl<'a> Asked<'a> {
    /// By a request to book: times are told in the lead's zone, or else in the first host's.
    pub(crate) fn by_request(app: &'a App, request: &'a BookingRequest) -> Self {
        let setup = app.setup();
        let service = setup.setup.service(&request.service);
        let host = service.and_then(|service| setup.setup.hosts_of(service).next());
        let zone = request.timezone().or(host.map(|host| &host.timezone));
        let zone = zone.cloned().unwrap_or(TimeZone::UTC);
        Self { app, service: &request.service, start: request.start, zone }
    }

    /// By a wish to move a booking: times are told as the booking's are.
    pub(super) fn by_move(app: &'a App, stored: &'a StoredBooking, start: Timestamp) -> Self {
        let booking = &stored.booking;
        Self { app, service: &booking.service, start, zone: booking.timezone.clone() }
    }

    /// What came of a request to book.
    pub(crate) async fn booked(&self, booked: Booked, sight: Sight) -> Result<Response, Problem> {
        match booked {
            Booked::Accepted(Progress::Done(stored)) => {
                Ok(made(StatusCode::CREATED, &stored, sight))
            }
            Booked::Accepted(Progress::Pending(stored) | Progress::Waiting(stored)) => {
                Ok(made(StatusCode::ACCEPTED, &stored, sight))
            }
            Booked::Accepted(Progress::CalendarBusy) => Err(self.lost(Code::CalendarBusy).await?),
            Booked::Accepted(Progress::CalendarUnavailable) => Err(calendar_unavailable()),
            Booked::Replayed(stored) => Ok(replayed(seen(&stored, sight))),
            Booked::Mismatch => Err(mismatch()),
            Booked::Refused { taken, alternatives } => {
                Err(not_free(taken_or_not_offered(taken), &alternatives, &self.zone))
            }
            Booked::ForeignHold => {
                Err(fault("hold", "foreign_hold", "is of another service, start or host"))
            }
            Booked::UnknownService => {
                Err(fault("service", "unknown_service", "no service has this id"))
            }
            Booked::UnknownHost => Err(unknown_host()),
        }
    }

    /// What came of a wish to move.
    pub(super) async fn moved(&self, moved: Moved, named_host: bool) -> Result<Response, Problem> {
        match moved {
            Moved::Accepted(Progress::Done(stored)) => Ok(seen(&stored, Sight::Whole)),
            Moved::Replayed(stored) => Ok(replayed(seen(&stored, Sight::Whole))),
            Moved::Accepted(Progress::Pending(stored) | Progress::Waiting(stored)) => {
                Ok(made(StatusCode::ACCEPTED, &stored, Sight::Whole))
            }
            Moved::Accepted(Progress::CalendarBusy) => Err(self.lost(Code::CalendarBusy).await?),
            Moved::Accepted(Progress::CalendarUnavailable) => Err(calendar_unavailable()),
            Moved::Refused(refusal) => Err(of_refusal(refusal)),
            Moved::NotOffered { taken, alternatives } => {
                Err(not_free(taken_or_not_offered(taken), &alternatives, &self.zone))
            }
            // Only who names the revision they saw can be late.
            Moved::Outdated => Err(Problem::change_in_progress()),
            Moved::Mismatch => Err(mismatch()),
            Moved::NotFound => Err(Problem::not_found()),
            Moved::UnknownHost if named_host => Err(unknown_host()),
            // The service was deleted: nothing of it is offered any more.
            Moved::UnknownHost => Err(Problem::new(Code::SlotUnavailable)),
        }
    }

    /// A time that cannot be had after all, with what is free nearby.
    pub(crate) async fn lost(&self, code: Code) -> Result<Problem, Problem> {
        let nearby = self.app.alternatives(self.service, self.start).await.map_err(Failure)?;
        Ok(not_free(code, &nearby, &self.zone))
    }
}

fn unknown_host() -> Problem {
    fault("host", "unknown_host", "the service has no host of this id")
}

/// A booking as it is.
pub(super) fn seen(stored: &StoredBooking, sight: Sight) -> Response {
    match sight {
        Sight::Whole => Json(BookingView::from(stored)).into_response(),
        Sight::Public => Json(PublicBookingView::from(&stored.booking)).into_response(),
    }
}

fn made(status: StatusCode, stored: &StoredBooking, sight: Sight) -> Response {
    let location = format!("/v1/bookings/{}", stored.booking.id);
    (status, [(header::LOCATION, location)], seen(stored, sight)).into_response()
}

/// The same answer, marked as that of a repeated request.
pub(super) fn replayed(mut answer: Response) -> Response {
    answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    answer
}
