//! `/v1/operations`: the same change for every booking that matches a filter.

use app::App;
use app::booking::BookingFilter;
use app::operation::{Item, MassChange, Operation, OperationError, Tally};
use app::setup::{MOST_LOCATION, MOST_TITLE};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::booking::NewDetails;
use domain::operation::{Action, Outcome};
use domain::{Faults, HostId, OperationId, Pointer, length, people};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Admin, Reader};
use super::document::Refused;
use super::failure::{Failure, fault};
use crate::http::{JsonBody, PathOf, Problem};

/// The most characters of a reason.
const MOST_REASON: usize = 1_000;

/// What is done to each booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = OperationAction)]
pub(crate) enum ActionWord {
    /// Give it another time: needs `by`.
    Move,
    /// Give it to another host, at the same time: needs `to_host`.
    Rehost,
    /// Call it off.
    Cancel,
    /// Change its title or location: needs one of them. Not for bookings of group services, which share
    /// their event.
    Update,
}

/// Which bookings; everything that is given must hold, and something must be given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OperationFilter)]
pub(crate) struct FilterBody {
    /// The host's slug.
    #[schema(max_length = 64)]
    host: Option<String>,
    /// The service's slug.
    #[schema(max_length = 64)]
    service: Option<String>,
    /// Starting at this time or after it: RFC 3339.
    #[schema(format = DateTime, max_length = 64)]
    from: Option<String>,
    /// Starting before this time: RFC 3339.
    #[schema(format = DateTime, max_length = 64)]
    to: Option<String>,
    /// `pending` or `confirmed`; both without it.
    #[schema(max_length = 16)]
    status: Option<String>,
}

/// A mass change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperation {
    /// What is done to each booking.
    action: ActionWord,
    /// Which bookings; of those the active ones that are still to come.
    filter: FilterBody,
    /// How much later, by wall-clock time in the host's zone: `1h`, `-30m`, `7d`.
    #[schema(max_length = 32)]
    by: Option<String>,
    /// Who takes them.
    #[schema(max_length = 64)]
    to_host: Option<String>,
    /// The new title.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// The new location.
    #[schema(max_length = 500)]
    location: Option<String>,
    /// Why, for those who are told.
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// Only says what would come of each, by our own records.
    #[serde(default)]
    dry_run: bool,
}

/// A mass change and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub(crate) struct OperationView {
    /// Its identifier.
    id: String,
    /// `move`, `rehost`, `cancel` or `update`.
    action: String,
    /// `running`, `paused` or `done`.
    status: &'static str,
    /// Whether it only says what would happen.
    dry_run: bool,
    /// How many bookings match.
    total: usize,
    /// How many are as was asked.
    done: usize,
    /// How many could not be: `conflict`, `already_over` or `failed`.
    failed: usize,
    /// Each booking, in the order in which they are taken.
    items: Vec<ItemView>,
}

/// One booking of a mass change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationItem)]
pub(crate) struct ItemView {
    /// The booking.
    booking: String,
    /// `done`, `conflict`, `already_over` or `failed`; null while its turn has not come or its
    /// calendar has not followed.
    #[schema(required)]
    outcome: Option<&'static str>,
}

impl OperationView {
    fn new(operation: Operation, items: &[Item]) -> Self {
        let tally = Tally::of(items);
        Self {
            id: operation.id.to_string(),
            action: operation.action,
            status: operation.progress.as_str(),
            dry_run: operation.dry_run,
            total: tally.total,
            done: tally.done,
            failed: tally.failed,
            items: items
                .iter()
                .map(|item| ItemView {
                    booking: item.booking.to_string(),
                    outcome: item.outcome.map(Outcome::as_str),
                })
                .collect(),
        }
    }
}

impl NewOperation {
    fn parse(self, app: &App) -> Result<MassChange, Faults> {
        let mut faults = Faults::new();
        let action = self.action(app, &mut faults);
        let filter = self.filter.parse(app, &mut faults);
        faults.into_result()?;
        let action = action.expect("what is missing has a fault");
        Ok(MassChange { action, filter, dry_run: self.dry_run })
    }

