//! The free slots of a service, and why a start is or is not one.

use serde_json::{Value, json};

use super::given::{Given, but, wish};
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
async fn an_answer_is_as_old_as_the_rules_of_its_service_and_host() {
    let given = Given::agency().await;
    given.booked("2026-12-01T09:00:00-08:00").await;
    let call = || slots("from=2026-12-01&to=2026-12-01");
    let mut tag = given.send(call()).await.header("etag").to_owned();

    for (path, rule, left) in [
        ("/v1/services/viewing", json!({ "slot_every": "60m" }), 7),
        ("/v1/services/viewing", json!({ "max_per_week": 1 }), 0),
        ("/v1/services/viewing", json!({ "max_per_week": null }), 7),
        ("/v1/hosts/jane", json!({ "max_per_day": 1 }), 0),
        ("/v1/hosts/jane", json!({ "max_per_day": 2 }), 7),
        ("/v1/hosts/jane", json!({ "holidays": [{ "date": "2026-12-01" }] }), 0),
    ] {
        given.as_admin(Call::new("PATCH", path).json(&rule)).await.ok(200);

        let answer = given.send(call().header("if-none-match", &tag)).await;

        tag = answer.header("etag").to_owned();
        assert_eq!(starts(&answer.ok(200)).len(), left, "{rule}");
    }
}

#[tokio::test]
async fn a_service_is_offered_in_each_of_its_lengths() {
    let given = Given::agency().await;
    let lengths = json!({ "durations": ["90m"] });
    given.as_admin(Call::new("PATCH", "/v1/services/viewing").json(&lengths)).await.ok(200);
    let service = given.send(Call::get("/v1/services/viewing")).await.ok(200);
    assert_eq!(service["durations"], json!(["90m"]));
    let of = |query: &str| slots(&format!("from=2026-12-01&to=2026-12-01&{query}"));

    let long = given.send(of("duration=90m")).await.ok(200);

    assert_eq!(starts(&long).len(), 14, "the last ends at five");
    assert_eq!(long["slots"][0]["end"], "2026-12-01T10:30:00-08:00");
    assert_eq!(starts(&given.send(of("duration=30m")).await.ok(200)).len(), 16);
    let body = but(wish("2026-12-01T09:00:00-08:00"), json!({ "duration": "90m" }));
    let booked = given.send(Call::post("/v1/bookings", &body)).await.ok(201);
    assert_eq!(booked["end"], "2026-12-01T10:30:00-08:00");
    let unknown = [fault("/duration", "unknown_duration")];
    assert_eq!(given.send(of("duration=45m")).await.faults(), unknown);
    let body = but(wish("2026-12-01T12:00:00-08:00"), json!({ "duration": "45m" }));
    assert_eq!(given.send(Call::post("/v1/bookings", &body)).await.faults(), unknown);
    assert_eq!(
        given
            .send(Call::post(
                "/v1/holds",
                &json!({
                    "service": "viewing", "start": "2026-12-01T12:00:00-08:00", "duration": "45m",
                })
            ))
            .await
            .faults(),
        unknown
    );
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
    let booked = given.booked("2026-12-01T10:00:00-08:00").await;
    let explain = |at: &str| Call::get(format!("/v1/services/viewing/explain?at={at}"));

    let free = given.as_admin(explain("2026-12-01T19:00:00Z")).await.ok(200);
    let taken = given.as_admin(explain("2026-12-01T18:00:00Z")).await.ok(200);
    let closed = given.as_admin(explain("2020-12-05T18:10:00Z")).await.ok(200);

    assert_eq!(
        (&free["offered"], &free["start"]),
        (&json!(true), &json!("2026-12-01T11:00:00-08:00"))
    );
    let reason = &taken["hosts"][0]["reasons"][0];
    assert_eq!(
        (&reason["code"], &reason["from"], &reason["to"]),
        (
            &json!("claimed"),
            &json!("2026-12-01T10:00:00-08:00"),
            &json!("2026-12-01T10:30:00-08:00")
        )
    );
    assert_eq!(reason["booking"], booked["id"]);
    assert_eq!(
        taken["hosts"][0]["rules"],
        json!([
            { "rule": "availability", "speaks": "for" },
            { "rule": "slot_every", "speaks": "for" },
            { "rule": "notice", "speaks": "for" },
            { "rule": "horizon", "speaks": "for" },
            { "rule": "bookings", "speaks": "against" },
            { "rule": "calendars", "speaks": "for" },
        ])
    );
    let codes: Vec<&Value> =
        closed["hosts"][0]["reasons"].as_array().unwrap().iter().map(|why| &why["code"]).collect();
    assert_eq!(codes, ["outside_windows", "too_little_notice"]);
    let unreadable = given.as_admin(explain("noon")).await.faults();
    assert_eq!(unreadable, [fault("/at", "invalid_time")]);
}
