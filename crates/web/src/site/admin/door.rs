//! `/admin/occurrences` and the forms of a door.

use app::occurrence::{Door, Seated, WalkIn, WalkedIn};
use app::setup::Setup;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::people::Name;
use domain::request::LARGEST_PARTY;
use domain::{BookingId, BookingState, HostId, Interval, OccurrenceId, Refusal};
use jiff::SignedDuration;

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{PathOf, Problem};
use crate::pages::Page;
use crate::pages::admin::Section;
use crate::pages::admin::door::{
    DoorPage, Fault, GuestRow, OccurrenceRow, OccurrencesPage, Presence, Typed,
};
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::{Site, failed};

/// What has begun is still at the door this long.
const BEHIND: SignedDuration = SignedDuration::from_hours(12);
/// How far ahead starts are listed.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let setup = site.app.setup();
    let now = site.app.clock().now();
    let Some(within) = Interval::new(now - BEHIND, now + AHEAD) else {
        return Err(Problem::not_found());
    };
    let mut rows = Vec::new();
    for service in setup.setup.services().filter(|service| service.group.is_some()) {
        let occurrences = site.app.occurrences(&service.id, within).await.map_err(failed)?;
        rows.extend(occurrences.into_iter().map(|occurrence| OccurrenceRow {
            id: occurrence.id.to_string(),
            service: service.title.clone(),
            host: host_name(&setup.setup, &occurrence.host),
            start: occurrence.slot.start(),
            people: occurrence.taken,
            capacity: occurrence.capacity,
        }));
    }
    rows.sort_by_key(|row| row.start);
    let page = OccurrencesPage {
        frame: frame(&asked, &setup.setup),
        dashboard: dashboard(Section::Door, &signed_in),
        rows,
    };
    Ok(page.answer())
}

fn host_name(setup: &Setup, id: &HostId) -> String {
    setup.host(id).map_or_else(|| id.to_string(), |host| host.name.to_string())
}

pub(super) async fn show(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    Ok(page(&site, read_id(&id)?, &signed_in, &asked).await?.answer())
}

pub(super) async fn check_in(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    form: Form,
) -> Result<Response, Problem> {
    arrives(&site, &id, &form, true).await
}

pub(super) async fn undo(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    form: Form,
) -> Result<Response, Problem> {
    arrives(&site, &id, &form, false).await
}

async fn arrives(site: &Site, id: &str, form: &Form, arrived: bool) -> Result<Response, Problem> {
    let (id, booking) = (read_id(id)?, form.hidden("booking")?);
    let known = site.app.check_in(id, booking, arrived).await.map_err(failed)?;
    if known { Ok(back_to(id)) } else { Err(Problem::not_found()) }
}

pub(super) async fn no_show(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    signed_in: SignedIn,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let (id, booking) = (read_id(&id)?, form.hidden::<BookingId>("booking")?);
    match site.app.mark_no_show(booking).await.map_err(failed)? {
        None => Err(Problem::not_found()),
        Some(Err(Refusal::NotBegunYet)) => {
            refused(&site, id, &signed_in, &asked, (Fault::NotBegun, Typed::default())).await
        }
        // What has changed since the page was opened is on the page that follows.
        Some(
            Ok(_) | Err(Refusal::AlreadyOver | Refusal::ChangeInProgress | Refusal::NothingOffered),
        ) => Ok(back_to(id)),
    }
}

pub(super) async fn walk_in(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    signed_in: SignedIn,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let fault = match read_walk_in(id, &form) {
        Err(fault) => fault,
        Ok(walk_in) => match site.app.walk_in(walk_in).await.map_err(failed)? {
            WalkedIn::Seated(_) => return Ok(back_to(id)),
            WalkedIn::Full { remaining } => Fault::Full(remaining),
            WalkedIn::NotOpen => Fault::NotOpen,
            WalkedIn::NotFound => return Err(Problem::not_found()),
        },
    };
    let typed = Typed { name: form.typed("name"), people: form.typed("people") };
    refused(&site, id, &signed_in, &asked, (fault, typed)).await
}

fn read_walk_in(occurrence: OccurrenceId, form: &Form) -> Result<WalkIn, Fault> {
    let name =
        Name::parse(form.field("name").unwrap_or_default()).map_err(|_not_a_name| Fault::Name)?;
    let people = form.field("people").and_then(|people| people.trim().parse().ok());
    let people = people.filter(|people| (1..=LARGEST_PARTY).contains(people));
    Ok(WalkIn { occurrence, name, people: people.ok_or(Fault::People)? })
}

async fn refused(
    site: &Site,
    id: OccurrenceId,
    signed_in: &SignedIn,
    asked: &Asked,
    (fault, typed): (Fault, Typed),
) -> Result<Response, Problem> {
    let page = page(site, id, signed_in, asked).await?;
    Ok(DoorPage { fault: Some(fault), typed, ..page }.answer())
}

fn back_to(id: OccurrenceId) -> Response {
    Redirect::to(&format!("/admin/occurrences/{id}")).into_response()
}

fn read_id(id: &str) -> Result<OccurrenceId, Problem> {
    id.parse().map_err(|_not_an_id| Problem::not_found())
}

async fn page(
    site: &Site,
    id: OccurrenceId,
    signed_in: &SignedIn,
    asked: &Asked,
) -> Result<DoorPage, Problem> {
    let found = site.app.door(id).await.map_err(failed)?;
    let Door { occurrence, title, timezone, seated } = found.ok_or_else(Problem::not_found)?;
    let now = site.app.clock().now();
    Ok(DoorPage {
        frame: asked.dashboard_frame(timezone),
        dashboard: dashboard(Section::Door, signed_in),
        path: format!("/admin/occurrences/{id}"),
        service: title,
        start: occurrence.slot.start(),
        end: occurrence.slot.end(),
        capacity: occurrence.capacity,
        begun: occurrence.slot.start() <= now,
        guests: seated.iter().map(guest).collect(),
        typed: Typed::default(),
        fault: None,
    })
}

fn guest(seated: &Seated) -> GuestRow {
    let booking = &seated.booking;
    GuestRow {
        booking: booking.id.to_string(),
        name: booking.lead().label().to_owned(),
        people: booking.party_size,
        presence: match (&booking.state, seated.arrived_at) {
            (BookingState::NoShow, _) => Presence::NoShow,
            (BookingState::Pending, _) => Presence::Pending,
            (_, Some(_)) => Presence::Arrived,
            (_, None) => Presence::Expected,
        },
    }
}
