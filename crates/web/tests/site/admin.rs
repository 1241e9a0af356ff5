//! The dashboard and its session.

use app::key::Scope;
use axum::http::StatusCode;
use jiff::SignedDuration;

use super::browser::{Browser, Page};
use super::given::Given;

const START: &str = "2026-12-01T20:00:00Z";

impl Browser<'_> {
    async fn sign_in(&mut self, key: &str) -> Page {
        let page = self.post("/admin/login", &[("key", key)]).await;
        let cookie = page.header("set-cookie").split(';').next().unwrap_or_default();
        self.cookie = (!cookie.is_empty()).then(|| cookie.to_owned());
        page
    }
}

pub(super) async fn signed_in(given: &Given) -> Browser<'_> {
    let key = given.key(Scope::Admin).await;
    let mut browser = given.browser();
    browser.sign_in(&key).await.location();
    browser
}

#[tokio::test]
async fn a_stranger_is_led_to_the_login_and_back() {
    let given = Given::agency().await;
    let browser = given.browser();

    let led = browser.get("/admin/bookings?status=confirmed").await;
    let login = browser.get(led.location()).await;
    let key = given.key(Scope::Admin).await;
    let back = browser.submit(&login, "/admin/login", &[("key", &key)]).await;

    assert_eq!(back.location(), "/admin/bookings?status=confirmed");
    let cookie = back.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Max-Age=43200", "Path=/admin"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains(&key));
}

#[tokio::test]
async fn only_a_key_for_everything_opens_the_dashboard() {
    let given = Given::agency().await;
    let mut pages = Vec::new();
    let lesser = [given.key(Scope::Read).await, given.key(Scope::Bookings).await];
    for key in ["", "dsk_nobody", lesser[0].as_str(), lesser[1].as_str()] {
        let mut browser = given.browser();
        let page = browser.sign_in(key).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{key}");
        assert_eq!(browser.cookie, None);
        pages.push(page.html);
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "nothing tells what was wrong");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let given = Given::agency().await;
    let mut browser = given.browser();
    for _ in 0..10 {
        browser.sign_in("dsk_guess").await;
    }

    let key = given.key(Scope::Admin).await;
    let page = browser.sign_in(&key).await;

    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(page.header("retry-after"), "");
    assert_eq!(browser.cookie, None);
}

