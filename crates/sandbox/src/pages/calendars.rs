//! A week of one calendar, with what a host does to it: draw, drag and delete events.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;

use super::{Page, html};
use crate::Sandbox;
use crate::control::{ControlError, Input};
use crate::google::Event;

#[derive(Deserialize)]
pub(super) struct Wanted {
    account: Option<String>,
    calendar: Option<String>,
    week: Option<String>,
}

#[derive(Template)]
#[template(path = "calendars.html")]
struct WeekPage {
    page: Page,
    choices: Vec<Choice>,
    calendar: String,
    zone: String,
    days: Vec<Day>,
    monday: Date,
    previous: Date,
    next: Date,
}

struct Choice {
    id: String,
    selected: bool,
}

struct Day {
    name: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    time: String,
    location: String,
    starts_input: String,
    series: bool,
}

pub(super) async fn show(State(sandbox): State<Sandbox>, Query(wanted): Query<Wanted>) -> Response {
    let google = sandbox.google();
    let accounts = google.accounts();
    let calendars: Vec<String> = match &wanted.account {
        Some(account) => google.calendars(account),
        None => accounts.iter().flat_map(|account| google.calendars(account)).collect(),
    };
    let first = wanted.account.clone().filter(|account| calendars.contains(account));
    let calendar = wanted.calendar.or(first).or_else(|| calendars.first().cloned());
    let calendar = calendar.unwrap_or_default();
    let zone = google.zone(&calendar);
    let today = sandbox.now().to_zoned(zone.clone()).date();
    let week = monday(wanted.week.and_then(|week| week.parse().ok()).unwrap_or(today));
    let choices = calendars.into_iter().map(|id| Choice { selected: id == calendar, id });
    html(&WeekPage {
        page: Page::named("Calendars"),
        choices: choices.collect(),
        days: days(&sandbox, &calendar, week, &zone),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        monday: week,
        previous: later(week, -7),
        next: later(week, 7),
        calendar,
    })
}

fn monday(date: Date) -> Date {
    later(date, -i64::from(date.weekday().to_monday_zero_offset()))
}

/// Saturates at the ends of time, which a hand-typed address can reach.
fn later(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

fn days(sandbox: &Sandbox, calendar: &str, week: Date, zone: &TimeZone) -> Vec<Day> {
    (0..7)
        .map(|nth| {
            let date = later(week, nth);
            let (from, to) = (midnight(date, zone), midnight(later(date, 1), zone));
            let entries = sandbox.google().entries_between(calendar, from, to);
            let entries = entries.iter().map(|event| entry(event, zone)).collect();
            Day { name: date.strftime("%a %-d %b").to_string(), entries }
        })
        .collect()
}

fn midnight(date: Date, zone: &TimeZone) -> Timestamp {
    zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).unwrap_or(Timestamp::MAX)
}

fn entry(event: &Event, zone: &TimeZone) -> Entry {
    let start = event.start.to_zoned(zone.clone());
    let end = event.end.to_zoned(zone.clone());
    let all_day = event.resource["start"]["date"].is_string();
    let time = format!("{}–{}", start.strftime("%H:%M"), end.strftime("%H:%M"));
    Entry {
        id: event.id.clone(),
        title: if event.summary.is_empty() {
            "(no title)".to_owned()
        } else {
            event.summary.clone()
        },
        time: if all_day { "all day".to_owned() } else { time },
        location: event.resource["location"].as_str().unwrap_or_default().to_owned(),
        starts_input: start.strftime("%Y-%m-%dT%H:%M").to_string(),
        series: event.resource["recurrence"].is_array(),
    }
}

#[derive(Deserialize)]
pub(super) struct Drawn {
    calendar: String,
    summary: Option<String>,
    start: DateTime,
    minutes: String,
}

pub(super) async fn insert(
    State(sandbox): State<Sandbox>,
    input: Input<Drawn>,
) -> Result<Response, ControlError> {
    let Drawn { calendar, summary, start, minutes } = input.value;
    let minutes = minutes.parse::<i64>().ok().filter(|n| (1..=10_080).contains(n));
    let minutes = minutes
        .ok_or_else(|| ControlError::bad_request("minutes have to lie between 1 and 10080"))?;
    let starts = instant(&sandbox, &calendar, start)?;
    let ends = starts + jiff::SignedDuration::from_mins(minutes);
    sandbox.google().block(&calendar, starts, ends, &summary.unwrap_or_default())?;
    Ok(back(&calendar, start.date()))
}

#[derive(Deserialize)]
pub(super) struct Dragged {
    calendar: String,
    event: String,
    start: DateTime,
}

/// The event keeps its length.
pub(super) async fn relocate(
    State(sandbox): State<Sandbox>,
    input: Input<Dragged>,
) -> Result<Response, ControlError> {
    let Dragged { calendar, event, start } = input.value;
    let starts = instant(&sandbox, &calendar, start)?;
    let events = sandbox.google().events(&calendar);
    let known = events.iter().find(|known| known.id == event);
    let known = known.ok_or_else(|| ControlError::bad_request("the event is gone"))?;
    let ends = starts + known.end.duration_since(known.start);
    sandbox.google().move_event(&calendar, &event, starts, ends)?;
    Ok(back(&calendar, start.date()))
}

#[derive(Deserialize)]
pub(super) struct Deleted {
    calendar: String,
    event: String,
    week: Date,
}

pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    input: Input<Deleted>,
) -> Result<Response, ControlError> {
    let Deleted { calendar, event, week } = input.value;
    sandbox.google().delete_event(&calendar, &event)?;
    Ok(back(&calendar, week))
}

fn instant(sandbox: &Sandbox, calendar: &str, local: DateTime) -> Result<Timestamp, ControlError> {
    let zone = sandbox.google().zone(calendar);
    let in_reach = (1970..=2200).contains(&local.year());
    let instant = zone.to_timestamp(local).ok().filter(|_| in_reach);
    instant.ok_or_else(|| ControlError::bad_request("that time is out of reach"))
}

fn back(calendar: &str, week: Date) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("calendar", calendar)
        .append_pair("week", &week.to_string())
        .finish();
    Redirect::to(&format!("/_sandbox/calendars?{query}")).into_response()
}
