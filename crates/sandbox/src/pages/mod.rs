//! The pages a person uses: calendars, phone, mailbox, alerts, faults and, in the demo, the clock.
//!
//! They work without JavaScript. Nothing on them is secret: the sandbox holds made-up people.

mod alerts;
mod calendars;
pub(crate) mod clock;
pub(crate) mod faults;
mod links;
mod mailbox;
pub(crate) mod phone;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::Sandbox;

const STYLE: &str = include_str!("../../templates/style.css");

/// Nothing but our own style sheet; the mail viewer's frame sets a stricter policy of its own.
/// There is no `form-action`, because consent leads back to another origin.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self'; \
                      base-uri 'none'; frame-ancestors 'self'";

/// What every page has.
pub(crate) struct Page {
    pub(crate) title: String,
}

impl Page {
    pub(crate) fn named(title: impl Into<String>) -> Self {
        Self { title: title.into() }
    }
}

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/style.css", get(style))
        .route("/calendars", get(calendars::show))
        .route("/calendars/insert", post(calendars::insert))
        .route("/calendars/move", post(calendars::relocate))
        .route("/calendars/delete", post(calendars::delete))
        .route("/phone", get(phone::show))
        .route("/mailbox", get(mailbox::list))
        .route("/mailbox/{id}", get(mailbox::show))
        .route("/mailbox/{id}/html", get(mailbox::html_body))
        .route("/alerts", get(alerts::show))
        .route("/faults/clear", post(faults::clear))
        .layer(middleware::from_fn(same_site))
        .with_state(sandbox.clone())
}

/// `/_sandbox/` as people type it.
pub(crate) fn front_door() -> Router {
    Router::new().route("/_sandbox/", get(async || Redirect::permanent("/_sandbox")))
}

/// Refuses a change that another site's page asks the visitor's browser for.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let foreign = site.is_some_and(|site| site == "cross-site");
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if foreign && !reads {
        return (StatusCode::FORBIDDEN, "another site may not do this").into_response();
    }
    next.run(request).await
}

/// A template as an HTML answer.
pub(crate) fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            ];
            (headers, page).into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a sandbox page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    page: Page,
    accounts: Vec<String>,
    texts: usize,
    mails: usize,
    incidents: usize,
    faults: usize,
    has_clock: bool,
    now: String,
}

async fn index(State(sandbox): State<Sandbox>) -> Response {
    html(&Index {
        page: Page::named("Sandbox"),
        accounts: sandbox.google().accounts(),
        texts: sandbox.twilio().texts().len(),
        mails: sandbox.mail().messages().len(),
        incidents: sandbox.alerts().open_incidents().len(),
        faults: sandbox.faults().list().len(),
        has_clock: sandbox.options().advance.is_some(),
        now: sandbox.now().strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    })
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}