#[tokio::test]
async fn a_session_ends_with_its_time_its_key_or_a_wish() {
    let given = Given::agency().await;
    let browser = signed_in(&given).await;
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);

    let key = given.app.list_keys().await.unwrap()[0].id;
    given.app.revoke_key(key).await.unwrap();
    assert_eq!(browser.get("/admin").await.location(), "/admin/login?next=%2Fadmin&over=1");

    let browser = signed_in(&given).await;
    given.later(SignedDuration::from_hours(12));
    assert!(browser.get("/admin").await.location().starts_with("/admin/login"));

    let browser = signed_in(&given).await;
    let out = browser.post("/admin/logout", &[]).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_session_cannot_be_made_up() {
    let given = Given::agency().await;
    let mut browser = signed_in(&given).await;
    let real = browser.cookie.clone().unwrap();
    let (key, rest) = real.split_once('.').unwrap();
    let (until, mac) = rest.split_once('.').unwrap();
    let later = until.parse::<i64>().unwrap() + 1;

    for forged in [
        format!("{key}.{later}.{mac}"),
        format!(
            "{key}.{until}.{}",
            mac.replace(&mac[..1], if mac.starts_with('A') { "B" } else { "A" })
        ),
        format!("{key}.{until}"),
        format!("{key}.{until}."),
        "doorstep_admin=..".to_owned(),
        "doorstep_admin=%".to_owned(),
    ] {
        browser.cookie = Some(forged.clone());
        let page = browser.get("/admin").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{forged}");
    }
    browser.cookie = Some(format!("other=1; {real}; more=2"));
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let given = Given::agency().await;
    given.browser().books(START).await;
    let mut browser = signed_in(&given).await;
    let booking = given.booking().await.booking;
    let path = format!("/admin/bookings/{}/cancel", booking.id);
    let revision = booking.revision.to_string();

    for site in [Some("cross-site"), Some("same-site"), Some("none"), None] {
        browser.sec_fetch_site = site;
        let page = browser.post(&path, &[("revision", &revision)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{site:?}");
        page.says("This form was not sent from our own page");
    }
    assert!(given.booking().await.booking.state.is_active());
}

#[tokio::test]
async fn a_booking_is_found_read_and_cancelled() {
    let given = Given::agency().await;
    given.browser().books(START).await;
    let browser = signed_in(&given).await;
    let id = given.booking().await.booking.id;

    let today = browser.get("/admin").await;
    today.says("Today, Tuesday 1 December 2026");
    let page = browser.get(&today.links("/admin/bookings/bkg_")[0]).await;
    page.says("Bo Buyer");
    page.says("bo@example.com");
    page.says("request.received");
    page.does_not_say(&given.link(0).await);
    let cancel = format!("/admin/bookings/{id}/cancel");
    let cancelled = browser.submit(&page, &cancel, &[("reason", "Ada is ill")]).await;

    browser.get(cancelled.location()).await.says("Your booking was cancelled");
    assert_eq!(given.booking().await.booking.state.status(), "cancelled");
    given.browser().get(&given.link(0).await).await.says("This booking is cancelled");
}

#[tokio::test]
async fn nobody_came_is_noted_once_it_has_begun() {
    let given = Given::agency().await;
    given.browser().books(START).await;
    let browser = signed_in(&given).await;
    let path = format!("/admin/bookings/{}", given.booking().await.booking.id);
    let no_show = format!("{path}/no-show");

    assert!(!browser.get(&path).await.has_form(&no_show));
    let early = browser.post(&no_show, &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    given.later(SignedDuration::from_hours(5));
    let page = browser.get(&path).await;
    browser.submit(&page, &no_show, &[]).await.location();

    assert_eq!(given.booking().await.booking.state.status(), "no_show");
}

#[tokio::test]
async fn a_list_shows_what_is_asked_for_page_by_page() {
    let given = Given::agency().await;
    let visitor = given.browser();
    for hour in 17..=23 {
        visitor.books(&format!("2026-12-03T{hour}:00:00Z")).await;
        visitor.books(&format!("2026-12-04T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-07T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-08T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-09T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-10T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-11T{hour}:30:00Z")).await;
        visitor.books(&format!("2026-12-14T{hour}:30:00Z")).await;
    }
    let browser = signed_in(&given).await;

    let first = browser.get("/admin/bookings").await;
    assert_eq!(first.links("/admin/bookings/bkg_").len(), 50);
    let rest = browser.get(&first.links("after=")[0]).await;
    assert_eq!(rest.links("/admin/bookings/bkg_").len(), 6);
    let day = browser.get("/admin/bookings?from=2026-12-03&to=2026-12-03").await;
    assert_eq!(day.links("/admin/bookings/bkg_").len(), 7);
    for nobody in ["attendee=cy%40example.com", "host=nobody", "host=No%20Slug", "status=declined"]
    {
        let page = browser.get(&format!("/admin/bookings?{nobody}")).await;
        page.says("No booking matches");
    }
    let all = browser.get("/admin/bookings?attendee=BO%40EXAMPLE.COM&host=ada").await;
    assert_eq!(all.status, StatusCode::OK);
}

#[tokio::test]
async fn the_rest_of_the_dashboard_can_be_read() {
    let given = Given::agency().await;
    let browser = signed_in(&given).await;

    browser.get("/admin/services").await.says("Viewing: 123 Main St");
    browser.get("/admin/sources").await.says("Nothing here yet");
    browser.get("/admin/connections").await.says("No calendar is connected yet");
    browser.get("/admin/jobs").await.says("Nothing was given up");
    let missing = browser.get("/admin/bookings/bkg_00000000000000000000000000").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let retried = browser.post("/admin/jobs/job_00000000000000000000000000/retry", &[]).await;
    assert_eq!(retried.location(), "/admin/jobs");
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_by_a_button() {
    let given = Given::agency().await;
    given.browser().books(START).await;
    given.gives_up_everything().await;
    let browser = signed_in(&given).await;

    let page = browser.get("/admin/jobs").await;
    page.says("the number does not exist");
    let booking = browser.get(&page.links("/admin/bookings/bkg_")[0]).await;
    booking.says("Given up: Tell an attendee");
    let retry = page.actions("/retry");
    browser.submit(&page, &retry[0], &[]).await.location();
    browser.submit(&page, &retry[0], &[]).await.location();

    assert_eq!(browser.get("/admin/jobs").await.actions("/retry").len(), retry.len() - 1);
    assert!(given.app.run_due_jobs().await.unwrap() > 0);
}

#[tokio::test]
async fn an_account_that_nobody_connected_gets_its_link() {
    let given = Given::unconnected().await;
    let browser = signed_in(&given).await;

    let page = browser.get("/admin/connections").await;
    page.says("Nobody has connected ada@agency.example yet");
    let added = browser.submit(&page, "/admin/connections", &[]).await;
    let page = browser.get(added.location()).await;

    page.says("Awaiting consent");
    assert_eq!(page.links("/oauth/google/start?ticket=").len(), 1);
    assert!(!page.has_form("/admin/connections"));
    let unknown = browser.post("/admin/connections", &[("calendar", "nothing")]).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn alerts_are_listed_newest_first_with_what_came_of_them() {
    let given = Given::agency().await;
    let browser = signed_in(&given).await;
    let empty = browser.get("/admin/alerts").await;
    let kind = domain::incident::IncidentKind::ConnectionRevoked;
    given.app.open_incident(kind, "con_1", "Jane <b> has to connect again.").await.unwrap();
    given.app.close_incident(kind, "con_1", "Connected again.").await.unwrap();
    for number in 0..60 {
        let subject = format!("con_a{number}");
        given.app.open_incident(kind, subject, "It is revoked.").await.unwrap();
    }

    let newest = browser.get("/admin/alerts").await;
    let more = newest.html.split("/admin/alerts?before=").nth(1).unwrap();
    let more = format!("/admin/alerts?before={}", more.split('"').next().unwrap());
    let oldest = browser.get(&more).await;

    assert!(empty.html.contains("Nothing here yet"));
    assert!(newest.html.contains("con_a59") && !newest.html.contains("Connected again"));
    assert!(oldest.html.contains("Jane &#60;b&#62; has to connect again."), "{}", oldest.html);
    assert!(oldest.html.contains("Connected again."));
}
