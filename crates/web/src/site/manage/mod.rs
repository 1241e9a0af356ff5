//! `/b/{token}`: view, move, cancel, add to calendar.
//!
//! The token is the whole authority, so these pages need no cookie; and since it stands in the
//! address, they tell no other site where they are.

mod accept;
mod cancel;
mod reschedule;

pub(super) use cancel::reason;
pub(super) use reschedule::slots;

use std::sync::Arc;

use app::booking::StoredBooking;
use app::{LinkHolder, SetupSnapshot};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::{Booking, Interval, Language, Service};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderName, HeaderValue};

use super::asked::Asked;
use super::offer::Looking;
use super::service::whole_minutes;
use super::{Site, failed, standing};
use crate::http::{PathOf, Problem};
use crate::pages::manage::{Allowed, BookingView, ByPhone, ManagePage, Notice};
use crate::pages::message::{MessagePage, Occasion};
use crate::pages::picker::Picker;
use crate::pages::status::Status;
use crate::pages::{Frame, Page, ServiceView};

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/b/{token}", get(show))
        .route("/b/{token}/event.ics", get(event))
        .route("/b/{token}/accept", post(accept::accept))
        .route("/b/{token}/cancel", post(cancel::cancel))
        .route("/b/{token}/move", post(reschedule::reschedule))
}

/// A booking that somebody came to by their link.
struct Opened {
    path: String,
    holder: LinkHolder,
    stored: StoredBooking,
    setup: Arc<SetupSnapshot>,
    allowed: Allowed,
    status: Status,
    /// The place on the waiting list.
    place: Option<u32>,
    /// Where the same service can be booked once more.
    booking_page: String,
    phone: Option<ByPhone>,
}

async fn show(
    State(site): State<Site>,
    PathOf(token): PathOf<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    let mut page = opened.page(&asked);
    page.notice = asked.query.notice().and_then(|code| Notice::announced(code, opened.status));
    if asked.query.moving() && opened.may_move() {
        page.picker = opened.picker(&site, &asked).await?;
    }
    Ok(answer(&page))
}

async fn event(
    State(site): State<Site>,
    PathOf(token): PathOf<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    let booking = opened.booking();
    if !booking.state.is_active() {
        return Err(Problem::not_found());
    }
    let ics = site.app.ics(booking, booking.slot, booking.updated_at).await;
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8; method=PUBLISH"),
        (CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\""),
        NO_REFERRER,
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    Ok((headers, ics).into_response())
}

/// Tells neither a link on the page nor its own files where the page is.
const NO_REFERRER: (HeaderName, &str) = (REFERRER_POLICY, "no-referrer");

fn answer(page: &ManagePage) -> Response {
    secret(page.answer())
}

