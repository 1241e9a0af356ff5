//! `/admin`: the dashboard. Every page but the login is behind a session.

mod alerts;
mod booking;
mod bookings;
mod connections;
mod door;
mod explain;
mod jobs;
mod listings;
mod operations;
mod origin;
mod session;
mod sign_in;

use std::num::NonZeroU32;
use std::time::Duration;

use app::setup::Setup;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use jiff::tz::TimeZone;

use self::session::SignedIn;
use super::Site;
use super::asked::Asked;
use crate::http::rate_limit::Rate;
use crate::pages::Frame;
use crate::pages::admin::{Dashboard, Section};

/// How often one address may try to sign in.
pub(super) const SIGN_IN_RATE: Rate =
    Rate::Per { count: NonZeroU32::new(10).expect("ten"), period: Duration::from_mins(1) };

pub(super) fn routes(site: &Site) -> Router<Site> {
    let signed_in = Router::new()
        .route("/admin", get(bookings::today))
        .route("/admin/bookings", get(bookings::all))
        .route("/admin/bookings/{id}", get(booking::show))
        .route("/admin/bookings/{id}/cancel", post(booking::cancel))
        .route("/admin/bookings/{id}/no-show", post(booking::no_show))
        .route("/admin/occurrences", get(door::list))
        .route("/admin/occurrences/{id}", get(door::show))
        .route("/admin/occurrences/{id}/check-in", post(door::check_in))
        .route("/admin/occurrences/{id}/undo", post(door::undo))
        .route("/admin/occurrences/{id}/no-show", post(door::no_show))
        .route("/admin/occurrences/{id}/walk-in", post(door::walk_in))
        .route("/admin/operations", get(operations::list))
        .route("/admin/operations/{id}", get(operations::show))
        .route("/admin/operations/{id}/pause", post(operations::pause))
        .route("/admin/operations/{id}/resume", post(operations::resume))
        .route("/admin/calendars/{id}/deletions", post(connections::decide))
        .route("/admin/connections", get(connections::list).post(connections::add))
        .route("/admin/services", get(listings::services))
        .route("/admin/sources", get(listings::sources))
        .route("/admin/explain", get(explain::show))
        .route("/admin/jobs", get(jobs::list))
        .route("/admin/alerts", get(alerts::list))
        .route("/admin/jobs/{id}/retry", post(jobs::retry))
        .route_layer(from_fn_with_state(site.clone(), session::required));
    Router::new()
        .route("/admin/login", get(sign_in::show).post(sign_in::sign_in))
        .route("/admin/logout", post(sign_in::sign_out))
        .merge(signed_in)
        .route_layer(from_fn_with_state(site.clone(), origin::ours))
}

/// The frame of a page of the dashboard: times are in the first host's zone.
fn frame(asked: &Asked, setup: &Setup) -> Frame {
    let zone = setup.hosts().next().map_or(TimeZone::UTC, |host| host.timezone.clone());
    asked.dashboard_frame(zone)
}

fn dashboard(section: Section, signed_in: &SignedIn) -> Dashboard {
    Dashboard { section, signed_in: signed_in.name().to_owned() }
}
