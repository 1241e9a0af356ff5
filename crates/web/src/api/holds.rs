//! `/v1/holds`: keeping a slot for a visitor while they fill in a form.

use app::App;
use app::hold::{Held, HoldWish};
use app::intake::Raw;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Faults, Pointer};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Anybody;
use super::document::{ProblemDocument, Refused};
use super::failure::{Failure, not_free, taken_or_not_offered};
use super::slots::{length_asked, no_such_length};
use super::times::written;
use crate::http::client_address::Client;
use crate::http::{JsonBody, PathOf, Problem};

/// A slot to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHold {
    /// The service's slug.
    #[schema(max_length = 64)]
    service: String,
    /// When it starts: RFC 3339 with its offset, in the future.
    #[schema(max_length = 64)]
    start: String,
    /// For how many people, of a group service; 1 unless given.
    #[schema(minimum = 1, maximum = 50)]
    party_size: Option<u32>,
    /// One of the service's lengths, such as `60m`; its usual one unless given.
    #[schema(max_length = 32)]
    duration: Option<String>,
    /// What you call your visitor, such as a random text kept in their browser: whoever has a hold
    /// of the service already gives it up for this one.
    #[schema(max_length = 200)]
    visitor: Option<String>,
    /// The token of a link to a service that is found only with one.
    #[schema(max_length = 200)]
    link: Option<String>,
}

/// A slot that is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldView {
    /// Whoever knows it may use the hold: keep it to yourself.
    id: String,
    /// The service's slug.
    service: String,
    /// When it starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// When it lapses.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Keeps a slot for a few minutes; everybody else sees it as taken. Without a key, an address keeps
/// at most ten slots at once, and a service has at most 200 kept.
#[utoipa::path(
    post,
    path = "/v1/holds",
    tag = "booking",
    security((), ("key" = [])),
    request_body = NewHold,
    responses(
        (status = 201, description = "Kept", body = HoldView, headers(("Location" = String))),
        (status = 400, response = Refused),
        (status = 409, description = "`slot_taken` or `slot_unavailable`, with `alternatives`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, response = Refused),
    )
)]
pub(crate) async fn create_hold(
    State(app): State<App>,
    caller: Anybody,
    client: Client,
    JsonBody(body): JsonBody<NewHold>,
) -> Result<Response, Problem> {
    let (wish, zone) = body.parse(&app, caller).await?;
    let address = caller.0.is_none().then_some(client.address);
    let wish = HoldWish { address, ..wish };
    let service = wish.service.clone();
    match app.hold(wish).await.map_err(Failure)? {
        Held::Kept { id, hold } => {
            let location = [(header::LOCATION, format!("/v1/holds/{id}"))];
            let view = HoldView {
                id: id.to_string(),
                service: service.to_string(),
                start: written(hold.slot.start(), &zone),
                end: written(hold.slot.end(), &zone),
                expires_at: written(hold.expires_at, &zone),
            };
            Ok((StatusCode::CREATED, location, Json(view)).into_response())
        }
        Held::Refused { taken, alternatives } => {
            Err(not_free(taken_or_not_offered(taken), &alternatives, &zone))
        }
        Held::TooMany { retry_after } => {
            Err(Problem::too_many_requests(retry_after.unsigned_abs()))
        }
        Held::UnknownService => Err(unknown_service().into()),
    }
}

fn unknown_service() -> Faults {
    Faults::one(Pointer::root().at("service"), "unknown_service", "no service has this id")
}

impl NewHold {
    /// The slot, and the first host's zone, in which its times are told.
    async fn parse(&self, app: &App, caller: Anybody) -> Result<(HoldWish, TimeZone), Problem> {
        let at = Pointer::root().at("start");
        let start = app.read_start(&Raw::new(Some(self.start.clone()), at));
        let pass = caller.pass(self.link.as_deref());
        let found = app.find_service(self.service.trim(), &pass).await.map_err(Failure)?;
        let mut faults = if found.is_none() { unknown_service() } else { Faults::new() };
        faults.extend(start.as_ref().err().cloned().unwrap_or_default());
        let named = found.as_ref().and_then(|(setup, id)| setup.setup.service(id));
        let most = named
            .and_then(|service| service.group.as_ref())
            .map_or(50, |group| group.capacity.min(50));
        if named.is_some() && self.party_size.is_some_and(|people| people > most) {
            let message = format!("must fit in: there are {most} places");
            faults.add(Pointer::root().at("party_size"), "exceeds_capacity", message);
        }
        let duration = length_asked(self.duration.as_deref(), &mut faults);
        if named.is_some_and(|service| service.rules.length(duration).is_none()) {
            faults.extend(no_such_length());
        }
        faults.into_result()?;
        let (setup, service) = found.ok_or_else(Problem::not_found)?;
        let hosts = setup.setup.service(&service).map(|service| setup.setup.hosts_of(service));
        let zone = hosts.and_then(|mut hosts| hosts.next()).map(|host| host.timezone.clone());
        let visitor = self.visitor.clone().filter(|visitor| !visitor.is_empty());
        let wish = HoldWish {
            service,
            start: start?,
            duration,
            people: self.party_size.unwrap_or(1),
            visitor,
            address: None,
        };
        Ok((wish, zone.unwrap_or(TimeZone::UTC)))
    }
}

/// Gives a hold back.
#[utoipa::path(
    delete,
    path = "/v1/holds/{hold}",
    tag = "booking",
    security((), ("key" = [])),
    params(("hold" = String, Path, description = "The hold's identifier.")),
    responses(
        (status = 204, description = "Given back"),
        (status = 404, response = Refused),
        (status = 429, response = Refused),
    )
)]
pub(crate) async fn release_hold(
    State(app): State<App>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_not_an_id| Problem::not_found())?;
    let released = app.release_hold(id).await.map_err(Failure)?;
    if released { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
