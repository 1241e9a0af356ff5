//! Booking by form.

use axum::http::StatusCode;
use jiff::SignedDuration;

use super::browser::BO;
use super::given::{Given, at};

#[tokio::test]
async fn a_visitor_books_with_links_and_one_form() {
    let given = Given::agency().await;
    let browser = given.browser();

    let home = browser.get("/").await;
    let services = home.links("/book/");
    let month = browser.get(&services[0]).await;
    let day = browser.get(&month.links("day=2026-12-03")[0]).await;
    let slot = browser.get(&day.links("start=2026-12-03T18%3A00%3A00Z")[0]).await;
    let booked = browser.submit(&slot, "/book/viewing", &BO).await;
    let standing = browser.get(booked.location()).await;

    standing.says("Thank you, we have your request");
    standing.says("Your booking is confirmed");
    standing.says("10:00–10:30");
    let stored = given.booking().await.booking;
    assert_eq!(stored.slot.start(), at("2026-12-03T18:00:00Z"));
    assert_eq!(stored.lead().label(), "Bo Buyer");
    assert!(stored.submission_id.is_some());
    assert!(booked.location().starts_with(&given.link(0).await));
}

#[tokio::test]
async fn sending_a_form_twice_books_once() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let first = browser.submit(&form, "/book/viewing", &BO).await;
    let second = browser.submit(&form, "/book/viewing", &BO).await;

    assert_eq!(first.location(), second.location());
    assert_eq!(given.bookings().await.len(), 1);
}

#[tokio::test]
async fn two_clicks_at_once_book_once() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let (first, second) = tokio::join!(
        browser.submit(&form, "/book/viewing", &BO),
        browser.submit(&form, "/book/viewing", &BO),
    );

    assert_eq!(first.location(), second.location());
    assert_eq!(given.bookings().await.len(), 1);
}

#[tokio::test]
async fn a_form_sent_before_with_other_details_asks_first() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;
    browser.submit(&form, "/book/viewing", &BO).await;

    let other =
        [("name", "Bo Buyer"), ("email", "bo@example.org"), ("start", "2026-12-04T18:00:00Z")];
    let asked = browser.submit(&form, "/book/viewing", &other).await;

    assert_eq!(asked.status, StatusCode::CONFLICT);
    asked.says("You have sent this form before");
    assert_eq!(given.bookings().await.len(), 1);
    browser.submit(&asked, "/book/viewing", &other).await.location();
    assert_eq!(given.bookings().await.len(), 2);
}

#[tokio::test]
async fn a_taken_slot_shows_the_nearest_and_keeps_what_was_typed() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;
    browser.books("2026-12-03T18:00:00Z").await;

    let typed = [("name", "Cy Second"), ("email", "cy@example.com"), ("notes", "Ground floor?")];
    let refused = browser.submit(&form, "/book/viewing", &typed).await;

    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says("Somebody was a moment faster");
    refused.says("Ground floor?");
    let starts = refused.values("start");
    assert!(starts.contains(&"2026-12-03T17:30:00Z".to_owned()), "{starts:?}");
    assert!(!starts.contains(&"2026-12-03T18:00:00Z".to_owned()));
    let booked = browser.submit(&refused, "/book/viewing", &[]).await;
    browser.get(booked.location()).await.says("Cy Second");
}

#[tokio::test]
async fn every_fault_is_said_at_its_field() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let typed = [("name", " "), ("email", "bo@"), ("phone", "12"), ("notes", "A\u{1}")];
    let faulty = browser.submit(&form, "/book/viewing", &typed).await;

    assert_eq!(faulty.status, StatusCode::BAD_REQUEST);
    faulty.says("4 things need your attention");
    for field in ["name", "email", "phone", "notes"] {
        faulty.says(&format!("id=\"{field}-fault\""));
    }
    faulty.says("value=\"bo@\"");
    assert!(given.bookings().await.is_empty());
}

#[tokio::test]
async fn nobody_can_be_reached_without_an_address_or_a_number() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let faulty = browser.submit(&form, "/book/viewing", &[("name", "Bo")]).await;

    assert_eq!(faulty.status, StatusCode::BAD_REQUEST);
    faulty.says("Please give an email address or a phone number.");
}

#[tokio::test]
async fn a_number_without_country_code_is_the_hosts() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let typed = [("name", "Bo"), ("phone", "(213) 555-0142")];
    browser.submit(&form, "/book/viewing", &typed).await.location();

    let stored = given.booking().await.booking;
    assert_eq!(stored.lead().phone.as_ref().unwrap().as_str(), "+12135550142");
}

#[tokio::test]
async fn a_start_that_has_passed_offers_later_ones() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-01T18:30:00Z").await;
    given.later(SignedDuration::from_hours(4));

    let late = browser.submit(&form, "/book/viewing", &BO).await;

    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    late.says("That time is too close to book");
    assert_eq!(late.values("start").len(), 5);
}

#[tokio::test]
async fn a_visitor_sees_and_books_in_their_own_zone() {
    let given = Given::agency().await;
    let browser = given.browser();

    let path = "/book/viewing?start=2026-12-03T18:00:00Z&tz=Europe/Berlin";
    let form = browser.get(path).await;
    form.says("19:00–19:30");
    form.says("Europe/Berlin (CET, UTC+1)");
    let booked = browser.submit(&form, "/book/viewing", &BO).await;

    browser.get(booked.location()).await.says("19:00–19:30");
    assert_eq!(given.booking().await.booking.timezone.iana_name(), Some("Europe/Berlin"));
}

#[tokio::test]
async fn inside_another_site_a_booking_is_made_and_shown_but_not_changed() {
    let given = Given::agency().await;
    let browser = given.browser();

    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z&embed=1").await;
    assert!(form.header("content-security-policy").contains("frame-ancestors *"));
    let booked = browser.submit(&form, "/book/viewing", &BO).await;
    let standing = browser.get(booked.location()).await;

    standing.says("Your booking is confirmed");
    assert!(standing.header("content-security-policy").contains("frame-ancestors *"));
    assert!(!standing.has_form(&format!("{}/cancel", given.link(0).await)));
}

#[tokio::test]
async fn a_service_that_is_not_there_leads_to_the_others() {
    let given = Given::agency().await;
    let browser = given.browser();

    for path in ["/book/nothing", "/book/..%2f", "/book/%00", "/book/Ü"] {
        let page = browser.get(&path.replace('Ü', "%C3%9C")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        page.says("This is no longer open for booking");
    }
    let posted = browser.post("/book/nothing", &BO).await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND);
}
