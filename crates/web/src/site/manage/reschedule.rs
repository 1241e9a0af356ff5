//! `POST /b/{token}/move`

use app::booking::{Alternative, Move, Moved, Progress};
use axum::extract::State;
use axum::response::Response;
use domain::booking::Actor;
use jiff::Timestamp;

use super::cancel::refusal_notice;
use super::{Opened, answer, unknown_link};
use crate::http::{PathOf, Problem};
use crate::pages::booking::Refused;
use crate::pages::manage::{ManagePage, Notice};
use crate::pages::query::PickerQuery;
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::offer::free_slot;
use crate::site::{PATIENCE, Site, failed};

pub(super) async fn reschedule(
    State(site): State<Site>,
    PathOf(token): PathOf<String>,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    let start: Timestamp = form.hidden("start")?;
    if opened.is_at(start) {
        return Ok(opened.done(&asked, "moved")); // A second click is not an error.
    }
    if let Some(notice) = opened.refused() {
        return Ok(answer(&opened.page_with(&asked, notice)));
    }
    let wish = Move {
        id: opened.holder.booking,
        start,
        host: None,
        by: Actor::Attendee,
        seen: Some(form.hidden("revision")?),
        key: None,
        patience: PATIENCE,
    };
    let moved = site.app.reschedule(wish).await.map_err(failed)?;
    let notice = match notice(&site, &opened, start, moved).await? {
        Answered::Moved => return Ok(opened.done(&asked, "moved")),
        Answered::Notice(notice) => notice,
    };
    // It may stand differently from when it was opened, so it is read again.
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    if opened.is_at(start) {
        return Ok(opened.done(&asked, "moved"));
    }
    let query = PickerQuery::picking(start).in_zone_of(&form.picker_query());
    opened.refused_move(&site, &asked.with_query(query), notice).await
}

/// What the visitor hears of it.
enum Answered {
    Moved,
    Notice(Notice),
}

async fn notice(
    site: &Site,
    opened: &Opened,
    start: Timestamp,
    moved: Moved,
) -> Result<Answered, Problem> {
    let refused = match moved {
        Moved::Replayed(_)
        | Moved::Accepted(Progress::Done(_) | Progress::Pending(_) | Progress::Waiting(_)) => {
            return Ok(Answered::Moved);
        }
        Moved::Refused(refusal) => return Ok(Answered::Notice(refusal_notice(refusal))),
        Moved::Outdated | Moved::Mismatch | Moved::NotFound => {
            return Ok(Answered::Notice(Notice::ChangedMeanwhile));
        }
        Moved::Accepted(Progress::CalendarUnavailable) => Refused::CalendarUnavailable,
        Moved::Accepted(Progress::CalendarBusy) => {
            let service = &opened.booking().service;
            let nearest = site.app.alternatives(service, start).await.map_err(failed)?;
            Refused::Taken { alternatives: slots(&nearest) }
        }
        Moved::UnknownHost => Refused::NotOffered { alternatives: Vec::new() },
        Moved::NotOffered { alternatives, .. } if start <= site.app.clock().now() => {
            Refused::TooLate { alternatives: slots(&alternatives) }
        }
        Moved::NotOffered { taken: true, alternatives } => {
            Refused::Taken { alternatives: slots(&alternatives) }
        }
        Moved::NotOffered { taken: false, alternatives } => {
            Refused::NotOffered { alternatives: slots(&alternatives) }
        }
    };
    Ok(Answered::Notice(Notice::Refused(refused)))
}

/// The nearest free slots, as the pages show them.
pub(in crate::site) fn slots(alternatives: &[Alternative]) -> Vec<crate::pages::picker::Slot> {
    alternatives.iter().map(|alternative| free_slot(alternative.slot)).collect()
}

impl Opened {
    /// It is at that time already, or on its way there.
    fn is_at(&self, start: Timestamp) -> bool {
        let booking = self.booking();
        let change = booking.change().map(|change| change.slot.start());
        booking.state.is_active() && change.unwrap_or(booking.slot.start()) == start
    }

    /// The page again, with the picker where the visitor left it.
    async fn refused_move(
        &self,
        site: &Site,
        asked: &Asked,
        notice: Notice,
    ) -> Result<Response, Problem> {
        let about_time = matches!(notice, Notice::Refused(_)) && self.may_move();
        let picker = if about_time { self.picker(site, asked).await? } else { None };
        Ok(answer(&ManagePage { picker, ..self.page_with(asked, notice) }))
    }
}
