//! `/admin/bookings/{id}` and the forms on it.

use app::booking::{Cancel, CancelOutcome, StoredBooking};
use app::job::GivenUp as StoredGivenUp;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::booking::Actor;
use domain::{Attendee, BookingId, BookingState, Refusal, TimelineEntryId};
use jiff::Timestamp;
use serde::Deserialize;

use super::bookings::host_names;
use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::problem::Code;
use crate::http::{PathOf, Problem, QueryOf};
use crate::pages::Page;
use crate::pages::admin::Section;
use crate::pages::admin::booking::{
    BookingPage, Coming, Conflict, Entry, GivenUp, MessageRow, Person,
};
use crate::pages::manage::Notice;
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::manage::reason;
use crate::site::{Site, failed, standing};

/// How many entries of a timeline one page shows: each may be large.
const ENTRIES: usize = 100;
/// Jobs of one booking that were given up: there are only so many kinds.
const MOST_GIVEN_UP: i64 = 200;

/// Where the timeline goes on.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    after: Option<String>,
}

pub(super) async fn show(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    signed_in: SignedIn,
    asked: Asked,
    QueryOf(from): QueryOf<From>,
) -> Result<Response, Problem> {
    let stored = find(&site, &id).await?;
    let after = from.after.as_deref().and_then(|after| after.parse().ok());
    let notice = asked.query.notice();
    let notice = notice.and_then(|code| Notice::announced(code, standing_of(&site, &stored)));
    Ok(page(&site, &signed_in, &asked, &stored, (after, notice)).await?.answer())
}

pub(super) async fn cancel(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    signed_in: SignedIn,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let wish = Cancel {
        id,
        by: Actor::Host,
        reason: reason(&form)?,
        seen: Some(form.hidden("revision")?),
        key: None,
    };
    let notice = match site.app.cancel(wish).await.map_err(failed)? {
        CancelOutcome::Done(_) | CancelOutcome::Replayed(_) => return Ok(back_to(id, "cancelled")),
        CancelOutcome::NotFound => return Err(Problem::not_found()),
        CancelOutcome::Refused(Refusal::ChangeInProgress) => Notice::ChangeInProgress,
        CancelOutcome::Refused(_) => Notice::AlreadyOver,
        CancelOutcome::Outdated | CancelOutcome::Mismatch => Notice::ChangedMeanwhile,
    };
    let stored = find(&site, &id.to_string()).await?;
    if matches!(stored.booking.state, BookingState::Cancelled(_)) {
        return Ok(back_to(id, "cancelled")); // A second click is not an error.
    }
    Ok(page(&site, &signed_in, &asked, &stored, (None, Some(notice))).await?.answer())
}

pub(super) async fn no_show(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    match site.app.mark_no_show(id).await.map_err(failed)? {
        None => Err(Problem::not_found()),
        Some(Ok(_)) => Ok(back_to(id, "no_show")),
        Some(Err(Refusal::NotBegunYet)) => Err(Problem::new(Code::NotBegunYet)),
        Some(Err(Refusal::AlreadyOver | Refusal::ChangeInProgress | Refusal::NothingOffered)) => {
            Err(Problem::new(Code::AlreadyOver))
        }
    }
}

fn back_to(id: BookingId, notice: &str) -> Response {
    Redirect::to(&format!("/admin/bookings/{id}?notice={notice}")).into_response()
}

fn read_id(id: &str) -> Result<BookingId, Problem> {
    id.parse().map_err(|_not_an_id| Problem::not_found())
}

async fn find(site: &Site, id: &str) -> Result<StoredBooking, Problem> {
    let found = site.app.find_booking(read_id(id)?).await.map_err(failed)?;
    found.ok_or_else(Problem::not_found)
}

fn standing_of(site: &Site, stored: &StoredBooking) -> crate::pages::status::Status {
    standing::status(&stored.booking, site.app.clock().now())
}

