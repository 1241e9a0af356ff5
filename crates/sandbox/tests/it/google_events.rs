//! Writing and reading events, and asking when someone is busy.

use doorstep_sandbox::google::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::Bench;

const EVENTS: &str = "calendars/primary/events";
const ID: &str = "5f0c9b7e2d1a4c3f8b6e0d9c7a5b3e1f";

fn viewing() -> Value {
    json!({
        "id": ID,
        "summary": "Viewing – B. Guest",
        "location": "123 Main St",
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich" },
        "end": { "dateTime": "2026-12-01T10:30:00+01:00", "timeZone": "Europe/Zurich" },
        "attendees": [{ "email": "ann@example.com" }, { "email": "bo@example.net" }],
        "reminders": { "useDefault": false, "overrides": [{ "method": "popup", "minutes": 30 }] },
        "extendedProperties": { "private": { "booking": "bkg_1" } },
    })
}

fn event() -> String {
    format!("{EVENTS}/{ID}")
}

#[tokio::test]
async fn an_inserted_event_can_be_read_back() {
    let bench = Bench::start().await;
    let ann = bench.ann();

    let inserted = ann.post(&format!("{EVENTS}?sendUpdates=all"), &viewing()).await.ok();

    assert_eq!(inserted, ann.get(&event()).await.ok());
    assert_eq!(inserted["status"], "confirmed");
    assert_eq!(inserted["organizer"], json!({ "email": "ann@example.com", "self": true }));
    assert_eq!(inserted["attendees"][0]["responseStatus"], "accepted");
    let events = bench.sandbox.google().events("ann@example.com");
    assert_eq!(events[0].private_property("booking"), Some("bkg_1"));
    assert_eq!(events[0].send_updates.as_deref(), Some("all"));
}

#[tokio::test]
async fn an_id_is_taken_for_ever() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    ann.post(EVENTS, &viewing()).await.ok();

    assert_eq!(ann.post(EVENTS, &viewing()).await.reason(), (409, "duplicate"));
    assert_eq!(ann.delete(&event()).await.status, 204);
    assert_eq!(ann.post(EVENTS, &viewing()).await.reason(), (409, "duplicate"));
    assert_eq!(ann.delete(&event()).await.reason(), (410, "deleted"));
    assert_eq!(ann.get(&event()).await.ok()["status"], "cancelled");
    assert_eq!(ann.patch(&event(), &json!({ "summary": "x" })).await.reason(), (403, "forbidden"));
    assert_eq!(ann.delete(&format!("{EVENTS}/neverthere")).await.reason(), (404, "notFound"));
}

#[tokio::test]
async fn a_write_may_depend_on_the_entity_tag() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let first = ann.post(EVENTS, &viewing()).await.ok();
    let etag = first["etag"].as_str().unwrap();
    let patch = json!({ "summary": "Second viewing", "location": null });
    let matching = [("If-Match", etag)];

    let second = ann.call_with(Method::PATCH, &event(), Some(&patch), &matching).await.ok();
    let stale = ann.call_with(Method::DELETE, &event(), None, &matching).await;

    assert_ne!(first["etag"], second["etag"]);
    assert_eq!(second["location"], Value::Null);
    assert_eq!(second["sequence"], 0);
    assert_eq!(stale.reason(), (412, "conditionNotMet"));
}

#[tokio::test]
async fn a_move_raises_the_sequence_and_an_update_resets_what_it_omits() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    ann.post(EVENTS, &viewing()).await.ok();
    let later = json!({
        "start": { "dateTime": "2026-12-01T11:00:00+01:00" },
        "end": { "dateTime": "2026-12-01T11:30:00+01:00" },
    });

    let moved = ann.patch(&event(), &later).await.ok();
    let updated = ann.call(Method::PUT, &event(), Some(&later)).await.ok();

    assert_eq!(moved["sequence"], 1);
    assert_eq!(moved["start"]["timeZone"], "Europe/Zurich");
    assert_eq!(moved["summary"], viewing()["summary"]);
    assert_eq!(updated["summary"], Value::Null);
}

