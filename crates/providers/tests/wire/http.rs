//! What the one HTTP layer promises, seen through a real client and a server that misbehaves.

use std::time::Duration;

use crate::support::{Act, Server, answer, json};
use doorstep_providers::google::{GoogleCalendar, GoogleEndpoints, GoogleOAuth, SendUpdates};
use doorstep_providers::{Applied, Call, Http, HttpError, HttpLimits, ProviderError};
use secrecy::SecretString;
use url::Url;

const TOKEN: &str = "ya29.the-access-token";

/// Small limits, but patient: a busy machine must not look like a hanging server.
fn http() -> Http {
    http_within(Duration::from_secs(20))
}

fn http_within(total: Duration) -> Http {
    let limits = HttpLimits { connect: total, read: total, total, answer_bytes: 64 * 1024 };
    Http::new(limits).expect("a client")
}

fn endpoints(base: Url) -> GoogleEndpoints {
    GoogleEndpoints {
        token_url: base.join("/token").expect("a URL"),
        revoke_url: base.join("/revoke").expect("a URL"),
        api_base: base,
        ..GoogleEndpoints::default()
    }
}

async fn delete_at(base: Url, http: Http) -> Call<()> {
    let (endpoints, token) = (endpoints(base), SecretString::from(TOKEN));
    let calendar = GoogleCalendar { http: &http, endpoints: &endpoints, access_token: &token };
    calendar.delete_event("primary", "abcde", SendUpdates::All).await
}

async fn get_from(act: Act) -> Call<doorstep_providers::google::Event> {
    let server = Server::start(vec![act]).await;
    let (http, endpoints, token) = (http(), endpoints(server.url("")), SecretString::from(TOKEN));
    let calendar = GoogleCalendar { http: &http, endpoints: &endpoints, access_token: &token };
    calendar.get_event("primary", "abcde").await
}

#[tokio::test]
async fn a_refused_connection_is_known_to_have_had_no_effect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    drop(listener);

    let call = delete_at(Url::parse(&format!("http://{address}")).expect("a URL"), http()).await;

    let error = call.outcome.expect_err("nobody listens");
    assert!(matches!(error, ProviderError::NotSent(HttpError::Connect(_))), "{error:?}");
    assert_eq!((error.applied(), error.transient()), (Applied::No, true));
    assert_eq!(call.exchange.status, None);
    assert!(call.exchange.failure.is_some());
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_outcome_unknown() {
    let cut = b"HTTP/1.1 204 No Content\r\ncontent-le".to_vec();
    for act in [Act::DropAfterReading, Act::Answer(Vec::new()), Act::Answer(cut)] {
        let server = Server::start(vec![act]).await;

        let call = delete_at(server.url(""), http()).await;

        let error = call.outcome.expect_err("no answer came");
        assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error:?}");
        assert_eq!(error.applied(), Applied::Unknown);
        assert_eq!(server.requests().len(), 1, "a write is sent once");
    }
}

#[tokio::test]
async fn a_hanging_server_is_left_within_the_time_limit() {
    let server = Server::start(vec![Act::Hang]).await;

    let call = delete_at(server.url(""), http_within(Duration::from_millis(300))).await;

    let error = call.outcome.expect_err("no answer came");
    assert!(matches!(error, ProviderError::OutcomeUnknown(HttpError::TimedOut)), "{error:?}");
    assert!((200..15_000).contains(&call.exchange.duration_ms), "{}", call.exchange.duration_ms);
}

#[tokio::test]
async fn a_refusal_stands_even_when_its_body_is_cut_off() {
    let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 500\r\n\r\n{\"error\":";

    let call = get_from(Act::Answer(head.as_bytes().to_vec())).await;

    assert!(matches!(call.outcome, Err(ProviderError::NotFound)), "{:?}", call.outcome);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read_on() {
    let long = format!(r#"{{"id":"abcde","summary":"{}"}}"#, "x".repeat(200 * 1024));

    let call = get_from(json(200, &long)).await;

    let error = call.outcome.expect_err("too large");
    assert!(
        matches!(error, ProviderError::OutcomeUnknown(HttpError::TooLarge { limit: 65_536 })),
        "{error:?}"
    );
    assert!(call.exchange.response_body.len() <= 64 * 1024);
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_an_error_and_not_quoted() {
    for body in ["", "<html>it works</html>", "[1]", "{\"id\":", "\u{feff}{}", r#"{"id":7}"#] {
        let call = get_from(json(200, body)).await;

        let error = call.outcome.expect_err("not an event");
        assert!(matches!(error, ProviderError::OutcomeUnknown(HttpError::Malformed { .. })));
        assert_eq!(error.to_string(), "the answer was lost; the request may have taken effect");
    }
}

#[tokio::test]
async fn deep_nesting_in_an_answer_is_an_error_and_not_a_crash() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));

    let call = get_from(json(200, &deep)).await;

    assert!(matches!(call.outcome, Err(ProviderError::OutcomeUnknown(_))));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(vec![json(200, r#"{"id":"abcde"}"#)]).await;
    let target = elsewhere.url("/calendar/v3/calendars/primary/events/abcde");

    let call = get_from(answer(302, &[("location", target.as_str())], "")).await;

    assert!(matches!(call.outcome, Err(ProviderError::OutcomeUnknown(HttpError::Status(302)))));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_exchange_tells_everything_but_the_secrets() {
    let body = r#"{"id":"abcde","description":"Dana, ya29.the-access-token, https://book.example/b/0123456789abcdefABCDEF"}"#;
    let call = get_from(answer(200, &[("set-cookie", "sid=1"), ("x-trace", "t1")], body)).await;

    let shown = serde_json::to_string(&call.exchange).expect("JSON");

    assert!(call.outcome.is_ok(), "{:?}", call.outcome);
    for secret in ["ya29", "sid=1", "0123456789abcdef"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    for kept in ["GET", "/calendar/v3/calendars/primary/events/abcde", "Dana", "x-trace", "200"] {
        assert!(shown.contains(kept), "{kept} not in {shown}");
    }
}

#[tokio::test]
async fn no_token_shows_in_the_exchange_of_a_refresh() {
    let granted = r#"{"access_token":"ya29.new-token","expires_in":3599,"scope":"a b"}"#;
    let malformed = r#"{"access_token":"ya29.new-token","expires_in":"#;
    let refused =
        r#"{"error":"invalid_grant","error_description":"Token 1//refresh-token is dead"}"#;
    for act in [json(200, granted), json(200, malformed), json(400, refused)] {
        let server = Server::start(vec![act]).await;
        let oauth = GoogleOAuth {
            client_id: "client".to_owned(),
            client_secret: "GOCSPX-secret".into(),
            redirect_uri: Url::parse("https://book.example/oauth/google/callback").expect("a URL"),
            endpoints: endpoints(server.url("")),
        };

        let call = oauth.refresh(&http(), &"1//refresh-token".into()).await;

        let sent = &server.requests()[0];
        assert!(sent.body.contains("refresh_token=1%2F%2Frefresh-token"), "{}", sent.body);
        assert!(sent.body.contains("client_secret=GOCSPX-secret"));
        let error = call.outcome.err().map(|error| format!("{error} {error:?}"));
        let shown = format!("{:?} {}", call.exchange, error.unwrap_or_default());
        for secret in ["ya29", "refresh-token", "GOCSPX-secret"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("client_id=client"), "{shown}");
    }
}
