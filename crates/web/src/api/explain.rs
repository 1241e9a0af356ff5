//! `GET /v1/services/{service}/explain`: why a start is or is not offered.

use app::App;
use app::slots::{BusyTime, Explanation};
use axum::Json;
use axum::extract::State;
use domain::availability::Reason;
use domain::{Faults, Pointer};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Admin;
use super::document::Refused;
use super::failure::Failure;
use super::times::written;
use crate::http::{PathOf, Problem, QueryOf};

/// Which start is in question.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// RFC 3339 with its offset; also in the past.
    at: String,
}

/// Why a start is or is not offered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationView {
    /// The service's slug.
    service: String,
    /// The start in question.
    #[schema(format = DateTime)]
    start: String,
    /// Whether any host can be booked then.
    offered: bool,
    /// Each host of the service, in its order.
    hosts: Vec<HostExplanation>,
}

/// Why a host can or cannot be booked then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HostExplanation {
    /// The host's slug.
    host: String,
    /// Whether the host can be booked then.
    offered: bool,
    /// Every rule that speaks against it.
    reasons: Vec<ReasonView>,
}

/// A rule that speaks against a start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonView {
    /// `outside_windows`, `off_grid`, `too_little_notice`, `beyond_horizon`, `claimed`, `busy`,
    /// `calendar_unavailable` or `day_is_full`.
    code: &'static str,
    /// When what is in the way begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    from: Option<String>,
    /// When what is in the way ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    to: Option<String>,
    /// How many bookings the host takes on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u32>,
    /// How many people still fit into a group service's start.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<u32>,
    /// The slug of the calendar that is busy.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
}

impl ReasonView {
    fn of(reason: Reason, zone: &TimeZone) -> Self {
        let code = reason.code();
        let plain =
            Self { code, from: None, to: None, most: None, remaining: None, calendar: None };
        match reason {
            Reason::Claimed(stretch) | Reason::Busy(stretch) => Self {
                from: Some(written(stretch.start(), zone)),
                to: Some(written(stretch.end(), zone)),
                ..plain
            },
            Reason::Full { remaining } => Self { remaining: Some(remaining), ..plain },
            Reason::DayIsFull { most, .. } => Self { most: Some(most), ..plain },
            Reason::OutsideWindows
            | Reason::OffGrid
            | Reason::TooLittleNotice
            | Reason::BeyondHorizon
            | Reason::CalendarUnavailable => plain,
        }
    }

    /// What stands in one of the host's calendars.
    fn busy(busy: &BusyTime, zone: &TimeZone) -> Self {
        let calendar = Some(busy.calendar.to_string());
        Self { calendar, ..Self::of(Reason::Busy(busy.interval), zone) }
    }
}

/// Why a start is or is not offered, host by host and rule by rule.
#[utoipa::path(
    get,
    path = "/v1/services/{service}/explain",
    tag = "setup",
    security(("key" = [])),
    params(("service" = String, Path, description = "The service's slug."), Asked),
    responses(
        (status = 200, description = "The explanation", body = ExplanationView),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn explain_start(
    State(app): State<App>,
    _caller: Admin,
    PathOf(service): PathOf<String>,
    QueryOf(asked): QueryOf<Asked>,
) -> Result<Json<ExplanationView>, Problem> {
    let found = app.find_service(&service).await.map_err(Failure)?;
    let (setup, id) = found.ok_or_else(Problem::not_found)?;
    let at = asked.at.trim().parse::<Timestamp>().map_err(|_unreadable| {
        let message = "must be a time with its offset, such as 2026-12-01T09:30:00+01:00";
        Faults::one(Pointer::root().at("at"), "invalid_time", message)
    })?;
    let explained = app.explain(&id, at).await.map_err(Failure)?.ok_or_else(Problem::not_found)?;
    let zone_of = |host| setup.setup.host(host).map_or(TimeZone::UTC, |host| host.timezone.clone());
    let first_zone = explained.first().map_or(TimeZone::UTC, |first| zone_of(&first.host));
    Ok(Json(ExplanationView {
        service: id.to_string(),
        start: written(at, &first_zone),
        offered: explained.iter().any(|host| host.reasons.is_empty()),
        hosts: explained.iter().map(|host| view(host, &zone_of(&host.host))).collect(),
    }))
}

fn view(explanation: &Explanation, zone: &TimeZone) -> HostExplanation {
    let is_busy = |reason: &&Reason| matches!(reason, Reason::Busy(_));
    let others = explanation.reasons.iter().filter(|reason| !is_busy(reason));
    HostExplanation {
        host: explanation.host.to_string(),
        offered: explanation.reasons.is_empty(),
        reasons: others
            .map(|reason| ReasonView::of(*reason, zone))
            .chain(explanation.busy.iter().map(|busy| ReasonView::busy(busy, zone)))
            .collect(),
    }
}
