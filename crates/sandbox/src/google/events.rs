//! The `events` methods over the wire, except listing.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::calendar::{Calendar, Role, Seen};
use super::caller::{Caller, MOVE_EVENTS, READ_EVENTS, WRITE_EVENTS};
use super::edit::{self, Author, Change};
use super::errors::ApiError;
use super::list::version_read;
use super::view::View;
use super::when::find_zone;
use super::{channels, recurrence};
use crate::Sandbox;
use crate::gate::Reading;

/// Query parameters of a call that takes each at most once.
type Params = Query<BTreeMap<String, String>>;

pub(crate) async fn insert(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(calendar_id): Path<String>,
    Query(params): Params,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(WRITE_EVENTS)?;
    let written = object(&body)?;
    create(&sandbox, &caller, &calendar_id, &params, &written, edit::insert)
}

pub(crate) async fn import(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(calendar_id): Path<String>,
    Query(params): Params,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(WRITE_EVENTS)?;
    let written = object(&body)?;
    create(&sandbox, &caller, &calendar_id, &params, &written, edit::import)
}

type Create = fn(
    &mut Calendar,
    &Map<String, Value>,
    &Author,
    &mut crate::chance::Ids,
) -> Result<String, ApiError>;

fn create(
    sandbox: &Sandbox,
    caller: &Caller,
    calendar_id: &str,
    params: &BTreeMap<String, String>,
    written: &Map<String, Value>,
    create: Create,
) -> Result<Json<Value>, ApiError> {
    let author = author(sandbox, caller, params)?;
    let shown = sandbox.store().write(|world| {
        let calendar = caller.calendar_mut(&mut world.google, calendar_id, WRITE_EVENTS)?;
        let id = create(calendar, written, &author, &mut world.ids)?;
        show_current(sandbox, calendar, &id, None)
    })?;
    channels::announce(sandbox, caller.resolve(calendar_id));
    Ok(Json(shown))
}

pub(crate) async fn get(
    State(sandbox): State<Sandbox>,
    Extension(reading): Extension<Reading>,
    caller: Caller,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(params): Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let zone = params.get("timeZone").map(|zone| asked_zone(zone)).transpose()?;
    let shown = sandbox.store().read(|world| {
        let calendar = caller.calendar(&world.google, &calendar_id, Role::Reader, READ_EVENTS)?;
        show(&sandbox, calendar, &event_id, zone, version_read(calendar, reading))
    })?;
    let unchanged = headers.get(header::IF_NONE_MATCH).and_then(|etag| etag.to_str().ok());
    if unchanged.is_some_and(|etag| shown["etag"] == etag) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(Json(shown).into_response())
}

pub(crate) async fn patch(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Query(params): Params,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(WRITE_EVENTS)?;
    let written = object(&body)?;
    change(&sandbox, &caller, &path, &params, &headers, &Change::Patch(&written))
}

pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Query(params): Params,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(WRITE_EVENTS)?;
    let written = object(&body)?;
    change(&sandbox, &caller, &path, &params, &headers, &Change::Replace(&written))
}

fn change(
    sandbox: &Sandbox,
    caller: &Caller,
    (calendar_id, event_id): &(String, String),
    params: &BTreeMap<String, String>,
    headers: &HeaderMap,
    change: &Change<'_>,
) -> Result<Json<Value>, ApiError> {
    let author = author(sandbox, caller, params)?;
    let shown = sandbox.store().write(|world| {
        let calendar = caller.calendar_mut(&mut world.google, calendar_id, WRITE_EVENTS)?;
        edit::change(calendar, event_id, change, if_match(headers), &author)?;
        show_current(sandbox, calendar, event_id, None)
    })?;
    channels::announce(sandbox, caller.resolve(calendar_id));
    Ok(Json(shown))
}

pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(params): Params,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let author = author(&sandbox, &caller, &params)?;
    sandbox.store().write(|world| {
        let calendar = caller.calendar_mut(&mut world.google, &calendar_id, WRITE_EVENTS)?;
        edit::delete(calendar, &event_id, if_match(&headers), &author)
    })?;
    channels::announce(&sandbox, caller.resolve(&calendar_id));
    Ok(StatusCode::NO_CONTENT)
}

