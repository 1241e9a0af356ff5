//! Which days and times the booking page offers.

use jiff::SignedDuration;

use super::given::Given;

#[tokio::test]
async fn a_day_lists_what_is_free_on_it_and_nothing_else() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books("2026-12-03T18:00:00Z").await;

    let day = browser.get("/book/viewing?day=2026-12-03").await;

    let links = day.links("start=");
    assert_eq!(links.len(), 15, "nine to five, less one: {links:?}");
    assert!(links.iter().all(|link| !link.contains("T18%3A00")));
    day.says(">09:00<");
    day.does_not_say(">10:00<");
    day.does_not_say(">17:00<");
}

#[tokio::test]
async fn the_night_the_clocks_go_forward_has_no_hour_that_never_comes() {
    let given = Given::berlin_nights().await;

    let day = given.browser().get("/book/viewing?day=2027-03-28").await;

    let links = day.links("start=").len();
    assert_eq!(links, 6, "one to five has three hours");
    day.says("01:30 CET");
    day.says("03:00 CEST");
    day.does_not_say("02:00");
    day.does_not_say("02:30");
}

#[tokio::test]
async fn the_night_the_clocks_go_back_has_its_hour_twice_told_apart() {
    let given = Given::berlin_nights().await;
    given.later(SignedDuration::from_hours(24 * 300));

    let day = given.browser().get("/book/viewing?day=2027-10-31").await;

    assert_eq!(day.links("start=").len(), 10, "one to five has five hours");
    day.says("02:30 CEST");
    day.says("02:30 CET");
}

#[tokio::test]
async fn a_day_is_the_visitors_day() {
    let given = Given::berlin_nights().await;

    let day = given.browser().get("/book/viewing?day=2027-03-27&tz=America/New_York").await;

    assert_eq!(day.links("start=2027-03-28T00%3A00%3A00Z").len(), 1, "eight in the evening before");
    day.says("20:00");
}

#[tokio::test]
async fn an_empty_month_leads_to_the_next_free_day() {
    let given = Given::service(
        "horizon = \"90d\"\navailability = []\n\
         overrides = [{ date = \"2027-02-10\", from = \"09:00\", to = \"10:00\" }]",
    )
    .await;

    let month = given.browser().get("/book/viewing").await;

    month.says("No times are free in December 2026.");
    let next = month.links("day=2027-02-10");
    assert_eq!(next.len(), 1);
    let day = given.browser().get(&next[0]).await;
    assert_eq!(day.links("start=").len(), 2);
}

#[tokio::test]
async fn nothing_at_all_is_said_kindly() {
    let given = Given::service(
        "horizon = \"20d\"\navailability = []\n\
         overrides = [{ date = \"2027-02-10\", from = \"09:00\", to = \"10:00\" }]",
    )
    .await;

    let page = given.browser().get("/book/viewing").await;

    page.says("No times are free at the moment");
}

#[tokio::test]
async fn months_beyond_reach_are_not_shown() {
    let given = Given::agency().await;
    let browser = given.browser();

    for month in ["1999-12", "2026-11", "2026-12", "junk", ""] {
        browser.get(&format!("/book/viewing?month={month}")).await.says("December 2026");
    }
    for month in ["2027-01", "2199-12"] {
        browser.get(&format!("/book/viewing?month={month}")).await.says("January 2027");
    }
}

#[tokio::test]
async fn a_slot_in_an_old_link_is_said_to_be_gone() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books("2026-12-03T18:00:00Z").await;

    let taken = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;
    taken.says("That time has just been taken");
    taken.does_not_say("method=\"post\"");
    let past = browser.get("/book/viewing?start=2026-11-03T18:00:00Z").await;
    past.says("That time is too close to book");
}
