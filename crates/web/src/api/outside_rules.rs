//! Bookings that stand although a change of the setup would not offer them any more.

use app::App;
use app::outside_rules::OutsideRules;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::times::written;

/// An object as it is after a change, and what the change left behind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed<Doc> {
    #[serde(flatten)]
    document: Doc,
    /// The bookings that stand although the rules would not offer them any more. Nothing is done
    /// about them.
    outside_rules: Vec<OutsideRulesView>,
}

impl<Doc> Changed<Doc> {
    /// The object with the bookings that are outside its rules.
    pub(super) fn new(app: &App, document: Doc, outside: &[OutsideRules]) -> Self {
        Self { document, outside_rules: views(app, outside) }
    }
}

/// A booking that stands although the rules would not offer it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutsideRules)]
pub(crate) struct OutsideRulesView {
    /// Which.
    booking: String,
    /// The slug of its service.
    service: String,
    /// The slug of its host.
    host: String,
    /// When it starts, in the host's zone.
    #[schema(format = DateTime)]
    start: String,
    /// What speaks against it: codes of `explain`, `host_removed` or `unknown_duration`.
    reasons: Vec<&'static str>,
}

/// Such bookings, as published.
pub(super) fn views(app: &App, outside: &[OutsideRules]) -> Vec<OutsideRulesView> {
    let setup = app.setup();
    let view = |one: &OutsideRules| {
        let host = setup.setup.host(&one.host);
        let zone = host.map_or(TimeZone::UTC, |host| host.timezone.clone());
        OutsideRulesView {
            booking: one.booking.to_string(),
            service: one.service.to_string(),
            host: one.host.to_string(),
            start: written(one.start, &zone),
            reasons: one.reasons.clone(),
        }
    };
    outside.iter().map(view).collect()
}
