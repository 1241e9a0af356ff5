//! `/book/{service}`: choosing a slot and booking it.
//!
//! Open to anybody and without a cookie. The form carries an id of its own, made with the page, so
//! that sending it twice books once.

mod outcome;
mod request;

use app::booking::{Book, RequestKey};
use app::intake::Intake;
use app::service_link::Pass;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::request::LARGEST_PARTY;
use domain::{Faults, Interval};
use jiff::{SignedDuration, Timestamp};

use self::outcome::Outcome;
use super::asked::Asked;
use super::form::Form;
use super::manage::slots;
use super::offer::{Looking, free_slot};
use super::service::Offered;
use super::{PATIENCE, Site, failed};
use crate::http::{PathOf, Problem};
use crate::pages::Page;
use crate::pages::booking::{BookingForm, BookingPage, Refused, Values};
use crate::pages::message::{MessagePage, Occasion};
use crate::pages::picker::Slot;

/// How long a form is known again: longer than anybody clicks twice.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/book/{service}", get(show).post(submit))
}

async fn show(
    State(site): State<Site>,
    PathOf(slug): PathOf<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let Some(offered) = offered(&site, &slug, &asked).await? else { return Ok(no_service(&asked)) };
    let mut page = page(&site, &offered, &asked).await?;
    match page.picker.picked() {
        Some(slot) => page.form = Some(empty_form(&site, &offered, slot)),
        None => page.refused = asked.query.start().map(|start| gone(&site, start)),
    }
    Ok(page.answer())
}

async fn submit(
    State(site): State<Site>,
    PathOf(slug): PathOf<String>,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let asked = asked.with_query(form.picker_query());
    let Some(offered) = offered(&site, &slug, &asked).await? else { return Ok(no_service(&asked)) };
    let outcome = match request::read(&site, &offered, &form).await? {
        Ok(intake) => {
            let request = intake.request.liking(asked.language());
            let intake = Intake { request: request.clone(), ..intake };
            let booked = site.app.book(wish(&site, &form, intake)).await;
            outcome::of(&site, &request, booked.map_err(failed)?).await?
        }
        Err(faults) => refused_start(&site, &offered, &asked, faults).await?,
    };
    match outcome {
        Outcome::Booked(id) => Ok(outcome::to_manage_page(&site, id, asked.query.embedded())),
        Outcome::NoService => Ok(no_service(&asked)),
        Outcome::Refused(refused) => again(&site, &offered, &asked, &form, Err(refused)).await,
        Outcome::Faults(faults) => again(&site, &offered, &asked, &form, Ok(faults)).await,
    }
}

fn wish(site: &Site, form: &Form, Intake { request, submission_id }: Intake) -> Book {
    let expires_at = Some(site.app.clock().now() + KEPT);
    let scope = || "page".to_owned();
    Book {
        request,
        hold: None,
        key: submission_id.clone().map(|key| RequestKey { scope: scope(), key, expires_at }),
        submission_id,
        source: None,
        payload: form.payload(),
        patience: PATIENCE,
        wait: form.field("waitlist") == Some("true"),
    }
}

/// A start that has passed is not a typing error: other times help, and nothing else does.
async fn refused_start(
    site: &Site,
    offered: &Offered,
    asked: &Asked,
    faults: Faults,
) -> Result<Outcome, Problem> {
    let about_start = |fault: &domain::Fault| fault.pointer.as_str() == request::START;
    let (true, Some(start)) = (faults.as_slice().iter().all(about_start), asked.query.start())
    else {
        return Ok(Outcome::Faults(faults));
    };
    let nearest = site.app.alternatives(&offered.service().id, start).await.map_err(failed)?;
    Ok(Outcome::Refused(Refused::TooLate { alternatives: slots(&nearest) }))
}

/// The page again, with everything that was typed. A form that is sent again is a new request, so
/// it gets a new id: the old one may stand for a booking that the calendar refused.
async fn again(
    site: &Site,
    offered: &Offered,
    asked: &Asked,
    form: &Form,
    verdict: Result<Faults, Refused>,
) -> Result<Response, Problem> {
    let mut page = page(site, offered, asked).await?;
    let start = asked.query.start();
    let as_asked = || Interval::starting(start?, offered.service().rules.duration).map(free_slot);
    let slot = page.picker.picked().or_else(as_asked);
    let values = values(form);
    page.form = slot.map(|slot| BookingForm { values, ..empty_form(site, offered, slot) });
    match verdict {
        Err(refused) => page.refused = Some(refused),
        Ok(faults) => match &mut page.form {
            Some(form) => form.faults = request::shown(&page.frame, &faults),
            None => page.refused = Some(Refused::NotOffered { alternatives: Vec::new() }),
        },
    }
    Ok(page.answer())
}

async fn offered(site: &Site, slug: &str, asked: &Asked) -> Result<Option<Offered>, Problem> {
    Offered::find(&site.app, slug, &Pass::of(asked.query.link())).await.map_err(failed)
}

fn no_service(asked: &Asked) -> Response {
    let frame = asked.timeless_frame();
    MessagePage { frame, occasion: Occasion::ServiceNotFound }.answer()
}

async fn page(site: &Site, offered: &Offered, asked: &Asked) -> Result<BookingPage, Problem> {
    let frame = asked.frame(offered.zone());
    let embed = frame.embedded.then(|| ("embed", "1".to_owned()));
    let link = asked.query.link().map(|token| ("link", token.to_owned()));
    let looking = Looking {
        service: offered.service(),
        visitor: &frame.visitor,
        path: format!("/book/{}", offered.service().id),
        keep: embed.into_iter().chain(link).collect(),
    };
    let picker = looking.picker(&site.app, &asked.query).await.map_err(failed)?;
    Ok(BookingPage { frame, service: offered.view(), picker, form: None, refused: None })
}

fn empty_form(site: &Site, offered: &Offered, slot: Slot) -> BookingForm {
    BookingForm {
        slot,
        submission_id: URL_SAFE_NO_PAD.encode(site.app.ids().secret::<16>()),
        values: Values::default(),
        faults: Vec::new(),
        most_people: most_people(offered, &slot),
    }
}

/// The largest party that may come, or wait, where several bookings share a slot.
fn most_people(offered: &Offered, slot: &Slot) -> Option<u32> {
    let capacity = offered.service().group.as_ref()?.capacity;
    let most = if slot.remaining == 0 { capacity } else { slot.remaining.min(capacity) };
    Some(most.min(LARGEST_PARTY))
}

fn values(form: &Form) -> Values {
    Values {
        name: form.typed("name"),
        email: form.typed("email"),
        phone: form.typed("phone"),
        party_size: form.typed("party_size"),
        notes: form.typed("notes"),
    }
}

/// What to say of a slot in the address that nobody can have: it was offered when the link was made.
fn gone(site: &Site, start: Timestamp) -> Refused {
    let alternatives = Vec::new();
    if start <= site.app.clock().now() {
        Refused::TooLate { alternatives }
    } else {
        Refused::Taken { alternatives }
    }
}
