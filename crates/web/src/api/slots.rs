//! `GET /v1/services/{service}/slots`: the busiest call. Its body is written straight into a text,
//! and kept as long as the answer it was made from is true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use app::SetupSnapshot;
use app::slots::FreeSlots;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::time::zone_named;
use domain::{Faults, Interval, Pointer, Service, ServiceId, length};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Anybody;
use super::document::Refused;
use super::failure::Failure;
use super::times;
use crate::http::conditional::ETag;
use crate::http::{PathOf, Problem, QueryOf};
use crate::state::Web;

/// The most days of one answer.
const MOST_DAYS: i32 = 62;

/// How many texts are kept.
const KEPT: usize = 1_024;

/// Which slots are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The first date, in `tz`: `YYYY-MM-DD`.
    from: String,
    /// The last date, in `tz`: at most 62 days.
    to: String,
    /// An IANA zone; the first host's unless given.
    tz: Option<String>,
    /// One of the service's lengths, such as `60m`; its usual one unless given.
    duration: Option<String>,
    /// The token of a link to a service that is found only with one.
    link: Option<String>,
}

/// A length as a query or body writes it.
pub(super) fn length_asked(text: Option<&str>, faults: &mut Faults) -> Option<SignedDuration> {
    let at = Pointer::root().at("duration");
    faults.keep(at, "not_a_length", length::parse(text?.trim()))
}

/// The service has no such length.
pub(super) fn no_such_length() -> Faults {
    let at = Pointer::root().at("duration");
    Faults::one(at, "unknown_duration", "the service has no such length")
}

impl Wanted {
    /// The zone that is asked for, or else the first host's; `None` for one that is not known.
    fn zone(&self, setup: &SetupSnapshot, service: &ServiceId) -> Option<TimeZone> {
        if let Some(name) = &self.tz {
            return zone_named(name);
        }
        let mut hosts = setup.setup.hosts_of(setup.setup.service(service)?);
        hosts.next().map(|host| host.timezone.clone())
    }

    /// The stretch from the first date's beginning to the last date's end, and the length of the
    /// slots.
    fn read(
        &self,
        zone: Option<&TimeZone>,
        service: Option<&Service>,
    ) -> Result<(Interval, Option<SignedDuration>), Faults> {
        let mut faults = Faults::new();
        let at = |parameter: &str| Pointer::root().at(parameter);
        let mut date = |parameter: &str, text: &str| {
            let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
            if date.is_none() {
                faults.add(at(parameter), "invalid_date", "must be a date such as 2026-12-01");
            }
            date
        };
        let dates = (date("from", &self.from), date("to", &self.to));
        if zone.is_none() {
            let message = "must be an IANA zone such as America/New_York";
            faults.add(at("tz"), "unknown_timezone", message);
        }
        let range = match (dates, zone) {
            ((Some(from), Some(to)), Some(zone)) => {
                let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
                let fits = (0..MOST_DAYS).contains(&days);
                if !fits {
                    let message = format!("must be from `from` on, at most {MOST_DAYS} days");
                    faults.add(at("to"), "out_of_range", message);
                }
                fits.then(|| stretch(from, to, zone)).flatten()
            }
            _ => None,
        };
        let duration = length_asked(self.duration.as_deref(), &mut faults);
        if duration.is_some() && service.is_some_and(|found| found.rules.length(duration).is_none())
        {
            faults.extend(no_such_length());
        }
        faults.into_result()?;
        let out_of_time = || Faults::one(at("from"), "out_of_range", "is beyond all calendars");
        Ok((range.ok_or_else(out_of_time)?, duration))
    }
}

fn stretch(from: Date, to: Date, zone: &TimeZone) -> Option<Interval> {
    let begin = |date: Date| date.to_zoned(zone.clone()).ok().map(|begin| begin.timestamp());
    Interval::new(begin(from)?, begin(to.checked_add(1.day()).ok()?)?)
}

/// The free slots of a service, as published.
#[derive(Serialize, ToSchema)]
#[schema(as = Slots)]
pub(crate) struct SlotsView {
    /// The service's slug.
    service: String,
    /// The IANA zone in which the times are told.
    timezone: String,
    /// By their starts.
    slots: Vec<SlotView>,
}

/// A slot.
#[derive(Serialize, ToSchema)]
#[schema(as = Slot)]
pub(crate) struct SlotView {
    /// When it starts.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
    /// How many people can still book it together; a full slot of a group service has 0.
    remaining: u32,
}