fn secret(mut response: Response) -> Response {
    let (name, value) = NO_REFERRER;
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

fn unknown_link(asked: &Asked) -> Response {
    let frame = asked.timeless_frame();
    secret(MessagePage { frame, occasion: Occasion::UnknownLink }.answer())
}

impl Opened {
    /// The booking that a token opens; `None` for a token that is not ours.
    async fn open(site: &Site, token: &str) -> Result<Option<Self>, Problem> {
        let Some(holder) = site.app.link_key().holder(token) else { return Ok(None) };
        let found = site.app.find_booking(holder.booking).await.map_err(failed)?;
        let attends = |stored: &StoredBooking| {
            usize::try_from(holder.position).is_ok_and(|at| at < stored.booking.attendees.len())
        };
        let Some(stored) = found.filter(attends) else { return Ok(None) };
        let setup = site.app.setup();
        let (booking, now) = (&stored.booking, site.app.clock().now());
        let service = setup.setup.service(&booking.service);
        let allowed = standing::allowed(booking, holder, service, now);
        let status = standing::status(booking, now);
        let path = format!("/b/{token}");
        let place = if status == Status::Waitlisted {
            site.app.place_in_line(booking.id).await.map_err(failed)?
        } else {
            None
        };
        let by_phone = allowed == Allowed::Change && booking.state.is_active();
        let line = site.app.phone_line(booking, holder.position).filter(|_| by_phone);
        let phone = line.map(|line| ByPhone { number: line.number, code: line.code });
        let booking_page = if booking.service.is_ad_hoc() {
            String::new()
        } else {
            site.app.booking_page(&booking.service)
        };
        Ok(Some(Self { path, holder, stored, setup, allowed, status, place, booking_page, phone }))
    }

    fn booking(&self) -> &Booking {
        &self.stored.booking
    }

    fn service(&self) -> Option<&Service> {
        self.setup.setup.service(&self.booking().service)
    }

    fn may_move(&self) -> bool {
        let fixed = matches!(self.status, Status::Moving | Status::Waitlisted);
        // No times are offered of what is of no service.
        self.allowed == Allowed::Change && !fixed && !self.booking().service.is_ad_hoc()
    }

    /// Why a change is refused before it is tried.
    fn refused(&self) -> Option<Notice> {
        match self.allowed {
            Allowed::Change => None,
            Allowed::Look => Some(Notice::NotAllowed),
            Allowed::Nothing => Some(Notice::AlreadyOver),
        }
    }

    fn page(&self, asked: &Asked) -> ManagePage {
        ManagePage {
            frame: self.frame(asked),
            path: self.path.clone(),
            booking: self.view(),
            allowed: self.allowed,
            picker: None,
            notice: None,
        }
    }

    /// What surrounds the page, in the language in which whoever has the link is written to.
    fn frame(&self, asked: &Asked) -> Frame {
        let booking = self.booking();
        let index = usize::try_from(self.holder.position).unwrap_or(usize::MAX);
        let own = booking.attendees.get(index).and_then(|attendee| attendee.locale.as_ref());
        let locale = own.or(booking.lead().locale.as_ref());
        let language = locale.and_then(|locale| Language::of_tag(locale));
        asked.frame_in(language, booking.timezone.clone())
    }

    fn page_with(&self, asked: &Asked, notice: Notice) -> ManagePage {
        ManagePage { notice: Some(notice), ..self.page(asked) }
    }

    fn view(&self) -> BookingView {
        let booking = self.booking();
        let ends = |slot: Interval| (slot.start(), slot.end());
        BookingView {
            id: booking.id.to_string(),
            revision: booking.revision,
            status: self.status,
            service: self.service_view(),
            start: booking.slot.start(),
            end: booking.slot.end(),
            moving_to: booking.change().map(|change| ends(change.slot)),
            attendee: booking.lead().label().to_owned(),
            party_size: booking.party_size,
            place: self.place,
            offered_until: booking.offer().map(|offer| offer.until),
            phone: self.phone.clone(),
        }
    }

    /// What was booked, as it was called then: the service may have changed or gone.
    fn service_view(&self) -> ServiceView {
        let booking = self.booking();
        let hosts = booking.hosts().filter_map(|host| self.setup.setup.host(host));
        ServiceView {
            slug: booking.service.to_string(),
            page: self.booking_page.clone(),
            title: booking.title.clone(),
            location: booking.location.clone(),
            description: None,
            length_minutes: whole_minutes(booking.slot.length()),
            hosts: hosts.map(|host| host.name.to_string()).collect(),
        }
    }

    /// Other times for this booking; `None` when its service is no longer offered.
    async fn picker(&self, site: &Site, asked: &Asked) -> Result<Option<Picker>, Problem> {
        let Some(service) = self.service() else { return Ok(None) };
        let looking = Looking {
            service,
            visitor: &self.frame(asked).visitor,
            path: self.path.clone(),
            keep: vec![("move", "1".to_owned())],
        };
        looking.picker(&site.app, &asked.query).await.map(Some).map_err(failed)
    }

    /// Back to the page itself, so that reloading it repeats nothing.
    fn done(&self, asked: &Asked, notice: &str) -> Response {
        let address = asked.keeping_language(format!("{}?notice={notice}", self.path));
        secret(Redirect::to(&address).into_response())
    }
}
