//! `/admin/operations`: mass changes, as they are carried out.

use app::operation::{Item, Operation, Request, Tally};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{OperationId, length};
use jiff::SignedDuration;
use serde::Deserialize;

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{PathOf, Problem, QueryOf};
use crate::pages::admin::Section;
use crate::pages::admin::listing::{CellView, Column, ListingPage};
use crate::pages::admin::operations::{Change, ItemRow, Narrowing, OperationPage, progress_word};
use crate::pages::{Frame, Page};
use crate::site::asked::Asked;
use crate::site::{Site, failed};

/// How many of the newest are listed.
const LISTED: i64 = 100;
/// How many bookings of one stand on a page.
const ROWS: usize = 200;

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let operations = site.app.list_operations(LISTED).await.map_err(failed)?;
    let frame = frame(&asked, &site.app.setup().setup);
    let rows = operations.iter().map(|operation| row(operation, &frame)).collect();
    let columns = vec![Column::Change, Column::About, Column::Began, Column::Status];
    let dashboard = dashboard(Section::Operations, &signed_in);
    Ok(ListingPage { frame, dashboard, columns, rows, more: None }.answer())
}

fn row(operation: &Operation, frame: &Frame) -> Vec<CellView> {
    let plain = |text: String| CellView { text, path: None };
    let request = Request::read(operation);
    let change = change(operation, request.as_ref());
    let filter = request.map(|request| request.filter);
    let about = filter.map(|filter| [filter.service, filter.host]).into_iter().flatten().flatten();
    vec![
        CellView {
            text: change.words(frame),
            path: Some(format!("/admin/operations/{}", operation.id)),
        },
        plain(about.collect::<Vec<_>>().join(", ")),
        plain(frame.visitor.moment(operation.created_at)),
        plain(progress_word(operation.progress, operation.dry_run, frame).to_owned()),
    ]
}

/// Which bookings, and whether the page loads itself again.
#[derive(Deserialize)]
pub(super) struct Wanted {
    from: Option<usize>,
    updates: Option<String>,
}

pub(super) async fn show(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
    PathOf(id): PathOf<String>,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let found = site.app.find_operation(id_of(&id)?).await.map_err(failed)?;
    let (operation, items) = found.ok_or_else(Problem::not_found)?;
    let frame = frame(&asked, &site.app.setup().setup);
    let request = Request::read(&operation);
    let narrowed = request.as_ref().map(|request| narrowed(request, &frame)).unwrap_or_default();
    let tally = Tally::of(&items);
    let first = wanted.from.unwrap_or(0).min(items.len());
    let next = first + ROWS;
    let more =
        (next < items.len()).then(|| format!("/admin/operations/{}?from={next}", operation.id));
    Ok(OperationPage {
        frame,
        dashboard: dashboard(Section::Operations, &signed_in),
        id: operation.id.to_string(),
        change: change(&operation, request.as_ref()),
        narrowed,
        progress: operation.progress,
        dry_run: operation.dry_run,
        created_at: operation.created_at,
        total: tally.total,
        done: tally.done,
        failed: tally.failed,
        items: items.iter().skip(first).take(ROWS).map(item_row).collect(),
        more,
        updates: wanted.updates.as_deref() != Some("no"),
    }
    .answer())
}

fn item_row(item: &Item) -> ItemRow {
    ItemRow {
        booking: item.booking.to_string(),
        wanted: item.wanted_start,
        host: item.wanted_host.clone(),
        begun: item.begun_at.is_some(),
        outcome: item.outcome,
    }
}

fn change(operation: &Operation, request: Option<&Request>) -> Change {
    let by = request.and_then(|request| request.by_seconds);
    let to = request.and_then(|request| request.to_host.clone());
    match (operation.action.as_str(), by, to) {
        ("move", Some(seconds), _) => Change::Move {
            length: length::format(SignedDuration::from_secs(seconds.saturating_abs())),
            earlier: seconds < 0,
        },
        ("rehost", _, Some(host)) => Change::Rehost { host },
        ("cancel", _, _) => Change::Cancel,
        ("update", _, _) => Change::Update {
            title: request.and_then(|request| request.title.clone()),
            location: request.and_then(|request| request.location.clone()),
        },
        (action, _, _) => Change::Other(action.to_owned()),
    }
}

fn narrowed(request: &Request, frame: &Frame) -> Vec<(Narrowing, String)> {
    let filter = &request.filter;
    let moment = |at: Option<jiff::Timestamp>| at.map(|at| frame.visitor.moment(at));
    let all = [
        (Narrowing::Host, filter.host.clone()),
        (Narrowing::Service, filter.service.clone()),
        (Narrowing::From, moment(filter.from)),
        (Narrowing::To, moment(filter.to)),
        (Narrowing::Status, filter.status.clone()),
        (Narrowing::Reason, request.reason.clone()),
    ];
    all.into_iter().filter_map(|(narrowing, value)| Some((narrowing, value?))).collect()
}

/// Pauses one: what is under way comes to its end, and nothing more is begun.
pub(super) async fn pause(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let known = site.app.pause_operation(id).await.map_err(failed)?;
    back(id, known)
}

/// Lets a paused one go on.
pub(super) async fn resume(
    State(site): State<Site>,
    PathOf(id): PathOf<String>,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let known = site.app.resume_operation(id).await.map_err(failed)?;
    back(id, known)
}

fn back(id: OperationId, known: bool) -> Result<Response, Problem> {
    let page = || Redirect::to(&format!("/admin/operations/{id}")).into_response();
    known.then(page).ok_or_else(Problem::not_found)
}

fn id_of(text: &str) -> Result<OperationId, Problem> {
    text.parse().map_err(|_not_an_id| Problem::not_found())
}
