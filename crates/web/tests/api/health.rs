//! How Doorstep is, and its counts.

use app::key::Scope;
use serde_json::json;

use super::given::Given;
use super::{Call, problem};

#[tokio::test]
async fn a_summary_says_what_needs_a_person() {
    let given = Given::agency().await;
    let body = json!({ "provider": "google", "host": "gus" });
    let made = given.as_admin(Call::post("/v1/connections", &body)).await.ok(201);

    let health = given.send(Call::get("/health")).await;

    assert!(!health.body.contains("agency.example"), "no personal data: {}", health.body);
    assert_eq!(
        health.ok(200),
        json!({
            "status": "ok",
            "reasons": [],
            "version": env!("CARGO_PKG_VERSION"),
            "database": { "writable": true },
            "connections": [
                { "id": made["id"], "provider": "google", "host": "gus", "status": "awaiting_consent" },
            ],
            "messaging": { "sms": "configured", "email": "configured" },
            // Gus's calendars are to be read and watched.
            "jobs": { "due": 4, "parked": 0, "given_up": 0, "oldest_due_seconds": 0 },
        })
    );
}

#[tokio::test]
async fn load_balancers_get_plain_words() {
    let given = Given::agency().await;

    for path in ["/health/live", "/health/ready"] {
        let answer = given.send(Call::get(path)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ok\n"), "{path}");
    }
}

#[tokio::test]
async fn counts_need_a_key_from_elsewhere() {
    let given = Given::agency().await;
    let key = given.key(Scope::Read).await;
    let gus = json!({ "provider": "google", "host": "gus" });
    let gus = given.as_admin(Call::post("/v1/connections", &gus)).await.ok(201);
    let gus = gus["id"].as_str().unwrap();
    given.send(Call::get("/v1/services/viewing")).await.ok(200);
    given.send(Call::get("/v1/services/other")).await;
    given.send(Call::post("/hooks/website", &json!({}))).await;

    let without = given.send(Call::get("/metrics")).await;
    let counts = given.send(Call::get("/metrics").key(&key)).await;

    assert_eq!(without.problem(), problem(401, "unauthorized"));
    let status = |status: &str, has_it: u8| {
        let labels = format!("connection=\"{gus}\",provider=\"google\",status=\"{status}\"");
        format!("doorstep_connection_status{{{labels}}} {has_it}")
    };
    for line in [
        &*status("awaiting_consent", 1),
        &*status("healthy", 0),
        &*format!("doorstep_connection_calls_total{{connection=\"{gus}\"}} 0"),
        "doorstep_database_writable 1",
        "doorstep_jobs{state=\"due\"} 4",
        "doorstep_hook_rejections_total 1",
        "doorstep_http_requests_total{route=\"/v1/services/{service}\",status=\"200\"} 1",
        "doorstep_http_requests_total{route=\"/v1/services/{service}\",status=\"404\"} 1",
    ] {
        assert!(counts.body.lines().any(|found| found == line), "{line} in {}", counts.body);
    }
}

#[tokio::test]
async fn counts_need_no_key_from_this_machine_itself() {
    let given = Given::agency().await;
    let call = || Call::get("/metrics").from("127.0.0.1:5000");

    let here = given.send(call()).await;
    let by_a_proxy_here = given.send(call().header("x-forwarded-for", "203.0.113.9")).await;
    let elsewhere = given.send(Call::get("/metrics").from("203.0.113.9:5000")).await;

    assert_eq!(here.status.as_u16(), 200);
    assert_eq!(by_a_proxy_here.problem(), problem(401, "unauthorized"));
    assert_eq!(elsewhere.problem(), problem(401, "unauthorized"));
}

#[tokio::test]
async fn every_kind_of_problem_is_explained() {
    let given = Given::agency().await;

    for code in doorstep_web::http::Code::ALL {
        let answer = given.send(Call::get(format!("/problems/{}", code.as_str()))).await;

        assert_eq!(answer.status.as_u16(), 200);
        let status = format!("Status {}, code `{}`.", code.status().as_u16(), code.as_str());
        assert!(answer.body.contains(&status), "{status}");
    }
    let unknown = given.send(Call::get("/problems/nonsense")).await;
    assert_eq!(unknown.problem(), problem(404, "not_found"));
}
