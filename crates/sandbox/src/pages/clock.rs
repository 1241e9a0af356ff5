//! The clock of the demo, which can be moved forward.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Page, html};
use crate::Sandbox;

#[derive(Template)]
#[template(path = "clock.html")]
struct Clock {
    page: Page,
    now: String,
}

pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Response {
    let now = sandbox.now().strftime("%A, %-d %B %Y, %H:%M:%S UTC").to_string();
    html(&Clock { page: Page::named("Clock"), now })
}
