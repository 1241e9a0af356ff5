//! `/v1`: the API for programs, and its description.
//!
//! A handler parses, calls one use case and renders a view. Views and bodies are structs of their
//! own beside their handlers; the same structs make the published schemas, against which bodies are
//! checked.
//!
//! Invariants kept here:
//! - apart from the public calls, nothing is looked at before a key was found good;
//! - bad input is answered with every fault and its pointer, and leaves nothing behind;
//! - who has no key sees of a booking its time and status, and nothing of its people.

mod auth;
mod bookings;
mod connections;
mod deletions;
pub(crate) mod document;
mod explain;
mod failure;
mod holds;
mod holidays;
mod keys;
mod operations;
mod outside_rules;
mod service_links;
mod services;
mod setup;
mod slots;
mod times;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use auth::caller_of;
pub(crate) use bookings::{Asked, PublicBookingView, Sight};
pub(crate) use deletions::decide;
pub(crate) use failure::{AlternativeView, Failure};
pub(crate) use slots::SlotTexts;

use crate::http::Problem;
use crate::http::cors::{CorsOrigins, cors};
use crate::http::layers::large_body_limit;
use crate::state::Web;

/// Everything under `/v1`.
pub(crate) fn routes(web: &Web, origins: CorsOrigins) -> OpenApiRouter<Web> {
    let identified = || from_fn_with_state(web.clone(), auth::identified);
    let callable_from_pages = OpenApiRouter::new()
        .routes(routes!(services::list_services, services::create_service))
        .routes(routes!(services::read_service, services::change_service, services::delete_service))
        .routes(routes!(slots::list_slots))
        .routes(routes!(holds::create_hold))
        .routes(routes!(holds::release_hold))
        .routes(routes!(bookings::create_booking, bookings::list_bookings))
        .layer(identified())
        .layer(cors(origins));
    let with_key = OpenApiRouter::new()
        .routes(routes!(explain::explain_start))
        .routes(routes!(service_links::sign_link))
        .merge(files())
        .routes(routes!(bookings::read_booking))
        .routes(routes!(bookings::read_timeline))
        .routes(routes!(bookings::cancel_booking))
        .routes(routes!(bookings::reschedule_booking))
        .routes(routes!(bookings::mark_no_show))
        .merge(setup::routes())
        .routes(routes!(deletions::decide_deletions))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::read_key, keys::rename_key, keys::revoke_key))
        .routes(routes!(connections::list_connections, connections::create_connection))
        .routes(routes!(connections::read_connection, connections::delete_connection))
        .routes(routes!(connections::list_reachable_calendars))
        .routes(routes!(operations::create_operation))
        .routes(routes!(operations::read_operation))
        .routes(routes!(operations::pause_operation))
        .routes(routes!(operations::resume_operation))
        .layer(identified());
    callable_from_pages.merge(with_key)
}

/// The calls that take files.
fn files() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(holidays::import_holidays)).layer(large_body_limit())
}

/// Whatever else begins with `/v1`: nothing is there, which is told to those with a key alone.
pub(crate) fn elsewhere(web: &Web) -> Router<Web> {
    Router::new()
        .route("/v1/{*path}", any(async || Problem::not_found()))
        .layer(from_fn_with_state(web.clone(), auth::identified))
}
