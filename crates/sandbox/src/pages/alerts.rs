//! What operators were told: the Slack channel and PagerDuty's incidents.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Page, html};
use crate::Sandbox;

#[derive(Template)]
#[template(path = "alerts.html")]
struct Alerts {
    page: Page,
    said: Vec<Line>,
    open: Vec<(String, String)>,
    events: Vec<Event>,
}

struct Line {
    at: String,
    text: String,
}

struct Event {
    at: String,
    action: String,
    key: String,
    summary: String,
}

pub(super) async fn show(State(sandbox): State<Sandbox>) -> Response {
    let alerts = sandbox.alerts();
    let time = |at: jiff::Timestamp| at.strftime("%-d %b %H:%M:%S UTC").to_string();
    let said = alerts.slack().into_iter().rev();
    let events = alerts.pagerduty().into_iter().rev().map(|event| Event {
        at: time(event.at),
        action: event.action,
        key: event.dedup_key,
        summary: event.summary,
    });
    html(&Alerts {
        page: Page::named("Alerts"),
        said: said.map(|said| Line { at: time(said.at), text: said.text }).collect(),
        open: alerts.open_incidents().into_iter().collect(),
        events: events.collect(),
    })
}
