//! Google's calls, with answers as Google gives them.

use doorstep_providers::google::{
    CalendarBusy, EventPatch, EventQuery, EventStatus, GoogleCalendar, GoogleEndpoints,
    GoogleOAuth, SendUpdates, pkce_challenge,
};
use doorstep_providers::{Http, HttpLimits, ProviderError};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::support::{Act, Server, answer, json};

/// One account's calendar at a server that follows a script.
struct Account {
    server: Server,
    http: Http,
    endpoints: GoogleEndpoints,
    token: SecretString,
}

impl Account {
    async fn answered(script: Vec<Act>) -> Self {
        let server = Server::start(script).await;
        let endpoints = GoogleEndpoints {
            api_base: server.url("/_sandbox"),
            auth_url: server.url("/o/oauth2/v2/auth"),
            token_url: server.url("/token"),
            revoke_url: server.url("/revoke"),
        };
        let http = Http::new(HttpLimits::default()).expect("a client");
        Self { server, http, endpoints, token: "ya29.token".into() }
    }

    fn calendar(&self) -> GoogleCalendar<'_> {
        GoogleCalendar { http: &self.http, endpoints: &self.endpoints, access_token: &self.token }
    }

    fn oauth(&self) -> GoogleOAuth {
        GoogleOAuth {
            client_id: "client".to_owned(),
            client_secret: "secret-of-client".into(),
            redirect_uri: Url::parse("https://book.example/oauth/google/callback").expect("a URL"),
            endpoints: self.endpoints.clone(),
        }
    }
}

fn refused(status: u16, reason: &str) -> Act {
    let body = format!(
        r#"{{"error":{{"code":{status},"message":"m","errors":[{{"domain":"global","reason":"{reason}","message":"m"}}]}}}}"#
    );
    answer(status, &[("retry-after", "9")], &body)
}

fn day() -> (jiff::Timestamp, jiff::Timestamp) {
    let instant = |text: &str| text.parse().expect("an instant");
    (instant("2026-12-01T00:00:00Z"), instant("2026-12-02T00:00:00Z"))
}

#[tokio::test]
async fn a_calendar_google_cannot_read_is_unknown_and_not_free() {
    let body = r#"{"kind":"calendar#freeBusy","calendars":{
        "a@example.com":{"busy":[{"start":"2026-12-01T09:00:00Z","end":"2026-12-01T09:30:00Z"}]},
        "b@example.com":{"errors":[{"domain":"global","reason":"notFound"}],"busy":[]}}}"#;
    let account = Account::answered(vec![json(200, body)]).await;
    let ids = ["a@example.com", "b@example.com", "c@example.com"];

    let call = account.calendar().busy(&ids, day().0, day().1).await;

    let busy = call.outcome.expect("an answer");
    assert_eq!(busy.len(), 3);
    assert!(matches!(&busy["a@example.com"], CalendarBusy::Busy(found) if found.len() == 1));
    assert_eq!(busy["b@example.com"], CalendarBusy::Unknown { reason: "notFound".to_owned() });
    assert_eq!(busy["c@example.com"], CalendarBusy::Unknown { reason: "missing".to_owned() });
}

#[tokio::test]
async fn a_free_busy_answer_of_another_shape_is_an_error() {
    for body in [r#"{"kind":"calendar#freeBusy"}"#, r#"{"calendars":[]}"#, "{}"] {
        let account = Account::answered(vec![json(200, body)]).await;

        let call = account.calendar().busy(&["a@example.com"], day().0, day().1).await;

        assert!(matches!(call.outcome, Err(ProviderError::OutcomeUnknown(_))), "{body}");
    }
}

#[tokio::test]
async fn deleting_twice_and_deleting_what_never_was_are_told_apart() {
    let script = vec![answer(204, &[], ""), refused(410, "deleted"), refused(404, "notFound")];
    let account = Account::answered(script).await;
    let calendar = account.calendar();

    let first = calendar.delete_event("primary", "abcde", SendUpdates::All).await;
    let second = calendar.delete_event("primary", "abcde", SendUpdates::All).await;
    let third = calendar.delete_event("primary", "other", SendUpdates::All).await;

    assert!(first.outcome.is_ok() && first.exchange.status == Some(204));
    assert!(matches!(second.outcome, Err(ProviderError::Gone { reason }) if reason == "deleted"));
    assert!(matches!(third.outcome, Err(ProviderError::NotFound)));
}

