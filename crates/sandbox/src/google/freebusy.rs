//! `freebusy.query`: when calendars are busy, with per-calendar failures inside a 200.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::calendar::{Calendar, Revision};
use super::caller::{Caller, FREE_BUSY};
use super::errors::ApiError;
use super::events::object;
use super::list::{read_instant, version_read};
use super::recurrence;
use super::when::{find_zone, rfc3339};
use crate::Sandbox;
use crate::gate::Reading;

const MOST_CALENDARS: usize = 50;

/// Google refuses more than about three months; the exact limit is not published.
const LONGEST_RANGE: SignedDuration = SignedDuration::from_hours(93 * 24);

struct Question {
    from: Timestamp,
    to: Timestamp,
    zone: TimeZone,
    calendars: Vec<String>,
}

impl Question {
    fn read(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let (from, to) = (bound(body, "timeMin")?, bound(body, "timeMax")?);
        if from >= to {
            return Err(ApiError::empty_range());
        }
        if to.duration_since(from) > LONGEST_RANGE {
            let message = "The requested time range is too long.";
            return Err(ApiError::bad_request("timeRangeTooLong", message));
        }
        let zone = match body.get("timeZone").and_then(Value::as_str) {
            Some(name) => find_zone(name).ok_or_else(|| ApiError::invalid_parameter("timeZone"))?,
            None => TimeZone::UTC,
        };
        let limit = body.get("calendarExpansionMax").and_then(Value::as_u64);
        if limit.is_some_and(|limit| limit > MOST_CALENDARS as u64) {
            return Err(ApiError::invalid_parameter("calendarExpansionMax"));
        }
        let items = body.get("items").and_then(Value::as_array);
        let ids = items.into_iter().flatten().filter_map(|item| item["id"].as_str());
        Ok(Self { from, to, zone, calendars: ids.map(str::to_owned).collect() })
    }
}

fn bound(body: &Map<String, Value>, name: &'static str) -> Result<Timestamp, ApiError> {
    let text = body.get(name).and_then(Value::as_str);
    read_instant(
        name,
        text.ok_or_else(|| ApiError::required(format!("Missing {name} parameter.")))?,
    )
}

pub(crate) async fn query(
    State(sandbox): State<Sandbox>,
    Extension(reading): Extension<Reading>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.must_have(FREE_BUSY)?;
    let question = Question::read(&object(&body)?)?;
    let calendars: Map<String, Value> = sandbox.store().read(|world| {
        let answers = question.calendars.iter().enumerate().map(|(nth, id)| {
            let calendar = world.google.calendars.get(caller.resolve(id));
            let visible = calendar.filter(|calendar| calendar.role_of(&caller.email).is_some());
            let answer = match visible {
                _ if nth >= MOST_CALENDARS => failed("tooManyCalendarsRequested"),
                Some(calendar) => busy_times(calendar, &question, version_read(calendar, reading)),
                None => failed("notFound"),
            };
            (id.clone(), answer)
        });
        answers.collect()
    });
    Ok(Json(json!({
        "kind": "calendar#freeBusy",
        "timeMin": rfc3339(question.from, &question.zone),
        "timeMax": rfc3339(question.to, &question.zone),
        "calendars": calendars,
    })))
}

fn failed(reason: &str) -> Value {
    json!({ "errors": [{ "domain": "global", "reason": reason }], "busy": [] })
}

fn busy_times(calendar: &Calendar, question: &Question, version: u64) -> Value {
    let zone = calendar.time_zone();
    let blocking = calendar.events_at(version).filter(|seen| blocks(seen.revision, &calendar.id));
    let mut times: Vec<(Timestamp, Timestamp)> = blocking
        .flat_map(|seen| occupied(seen.revision, &zone))
        .map(|(start, end)| (start.max(question.from), end.min(question.to)))
        .filter(|(start, end)| start < end)
        .collect();
    times.sort_unstable();
    let show = |at| rfc3339(at, &question.zone);
    let busy: Vec<Value> = merged(&times)
        .into_iter()
        .map(|(start, end)| json!({ "start": show(start), "end": show(end) }))
        .collect();
    json!({ "busy": busy })
}

/// Tentative events block; transparent, cancelled and declined ones do not. An invitation that
/// is not answered yet blocks too: Google does not say, and busy is the safer reading.
fn blocks(event: &Revision, calendar_id: &str) -> bool {
    let attendees = event.fields.get("attendees").and_then(Value::as_array);
    let declined = attendees.into_iter().flatten().any(|attendee| {
        attendee["email"] == calendar_id && attendee["responseStatus"] == "declined"
    });
    !event.cancelled && !declined && event.text("transparency") != Some("transparent")
}

fn occupied(event: &Revision, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
    match recurrence::expand(event, zone) {
        None => vec![(event.starts(zone), event.ends(zone))],
        Some(instances) => instances
            .iter()
            .map(|instance| (instance.start.instant(zone), instance.end.instant(zone)))
            .collect(),
    }
}

/// Overlapping and touching times as one; the input is sorted by start.
fn merged(times: &[(Timestamp, Timestamp)]) -> Vec<(Timestamp, Timestamp)> {
    let mut busy: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in times {
        match busy.last_mut() {
            Some(last) if *start <= last.1 => last.1 = last.1.max(*end),
            Some(_) | None => busy.push((*start, *end)),
        }
    }
    busy
}