/// `events.move`: the event leaves one calendar as a tombstone and goes on in another with its id.
pub(crate) async fn relocate(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((calendar_id, event_id)): Path<(String, String)>,
    Query(params): Params,
) -> Result<Json<Value>, ApiError> {
    let destination = params.get("destination");
    let destination =
        destination.ok_or_else(|| ApiError::required("Required parameter: destination"))?;
    let author = author(&sandbox, &caller, &params)?;
    let shown = sandbox.store().write(|world| {
        caller.calendar_mut(&mut world.google, destination, MOVE_EVENTS)?;
        let source = caller.calendar_mut(&mut world.google, &calendar_id, MOVE_EVENTS)?;
        let moved = leaving(source, &event_id)?;
        let target = caller.calendar_mut(&mut world.google, destination, MOVE_EVENTS)?;
        edit::insert(target, &moved, &author, &mut world.ids)?;
        let shown = show_current(&sandbox, target, &event_id, None)?;
        let source = caller.calendar_mut(&mut world.google, &calendar_id, MOVE_EVENTS)?;
        edit::delete(source, &event_id, None, &author)?;
        Ok::<_, ApiError>(shown)
    })?;
    channels::announce(&sandbox, caller.resolve(&calendar_id));
    channels::announce(&sandbox, caller.resolve(destination));
    Ok(Json(shown))
}

/// The live event as it would be written into another calendar.
fn leaving(source: &Calendar, event_id: &str) -> Result<Map<String, Value>, ApiError> {
    let event = source.events.get(event_id).ok_or_else(ApiError::not_found)?;
    if event.current.cancelled {
        return Err(ApiError::deleted());
    }
    let mut moved = edit::writable(&event.current, source);
    moved.insert("id".to_owned(), event_id.into());
    moved.insert("sequence".to_owned(), (event.current.sequence + 1).into());
    Ok(moved)
}

fn show_current(
    sandbox: &Sandbox,
    calendar: &Calendar,
    event_id: &str,
    zone: Option<TimeZone>,
) -> Result<Value, ApiError> {
    show(sandbox, calendar, event_id, zone, calendar.version)
}

/// An event, a tombstone or one instance of a series.
fn show(
    sandbox: &Sandbox,
    calendar: &Calendar,
    event_id: &str,
    zone: Option<TimeZone>,
    version: u64,
) -> Result<Value, ApiError> {
    let zone = zone.unwrap_or_else(|| calendar.time_zone());
    let view = View { calendar, zone, public_base: &sandbox.options().public_base };
    if let Some(seen) = calendar.find_at(event_id, version) {
        return Ok(view.event(seen));
    }
    let (series, suffix) = event_id.rsplit_once('_').ok_or_else(ApiError::not_found)?;
    let seen = calendar.find_at(series, version).ok_or_else(ApiError::not_found)?;
    let instances = recurrence::expand(seen.revision, &calendar.time_zone()).unwrap_or_default();
    let instance = instances.iter().find(|instance| instance.suffix[1..] == *suffix);
    instance.map(|instance| view.instance(seen, instance)).ok_or_else(ApiError::not_found)
}

/// `events.instances`: one page with every instance of a series.
pub(crate) async fn instances(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((calendar_id, event_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    sandbox.store().read(|world| {
        let calendar = caller.calendar(&world.google, &calendar_id, Role::Reader, READ_EVENTS)?;
        let zone = calendar.time_zone();
        let seen = calendar.find_at(&event_id, calendar.version);
        let seen: Seen<'_> = seen.ok_or_else(ApiError::not_found)?;
        let instances = recurrence::expand(seen.revision, &zone).unwrap_or_default();
        let view = View { calendar, zone, public_base: &sandbox.options().public_base };
        let items = instances.iter().map(|instance| view.instance(seen, instance));
        let items: Vec<Value> = items.collect();
        let role = calendar.role_of(&caller.email).unwrap_or(Role::Reader);
        Ok(Json(view.page(role, calendar.version, &items)))
    })
}

fn author(
    sandbox: &Sandbox,
    caller: &Caller,
    params: &BTreeMap<String, String>,
) -> Result<Author, ApiError> {
    let send_updates = params.get("sendUpdates").cloned();
    let known = |asked: &String| ["all", "externalOnly", "none"].contains(&asked.as_str());
    if send_updates.as_ref().is_some_and(|asked| !known(asked)) {
        return Err(ApiError::invalid_parameter("sendUpdates"));
    }
    Ok(Author { email: caller.email.clone(), now: sandbox.now(), send_updates })
}

fn if_match(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_MATCH).and_then(|etag| etag.to_str().ok())
}

fn asked_zone(name: &str) -> Result<TimeZone, ApiError> {
    find_zone(name).ok_or_else(|| ApiError::invalid_parameter("timeZone"))
}

/// A JSON object, or Google's complaint that it is not one.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::bad_request("parseError", "Parse Error"))
}
