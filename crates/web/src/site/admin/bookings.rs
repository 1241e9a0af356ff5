//! `/admin` and `/admin/bookings`

use app::booking::{BookingFilter, StoredBooking};
use app::setup::Setup;
use axum::extract::State;
use axum::response::Response;
use domain::{Booking, BookingId, Email, HostId, Phone};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{Problem, QueryOf};
use crate::pages::admin::Section;
use crate::pages::admin::bookings::{BookingsPage, Filter, Named, Row};
use crate::pages::{Frame, Page};
use crate::site::asked::Asked;
use crate::site::{Site, failed, standing};

/// How many bookings one page shows.
const ROWS: usize = 50;
/// How many bookings today's page shows; nobody has more in one day.
const ROWS_TODAY: usize = 500;

/// The filter as a form or a link sends it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    status: Option<String>,
    host: Option<String>,
    service: Option<String>,
    from: Option<String>,
    to: Option<String>,
    attendee: Option<String>,
    /// The start in microseconds and the id of the last booking seen, with a dot between.
    after: Option<String>,
}

pub(super) async fn today(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let today = today_at(&site, &asked).to_string();
    let wanted = Wanted { from: Some(today.clone()), to: Some(today), ..Wanted::default() };
    let page = page(&site, &signed_in, &asked, wanted, Section::Today).await?;
    Ok(page.answer())
}

/// Without a filter, what is still to come: the first booking ever made interests nobody.
pub(super) async fn all(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let wanted = if wanted.is_empty() {
        Wanted { from: Some(today_at(&site, &asked).to_string()), ..wanted }
    } else {
        wanted
    };
    let page = page(&site, &signed_in, &asked, wanted, Section::Bookings).await?;
    Ok(page.answer())
}

fn today_at(site: &Site, asked: &Asked) -> Date {
    let frame = frame(asked, &site.app.setup().setup);
    frame.visitor.date_of(site.app.clock().now())
}

async fn page(
    site: &Site,
    signed_in: &SignedIn,
    asked: &Asked,
    wanted: Wanted,
    section: Section,
) -> Result<BookingsPage, Problem> {
    let setup = site.app.setup();
    let frame = frame(asked, &setup.setup);
    let now = site.app.clock().now();
    let rows = if section == Section::Today { ROWS_TODAY } else { ROWS };
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(rows + 1).unwrap_or(i64::MAX);
    let listed = match wanted.filter(&setup.setup, frame.visitor.zone()) {
        Some(filter) => {
            site.app.list_bookings(filter, wanted.after(), limit).await.map_err(failed)?
        }
        None => Vec::new(),
    };
    let more = (listed.len() > rows).then(|| wanted.link_after(&listed[rows - 1]));
    let shown = listed.iter().take(rows).map(|stored| row(stored, &setup.setup, now)).collect();
    let today = frame.visitor.date_of(now);
    Ok(BookingsPage {
        dashboard: dashboard(section, signed_in),
        today,
        filter: wanted.typed(),
        hosts: hosts(&setup.setup),
        services: services(&setup.setup),
        rows: shown,
        more,
        frame,
    })
}

fn row(stored: &StoredBooking, setup: &Setup, now: Timestamp) -> Row {
    let booking = &stored.booking;
    Row {
        id: booking.id.to_string(),
        start: booking.slot.start(),
        end: booking.slot.end(),
        attendee: booking.lead().label().to_owned(),
        party_size: booking.party_size,
        service: booking.title.clone(),
        host: host_names(setup, booking),
        status: standing::status(booking, now),
    }
}

/// The name of a host; the slug of one that is gone.
pub(super) fn host_name(setup: &Setup, id: &HostId) -> String {
    setup.host(id).map_or_else(|| id.to_string(), |host| host.name.to_string())
}

/// Everyone who comes.
pub(super) fn host_names(setup: &Setup, booking: &Booking) -> String {
    booking.hosts().map(|host| host_name(setup, host)).collect::<Vec<_>>().join(", ")
}

fn hosts(setup: &Setup) -> Vec<Named> {
    let named =
        |host: &domain::Host| Named { slug: host.id.to_string(), title: host.name.to_string() };
    setup.hosts().map(named).collect()
}

/// What can be chosen from in a form.
pub(super) fn services(setup: &Setup) -> Vec<Named> {
    let named = |service: &domain::Service| Named {
        slug: service.id.to_string(),
        title: service.title.clone(),
    };
    setup.services().map(named).collect()
}

impl Wanted {
    fn is_empty(&self) -> bool {
        let fields = [
            &self.status,
            &self.host,
            &self.service,
            &self.from,
            &self.to,
            &self.attendee,
            &self.after,
        ];
        fields.iter().all(|field| field.is_none())
    }

    /// What it means; `None` where nothing can match, as for a slug that is none.
    fn filter(&self, setup: &Setup, zone: &TimeZone) -> Option<BookingFilter> {
        let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
        let from = self.from.as_deref().and_then(read_date);
        let to = self.to.as_deref().and_then(read_date);
        Some(BookingFilter {
            status: self.status.clone(),
            host: self.host.as_deref().map(str::parse).transpose().ok()?,
            service: self.service.as_deref().map(str::parse).transpose().ok()?,
            from: from.and_then(midnight),
            to: to.and_then(|date| date.tomorrow().ok()).and_then(midnight),
            attendee: self.attendee.as_deref().map(|typed| address(typed, setup)),
        })
    }

    fn typed(&self) -> Filter {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Filter {
            status: text(&self.status),
            host: text(&self.host),
            service: text(&self.service),
            from: text(&self.from),
            to: text(&self.to),
            attendee: text(&self.attendee),
        }
    }

    fn after(&self) -> Option<(Timestamp, BookingId)> {
        let (start, id) = self.after.as_deref()?.split_once('.')?;
        Some((Timestamp::from_microsecond(start.parse().ok()?).ok()?, id.parse().ok()?))
    }

    fn link_after(&self, last: &StoredBooking) -> String {
        let fields = [
            ("status", &self.status),
            ("host", &self.host),
            ("service", &self.service),
            ("from", &self.from),
            ("to", &self.to),
            ("attendee", &self.attendee),
        ];
        let mut query = Serializer::new(String::new());
        for (name, value) in fields {
            value.as_ref().map(|value| query.append_pair(name, value));
        }
        let booking = &last.booking;
        let after = format!("{}.{}", booking.slot.start().as_microsecond(), booking.id);
        query.append_pair("after", &after);
        format!("/admin/bookings?{}", query.finish())
    }
}

/// A date as a form sends it.
pub(super) fn read_date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| (2000..=2200).contains(&date.year()))
}

/// An address or number as it is stored; a number without a country code is the first host's.
fn address(typed: &str, setup: &Setup) -> String {
    let region = setup.hosts().find_map(|host| host.phone.as_ref()?.country());
    let email = || Email::parse(typed).ok().map(|email| email.to_string());
    let phone = || Phone::parse(typed, region).ok().map(|phone| phone.to_string());
    email().or_else(phone).unwrap_or_else(|| typed.trim().to_owned())
}

/// A link to the bookings of one service, for other pages of the dashboard.
pub(super) fn link_to_service(frame: &Frame, service: &str, now: Timestamp) -> String {
    let from = frame.visitor.date_of(now).to_string();
    let mut query = Serializer::new(String::new());
    query.append_pair("service", service).append_pair("from", &from);
    format!("/admin/bookings?{}", query.finish())
}
