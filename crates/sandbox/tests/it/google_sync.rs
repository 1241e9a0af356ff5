//! Listing: filters, pages, and what changed since a sync token.

use serde_json::{Value, json};

use crate::bench::{Bench, GoogleClient};

const ANN: &str = "ann@example.com";
const EVENTS: &str = "calendars/primary/events";

fn at(hour: u8) -> Value {
    json!({ "dateTime": format!("2026-12-01T{hour:02}:00:00Z") })
}

fn add(bench: &Bench, id: &str, hour: u8) {
    let event = json!({
        "id": id, "summary": format!("Event {id}"), "start": at(hour), "end": at(hour + 1),
        "extendedProperties": { "private": { "booking": id } },
    });
    bench.sandbox.google().insert_event(ANN, &event).unwrap();
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn list(ann: &GoogleClient<'_>, query: &str) -> Value {
    ann.get(&format!("{EVENTS}?{query}")).await.ok()
}

#[tokio::test]
async fn a_range_takes_what_overlaps_it() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    for (id, hour) in [("first", 8), ("second", 9), ("third", 10), ("fourth", 11)] {
        add(&bench, id, hour);
    }

    let range = "timeMin=2026-12-01T09:00:00Z&timeMax=2026-12-01T11:00:00Z";
    let found = list(&ann, &format!("{range}&singleEvents=true&orderBy=startTime")).await;

    assert_eq!(ids(&found), ["second", "third"]);
    assert_eq!(found["nextSyncToken"], Value::Null);
    assert_eq!(ids(&list(&ann, "privateExtendedProperty=booking%3Dthird").await), ["third"]);
    assert_eq!(ids(&list(&ann, "q=event+fourth").await), ["fourth"]);
}

#[tokio::test]
async fn pages_end_in_a_sync_token_that_misses_nothing() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    for (nth, id) in ["aaaaa", "bbbbb", "ccccc"].into_iter().enumerate() {
        add(&bench, id, u8::try_from(nth).unwrap() + 8);
    }

    let first = list(&ann, "maxResults=2").await;
    add(&bench, "aaaaaa", 15);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = list(&ann, &format!("maxResults=2&pageToken={token}")).await;
    let sync = second["nextSyncToken"].as_str().unwrap();
    let changes = list(&ann, &format!("syncToken={sync}")).await;

    assert_eq!(first["nextSyncToken"], Value::Null);
    assert_eq!((ids(&first), ids(&second)), (vec!["aaaaa", "bbbbb"], vec!["ccccc"]));
    assert_eq!(ids(&changes), ["aaaaaa"]);
}

#[tokio::test]
async fn changes_bring_deletions_and_only_what_changed() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let google = bench.sandbox.google();
    add(&bench, "keptt", 8);
    add(&bench, "gonee", 9);
    let full = list(&ann, "").await;
    let sync = full["nextSyncToken"].as_str().unwrap();

    google.delete_event(ANN, "gonee").unwrap();
    let changes = list(&ann, &format!("syncToken={sync}")).await;
    let sync = changes["nextSyncToken"].as_str().unwrap();

    assert_eq!(ids(&changes), ["gonee"]);
    assert_eq!(changes["items"][0]["status"], "cancelled");
    assert!(ids(&list(&ann, &format!("syncToken={sync}")).await).is_empty());
    assert_eq!(ids(&list(&ann, "").await), ["keptt"]);
    assert_eq!(ids(&list(&ann, "showDeleted=true").await), ["gonee", "keptt"]);
}

#[tokio::test]
async fn a_sync_token_is_bound_and_can_expire() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let full = list(&ann, "").await;
    let sync = full["nextSyncToken"].as_str().unwrap().to_owned();
    let ask = async |query: String| ann.get(&format!("{EVENTS}?{query}")).await;

    let forbidden = ask(format!("syncToken={sync}&timeMin=2026-12-01T09:00:00Z")).await;
    let hidden = ask(format!("syncToken={sync}&showDeleted=false")).await;
    let other_shape = ask(format!("syncToken={sync}&singleEvents=true")).await;
    let nonsense = ask("syncToken=nonsense".to_owned()).await;
    bench.sandbox.google().expire_sync_tokens(ANN);
    let expired = ask(format!("syncToken={sync}")).await;

    assert_eq!(forbidden.reason(), (400, "invalid"));
    assert_eq!(hidden.reason(), (400, "invalid"));
    assert_eq!(other_shape.reason(), (410, "fullSyncRequired"));
    assert_eq!(nonsense.reason(), (400, "invalid"));
    assert_eq!(expired.reason(), (410, "fullSyncRequired"));
    assert!(list(&ann, "").await["nextSyncToken"].is_string());
}

#[tokio::test]
async fn a_series_is_expanded_on_request() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    let series = json!({
        "id": "serie", "summary": "Standup", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        "start": { "dateTime": "2026-12-01T09:00:00+01:00", "timeZone": "Europe/Zurich" },
        "end": { "dateTime": "2026-12-01T09:15:00+01:00", "timeZone": "Europe/Zurich" },
    });
    ann.post(EVENTS, &series).await.ok();

    let whole = list(&ann, "").await;
    let expanded = list(&ann, "singleEvents=true&timeMin=2026-12-02T00:00:00Z").await;
    let instances = ann.get(&format!("{EVENTS}/serie/instances")).await.ok();

    assert_eq!(ids(&whole), ["serie"]);
    assert_eq!(ids(&expanded), ["serie_20261202T080000Z", "serie_20261203T080000Z"]);
    assert_eq!(ids(&instances).len(), 3);
    let one = ann.get(&format!("{EVENTS}/serie_20261202T080000Z")).await.ok();
    assert_eq!(one["recurringEventId"], "serie");
}

#[tokio::test]
async fn short_pages_can_be_forced() {
    let bench = Bench::start().await;
    let ann = bench.ann();
    add(&bench, "aaaaa", 8);
    add(&bench, "bbbbb", 9);

    bench.sandbox.google().limit_pages(Some(1));

    assert!(list(&ann, "").await["nextPageToken"].is_string());
}
