//! Watch channels and their deliveries.

use doorstep_sandbox::{Fault, FaultKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::bench::{Bench, GoogleClient, Receiver};

const ANN: &str = "ann@example.com";
const WATCH: &str = "calendars/primary/events/watch";

fn channel(id: &str, receiver: &Receiver) -> Value {
    let address = format!("{}/hooks/gcal", receiver.base);
    json!({ "id": id, "type": "web_hook", "address": address, "token": "k=secret" })
}

async fn block(ann: &GoogleClient<'_>) {
    let event = json!({
        "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" },
    });
    ann.post("calendars/primary/events", &event).await.ok();
}

async fn states(bench: &Bench, receiver: &Receiver) -> Vec<String> {
    bench.sandbox.settle().await;
    let deliveries = receiver.deliveries();
    deliveries.iter().map(|d| d.header("x-goog-resource-state").to_owned()).collect()
}

#[tokio::test]
async fn every_change_is_pushed_with_googles_headers() {
    let bench = Bench::start().await;
    let (ann, receiver) = (bench.ann(), Receiver::start().await);

    let answer = ann.post(WATCH, &channel("channel-1", &receiver)).await.ok();
    bench.sandbox.settle().await;
    block(&ann).await;
    let id = bench.sandbox.google().events(ANN)[0].id.clone();
    bench.sandbox.settle().await;
    bench.sandbox.google().delete_event(ANN, &id).unwrap();

    assert_eq!(states(&bench, &receiver).await, ["sync", "exists", "exists"]);
    let pushes = receiver.deliveries();
    assert_eq!(pushes[0].header("x-goog-message-number"), "1");
    assert_eq!(pushes[1].header("x-goog-channel-id"), "channel-1");
    assert_eq!(pushes[1].header("x-goog-channel-token"), "k=secret");
    assert_eq!(pushes[1].header("x-goog-resource-id"), answer["resourceId"]);
    assert_eq!(pushes[1].header("x-goog-resource-uri"), answer["resourceUri"]);
    assert_eq!(pushes[1].header("x-goog-channel-expiration"), "Fri, 27 Nov 2026 12:00:00 GMT");
    assert_eq!(pushes[1].header("content-length"), "0");
    assert_eq!(pushes[1].uri, "/hooks/gcal");
}

#[tokio::test]
async fn a_channel_ends_when_it_is_stopped_or_expires() {
    let bench = Bench::start().await;
    let (ann, receiver) = (bench.ann(), Receiver::start().await);
    let stopped = ann.post(WATCH, &channel("stopped", &receiver)).await.ok();
    let mut short = channel("short", &receiver);
    short["params"] = json!({ "ttl": "60" });
    ann.post(WATCH, &short).await.ok();
    let stop = json!({ "id": "stopped", "resourceId": stopped["resourceId"] });

    let wrong = ann.post("channels/stop", &json!({ "id": "stopped", "resourceId": "x" })).await;
    assert_eq!(wrong.reason(), (404, "notFound"));
    assert_eq!(ann.post("channels/stop", &stop).await.status, 204);
    assert_eq!(bench.sandbox.google().channels(ANN), ["short"]);
    bench.advance(SignedDuration::from_secs(61));
    block(&ann).await;

    assert_eq!(states(&bench, &receiver).await, ["sync", "sync"]);
    assert!(bench.sandbox.google().channels(ANN).is_empty());
}

#[tokio::test]
async fn pushes_get_lost_come_twice_and_come_late() {
    let bench = Bench::start().await;
    let (ann, receiver) = (bench.ann(), Receiver::start().await);
    ann.post(WATCH, &channel("channel-1", &receiver)).await.ok();
    let faults = bench.sandbox.faults();
    faults.add(Fault::once("PUSH *", FaultKind::LostPush));
    faults.add(Fault::once(&format!("PUSH {ANN}"), FaultKind::DuplicatePush));
    faults.add(Fault { delay_ms: Some(1), ..Fault::once("PUSH *", FaultKind::LatePush) });

    let mut seen = Vec::new();
    for _ in 0..3 {
        block(&ann).await;
        seen.push(states(&bench, &receiver).await.len());
    }

    assert_eq!(seen, [1, 3, 4]);
}

#[tokio::test]
async fn what_google_refuses_is_refused() {
    let bench = Bench::start().await;
    let (ann, receiver) = (bench.ann(), Receiver::start().await);
    ann.post(WATCH, &channel("taken", &receiver)).await.ok();
    let with = |field: &str, value: Value| {
        let mut channel = channel("other", &receiver);
        channel[field] = value;
        channel
    };
    let start: Timestamp = crate::bench::START.parse().unwrap();
    let cases = [
        (with("id", json!("taken")), "channelIdNotUnique"),
        (with("id", json!("x".repeat(65))), "invalid"),
        (with("token", json!("x".repeat(257))), "invalid"),
        (with("address", json!("http://book.example.org/hook")), "push.webhookUrlNotHttps"),
        (with("expiration", json!((start.as_second() + 60).to_string())), "invalid"),
        (with("type", json!("email")), "invalid"),
    ];
    for (channel, reason) in cases {
        assert_eq!(ann.post(WATCH, &channel).await.reason(), (400, reason), "{channel}");
    }
}