async fn page(
    site: &Site,
    signed_in: &SignedIn,
    asked: &Asked,
    stored: &StoredBooking,
    (after, notice): (Option<TimelineEntryId>, Option<Notice>),
) -> Result<BookingPage, Problem> {
    let booking = &stored.booking;
    let now = site.app.clock().now();
    let setup = site.app.setup();
    let (timeline, more) = timeline(site, booking.id, after).await?;
    let given_up = site.app.list_given_up(Some(booking.id), MOST_GIVEN_UP).await.map_err(failed)?;
    let came_by = booking.source.as_ref().map(ToString::to_string);
    Ok(BookingPage {
        frame: frame(asked, &setup.setup),
        dashboard: dashboard(Section::Bookings, signed_in),
        notice,
        id: booking.id.to_string(),
        revision: booking.revision,
        status: standing::status(booking, now),
        service: booking.title.clone(),
        location: booking.location.clone(),
        host: host_names(&setup.setup, booking),
        start: booking.slot.start(),
        end: booking.slot.end(),
        moving_to: booking.change().map(|change| change.slot.start()),
        unreached: stored.unreached_at.is_some(),
        conflict: stored
            .conflict
            .as_ref()
            .map(|conflict| Conflict { kind: conflict.kind, at: conflict.at.start() }),
        attendee: person(booking.lead()),
        guests: booking.attendees.iter().skip(1).map(person).collect(),
        coming: coming(stored),
        party_size: booking.party_size,
        notes: booking.notes.clone(),
        answers: booking.answers.clone().into_iter().collect(),
        source: came_by,
        created_at: booking.created_at,
        calendar_event: event_link(stored),
        given_up: given_up.iter().map(given_up_view).collect(),
        may_cancel: booking.state.is_active()
            || matches!(booking.state, BookingState::Waitlisted { .. }),
        may_mark_no_show: may_mark_no_show(booking, now),
        messages: messages(site, booking.id).await?,
        timeline,
        more,
    })
}

async fn timeline(
    site: &Site,
    id: BookingId,
    after: Option<TimelineEntryId>,
) -> Result<(Vec<Entry>, Option<String>), Problem> {
    let limit = i64::try_from(ENTRIES + 1).unwrap_or(i64::MAX);
    let entries = site.app.timeline(id, after, limit).await.map_err(failed)?;
    let last = entries.get(ENTRIES - 1).filter(|_| entries.len() > ENTRIES);
    let more = last.map(|last| format!("/admin/bookings/{id}?after={}#timeline", last.id));
    let entries = entries.into_iter().take(ENTRIES).map(|entry| Entry {
        at: entry.at,
        kind: entry.kind,
        summary: entry.summary,
        data: serde_json::from_str(&entry.data).ok().filter(has_something),
    });
    Ok((entries.collect(), more))
}

fn has_something(data: &serde_json::Value) -> bool {
    data.as_object().is_none_or(|members| !members.is_empty()) && !data.is_null()
}

async fn messages(site: &Site, id: BookingId) -> Result<Vec<MessageRow>, Problem> {
    let messages = site.app.messages(id).await.map_err(failed)?;
    let row = |message: app::booking::MessageSummary| MessageRow {
        at: message.created_at,
        channel: message.channel,
        news: message.news,
        recipient: message.recipient,
        state: message.state,
    };
    Ok(messages.into_iter().map(row).collect())
}

fn coming(stored: &StoredBooking) -> Vec<Coming> {
    let named = |position: u32| {
        let index = usize::try_from(position).ok()?;
        stored.booking.attendees.get(index).map(|attendee| attendee.label().to_owned())
    };
    let said = stored.attending.iter();
    said.filter_map(|said| {
        let (channel, at) = (said.channel.clone(), said.said_at);
        named(said.position).map(|name| Coming { name, channel, at })
    })
    .collect()
}

fn person(attendee: &Attendee) -> Person {
    Person {
        name: attendee.label().to_owned(),
        email: attendee.email.as_ref().map(ToString::to_string),
        phone: attendee.phone.as_ref().map(ToString::to_string),
    }
}

/// The newest event's page at the provider. A link from outside is believed only over `https`.
fn event_link(stored: &StoredBooking) -> Option<String> {
    let links = stored.events.iter().rev().filter_map(|event| event.html_link.as_ref());
    links.into_iter().find(|link| link.starts_with("https://")).cloned()
}

fn given_up_view(job: &StoredGivenUp) -> GivenUp {
    GivenUp { job: job.id.to_string(), kind: job.kind.clone(), error: job.last_error.clone() }
}

fn may_mark_no_show(booking: &domain::Booking, now: Timestamp) -> bool {
    match booking.state {
        BookingState::Confirmed { .. } => booking.slot.start() <= now,
        BookingState::Completed => true,
        BookingState::Waitlisted { .. }
        | BookingState::Pending
        | BookingState::Cancelled(_)
        | BookingState::NoShow
        | BookingState::Declined
        | BookingState::Failed
        | BookingState::Expired => false,
    }
}
