//! An open house of two places: booked, waited for, and kept at the door.

use axum::http::StatusCode;
use jiff::SignedDuration;

use super::admin::signed_in;
use super::browser::{BO, Page};
use super::given::Given;

const START: &str = "2026-12-03T18:00:00Z";
const CY: [(&str, &str); 3] =
    [("name", "Cy Second"), ("email", "cy@example.com"), ("party_size", "1")];

async fn open_house() -> Given {
    Given::usual_service_and("capacity = 2\nwaitlist = true").await
}

/// Bo books both places.
async fn full(given: &Given) -> Page {
    let browser = given.browser();
    let form = browser.get(&format!("/book/viewing?start={START}")).await;
    let both = [BO[0], BO[1], ("party_size", "2")];
    let booked = browser.submit(&form, "/book/viewing", &both).await;
    browser.get(booked.location()).await
}

#[tokio::test]
async fn a_visitor_sees_how_many_places_are_left() {
    let given = open_house().await;
    let browser = given.browser();

    let day = browser.get("/book/viewing?day=2026-12-03").await;
    let form = browser.get(&format!("/book/viewing?start={START}")).await;
    let too_many =
        browser.submit(&form, "/book/viewing", &[BO[0], BO[1], ("party_size", "3")]).await;

    day.says("2 places left");
    form.says("max=\"2\"");
    assert_eq!(too_many.status, StatusCode::BAD_REQUEST);
    full(&given).await.says("Your booking is confirmed");
    browser.get("/book/viewing?day=2026-12-03").await.says("Full: join the waiting list");
}

#[tokio::test]
async fn who_finds_it_full_waits_in_line_and_accepts_what_becomes_free() {
    let given = open_house().await;
    let bo = full(&given).await;
    let browser = given.browser();

    let form = browser.get(&format!("/book/viewing?start={START}")).await;
    form.says("Join the waiting list");
    let waiting = browser.submit(&form, "/book/viewing", &CY).await.location().to_owned();
    let page = browser.get(&waiting).await;
    page.says("You are on the waiting list");
    page.says("You are next in line.");
    assert_eq!(page.actions("/accept"), [""; 0], "there is nothing to accept yet");

    let cancel = &bo.actions("/cancel")[0];
    browser.submit(&bo, cancel, &[]).await.location();
    given.app.run_due_jobs().await.unwrap();

    let offered = browser.get(&waiting).await;
    offered.says("A place is free for you");
    let accept = &offered.actions("/accept")[0];
    let accepted = browser.submit(&offered, accept, &[]).await;
    browser.get(accepted.location()).await.says("The place is yours");
    let again = browser.submit(&offered, accept, &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a second click is no error");
}

#[tokio::test]
async fn an_offer_that_has_lapsed_cannot_be_accepted() {
    let given = open_house().await;
    let bo = full(&given).await;
    let browser = given.browser();
    let form = browser.get(&format!("/book/viewing?start={START}")).await;
    let waiting = browser.submit(&form, "/book/viewing", &CY).await.location().to_owned();
    browser.submit(&bo, &bo.actions("/cancel")[0], &[]).await.location();
    given.app.run_due_jobs().await.unwrap();
    let offered = browser.get(&waiting).await;

    given.later(SignedDuration::from_mins(15));
    let late = browser.submit(&offered, &offered.actions("/accept")[0], &[]).await;

    assert_eq!(late.status, StatusCode::CONFLICT);
    late.says("The place is no longer kept");
    given.app.run_due_jobs().await.unwrap();
    browser.get(&waiting).await.says("No place became free");
}

#[tokio::test]
async fn the_door_checks_in_who_booked_and_seats_who_walks_in() {
    let given = open_house().await;
    let browser = given.browser();
    let form = browser.get(&format!("/book/viewing?start={START}")).await;
    browser.submit(&form, "/book/viewing", &[BO[0], BO[1], ("party_size", "1")]).await.location();
    let desk = signed_in(&given).await;

    let starts = desk.get("/admin/occurrences").await;
    let door = starts.links("/admin/occurrences/occ_").remove(0);
    let page = desk.get(&door).await;
    page.says("0 of 1 have arrived");
    assert_eq!(page.actions("/no-show"), [""; 0], "it has not begun");
    desk.submit(&page, &format!("{door}/check-in"), &[]).await.location();

    let arrived = desk.get(&door).await;
    arrived.says("1 of 1 have arrived");
    let walk_in = format!("{door}/walk-in");
    let two = [("name", "Di Walker"), ("people", "2")];
    let full = desk.submit(&arrived, &walk_in, &two).await;
    assert_eq!(full.status, StatusCode::CONFLICT);
    full.says("Only one place is left.");
    full.says("Di Walker");
    let nameless = desk.submit(&arrived, &walk_in, &[("name", " "), ("people", "1")]).await;
    assert_eq!(nameless.status, StatusCode::BAD_REQUEST);
    desk.submit(&full, &walk_in, &[("people", "1")]).await.location();

    let both = desk.get(&door).await;
    both.says("2 of 2 have arrived");
    desk.submit(&both, &format!("{door}/undo"), &[]).await.location();
    desk.get(&door).await.says("1 of 2 have arrived");
}

#[tokio::test]
async fn from_the_start_on_the_door_notes_who_did_not_come() {
    let given = open_house().await;
    full(&given).await;
    given.later(SignedDuration::from_hours(50));
    let desk = signed_in(&given).await;
    let door = desk.get("/admin/occurrences").await.links("/admin/occurrences/occ_").remove(0);

    let page = desk.get(&door).await;
    desk.submit(&page, &format!("{door}/no-show"), &[]).await.location();

    desk.get(&door).await.says("No-show");
}