/// The free slots of a service.
#[utoipa::path(
    get,
    path = "/v1/services/{service}/slots",
    tag = "booking",
    security((), ("key" = [])),
    params(("service" = String, Path, description = "The service's slug."), Wanted),
    responses(
        (status = 200, description = "The free slots", body = SlotsView, headers(("ETag" = String))),
        (status = 304, description = "As they were when this `If-None-Match` was given"),
        (status = 400, response = Refused),
        (status = 404, response = Refused),
        (status = 429, response = Refused),
    )
)]
pub(crate) async fn list_slots(
    State(web): State<Web>,
    caller: Anybody,
    PathOf(service): PathOf<String>,
    QueryOf(wanted): QueryOf<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let pass = caller.pass(wanted.link.as_deref());
    let found = web.app.find_service(&service, &pass).await.map_err(Failure)?;
    let (setup, id) = found.ok_or_else(Problem::not_found)?;
    let zone = wanted.zone(&setup, &id);
    let (range, duration) = wanted.read(zone.as_ref(), setup.setup.service(&id))?;
    let zone = zone.unwrap_or(TimeZone::UTC);
    let free = web.app.free_slots_lasting(&id, duration, range).await.map_err(Failure)?;
    let free = free.ok_or_else(Problem::not_found)?;
    let kept = web.slot_texts.of(id, range, &zone, free);
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok(kept.tag.clone().respond(&headers, || (kind, kept.body()).into_response()))
}

/// The texts of answers that were given before.
#[derive(Default)]
pub(crate) struct SlotTexts(Mutex<HashMap<Key, Arc<SlotText>>>);

type Key = (ServiceId, Interval, String);

/// An answer as it is sent. Who has it already is told so by its tag alone, so the text is written
/// when it is first wanted.
struct SlotText {
    service: ServiceId,
    zone: TimeZone,
    free: Arc<FreeSlots>,
    tag: ETag,
    body: OnceLock<Bytes>,
}

impl SlotTexts {
    fn of(
        &self,
        service: ServiceId,
        range: Interval,
        zone: &TimeZone,
        free: Arc<FreeSlots>,
    ) -> Arc<SlotText> {
        let key = (service, range, times::name(zone).to_owned());
        // The same answer, and not only an equal one: it is the app that knows how long it is true.
        if let Some(text) = self.kept().get(&key)
            && Arc::ptr_eq(&text.free, &free)
        {
            return text.clone();
        }
        let text = Arc::new(SlotText::new(key.0.clone(), zone.clone(), free));
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, text.clone());
        text
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<SlotText>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotText {
    fn new(service: ServiceId, zone: TimeZone, free: Arc<FreeSlots>) -> Self {
        let tag = ETag::of(told(&service, &zone, &free));
        Self { service, zone, free, tag, body: OnceLock::new() }
    }

    fn body(&self) -> Bytes {
        let write = || Bytes::from(text(&self.service, &self.zone, &self.free));
        self.body.get_or_init(write).clone()
    }
}

/// Everything that the text tells, in far fewer bytes.
fn told(service: &ServiceId, zone: &TimeZone, free: &FreeSlots) -> Vec<u8> {
    const SLOT: usize = 20;
    let mut told = Vec::with_capacity(128 + free.slots.len() * SLOT);
    told.extend_from_slice(service.as_str().as_bytes());
    told.push(0);
    told.extend_from_slice(times::name(zone).as_bytes());
    told.push(0);
    for free in &free.slots {
        told.extend_from_slice(&free.slot.start().as_microsecond().to_be_bytes());
        told.extend_from_slice(&free.slot.end().as_microsecond().to_be_bytes());
        told.extend_from_slice(&free.remaining.to_be_bytes());
    }
    told
}

/// Slugs, zone names and times hold nothing that JSON would escape.
fn text(service: &ServiceId, zone: &TimeZone, free: &FreeSlots) -> String {
    const ONE: usize = 92;
    let mut text = String::with_capacity(128 + free.slots.len() * ONE);
    let zone_name = times::name(zone);
    text.extend([
        r#"{"service":""#,
        service.as_str(),
        r#"","timezone":""#,
        zone_name,
        r#"","slots":["#,
    ]);
    let mut times = times::Writer::new(zone);
    for (index, free) in free.slots.iter().enumerate() {
        text.push_str(if index == 0 { r#"{"start":""# } else { r#",{"start":""# });
        times.write(&mut text, free.slot.start());
        text.push_str(r#"","end":""#);
        times.write(&mut text, free.slot.end());
        text.push_str(r#"","remaining":"#);
        text.push_str(&free.remaining.to_string());
        text.push('}');
    }
    text.push_str("]}");
    text
}
