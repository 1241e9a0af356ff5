//! `calendarList` and `calendars`: what an account can reach.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use super::calendar::{Role, etag};
use super::caller::{Caller, LIST_CALENDARS, READ_CALENDAR, READ_LIST_ENTRY};
use super::errors::ApiError;
use super::view;
use crate::Sandbox;

const USUAL_RESULTS: usize = 100;
const MOST_RESULTS: usize = 250;

pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(LIST_CALENDARS)?;
    let param =
        |name: &str| params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let limit = match param("maxResults").map(str::parse::<usize>) {
        None => USUAL_RESULTS,
        Some(Ok(limit)) => limit.clamp(1, MOST_RESULTS),
        Some(Err(_)) => return Err(ApiError::invalid_parameter("maxResults")),
    };
    let least = param("minAccessRole").map(read_role).transpose()?;
    // The page token is the id of the last calendar of the page before; ids are not secret here.
    let after = param("pageToken").unwrap_or_default();
    sandbox.store().read(|world| {
        let visible =
            world.google.calendars_of(&caller.email).into_values().filter_map(|calendar| {
                let role = calendar.role_of(&caller.email)?;
                (least.is_none_or(|least| role >= least) && calendar.id.as_str() > after)
                    .then_some((calendar, role))
            });
        let mut entries: Vec<_> = visible.collect();
        let more = entries.len() > limit;
        entries.truncate(limit);
        let newest = entries.iter().map(|(calendar, _)| calendar.version).max().unwrap_or(0);
        let items: Vec<Value> =
            entries.iter().map(|(c, role)| view::calendar_list_entry(c, *role)).collect();
        let mut answer = json!({
            "kind": "calendar#calendarList", "etag": etag(newest), "items": items,
        });
        if let Some((last, _)) = entries.last().filter(|_| more) {
            answer["nextPageToken"] = last.id.clone().into();
        }
        Ok(Json(answer))
    })
}

fn read_role(name: &str) -> Result<Role, ApiError> {
    let roles = [Role::FreeBusyReader, Role::Reader, Role::Writer, Role::Owner];
    let role = roles.into_iter().find(|role| role.name() == name);
    role.ok_or_else(|| ApiError::invalid_parameter("minAccessRole"))
}

pub(crate) async fn list_entry(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(calendar_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    sandbox.store().read(|world| {
        let level = Role::FreeBusyReader;
        let calendar = caller.calendar(&world.google, &calendar_id, level, READ_LIST_ENTRY)?;
        let role = calendar.role_of(&caller.email).unwrap_or(level);
        Ok(Json(view::calendar_list_entry(calendar, role)))
    })
}

pub(crate) async fn get(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(calendar_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    sandbox.store().read(|world| {
        let level = Role::FreeBusyReader;
        let calendar = caller.calendar(&world.google, &calendar_id, level, READ_CALENDAR)?;
        Ok(Json(view::calendar(calendar)))
    })
}
