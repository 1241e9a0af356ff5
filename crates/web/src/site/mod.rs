//! The pages at work: each handler parses what a browser sent, calls one use case and fills in a
//! page of [`crate::pages`].
//!
//! It knows no SQL and no rule of booking. Two kinds of visitor come here: anybody, who needs no
//! cookie, and whoever is signed in to the dashboard.
//!
//! Invariants kept here:
//! - a `GET` or `HEAD` changes nothing, whoever sends it;
//! - what changes something is a form, and on the dashboard one that came from our own page;
//! - a manage link, a key or a session never reaches the log, another site or an error.

mod admin;
mod asked;
mod book;
mod form;
mod home;
mod manage;
mod offer;
mod problem_page;
mod service;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::api::Failure;
use crate::http::Problem;
use crate::http::rate_limit::{RateLimit, limited};
use crate::pages::assets;

pub use problem_page::problem_page;

/// How long a visitor waits for the calendar before a page says that it is still being asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the pages need beside the use cases.
#[derive(Debug, Clone)]
pub struct SiteOptions {
    /// The allowances of visitors, shared with the public calls of the API. Static files are
    /// exempt.
    pub rate_limit: Arc<RateLimit>,
    /// The business whose pages these are; ours where it has not said.
    pub agency: Option<String>,
}

/// What every handler has at hand.
#[derive(Clone)]
struct Site {
    app: App,
    agency: Option<String>,
    sign_ins: Arc<RateLimit>,
}

/// Every page and the files they use. The layers of [`crate::http::layered`] are still to be put
/// around it, with [`problem_page`] among their options.
pub fn router(app: App, options: SiteOptions) -> Router {
    let sign_ins = Arc::new(RateLimit::new(admin::SIGN_IN_RATE));
    let site = Site { app, agency: options.agency, sign_ins };
    let pages = Router::new()
        .merge(home::routes())
        .merge(book::routes())
        .merge(manage::routes())
        .merge(admin::routes(&site))
        .route_layer(from_fn_with_state(options.rate_limit, limited))
        .with_state(site);
    assets::router().merge(pages)
}

/// A use case that could not be carried out, as the visitor is told.
fn failed(error: app::AppError) -> Problem {
    Failure(error).into()
}
