//! `/admin/connections`

use std::collections::BTreeMap;

use app::App;
use app::deletion::Decision;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{ConnectionId, Pointer, Provider};

use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{PathOf, Problem};
use crate::pages::Page;
use crate::pages::admin::Section;
use crate::pages::admin::connections::{Connection, ConnectionsPage, Health, Held, Missing};
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::{Site, failed};

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let setup = site.app.setup();
    let known = site.app.list_connections().await.map_err(failed)?;
    let parked = site.app.count_parked().await.map_err(failed)?;
    let parked: BTreeMap<ConnectionId, i64> = parked.into_iter().collect();
    let mut missing = Vec::new();
    let accounts = accounts(&site.app);
    for (account, calendar) in &accounts {
        if !known.iter().any(|connection| connection.account == *account) {
            missing.push(Missing { calendar: calendar.clone(), account: account.clone() });
        }
    }
    let rows = known.into_iter().map(|connection| {
        let host = setup.setup.host(&connection.host);
        let health = health(&connection.status);
        let authorize_path = authorize_path(&site.app, &connection, health);
        let tries = health != Health::Healthy && site.app.is_delegated(&connection);
        let retry = tries.then(|| accounts.get(&connection.account).cloned()).flatten();
        Connection {
            id: connection.id.to_string(),
            provider: provider_name(&connection.provider),
            host: host.map_or_else(|| connection.host.to_string(), |host| host.name.to_string()),
            account: connection.account,
            health,
            reason: connection.reason,
            parked: parked.get(&connection.id).copied().unwrap_or(0).unsigned_abs(),
            authorize_path,
            retry,
        }
    });
    let held = site.app.list_held_calendars().await.map_err(failed)?;
    let held = held.into_iter().map(|held| Held {
        calendar: held.calendar.to_string(),
        since: held.since,
        missing: usize::try_from(held.missing).unwrap_or(0),
    });
    let held = held.collect();
    let (rows, frame) = (rows.collect(), frame(&asked, &setup.setup));
    let dashboard = dashboard(Section::Connections, &signed_in);
    Ok(ConnectionsPage { frame, dashboard, rows, missing, held }.answer())
}

/// Makes the connection that a calendar of the setup needs, so that its link can be followed; the
/// service account tries it, also once more.
pub(super) async fn add(State(site): State<Site>, form: Form) -> Result<Response, Problem> {
    let wanted = form.field("calendar").unwrap_or_default();
    let setup = site.app.setup();
    let mut calendars = setup.setup.calendars();
    let calendar = calendars.find(|calendar| calendar.id.as_str() == wanted);
    let Some(calendar) = calendar.filter(|calendar| calendar.provider == Provider::Google) else {
        let at = Pointer::root().at("calendar");
        return Err(Problem::fault(at, "unknown", "There is no such calendar to connect."));
    };
    let (host, account) = (calendar.host.clone(), calendar.account.clone());
    site.app.connect(host, account).await.map_err(failed)?;
    Ok(Redirect::to("/admin/connections").into_response())
}

/// Decides about the events that are missing in a calendar. A second click finds nothing to do, and
/// that is no error.
pub(super) async fn decide(
    State(site): State<Site>,
    PathOf(calendar): PathOf<String>,
    form: Form,
) -> Result<Response, Problem> {
    let decision = form.field("decision").and_then(Decision::named).ok_or_else(|| {
        let at = Pointer::root().at("decision");
        Problem::fault(at, "unknown", "This is not what our form sends here.")
    })?;
    crate::api::decide(&site.app, &calendar, decision).await?;
    Ok(Redirect::to("/admin/connections").into_response())
}

/// The accounts that the setup's calendars need, each with the first calendar that needs it.
fn accounts(app: &App) -> BTreeMap<String, String> {
    let mut accounts = BTreeMap::new();
    for calendar in app.setup().setup.calendars() {
        if calendar.provider == Provider::Google {
            let id = calendar.id.to_string();
            accounts.entry(calendar.account.clone()).or_insert(id);
        }
    }
    accounts
}

/// A healthy connection needs no consent, and a link for one would not work.
fn authorize_path(
    app: &App,
    connection: &app::connection::Connection,
    health: Health,
) -> Option<String> {
    let url = url::Url::parse(&app.consent_url(connection)?).ok()?;
    let query = url.query()?;
    (health != Health::Healthy).then(|| format!("/oauth/google/start?{query}"))
}

fn health(status: &str) -> Health {
    match status {
        "healthy" => Health::Healthy,
        "degraded" => Health::Degraded,
        "revoked" => Health::Revoked,
        _ => Health::AwaitingConsent,
    }
}

fn provider_name(provider: &str) -> String {
    match provider {
        "google" => "Google Calendar".to_owned(),
        other => other.to_owned(),
    }
}