    fn action(&self, app: &App, faults: &mut Faults) -> Option<Action> {
        let given = [
            ("by", self.by.is_some(), ActionWord::Move),
            ("to_host", self.to_host.is_some(), ActionWord::Rehost),
            ("title", self.title.is_some(), ActionWord::Update),
            ("location", self.location.is_some(), ActionWord::Update),
        ];
        for (member, is_given, action) in given {
            if is_given && action != self.action {
                faults.add(at(member), "not_allowed", "belongs to another action");
            }
        }
        let reason = text("reason", self.reason.as_deref(), MOST_REASON, faults);
        match self.action {
            ActionWord::Move => self.shift(faults).map(|by| Action::Move { by }),
            ActionWord::Rehost => self.host(app, faults).map(|to| Action::Rehost { to }),
            ActionWord::Cancel => Some(Action::Cancel { reason }),
            ActionWord::Update => Some(Action::Update(self.details(faults))),
        }
    }

    fn details(&self, faults: &mut Faults) -> NewDetails {
        let new = NewDetails {
            title: text("title", given(self.title.as_deref()), MOST_TITLE, faults),
            location: text("location", given(self.location.as_deref()), MOST_LOCATION, faults),
        };
        if given(self.title.as_deref()).is_none() && given(self.location.as_deref()).is_none() {
            faults.add(at("title"), "required", "must give a title, a location or both");
        }
        new
    }

    fn shift(&self, faults: &mut Faults) -> Option<SignedDuration> {
        let Some(text) = self.by.as_deref() else {
            faults.add(at("by"), "required", "must say how far the bookings are moved");
            return None;
        };
        let (earlier, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match length::parse(text) {
            Ok(by) if by.is_positive() => Some(if earlier { -by } else { by }),
            Ok(_) => {
                faults.add(at("by"), "zero", "must not be nothing");
                None
            }
            Err(error) => {
                faults.add(at("by"), "invalid_length", error.to_string());
                None
            }
        }
    }

    fn host(&self, app: &App, faults: &mut Faults) -> Option<HostId> {
        let Some(text) = self.to_host.as_deref() else {
            faults.add(at("to_host"), "required", "must name who takes the bookings");
            return None;
        };
        known_host(app, text, at("to_host"), faults)
    }
}

/// A blank text counts as not given.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// A text of a line, or of several where it is a reason.
fn text(member: &str, given: Option<&str>, most: usize, faults: &mut Faults) -> Option<String> {
    match people::text(given?, most, member == "reason") {
        Ok(text) => Some(text),
        Err(error) => {
            faults.add(at(member), error.code(), error.to_string());
            None
        }
    }
}

fn known_host(app: &App, text: &str, at: Pointer, faults: &mut Faults) -> Option<HostId> {
    let known = text.parse().ok().filter(|host| app.setup().setup.host(host).is_some());
    if known.is_none() {
        faults.add(at, "unknown_host", "no host has this id");
    }
    known
}

impl FilterBody {
    fn parse(&self, app: &App, faults: &mut Faults) -> BookingFilter {
        let at = |member: &str| Pointer::root().at("filter").at(member);
        let narrows = [&self.host, &self.service, &self.from, &self.to];
        if narrows.iter().all(|member| member.is_none()) {
            let message = "must name a host, a service, or a time: it would match every booking";
            faults.add(Pointer::root().at("filter"), "too_wide", message);
        }
        let host = self.host.as_deref();
        let host = host.and_then(|host| known_host(app, host, at("host"), faults));
        let service = self.service.as_deref().map(str::parse);
        let service = service.and_then(|slug| faults.keep(at("service"), "not_a_slug", slug));
        let status = self.status.as_deref();
        if status.is_some_and(|status| !["pending", "confirmed"].contains(&status)) {
            faults.add(at("status"), "unknown_word", "must be pending or confirmed");
        }
        BookingFilter {
            status: self.status.clone(),
            host,
            service,
            from: instant(self.from.as_deref(), at("from"), faults),
            to: instant(self.to.as_deref(), at("to"), faults),
            attendee: None,
        }
    }
}

fn instant(text: Option<&str>, at: Pointer, faults: &mut Faults) -> Option<Timestamp> {
    let read = text?.trim().parse::<Timestamp>().ok();
    if read.is_none() {
        let message = "must be a time with its offset, such as 2026-12-01T09:30:00+01:00";
        faults.add(at, "invalid_time", message);
    }
    read
}

fn at(member: &str) -> Pointer {
    Pointer::root().at(member)
}

/// Begins a mass change: every booking that matches, active and still to come, one after the other
/// under the quota of the calendars. Offering rules do not count; nothing ever overlaps.
#[utoipa::path(
    post,
    path = "/v1/operations",
    tag = "operations",
    security(("key" = [])),
    request_body = NewOperation,
    responses(
        (status = 202, description = "Begun, or for a dry run what would come of it", body = OperationView, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
    )
)]
pub(crate) async fn create_operation(
    State(app): State<App>,
    _caller: Admin,
    JsonBody(body): JsonBody<NewOperation>,
) -> Result<Response, Problem> {
    let (operation, items) = match app.begin_operation(body.parse(&app)?).await {
        Ok(begun) => begun,
        Err(error @ OperationError::TooMany) => {
            return Err(fault("filter", "too_many", &error.to_string()));
        }
        Err(OperationError::App(error)) => return Err(Failure(error).into()),
    };
    let location = [(header::LOCATION, format!("/v1/operations/{}", operation.id))];
    let view = OperationView::new(operation, &items);
    Ok((StatusCode::ACCEPTED, location, Json(view)).into_response())
}

