//! What came of a booking form.

use app::LinkHolder;
use app::booking::{Booked, Progress};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{BookingId, BookingRequest, BookingState, Faults};

use crate::http::Problem;
use crate::pages::booking::Refused;
use crate::site::manage::slots;
use crate::site::{Site, failed};

/// What the visitor sees next.
pub(super) enum Outcome {
    /// Their booking.
    Booked(BookingId),
    /// The form, with what is wrong in it.
    Faults(Faults),
    /// The form, with why it cannot be.
    Refused(Refused),
    /// The service was taken down while they typed.
    NoService,
}

/// What follows from the use case's answer.
pub(super) async fn of(
    site: &Site,
    request: &BookingRequest,
    booked: Booked,
) -> Result<Outcome, Problem> {
    Ok(match booked {
        Booked::Accepted(
            Progress::Done(stored) | Progress::Pending(stored) | Progress::Waiting(stored),
        ) => Outcome::Booked(stored.booking.id),
        Booked::Replayed(stored) => match stored.booking.state {
            // The same form again, after the calendar said no: it hears so again.
            BookingState::Declined | BookingState::Failed | BookingState::Expired => {
                taken(site, request).await?
            }
            BookingState::Waitlisted { .. }
            | BookingState::Pending
            | BookingState::Confirmed { .. }
            | BookingState::Cancelled(_)
            | BookingState::Completed
            | BookingState::NoShow => Outcome::Booked(stored.booking.id),
        },
        Booked::Accepted(Progress::CalendarBusy) => taken(site, request).await?,
        Booked::Accepted(Progress::CalendarUnavailable) => {
            Outcome::Refused(Refused::CalendarUnavailable)
        }
        Booked::Refused { taken: true, alternatives } => {
            Outcome::Refused(Refused::Taken { alternatives: slots(&alternatives) })
        }
        Booked::Refused { taken: false, alternatives } => {
            Outcome::Refused(Refused::NotOffered { alternatives: slots(&alternatives) })
        }
        // The back button brings a form back with the id it was sent with.
        Booked::Mismatch => Outcome::Refused(Refused::SentBefore),
        Booked::UnknownHost | Booked::ForeignHold => {
            Outcome::Refused(Refused::NotOffered { alternatives: Vec::new() })
        }
        Booked::UnknownService => Outcome::NoService,
    })
}

async fn taken(site: &Site, request: &BookingRequest) -> Result<Outcome, Problem> {
    let nearest = site.app.alternatives(&request.service, request.start).await.map_err(failed)?;
    Ok(Outcome::Refused(Refused::Taken { alternatives: slots(&nearest) }))
}

/// Sends the visitor to their booking, by the lead's own link.
pub(super) fn to_manage_page(site: &Site, booking: BookingId, embedded: bool) -> Response {
    let token = site.app.link_key().token(LinkHolder { booking, position: 0 });
    let embed = if embedded { "&embed=1" } else { "" };
    Redirect::to(&format!("/b/{token}?notice=booked{embed}")).into_response()
}
