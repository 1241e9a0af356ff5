//! `/admin/jobs`: what Doorstep has given up, and the button that tries it again.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::JobId;

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{PathOf, Problem};
use crate::pages::Page;
use crate::pages::admin::Section;
use crate::pages::admin::jobs::{JobRow, JobsPage};
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::{Site, failed};

/// More than anybody works through on one page; the oldest come first.
const ROWS: i64 = 200;

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let jobs = site.app.list_given_up(None, ROWS).await.map_err(failed)?;
    let rows = jobs.into_iter().map(|job| JobRow {
        id: job.id.to_string(),
        kind: job.kind,
        booking: job.booking.map(|booking| booking.to_string()),
        given_up_at: job.at,
        attempts: job.attempt,
        error: job.last_error,
    });
    let frame = frame(&asked, &site.app.setup().setup);
    let dashboard = dashboard(Section::Jobs, &signed_in);
    Ok(JobsPage { frame, dashboard, rows: rows.collect() }.answer())
}

/// Tries a job again. A second click finds nothing to do, and that is no error. Where the form
/// names the booking, it leads back there.
pub(super) async fn retry(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
    form: Form,
) -> Result<Response, Problem> {
    let id: JobId = id.parse().map_err(|_not_an_id| Problem::not_found())?;
    site.app.retry_job(id).await.map_err(failed)?;
    let booking = form.field("booking").and_then(|text| text.parse::<domain::BookingId>().ok());
    let back = booking.map(|booking| format!("/admin/bookings/{booking}"));
    Ok(Redirect::to(back.as_deref().unwrap_or("/admin/jobs")).into_response())
}
