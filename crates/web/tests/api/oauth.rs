//! Connecting an account, in a browser.

use serde_json::json;

use super::given::Given;
use super::{Answer, Call};

/// Begins a consent with a fresh link.
async fn begin(given: &Given) -> Answer {
    let body = json!({ "provider": "google", "host": "gus" });
    let made = given.as_admin(Call::post("/v1/connections", &body)).await.ok(201);
    let url = made["authorize_url"].as_str().unwrap();
    given.send(Call::get(url.strip_prefix("https://book.agency.example").unwrap())).await
}

fn state_of(location: &str) -> &str {
    location.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap()
}

fn is_a_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html") && answer.body.contains("<h1")
}

#[tokio::test]
async fn a_link_leads_to_the_provider_and_marks_the_browser() {
    let given = Given::agency().await;

    let begun = begin(&given).await;

    assert_eq!(begun.status.as_u16(), 302);
    assert!(begun.header("location").starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    let cookie = begun.header("set-cookie");
    assert!(cookie.starts_with("doorstep_consent="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/oauth", "Max-Age=1800"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
}

#[tokio::test]
async fn a_link_that_is_not_ours_is_a_page() {
    let given = Given::agency().await;

    for path in ["/oauth/google/start", "/oauth/google/start?ticket=con_x.99999999999.AAAA"] {
        let answer = given.send(Call::get(path)).await;
        assert_eq!(answer.status.as_u16(), 400, "{path}");
        assert!(is_a_page(&answer), "{}", answer.body);
    }
}

#[tokio::test]
async fn who_says_no_comes_back_to_a_page_and_only_in_their_own_browser() {
    let given = Given::agency().await;
    let begun = begin(&given).await;
    let state = state_of(begun.header("location"));
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let path = format!("/oauth/google/callback?error=access_denied&state={state}");

    let stranger = given.send(Call::get(&path)).await;
    let refused = given.send(Call::get(&path).header("cookie", &format!("a=b; {cookie}"))).await;
    let again = given.send(Call::get(&path).header("cookie", cookie)).await;

    for answer in [&stranger, &refused, &again] {
        assert_eq!(answer.status.as_u16(), 400);
        assert!(is_a_page(answer), "{}", answer.body);
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
    }
    assert_ne!(stranger.body, refused.body);
    assert_eq!(stranger.body, again.body, "the state is used up");
}

#[tokio::test]
async fn a_provider_that_fails_is_a_page_with_the_requests_id() {
    let given = Given::agency().await;
    let begun = begin(&given).await;
    let state = state_of(begun.header("location"));
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let path = format!("/oauth/google/callback?code=abc&state={state}");

    let answer = given.send(Call::get(path).header("cookie", cookie)).await;

    assert_eq!(answer.status.as_u16(), 502);
    assert!(answer.body.contains(answer.header("x-request-id")));
}
