//! Moving and cancelling by an attendee's link.

use axum::http::StatusCode;
use domain::BookingState;
use jiff::SignedDuration;

use super::browser::BO;
use super::given::{Given, at};

const START: &str = "2026-12-03T18:00:00Z";

#[tokio::test]
async fn a_booking_is_moved_by_its_link() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books(START).await;
    let link = given.link(0).await;

    let page = browser.get(&link).await;
    let picker = browser.get(&page.links("?move=1")[0]).await;
    let day = browser.get(&picker.links("day=2026-12-04")[0]).await;
    let slot = browser.get(&day.links("start=2026-12-04T19%3A00%3A00Z")[0]).await;
    let moved = browser.submit(&slot, &format!("{link}/move"), &[]).await;
    let standing = browser.get(moved.location()).await;

    standing.says("Your booking was moved");
    standing.says("11:00–11:30");
    let stored = given.booking().await.booking;
    assert_eq!(stored.slot.start(), at("2026-12-04T19:00:00Z"));
    assert_eq!(stored.state, BookingState::Confirmed { change: None });
}

#[tokio::test]
async fn a_booking_is_cancelled_by_its_link_and_its_time_is_free_again() {
    let given = Given::agency().await;
    let browser = given.browser();
    let page = browser.books(START).await;
    let link = given.link(0).await;

    let reason = [("reason", "Found another home")];
    let cancelled = browser.submit(&page, &format!("{link}/cancel"), &reason).await;
    let standing = browser.get(cancelled.location()).await;

    standing.says("Your booking was cancelled");
    assert!(!standing.has_form(&format!("{link}/cancel")));
    assert_eq!(given.booking().await.booking.state.status(), "cancelled");
    let day = browser.get("/book/viewing?day=2026-12-03").await;
    assert_eq!(day.links("start=2026-12-03T18%3A00%3A00Z").len(), 1);
}

#[tokio::test]
async fn a_second_click_finds_what_the_first_has_done() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books(START).await;
    let link = given.link(0).await;
    let slot = browser.get(&format!("{link}?move=1&start=2026-12-04T19:00:00Z")).await;

    let (change, other) = (format!("{link}/move"), format!("{link}/cancel"));
    let first = browser.submit(&slot, &change, &[]).await;
    let second = browser.submit(&slot, &change, &[]).await;
    assert_eq!(first.location(), second.location());

    let page = browser.get(&link).await;
    let first = browser.submit(&page, &other, &[]).await;
    let second = browser.submit(&page, &other, &[]).await;
    assert_eq!(first.location(), second.location());
}

#[tokio::test]
async fn an_old_page_cannot_undo_what_has_changed_since() {
    let given = Given::agency().await;
    let browser = given.browser();
    let old = browser.books(START).await;
    let link = given.link(0).await;
    let slot = browser.get(&format!("{link}?move=1&start=2026-12-04T19:00:00Z")).await;
    browser.submit(&slot, &format!("{link}/move"), &[]).await.location();

    let refused = browser.submit(&old, &format!("{link}/cancel"), &[]).await;

    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says("This booking has changed since you opened the page");
    assert!(given.booking().await.booking.state.is_active());
    browser.submit(&refused, &format!("{link}/cancel"), &[]).await.location();
    assert_eq!(given.booking().await.booking.state.status(), "cancelled");
}

#[tokio::test]
async fn a_move_to_a_taken_time_offers_the_nearest_and_changes_nothing() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books(START).await;
    let link = given.link(0).await;
    let slot = browser.get(&format!("{link}?move=1&start=2026-12-04T19:00:00Z")).await;
    browser.books("2026-12-04T19:00:00Z").await;

    let refused = browser.submit(&slot, &format!("{link}/move"), &[]).await;

    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says("Your booking stands as it was. Please choose another new time.");
    let starts = refused.values("start");
    assert!(starts.contains(&"2026-12-04T18:30:00Z".to_owned()), "{starts:?}");
    let moved = browser.submit(&refused, &format!("{link}/move"), &[]).await;
    browser.get(moved.location()).await.says("Your booking was moved");
}

#[tokio::test]
async fn a_guest_only_looks_where_the_lead_alone_may_change() {
    let given = Given::usual_service_and("guests_may_change = false").await;
    let browser = given.browser();
    given.books_with_guest(START).await;
    let link = given.link(1).await;

    let page = browser.get(&link).await;
    page.says("To move or cancel, ask the person who booked.");
    assert!(!page.has_form(&format!("{link}/cancel")));
    let revision = given.booking().await.booking.revision.to_string();
    for (action, field) in
        [("cancel", ("reason", "x")), ("move", ("start", "2026-12-04T19:00:00Z"))]
    {
        let fields = [("revision", revision.as_str()), field];
        let refused = browser.post(&format!("{link}/{action}"), &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{action}");
        refused.says("Only the person who booked can change this");
    }
    assert_eq!(given.booking().await.booking.revision.to_string(), revision);
}

#[tokio::test]
async fn a_guest_may_cancel_where_everybody_may() {
    let given = Given::agency().await;
    given.books_with_guest(START).await;
    let link = given.link(1).await;
    let browser = given.browser();

    let page = browser.get(&link).await;
    browser.submit(&page, &format!("{link}/cancel"), &[]).await.location();

    assert_eq!(given.booking().await.booking.state.status(), "cancelled");
}

#[tokio::test]
async fn what_is_over_cannot_be_changed() {
    let given = Given::agency().await;
    let browser = given.browser();
    let page = browser.books(START).await;
    let link = given.link(0).await;
    given.later(SignedDuration::from_hours(24 * 4));

    browser.get(&link).await.says("This time has passed");
    let refused = browser.submit(&page, &format!("{link}/cancel"), &[]).await;

    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says("This booking can no longer be changed");
    assert!(given.booking().await.booking.state.is_active());
}

#[tokio::test]
async fn the_event_is_a_file_for_any_calendar() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books(START).await;

    let file = browser.get(&format!("{}/event.ics", given.link(0).await)).await;

    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("content-type").starts_with("text/calendar"));
    file.says("BEGIN:VCALENDAR");
    file.says("DTSTART:20261203T180000Z");
}

#[tokio::test]
async fn a_link_that_opens_nothing_says_what_to_do() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books(START).await;
    let link = given.link(0).await;
    let cut_off = &link[..link.len() - 1];

    for path in [cut_off, "/b/x", "/b/%F0%9F%8F%A1", &format!("{link}A")] {
        for page in [browser.get(path).await, browser.post(&format!("{path}/cancel"), &BO).await] {
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            page.says("This link does not open a booking");
            assert_eq!(page.header("referrer-policy"), "no-referrer");
        }
    }
    assert!(given.booking().await.booking.state.is_active());
}
