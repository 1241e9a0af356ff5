//! `GET /v1/services/{service}/explain`: why a start is or is not offered.

use app::App;
use app::service_link::Pass;
use app::slots::{BusyTime, Explanation, remedy, words};
use axum::Json;
use axum::extract::State;
use domain::availability::{Claimant, Counted, Holder, Reason, Verdict};
use domain::{Faults, Interval, Pointer, length};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Admin;
use super::document::Refused;
use super::failure::Failure;
use super::slots::{length_asked, no_such_length};
use super::times::written;
use crate::http::{PathOf, Problem, QueryOf};

/// Which start is in question.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// RFC 3339 with its offset; also in the past.
    at: String,
    /// One of the service's lengths, such as `60m`; its usual one unless given.
    duration: Option<String>,
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
    /// Whether a host can be booked then, or all of them where all come.
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
    /// Every rule in force, and what it says.
    rules: Vec<RuleView>,
    /// Every rule that speaks against it.
    reasons: Vec<ReasonView>,
}

/// What one rule says of a start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rule)]
pub(crate) struct RuleView {
    /// The member of the setup file that the rule stands in, or `bookings` or `calendars`.
    rule: &'static str,
    /// `for` or `against`.
    speaks: &'static str,
}

/// A rule that speaks against a start.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonView {
    /// `outside_windows`, `holiday`, `off_grid`, `too_little_notice`, `beyond_horizon`, `claimed`,
    /// `buffer`, `busy`, `calendar_unavailable`, `travel`, `run_too_long`, `full`, `day_is_full` or
    /// `week_is_full`.
    code: &'static str,
    /// The same in words.
    message: String,
    /// What would change it.
    remedy: &'static str,
    /// When what is in the way begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    from: Option<String>,
    /// When what is in the way ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    to: Option<String>,
    /// The booking that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<String>,
    /// The occurrence of a group service that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurrence: Option<String>,
    /// When the hold that is in the way lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    held_until: Option<String>,
    /// How long the way is, or the longest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<String>,
    /// The local date of the full day, or of the full week's Monday, or of the holiday.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// How many bookings the host takes on that day or in that week.
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u32>,
    /// Which bookings are counted: those of the `service`, or all of the `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<&'static str>,
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
            Self { code, message: words(reason, zone), remedy: remedy(reason), ..Self::default() };
        match reason {
            Reason::Claimed(other) | Reason::Buffer(other) => plain.standing_at(other, zone),
            Reason::Busy(stretch) => plain.over(stretch, zone),
            Reason::Travel { other, needed } => {
                let length = Some(length::format(needed));
                Self { length, ..plain.standing_at(other, zone) }
            }
            Reason::RunTooLong { run, longest } => {
                Self { length: Some(length::format(longest)), ..plain.over(run, zone) }
            }
            Reason::DayIsFull { date, most, counted }
            | Reason::WeekIsFull { monday: date, most, counted } => Self {
                date: Some(date.to_string()),
                most: Some(most),
                counted: Some(counted_name(counted)),
                ..plain
            },
            Reason::Full { remaining } => Self { remaining: Some(remaining), ..plain },
            Reason::Holiday(date) => Self { date: Some(date.to_string()), ..plain },
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

    fn over(self, stretch: Interval, zone: &TimeZone) -> Self {
        let (from, to) = (written(stretch.start(), zone), written(stretch.end(), zone));
        Self { from: Some(from), to: Some(to), ..self }
    }

    fn standing_at(self, other: Claimant, zone: &TimeZone) -> Self {
        let stretch = self.over(other.interval, zone);
        match other.holder {
            Holder::Booking(id) => Self { booking: Some(id.to_string()), ..stretch },
            Holder::Occurrence { id, .. } => Self { occurrence: Some(id.to_string()), ..stretch },
            Holder::Hold { until } => Self { held_until: Some(written(until, zone)), ..stretch },
            Holder::Unknown => stretch,
        }
    }
}

fn counted_name(counted: Counted) -> &'static str {
    match counted {
        Counted::Service => "service",
        Counted::Host => "host",
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
    let found = app.find_service(&service, &Pass::Trusted).await.map_err(Failure)?;
    let (setup, id) = found.ok_or_else(Problem::not_found)?;
    let (at, duration) = asked.read()?;
    let explained = app.explain(&id, duration, at).await.map_err(Failure)?;
    let explained = explained.ok_or_else(no_such_length)?;
    let first_zone = explained.first().map_or(TimeZone::UTC, |first| first.zone.clone());
    Ok(Json(ExplanationView {
        service: id.to_string(),
        start: written(at, &first_zone),
        offered: setup
            .setup
            .service(&id)
            .is_some_and(|service| Explanation::is_offered(service, &explained)),
        hosts: explained.iter().map(view).collect(),
    }))
}

impl Asked {
    fn read(&self) -> Result<(Timestamp, Option<SignedDuration>), Faults> {
        let mut faults = Faults::new();
        let at = self.at.trim().parse::<Timestamp>().ok();
        if at.is_none() {
            let message = "must be a time with its offset, such as 2026-12-01T09:30:00+01:00";
            faults.add(Pointer::root().at("at"), "invalid_time", message);
        }
        let duration = length_asked(self.duration.as_deref(), &mut faults);
        faults.into_result()?;
        Ok((at.expect("what cannot be read has a fault"), duration))
    }
}

fn view(explanation: &Explanation) -> HostExplanation {
    let rule = |verdict: &Verdict| RuleView {
        rule: verdict.rule.name(),
        speaks: if verdict.against.is_none() { "for" } else { "against" },
    };
    let zone = &explanation.zone;
    // Each calendar that is busy is told by its name.
    let others = explanation.reasons().filter(|reason| !matches!(reason, Reason::Busy(_)));
    HostExplanation {
        host: explanation.host.to_string(),
        offered: explanation.is_free(),
        rules: explanation.verdicts.iter().map(rule).collect(),
        reasons: others
            .map(|reason| ReasonView::of(reason, zone))
            .chain(explanation.busy.iter().map(|busy| ReasonView::busy(busy, zone)))
            .collect(),
    }
}
