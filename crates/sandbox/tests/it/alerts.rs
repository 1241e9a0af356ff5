//! The operators' channels, as a client that is not ours would use them.

use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn a_repeated_trigger_is_one_incident_until_it_is_resolved() {
    let bench = Bench::start().await;
    let event = |action: &str| {
        let payload = json!({ "summary": "Jane <b>", "source": "test", "severity": "error" });
        json!({ "routing_key": "r", "event_action": action, "dedup_key": "k", "payload": payload })
    };

    let first = bench.post_json("/v2/enqueue", &event("trigger")).await;
    bench.post_json("/v2/enqueue", &event("trigger")).await;
    let page = bench.get("/_sandbox/alerts").await;
    let open = bench.sandbox.alerts().open_incidents();
    bench.post_json("/v2/enqueue", &event("resolve")).await;

    assert_eq!(first.status, 202);
    assert_eq!(first.json["dedup_key"], "k");
    assert_eq!(open.into_iter().collect::<Vec<_>>(), [("k".to_owned(), "Jane <b>".to_owned())]);
    assert!(page.text.contains("Jane &#60;b&#62;"), "{}", page.text);
    assert_eq!(bench.sandbox.alerts().pagerduty().len(), 3);
    assert!(bench.sandbox.alerts().open_incidents().is_empty());
}

#[tokio::test]
async fn an_event_that_pagerduty_would_refuse_is_refused() {
    let bench = Bench::start().await;

    let answer = bench.post_json("/v2/enqueue", &json!({ "event_action": "explode" })).await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.json["status"], "invalid event");
    assert_eq!(answer.json["errors"].as_array().unwrap().len(), 3, "{}", answer.text);
}

#[tokio::test]
async fn a_webhook_takes_text_and_nothing_else() {
    let bench = Bench::start().await;

    let said = bench.post_json("/services/T1/B1/x", &json!({ "text": "1 &lt; 2" })).await;
    let empty = bench.post_json("/services/T1/B1/x", &json!({ "text": "" })).await;

    assert_eq!((said.status.as_u16(), said.text.as_str()), (200, "ok"));
    assert_eq!((empty.status.as_u16(), empty.text.as_str()), (400, "no_text"));
    let slack: Vec<String> =
        bench.sandbox.alerts().slack().into_iter().map(|said| said.text).collect();
    assert_eq!(slack, ["1 < 2"]);
}
