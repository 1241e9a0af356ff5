//! Mass changes on the dashboard, and what is decided about many deletions.

use app::booking::BookingFilter;
use app::operation::{MassChange, Operation};
use axum::http::{Method, StatusCode};
use domain::operation::{Action, Progress};
use jiff::SignedDuration;

use super::admin::signed_in;
use super::given::Given;

const START: &str = "2026-12-03T18:00:00Z";

/// Everything of the viewing is to be an hour later; nobody carries it out here.
async fn moving(given: &Given, dry_run: bool) -> Operation {
    given.books_with_guest(START).await;
    let action = Action::Move { by: SignedDuration::from_hours(1) };
    let filter = BookingFilter { service: "viewing".parse().ok(), ..BookingFilter::default() };
    given.app.begin_operation(MassChange { action, filter, dry_run }).await.unwrap().0
}

async fn progress(given: &Given, operation: &Operation) -> Progress {
    given.app.find_operation(operation.id).await.unwrap().unwrap().0.progress
}

#[tokio::test]
async fn an_operation_is_watched_paused_and_let_go_on() {
    let given = Given::agency().await;
    let operation = moving(&given, false).await;
    let browser = signed_in(&given).await;

    let list = browser.get("/admin/operations").await;
    let path = list.links("/admin/operations/")[0].clone();
    let running = browser.get(&path).await;
    let paused = browser.submit(&running, &format!("{path}/pause"), &[]).await;
    let page = browser.get(paused.location()).await;

    assert_eq!(path, format!("/admin/operations/{}", operation.id));
    running.says("Move 1h later");
    running.says("0 of 1 booking");
    running.says("<meta http-equiv=\"refresh\" content=\"5\">");
    running.says(&given.booking().await.booking.id.to_string());
    assert_eq!(progress(&given, &operation).await, Progress::Paused);
    page.does_not_say("http-equiv");
    let resumed = browser.submit(&page, &format!("{path}/resume"), &[]).await;
    assert_eq!(resumed.location(), path);
    assert_eq!(progress(&given, &operation).await, Progress::Running);
    browser.submit(&running, &format!("{path}/pause"), &[]).await;
    browser.submit(&running, &format!("{path}/pause"), &[]).await.location();
}

#[tokio::test]
async fn a_page_that_loads_itself_again_can_be_stopped() {
    let given = Given::agency().await;
    let operation = moving(&given, false).await;
    let browser = signed_in(&given).await;

    let running = browser.get(&format!("/admin/operations/{}", operation.id)).await;
    let still = browser.get(&running.links("updates=no")[0]).await;

    still.does_not_say("http-equiv");
    assert!(still.has_form(&format!("/admin/operations/{}/pause", operation.id)));
}

#[tokio::test]
async fn what_was_only_tried_says_so_and_cannot_be_paused() {
    let given = Given::agency().await;
    let operation = moving(&given, true).await;
    let browser = signed_in(&given).await;

    let page = browser.get(&format!("/admin/operations/{}", operation.id)).await;

    page.says("Only tried: nothing was changed");
    page.says("As asked");
    assert!(page.actions("/pause").is_empty() && page.actions("/resume").is_empty());
}

#[tokio::test]
async fn only_our_own_forms_change_an_operation() {
    let given = Given::agency().await;
    let operation = moving(&given, false).await;
    let pause = format!("/admin/operations/{}/pause", operation.id);
    let mut browser = signed_in(&given).await;
    browser.sec_fetch_site = Some("cross-site");

    let foreign = browser.post(&pause, &[]).await;
    let deletions =
        browser.post("/admin/calendars/ada-local/deletions", &[("decision", "accept")]).await;

    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(deletions.status, StatusCode::FORBIDDEN);
    browser.sec_fetch_site = Some("same-origin");
    let read = browser.send(Method::GET, &pause, "").await;
    assert_eq!(read.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(progress(&given, &operation).await, Progress::Running);
    for unknown in ["opr_1", "x", &format!("{}x", operation.id)] {
        let page = browser.get(&format!("/admin/operations/{unknown}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{unknown}");
        let paused = browser.post(&format!("/admin/operations/{unknown}/pause"), &[]).await;
        assert_eq!(paused.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let stranger = given.browser().post(&pause, &[]).await;
    assert!(stranger.location().starts_with("/admin/login"));
}

#[tokio::test]
async fn deciding_twice_about_deletions_is_harmless_and_junk_is_refused() {
    let given = Given::agency().await;
    let browser = signed_in(&given).await;
    let decide = |calendar: &str, decision: &'static str| {
        let path = format!("/admin/calendars/{calendar}/deletions");
        let browser = &browser;
        async move { browser.post(&path, &[("decision", decision)]).await }
    };

    assert_eq!(decide("ada-local", "restore").await.location(), "/admin/connections");
    assert_eq!(decide("ada-local", "perhaps").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(decide("nobody", "accept").await.status, StatusCode::NOT_FOUND);
}
