//! HTTP: the API, the pages for people, inbound hooks and callbacks, and what they all stand on.
//!
//! A handler parses, calls one use case of `app` and renders; rules live in `domain`, and nothing
//! here reads or writes a database by itself.

mod api;
mod callbacks;
mod health;
mod hooks;
pub mod http;
mod metrics;
mod oauth;
pub mod pages;
mod problems;
pub mod site;
mod state;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::document::{self, Description, Published};
use crate::http::cors::CorsOrigins;
use crate::http::layers::{NotAnOrigin, large_body_limit};
use crate::http::rate_limit::{Rate, RateLimit, limited};
use crate::http::{LayerOptions, TrustedProxies, layered};
use crate::metrics::{Counters, counted};
use crate::site::SiteOptions;
use crate::state::Web;

/// What an operator decides about HTTP.
#[derive(Debug, Clone)]
pub struct WebOptions {
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// The origins whose pages may make the public calls.
    pub cors: CorsOrigins,
    /// How often one address may call without a key.
    pub public_rate: Rate,
    /// Whether the public address is https, so that cookies are kept to it.
    pub secure: bool,
    /// Origins other than ours that a form may lead to: the consent pages of the providers.
    pub form_targets: Vec<String>,
}

/// All that is served over HTTP.
///
/// Fails when a form's target is not an origin.
pub fn router(app: App, options: WebOptions) -> Result<Router, NotAnOrigin> {
    let public = Arc::new(RateLimit::new(options.public_rate));
    let counters = Arc::new(Counters::default());
    let web = Web {
        app: app.clone(),
        public: Arc::clone(&public),
        counters: Arc::clone(&counters),
        slot_texts: Arc::default(),
        secure: options.secure,
    };
    let (programs, described) = for_programs(&web, options.cors.clone()).split_for_parts();
    let published = Published::new(&described);
    let consent = oauth::routes().route_layer(from_fn_with_state(Arc::clone(&public), limited));
    let layers = layers(&app, options);
    let site = site::router(app, SiteOptions { rate_limit: public, agency: None });
    let everything = programs
        .merge(consent)
        .merge(api::elsewhere(&web))
        .with_state(web)
        .route("/openapi.json", get(document::openapi).with_state(published))
        .merge(site);
    Ok(layered(everything, layers)?.layer(from_fn_with_state(counters, counted)))
}

fn layers(app: &App, options: WebOptions) -> LayerOptions {
    let ids = app.ids().clone();
    LayerOptions {
        trusted_proxies: options.trusted_proxies,
        form_targets: options.form_targets,
        problem_page: Some(site::problem_page()),
        ..LayerOptions::new(Arc::new(move || ids.request().to_string()))
    }
}

/// The calls of programs, with their description.
fn for_programs(web: &Web, origins: CorsOrigins) -> OpenApiRouter<Web> {
    let hooks =
        OpenApiRouter::new().routes(routes!(hooks::receive_submission)).layer(large_body_limit());
    OpenApiRouter::with_openapi(description())
        .merge(api::routes(web, origins))
        .merge(hooks)
        .routes(routes!(callbacks::texts::text_reported))
        .routes(routes!(callbacks::texts::text_received))
        .routes(routes!(callbacks::calls::somebody_calls))
        .routes(routes!(callbacks::calls::call_goes_on))
        .routes(routes!(callbacks::calls::call_taken))
        .routes(routes!(callbacks::calls::call_reported))
        .routes(routes!(callbacks::sendgrid::mail_reported))
        .routes(routes!(callbacks::google::calendar_changed))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::health))
        .routes(routes!(metrics::metrics))
        .routes(routes!(problems::explain_problem))
}

/// The description without its calls, except for the one that serves it, whose state is another.
fn description() -> Document {
    let mut described = Description::openapi();
    let own: OpenApiRouter<Published> = OpenApiRouter::new().routes(routes!(document::openapi));
    described.merge(own.into_openapi());
    described
}
