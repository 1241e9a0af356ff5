//! Problems: what they look like, and what becomes one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::{get as on_get, post as on_post};
use domain::{Faults, Pointer};
use doorstep_web::http::{Code, LayerOptions, PathOf, Problem, layered};
use serde_json::json;

use super::{get, options, post_json, send, served};

fn failing_with(problem: Problem) -> Router {
    served(Router::new().route("/", on_get(async move || problem)))
}

#[tokio::test]
async fn a_problem_says_what_to_do_next_and_carries_the_request_id() {
    let problem = Problem::new(Code::SlotTaken).with("alternatives", [json!({ "host": "jane" })]);

    let answer = get(&failing_with(problem), "/").await;

    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(
        answer.json(),
        json!({
            "type": "/problems/slot_taken",
            "title": "That time is no longer free. Please choose another.",
            "status": 409,
            "detail": "Someone else has booked or is holding it.",
            "code": "slot_taken",
            "request_id": "req_1",
            "alternatives": [{ "host": "jane" }],
        })
    );
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
}

#[tokio::test]
async fn members_of_its_own_cannot_replace_those_every_problem_has() {
    let problem = Problem::not_found().with("status", 200).with("request_id", "forged");

    assert_eq!(get(&failing_with(problem), "/").await.problem(), "not_found");
}

#[tokio::test]
async fn retry_after_is_in_whole_seconds_and_never_zero() {
    for (wait, header) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (60_000, "60")] {
        let problem = Problem::calendar_unavailable(Duration::from_millis(wait));

        let answer = get(&failing_with(problem), "/").await;

        assert_eq!(answer.header("retry-after"), header, "{wait} ms");
    }
    let answer = get(&failing_with(Problem::change_in_progress()), "/").await;
    assert_eq!(
        (answer.problem().as_str(), answer.header("retry-after")),
        ("change_in_progress", "3")
    );
}

#[tokio::test]
async fn a_missing_key_is_told_which_scheme_to_use() {
    let answer = get(&failing_with(Problem::unauthorized()), "/").await;

    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn an_internal_problem_keeps_its_cause_to_itself() {
    let cause = std::io::Error::other("password of the database is hunter2");

    let answer = get(&failing_with(Problem::internal(&cause)), "/").await;

    assert_eq!(answer.problem(), "internal");
    assert!(!answer.body.contains("hunter2"));
}

#[tokio::test]
async fn a_flood_of_faults_with_long_pointers_makes_a_short_answer() {
    let mut faults = Faults::new();
    for _ in 0..200 {
        faults.add(Pointer::root().at("é".repeat(1_000)), "type", "This must be a text.");
    }

    let answer = get(&failing_with(faults.into()), "/").await;

    assert_eq!(answer.faults().len(), 100);
    assert!(answer.body.len() < 70_000, "{}", answer.body.len());
}

#[tokio::test]
async fn the_frameworks_own_refusals_are_problems_too() {
    let router = served(
        Router::new()
            .route(
                "/number/{number}",
                on_get(async |PathOf(number): PathOf<u8>| number.to_string()),
            )
            .route(
                "/plain/{number}",
                on_get(async |axum::extract::Path(_): axum::extract::Path<u8>| ""),
            )
            .route("/query", on_get(async |axum::extract::Query(()): axum::extract::Query<()>| ""))
            .route("/bytes", on_post(async |bytes: axum::body::Bytes| bytes.len().to_string()))
            .route("/broken", on_get(async || StatusCode::BAD_GATEWAY)),
    );

    assert_eq!(get(&router, "/nowhere").await.problem(), "not_found");
    assert_eq!(get(&router, "/number/256").await.problem(), "not_found");
    assert_eq!(get(&router, "/number/%ff").await.problem(), "not_found");
    assert_eq!(get(&router, "/number/7").await.body, "7");
    assert_eq!(get(&router, "/plain/x").await.problem(), "invalid_request");
    assert_eq!(get(&router, "/bytes").await.problem(), "method_not_allowed");
    assert_eq!(get(&router, "/bytes").await.header("allow"), "POST");
    assert_eq!(
        post_json(&router, "/bytes", vec![b' '; 65_537]).await.problem(),
        "payload_too_large"
    );
    assert_eq!(get(&router, "/broken").await.problem(), "internal");
}

#[tokio::test]
async fn an_error_that_was_meant_as_it_is_stays() {
    let xml = || async { (StatusCode::FORBIDDEN, [("content-type", "text/xml")], "<Response/>") };
    let page = || async { (StatusCode::NOT_FOUND, Html("<h1>Gone</h1>")) };
    let teapot = || async { StatusCode::IM_A_TEAPOT.into_response() };
    let router = served(
        Router::new()
            .route("/xml", on_get(xml))
            .route("/page", on_get(page))
            .route("/teapot", on_get(teapot)),
    );

    assert_eq!(get(&router, "/xml").await.body, "<Response/>");
    assert_eq!(get(&router, "/page").await.body, "<h1>Gone</h1>");
    assert_eq!(get(&router, "/teapot").await.body, "");
}

#[tokio::test]
async fn a_browser_gets_a_page_except_from_what_is_for_programs() {
    let page = |problem: &Problem, id: &doorstep_web::http::RequestId| {
        let text = format!("<h1>{}</h1>{}", problem.code().title(), id.as_str());
        (problem.code().status(), Html(text)).into_response()
    };
    let options = LayerOptions { problem_page: Some(Arc::new(page)), ..options() };
    let late = async || Problem::too_many_requests(Duration::from_secs(7));
    let router = layered(Router::new().route("/book/viewing", on_get(late)), options).unwrap();
    let ask = |path: &str, accept: &str| {
        let request = axum::http::Request::get(path).header("accept", accept);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let router = router.clone();
        async move { send(&router, request).await }
    };

    let answer = ask("/book/viewing", "text/html,*/*;q=0.8").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("retry-after"), "7");
    assert!(answer.body.ends_with("</h1>req_1"), "{}", answer.body);

    assert_eq!(ask("/book/viewing", "*/*").await.problem(), "too_many_requests");
    assert_eq!(ask("/v1/nothing", "text/html").await.problem(), "not_found");
}

#[test]
fn every_code_has_its_page() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/problems");
    for code in Code::ALL {
        let name = code.as_str();
        let page = std::fs::read_to_string(pages.join(format!("{name}.md")));
        let page = page.unwrap_or_else(|error| panic!("docs/problems/{name}.md: {error}"));

        let line = format!("Status {}, code `{name}`.", code.status().as_u16());
        assert!(page.contains(&line), "{name}.md lacks: {line}");
        assert!(page.contains("## What to do"), "{name}.md does not say what to do");
    }
    let count = std::fs::read_dir(pages).unwrap().count();
    assert_eq!(count, Code::ALL.len(), "a page without a code");
}
