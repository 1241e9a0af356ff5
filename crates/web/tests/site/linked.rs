//! The page of a service that is found only with a signed link.

use axum::http::StatusCode;
use jiff::SignedDuration;

use super::browser::BO;
use super::given::Given;

const LINKED: &str = "visibility = \"link\"";

/// The path of a link that is good for an hour.
fn link(given: &Given) -> String {
    let link = given.app.sign_link(&"viewing".parse().unwrap(), SignedDuration::from_hours(1));
    link.url.strip_prefix("https://book.agency.example").expect("it is ours").to_owned()
}

#[tokio::test]
async fn a_visitor_books_with_the_link_alone() {
    let given = Given::usual_service_and(LINKED).await;
    let browser = given.browser();

    let month = browser.get(&link(&given)).await;
    let day = browser.get(&month.links("day=2026-12-03")[0]).await;
    let slot = browser.get(&day.links("start=2026-12-03T18%3A00%3A00Z")[0]).await;
    let faulty = browser.submit(&slot, "/book/viewing", &[("name", " ")]).await;
    assert_eq!(faulty.status, StatusCode::BAD_REQUEST);
    let booked = browser.submit(&faulty, "/book/viewing", &BO).await;

    browser.get(booked.location()).await.says("Your booking is confirmed");
    assert_eq!(given.bookings().await.len(), 1);
}

#[tokio::test]
async fn without_a_link_there_is_no_page_and_no_booking() {
    let given = Given::usual_service_and(LINKED).await;
    let browser = given.browser();
    let linked = link(&given);
    let page = browser.get(&format!("{linked}&start=2026-12-03T18:00:00Z")).await;

    let home = browser.get("/").await;
    let unlinked = browser.get("/book/viewing").await;
    let cut = browser.get(&linked[..linked.len() - 1]).await;
    let forged = browser.submit(&page, "/book/viewing", &[("link", "")]).await;
    given.later(SignedDuration::from_hours(1));
    let late = browser.submit(&page, "/book/viewing", &BO).await;

    assert!(home.links("/book/").is_empty());
    for refused in [unlinked, cut, forged, late] {
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(given.bookings().await.len(), 0);
}

#[tokio::test]
async fn who_was_let_in_is_let_in_again_after_a_cancellation() {
    let given = Given::usual_service_and(LINKED).await;
    let browser = given.browser();
    given.books_with_guest("2026-12-03T18:00:00Z").await;
    let path = given.link(0).await;
    let standing = browser.get(&path).await;

    browser.submit(&standing, &format!("{path}/cancel"), &[]).await;
    let over = browser.get(&path).await;

    let again = browser.get(&over.links("/book/viewing")[0]).await;
    assert_eq!(again.status, StatusCode::OK);
}