#[tokio::test]
async fn what_google_refuses_is_refused() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let with = |field: &str, value: Value| {
        let mut event = viewing();
        event[field] = value;
        event
    };
    let cases = [
        (with("id", json!("5F0C-9B7E")), "invalid"),
        (with("end", json!({ "dateTime": "2026-12-01T09:00:00+01:00" })), "timeRangeEmpty"),
        (with("end", json!({ "date": "2026-12-02" })), "timeRangeEmpty"),
        (with("start", Value::Null), "required"),
        (with("start", json!({ "dateTime": "2026-12-01T10:00:00" })), "required"),
        (with("start", json!({ "date": "9999-12-31" })), "invalid"),
        (with("end", json!({ "dateTime": "9999-12-30T21:00:00Z" })), "invalid"),
        (with("attendees", json!([{ "displayName": "Bo" }])), "required"),
        (with("recurrence", json!(["RRULE:FREQ=YEARLY"])), "invalid"),
        (with("summary", json!(7)), "invalid"),
        (json!([]), "parseError"),
    ];
    for (event, reason) in cases {
        assert_eq!(ann.post(EVENTS, &event).await.reason(), (400, reason), "{event}");
    }
    assert!(bench.sandbox.google().all_events("ann@example.com").is_empty());
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scopes_and_roles() {
    let bench = Bench::start().await;
    let google = bench.sandbox.google();
    let ann = bench.ann();
    ann.post(EVENTS, &viewing()).await.ok();
    let bo = google.create_account_with("bo@example.com", "UTC", &["calendar.events"]).unwrap();
    let bo = bench.client(&bo);
    let anns = "calendars/ann%40example.com/events";
    let range = json!({
        "timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z", "items": [],
    });

    assert_eq!(bo.post("freeBusy", &range).await.reason(), (403, "insufficientPermissions"));
    assert_eq!(bo.get("users/me/calendarList").await.reason(), (403, "insufficientPermissions"));
    assert_eq!(bo.get(anns).await.reason(), (404, "notFound"));
    google.share("ann@example.com", "bo@example.com", Role::Reader).unwrap();
    assert_eq!(bo.get(anns).await.ok()["accessRole"], "reader");
    assert_eq!(bo.post(anns, &viewing()).await.reason(), (403, "requiredAccessLevel"));
}

#[tokio::test]
async fn busy_is_what_blocks_and_failures_hide_inside_a_200() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let google = bench.sandbox.google();
    let at = |hour: u8| format!("2026-12-01T{hour:02}:00:00Z");
    let add = |fields: Value| {
        let mut event = json!({ "start": { "dateTime": at(9) }, "end": { "dateTime": at(10) } });
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        google.insert_event("ann@example.com", &event).unwrap()
    };
    add(json!({ "transparency": "transparent", "end": { "dateTime": at(20) } }));
    add(json!({
        "end": { "dateTime": at(20) },
        "attendees": [{ "email": "ann@example.com", "responseStatus": "declined" }],
    }));
    let gone = add(json!({ "end": { "dateTime": at(20) } }));
    google.delete_event("ann@example.com", &gone).unwrap();
    add(json!({ "status": "tentative" }));
    add(json!({ "start": { "dateTime": at(10) }, "end": { "dateTime": at(11) } }));
    add(json!({
        "start": { "dateTime": "2026-11-30T15:00:00Z", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-30T16:00:00Z", "timeZone": "UTC" },
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
    }));

    let question = json!({
        "timeMin": at(9), "timeMax": at(18),
        "items": [{ "id": "primary" }, { "id": "gone@example.com" }],
    });
    let calendars = ann.post("freeBusy", &question).await.ok()["calendars"].clone();

    let busy = json!([
        { "start": at(9), "end": at(11) },
        { "start": at(15), "end": at(16) },
    ]);
    assert_eq!(calendars["primary"], json!({ "busy": busy }));
    assert_eq!(calendars["gone@example.com"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn a_free_busy_question_has_limits() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let ask = |from: &str, to: &str| json!({ "timeMin": from, "timeMax": to, "items": [] });

    let long = ann.post("freeBusy", &ask("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z")).await;
    let empty = ann.post("freeBusy", &ask("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")).await;

    assert_eq!(long.reason(), (400, "timeRangeTooLong"));
    assert_eq!(empty.reason(), (400, "timeRangeEmpty"));
}

#[tokio::test]
async fn an_event_moves_between_the_calendars_of_an_account() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let google = bench.sandbox.google();
    let second = google.create_calendar("ann@example.com", "Viewings").unwrap();
    ann.post(EVENTS, &viewing()).await.ok();

    let moved = format!("{}/move?destination={second}", event());
    let moved = ann.call(Method::POST, &moved, None).await.ok();

    assert_eq!(moved["organizer"]["email"], second);
    assert!(google.events("ann@example.com").is_empty());
    assert_eq!(google.events(&second)[0].id, ID);
    let list = ann.get("users/me/calendarList").await.ok();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(ann.get("calendars/primary").await.ok()["timeZone"], "Europe/Zurich");
    let entry = ann.get("users/me/calendarList/primary").await.ok();
    assert_eq!((&entry["primary"], &entry["accessRole"]), (&json!(true), &json!("owner")));
}

#[tokio::test]
async fn an_import_is_found_by_its_uid() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let mut event = viewing();
    event.as_object_mut().unwrap().remove("id");
    event["iCalUID"] = json!("apt_1@agency.example");

    let first = ann.post(&format!("{EVENTS}/import"), &event).await.ok();
    event["summary"] = json!("Changed");
    let second = ann.post(&format!("{EVENTS}/import"), &event).await.ok();

    assert_eq!(first["id"], second["id"]);
    assert_eq!(bench.sandbox.google().events("ann@example.com").len(), 1);
    let found = ann.get(&format!("{EVENTS}?iCalUID=apt_1%40agency.example")).await.ok();
    assert_eq!(found["items"][0]["summary"], "Changed");
}
