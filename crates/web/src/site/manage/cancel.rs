//! `POST /b/{token}/cancel`

use app::booking::{Cancel, CancelOutcome};
use axum::extract::State;
use axum::response::Response;
use domain::booking::Actor;
use domain::{Pointer, Refusal, people};

use super::{Opened, answer, unknown_link};
use crate::http::{PathOf, Problem};
use crate::pages::manage::Notice;
use crate::pages::status::Status;
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::{Site, failed};

/// The most characters of a reason.
const MOST_REASON: usize = 1_000;

pub(super) async fn cancel(
    State(site): State<Site>,
    PathOf(token): PathOf<String>,
    asked: Asked,
    form: Form,
) -> Result<Response, Problem> {
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    if opened.status == Status::Cancelled {
        return Ok(opened.done(&asked, "cancelled")); // A second click is not an error.
    }
    if let Some(notice) = opened.refused() {
        return Ok(answer(&opened.page_with(&asked, notice)));
    }
    let wish = Cancel {
        id: opened.holder.booking,
        by: Actor::Attendee,
        reason: reason(&form)?,
        seen: Some(form.hidden("revision")?),
        key: None,
    };
    let outcome = site.app.cancel(wish).await.map_err(failed)?;
    let notice = match outcome {
        CancelOutcome::Done(_) | CancelOutcome::Replayed(_) => {
            return Ok(opened.done(&asked, "cancelled"));
        }
        CancelOutcome::NotFound => return Ok(unknown_link(&asked)),
        CancelOutcome::Refused(refusal) => refusal_notice(refusal),
        CancelOutcome::Outdated | CancelOutcome::Mismatch => Notice::ChangedMeanwhile,
    };
    // It stands differently from when it was opened, so it is read again.
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    if opened.status == Status::Cancelled {
        return Ok(opened.done(&asked, "cancelled"));
    }
    Ok(answer(&opened.page_with(&asked, notice)))
}

/// Why somebody cancels, in their words, for the host and the timeline.
pub(in crate::site) fn reason(form: &Form) -> Result<Option<String>, Problem> {
    let Some(typed) = form.field("reason").filter(|typed| !typed.trim().is_empty()) else {
        return Ok(None);
    };
    let read = people::text(typed, MOST_REASON, true);
    let at = || Pointer::root().at("reason");
    read.map(Some).map_err(|error| Problem::fault(at(), "invalid", error.to_string()))
}

/// What to say of a change that the booking's state does not allow.
pub(super) fn refusal_notice(refusal: Refusal) -> Notice {
    match refusal {
        Refusal::ChangeInProgress => Notice::ChangeInProgress,
        Refusal::AlreadyOver | Refusal::NotBegunYet | Refusal::NothingOffered => {
            Notice::AlreadyOver
        }
    }
}