#[tokio::test]
async fn a_deleted_event_can_still_be_read() {
    let account =
        Account::answered(vec![json(200, r#"{"id":"abcde","status":"cancelled"}"#)]).await;

    let call = account.calendar().get_event("primary", "abcde").await;

    assert_eq!(call.outcome.expect("a tombstone").status, EventStatus::Cancelled);
    let sent = &account.server.requests()[0];
    assert_eq!(sent.line(), "GET /_sandbox/calendar/v3/calendars/primary/events/abcde");
    assert_eq!(sent.header("authorization"), Some("Bearer ya29.token"));
}

#[tokio::test]
async fn an_expired_sync_token_and_a_rate_limit_say_what_to_do() {
    let script = vec![refused(410, "fullSyncRequired"), refused(403, "rateLimitExceeded")];
    let account = Account::answered(script).await;
    let calendar = account.calendar();
    let query = EventQuery::Changes { sync_token: "CPDA" };

    let expired = calendar.list_events("primary", &query, None).await;
    let throttled = calendar.list_events("primary", &query, None).await;

    let reason = "fullSyncRequired";
    assert!(matches!(expired.outcome, Err(ProviderError::Gone { reason: r }) if r == reason));
    let Err(ProviderError::Throttled { retry_after }) = throttled.outcome else {
        panic!("not throttled")
    };
    assert_eq!(retry_after, Some(std::time::Duration::from_secs(9)));
}

#[tokio::test]
async fn the_etag_goes_into_if_match_as_it_is() {
    let account = Account::answered(vec![refused(412, "conditionNotMet")]).await;
    let patch = EventPatch { summary: Some("Moved".to_owned()), ..EventPatch::default() };

    let call = account
        .calendar()
        .patch_event("primary", "abcde", &patch, Some("\"3460000000000000\""), SendUpdates::All)
        .await;

    assert!(matches!(call.outcome, Err(ProviderError::PreconditionFailed)));
    let sent = &account.server.requests()[0];
    assert_eq!(sent.header("if-match"), Some("\"3460000000000000\""));
    assert_eq!(sent.body, r#"{"summary":"Moved"}"#);
}

#[tokio::test]
async fn what_cannot_be_a_header_or_a_path_is_not_sent() {
    let account = Account::answered(Vec::new()).await;
    let calendar = account.calendar();

    let header = calendar
        .patch_event(
            "primary",
            "abcde",
            &EventPatch::default(),
            Some("a\r\nb: c"),
            SendUpdates::None,
        )
        .await;
    let path = calendar.get_event("..", "abcde").await;

    assert!(matches!(header.outcome, Err(ProviderError::Invalid { .. })));
    assert!(matches!(path.outcome, Err(ProviderError::Invalid { .. })));
    assert!(path.exchange.failure.is_some());
}

#[tokio::test]
async fn a_code_becomes_a_grant_and_a_refresh_keeps_the_old_refresh_token() {
    let first = r#"{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//r","scope":"x y","token_type":"Bearer"}"#;
    let later =
        r#"{"access_token":"ya29.b","expires_in":3599,"scope":"x y","token_type":"Bearer"}"#;
    let account = Account::answered(vec![json(200, first), json(200, later)]).await;
    let oauth = account.oauth();

    let grant = oauth.exchange_code(&account.http, "4/code", "verifier").await;
    let fresh = oauth.refresh(&account.http, &"1//r".into()).await;

    let grant = grant.outcome.expect("a grant");
    assert_eq!(grant.refresh_token.expect("a refresh token").expose_secret(), "1//r");
    let fresh = fresh.outcome.expect("a grant");
    assert_eq!(fresh.access_token.expose_secret(), "ya29.b");
    assert!(fresh.refresh_token.is_none());
    let requests = account.server.requests();
    assert_eq!(requests[0].line(), "POST /token");
    assert_eq!(
        requests[0].body,
        "grant_type=authorization_code&code=4%2Fcode&redirect_uri=https%3A%2F%2Fbook.example%2Foauth\
         %2Fgoogle%2Fcallback&code_verifier=verifier&client_id=client&client_secret=secret-of-client"
    );
}

#[tokio::test]
async fn a_wrong_client_secret_does_not_look_like_a_dead_connection() {
    let ours = json(
        401,
        r#"{"error":"invalid_client","error_description":"The provided client secret is invalid."}"#,
    );
    let theirs = json(
        400,
        r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
    );
    let account = Account::answered(vec![ours, theirs]).await;
    let oauth = account.oauth();

    let ours = oauth.refresh(&account.http, &"1//r".into()).await;
    let theirs = oauth.refresh(&account.http, &"1//r".into()).await;

    assert!(matches!(ours.outcome, Err(ProviderError::ClientCredentials { .. })));
    assert!(matches!(theirs.outcome, Err(ProviderError::ConnectionRevoked { .. })));
}

#[tokio::test]
async fn the_browser_is_sent_with_state_challenge_and_offline_access() {
    let account = Account::answered(Vec::new()).await;

    let url =
        account.oauth().authorize_url("st-1", &pkce_challenge("v"), Some("jane@agency.example"));

    let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let expected = [
        ("access_type", "offline"),
        ("client_id", "client"),
        ("code_challenge", &pkce_challenge("v")),
        ("code_challenge_method", "S256"),
        ("login_hint", "jane@agency.example"),
        ("prompt", "consent"),
        ("redirect_uri", "https://book.example/oauth/google/callback"),
        ("response_type", "code"),
        (
            "scope",
            "https://www.googleapis.com/auth/calendar.events \
             https://www.googleapis.com/auth/calendar.freebusy \
             https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        ),
        ("state", "st-1"),
    ];
    assert_eq!(query, expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into());
}
