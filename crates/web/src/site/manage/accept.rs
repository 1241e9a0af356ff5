//! `POST /b/{token}/accept`: taking the seats that are kept for who waited.

use app::booking::{Accepted, Progress};
use axum::extract::State;
use axum::response::Response;

use super::cancel::refusal_notice;
use super::{Opened, answer, unknown_link};
use crate::http::{PathOf, Problem};
use crate::pages::manage::Notice;
use crate::site::asked::Asked;
use crate::site::{PATIENCE, Site, failed};

pub(super) async fn accept(
    State(site): State<Site>,
    PathOf(token): PathOf<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    if opened.booking().state.is_active() {
        return Ok(opened.done(&asked, "accepted")); // A second click is not an error.
    }
    if let Some(notice) = opened.refused() {
        return Ok(answer(&opened.page_with(&asked, notice)));
    }
    let accepted = site.app.accept_offer(opened.holder.booking, PATIENCE).await.map_err(failed)?;
    let notice = match accepted {
        Accepted::Done(Progress::Done(_) | Progress::Pending(_) | Progress::Waiting(_)) => {
            return Ok(opened.done(&asked, "accepted"));
        }
        // The page shows why: the calendar said no.
        Accepted::Done(Progress::CalendarBusy | Progress::CalendarUnavailable) => {
            return Ok(opened.done(&asked, "declined"));
        }
        Accepted::Refused(domain::Refusal::NothingOffered) => Notice::OfferLapsed,
        Accepted::Refused(refusal) => refusal_notice(refusal),
        Accepted::NotFound => Notice::AlreadyOver,
    };
    let Some(opened) = Opened::open(&site, &token).await? else { return Ok(unknown_link(&asked)) };
    Ok(answer(&opened.page_with(&asked, notice)))
}
