//! The free slots of a service, and why a start is or is not one.

use serde_json::{Value, json};

use super::given::Given;
use super::{Call, fault, problem};

fn slots(query: &str) -> Call {
    Call::get(format!("/v1/services/viewing/slots?{query}"))
}

fn starts(answer: &Value) -> Vec<&str> {
    answer["slots"].as_array().unwrap().iter().map(|slot| slot["start"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn slots_are_told_in_the_hosts_zone() {
    let given = Given::agency().await;

    let answer = given.send(slots("from=2026-12-01&to=2026-12-01")).await;

    assert_eq!(answer.header("content-type"), "application/json");
    let answer = answer.ok(200);
    assert_eq!(
        (&answer["service"], &answer["timezone"]),
        (&json!("viewing"), &json!("America/Los_Angeles"))
    );
    assert_eq!(starts(&answer).len(), 16);
    assert_eq!(
        answer["slots"][0],
        json!({ "start": "2026-12-01T09:00:00-08:00", "end": "2026-12-01T09:30:00-08:00", "remaining": 1 })
    );
}

#[tokio::test]
async fn dates_are_those_of_the_zone_that_is_asked_for() {
    let given = Given::agency().await;

    let answer = given.send(slots("from=2026-12-02&to=2026-12-02&tz=Europe/Berlin")).await.ok(200);

    // It begins there in the afternoon of the first in Los Angeles.
    assert_eq!(answer["timezone"], "Europe/Berlin");
    let starts = starts(&answer);
    assert_eq!(starts.first(), Some(&"2026-12-02T00:00:00+01:00"));
    assert_eq!(starts[3..5], ["2026-12-02T01:30:00+01:00", "2026-12-02T18:00:00+01:00"]);
    assert_eq!(starts.last(), Some(&"2026-12-02T23:30:00+01:00"));
}

#[tokio::test]
async fn a_booked_slot_is_gone_at_once() {
    let given = Given::agency().await;
    let call = || slots("from=2026-12-01&to=2026-12-01");
    let before = given.send(call()).await;
    given.booked("2026-12-01T09:00:00-08:00").await;

    let after = given.send(call().header("if-none-match", before.header("etag"))).await;

    assert_eq!(starts(&after.ok(200))[0], "2026-12-01T09:30:00-08:00");
}

#[tokio::test]
async fn who_has_the_newest_answer_is_not_sent_it_again() {
    let given = Given::agency().await;
    let call = || slots("from=2026-12-01&to=2026-12-01");
    let tag = given.send(call()).await.header("etag").to_owned();

    let again = given.send(call().header("if-none-match", &tag)).await;
    let elsewhere = slots("from=2026-12-01&to=2026-12-01&tz=UTC").header("if-none-match", &tag);

    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    given.send(elsewhere).await.ok(200);
}

#[tokio::test]
async fn a_range_that_cannot_be_answered_is_a_fault() {
    let given = Given::agency().await;

    for (query, expected) in [
        ("", vec![fault("/from", "required")]),
        ("from=2026-12-01", vec![fault("/to", "required")]),
        (
            "from=today&to=2026-13-01",
            vec![fault("/from", "invalid_date"), fault("/to", "invalid_date")],
        ),
        ("from=2026-12-02&to=2026-12-01", vec![fault("/to", "out_of_range")]),
        ("from=2026-12-01&to=2027-02-01", vec![fault("/to", "out_of_range")]),
        ("from=2026-12-01&to=2026-12-01&tz=Mars", vec![fault("/tz", "unknown_timezone")]),
        ("from=9999-12-31&to=9999-12-31", vec![fault("/from", "out_of_range")]),
        (
            "from=-009999-01-01&to=-009999-01-01",
            vec![fault("/from", "invalid_date"), fault("/to", "invalid_date")],
        ),
    ] {
        assert_eq!(given.send(slots(query)).await.faults(), expected, "{query}");
    }
    given.send(slots("from=2026-12-01&to=2027-01-31")).await.ok(200);
    let unknown = given.send(Call::get("/v1/services/nowhere/slots?from=x&to=y")).await;
    assert_eq!(unknown.problem(), problem(404, "not_found"));
}

#[tokio::test]
async fn a_start_is_explained_rule_by_rule() {
    let given = Given::agency().await;
    given.booked("2026-12-01T10:00:00-08:00").await;
    let explain = |at: &str| Call::get(format!("/v1/services/viewing/explain?at={at}"));

    let free = given.as_admin(explain("2026-12-01T19:00:00Z")).await.ok(200);
    let taken = given.as_admin(explain("2026-12-01T18:00:00Z")).await.ok(200);
    let closed = given.as_admin(explain("2020-12-05T18:10:00Z")).await.ok(200);

    assert_eq!(
        (&free["offered"], &free["start"]),
        (&json!(true), &json!("2026-12-01T11:00:00-08:00"))
    );
    assert_eq!(
        taken["hosts"],
        json!([{ "host": "jane", "offered": false, "reasons": [{
            "code": "claimed", "from": "2026-12-01T10:00:00-08:00", "to": "2026-12-01T10:30:00-08:00",
        }]}])
    );
    let codes: Vec<&Value> =
        closed["hosts"][0]["reasons"].as_array().unwrap().iter().map(|why| &why["code"]).collect();
    assert_eq!(codes, ["outside_windows", "too_little_notice"]);
    let unreadable = given.as_admin(explain("noon")).await.faults();
    assert_eq!(unreadable, [fault("/at", "invalid_time")]);
}
