//! `/admin/alerts`: what operators heard of, newest first.

use app::incident::Incident;
use axum::extract::State;
use axum::response::Response;
use domain::IncidentId;
use serde::Deserialize;

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{Problem, QueryOf};
use crate::pages::admin::Section;
use crate::pages::admin::listing::{CellView, Column, ListingPage};
use crate::pages::{Frame, Page};
use crate::site::asked::Asked;
use crate::site::{Site, failed};

/// Those older than one.
#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
}

/// How many fit on a page.
const ROWS: usize = 50;

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let before = wanted.before.and_then(|id| id.parse::<IncidentId>().ok());
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut incidents = site.app.list_incidents(before, limit).await.map_err(failed)?;
    let has_more = incidents.len() > ROWS;
    incidents.truncate(ROWS);
    let last = incidents.last().filter(|_| has_more);
    let more = last.map(|incident| format!("/admin/alerts?before={}", incident.id));
    let frame = frame(&asked, &site.app.setup().setup);
    let rows = incidents.iter().map(|incident| row(incident, &frame)).collect();
    let columns = vec![Column::Incident, Column::About, Column::Began, Column::Ended];
    let dashboard = dashboard(Section::Alerts, &signed_in);
    Ok(ListingPage { frame, dashboard, columns, rows, more }.answer())
}

fn row(incident: &Incident, frame: &Frame) -> Vec<CellView> {
    let plain = |text: String| CellView { text, path: None };
    let moment = |at| frame.visitor.moment(at);
    let ended = incident.closed_at.map(|at| {
        let how = incident.resolution.as_deref().unwrap_or_default();
        format!("{}: {how}", moment(at))
    });
    vec![
        plain(format!("{}. {}", incident.kind.title(), incident.summary)),
        CellView { text: incident.subject.clone(), path: Some(path(incident)) },
        plain(moment(incident.opened_at)),
        plain(ended.unwrap_or_default()),
    ]
}

/// Where what it is about is looked after.
fn path(incident: &Incident) -> String {
    use domain::incident::IncidentKind as Kind;
    match incident.kind {
        Kind::ConnectionRevoked
        | Kind::ConnectionUnauthorized
        | Kind::ClientCredentials
        | Kind::Quota
        | Kind::MassDeletion => "/admin/connections".to_owned(),
        Kind::JobGivenUp => "/admin/jobs".to_owned(),
        Kind::Undeliverable | Kind::Conflict => format!("/admin/bookings/{}", incident.subject),
        Kind::SmsCredentials | Kind::MailCredentials => "/admin".to_owned(),
    }
}
