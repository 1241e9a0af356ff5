//! Every request to the Calendar API, held against Google's discovery document.

use std::time::Duration;

use doorstep_providers::google::{
    Channel, EventAttendee, EventBody, EventPatch, EventQuery, GoogleCalendar, GoogleEndpoints,
    NewChannel, Reminder, ReminderMethod, SCOPES, SendUpdates,
};
use doorstep_providers::{Http, HttpLimits};
use serde_json::Value;

use crate::specs::{self, faults, is_instance, parameter_faults};
use crate::support::{Received, Server, json};

fn event() -> EventBody {
    let zoned = |text: &str| text.parse().expect("a zoned time");
    EventBody {
        id: "5f0c9b7e2d1a".to_owned(),
        summary: "Viewing: Dana".to_owned(),
        location: Some("123 Main St".to_owned()),
        description: Some("Call 555-0100".to_owned()),
        start: zoned("2026-12-01T10:00:00-08:00[America/Los_Angeles]"),
        end: zoned("2026-12-01T10:30:00-08:00[America/Los_Angeles]"),
        attendees: vec![EventAttendee {
            email: "dana@example.com".to_owned(),
            display_name: Some("Dana".to_owned()),
        }],
        reminders: vec![
            Reminder { method: ReminderMethod::Email, minutes: 1440 },
            Reminder { method: ReminderMethod::Popup, minutes: 60 },
        ],
        private: [("doorstep_booking".to_owned(), "bkg_1".to_owned())].into(),
        guests_can_see_other_guests: false,
    }
}

fn patch() -> EventPatch {
    let event = event();
    EventPatch {
        summary: Some(event.summary),
        location: event.location,
        description: event.description,
        start: Some(event.start),
        end: Some(event.end),
        attendees: Some(event.attendees),
        reminders: Some(event.reminders),
        private: event.private,
    }
}

/// Everything the client can say, each call with all its options.
async fn everything(calendar: &GoogleCalendar<'_>) {
    let (start, end) = (event().start.timestamp(), event().end.timestamp());
    let id = event().id;
    let channel = NewChannel {
        id: "chn-1".to_owned(),
        address: "https://book.example/callbacks/google".parse().expect("a URL"),
        token: "channel-token".into(),
        lifetime: Duration::from_hours(24),
    };
    let open =
        Channel { id: "chn-1".to_owned(), resource_id: "res-1".to_owned(), expires_at: None };

    drop(calendar.busy(&["a@example.com", "b@example.com"], start, end).await);
    for updates in [SendUpdates::All, SendUpdates::ExternalOnly, SendUpdates::None] {
        drop(calendar.insert_event("a@example.com", &event(), updates).await);
        let etag = Some("\"1\"");
        drop(calendar.patch_event("a@example.com", &id, &patch(), etag, updates).await);
        drop(calendar.delete_event("a@example.com", &id, updates).await);
    }
    drop(calendar.get_event("a@example.com", &id).await);
    for query in [
        EventQuery::Overlapping { start, end },
        EventQuery::WithPrivateProperty { key: "doorstep_booking", value: "bkg_1" },
        EventQuery::Changes { sync_token: "CPDA" },
    ] {
        drop(calendar.list_events("a@example.com", &query, Some("page")).await);
    }
    drop(calendar.list_calendars(Some("page")).await);
    drop(calendar.watch_events("a@example.com", &channel).await);
    drop(calendar.stop_channel(&open).await);
}

#[tokio::test]
async fn every_request_is_one_google_documents() {
    let server = Server::start(vec![json(200, "{}"); 32]).await;
    let endpoints = GoogleEndpoints { api_base: server.url("/"), ..GoogleEndpoints::default() };
    let (http, token) = (Http::new(HttpLimits::default()).expect("a client"), "ya29.x".into());

    everything(&GoogleCalendar { http: &http, endpoints: &endpoints, access_token: &token }).await;

    let discovery = specs::load("google/calendar.v3.json");
    let requests = server.requests();
    assert_eq!(requests.len(), 17);
    for request in &requests {
        let faults = request_faults(&discovery, request);
        assert!(faults.is_empty(), "{}: {faults:#?}", request.line());
    }
}

fn request_faults(discovery: &Value, request: &Received) -> Vec<String> {
    let (http_method, path, query) = specs::target(request.line());
    let resources = discovery["resources"].as_object().expect("resources").values();
    let method = resources
        .flat_map(|resource| resource["methods"].as_object().expect("methods").values())
        .find(|method| {
            let template = format!("/calendar/v3/{}", method["path"].as_str().unwrap_or_default());
            method["httpMethod"] == http_method.as_str() && is_instance(&template, &path)
        });
    let Some(method) = method else { return vec!["no such method".to_owned()] };

    let mut found = Vec::new();
    for (name, value) in &query {
        let own = &method["parameters"][name];
        let schema = if own.is_object() { own } else { &discovery["parameters"][name] };
        if !schema.is_object() || schema["location"] != "query" {
            found.push(format!("?{name}: no such parameter"));
        }
        found.extend(parameter_faults(schema, value, &format!("?{name}")));
    }
    found.extend(body_faults(discovery, method, &request.body));
    if !granted(method) {
        found.push("needs a scope we do not ask for".to_owned());
    }
    found
}

fn body_faults(discovery: &Value, method: &Value, body: &str) -> Vec<String> {
    match (method["request"].is_object(), body) {
        (false, "") => Vec::new(),
        (false, _) => vec!["a body where none belongs".to_owned()],
        (true, _) => {
            let json: Value = serde_json::from_str(body).expect("a JSON body");
            faults(&discovery["schemas"], &method["request"], &json, "")
        }
    }
}

fn granted(method: &Value) -> bool {
    let accepted = method["scopes"].as_array().expect("scopes");
    accepted.iter().any(|scope| SCOPES.iter().any(|ours| scope == ours))
}

#[test]
fn the_check_itself_finds_faults() {
    let discovery = specs::load("google/calendar.v3.json");
    let request = |line: &str, body: &str| Received {
        head: format!("{line} HTTP/1.1"),
        body: body.to_owned(),
    };
    let spoilt = [
        request("POST /calendar/v3/freebusy", "{}"),
        request("GET /calendar/v3/calendars/a/events/b?sendUpdates=all", ""),
        request("DELETE /calendar/v3/calendars/a/events/b?sendUpdates=some", ""),
        request("POST /calendar/v3/calendars/a/events", r#"{"start":"today"}"#),
        request("POST /calendar/v3/calendars/a/events", r#"{"title":"x"}"#),
    ];
    for request in spoilt {
        assert!(!request_faults(&discovery, &request).is_empty(), "{}", request.line());
    }
}