/// A mass change and how far it has come.
#[utoipa::path(
    get,
    path = "/v1/operations/{operation}",
    tag = "operations",
    security(("key" = [])),
    params(("operation" = String, Path, description = "The operation's identifier.")),
    responses(
        (status = 200, description = "The operation", body = OperationView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn read_operation(
    State(app): State<App>,
    _caller: Reader,
    PathOf(id): PathOf<String>,
) -> Result<Json<OperationView>, Problem> {
    view(&app, id_of(&id)?).await
}

/// Pauses a mass change: what is under way comes to its end, and nothing more is begun.
#[utoipa::path(
    post,
    path = "/v1/operations/{operation}/pause",
    tag = "operations",
    security(("key" = [])),
    params(("operation" = String, Path, description = "The operation's identifier.")),
    responses(
        (status = 200, description = "The operation", body = OperationView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn pause_operation(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<Json<OperationView>, Problem> {
    let id = id_of(&id)?;
    app.pause_operation(id).await.map_err(Failure)?;
    view(&app, id).await
}

/// Lets a paused mass change go on.
#[utoipa::path(
    post,
    path = "/v1/operations/{operation}/resume",
    tag = "operations",
    security(("key" = [])),
    params(("operation" = String, Path, description = "The operation's identifier.")),
    responses(
        (status = 200, description = "The operation", body = OperationView),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
    )
)]
pub(crate) async fn resume_operation(
    State(app): State<App>,
    _caller: Admin,
    PathOf(id): PathOf<String>,
) -> Result<Json<OperationView>, Problem> {
    let id = id_of(&id)?;
    app.resume_operation(id).await.map_err(Failure)?;
    view(&app, id).await
}

async fn view(app: &App, id: OperationId) -> Result<Json<OperationView>, Problem> {
    let found = app.find_operation(id).await.map_err(Failure)?;
    let (operation, items) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(OperationView::new(operation, &items)))
}

fn id_of(text: &str) -> Result<OperationId, Problem> {
    text.parse().map_err(|_not_an_id| Problem::not_found())
}
