//! Reading bookings.

use app::App;
use app::booking::BookingFilter;
use axum::Json;
use axum::extract::State;
use domain::people::{Email, Phone};
use domain::{BookingId, Faults, Pointer};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::change::id_of;
use super::view::BookingView;
use crate::api::auth::Reader;
use crate::api::document::Refused;
use crate::api::failure::Failure;
use crate::http::lists::{List, ListParameters, ListQuery};
use crate::http::{PathOf, Problem, QueryOf};

/// What a booking's status can be.
const STATUSES: [&str; 9] = [
    "waitlisted",
    "pending",
    "confirmed",
    "cancelled",
    "completed",
    "no_show",
    "declined",
    "failed",
    "expired",
];

/// Which bookings are wanted; everything that is given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `waitlisted`, `pending`, `confirmed`, `cancelled`, `completed`, `no_show`, `declined`, `failed`
    /// or `expired`.
    status: Option<String>,
    /// The host's slug.
    host: Option<String>,
    /// The service's slug.
    service: Option<String>,
    /// Starting at this time or after it: RFC 3339.
    from: Option<String>,
    /// Starting before this time: RFC 3339.
    to: Option<String>,
    /// An attendee's e-mail address or phone number.
    attendee: Option<String>,
}

impl Wanted {
    fn filter(self, app: &App) -> Result<BookingFilter, Faults> {
        let mut faults = Faults::new();
        let at = |parameter: &str| Pointer::root().at(parameter);
        if self.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
            let message = format!("must be one of {}", STATUSES.join(", "));
            faults.add(at("status"), "unknown_word", message);
        }
        let host = self.host.map(|slug| slug.parse());
        let service = self.service.map(|slug| slug.parse());
        let filter = BookingFilter {
            status: self.status,
            host: host.and_then(|host| faults.keep(at("host"), "not_a_slug", host)),
            service: service.and_then(|service| faults.keep(at("service"), "not_a_slug", service)),
            from: instant(self.from, at("from"), &mut faults),
            to: instant(self.to, at("to"), &mut faults),
            attendee: attendee(app, self.attendee, at("attendee"), &mut faults),
        };
        faults.into_result()?;
        Ok(filter)
    }
}

fn instant(text: Option<String>, at: Pointer, faults: &mut Faults) -> Option<Timestamp> {
    let read = text?.trim().parse::<Timestamp>().ok();
    if read.is_none() {
        let message = "must be a time with its offset, such as 2026-12-01T09:30:00+01:00";
        faults.add(at, "invalid_time", message);
    }
    read
}

/// An address or a number as it is stored.
fn attendee(app: &App, text: Option<String>, at: Pointer, faults: &mut Faults) -> Option<String> {
    let text = text?;
    let email = Email::parse(&text).ok().map(|email| email.to_string());
    let region = app.settings().default_region;
    let read = email.or_else(|| Phone::parse(&text, region).ok().map(|phone| phone.to_string()));
    if read.is_none() {
        let message = "must be an e-mail address or a phone number with its country code";
        faults.add(at, "invalid_attendee", message);
    }
    read
}

/// The bookings that match, by their start.
#[utoipa::path(
    get,
    path = "/v1/bookings",
    tag = "bookings",
    security(("key" = [])),
    params(Wanted, ListParameters),
    responses(
        (status = 200, description = "A piece of the list", body = List<BookingView>),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn list_bookings(
    State(app): State<App>,
    _caller: Reader,
    QueryOf(wanted): QueryOf<Wanted>,
    list: ListQuery,
) -> Result<Json<List<BookingView>>, Problem> {
    let filter = wanted.filter(&app)?;
    let found = app.list_bookings(filter, position(&list)?, fetch(&list)).await.map_err(Failure)?;
    let piece = List::piece(found, &list, |last| {
        (last.booking.slot.start().as_microsecond(), last.booking.id.to_string())
    });
    Ok(Json(piece.map(|stored| BookingView::from(&stored))))
}

/// Where the piece before ended.
fn position(list: &ListQuery) -> Result<Option<(Timestamp, BookingId)>, Faults> {
    let Some((start, id)) = list.after::<(i64, String)>()? else { return Ok(None) };
    let start = Timestamp::from_microsecond(start).ok();
    let position = start.zip(id.parse().ok());
    position.map(Some).ok_or_else(|| {
        Faults::one(Pointer::root().at("cursor"), "cursor", "is not a cursor of this list")
    })
}

/// How many rows to read.
pub(super) fn fetch(list: &ListQuery) -> i64 {
    i64::try_from(list.fetch()).unwrap_or(i64::MAX)
}

/// One booking.
#[utoipa::path(
    get,
    path = "/v1/bookings/{booking}",
    tag = "bookings",
    security(("key" = [])),
    params(("booking" = String, Path, description = "The booking's identifier.")),
    responses(
        (status = 200, description = "The booking", body = BookingView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn read_booking(
    State(app): State<App>,
    _caller: Reader,
    PathOf(id): PathOf<String>,
) -> Result<Json<BookingView>, Problem> {
    let stored = app.find_booking(id_of(&id)?).await.map_err(Failure)?;
    let stored = stored.ok_or_else(Problem::not_found)?;
    Ok(Json(BookingView::from(&stored)))
}
