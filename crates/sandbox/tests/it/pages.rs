//! The pages: what a person sees and does on them.

use std::sync::Arc;

use serde_json::json;

use crate::bench::{Answer, Bench, Clock};

const ANN: &str = "ann@example.com";

#[tokio::test]
async fn a_host_draws_drags_and_deletes_on_the_week() {
    let bench = Bench::start().await;
    bench.account(ANN);
    let google = bench.sandbox.google();
    let drawn = [
        ("calendar", ANN),
        ("summary", "Dentist <b>"),
        ("start", "2026-11-24T09:00"),
        ("minutes", "45"),
    ];

    let answer = bench.post_form("/_sandbox/calendars/insert", &drawn).await;
    let id = google.events(ANN)[0].id.clone();
    let week = bench.get(answer.headers["location"].to_str().unwrap()).await;
    let dragged = [("calendar", ANN), ("event", &id), ("start", "2026-11-25T14:00")];
    bench.post_form("/_sandbox/calendars/move", &dragged).await;
    let moved = google.events(ANN)[0].clone();
    let deleted = [("calendar", ANN), ("event", &id), ("week", "2026-11-23")];
    bench.post_form("/_sandbox/calendars/delete", &deleted).await;

    assert_eq!(answer.status, 303);
    assert!(
        week.text.contains("09:00–09:45") && week.text.contains("Dentist &#60;b&#62;"),
        "{}",
        week.text
    );
    assert!(week.text.contains("Times in Europe/Zurich"));
    assert_eq!(moved.start.to_string(), "2026-11-25T13:00:00Z");
    assert_eq!(moved.end.to_string(), "2026-11-25T13:45:00Z");
    assert!(google.events(ANN).is_empty());
}

#[tokio::test]
async fn every_page_opens() {
    let bench = Bench::start().await;
    bench.account(ANN);
    bench.sandbox.twilio().receive("+12135550142", "+12135550100", "C").await;
    let paths = [
        "",
        "/calendars",
        "/calendars?week=9999-12-31",
        "/phone",
        "/phone?number=%2B12135550142",
        "/mailbox",
        "/alerts",
        "/style.css",
    ];
    for path in paths {
        let answer = bench.get(&format!("/_sandbox{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    let request = bench.http.get(format!("{}/_sandbox/faults", bench.base));
    let faults = Answer::of(request.header("accept", "text/html")).await;
    assert!(faults.text.contains("Everything works."));
    assert_eq!(bench.get("/_sandbox/clock").await.status, 404);
    assert_eq!(bench.get("/_sandbox/mailbox/1").await.status, 404);
}

#[tokio::test]
async fn another_site_cannot_act_through_the_visitors_browser() {
    let bench = Bench::start().await;
    let request = bench.http.post(format!("{}/_sandbox/faults/clear", bench.base));

    let answer = Answer::of(request.header("sec-fetch-site", "cross-site")).await;

    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn the_clock_moves_forward_only_where_there_is_one_to_move() {
    let clock = Clock::new();
    let moved = clock.clone();
    let own = clock.clone();
    let bench = Bench::with(|options| {
        options.clock = own.options().clock;
        options.advance = Some(Arc::new(move |by| moved.advance(by)));
    })
    .await;

    let hour = bench.post_json("/_sandbox/clock", &json!({ "by": "1h" })).await.ok();
    let back = bench.post_json("/_sandbox/clock", &json!({ "by": "-1h" })).await;
    let form = bench.post_form("/_sandbox/clock", &[("by", "24h")]).await;

    assert_eq!(hour["now"], "2026-11-20T13:00:00Z");
    assert_eq!((back.status.as_u16(), form.status.as_u16()), (400, 303));
    assert!(bench.get("/_sandbox/clock").await.text.contains("21 November 2026, 13:00:00 UTC"));
}

#[tokio::test]
async fn accounts_are_made_over_the_control_api() {
    let bench = Bench::start().await;
    let account = json!({ "email": ANN, "timezone": "America/Los_Angeles" });

    let made = bench.post_json("/_sandbox/accounts", &account).await;
    let again = bench.post_json("/_sandbox/accounts", &account).await;
    let nowhere = json!({ "email": ANN, "timezone": "Mars/Olympus" });
    let nowhere = bench.post_json("/_sandbox/accounts", &nowhere).await;

    assert_eq!((made.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(made.json["calendar_id"], ANN);
    assert!(made.json["refresh_token"].is_string() && made.json["access_token"].is_string());
    assert_ne!(made.json["refresh_token"], again.json["refresh_token"]);
    assert_eq!(nowhere.status, 404);
    let listed = bench.get("/_sandbox/accounts").await.ok();
    assert_eq!(listed["items"], json!([{ "email": ANN, "calendars": [ANN] }]));
}

#[tokio::test]
async fn links_in_texts_can_be_followed_and_markup_cannot_run() {
    let bench = Bench::start().await;
    let body = "<script>x</script> Manage: https://book.example.org/b/abc.";
    let sent = bench.sandbox.twilio().receive("+12135550142", "+12135550100", body).await;
    assert_eq!(sent.replies, Vec::<String>::new());

    let phone = bench.get("/_sandbox/phone?number=%2B12135550142").await;

    assert!(phone.text.contains("<a href=\"https://book.example.org/b/abc\">"));
    assert!(!phone.text.contains("<script>"));
    let policy = phone.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"));
}
