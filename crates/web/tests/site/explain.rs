//! Why a start is or is not offered, on the dashboard.

use axum::http::StatusCode;

use super::admin::signed_in;
use super::given::Given;

#[tokio::test]
async fn a_day_leads_to_each_start_and_its_rules() {
    let given = Given::agency().await;
    given.books_with_guest("2026-12-03T18:00:00Z").await;
    let browser = signed_in(&given).await;

    let form = browser.get("/admin/explain").await;
    let day = browser.get("/admin/explain?service=viewing&date=2026-12-03&time=").await;
    let starts = day.links("time=");
    let taken = browser.get(&day.links("time=10%3A00")[0]).await;
    let free = browser.get(&day.links("time=11%3A00")[0]).await;

    assert!(form.has_form("/admin/explain"));
    assert_eq!(starts.len(), 16, "from nine to five");
    let booking = given.booking().await.booking.id;
    taken.says(&format!("booking {booking} has it, 10:00 to 10:30 PST"));
    taken.says("Not offered");
    taken.says("moving or cancelling what has the time");
    free.does_not_say("Against");
    free.says("slot_every");
}

#[tokio::test]
async fn what_is_no_start_is_said_so() {
    let given = Given::agency().await;
    let browser = signed_in(&given).await;

    for junk in [
        "service=nobody&date=2026-12-03",
        "service=%3Cb%3E&date=2026-12-03",
        "service=viewing",
        "service=viewing&date=9999-99-99",
        "service=viewing&date=2026-12-03&time=25:00",
        "service=viewing&date=2026-12-03&time=now",
    ] {
        let page = browser.get(&format!("/admin/explain?{junk}")).await;
        assert_eq!(page.status, StatusCode::OK, "{junk}");
        page.says("That is not a start");
    }
    let sunday = browser.get("/admin/explain?service=viewing&date=2026-12-06").await;
    sunday.says("No window of the service is on that day");
    let stranger = given.browser().get("/admin/explain").await;
    assert!(stranger.location().starts_with("/admin/login"));
}
